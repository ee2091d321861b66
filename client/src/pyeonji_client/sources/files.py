"""Mail in files: a Maildir (or Maildir++), or folders of .eml files. Read only."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pyeonji.imap.lexer import decode_name

from ..errors import MissingSourceError, UnreadableError
from ..model import MAIL_LIMIT, Doubt, Folder, Lost, Mail, Seen, SourceConfig
from .names import kept, readable, restored
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

    def doubts(self) -> Iterator[Doubt]:
        """Files that look like mail and were not read."""
        return iter(())

    def survey(self, folder: Folder) -> Folder:
        """Counts files and their sizes."""
        sizes = [_size(path) for _, path, _ in self._listed(folder)]
        return replace(folder, messages=len(sizes), size=sum(sizes))

    def mails(self, folder: Folder, seen: Seen) -> Iterator[Mail | Lost | Doubt]:
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
        for directory, closed in directories(self._root, maildirs=True):
            if not closed and not _is_maildir(directory):
                continue
            relative = directory.relative_to(self._root).as_posix()
            path = _maildir_path(relative) or self._into or "INBOX"
            use = "inbox" if relative == "." else special_use_of(path)
            found.append(Folder(kept(relative), path, use))
        if not found:
            raise MissingSourceError("no_maildir", path=str(self._root))
        return found

    def _listed(self, folder: Folder) -> list[tuple[str, Path, tuple[str, ...]]]:
        directory = _existing(self._root, folder)
        listed = []
        for part in ("cur", "new"):
            if (directory / part).is_dir():
                for name in names_in(directory / part):
                    if not name.startswith("."):
                        key, flags = _maildir_name(name)
                        listed.append((kept(key), directory / part / name, flags))
        return sorted(listed)


class EmlSource(_Files):
    """`.eml` files in a folder and below; each folder is a mailbox."""

    def folders(self) -> list[Folder]:
        """Every folder with .eml files in it."""
        found: list[Folder] = []
        for directory, closed in directories(self._root):
            if not closed and not any(_is_eml(name) for name in names_in(directory)):
                continue
            relative = directory.relative_to(self._root).as_posix()
            name = self._into or self._root.resolve().name if relative == "." else relative
            path = readable(name)
            found.append(Folder(kept(relative), path, special_use_of(path)))
        if not found:
            raise MissingSourceError("no_eml", path=str(self._root))
        return found

    def _listed(self, folder: Folder) -> list[tuple[str, Path, tuple[str, ...]]]:
        directory = _existing(self._root, folder)
        return [(kept(name), directory / name, ()) for name in names_in(directory) if _is_eml(name)]


def directories(root: Path, *, maildirs: bool = False) -> Iterator[tuple[Path, bool]]:
    """`root` and every directory below, links not followed, in a stable order; True with those
    that may not be looked into. `maildirs`: their own parts are no directories of anybody's."""
    closed: list[Path] = []

    def note(error: OSError) -> None:
        closed.append(Path(os.fsdecode(error.filename)))

    for current, names, _ in os.walk(root, onerror=note):
        directory = Path(current)
        deep = len(directory.relative_to(root).parts) >= MAX_DEPTH
        own = ("cur", "new", "tmp") if maildirs and _is_maildir(directory) else ()
        names[:] = [] if deep else sorted(name for name in names if name not in own)
        yield directory, False
    for directory in closed:
        yield directory, True


def _is_maildir(directory: Path) -> bool:
    return (directory / "cur").is_dir() or (directory / "new").is_dir()


def _existing(root: Path, folder: Folder) -> Path:
    directory = root / restored(folder.name)
    if not directory.is_dir():
        raise MissingSourceError("folder_gone", folder=folder.path)
    return directory


def names_in(directory: Path) -> list[str]:
    """Its files, links not followed. Raises UnreadableError."""
    try:
        with os.scandir(directory) as entries:
            return sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
    except OSError as error:
        raise UnreadableError("unreadable_path", path=readable(str(directory))) from error


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
        pieces.extend(_level(level) for level in levels)
    return "/".join(piece for piece in pieces if piece)


def _level(name: str) -> str:
    text = readable(name)
    return (decode_name(text.encode()) if text.isascii() else text).replace("/", "_")


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
