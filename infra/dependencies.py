"""`make lock`, `make audit`, `make sbom`: what the project is made of.

lock    requirements*.lock beside each requirements*.txt: every package that is needed, for every
        Python and system we support, with the hashes of its files; and docs/licences.md
audit   looks them up in the advisory databases
sbom    writes them as CycloneDX, to sbom.json

The tools are installed for the moment: they are no part of what is built or tested.
"""

import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = tuple(
    ROOT / f"{name}.txt" for name in ("requirements", "requirements-sam", "requirements-fuzz")
)
LICENCES = ROOT / "docs" / "licences.md"

_UV = "uv==0.13.9"
_AUDIT = "pip-audit==2.10.1"
_SBOM = "cyclonedx-bom==7.5.0"

#: Licences that go with Apache-2.0, by any of the names packages give them.
_FITTING = re.compile(
    r"(MIT|MIT-0|MIT License|MIT No Attribution License \(MIT-0\)?|ISC|0BSD|BSD|BSD License"
    r"|BSD-[23]-Clause|Apache-2\.0|Apache Software License|Apache License 2\.0"
    r"|PSF-2\.0|CNRI-Python|Zlib|Unlicense|Python Software Foundation License|Public Domain"
    r"|CC0-1\.0)"
)
#: What says otherwise, or nothing, and why it may be used all the same.
REASONS = {
    "axe-playwright-python": "MIT by its repository; tests only",
    "certifi": "MPL-2.0 binds its own files, which are not changed",
    "docutils": "public domain and BSD but for one tool, which is not used; brought by awscli",
    "hypothesis": "MPL-2.0 binds its own files; tests only",
    "jinxed": "MPL-2.0 binds its own files; on Windows only",
    "libpff-python": "LGPL-3.0: a library that can be exchanged; a library",
    "pathspec": "MPL-2.0 binds its own files; tools only",
    "pyinstaller": "GPL-2.0 with an exception for what it builds; builds only",
    "pyinstaller-hooks-contrib": "GPL-2.0 for hooks that run while building; builds only",
    "pypdfium2": "Apache-2.0 or BSD-3-Clause; the PDFium in it BSD-3-Clause, its parts permissive",
    "pyside6-essentials": "LGPL-3.0: used as a library that can be exchanged",
    "shiboken6": "LGPL-3.0: as PySide6",
}
_PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==(\S+)", re.M)


def main() -> int:
    """The command is the argument."""
    command = sys.argv[1] if len(sys.argv) == 2 else ""
    if command == "lock":
        for requirements in REQUIREMENTS:
            lock(requirements)
        LICENCES.write_text(licences_page(), "utf-8")
        return 0
    if command == "audit":
        locks = [str(lock_of(requirements)) for requirements in REQUIREMENTS]
        asked = ("--require-hashes", "--disable-pip", "--requirement")
        # One by one: the two environments have different versions of the same packages.
        return max(_tool(_AUDIT, "pip_audit", *asked, lock) for lock in locks)
    if command == "sbom":
        target = str(ROOT / "sbom.json")
        source = str(lock_of(REQUIREMENTS[0]))
        return _tool(
            _SBOM, "cyclonedx_py", "requirements", source, "--output-reproducible",
            "--pyproject", str(ROOT / "pyproject.toml"), "--output-file", target,
        )  # fmt: skip
    print(__doc__, file=sys.stderr)
    return 2


def lock_of(requirements: Path) -> Path:
    """The lock that stands beside a file of pins."""
    return requirements.with_suffix(".lock")


def first_line(requirements: Path) -> str:
    """What a lock begins with that was made of these very pins."""
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    return f"# Made by `make lock` of {requirements.name}, SHA-256 {digest}\n"


def lock(requirements: Path) -> None:
    """Write the lock of `requirements`. SystemExit when it cannot be resolved."""
    target = lock_of(requirements)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "lock"
        if target.is_file():
            # What is locked stays as it is where the pins still allow it.
            made.write_bytes(target.read_bytes())
        if _tool(
            _UV, "uv", "pip", "compile", str(requirements), "--universal", "--quiet",
            "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate",
            "--output-file", str(made),
        ):  # fmt: skip
            raise SystemExit(f"lock: {requirements.name} could not be resolved")
        target.write_text(first_line(requirements) + made.read_text("utf-8"), "utf-8")
    print(f"lock: {target.name} has {len(_PIN.findall(target.read_text('utf-8')))} packages")


def pinned(file: Path) -> dict[str, str]:
    """name -> version of every `name==version` in a file; names in lower case with hyphens."""
    return {
        re.sub(r"[-_.]+", "-", name).lower(): version
        for name, version in _PIN.findall(file.read_text("utf-8"))
    }


def licence_of(name: str) -> str | None:
    """As the installed package says it; None where it is not installed (another system's)."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return None
    if "License-Expression" in said:
        return said["License-Expression"]
    named = [
        each.rpartition(" :: ")[2]
        for each in said.get_all("Classifier") or ()
        if each.startswith("License ::")
    ]
    said_so = "; ".join(each for each in named if each != "OSI Approved")
    # The oldest way: a word, or the whole text.
    oldest = said["License"] if "License" in said else "not said"  # noqa: SIM401 - has no get()
    return said_so or oldest[:40]


def is_fitting(licence: str) -> bool:
    """True when it goes with Apache-2.0: each of what is joined by AND, one of what by OR."""
    return all(
        any(_FITTING.fullmatch(one.strip()) for one in part.strip("()").split(" OR "))
        for part in re.split(r" AND |; ", licence)
    )


def licences_page() -> str:
    """docs/licences.md."""
    return "".join(_page())


def _page() -> Iterator[str]:
    yield "# Licences of what the project is built of and tested with\n\n"
    yield "Made by `make lock` of `requirements.txt`, and what that brings. Every one goes with\n"
    yield "Apache-2.0, or it says here why it may be used.\n\n"
    yield "| package | licence | note |\n|---|---|---|\n"
    direct = pinned(REQUIREMENTS[0])
    for name in sorted(pinned(lock_of(REQUIREMENTS[0]))):
        licence = licence_of(name) or "(another system's)"
        shown = f"**{name}**" if name in direct else name
        yield f"| {shown} | {licence} | {REASONS.get(name, '')} |\n"


def _tool(pin: str, module: str, *arguments: str) -> int:
    """Run a tool in an environment of its own; its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        python = f"{folder}/bin/python"
        for command in (
            [sys.executable, "-m", "venv", folder],
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", pin],
        ):
            if subprocess.run(command, check=False).returncode != 0:
                print(f"{pin} could not be installed", file=sys.stderr)
                return 1
        done = subprocess.run([python, "-m", module, *arguments], cwd=ROOT, check=False)
        return done.returncode


if __name__ == "__main__":
    sys.exit(main())
