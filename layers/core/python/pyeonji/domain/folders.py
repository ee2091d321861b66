"""The folders of a connected server, what we know of each, and what has become of them since.

Pure: what a server says and what was known in, what is new, changed, gone, renamed out.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from pyeonji.domain.limits import SEGMENT_BYTES


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """What a server says of a folder. 0 or "": it does not say.

    `validity` is UIDVALIDITY, `next_uid` UIDNEXT, `modseq` HIGHESTMODSEQ (RFC 7162), `identity`
    MAILBOXID (RFC 8474), which a folder keeps when it is renamed.
    """

    validity: int
    next_uid: int = 0
    messages: int = 0
    unseen: int = 0
    modseq: int = 0
    identity: str = ""


@dataclass(frozen=True, slots=True)
class ServerFolder:
    """A folder as a server lists it: `name` as it spells it (bytes as Latin-1), `path` as people
    do, with `/` between levels."""

    name: str
    path: str
    special_use: str | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of a connected server and the mailbox its mail is kept in.

    `epoch` (a ULID) stands for this folder under this UIDVALIDITY: `<epoch>#<uid>` is the origin of
    its mail. `status` is what the server said when everything it had was here. `map` is the key of
    the object that says which mail each UID is; "" before the first. `listed_at`: when the flags of
    all mails were last compared. `missing`: the server does not list it any more. `strays`: the
    mailbox may hold mail that came otherwise than from this epoch. `gone_at`: since when the mail
    that is gone for longest is gone, epoch seconds; 0 for none.
    """

    account: str
    mailbox_id: str
    name: str
    epoch: str
    status: FolderStatus
    map: str = ""
    listed_at: datetime | None = None
    missing: bool = False
    strays: bool = True
    gone_at: int = 0
    revision: int = 0


class Kept(NamedTuple):
    """A mail of a folder's map: its UID, the key of its index item ("" for one the server does not
    give out), its flags, sorted."""

    uid: int
    key: str
    flags: tuple[str, ...] = ()


class Gone(NamedTuple):
    """A mail that is kept here and gone there since `at`, epoch seconds."""

    key: str
    at: int


class Facts(NamedTuple):
    """What a server says of a mail before it is fetched. `size` in bytes."""

    uid: int
    size: int
    flags: tuple[str, ...] = ()


class Span(NamedTuple):
    """Some mails to be fetched together: their UIDs, ascending, and bytes as the server states."""

    uids: tuple[int, ...]
    size: int


class Matched(NamedTuple):
    """The folders of a server against those that are known. `renamed` are in `known`, too."""

    known: dict[str, Folder]
    """The name it has now → the folder."""
    new: tuple[ServerFolder, ...]
    missing: tuple[Folder, ...]


#: Mails of one chunk: their index items and rows take some 20 MB.
CHUNK_MESSAGES = 5_000
#: Ranges of UIDs in one chunk: a line of its list stays far below what a machine's step may take.
CHUNK_RUNS = 2_000


def is_partial(status: FolderStatus) -> bool:
    """Of a folder not all of which was here when it was last put down."""
    return status == FolderStatus(status.validity)


def is_settled(folder: Folder, status: FolderStatus) -> bool:
    """Whether nothing can have changed since everything was here, as far as these numbers tell."""
    was = folder.status
    if not (was.identity and status.identity):  # not every answer of every server has it
        was, status = replace(was, identity=""), replace(status, identity="")
    return not folder.missing and bool(folder.map) and was == status


def match_folders(
    known: Sequence[Folder],
    listed: Sequence[ServerFolder],
    statuses: Mapping[str, FolderStatus],
) -> Matched:
    """Which listed folder is which known one: by its name, or, renamed, by its identity or by its
    UIDVALIDITY and UIDs, where only one fits. `statuses` by name; one without is not open to us
    now, and stays as it is known."""
    by_name = {folder.name: folder for folder in known}
    there = {one.name for one in listed}
    found = {name: by_name[name] for name in there if name in by_name}
    left = [folder for folder in known if folder.name not in there]
    unknown = [one for one in listed if one.name not in by_name]
    for one in unknown:
        status = statuses.get(one.name)
        fitting = [folder for folder in left if status and _may_be(folder, status)]
        same = [folder for folder in fitting if status and folder.status.identity]
        if len(same) == 1 or (not same and len(fitting) == 1 and _alone(one, unknown, statuses)):
            folder = (same or fitting)[0]
            found[one.name] = folder
            left.remove(folder)
    new = tuple(one for one in unknown if one.name not in found and one.name in statuses)
    return Matched(found, new, tuple(folder for folder in left if not folder.missing))


def _may_be(folder: Folder, status: FolderStatus) -> bool:
    was = folder.status
    if was.identity and status.identity:
        return was.identity == status.identity
    # Not of a folder that was made anew: its UIDs begin again. Nor of an empty one: all look alike.
    return (
        was.validity == status.validity != 0
        and 1 < was.next_uid <= status.next_uid
        and (was.messages > 0 or was.next_uid == status.next_uid)
    )


def _alone(
    one: ServerFolder, others: Sequence[ServerFolder], statuses: Mapping[str, FolderStatus]
) -> bool:
    """Whether no other new folder has this one's UIDVALIDITY: some servers give all the same."""
    validity = statuses[one.name].validity
    return not any(
        other.name in statuses and statuses[other.name].validity == validity
        for other in others
        if other is not one
    )


def new_and_gone(kept: Iterable[int], there: Collection[int]) -> tuple[list[int], list[int]]:
    """(UIDs that are there and not kept, ascending; UIDs that are kept and not there)."""
    known = set(kept)
    now = set(there)
    return sorted(now - known), sorted(known - now)


def changed_flags(
    kept: Mapping[int, Kept], flags: Iterable[tuple[int, tuple[str, ...]]]
) -> dict[int, tuple[str, ...]]:
    """UID → flags, of the kept mails whose flags are others now."""
    return {
        uid: now
        for uid, now in ((uid, sorted_flags(given)) for uid, given in flags)
        if uid in kept and kept[uid].flags != now
    }


def sorted_flags(flags: Iterable[str]) -> tuple[str, ...]:
    """As they are kept: no `\\Recent`, which is of a session and not of the mail."""
    return tuple(sorted({flag for flag in flags if flag.lower() != "\\recent"}))


def cut(mails: Iterable[Facts]) -> Iterator[Span]:
    """Spans of some SEGMENT_BYTES each, in the order they are given, which is that of the UIDs."""
    uids: list[int] = []
    size = runs = 0
    for mail in mails:
        full = uids and size + mail.size > SEGMENT_BYTES
        if full or len(uids) >= CHUNK_MESSAGES or runs >= CHUNK_RUNS:
            yield Span(tuple(uids), size)
            uids, size, runs = [], 0, 0
        runs += not uids or mail.uid != uids[-1] + 1
        uids.append(mail.uid)
        size += mail.size
    if uids:
        yield Span(tuple(uids), size)


def ranges_of(uids: Iterable[int]) -> list[list[int]]:
    """Ascending UIDs as `[first, last]` pairs."""
    found: list[list[int]] = []
    for uid in uids:
        if found and uid == found[-1][1] + 1:
            found[-1][1] = uid
        else:
            found.append([uid, uid])
    return found


def uids_of(ranges: Iterable[Sequence[int]]) -> list[int]:
    """The inverse of `ranges_of`."""
    return [uid for first, last in ranges for uid in range(first, last + 1)]
