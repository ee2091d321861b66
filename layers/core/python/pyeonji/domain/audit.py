"""What was done with whose mail: records chained by hash, and what a look at a chain can find.

Every account has a chain of its own, so nobody waits for anybody: each record holds the hash of
the one before. Once a day the heads of a company's chains are sealed: written where nobody can
change them, each day's seal with the hash of the day before's. A record that is changed, missing,
out of place or cut off then contradicts its neighbour, its chain's head or a seal.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pyeonji.domain.instants import from_rfc3339, rfc3339

#: Of a record, and of a seal.
RECORD_VERSION = 1
SEAL_VERSION = 1
#: What stands in the first record for the hash of the one before.
NOTHING = "0" * 64


class Action(StrEnum):
    """What was done. A code is kept for years, and never given another meaning."""

    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    SETTINGS_CHANGED = "settings_changed"
    MAILBOX_MADE = "mailbox_made"
    MAILBOX_DELETED = "mailbox_deleted"
    MAILS_LISTED = "mails_listed"
    MAIL_READ = "mail_read"
    MAIL_DOWNLOADED = "mail_downloaded"
    SEARCHED = "searched"
    BACKUP_REQUESTED = "backup_requested"
    BACKUP_CANCELLED = "backup_cancelled"
    BACKUP_DELETED = "backup_deleted"
    BACKUP_RESTORED = "backup_restored"
    VOLUME_DOWNLOADED = "volume_downloaded"
    UPLOAD_BEGUN = "upload_begun"
    UPLOAD_COMPLETED = "upload_completed"
    UPLOAD_RETRIED = "upload_retried"
    UPLOAD_UNDONE = "upload_undone"
    UPLOAD_DELETED = "upload_deleted"
    RESULT_READ = "result_read"
    MAILS_RESTORED = "mails_restored"
    SYNC_ASKED = "sync_asked"
    SCHEDULE_CHANGED = "schedule_changed"
    SCHEDULE_DELETED = "schedule_deleted"


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done with the mail of `account`: `target` is an id (of a backup, an
    upload, a mailbox, a mail's key), `address` where it came from, `request` the call's own id,
    which stands in the logs too. No subject, no name, no word that was searched for."""

    account: str
    action: str
    target: str = ""
    address: str = ""
    request: str = ""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """A deed in its place in the chain, `number` from 1; `at` is to the second."""

    deed: Deed
    number: int
    at: datetime
    before: str
    hash: str


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last record of an account's chain: its number, its instant, its hash."""

    account: str
    number: int
    at: datetime
    hash: str


@dataclass(frozen=True, slots=True)
class Seal:
    """The heads of a company's chains on one day; `before` is the hash of the seal before."""

    domain: str
    day: str
    before: str
    heads: tuple[ChainHead, ...]


class BreakKind(StrEnum):
    """What a look at a chain can find."""

    CHANGED = "changed"
    MISSING = "missing"
    OUT_OF_PLACE = "out_of_place"
    CUT_OFF = "cut_off"
    SEAL_CHANGED = "seal_changed"
    SEAL_MISSING = "seal_missing"


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain is not whole: an account and the number of a record, or a day of the seals."""

    kind: BreakKind
    account: str
    number: int = 0
    day: str = ""


def chained(deed: Deed, at: datetime, head: ChainHead | None) -> AuditRecord:
    """The record of `deed` behind `head`."""
    number = 1 if head is None else head.number + 1
    record = AuditRecord(deed, number, at, NOTHING if head is None else head.hash, "")
    return replace(record, hash=hash_of(record))


def hash_of(record: AuditRecord) -> str:
    """SHA-256, hex, of the JSON array of everything the record says but its own hash."""
    deed = record.deed
    said = [
        RECORD_VERSION, deed.account, record.number, rfc3339(record.at), deed.action, deed.target,
        deed.address, deed.request, record.before,
    ]  # fmt: skip
    return hashlib.sha256(_json(said)).hexdigest()


def encode_seal(seal: Seal) -> bytes:
    """JSON Lines: what it is, then a chain a line."""
    first = {"v": SEAL_VERSION, "domain": seal.domain, "day": seal.day, "before": seal.before}
    heads = ([one.account, one.number, rfc3339(one.at), one.hash] for one in seal.heads)
    return b"".join(_json(line) + b"\n" for line in (first, *heads))


def decode_seal(data: bytes) -> Seal:
    """The inverse of `encode_seal`. ValueError for what is none."""
    lines = [json.loads(line) for line in data.split(b"\n") if line]
    if not lines or not isinstance(lines[0], Mapping) or lines[0].get("v") != SEAL_VERSION:
        raise ValueError("no seal")
    first, heads = lines[0], lines[1:]
    return Seal(
        str(first["domain"]),
        str(first["day"]),
        str(first["before"]),
        tuple(ChainHead(str(a), int(n), from_rfc3339(at), str(h)) for a, n, at, h in heads),
    )


def seal_hash(data: bytes) -> str:
    """What the next seal, and the mail to the administrators, say of this one."""
    return hashlib.sha256(data).hexdigest()


def breaks_of_chain(
    account: str,
    records: Iterable[AuditRecord],
    head: ChainHead | None,
    sealed: Sequence[tuple[datetime, ChainHead | None]],
    kept_since: datetime,
) -> list[Break]:
    """What is wrong with a chain, its records in the order of their numbers.

    Records before `kept_since` may have gone by age. `sealed` are, oldest first, the days of all
    seals there are and its head in each (None: it had no record yet). A record that a seal names
    must be there, and be the same, unless it is too old; what came after a seal is no older than
    the seal is.
    """
    found: list[Break] = []
    seen: dict[int, str] = {}
    last: AuditRecord | None = None
    first = 0
    for record in records:
        first = first or record.number
        seen[record.number] = record.hash
        if record.deed.account != account or hash_of(record) != record.hash:
            found.append(Break(BreakKind.CHANGED, account, record.number))
        elif last is not None and record.number != last.number + 1:
            kind = BreakKind.OUT_OF_PLACE if record.number <= last.number else BreakKind.MISSING
            found.append(Break(kind, account, last.number + 1))
        elif last is not None and (record.before != last.hash or record.at < last.at):
            found.append(Break(BreakKind.OUT_OF_PLACE, account, record.number))
        elif last is None and record.number == 1 and record.before != NOTHING:
            found.append(Break(BreakKind.OUT_OF_PLACE, account, 1))
        last = record
    heads = [one for _, one in sealed if one is not None]
    young = [0] if not sealed or sealed[0][0] >= kept_since + timedelta(days=1) else []
    young += [one.number if one else 0 for day, one in sealed if day >= kept_since]
    if young and first > min(young) + 1:
        found.append(Break(BreakKind.MISSING, account, first - 1))
    if head is None:
        if last is not None or any(one.at >= kept_since for one in heads):
            found.append(Break(BreakKind.CUT_OFF, account))
    elif (last is None and head.at >= kept_since) or (
        last is not None and (last.number, last.hash) != (head.number, head.hash)
    ):
        found.append(Break(BreakKind.CUT_OFF, account, head.number))
    for one in heads:
        if one.number in seen:
            if seen[one.number] != one.hash:
                found.append(Break(BreakKind.CHANGED, account, one.number))
        elif one.at >= kept_since:
            beyond = last is None or one.number > last.number
            kind = BreakKind.CUT_OFF if beyond else BreakKind.MISSING
            found.append(Break(kind, account, one.number))
    return list(dict.fromkeys(found))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
