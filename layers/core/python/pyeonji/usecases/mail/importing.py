"""Put sound messages into a mailbox: segments in S3, one index item each, a ledger row each.

Safe to run twice, to be killed anywhere, and to run beside another import into the same mailbox:
- what `storing` writes follows from the entries, and refuses what is there already;
- the mailbox's counts change in one transaction with the marker that says they did.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pyeonji.domain.ids import instant_of
from pyeonji.domain.instants import from_rfc3339, rfc3339
from pyeonji.domain.limits import SEGMENT_BYTES
from pyeonji.domain.manifest import Listed
from pyeonji.domain.messages import FOUND_DIGEST, Found, Message, Weight, like_of, mark_of
from pyeonji.domain.periods import midnight
from pyeonji.domain.uploads import MAIL_KEYS, LedgerRow, Outcome, Totals, Upload
from pyeonji.mime.dating import DateSource, received_date
from pyeonji.mime.headers import find_headers
from pyeonji.mime.sameness import digests_of, likeness_of
from pyeonji.mime.shapes import holds_another, is_utf16
from pyeonji.usecases.mail.storing import (
    ImportJob,
    ImportsMail,
    Known,
    Prepared,
    Quota,
    store_letters,
)
from pyeonji.worlds import HasIndex
from pyeonji.zipio.member import Packed

#: A segment's index items are 400 bytes or so each; with a ledger row, 10,000 take some 20 MB.
_SEGMENT_MESSAGES = 10_000
#: What the index keeps of a subject and a sender: enough to recognise a mail by.
LABEL_LENGTH = 200


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


def import_letters(
    world: ImportsMail, job: ImportJob, letters: Iterable[Letter]
) -> list[LedgerRow]:
    """One row a letter, in their order: imported, duplicate, or rejected with a reason.

    Holds at most one segment's bytes (48 MiB, or one larger message) at a time.
    """
    rows: list[LedgerRow] = []
    waiting: list[Prepared] = []
    waiting_bytes = 0
    quota = Quota(job.quota_left)
    sent = Sent.of(job)
    known = Known.of(world.index.marks(job.account, job.mailbox_id))
    for letter in letters:
        reason = refusal_of(letter, job.message_limit)
        prepared = None if reason else prepare_letter(letter, job, sent)
        if prepared is None:
            rows.append(_rejected(letter, reason or no_message(letter.message)))
            continue
        waiting.append(prepared)
        waiting_bytes += len(prepared.packed.data)
        if waiting_bytes >= SEGMENT_BYTES or len(waiting) >= _SEGMENT_MESSAGES:
            rows += store_letters(world, job, waiting, quota, known)
            waiting, waiting_bytes = [], 0
    rows += store_letters(world, job, waiting, quota, known)
    return sorted(rows, key=lambda row: row.index)


def count_mail(
    world: HasIndex, job: ImportJob, rows: Sequence[LedgerRow], *, settling: Upload | None = None
) -> Totals:
    """Add a chunk's mail to its mailbox's counts, once, however often it is called; the sums of its
    rows. `settling`: also where the chunk was closed, as long as this run of it is at work."""
    totals = totals_of(rows)
    world.index.count_chunk(
        job.account,
        job.mailbox_id,
        job.upload_id,
        job.chunk,
        weights_of(rows),
        totals,
        found=found_of(rows),
        even_closed=settling is not None,
        run=settling,
    )
    return totals


def weights_of(rows: Iterable[LedgerRow]) -> list[Weight]:
    """Of the imported mail: what a row says of it, whoever wrote the row. None of mail that was
    delivered to a connected server: it is counted when it comes from there."""
    weights = []
    for row in rows:
        if row.outcome is Outcome.IMPORTED and row.delivered is None:
            assert row.date is not None, "an imported mail has a date"
            received = int(from_rfc3339(row.date).timestamp())
            stored = row.bytes if row.stored is None else row.stored
            weights.append(Weight(received, row.bytes, stored, row.mark or 0, row.like or 0))
    return weights


def found_of(rows: Iterable[LedgerRow]) -> list[Found]:
    """The mails that were in the mailbox already: from now on this upload holds them, too."""
    return [
        Found(bytes.fromhex(row.digest)[:FOUND_DIGEST], row.index)
        for row in rows
        if row.outcome is Outcome.DUPLICATE and row.digest is not None
    ]


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


def refusal_of(letter: Letter, limit: int) -> str | None:
    """Why a letter is no mail at all, or None."""
    if not letter.message:
        return "zero_byte"
    if len(letter.message) > limit:
        return "too_large"
    return None


@dataclass(frozen=True, slots=True)
class Sent:
    """When the upload was begun, and when that day began where the account is."""

    at: datetime
    today: datetime

    @classmethod
    def of(cls, job: ImportJob) -> "Sent":
        """By the upload's id."""
        at = instant_of(job.upload_id)
        return cls(at, midnight(at.astimezone(job.zone).date(), job.zone))


def no_message(message: bytes) -> str:
    """Why bytes that begin with no field are no mail."""
    return "utf16" if is_utf16(message) else "not_a_message"


def prepare_letter(
    letter: Letter, job: ImportJob, sent: Sent, *, anything: bool = False
) -> Prepared | None:
    """What is stored of a letter; None for what is no mail, unless `anything` is wanted."""
    headers = find_headers(letter.message, job.zone)
    if not (headers.fields or anything):
        return None
    digest, canonical = digests_of(letter.message)
    likeness = likeness_of(headers)
    if job.mail_keys < MAIL_KEYS:
        canonical, likeness = digest, 0
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
    return Prepared(
        letter.index,
        letter.name,
        f"{job.source}#{letter.index}",
        digest,
        canonical.hex(),
        mark_of(canonical),
        likeness,
        letter.packed,
        received,
        source.value,
        manifest.flags if manifest else (),
        subject[:LABEL_LENGTH] if subject else None,
        sender[:LABEL_LENGTH] if sender else None,
        "holds_another" if holds_another(letter.message) else None,
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
        mark=message.mark,
        like=like_of(message.likeness),
    )


def _rejected(letter: Letter, reason: str) -> LedgerRow:
    return LedgerRow(
        index=letter.index,
        name=letter.name,
        outcome=Outcome.REJECTED,
        reason=reason,
        bytes=len(letter.message),
    )
