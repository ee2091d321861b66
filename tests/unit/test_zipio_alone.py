"""zipio is the ZIP format and nothing else: it works with no other room of the project there."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOM = Path(__file__).parents[2] / "layers" / "core" / "python" / "pyeonji" / "zipio"

PROGRAM = """
import importlib, pkgutil, sys
import pyeonji.zipio as room
for module in pkgutil.iter_modules(room.__path__):
    importlib.import_module(f"pyeonji.zipio.{module.name}")
from pyeonji.zipio.archive import open_directory
from pyeonji.zipio.entry import unpack_entry
data = open(sys.argv[1], "rb").read()
[entry] = open_directory(len(data), lambda start, length: data[start : start + length])
print(unpack_entry(entry, data, 0, 1000).message.decode())
print(*sorted(name for name in sys.modules if name.startswith("pyeonji")))
"""


def test_it_reads_an_archive_with_nothing_else_of_the_project(tmp_path: Path) -> None:
    package = tmp_path / "pyeonji"
    package.mkdir()
    (package / "__init__.py").touch()
    shutil.copytree(ROOM, package / "zipio", ignore=shutil.ignore_patterns("__pycache__"))
    archive = shutil.make_archive(str(tmp_path / "mail"), "zip", _folder(tmp_path))
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, archive],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    message, modules = done.stdout.splitlines()
    assert message == "Subject: alone"
    assert {name.split(".")[1] for name in modules.split() if "." in name} == {"zipio"}


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "a.eml").write_text("Subject: alone")
    return folder
