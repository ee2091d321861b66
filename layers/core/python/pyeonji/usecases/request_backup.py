"""Ask for a backup: what it would come to, and taking one of the slots for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.backups import Backup, ChosenMailbox
from pyeonji.domain.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    UnprocessableError,
)
from pyeonji.domain.ids import new_id
from pyeonji.domain.instants import whole_second
from pyeonji.domain.limits import MIN_VOLUME_BYTES, Limits
from pyeonji.domain.periods import Period, Span, resolve
from pyeonji.domain.states import BackupState
from pyeonji.ports import Accounts, Backups, Machines, MailIndex
from pyeonji.usecases.expire import free_overdue
from pyeonji.usecases.mail_access import require_mail
from pyeonji.usecases.volume_layout import volumes_of


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a backup would hold; `bytes` are of the messages as they are, not compressed."""

    mailboxes: tuple[ChosenMailbox, ...]
    span: Span
    messages: int
    bytes: int
    volumes: int


def estimate_backup(
    *,
    accounts: Accounts,
    index: MailIndex,
    limits: Limits,
    account: str,
    mailboxes: Sequence[str] | None,
    period: Period,
    volume_bytes: int | None,
    now: datetime,
) -> Estimate:
    """Exact, by the cut the plan will make. `mailboxes` None means all of them."""
    chosen = _choose(accounts, account, mailboxes)
    unit = unit_of(volume_bytes, limits)
    span = resolve(period, now, limits.zone)
    messages = size = volumes = 0
    for mailbox in chosen:
        found = [
            message for message in index.read(account, mailbox.id) if message.received_at in span
        ]
        messages += len(found)
        size += sum(message.size for message in found)
        volumes += len(volumes_of(found, unit))
    return Estimate(_named(chosen), span, messages, size, volumes)


def request_backup(
    *,
    accounts: Accounts,
    index: MailIndex,
    backups: Backups,
    machines: Machines,
    limits: Limits,
    account: str,
    mailboxes: Sequence[str] | None,
    period: Period,
    volume_bytes: int | None,
    now: datetime,
) -> Backup:
    """Take a slot, write the request, start the machine under the request's own id.

    Raises UnprocessableError nothing_to_back_up, ConflictError too_many_backups. Killed before the
    machine started, the request is found and started by retention.
    """
    chosen = _choose(accounts, account, mailboxes)
    unit = unit_of(volume_bytes, limits)
    span = resolve(period, now, limits.zone)
    if not any(
        message.received_at in span
        for mailbox in chosen
        if mailbox.messages
        for message in index.read(account, mailbox.id)
    ):
        raise UnprocessableError("nothing_to_back_up")
    backup = Backup(
        id=new_id(now),
        account=account,
        state=BackupState.REQUESTED,
        mailboxes=_named(chosen),
        period=period,
        span=span,
        volume_bytes=unit,
        requested_at=whole_second(now),
        moved_at=whole_second(now),
    )
    # A slot is free at the instant that was promised, not at retention's next round.
    if not backups.request(backup, limits.max_backups) and not (
        free_overdue(account, backups=backups, limits=limits, now=now)
        and backups.request(backup, limits.max_backups)
    ):
        raise _too_many(backups, account, limits, now)
    machines.start_backup(backup.execution, {"account": account, "backup_id": backup.id})
    return backup


def unit_of(volume_bytes: int | None, limits: Limits) -> int:
    """The size of a volume: the service's unit, or a smaller one the person asked for."""
    if volume_bytes is None:
        return limits.volume_bytes
    if not min(MIN_VOLUME_BYTES, limits.volume_bytes) <= volume_bytes <= limits.volume_bytes:
        raise InvalidRequestError("volume_bytes", "out_of_range")
    return volume_bytes


@dataclass(frozen=True, slots=True)
class SlotUse:
    """How many slots are taken, and when the next frees by itself: None while none that is taken
    belongs to a backup with an end yet."""

    used: int
    next_free_at: datetime | None


def slot_use(backups: Backups, account: str, now: datetime) -> SlotUse:
    """By the clock: a slot whose backup is past its time is free, as a request would find it."""
    taken = backups.slots(account)
    ends = [
        backup.expires_at
        for backup, _ in backups.all(account)
        if backup.id in taken and backup.expires_at is not None
    ]
    coming = [end for end in ends if end > now]
    return SlotUse(len(taken) - (len(ends) - len(coming)), min(coming, default=None))


def _choose(accounts: Accounts, account: str, mailboxes: Sequence[str] | None) -> list[Mailbox]:
    require_mail(accounts, account)
    existing = {mailbox.id: mailbox for mailbox in accounts.mailboxes(account)}
    if mailboxes is None:
        return list(existing.values())
    if not mailboxes:
        raise InvalidRequestError("mailboxes", "empty")
    for mailbox_id in mailboxes:
        if mailbox_id not in existing:
            raise NotFoundError("mailbox")
    return [existing[mailbox_id] for mailbox_id in dict.fromkeys(mailboxes)]


def _named(mailboxes: Sequence[Mailbox]) -> tuple[ChosenMailbox, ...]:
    return tuple(ChosenMailbox(mailbox.id, mailbox.path) for mailbox in mailboxes)


def _too_many(backups: Backups, account: str, limits: Limits, now: datetime) -> ConflictError:
    ready = [
        backup
        for backup, _ in backups.all(account)
        if backup.state is BackupState.READY and backup.expires_at is not None
    ]
    oldest = min(ready, key=lambda backup: backup.requested_at, default=None)
    frees = slot_use(backups, account, now).next_free_at
    return ConflictError(
        "too_many_backups",
        limit=limits.max_backups,
        delete_id=oldest.id if oldest else None,
        delete_requested_at=oldest.requested_at.astimezone(limits.zone) if oldest else None,
        next_free_at=frees.astimezone(limits.zone) if frees else None,
    )
