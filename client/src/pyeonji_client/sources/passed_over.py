"""Files of a tree that look like mail and that no source of this kind reads: said, never silent."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from pyeonji.mime.mbox import looks_like_mbox
from pyeonji.mime.separators import LOOKAHEAD

from ..model import Doubt
from .names import readable
from .outlook.tnef import SIGNATURE as TNEF

#: Named one by one; of more only the number is said.
MOST = 200
_FIELD = rb"[!-9;-~]{1,64}[ \t]*:[^\r\n]*(?:\r\n|\n|\r)(?:[ \t][^\r\n]*(?:\r\n|\n|\r))*"
_HEADER = re.compile(rb"(?:\d+[ \t]*\n)?(?:\xef\xbb\xbf)?(?:" + _FIELD + rb"){2}")
_OF_MAIL = re.compile(
    rb"(?:\A|[\r\n])(?:from|date|subject|message-id|received|return-path|mime-version)[ \t]*:",
    re.IGNORECASE,
)
_OUTLOOK, _PST = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"!BDN"
#: What files with mail in them are called, packed or not.
_MAIL_NAME = re.compile(
    r".+\.(?:eml|emlx|msg|mbox|mbx|pst|ost|olm|dbx|tnef)(?:\.(?:gz|bz2|xz|zst|zip|bak|old))?",
    re.IGNORECASE | re.DOTALL,
)
_NO_MAIL = (".msf", ".html", ".htm", ".json", ".sqlite", ".ini", ".py", ".ics", ".vcf")


def looks_like_mail(path: Path) -> bool:
    """Whether a file may hold mail, by its name and first bytes."""
    name = path.name.lower()
    if name.startswith(".") or name.endswith(_NO_MAIL):
        return False
    if not path.is_file():  # a link to nothing, or to no file
        return False
    if is_mail_name(name):
        return path.stat().st_size > 0
    return _begins_like_mail(path)


def is_mail_name(name: str) -> bool:
    """Whether a file is called as files with mail in them are."""
    return _MAIL_NAME.fullmatch(name) is not None


def is_one_mail(path: Path) -> bool:
    """Whether a file begins as one mail does: with a header."""
    try:
        with path.open("rb") as file:
            head = file.read(LOOKAHEAD)
    except OSError:
        return False
    return _has_header(head) and not looks_like_mbox(head)


def _begins_like_mail(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(LOOKAHEAD)
    except OSError:
        return False  # told of where it is opened, if a source would read it
    if head.startswith((_PST, TNEF)):
        return True
    if head.startswith(b"PK\x03\x04"):
        return _mail_inside(path)
    if head.startswith(_OUTLOOK):
        return False  # Word and Excel begin so too; an Outlook mail has its name
    if looks_like_mbox(head):
        return True
    return _has_header(head)


def _has_header(head: bytes) -> bool:
    header = _HEADER.match(head)
    return header is not None and len(_OF_MAIL.findall(header[0])) >= 2


def _mail_inside(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(map(is_mail_name, archive.namelist()))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def doubts_about(root: Path, files: Iterator[Path]) -> Iterator[Doubt]:
    """A doubt for each of `files` that looks like mail."""
    count = 0
    for path in files:
        if looks_like_mail(path):
            count += 1
            if count <= MOST:
                shown = readable(path.relative_to(root).as_posix())
                yield Doubt("file_not_read", {"path": shown})
    if count > MOST:
        yield Doubt("files_not_read", {"count": count - MOST})
