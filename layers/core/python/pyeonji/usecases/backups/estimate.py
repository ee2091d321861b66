"""What a backup would come to, before it is asked for.

Small mailboxes are cut as the plan will cut them. Of large ones only the weights are read, 20
bytes a message: a person who changes the period in a dialog waits for every answer, and reading
the index of 250,000 messages takes longer than the API may.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.backups import ChosenMailbox
from pyeonji.domain.errors import UnprocessableError
from pyeonji.domain.limits import MAX_CHOSEN_BYTES, MAX_PLANNED
from pyeonji.domain.periods import Span
from pyeonji.usecases.backups.layout import count_volumes, volumes_of
from pyeonji.usecases.backups.selection import Selection, SelectsMail, Wanted, select
from pyeonji.worlds import HasIndex, HasIndexing, HasMail, HasSearchFiles

if TYPE_CHECKING:
    from pyeonji.search.query import Query

#: Up to here the index itself is read: a second or so.
EXACT_UP_TO = 20_000


#: Seconds for reading mails that a query may find: the API answers within 29.
_CHECK_SECONDS = 12.0


class EstimatesBackups(SelectsMail, HasIndex, HasMail, HasSearchFiles, HasIndexing, Protocol):
    """What an estimate needs."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a backup would hold; `bytes` are of the messages as they are, not compressed."""

    mailboxes: tuple[ChosenMailbox, ...]
    span: Span
    messages: int
    bytes: int
    volumes: int
    #: Of a query: mails counted by their words alone, and segments that cannot be searched yet.
    unsure: int = 0
    waiting: int = 0


def estimate_backup(
    world: EstimatesBackups, *, account: str, wanted: Wanted, now: datetime
) -> Estimate:
    """Messages and bytes are exact, of a query but for what is `unsure` and `waiting`; so are
    volumes of mailboxes of up to EXACT_UP_TO messages, of larger ones they may be one off. Raises
    what `select` raises."""
    selection = select(world, account, wanted, now)
    if selection.query is not None:
        return _estimate_found(world, account, selection, selection.query, now)
    span, unit = selection.span, selection.volume_bytes
    messages = size = volumes = 0
    for mailbox in selection.mailboxes:
        exact = mailbox.messages <= EXACT_UP_TO
        load = None if exact else _weigh(world, account, mailbox, span)
        if load is None:
            found = [
                m
                for m in world.index.read(account, mailbox.id)
                if m.received_at in span and not m.gone
            ]
            load = _Load(len(found), sum(message.size for message in found))
            volumes += len(volumes_of(found, unit, world.limits.zone))
        else:
            volumes += count_volumes(load.messages, load.stored, unit)
        messages += load.messages
        size += load.bytes
    return Estimate(selection.chosen, span, messages, size, volumes)


def _estimate_found(
    world: EstimatesBackups, account: str, selection: Selection, query: "Query", now: datetime
) -> Estimate:
    # Here, because few requests have a query: a cold start of the API must not wait for SQLite.
    from pyeonji.usecases.mail.candidates import cover
    from pyeonji.usecases.mail.selecting import find_all

    messages = size = volumes = unsure = waiting = 0
    for mailbox in selection.mailboxes:
        covered = cover(world, account, [mailbox], now)
        found = find_all(
            world,
            account=account,
            files=covered.files,
            query=query,
            span=selection.span,
            seconds=_CHECK_SECONDS / len(selection.mailboxes),
        )
        there = [message for message in found.messages if not message.gone]
        messages += len(there)
        size += sum(message.size for message in there)
        volumes += len(volumes_of(there, selection.volume_bytes, world.limits.zone))
        unsure += found.unsure
        waiting += len(covered.missing)
    return Estimate(selection.chosen, selection.span, messages, size, volumes, unsure, waiting)


def holds_mail(world: EstimatesBackups, account: str, selection: Selection, now: datetime) -> bool:
    """Whether there is a single message in it; what cannot be searched yet may hold one."""
    if selection.query is not None:
        found = _estimate_found(world, account, selection, selection.query, now)
        return found.messages > 0 or found.waiting > 0
    return any(
        _holds(world, account, mailbox, selection.span)
        for mailbox in selection.mailboxes
        if mailbox.messages
    )


def check_size(world: HasIndex, account: str, selection: Selection) -> None:
    """That it can be planned and kept. Raises UnprocessableError too_many_mails, with the mailbox
    that has them, and too_many_mailboxes_chosen."""
    chosen = sum(len(box.id) + len(box.path.encode()) + 8 for box in selection.mailboxes)
    if chosen > MAX_CHOSEN_BYTES:
        raise UnprocessableError("too_many_mailboxes_chosen", count=len(selection.mailboxes))
    for mailbox in selection.mailboxes:
        if mailbox.messages > MAX_PLANNED:
            load = _weigh(world, account, mailbox, selection.span)
            # What is not weighed is counted when it is planned.
            if load is not None and load.messages > MAX_PLANNED:
                raise UnprocessableError("too_many_mails", limit=MAX_PLANNED, path=mailbox.path)


def _holds(world: HasIndex, account: str, mailbox: Mailbox, span: Span) -> bool:
    load = _weigh(world, account, mailbox, span)
    if load is not None:
        return load.messages > 0
    return any(
        message.received_at in span and not message.gone
        for message in world.index.read(account, mailbox.id)
    )


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
