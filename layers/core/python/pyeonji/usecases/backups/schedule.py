"""A person's schedule: set, shown, taken away. What it comes to is retention's (`retention/
scheduling.py`)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from pyeonji.domain.errors import InvalidRequestError, NotFoundError
from pyeonji.domain.instants import whole_second
from pyeonji.domain.periods import Period, PeriodKind
from pyeonji.domain.schedules import Every, Schedule, What, next_time
from pyeonji.usecases.backups.selection import SelectsMail, Wanted, select
from pyeonji.worlds import HasSchedules


class SetsSchedules(SelectsMail, HasSchedules, Protocol):
    """What setting a schedule needs."""


@dataclass(frozen=True, slots=True)
class Asked:
    """As a person says it: `mailboxes` by id, None for all of that time; `every` day, week or
    month; `what` all or new; the last `keep` are kept."""

    mailboxes: Sequence[str] | None
    every: str
    what: str
    keep: int
    volume_bytes: int | None = None


def set_schedule(world: SetsSchedules, *, account: str, asked: Asked, now: datetime) -> Schedule:
    """From the coming night on. One that was there is replaced, and what it knew of backups made
    stays known, so that another `keep` brings nobody everything anew.

    Raises what `select` raises; InvalidRequestError `every`, `what`, `keep`. A slot is left for
    what the person asks for by hand: `keep` is less than the slots there are.
    """
    if asked.every not in set(Every):
        raise InvalidRequestError("every", "unknown_value")
    if asked.what not in set(What):
        raise InvalidRequestError("what", "unknown_value")
    if not 1 <= asked.keep <= most_kept(world.limits.max_backups):
        raise InvalidRequestError("keep", "out_of_range")
    wanted = Wanted(asked.mailboxes, Period(PeriodKind.ALL), asked.volume_bytes)
    select(world, account, wanted, now)
    mailboxes = None if asked.mailboxes is None else tuple(asked.mailboxes)
    there = world.schedules.get(account)
    same = there is not None and there.mailboxes == mailboxes and there.what == asked.what
    schedule = Schedule(
        account,
        Every(asked.every),
        What(asked.what),
        asked.keep,
        set_at=whole_second(now),
        next_at=whole_second(now),
        mailboxes=mailboxes,
        volume_bytes=asked.volume_bytes,
        backup=there.backup if there and same else None,
        seen_at=there.seen_at if there and same else None,
        until=there.until if there and same else None,
        follows=there.follows if there and same else None,
    )
    schedule = replace(schedule, next_at=next_time(schedule, now, world.limits.zone))
    world.schedules.put(schedule)
    return schedule


def most_kept(max_backups: int) -> int:
    """The most a schedule may keep: one slot less than there are, where there are two."""
    return max(1, max_backups - 1)


def show_schedule(world: HasSchedules, *, account: str) -> Schedule:
    """NotFoundError `schedule` where there is none."""
    schedule = world.schedules.get(account)
    if schedule is None:
        raise NotFoundError("schedule")
    return schedule


def drop_schedule(world: HasSchedules, *, account: str) -> None:
    """No more backups by themselves; those that are there stay. NotFoundError `schedule`."""
    if not world.schedules.delete(account):
        raise NotFoundError("schedule")
