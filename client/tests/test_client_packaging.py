"""What people without Python get, and what those with it install."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def test_the_programs_are_built_and_start() -> None:
    built = subprocess.run(
        [sys.executable, "client/packaging/build.py"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr[-3000:]
    assert "stays up" in built.stdout


def test_the_wheel_stands_alone(tmp_path: Path) -> None:
    """Everything of ours is in it, nothing of the service's, and it runs outside the checkout."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation",
         "-w", str(tmp_path), str(ROOT / "client")],
        check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {"/".join(name.split("/")[:2]) for name in names if name.startswith("pyeonji/")}
    rooms = {"domain", "imap", "mime", "words", "zipio"}
    assert tops == {"pyeonji/__init__.py"} | {f"pyeonji/{room}" for room in rooms}
    # An environment that has what it depends on from here, and the package from the wheel only.
    venv.create(tmp_path / "venv", system_site_packages=False, with_pip=False)
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    others = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "others.pth").write_text(others)
    mail = tmp_path / "mail"
    mail.mkdir()
    (mail / "1.eml").write_bytes(b"Subject: one\r\n\r\nx\r\n")
    python = tmp_path / "venv" / "bin" / "python"
    for arguments in (["add", "eml", str(mail), "--yes"], ["run"]):
        done = subprocess.run(
            [python, "-m", "pyeonji_client", *arguments, "--folder", str(tmp_path / "zips")],
            cwd=tmp_path, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"},
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert list((tmp_path / "zips").rglob("*.zip"))
