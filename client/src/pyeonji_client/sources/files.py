"""Mail in files that are listed by name, and the first kind of them: a Maildir. Read only."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pyeonji.imap.lexer import decode_name
from pyeonji.imap.special import special_use_of
from pyeonji.mime.headers import header_block

from ..errors import MissingSourceError, UnreadableError
from ..model import MAIL_LIMIT, OWN_FILE, Doubt, Folder, Lost, Mail, Seen, SourceConfig
from .marks import marks_of
from .names import kept, readable, restored
from .passed_over import doubts_about

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


class Files(ABC):
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
        return doubts_about(self._root, self._others())

    def _others(self) -> Iterator[Path]:
        """Every file that is no mail of this source."""
        for directory, closed in directories(self._root):
            if not closed and not self._is_own(directory):
                with suppress(UnreadableError):
                    for name in names_in(directory):
                        if not self._is_mail(directory / name):
                            yield directory / name
            if not closed:
                yield from links_in(directory)

    def _is_own(self, directory: Path) -> bool:
        """Whether every file in it is accounted for."""
        return False

    @abstractmethod
    def _is_mail(self, path: Path) -> bool:
        """Whether a file is read as a mail."""

    def survey(self, folder: Folder) -> Folder:
        """Counts files and their sizes."""
        sizes = [_size(path) for _, path, _ in self._listed(folder)]
        return replace(folder, messages=len(sizes), size=sum(sizes))

    def mails(self, folder: Folder, seen: Seen) -> Iterator[Mail | Lost | Doubt]:
        """Every file that is not known."""
        listed = self._listed(folder)
        for start in range(0, len(listed), WINDOW):
            window = listed[start : start + WINDOW]
            marks = [_mark(path) for _, path, _ in window]
            known = seen.known([key for key, _, _ in window], marks)
            for key, path, flags in window:
                if key not in known:
                    yield self._read(key, path, flags, folder)

    def _read(self, key: str, path: Path, flags: tuple[str, ...], folder: Folder) -> Mail | Lost:
        """One file as a mail."""
        content = contents(key, path)
        if isinstance(content, Lost):
            return content
        data, mark, modified = content
        mail = Mail(
            key, data, folder.path, folder.special_use, member_time=modified, flags=flags, mark=mark
        )
        return plain(mail)


class MaildirSource(Files):
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
        directory = existing(self._root, folder)
        listed = []
        for part in ("cur", "new"):
            if (directory / part).is_dir():
                for name in names_in(directory / part):
                    if not name.startswith("."):
                        key, flags = _maildir_name(name)
                        listed.append((kept(key), directory / part / name, flags))
        return sorted(listed)

    def _is_own(self, directory: Path) -> bool:
        """What was not delivered to the end stays in `tmp`: that is told of."""
        return directory.name in ("cur", "new") and _is_maildir(directory.parent)

    def _is_mail(self, path: Path) -> bool:
        return False


def directories(root: Path, *, maildirs: bool = False) -> Iterator[tuple[Path, bool]]:
    """`root` and every directory below, links not followed, in a stable order; True with those
    that may not be looked into. `maildirs`: their own parts are no directories of anybody's."""
    closed: list[Path] = []

    def note(error: OSError) -> None:
        closed.append(Path(os.fsdecode(error.filename)))

    for current, names, files in os.walk(root, onerror=note):
        directory = Path(current)
        deep = len(directory.relative_to(root).parts) >= MAX_DEPTH
        own = ("cur", "new", "tmp") if maildirs and _is_maildir(directory) else ()
        names[:] = [] if deep else sorted(name for name in names if name not in own)
        if OWN_FILE in files:  # our own download folder: what is in it came from elsewhere
            names.clear()
            continue
        yield directory, False
    for directory in closed:
        yield directory, True


def _is_maildir(directory: Path) -> bool:
    return (directory / "cur").is_dir() or (directory / "new").is_dir()


def existing(root: Path, folder: Folder) -> Path:
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


def links_in(directory: Path) -> Iterator[Path]:
    """Its links to files: not followed, because they may lead anywhere, and not passed over in
    silence."""
    with suppress(OSError), os.scandir(directory) as entries:
        found = sorted(entry.name for entry in entries if entry.is_symlink())
        yield from (directory / name for name in found)


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
        part = part.removesuffix(".sbd")  # Thunderbird: what is below a folder lies beside it
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


def plain(mail: Mail) -> Mail | Lost:
    """A mail as it stands in a file, with the marks its header carries."""
    marks, deleted = marks_of(header_block(mail.data))
    if deleted:
        return Lost(mail.key, "deleted_at_source", size=len(mail.data))
    return replace(mail, flags=tuple(dict.fromkeys((*mail.flags, *marks))))


def contents(key: str, path: Path) -> tuple[bytes, str, datetime] | Lost:
    """(bytes, mark, when it was changed) of a file, or why it cannot be had."""
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
    return data, _mark_of(status), datetime.fromtimestamp(int(status.st_mtime), UTC)


def _mark(path: Path) -> str | None:
    try:
        return _mark_of(path.stat())
    except OSError:  # gone since it was listed; reading will say so
        return None


def _mark_of(status: os.stat_result) -> str:
    """Another size or time under the same name is another mail."""
    return f"{status.st_size}/{status.st_mtime_ns}"
