"""Put mail back into the index whose segments are there and whose index items are not.

A table that was taken back to an earlier moment (point-in-time recovery) stands beside newer
objects: the segments of the hours between, and the ledgers that say which mail was imported. From
both the index items are made again; flags are not, which neither of them holds.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import NamedTuple, Protocol

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.instants import from_rfc3339
from pyeonji.domain.messages import Message, SegmentKey, mark_of
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import LedgerRow, Outcome
from pyeonji.mime.headers import find_headers
from pyeonji.mime.naming import unique_of
from pyeonji.mime.sameness import digests_of, likeness_of
from pyeonji.ports import ChunkClosedError
from pyeonji.usecases.mail.importing import LABEL_LENGTH, found_of, totals_of, weights_of
from pyeonji.usecases.mail.intents import add_intended
from pyeonji.usecases.uploads.ledger import read_chunk_rows
from pyeonji.worlds import HasAccounts, HasIndex, HasLimits, HasMail, HasUploads, HasWork
from pyeonji.zipio.member import Member
from pyeonji.zipio.segment_reading import read_members


class RebuildsIndex(HasIndex, HasMail, HasWork, HasUploads, HasAccounts, HasLimits, Protocol):
    """What rebuilding needs."""


#: (mark, size, packed size) -> the rows of imported mail not yet found in a segment.
_Waiting = dict[tuple[int, int, int | None], list[LedgerRow]]


class Chunk(NamedTuple):
    """The chunk of an upload that wrote a segment, and where its mail went."""

    account: str
    mailbox_id: str
    upload_id: str
    name: str


def chunk_of(segment: str) -> Chunk | None:
    """Out of the key of a segment; None for one that no chunk of an upload wrote."""
    key = SegmentKey.of(segment)
    if key is None:
        return None
    upload_id, _, rest = key.name.partition("-")
    name, dash, _ = rest.rpartition("-")
    return Chunk(key.account, key.mailbox_id, upload_id, name) if dash else None


def is_claimed(world: RebuildsIndex, chunk: Chunk) -> bool:
    """Whether the chunk's mail is to be put back: the table does not know that it was counted or
    closed (a straggler may write its ledger after that), its ledger says that it was imported, and
    its upload was not undone. Not to be asked of a chunk whose marker may be gone by its age."""
    if world.index.counted(chunk.upload_id, chunk.name) is not None:
        return False
    rows = read_chunk_rows(world.work, chunk.upload_id, chunk.name)
    if not any(row.outcome is Outcome.IMPORTED for row in rows or ()):
        return False
    upload = world.uploads.get(chunk.account, chunk.upload_id)
    if upload is not None and upload.state in (UploadState.UNDOING, UploadState.UNDONE):
        return False
    return world.accounts.account(chunk.account) is not None


def rebuild(world: RebuildsIndex, chunk: Chunk, segments: Sequence[str]) -> bool:
    """Index and counts of a chunk's mail out of its segments. Killed anywhere and done again, it
    comes to the same; False where another try of the chunk was faster."""
    rows = read_chunk_rows(world.work, chunk.upload_id, chunk.name) or []
    _restore_mailbox(world, chunk, segments)
    waiting: _Waiting = defaultdict(list)
    for row in rows:
        if row.outcome is Outcome.IMPORTED:
            waiting[row.mark or 0, row.bytes, row.stored].append(row)
    back: list[LedgerRow] = []
    try:
        for segment in sorted(segments):
            found = [
                pair
                for member, content in read_members(world.mail.get(segment))
                if (pair := _found(chunk, segment, member, content, waiting)) is not None
            ]
            back += _add(world, chunk, found)
    except ChunkClosedError:
        return False
    others = [row for row in rows if row.outcome is not Outcome.IMPORTED]
    return world.index.count_chunk(
        chunk.account,
        chunk.mailbox_id,
        chunk.upload_id,
        chunk.name,
        weights_of(back),
        totals_of([*back, *others]),
        found=found_of(others),
    )


def _found(
    chunk: Chunk, segment: str, member: Member, content: bytes, waiting: _Waiting
) -> tuple[LedgerRow, Message] | None:
    """The ledger's row of a member, and its index item; None for what no row speaks of: a try that
    was killed wrote it, and another wrote what counts."""
    digest, canonical = digests_of(content)
    for key in (canonical, digest):  # 1.0.0 keyed mail by its very bytes
        rows = waiting.get((mark_of(key), member.size, member.compressed))
        if rows:
            break
    else:
        return None
    # A copy kept on purpose has the entry it came from in its name and in its key.
    ids = {row.index: f"{chunk.upload_id}.{row.index}" for row in rows}
    copy = next((row for row in rows if unique_of(digest, ids[row.index]) in member.name), None)
    row = copy or rows[0]
    rows.remove(row)
    assert row.date is not None, "an imported mail has a date"
    headers = find_headers(content)
    return row, Message(
        key=f"{key.hex()}#{ids[row.index]}" if copy else key.hex(),
        origin=f"{chunk.upload_id}#{row.index}",
        segment=segment,
        offset=member.offset,
        method=member.method,
        crc=member.crc,
        compressed=member.compressed,
        size=member.size,
        dos_time=member.dos_time,
        name=member.name,
        received=int(from_rfc3339(row.date).timestamp()),
        received_from=row.date_from or "unknown",
        flags=(),
        subject=row.subject,
        sender=headers.sender[:LABEL_LENGTH] if headers.sender else None,
        uid=0,  # in _add
        sha256=None if key == digest else digest.hex(),
        likeness=likeness_of(headers) if row.like else 0,
    )


def _add(
    world: RebuildsIndex, chunk: Chunk, found: Sequence[tuple[LedgerRow, Message]]
) -> list[LedgerRow]:
    """The rows of those that are the chunk's own in the index now; another upload may have brought
    the same mail since."""
    if not found:
        return []
    first = world.index.reserve_uids(chunk.account, chunk.mailbox_id, len(found))
    messages = [replace(message, uid=first + at) for at, (_, message) in enumerate(found)]
    held = add_intended(
        world, chunk.account, chunk.mailbox_id, (chunk.upload_id, chunk.name), messages
    )
    return [
        row
        for row, message in found
        if message.key not in held or held[message.key].origin == message.origin
    ]


def _restore_mailbox(world: RebuildsIndex, chunk: Chunk, segments: Iterable[str]) -> None:
    """A mailbox made after the moment the table went back to: under its own id, and the path that
    stands in its segments."""
    if world.accounts.mailbox(chunk.account, chunk.mailbox_id) is not None:
        return
    member, _ = next(read_members(world.mail.get(min(segments))))
    path = member.name.removeprefix("mail/").rpartition("/")[0]
    for name in _names(path):
        if world.accounts.create_mailbox(chunk.account, Mailbox(chunk.mailbox_id, name)):
            return


def _names(path: str) -> Iterator[str]:
    yield path
    yield from (f"{path} ({number})" for number in count(2))
