"""Builds the programs for people without Python, and starts them.

    python client/packaging/build.py            # into client/dist/pyeonji
    python client/packaging/build.py --offer    # and into client/dist/downloads, for the page
        --service https://mail.acme.example     # the address its sign-in begins with
        --oauth oauth.json                      # client ids for the browser (docs/client.md)

The started command line packs a real folder of mail; the started window must stay up. Needs
PyInstaller, PySide6 and a Python with a shared library (Debian's and python.org's have one).
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CLIENT = HERE.parent
sys.path[:0] = [str(CLIENT / "src"), str(HERE)]

from licences import collect  # noqa: E402 - found only now

from pyeonji_client import __version__  # noqa: E402

SUFFIX = ".exe" if sys.platform == "win32" else ""
#: The window has started when it is still there after this long.
STAYS_UP = 4.0


def main() -> int:
    """0 when both programs were built and work."""
    parser = argparse.ArgumentParser(description="Builds the client's programs.")
    parser.add_argument("--offer", action="store_true")
    parser.add_argument("--service", default="")
    parser.add_argument("--oauth", type=Path)
    options = parser.parse_args()
    built = build(options.service, options.oauth)
    problems = collect(built / "licenses")
    if problems:
        print("licences:", *problems, sep="\n  ")
        return 1
    files = [path for path in built.rglob("*") if path.is_file() and not path.is_symlink()]
    size = sum(path.stat().st_size for path in files)
    print(f"built {built.relative_to(CLIENT.parent)}: {size / 1024**2:.0f} MB")
    with tempfile.TemporaryDirectory() as place:
        mails = try_command(built / f"pyeonji-client{SUFFIX}", Path(place))
        print(f"pyeonji-client packed {mails} mails")
        try_window(built / f"pyeonji-window{SUFFIX}", Path(place))
        print("pyeonji-window starts and stays up")
    if options.offer:
        print(f"offered: {offer(built).relative_to(CLIENT.parent)}")
    return 0


def build(service: str = "", oauth: Path | None = None) -> Path:
    """Runs PyInstaller. Returns the folder with the programs. `service` and `oauth` become part
    of them."""
    own = CLIENT / "build" / "own"
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir(parents=True)
    if service:
        (own / "build.json").write_text(json.dumps({"service": service}), "utf-8")
    if oauth is not None:
        json.loads(oauth.read_text("utf-8"))  # a broken file is seen now, not by everybody
        shutil.copyfile(oauth, own / "oauth.json")
    work = ["--distpath", str(CLIENT / "dist"), "--workpath", str(CLIENT / "build")]
    subprocess.run(
        [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN",
         *work, str(HERE / "pyeonji.spec")],
        check=True,
    )  # fmt: skip
    return CLIENT / "dist" / "pyeonji"


def offer(built: Path) -> Path:
    """Packs the programs and lists them as the page wants it (docs/page.md). Copy the folder to
    `downloads` beside the page's index.html; builds of other systems are added to the list."""
    downloads = CLIENT / "dist" / "downloads"
    downloads.mkdir(exist_ok=True)
    system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
    kind = "gztar" if system == "linux" else "zip"
    name = f"pyeonji-client-{__version__}-{system}"
    half = Path(shutil.make_archive(str(downloads / f".{name}"), kind, built.parent, built.name))
    made = half.replace(half.with_name(half.name[1:]))  # nobody downloads half of one
    listing = downloads / "clients.json"
    files = json.loads(listing.read_text("utf-8"))["files"] if listing.is_file() else []
    files = [each for each in files if each["system"] != system]
    files.append(
        {"system": system, "filename": made.name, "bytes": made.stat().st_size,
         "version": __version__}
    )  # fmt: skip
    listing.write_text(json.dumps({"files": files}, indent=1), "utf-8")
    return made


def try_command(program: Path, place: Path) -> int:
    """From a folder of mail to a ZIP. Returns how many mails it says are in it."""
    source = place / "편지"
    source.mkdir()
    for number in range(3):
        mail = f"Subject: 시험 {number}\r\n\r\n안녕하세요\r\n".encode()
        (source / f"{number}.eml").write_bytes(mail)
    common = ["--folder", str(place / "download"), "--json"]
    environment = without_python()
    subprocess.run(
        [program, "add", "eml", source, "--yes", *common],
        check=True, env=environment, capture_output=True,
    )  # fmt: skip
    run = subprocess.run(
        [program, "run", *common], check=True, env=environment, capture_output=True
    )
    packed = json.loads(run.stdout.decode("utf-8").splitlines()[-1])
    assert packed["event"] == "packed" and packed["mails"] == 3, packed
    assert (place / "download" / packed["files"][0]).is_file()
    return int(packed["mails"])


def try_window(program: Path, place: Path) -> None:
    """Starts the window without a screen."""
    environment = without_python() | {
        "QT_QPA_PLATFORM": "offscreen",
        "PYEONJI_FOLDER": str(place / "window"),
    }
    with subprocess.Popen([program], env=environment, stderr=subprocess.PIPE) as window:
        time.sleep(STAYS_UP)
        if window.poll() is not None:
            assert window.stderr
            raise SystemExit(f"the window ended: {window.stderr.read().decode()}")
        window.terminate()


def without_python() -> dict[str, str]:
    """This environment without what would lend the programs our own Python."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


if __name__ == "__main__":
    sys.exit(main())
