"""Makes a virtual environment from a file of pins. Runs on a bare Python, before anything else.

Where a lock made of these very pins stands beside them (`make lock`), its hashes are required of
every file that is installed.

python3 infra/setup_venv.py <folder> <requirements> <stamp>
"""

import hashlib
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Exit 0 when the environment holds the pins; the stamp then holds their hash."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what says so on an older Python
        print(f"setup: Python 3.11 or later is needed, this is {sys.version.split()[0]}")
        return 1
    folder, requirements, stamp = (Path(argument) for argument in sys.argv[1:4])
    lock = requirements.with_suffix(".lock")
    locked = lock.read_bytes() if lock.is_file() else b""
    made_of = requirements.read_bytes()
    pins = hashlib.sha256(made_of + locked + sys.version.encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == pins:
        stamp.touch()
        return 0
    print(f"setup: installing {requirements} into {folder} …", flush=True)
    python = folder / "bin" / "python"
    if not python.exists() or _run([str(python), "-m", "pip", "--version"]) is not None:
        failed = _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        if failed is not None:
            hint = (
                "on Debian or Ubuntu: sudo apt-get install python3-venv"
                if "ensurepip" in failed
                else failed.strip().splitlines()[-1]
            )
            print(f"setup: no virtual environment could be made in {folder}; {hint}")
            return 1
    if hashlib.sha256(made_of).hexdigest().encode() in locked.partition(b"\n")[0]:
        # The lock is whole, so nothing is looked up: an older pip takes `name[extra]` for another
        # requirement than `name`, and refuses the newest release of it for want of a hash.
        wanted = ["--require-hashes", "--no-deps", "--requirement", str(lock)]
    else:
        print(f"setup: {lock} is not of these pins (make lock): installing without hashes")
        wanted = ["--requirement", str(requirements)]
    failed = _run(
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
    )
    if failed is not None:
        reasons = [line for line in failed.splitlines() if line.startswith("ERROR")]
        print(f"setup: {requirements} could not be installed; {(reasons or [failed])[-1]}")
        return 1
    stamp.write_text(pins)
    return 0


def _run(command: list[str]) -> str | None:
    """None when it went well, else what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else done.stdout + done.stderr or "no reason given"


if __name__ == "__main__":
    sys.exit(main())
