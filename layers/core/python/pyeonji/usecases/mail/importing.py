"""Put sound messages into a mailbox: segments in S3, one index item each, a ledger row each.

Safe to run twice, to be killed anywhere, and to run beside another import into the same mailbox:
- an index item is written only if the mailbox does not hold these bytes, and remembers which
  entry it came from: finding our own entry there is our own earlier try, not a duplicate;
- a segment's key is made of what is in it, so a second try with other members in it never
  overwrites bytes that index items already point at;
- the mailbox's counts change in one transaction with the marker that says they did.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from pyeonji.domain.ids import instant_of
from pyeonji.domain.instants import from_rfc3339, rfc3339
from pyeonji.domain.limits import SEGMENT_BYTES, Limits
from pyeonji.domain.manifest import Listed
from pyeonji.domain.messages import Message, Weight, mark_of
from pyeonji.domain.periods import midnight
from pyeonji.domain.uploads import LedgerRow, OnDuplicate, Outcome, Totals, Upload
from pyeonji.mime.dating import DateSource, received_date
from pyeonji.mime.headers import find_headers
from pyeonji.mime.naming import member_name, unique_of
from pyeonji.mime.shapes import holds_another, is_utf16
from pyeonji.worlds import HasIndex, HasMail
from pyeonji.zipio.member import Packed, dos_time
from pyeonji.zipio.segment import SegmentWriter

#: A segment's index items are 400 bytes or so each; with a ledger row, 10,000 take some 20 MB.
_SEGMENT_MESSAGES = 10_000
#: What the index keeps of a subject and a sender: enough to recognise a mail by.
_LABEL_LENGTH = 200


class ImportsMail(HasIndex, HasMail, Protocol):
    """What putting mail into a mailbox needs."""


class Letter(NamedTuple):
    """An entry whose bytes are sound: they inflated to what they claim, and the CRC agrees.

    `index` and `name` are its place and label in what was sent; `manifest` is what our own
    manifest says of it; `modified` tells the entry's own time, asked only of mail without a date.
    """

    index: int  # type: ignore[assignment] # hides tuple.index
    name: str
    message: bytes
    packed: Packed
    manifest: Listed | None = None
    modified: Callable[[], datetime | None] | None = None


@dataclass(frozen=True, slots=True)
class ImportJob:
    """Where letters go. `chunk` names this piece of the upload; `zone` is the account's."""

    account: str
    mailbox_id: str
    mailbox_path: str
    upload_id: str
    chunk: str
    on_duplicate: OnDuplicate
    zone: ZoneInfo
    message_limit: int
    #: Bytes the account may still take, or None without a quota.
    quota_left: int | None = None

    @classmethod
    def of(cls, upload: Upload, chunk: str, limits: Limits) -> "ImportJob":
        """That of a chunk of an upload."""
        return cls(
            account=upload.account,
            mailbox_id=upload.mailbox_id,
            mailbox_path=upload.mailbox_path,
            upload_id=upload.id,
            chunk=chunk,
            on_duplicate=upload.on_duplicate,
            zone=limits.zone,
            message_limit=limits.message_limit_bytes,
        )


class _Prepared(NamedTuple):
    """A letter without its bytes as text: only what is stored. `origin` is the entry's own."""

    index: int  # type: ignore[assignment] # hides tuple.index
    label: str
    origin: str
    digest: bytes
    mark: int
    packed: Packed
    received: datetime
    received_from: str
    flags: tuple[str, ...]
    subject: str | None
    sender: str | None
    note: str | None


def import_letters(
    world: ImportsMail, job: ImportJob, letters: Iterable[Letter]
) -> list[LedgerRow]:
    """One row a letter, in their order: imported, duplicate, or rejected with a reason.

    Holds at most one segment's bytes (48 MiB, or one larger message) at a time.
    """
    rows: list[LedgerRow] = []
    waiting: list[_Prepared] = []
    waiting_bytes = 0
    quota = _Quota(job.quota_left)
    sent = _Sent.of(job)
    marks = set(world.index.marks(job.account, job.mailbox_id))
    for letter in letters:
        reason = _refusal(letter, job.message_limit)
        prepared = None if reason else _prepare(letter, job, sent)
        if prepared is None:
            rows.append(_rejected(letter, reason or _no_message(letter.message)))
            continue
        waiting.append(prepared)
        waiting_bytes += len(prepared.packed.data)
        if waiting_bytes >= SEGMENT_BYTES or len(waiting) >= _SEGMENT_MESSAGES:
            rows += _store(world, job, waiting, quota, marks)
            waiting, waiting_bytes = [], 0
    rows += _store(world, job, waiting, quota, marks)
    return sorted(rows, key=lambda row: row.index)


def count_mail(
    world: HasIndex, job: ImportJob, rows: Sequence[LedgerRow], *, even_closed: bool = False
) -> Totals:
    """Add a chunk's mail to its mailbox's counts, once, however often it is called; the sums of its
    rows. `even_closed`: also where the chunk was closed, which only who closed it may say."""
    totals = totals_of(rows)
    world.index.count_chunk(
        job.account,
        job.mailbox_id,
        job.upload_id,
        job.chunk,
        weights_of(rows),
        totals,
        even_closed=even_closed,
    )
    return totals


def weights_of(rows: Iterable[LedgerRow]) -> list[Weight]:
    """Of the imported mail: what a row says of it, whoever wrote the row."""
    weights = []
    for row in rows:
        if row.outcome is Outcome.IMPORTED:
            assert row.date is not None, "an imported mail has a date"
            received = int(from_rfc3339(row.date).timestamp())
            stored = row.bytes if row.stored is None else row.stored
            weights.append(Weight(received, row.bytes, stored, row.mark or 0))
    return weights


def totals_of(rows: Iterable[LedgerRow]) -> Totals:
    """The sums of some rows."""
    counts = dict.fromkeys(Outcome, 0)
    for row in rows:
        counts[row.outcome] += 1
    return Totals(
        imported=counts[Outcome.IMPORTED],
        duplicate=counts[Outcome.DUPLICATE],
        rejected=counts[Outcome.REJECTED],
        ignored=counts[Outcome.IGNORED],
    )


def _refusal(letter: Letter, limit: int) -> str | None:
    if not letter.message:
        return "zero_byte"
    if len(letter.message) > limit:
        return "too_large"
    return None


@dataclass(frozen=True, slots=True)
class _Sent:
    """When the upload was begun, and when that day began where the account is."""

    at: datetime
    today: datetime

    @classmethod
    def of(cls, job: ImportJob) -> "_Sent":
        at = instant_of(job.upload_id)
        return cls(at, midnight(at.astimezone(job.zone).date(), job.zone))


def _no_message(message: bytes) -> str:
    return "utf16" if is_utf16(message) else "not_a_message"


def _prepare(letter: Letter, job: ImportJob, sent: _Sent) -> _Prepared | None:
    headers = find_headers(letter.message, job.zone)
    if headers.fields == 0:
        return None
    digest = hashlib.sha256(letter.message).digest()
    manifest = letter.manifest
    if manifest and manifest.sha256 not in (None, digest.hex()):
        manifest = None  # it speaks of another mail that once had this name
    stated = manifest.received if manifest else None
    received, source = received_date(headers, stated, None, not_after=sent.at)
    if source is DateSource.unknown and letter.modified:
        # A file's own time of today is when somebody copied or packed it, not when mail arrived;
        # taken for a date it would be a silent "now", and hide the mail from a backup up to
        # yesterday.
        modified = letter.modified()
        if modified and modified < sent.today:
            received, source = received_date(headers, None, modified, not_after=sent.at)
    subject, sender = headers.subject, headers.sender
    return _Prepared(
        letter.index,
        letter.name,
        f"{job.upload_id}#{letter.index}",
        digest,
        mark_of(digest),
        letter.packed,
        received,
        source.value,
        manifest.flags if manifest else (),
        subject[:_LABEL_LENGTH] if subject else None,
        sender[:_LABEL_LENGTH] if sender else None,
        "holds_another" if holds_another(letter.message) else None,
    )


@dataclass(slots=True)
class _Quota:
    """Bytes of mail that may still be added (None: any number), and who found no room."""

    left: int | None
    refused: set[int] = field(default_factory=set)

    def admits(self, letter: _Prepared) -> bool:
        """Take what a new message needs, or refuse it."""
        if self.left is not None and letter.packed.size > self.left:
            self.refused.add(letter.index)
            return False
        self.spend(letter)
        return True

    def spend(self, letter: _Prepared) -> None:
        """Also for what an earlier try of ours has put in: a second run judges as the first."""
        if self.left is not None:
            self.left -= letter.packed.size


def _store(
    world: ImportsMail, job: ImportJob, letters: Sequence[_Prepared], quota: _Quota, marks: set[int]
) -> list[LedgerRow]:
    """Write what the mailbox does not hold yet; a row for each letter."""
    originals = [(letter.digest.hex(), letter) for letter in letters]
    # Where the marks know nothing of a mail there is nothing to look up. What is in the index and
    # not counted yet (a try of ours that was killed, an upload beside this one) they do not know;
    # the index refuses it when it is written. Too late under a quota: it would have taken room.
    limited = quota.left is not None
    known = [key for key, letter in originals if limited or letter.mark in marks]
    marks.update(letter.mark for letter in letters)
    others = _place(world, job, originals, known, quota)
    if job.on_duplicate is OnDuplicate.KEEP:
        # A copy kept on purpose has a key and a name of its own, made of the entry it came from.
        copies = [(f"{letter.digest.hex()}#{_copy_id(job, letter)}", letter) for letter in others]
        others = _place(world, job, copies, [key for key, _ in copies], quota)
        assert not others, "nobody else makes the key of our own copy"
    duplicates = {letter.index for letter in others}

    def row(letter: _Prepared) -> LedgerRow:
        if letter.index in quota.refused:
            return _row(letter, Outcome.REJECTED, "over_quota")
        if letter.index in duplicates:
            return _row(letter, Outcome.DUPLICATE, "same_content")
        return _row(letter, Outcome.IMPORTED, None)

    return [row(letter) for letter in letters]


def _place(
    world: ImportsMail,
    job: ImportJob,
    keyed: Sequence[tuple[str, _Prepared]],
    known: Sequence[str],
    quota: _Quota,
) -> list[_Prepared]:
    """Write those whose key nobody holds; returns the letters whose key another entry holds.
    `known` are the keys worth looking up before."""
    held = world.index.origins(job.account, job.mailbox_id, known)
    fresh: dict[str, _Prepared] = {}
    others: list[_Prepared] = []
    for key, letter in keyed:
        origin = letter.origin
        holder = held.get(key)
        if holder is None and quota.admits(letter):
            held[key] = origin
            fresh[key] = letter
        elif holder == origin:
            quota.spend(letter)
        elif holder is not None:
            others.append(letter)
    lost = _write(world, job, fresh)
    # Another upload was faster between our look and our write; or a second run of this chunk,
    # whose entries are ours.
    others += [fresh[key] for key, holder in lost.items() if holder != fresh[key].origin]
    return others


def _write(world: ImportsMail, job: ImportJob, fresh: dict[str, _Prepared]) -> dict[str, str]:
    """A segment, then its index items: an item never points at bytes that are not there."""
    if not fresh:
        return {}
    writer = SegmentWriter()
    placed = []
    for key, letter in fresh.items():
        local = letter.received.astimezone(job.zone)
        keep = _copy_id(job, letter) if "#" in key else ""
        name = member_name(job.mailbox_path, local, letter.subject, unique_of(letter.digest, keep))
        placed.append((key, letter, writer.add(name, letter.packed, dos_time(local))))
    segment = _segment_key(job, [(key, member.name) for key, _, member in placed])
    world.mail.put(segment, writer.getvalue())
    uid = world.index.reserve_uids(job.account, job.mailbox_id, len(placed))
    messages = [
        Message(
            key=key,
            origin=letter.origin,
            segment=segment,
            offset=member.offset,
            method=member.method,
            crc=member.crc,
            compressed=member.compressed,
            size=member.size,
            dos_time=member.dos_time,
            name=member.name,
            received=int(letter.received.timestamp()),
            received_from=letter.received_from,
            flags=letter.flags,
            subject=letter.subject,
            sender=letter.sender,
            uid=uid + place,
        )
        for place, (key, letter, member) in enumerate(placed)
    ]
    return world.index.add(job.account, job.mailbox_id, job.upload_id, job.chunk, messages=messages)


def _segment_key(job: ImportJob, content: Sequence[tuple[str, str]]) -> str:
    digest = hashlib.sha256("\n".join(f"{key} {name}" for key, name in content).encode())
    return (
        f"segments/{job.account}/{job.mailbox_id}/"
        f"{job.upload_id}-{job.chunk}-{digest.hexdigest()[:16]}.seg"
    )


def _copy_id(job: ImportJob, letter: _Prepared) -> str:
    return f"{job.upload_id}.{letter.index}"


def _row(letter: _Prepared, outcome: Outcome, reason: str | None) -> LedgerRow:
    return LedgerRow(
        index=letter.index,
        name=letter.label,
        outcome=outcome,
        reason=reason,
        bytes=letter.packed.size,
        subject=letter.subject,
        date=rfc3339(letter.received),
        date_from=letter.received_from,
        stored=len(letter.packed.data) if outcome is Outcome.IMPORTED else None,
        mark=letter.mark if outcome is Outcome.IMPORTED else None,
        note=letter.note if outcome is Outcome.IMPORTED else None,
    )


def entry_of(message: Message) -> int:
    """The index of the entry a message came from."""
    return int(message.origin.rpartition("#")[2])


def row_of(message: Message, name: str) -> LedgerRow:
    """The row of an imported entry, called `name`, made of what the index holds."""
    return LedgerRow(
        index=entry_of(message),
        name=name,
        outcome=Outcome.IMPORTED,
        reason=None,
        bytes=message.size,
        subject=message.subject,
        date=rfc3339(message.received_at),
        date_from=message.received_from,
        stored=message.compressed,
        mark=mark_of(bytes.fromhex(message.digest)),
    )


def _rejected(letter: Letter, reason: str) -> LedgerRow:
    return LedgerRow(
        index=letter.index,
        name=letter.name,
        outcome=Outcome.REJECTED,
        reason=reason,
        bytes=len(letter.message),
    )
