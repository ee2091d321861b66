"""What can be said of an entry from the directory alone."""

from dataclasses import dataclass
from typing import Final

from pyeonji.domain.manifest import ARCHIVE_NAME, CHUNKS_NAME, FOLDER_NAME
from pyeonji.domain.uploads import Outcome
from pyeonji.zipio.entry import READ_METHODS, is_encrypted, is_too_large
from pyeonji.zipio.listing import Entry

_SYSTEM_FILES: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_MAIL_FOLDER: Final = "mail"
#: What our volumes have in a folder of their own.
_OURS: Final = (".html", ".sqlite", CHUNKS_NAME)
#: Mail that the migration client reads, or that lies one archive deeper: each told for itself.
_OTHER_KINDS: Final = (
    ("outlook_file", frozenset({"msg", "pst", "ost", "oft", "nst"})),
    ("mbox_file", frozenset({"mbox", "mbx", "mbs"})),
    (
        "archive_file",
        frozenset(
            {"zip", "7z", "rar", "egg", "alz", "tar", "gz", "tgz", "bz2", "tbz", "xz", "txz", "zst",
             "lzh", "cab", "arj", "zipx", "jar", "iso"}
        ),
    ),
)  # fmt: skip


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
    # What our volumes carry beside it, for people who unpack them.
    if base == "index.html" and len(path) <= 2:
        return ARCHIVE_NAME
    if (
        "pyeonji" in path[:2]
        and len(path) <= 4
        and base.endswith((".html", ".sqlite", CHUNKS_NAME))
    ):
        return ARCHIVE_NAME
    if base == FOLDER_NAME and _MAIL_FOLDER in path[:2] and len(path) >= 3:
        return FOLDER_NAME
    return None


def _is_system_file(path: list[str]) -> bool:
    if "__MACOSX" in path:
        return True
    base = path[-1] if path else ""
    return base.startswith("._") or base.casefold() in _SYSTEM_FILES


def _other_kind(base: str) -> str:
    """What a file is that is not called `.eml`: mail in another form, an archive, or no mail."""
    _, dot, extension = base.rstrip().casefold().rpartition(".")
    told = (reason for reason, extensions in _OTHER_KINDS if dot and extension in extensions)
    return next(told, "not_eml")


def _flaw(entry: Entry, path: list[str], message_limit: int) -> str | None:
    base = path[-1] if path else ""
    if not base.rstrip().casefold().endswith(".eml"):
        return _other_kind(base)
    if entry.contradictory:
        return "contradictory"
    if entry.size == 0:
        return "zero_byte"
    if is_encrypted(entry):
        return "encrypted"
    if entry.method not in READ_METHODS:
        return "unsupported_compression"
    if is_too_large(entry, message_limit):
        return "too_large"
    if not entry.span:
        return "damaged"
    return None
