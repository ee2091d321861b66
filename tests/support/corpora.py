"""Where the real mails and archives are; none of them is copied into the project."""

import csv
import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]


def shared() -> Path:
    """The shared folder: `PYEONJI_SHARED`, else `../shared` beside the repository."""
    return Path(os.environ.get("PYEONJI_SHARED") or _ROOT.parent / "shared")


def corpus_eml() -> Path:
    """`corpora/eml`; skips the test where it is missing."""
    return _corpus("eml")


def corpus_zip() -> Path:
    """`corpora/zip`; skips the test where it is missing."""
    return _corpus("zip")


def case(name: str) -> Path:
    """`cases/<name>`, inputs from the field; skips the test where it is missing."""
    folder = shared() / "cases" / name
    if not folder.is_dir():
        pytest.skip(f"no cases/{name}: set PYEONJI_SHARED to the folder that holds cases/")
    return folder


def manifest(folder: Path) -> list[dict[str, str]]:
    """The rows of a corpus's MANIFEST.csv; `path` is relative to the corpus."""
    with (folder / "MANIFEST.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _corpus(name: str) -> Path:
    folder = shared() / "corpora" / name
    if not (folder / "MANIFEST.csv").is_file():
        pytest.skip(f"no corpora/{name}: set PYEONJI_SHARED to the folder that holds corpora/")
    return folder
