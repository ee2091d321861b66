"""Mail in files: a Maildir (or Maildir++), or folders of .eml files. Read only."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ..errors import MissingSourceError
from ..model import MAIL_LIMIT, Folder, Lost, Mail, Seen, SourceConfig
from .imap_lexer import decode_name
from .special import special_use_of

#: Names compared with the journal at once.
WINDOW = 1_000
#: Folders deeper than this are loops in disguise.
MAX_DEPTH = 32
_MAILDIR_FLAGS = {
    "S": "\\Seen",
    "R": "\\Answered",
    "F": "\\Flagged",
    "D": "\\Draft",
    "T": "\\Deleted",
    "P": "$Forwarded",
}


class _Files(ABC):
    """What both have in common: files listed by name, in a stable order, read whole."""

    def __init__(self, config: SourceConfig):
        self._root = Path(config.path)
        self._into = config.into
        if not self._root.is_dir():
            raise MissingSourceError("path_missing", path=config.path)

    @abstractmethod
    def _listed(self, folder: Folder) -> list[tuple[str, Path, tuple[str, ...]]]:
        """(key, path, flags) of every mail, ordered by key."""

    def close(self) -> None:
        """Nothing is held open."""
        return

    def careful(self) -> None:
        """Files come one at a time anyway."""
        return

    def survey(self, folder: Folder) -> Folder:
        """Counts files and their sizes."""
        sizes = [_size(path) for _, path, _ in self._listed(folder)]
        return replace(folder, messages=len(sizes), size=sum(sizes))

    def mails(self, folder: Folder, seen: Seen) -> Iterator[Mail | Lost]:
        """Every file that is not known."""
        listed = self._listed(folder)
        for start in range(0, len(listed), WINDOW):
            window = listed[start : start + WINDOW]
            known = seen.known([key for key, _, _ in window])
            for key, path, flags in window:
                if key not in known:
                    yield _read(key, path, flags, folder)


class MaildirSource(_Files):
    """A Maildir with `cur` and `new`; subfolders as Maildir++ (`.Sent`) or as directories."""

    def folders(self) -> list[Folder]:
        """Every maildir below the root."""
        found: list[Folder] = []
        for directory in _directories(self._root):
            if not (directory / "cur").is_dir() and not (directory / "new").is_dir():
                continue
            relative = directory.relative_to(self._root).as_posix()
            path = _maildir_path(relative) or self._into or "INBOX"
            use = "inbox" if relative == "." else special_use_of(path)
            found.append(Folder(relative, path, use))
        if not found:
            raise MissingSourceError("no_maildir", path=str(self._root))
        return found

    def _listed(self, folder: Folder) -> list[tuple[str, Path, tuple[str, ...]]]:
        directory = self._root / folder.name
        if not directory.is_dir():
            raise MissingSourceError("folder_gone", folder=folder.path)
        listed = []
        for part in ("cur", "new"):
            if not (directory / part).is_dir():
                continue
            with os.scandir(directory / part) as entries:
                for entry in entries:
                    if entry.name.startswith(".") or not entry.is_file(follow_symlinks=False):
                        continue
                    key, flags = _maildir_name(entry.name)
                    listed.append((key, Path(entry.path), flags))
        return sorted(listed)


class EmlSource(_Files):
    """`.eml` files in a folder and below; each folder is a mailbox."""

    def folders(self) -> list[Folder]:
        """Every folder with .eml files in it."""
        found: list[Folder] = []
        for directory in _directories(self._root):
            if not any(_is_eml(name) for name in _names(directory)):
                continue
            relative = directory.relative_to(self._root).as_posix()
            path = self._into or self._root.resolve().name if relative == "." else relative
            found.append(Folder(relative, path, special_use_of(path)))
        if not found:
            raise MissingSourceError("no_eml", path=str(self._root))
        return found

    def _listed(self, folder: Folder) -> list[tuple[str, Path, tuple[str, ...]]]:
        directory = self._root / folder.name
        if not directory.is_dir():
            raise MissingSourceError("folder_gone", folder=folder.path)
        return [(name, directory / name, ()) for name in _names(directory) if _is_eml(name)]


def _directories(root: Path) -> Iterator[Path]:
    """`root` and every directory below, links not followed, in a stable order."""
    for current, names, _ in os.walk(root):
        depth = len(Path(current).relative_to(root).parts)
        names[:] = sorted(
            name for name in names if name not in ("cur", "new", "tmp") and depth < MAX_DEPTH
        )
        yield Path(current)


def _names(directory: Path) -> list[str]:
    with os.scandir(directory) as entries:
        return sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))


def _is_eml(name: str) -> bool:
    return name.lower().endswith(".eml") and not name.startswith("._")


def _maildir_name(name: str) -> tuple[str, tuple[str, ...]]:
    """(unique part, flags). Windows has no colons, so programs there use `;` or `!`."""
    for separator in (":2,", ";2,", "!2,"):
        unique, found, letters = name.partition(separator)
        if found:
            return unique, tuple(
                _MAILDIR_FLAGS[letter] for letter in letters if letter in _MAILDIR_FLAGS
            )
    return name, ()


def _maildir_path(relative: str) -> str:
    """`.보낸편지함.2024` (Maildir++) or `Sent/2024` (directories) as a mailbox path."""
    if relative == ".":
        return ""
    pieces: list[str] = []
    for part in relative.split("/"):
        levels = part[1:].split(".") if part.startswith(".") else [part]
        pieces.extend(decode_name(os.fsencode(level)).replace("/", "_") for level in levels)
    return "/".join(piece for piece in pieces if piece)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # gone since it was listed; fetching will list it
        return 0


def _read(key: str, path: Path, flags: tuple[str, ...], folder: Folder) -> Mail | Lost:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_size > MAIL_LIMIT:
                return Lost(key, "too_large", size=status.st_size)
            data = file.read(MAIL_LIMIT + 1)
    except FileNotFoundError:
        return Lost(key, "gone")
    except OSError:
        return Lost(key, "unreadable_file")
    if len(data) > MAIL_LIMIT:
        return Lost(key, "too_large", size=len(data))
    return Mail(
        key,
        data,
        folder.path,
        folder.special_use,
        member_time=datetime.fromtimestamp(int(status.st_mtime), UTC),
        flags=flags,
    )
