"""What can be said of an entry from the directory alone."""

from dataclasses import dataclass
from typing import Final

from pyeonji.domain.manifest import ARCHIVE_NAME, FOLDER_NAME
from pyeonji.domain.uploads import Outcome
from pyeonji.zipio.listing import Entry
from pyeonji.zipio.member import METHOD_DEFLATED, METHOD_STORED

FLAG_ENCRYPTED: Final = 0x0001
METHOD_AES: Final = 99  # WinZip's AES puts the real method in an extra field

_SYSTEM_FILES: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_MAIL_FOLDER: Final = "mail"


@dataclass(frozen=True, slots=True)
class Judgement:
    """An end of an entry: rejected or ignored, and the contract's reason."""

    outcome: Outcome
    reason: str


def judge(entry: Entry, message_limit: int) -> Judgement | None:
    """The entry's end if the directory decides it; None where its bytes must be looked at.

    What an entry *is* comes before what is wrong with it: an encrypted picture is `not_eml`.
    `message_limit` is the largest message, uncompressed bytes.
    """
    if entry.folder:
        return Judgement(Outcome.IGNORED, "folder")
    path = components(entry.name)
    if _is_system_file(path):
        return Judgement(Outcome.IGNORED, "system_file")
    if _manifest_kind(path) is not None:
        return Judgement(Outcome.IGNORED, "manifest")
    reason = _flaw(entry, path, message_limit)
    return Judgement(Outcome.REJECTED, reason) if reason else None


def is_too_large(entry: Entry, limit: int) -> bool:
    """Whether the message, or the data it is packed into, has more than `limit` bytes.

    Deflate data is hardly ever longer than what it holds, but can be made of empty blocks without
    end, and whoever reads an entry has to hold it. A thousandth more is what stored blocks take.
    """
    return entry.size > limit or entry.compressed > limit + limit // 1000 + 64


def components(name: str) -> list[str]:
    """The parts of a name between slashes; Windows programs write backslashes."""
    return [part for part in name.replace("\\", "/").split("/") if part]


def manifest_kind(name: str) -> str | None:
    """`archive.json` or `folder.json` where the name is that of our own manifest, else None.

    One folder around it all is allowed: people unpack an archive and pack the folder again.
    """
    return _manifest_kind(components(name))


def _manifest_kind(path: list[str]) -> str | None:
    base = path[-1] if path else ""
    if base == ARCHIVE_NAME and len(path) <= 2:
        return ARCHIVE_NAME
    if base == FOLDER_NAME and _MAIL_FOLDER in path[:2] and len(path) >= 3:
        return FOLDER_NAME
    return None


def _is_system_file(path: list[str]) -> bool:
    if "__MACOSX" in path:
        return True
    base = path[-1] if path else ""
    return base.startswith("._") or base.casefold() in _SYSTEM_FILES


def _flaw(entry: Entry, path: list[str], message_limit: int) -> str | None:
    base = path[-1] if path else ""
    if not base.rstrip().casefold().endswith(".eml"):
        return "not_eml"
    if entry.size == 0:
        return "zero_byte"
    if entry.flags & FLAG_ENCRYPTED or entry.method == METHOD_AES:
        return "encrypted"
    if entry.method not in (METHOD_STORED, METHOD_DEFLATED):
        return "unsupported_compression"
    if is_too_large(entry, message_limit):
        return "too_large"
    if not entry.span:
        return "damaged"
    return None
