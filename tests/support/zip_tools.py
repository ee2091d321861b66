"""What other programs think of a ZIP of ours: without an error, without a warning."""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

#: What tests need and how Debian calls it.
TOOLS = {"unzip": "unzip", "7z": "7zip", "bsdtar": "libarchive-tools"}


def missing_tools() -> list[str]:
    """Debian packages of the tools that are not on this machine."""
    return [package for program, package in TOOLS.items() if shutil.which(program) is None]


def names_seen_by_all(file: Path) -> set[str]:
    """The names Python sees, after every tool on this machine has read the file to its end."""
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        assert len(names) == len(archive.namelist()), "a name stands there twice"
    if shutil.which("unzip"):
        said = _run("unzip", "-tq", str(file))
        assert "No errors detected" in said and "warning" not in said.lower(), said
    if shutil.which("7z"):
        said = _run("7z", "t", str(file))
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
