"""What a backup would come to, before it is asked for.

Small mailboxes are cut as the plan will cut them. Of large ones only the weights are read, 20
bytes a message: a person who changes the period in a dialog waits for every answer, and reading
the index of 250,000 messages takes longer than the API may.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.backups import ChosenMailbox
from pyeonji.domain.errors import InvalidRequestError, NotFoundError
from pyeonji.domain.limits import MIN_VOLUME_BYTES, Limits
from pyeonji.domain.periods import Period, Span, resolve
from pyeonji.usecases.accounts.readiness import require_mail
from pyeonji.usecases.backups.layout import count_volumes, volumes_of
from pyeonji.worlds import HasAccounts, HasIndex, HasLimits

#: Up to here the index itself is read: a second or so.
EXACT_UP_TO = 20_000


class EstimatesBackups(HasAccounts, HasIndex, HasLimits, Protocol):
    """What an estimate needs."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a backup would hold; `bytes` are of the messages as they are, not compressed."""

    mailboxes: tuple[ChosenMailbox, ...]
    span: Span
    messages: int
    bytes: int
    volumes: int


def estimate_backup(
    world: EstimatesBackups,
    *,
    account: str,
    mailboxes: Sequence[str] | None,
    period: Period,
    volume_bytes: int | None,
    now: datetime,
) -> Estimate:
    """Messages and bytes are exact; so are volumes of mailboxes of up to EXACT_UP_TO messages, of
    larger ones they may be one off. `mailboxes` None means all of them."""
    chosen = choose(world, account, mailboxes)
    unit = unit_of(volume_bytes, world.limits)
    span = resolve(period, now, world.limits.zone)
    messages = size = volumes = 0
    for mailbox in chosen:
        exact = mailbox.messages <= EXACT_UP_TO
        load = None if exact else _weigh(world, account, mailbox, span)
        if load is None:
            found = [m for m in world.index.read(account, mailbox.id) if m.received_at in span]
            load = _Load(len(found), sum(message.size for message in found))
            volumes += len(volumes_of(found, unit))
        else:
            volumes += count_volumes(load.messages, load.stored, unit)
        messages += load.messages
        size += load.bytes
    return Estimate(named(chosen), span, messages, size, volumes)


def holds_mail(world: HasIndex, account: str, mailbox: Mailbox, span: Span) -> bool:
    """Whether a mailbox has a message of this span."""
    if not mailbox.messages:
        return False
    load = _weigh(world, account, mailbox, span)
    if load is not None:
        return load.messages > 0
    return any(message.received_at in span for message in world.index.read(account, mailbox.id))


@dataclass(slots=True)
class _Load:
    """Sums over some messages, in bytes; `stored` as they stand in segments."""

    messages: int = 0
    bytes: int = 0
    stored: int = 0


def _weigh(world: HasIndex, account: str, mailbox: Mailbox, span: Span) -> _Load | None:
    """What a mailbox has in the span. None for one whose mail has not all been weighed: then the
    index says it."""
    first, end = span.start.timestamp(), span.end.timestamp()
    known = 0
    load = _Load()
    for received, size, stored, _ in world.index.weigh(account, mailbox.id):
        known += 1
        if first <= received < end:
            load.messages += 1
            load.bytes += size
            load.stored += stored
    return load if known >= mailbox.messages else None


def choose(world: HasAccounts, account: str, mailboxes: Sequence[str] | None) -> list[Mailbox]:
    """The mailboxes of a request. Raises InvalidRequestError, NotFoundError, and what says that
    the account has no mail yet."""
    require_mail(world, account)
    existing = {mailbox.id: mailbox for mailbox in world.accounts.mailboxes(account)}
    if mailboxes is None:
        return list(existing.values())
    if not mailboxes:
        raise InvalidRequestError("mailboxes", "empty")
    for mailbox_id in mailboxes:
        if mailbox_id not in existing:
            raise NotFoundError("mailbox")
    return [existing[mailbox_id] for mailbox_id in dict.fromkeys(mailboxes)]


def named(mailboxes: Sequence[Mailbox]) -> tuple[ChosenMailbox, ...]:
    """As a request keeps them."""
    return tuple(ChosenMailbox(mailbox.id, mailbox.path) for mailbox in mailboxes)


def unit_of(volume_bytes: int | None, limits: Limits) -> int:
    """The size of a volume: the service's unit, or a smaller one the person asked for."""
    if volume_bytes is None:
        return limits.volume_bytes
    if not min(MIN_VOLUME_BYTES, limits.volume_bytes) <= volume_bytes <= limits.volume_bytes:
        raise InvalidRequestError("volume_bytes", "out_of_range")
    return volume_bytes
