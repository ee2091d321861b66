"""Sound messages into a mailbox: a segment in S3, an index item each, a ledger row each.

An index item is written only if the mailbox does not hold this mail (whatever its line ends), and
remembers which entry it came from: finding our own entry there is our own earlier try, not a
duplicate. A segment's key is made of what is in it, so a second try with other members in it never
overwrites bytes that index items already point at.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from pyeonji.domain.instants import rfc3339
from pyeonji.domain.limits import Limits
from pyeonji.domain.messages import Holder, Marks, Message, like_of, mark_of
from pyeonji.domain.uploads import MAIL_KEYS, LedgerRow, OnDuplicate, Outcome, Upload
from pyeonji.mime.naming import member_name, unique_of
from pyeonji.usecases.mail.intents import AddsMail, add_intended
from pyeonji.worlds import HasMail
from pyeonji.zipio.member import Packed, dos_time
from pyeonji.zipio.segment import SegmentWriter


class ImportsMail(AddsMail, HasMail, Protocol):
    """What putting mail into a mailbox needs."""


class ChunkLike(Protocol):
    """A chunk by its name, and the mailbox its mail goes to: None for the upload's."""

    @property
    def name(self) -> str: ...
    @property
    def mailbox_id(self) -> str | None: ...
    @property
    def mailbox_path(self) -> str | None: ...


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
    #: `Upload.mail_keys`: an upload goes on with the keys it has begun with.
    mail_keys: int = MAIL_KEYS
    #: What the origins of its mail begin with where it is not the upload: the epoch of a connected
    #: server's folder (domain.folders), whose entries are UIDs.
    epoch: str = ""

    @property
    def source(self) -> str:
        """What the origins of its mail begin with."""
        return self.epoch or self.upload_id

    @classmethod
    def of(cls, upload: Upload, chunk: ChunkLike, limits: Limits) -> "ImportJob":
        """That of a chunk of an upload."""
        return cls(
            account=upload.account,
            mailbox_id=chunk.mailbox_id or upload.mailbox_id,
            mailbox_path=chunk.mailbox_path or upload.mailbox_path,
            upload_id=upload.id,
            chunk=chunk.name,
            on_duplicate=upload.on_duplicate,
            zone=limits.zone,
            message_limit=limits.message_limit_bytes,
            mail_keys=upload.mail_keys,
        )


class Prepared(NamedTuple):
    """A letter without its bytes as text: only what is stored. `origin` is the entry's own,
    `digest` that of its bytes, `key` (hex) that of the mail whatever its line ends."""

    index: int  # type: ignore[assignment] # hides tuple.index
    label: str
    origin: str
    digest: bytes
    key: str
    mark: int
    likeness: int
    packed: Packed
    received: datetime
    received_from: str
    flags: tuple[str, ...]
    subject: str | None
    sender: str | None
    note: str | None


@dataclass(slots=True)
class Quota:
    """Bytes of mail that may still be added (None: any number), and who found no room."""

    left: int | None
    refused: set[int] = field(default_factory=set)

    def admits(self, letter: Prepared) -> bool:
        """Take what a new message needs, or refuse it."""
        if self.left is not None and letter.packed.size > self.left:
            self.refused.add(letter.index)
            return False
        self.spend(letter)
        return True

    def spend(self, letter: Prepared) -> None:
        """Also for what an earlier try of ours has put in: a second run judges as the first."""
        if self.left is not None:
            self.left -= letter.packed.size


@dataclass(slots=True)
class Known:
    """What may be in the mailbox already: marks of what is counted, and what this run has seen.

    What is in the index and not counted yet (a try of ours that was killed, an upload beside this
    one) nobody knows here; the index refuses it when it is written.
    """

    keys: set[int]
    likenesses: frozenset[int]
    #: False where the mailbox is too large to know it by heart: then everything is looked up.
    complete: bool = True
    #: likeness -> (key, name) of mail this run has let in.
    seen: dict[int, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, marks: Marks) -> "Known":
        return cls(set(marks.keys), frozenset(marks.likenesses), marks.complete)

    def suspects(self, letter: Prepared) -> list[str]:
        """The keys worth looking up: the mail's, and that of its bytes, by which an earlier version
        kept it. Then both are known."""
        keys = dict.fromkeys((letter.key, letter.digest.hex()))
        if not self.complete:
            return list(keys)
        suspects = [key for key in keys if mark_of(bytes.fromhex(key)) in self.keys]
        self.keys.add(letter.mark)
        return suspects


def store_letters(
    world: ImportsMail, job: ImportJob, letters: Sequence[Prepared], quota: Quota, known: Known
) -> list[LedgerRow]:
    """Write what the mailbox does not hold yet; a row for each letter."""
    # Under a quota all are looked up: a duplicate seen when it is written would have taken room.
    limited = quota.left is not None
    suspects = [[letter.key] if limited else [] for letter in letters]
    suspects = [own + known.suspects(letter) for own, letter in zip(suspects, letters, strict=True)]
    held = world.index.holders(
        job.account, job.mailbox_id, list(dict.fromkeys(key for own in suspects for key in own))
    )
    for letter in letters:
        before = held.get(letter.digest.hex())
        if before is not None:
            held.setdefault(letter.key, before)
    others = _place(world, job, [(letter.key, letter) for letter in letters], held, quota)
    if job.on_duplicate is OnDuplicate.KEEP:
        # A copy kept on purpose has a key and a name of its own, made of the entry it came from.
        copies = [(f"{letter.key}#{copy_id(job, letter)}", letter) for letter, _ in others]
        held = world.index.holders(job.account, job.mailbox_id, [key for key, _ in copies])
        others = _place(world, job, copies, held, quota)
        assert not others, "nobody else makes the key of our own copy"
    holders = {letter.index: holder for letter, holder in others}
    let_in = [
        letter
        for letter in letters
        if letter.index not in quota.refused and letter.index not in holders
    ]
    alike = _resembled(world, job, let_in, known)

    def row(letter: Prepared) -> LedgerRow:
        if letter.index in quota.refused:
            return _row(letter, Outcome.REJECTED, "over_quota")
        holder = holders.get(letter.index)
        if holder is not None:
            same = holder.digest == letter.digest.hex()
            row = _row(letter, Outcome.DUPLICATE, "same_content" if same else "same_mail")
            return replace(row, digest=holder.digest)
        return _row(letter, Outcome.IMPORTED, None, alike.get(letter.index))

    return [row(letter) for letter in letters]


def _resembled(
    world: ImportsMail, job: ImportJob, letters: Sequence[Prepared], known: Known
) -> dict[int, tuple[str, str]]:
    """Index -> (key, name) of a mail that says the same of itself, with other fields or text.

    In the mailbox mail of other uploads is looked at, in this run what came before: so a second
    try says what the first one said. The mailbox is read for this only where its marks say that
    something will be found.
    """
    wanted = {letter.likeness for letter in letters if like_of(letter.likeness) in known.likenesses}
    wanted -= {0}
    there: dict[int, tuple[str, str]] = {}
    if wanted:
        for message in world.index.read(job.account, job.mailbox_id):
            if message.likeness in wanted and not message.origin.startswith(f"{job.upload_id}#"):
                there[message.likeness] = (message.key, message.name.rpartition("/")[2])
    found: dict[int, tuple[str, str]] = {}
    for letter in letters:
        other = there.get(letter.likeness) or known.seen.get(letter.likeness)
        if letter.likeness and other and other[0] != letter.key:
            found[letter.index] = other
        known.seen.setdefault(letter.likeness, (letter.key, letter.label))
    return found


def _place(
    world: ImportsMail,
    job: ImportJob,
    keyed: Sequence[tuple[str, Prepared]],
    held: dict[str, Holder],
    quota: Quota,
) -> list[tuple[Prepared, Holder]]:
    """Write those whose key nobody holds; returns the letters whose key another entry holds, and
    who that is. `held` is what is known of that already."""
    fresh: dict[str, Prepared] = {}
    others: list[tuple[Prepared, Holder]] = []
    for key, letter in keyed:
        holder = held.get(key)
        if holder is None and quota.admits(letter):
            held[key] = Holder(letter.origin, letter.digest.hex())
            fresh[key] = letter
        elif holder is not None and holder.origin == letter.origin:
            quota.spend(letter)
        elif holder is not None:
            others.append((letter, holder))
    lost = write_segment(world, job, fresh)
    # Another upload was faster between our look and our write; or a second run of this chunk,
    # whose entries are ours.
    others += [
        (fresh[key], holder) for key, holder in lost.items() if holder.origin != fresh[key].origin
    ]
    return others


def write_segment(
    world: ImportsMail, job: ImportJob, fresh: dict[str, Prepared]
) -> dict[str, Holder]:
    """A segment, then its index items by `fresh`'s keys: an item never points at bytes that are not
    there. The keys that were taken, and by whom."""
    if not fresh:
        return {}
    writer = SegmentWriter()
    placed = []
    for key, letter in fresh.items():
        local = letter.received.astimezone(job.zone)
        keep = copy_id(job, letter) if "#" in key else ""
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
            sha256=None if key.startswith(letter.digest.hex()) else letter.digest.hex(),
            likeness=letter.likeness,
        )
        for place, (key, letter, member) in enumerate(placed)
    ]
    chunk = (job.upload_id, job.chunk)
    return add_intended(world, job.account, job.mailbox_id, chunk, messages)


def _segment_key(job: ImportJob, content: Sequence[tuple[str, str]]) -> str:
    digest = hashlib.sha256("\n".join(f"{key} {name}" for key, name in content).encode())
    return (
        f"segments/{job.account}/{job.mailbox_id}/"
        f"{job.upload_id}-{job.chunk}-{digest.hexdigest()[:16]}.seg"
    )


def copy_id(job: ImportJob, letter: Prepared) -> str:
    """What stands behind the key of a copy that is kept beside its like."""
    return f"{job.source}.{letter.index}"


def _row(
    letter: Prepared,
    outcome: Outcome,
    reason: str | None,
    resembles: tuple[str, str] | None = None,
) -> LedgerRow:
    imported = outcome is Outcome.IMPORTED
    key, name = resembles or (None, None)
    return LedgerRow(
        index=letter.index,
        name=letter.label,
        outcome=outcome,
        reason=reason,
        bytes=letter.packed.size,
        subject=letter.subject,
        date=rfc3339(letter.received),
        date_from=letter.received_from,
        stored=len(letter.packed.data) if imported else None,
        mark=letter.mark if imported else None,
        like=like_of(letter.likeness) if imported else None,
        note=(letter.note or (key and "resembles")) if imported else None,
        resembles=key,
        resembles_name=name,
    )
