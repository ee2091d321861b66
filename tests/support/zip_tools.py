"""What other programs think of a ZIP of ours: without an error, without a warning."""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

#: 7-Zip is `7zz` in Debian's package and `7z` in older ones.
_SEVEN_ZIP = shutil.which("7zz") or shutil.which("7z")


def missing_tools() -> list[str]:
    """Debian packages of the tools that are not on this machine."""
    there = {
        "unzip": shutil.which("unzip"),
        "7zip": _SEVEN_ZIP,
        "libarchive-tools": shutil.which("bsdtar"),
    }
    return [package for package, program in there.items() if program is None]


def names_seen_by_all(file: Path) -> set[str]:
    """The names Python sees, after every tool on this machine has read the file to its end."""
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        assert len(names) == len(archive.namelist()), "a name stands there twice"
    if shutil.which("unzip"):
        said = _run("unzip", "-tq", str(file))
        assert "No errors detected" in said and "warning" not in said.lower(), said
    if _SEVEN_ZIP:
        said = _run(_SEVEN_ZIP, "t", str(file))
        assert "Everything is Ok" in said and "Warning" not in said, said
    if shutil.which("bsdtar"):
        said = _run("bsdtar", "-tf", str(file))
        assert set(said.splitlines()) == names
    return names


def _run(*command: str) -> str:
    done = subprocess.run(
        command,
        capture_output=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        timeout=120,
        check=False,
    )
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode == 0, said
    return said
