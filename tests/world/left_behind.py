"""Stories told on purpose: one process is left behind at each of its calls in turn, others act on
that, and it goes on after each number of their steps.

Chance tells of most of these less than once in ten thousand stories: that a plan is left behind,
mail comes in, the next plan is made, and the first goes on in the middle of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, takewhile
from typing import Any

from pyeonji.domain.states import BackupState, UploadState
from tests.world import holds
from tests.world.choices import Choices
from tests.world.machines import Failed
from tests.world.people import People
from tests.world.service import Service
from tests.world.story import comes_to_rest, passes_away

#: Steps of the others after which it goes on: by the last an upload has been tried again.
WAKES = (0, 2, 4, 6, 8, 11)
#: The place of "is left behind" among the accidents, and before it: no other accident.
_LEFT_BEHIND = (0, 4)


@dataclass(frozen=True, slots=True)
class Left:
    """Who is left behind at which of its calls, what is asked for at first and then, and which of
    the others act first, those who have waited longest or those who came last."""

    function: str
    wishes: tuple[str, ...]
    then: str
    #: The first run of an import fails for good in its second chunk.
    fails: bool = False
    latest_first: bool = False


#: A plan beside which mail comes in; a settling of a failed run beside which it is tried again; an
#: import of such a run.
CASES = (
    Left("backup_plan", ("back up",), "upload", latest_first=True),
    Left("backup_plan", ("back up",), "cancel"),
    Left("upload_settle", ("upload",), "retry", fails=True),
    Left("upload_settle", ("upload",), "upload"),
    Left("upload_import", ("upload",), "retry", fails=True),
    Left("upload_import", ("upload",), "back up", latest_first=True),
    Left("upload_inspect", ("upload",), "drop"),
)


def stories(left: Left) -> Iterator[tuple[int, int]]:
    """Every (call, wake) of a case, from the first call on to the last the function makes. Raises
    AssertionError where one does not end as it must."""
    for call in takewhile(lambda call: _tell(left, call, WAKES[0]), count(1)):
        yield call, WAKES[0]
        for wake in WAKES[1:]:
            _tell(left, call, wake)
            yield call, wake


def _tell(left: Left, call: int, wake: int) -> bool:
    """Whether the function makes so many calls."""
    service = Service(Choices(given=[call]), 1)
    service.theme = left.function
    people = People(service)
    service.choices = Choices()
    for wish in left.wishes:
        people.ask(wish)
    service.choices = Choices(given=_LEFT_BEHIND)
    was_left = _runs(service, people, left, wake)
    comes_to_rest(service)
    holds.at_rest(service, people)
    for backup in service.world.backups.items.values():
        assert backup.state is not BackupState.FAILED, "what was left behind spoils a backup"
    passes_away(service)
    holds.in_the_end(service)
    return was_left


def _runs(service: Service, people: People, left: Left, wake: int) -> bool:
    asked = was_left = False
    since = 0
    for _ in range(1_000):
        service.see_machines()
        if left.fails:
            _second_chunk_fails(service)
        behind = [place for place, (one, *_) in enumerate(service.paused) if one.orphaned]
        was_left = was_left or bool(behind)
        if was_left and not asked and (left.then != "retry" or _has_failed(service)):
            asked = True
            people.ask(left.then)
            continue
        if behind and since >= wake:
            service.wake(behind[0])
        elif not _steps(service, left.latest_first):
            if not service.paused:
                return was_left
            service.wake(0)
        since += was_left
        holds.always(service)
    raise AssertionError("it does not come to rest")


def _steps(service: Service, latest_first: bool) -> bool:
    """One of the others acts."""
    ready = service.ready()
    if service.arrivals:
        service.deliver(0, again=False)
    elif ready:
        service.invoke(*ready[-1 if latest_first else 0])
    else:
        return False
    return True


def _second_chunk_fails(service: Service) -> None:
    for execution, strand in service.ready()[:1]:
        wanted: Any = strand.wanted
        if wanted.function == "Import" and "1-00002" in str(wanted.payload):
            service.hurt = True
            execution.ready.remove(strand)
            execution.answer(strand, Failed("Lambda.Unknown", lasting=True))


def _has_failed(service: Service) -> bool:
    return any(one.state is UploadState.FAILED for one in service.world.uploads.items.values())
