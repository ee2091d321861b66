"""What a backup would come to, before it is asked for.

Small mailboxes are cut as the plan will cut them. Of large ones only the weights are read, 20
bytes a message: a person who changes the period in a dialog waits for every answer, and reading
the index of 250,000 messages takes longer than the API may.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.backups import ChosenMailbox
from pyeonji.domain.periods import Span
from pyeonji.usecases.backups.layout import count_volumes, volumes_of
from pyeonji.usecases.backups.selection import Selection, SelectsMail, Wanted, select
from pyeonji.worlds import HasIndex

#: Up to here the index itself is read: a second or so.
EXACT_UP_TO = 20_000


class EstimatesBackups(SelectsMail, HasIndex, Protocol):
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
    world: EstimatesBackups, *, account: str, wanted: Wanted, now: datetime
) -> Estimate:
    """Messages and bytes are exact; so are volumes of mailboxes of up to EXACT_UP_TO messages, of
    larger ones they may be one off. Raises what `select` raises."""
    selection = select(world, account, wanted, now)
    span, unit = selection.span, selection.volume_bytes
    messages = size = volumes = 0
    for mailbox in selection.mailboxes:
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
    return Estimate(selection.chosen, span, messages, size, volumes)


def holds_mail(world: HasIndex, account: str, selection: Selection) -> bool:
    """Whether there is a single message in it."""
    return any(
        _holds(world, account, mailbox, selection.span)
        for mailbox in selection.mailboxes
        if mailbox.messages
    )


def _holds(world: HasIndex, account: str, mailbox: Mailbox, span: Span) -> bool:
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
    for received, size, stored, *_ in world.index.weigh(account, mailbox.id):
        known += 1
        if first <= received < end:
            load.messages += 1
            load.bytes += size
            load.stored += stored
    return load if known >= mailbox.messages else None
