"""Mail in mbox files: one file, or a tree of them (Thunderbird, Apple Mail, Takeout, Unix).

Resumes by offset: the last mail that is safe must still stand where it stood, with the same
digest; if it does not (somebody compacted the file), the file is read from its start and what is
already packed is recognised by its digest.
"""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

from pyeonji.imap.special import special_use_of
from pyeonji.mime.headers import header_block
from pyeonji.mime.mbox import Dialect, MboxMessage, gmail_labels, looks_like_mbox, read_mbox
from pyeonji.mime.separators import LOOKAHEAD

from ..errors import MissingSourceError, UnreadableError
from ..model import MAIL_LIMIT, Doubt, Folder, Lost, Mail, Seen, SourceConfig
from .files import directories, links_in, names_in
from .labels import flags_of, route
from .marks import marks_of
from .names import kept, readable, restored
from .passed_over import doubts_about
from .torn import is_torn

_DIALECTS: dict[str, Dialect] = {
    "mboxo": "mboxo", "mboxrd": "mboxrd", "mboxcl": "mboxcl", "mboxcl2": "mboxcl2",
}  # fmt: skip


#: One mail each, of which an mbox reader would make something else.
_SINGLE = (".emlx", ".msg")
#: Between the name of a ZIP and that of a member; no file has it in its name on any system.
_INSIDE = "!//"


class MboxSource:
    """See `model.Source`. Every mbox file is a mailbox, unless its mails carry Gmail labels."""

    def __init__(self, config: SourceConfig):
        self._config = config
        self._root = Path(config.path)
        self._dialect: Dialect = _DIALECTS.get(config.dialect, "auto")
        if not self._root.exists():
            raise MissingSourceError("path_missing", path=config.path)

    def close(self) -> None:
        """Nothing is held open between calls."""

    def careful(self) -> None:
        """Mails come one at a time anyway."""

    def doubts(self) -> Iterator[Doubt]:
        """Files that look like mail and were not read."""
        if self._root.is_file():
            return iter(())
        return doubts_about(self._root, self._others())

    def _others(self) -> Iterator[Path]:
        for directory, closed in directories(self._root):
            if not closed:
                with suppress(UnreadableError):
                    for name in names_in(directory):
                        path = directory / name
                        if not _is_mbox(path) and not _mboxes_in(path):
                            yield path
                yield from links_in(directory)

    def folders(self) -> list[Folder]:
        """Every mbox file."""
        if self._root.is_file():
            if inside := _mboxes_in(self._root):
                return [self._inside("", member) for member in inside]
            if not _is_mbox(self._root):  # a .pst, a ZIP, a picture: not one mail of odd bytes
                raise MissingSourceError("no_mbox", path=readable(str(self._root)))
            path = self._config.into or _path(Path(self._root.name))
            return [Folder("", path, special_use_of(path))]
        found = []
        for directory, closed in directories(self._root):
            files = [directory] if closed else [directory / name for name in names_in(directory)]
            for file in files:
                relative = file.relative_to(self._root)
                if closed or _is_mbox(file):
                    path = _path(relative)
                    found.append(Folder(kept(relative.as_posix()), path, special_use_of(path)))
                inside = [] if closed else _mboxes_in(file)
                found += [self._inside(kept(relative.as_posix()), member) for member in inside]
        if not found:
            raise MissingSourceError("no_mbox", path=str(self._root))
        return found

    def survey(self, folder: Folder) -> Folder:
        """Counts by reading the file through."""
        size = messages = 0
        with self._open(folder) as stream:
            for item in read_mbox(stream, 0, self._dialect, MAIL_LIMIT):
                messages += 1
                size += item.length
        return replace(folder, messages=messages, size=size)

    def mails(self, folder: Folder, seen: Seen) -> Iterator[Mail | Lost | Doubt]:
        """Every mail after the last known one."""
        with self._open(folder) as stream:
            last = self._last(stream, seen)
            start = last.offset + last.length if last else 0
            stream.seek(0)
            for item in read_mbox(stream, start, self._dialect, MAIL_LIMIT):
                last = item
                yield self._mail(item, folder)
            if last is not None and last.data is not None and is_torn(last.data):
                yield Doubt("torn_tail", {"offset": last.offset})

    def _last(self, stream: BinaryIO, seen: Seen) -> MboxMessage | None:
        """The last known mail, behind which to go on, if it still stands where it stood."""
        last = seen.last()
        if last is None:
            return None
        offset = int(last.key)
        item = next(iter(read_mbox(stream, offset, self._dialect, MAIL_LIMIT)), None)
        if item is None or item.data is None:
            return None
        return item if hashlib.sha256(item.data).digest() == last.digest else None

    def _inside(self, archive: str, member: str) -> Folder:
        """An mbox in a ZIP, as Takeout makes them; read from there, never unpacked."""
        path = self._config.into or _path(Path(member.removeprefix("Takeout/")))
        return Folder(f"{archive}{_INSIDE}{member}", path, special_use_of(path))

    def _open(self, folder: Folder) -> BinaryIO:
        name, inside, member = folder.name.partition(_INSIDE)
        path = self._root / restored(name) if name else self._root
        try:
            if inside:
                return _member(path, member)
            return path.open("rb")
        except (KeyError, zipfile.BadZipFile, NotImplementedError) as error:
            raise UnreadableError("unreadable_path", path=readable(str(path))) from error
        except FileNotFoundError as error:
            raise MissingSourceError("folder_gone", folder=folder.path) from error
        except OSError as error:
            raise UnreadableError("unreadable_path", path=readable(str(path))) from error

    def _mail(self, item: MboxMessage, folder: Folder) -> Mail | Lost:
        key = f"{item.offset:016d}"
        if item.data is None:
            return Lost(key, "too_large", size=item.length)
        block = header_block(item.data)
        flags, deleted = marks_of(block)
        if deleted:
            return Lost(key, "deleted_at_source", size=item.length)
        path, use = folder.path, folder.special_use
        labels: tuple[str, ...] = ()
        if self._config.labels and b"\nx-gmail-labels:" in block.lower():
            labels = gmail_labels(item.data)
            path, use = route(labels)
            flags = flags_of(labels)
        return Mail(
            key,
            item.data,
            path,
            use,
            member_time=item.envelope_date,
            flags=flags,
            labels=labels,
            following=item.offset + item.length,
        )


def _is_mbox(path: Path) -> bool:
    """A file that begins like an mbox; mail programs give it any name. One that may not be read
    may be one: it is told of when its turn comes."""
    if path.name.lower().endswith(_SINGLE):
        return False
    try:
        with path.open("rb") as file:
            return looks_like_mbox(file.read(LOOKAHEAD))
    except OSError:
        return True


def _mboxes_in(path: Path) -> list[str]:
    """The members of a ZIP that begin like an mbox."""
    if path.suffix.lower() != ".zip" or not zipfile.is_zipfile(path):
        return []
    found = []
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.is_dir() and not info.flag_bits & 1:
                    with archive.open(info) as member:
                        if looks_like_mbox(member.read(LOOKAHEAD)):
                            found.append(info.filename)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError):
        return found
    return found


def _member(path: Path, name: str) -> BinaryIO:
    """A member of a ZIP as a file; the ZIP is closed with it."""
    archive = zipfile.ZipFile(path)
    stream = archive.open(name)
    archive.close()  # an open member keeps the file open
    return cast(BinaryIO, stream)


def _path(relative: Path) -> str:
    """A mailbox path: without `.mbox` (also Apple's folders of that name) and `.sbd`."""
    pieces = []
    for part in relative.parts:
        for suffix in (".sbd", ".mbox", ".mbx"):
            if part.lower().endswith(suffix):
                part = part[: -len(suffix)]
        pieces.append(readable(part))
    if len(pieces) > 1 and pieces[-1] == "mbox":  # Apple Mail: Inbox.mbox/mbox
        pieces.pop()
    return "/".join(piece for piece in pieces if piece) or "INBOX"
