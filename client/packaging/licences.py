"""The licence texts of everything in the bundle, put beside it; and none that may not be in it."""

import importlib.metadata as metadata
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

#: What the program imports while it runs (client/pyproject.toml), window and keys file included.
ROOTS = (
    "certifi", "cryptography", "dnspython", "isal", "keyring", "libpff-python", "olefile",
    "platformdirs", "PySide6-Essentials", "PySocks", "pyzipper", "rich", "tzdata", "urllib3",
)  # fmt: skip
#: Qt's wheels bring no text along; theirs is the LGPL 3, word for word libpff's.
_SAME_TEXT = {"pyside6-essentials": "libpff-python", "shiboken6": "libpff-python"}
_TEXT = re.compile(r"(licen[cs]e|copying|notice)", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9._-]+")
#: The bundle is one work under Apache-2.0; a library under these would make it theirs.
_NOT_HERE = re.compile(r"\b(?:AGPL|GPL(?!.*(?:exception|LGPL)))", re.IGNORECASE)
_ALTERNATIVE = re.compile(r"\b(?:LGPL|Apache|MIT|BSD|MPL|ISC|PSF)", re.IGNORECASE)


def closure(roots: tuple[str, ...] = ROOTS) -> Iterator[metadata.Distribution]:
    """The installed distributions among `roots` and all they need, each once."""
    todo, seen = list(roots), set[str]()
    while todo:
        name = todo.pop(0)
        if name.lower().replace("_", "-") in seen:
            continue
        seen.add(name.lower().replace("_", "-"))
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # for another system
            continue
        yield found
        for needed in found.requires or ():
            word = _NAME.match(needed)
            if word and "extra ==" not in needed:
                todo.append(word[0])


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def texts_of(name: str) -> list[Path]:
    """The licence texts a distribution brings along."""
    found = metadata.distribution(_SAME_TEXT.get(_plain(name), name))
    places = [found.locate_file(file) for file in found.files or () if _TEXT.search(file.name)]
    return [Path(str(place)) for place in places if Path(str(place)).is_file()]


def collect(target: Path) -> list[str]:
    """Copies every text to `target/<name>/`. Returns what is missing, or may not be bundled."""
    problems = []
    for found in closure():
        name, licence = _plain(found.metadata["Name"]), _licence(found)
        if _NOT_HERE.search(licence) and not _ALTERNATIVE.search(licence):
            problems.append(f"{name}: {licence}")
        texts = texts_of(name)
        if not texts:
            problems.append(f"{name}: no licence text")
        for text in texts:
            place = target / name
            place.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(text, place / text.name)
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    base = Path(sys.base_prefix)
    python = (
        base / "LICENSE.txt",
        base / "lib" / version / "LICENSE.txt",
        Path("/usr/share/doc") / version / "copyright",
    )
    text = next((path for path in python if path.is_file()), None)
    if text is None:
        problems.append("Python: no licence text")
    else:
        (target / "Python").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(text, target / "Python" / "LICENSE.txt")
    return problems


def _licence(found: metadata.Distribution) -> str:
    classifiers = found.metadata.get_all("Classifier") or []
    named = [one.rpartition("::")[2] for one in classifiers if one.startswith("License")]
    text = found.metadata.get("License-Expression") or found.metadata.get("License") or ""
    return " / ".join([text[:80], *named])
