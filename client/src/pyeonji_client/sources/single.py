"""Folders of files with one mail each: `.eml`, Apple Mail's `.emlx`, Outlook's `.msg` and TNEF."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pyeonji.imap.special import special_use_of

from ..errors import MissingSourceError
from ..model import Folder, Lost, Mail
from .emlx import read_emlx
from .files import Files, contents, directories, existing, names_in, plain
from .names import kept, readable
from .outlook.letter import Letter, flags, is_mail, rebuilt, received
from .outlook.msg import MsgError, read_msg
from .outlook.properties import Tag
from .outlook.tnef import TnefError, is_tnef, read_tnef, unfolded
from .passed_over import is_one_mail

_SUFFIXES = (".eml", ".emlx", ".msg")
#: Apple Mail keeps a mailbox in `<name>.mbox/<UUID>/Data/3/1/Messages`.
_APPLE = re.compile(
    r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}|Data|Messages|\d|V\d{1,2}", re.IGNORECASE
)


class EmlSource(Files):
    """Each folder with such files in it is a mailbox."""

    def folders(self) -> list[Folder]:
        """Every folder with mails in it."""
        found: list[Folder] = []
        for directory, closed in directories(self._root):
            names = [] if closed else self._names(directory)
            if not closed and not names:
                continue
            relative = directory.relative_to(self._root).as_posix()
            path = self._path(relative, apple=any(name.endswith(".emlx") for name in names))
            found.append(Folder(kept(relative), path, special_use_of(path)))
        if not found:
            raise MissingSourceError("no_eml", path=str(self._root))
        return found

    def _path(self, relative: str, *, apple: bool) -> str:
        own = self._into or self._root.resolve().name
        parts = [] if relative == "." else relative.split("/")
        if apple:
            parts = [part.removesuffix(".mbox") for part in parts if not _APPLE.fullmatch(part)]
            own = "" if _APPLE.fullmatch(own) else own.removesuffix(".mbox")
        if parts and parts[-1] in ("cur", "new"):  # Thunderbird's Maildir, file by file
            parts.pop()
        parts = [part.removesuffix(".sbd") for part in parts]
        return readable("/".join(parts) or own or "INBOX")

    def _listed(self, folder: Folder) -> list[tuple[str, Path, tuple[str, ...]]]:
        directory = existing(self._root, folder)
        return [(kept(name), directory / name, ()) for name in self._names(directory)]

    def _names(self, directory: Path) -> list[str]:
        return [name for name in names_in(directory) if self._is_mail(directory / name)]

    def _is_mail(self, path: Path) -> bool:
        """By its name; MH (Sylpheed, Claws, Evolution) has numbers for names."""
        return is_single(path.name) or (path.name.isdecimal() and is_one_mail(path))

    def _read(self, key: str, path: Path, flags: tuple[str, ...], folder: Folder) -> Mail | Lost:
        content = contents(key, path)
        if isinstance(content, Lost):
            return content
        data, mark, modified = content
        mail = Mail(key, data, folder.path, folder.special_use, member_time=modified, mark=mark)
        return taken_as(mail, path)


def taken_as(mail: Mail, path: Path) -> Mail | Lost:
    """What a file holds, by the kind its name says it is of. `path` is where it lies: what was
    cut out of an Apple mail lies beside it."""
    name = path.name.lower()
    if name.endswith(".emlx"):
        return _apple(mail, path)
    if name.endswith(".msg"):
        return _outlook(mail, read_msg)
    if is_tnef(name):
        return _outlook(mail, read_tnef)
    return plain(mail)


def _apple(mail: Mail, path: Path) -> Mail | Lost:
    found = read_emlx(mail.data, path)
    if found is None:
        return Lost(mail.key, "unreadable_file", size=len(mail.data))
    if found.deleted:
        return Lost(mail.key, "deleted_at_source", size=len(found.data))
    if not found.whole:
        return Lost(mail.key, "incomplete", size=len(found.data))
    return replace(
        mail,
        data=found.data,
        flags=(*found.flags, "converted") if found.joined else found.flags,
        received=found.received,
        note="converted" if found.joined else None,
    )


def _outlook(mail: Mail, read: Callable[[bytes], Letter]) -> Mail | Lost:
    try:
        letter = unfolded(read(mail.data))
    except (MsgError, TnefError):
        return Lost(mail.key, "unreadable_file", size=len(mail.data))
    if not is_mail(letter.properties):
        return Lost(mail.key, "not_a_mail", letter.properties.text(Tag.message_class)[:80])
    return replace(
        mail,
        data=rebuilt(letter),
        flags=(*flags(letter), "converted"),
        received=received(letter),
        note="converted",
    )


def is_single(name: str) -> bool:
    """Whether a file of this name is read as one mail."""
    if name.startswith("._"):
        return False
    return name.lower().endswith(_SUFFIXES) or is_tnef(name)
