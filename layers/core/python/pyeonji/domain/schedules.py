"""Backups that make themselves: every day, week or month, the last few of them kept.

A schedule has one instant at which it must be looked at next (`due_of_schedule`), and two reasons:
a day came, so a backup is to be made; or the one that was made last is to be seen to its end, so
that the next knows what is new since, and the oldest can go.
"""

import calendar
import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pyeonji.domain.ids import id_at
from pyeonji.domain.periods import Period, PeriodKind, midnight

#: How often the backup made last is looked after until it ended.
WATCH_EVERY = timedelta(minutes=30)
#: Accounts begin within so many minutes after midnight, each always at its own: the backups of a
#: thousand people are not asked for in the same minute.
_SPREAD = 240


class Every(StrEnum):
    """How often. The first backup is made in the night after it was set; then every night, every
    week on that weekday, or every month on that day."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class What(StrEnum):
    """All mail, or what came since the last one that was finished."""

    ALL = "all"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a person wants, and how far it is. `mailboxes` by id, None for all at that time.

    `next_at`: when the next backup is made. `backup`: the last one made, until its end was seen,
    and `seen_at` when it was looked after last. `until`: to where the last finished one reaches
    (its span's end), `follows` its id. `skipped`: why none could be made last time, until one was.
    """

    account: str
    every: Every
    what: What
    keep: int
    set_at: datetime
    next_at: datetime
    mailboxes: tuple[str, ...] | None = None
    volume_bytes: int | None = None
    backup: str | None = None
    seen_at: datetime | None = None
    until: datetime | None = None
    follows: str | None = None
    skipped: str | None = None


def due_of_schedule(schedule: Schedule) -> datetime:
    """When it must be looked at next."""
    if schedule.backup is None or schedule.seen_at is None:
        return schedule.next_at
    return min(schedule.next_at, schedule.seen_at + WATCH_EVERY)


def next_time(schedule: Schedule, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after `after` at which a backup is due; months that are too short have it
    on their last day. Days that were missed are not made up for."""
    anchor = schedule.set_at.astimezone(zone).date() + timedelta(days=1)
    day = after.astimezone(zone).date()
    while True:
        at = midnight(day, zone) + _own_minute(schedule.account)
        if at > after and _falls_on(schedule.every, anchor, day):
            return at
        day += timedelta(days=1)


def period_of(schedule: Schedule, now: datetime, zone: ZoneInfo) -> Period | None:
    """What a backup made at `now` takes: everything to the end of yesterday, or the days since the
    one before; None where no day has passed since."""
    if schedule.what is What.ALL or schedule.until is None:
        return Period(PeriodKind.ALL)
    first = schedule.until.astimezone(zone).date()
    last = now.astimezone(zone).date() - timedelta(days=1)
    return Period(PeriodKind.RANGE, first, last) if first <= last else None


def backup_id_of(schedule: Schedule) -> str:
    """The id of the backup of this due instant: always the same, so that it is made once."""
    seed = f"{schedule.account} {schedule.set_at.isoformat()} {schedule.next_at.isoformat()}"
    chance = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:10], "big")
    return id_at(schedule.next_at, chance)


def _falls_on(every: Every, anchor: date, day: date) -> bool:
    match every:
        case Every.DAY:
            return True
        case Every.WEEK:
            return day.weekday() == anchor.weekday()
        case Every.MONTH:
            return day.day == min(anchor.day, calendar.monthrange(day.year, day.month)[1])


def _own_minute(account: str) -> timedelta:
    digest = hashlib.sha256(account.encode()).digest()
    return timedelta(minutes=int.from_bytes(digest[:4], "big") % _SPREAD)
