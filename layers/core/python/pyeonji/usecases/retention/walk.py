"""Everything time does to requests: one walk over what is due.

Only the due index is asked, a partition a day from where the last walk stopped, never the table.
Each thing found is read afresh, judged by the clock of the event, and left with a later due or
none; so a walk that is killed, or runs out of time, is simply begun again, and two walks at once
do everything once. What cannot be dealt with is passed over, counted, and met again next time.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from pyeonji.usecases.retention.steps import STILL_DUE, HandlesDue, handle_due
from pyeonji.worlds import HasDue

#: Rows asked for at a time.
PAGE = 100
#: Where the first walk of all begins; nothing is ever overdue for longer.
BEGINNING = timedelta(days=60)
#: Days that are asked again although they were found empty. A row written in a day's last second
#: reaches the index after midnight, and clocks differ; a day costs one small query.
LOOK_BACK = timedelta(days=2)


class HandlesAllDue(HandlesDue, HasDue, Protocol):
    """What a walk needs: what is due, and everything it may ask for."""


@dataclass(slots=True)
class Walk:
    """What came of one: how often each thing was done, and whether time ran out before the end."""

    done: Counter[str] = field(default_factory=Counter)
    passed_over: int = 0
    more: bool = False
    #: Dealt with, and still due: their day must be asked again, however long ago it was.
    left: int = 0

    def to_json(self) -> dict[str, object]:
        """For the log and for whoever sent the event."""
        return {"done": dict(self.done), "passed_over": self.passed_over, "more": self.more}


def handle_all_due(
    world: HandlesAllDue, *, now: datetime, today: date, may_go_on: Callable[[], bool]
) -> Walk:
    """Deal with everything due at `now`, the time of the event, until `may_go_on` says no.

    `today` is the day by the wall clock, UTC. New rows are written by that clock, so the place to
    start from next time stays behind it, however far ahead an event's time is.
    """
    walk = Walk()
    known = world.due.cursor()
    day = min(known or today - BEGINNING, now.date())
    clean = day
    while day <= now.date() and not walk.more:
        _handle_day(world, walk, day, now, may_go_on)
        if not (walk.more or walk.passed_over or walk.left):
            clean = day
        day += timedelta(days=1)
    cursor = min(clean, today - LOOK_BACK)
    if known is None or cursor > known:
        world.due.put_cursor(cursor)
    return walk


def _handle_day(
    world: HandlesAllDue, walk: Walk, day: date, now: datetime, may_go_on: Callable[[], bool]
) -> None:
    after: str | None = None
    while True:
        page = world.due.due(day, now, after, PAGE)
        for pointer in page.pointers:
            if not may_go_on():
                walk.more = True
                return
            try:
                came_of_it = handle_due(world, pointer, now)
                walk.done[came_of_it] += 1
                walk.left += came_of_it in STILL_DUE
            except Exception as error:  # noqa: BLE001
                # One broken thing, whatever it is, must not keep the others waiting.
                world.warn(pointer.kind, error)
                walk.passed_over += 1
        if page.after is None:
            return
        after = page.after
