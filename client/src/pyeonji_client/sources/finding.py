"""Mail that lies on this computer already: Thunderbird's profiles, Apple Mail, Outlook's stores."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import UnreadableError
from ..model import SourceKind
from .files import directories, names_in

#: Where programs keep mail, below the home folder; those of other systems are just not there.
_THUNDERBIRD = (
    ".thunderbird", ".mozilla-thunderbird", "snap/thunderbird/common/.thunderbird",
    ".var/app/org.mozilla.Thunderbird/.thunderbird", "Library/Thunderbird/Profiles",
    "AppData/Roaming/Thunderbird/Profiles",
)  # fmt: skip
_OUTLOOK = (
    "Documents/Outlook Files", "문서/Outlook 파일", "Documents/Outlook 파일",
    "AppData/Local/Microsoft/Outlook",
)  # fmt: skip
_APPLE = "Library/Mail"
_STORES = (".pst", ".ost")


@dataclass(frozen=True, slots=True)
class Found:
    """A request that could be made. `program`: thunderbird, outlook, apple."""

    kind: SourceKind
    path: Path
    program: str


def on_this_computer(home: Path | None = None) -> Iterator[Found]:
    """Every account of every program that is found; nothing is opened but folders."""
    home = home or Path.home()
    for place in _THUNDERBIRD:
        yield from _profiles(home / place)
    apple = home / _APPLE
    if any(entry.name.startswith("V") for entry in _below(apple)):
        yield Found(SourceKind.eml, apple, "apple")
    for place in _OUTLOOK:
        for entry in _below(home / place, files=True):
            if entry.suffix.lower() in _STORES:
                yield Found(SourceKind.pst, entry, "outlook")


def _profiles(root: Path) -> Iterator[Found]:
    """The accounts of each profile: `Mail/<server>` (POP3, local) and `ImapMail/<server>`."""
    for profile in _below(root):
        for kind in ("Mail", "ImapMail"):
            for account in _below(profile / kind):
                maildir = any(
                    (directory / "cur").is_dir()
                    for directory, closed in directories(account, maildirs=True)
                    if not closed
                )
                if maildir:
                    yield Found(SourceKind.maildir, account, "thunderbird")
                elif any(_has_files(each) for each, closed in directories(account) if not closed):
                    yield Found(SourceKind.mbox, account, "thunderbird")


def _has_files(directory: Path) -> bool:
    """Whether a file in it may be an mbox: Thunderbird keeps an index of each beside it."""
    try:
        names = set(names_in(directory))
    except UnreadableError:
        return False
    return any(f"{name}.msf" in names for name in names)


def _below(place: Path, *, files: bool = False) -> list[Path]:
    try:
        with os.scandir(place) as entries:
            return sorted(
                Path(entry.path)
                for entry in entries
                if (entry.is_file() if files else entry.is_dir(follow_symlinks=False))
            )
    except OSError:
        return []
