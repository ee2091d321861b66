"""One seed, one story: people ask, machines work, S3 tells, retention comes by, the clock jumps;
any call any process makes may wait, be refused, lose its answer, be sent twice, or be its last.
Then accidents stop, everything comes to rest, and time takes away what it should.

    python -m tests.world 4711          tells a story
    python -m tests.world 1-10000       runs many, tells of those that fail, shrunk
"""

from collections.abc import Sequence
from datetime import timedelta

from tests.world import holds
from tests.world.choices import Choices, shrunk
from tests.world.people import ACTIONS, People
from tests.world.service import THEMES, Service

#: A story has at most so many steps before it comes to rest.
STEPS = 60
#: Calls between two accidents, on the average; an upload of five mails makes some sixty.
MEANS = (0, 6, 14, 40)
#: What people ask for: most often what sets much going.
_WISHES = ("upload",) * 4 + ("back up",) * 2 + ("retry",) * 4 + ACTIONS[3:]
#: Where somebody is left behind: what they were at is begun anew, and something else beside it.
_WISHES_OF_STRAGGLERS = ("upload",) * 4 + ("back up",) * 4 + ("retry",) * 3
#: One story in so many is of stragglers: whoever falls behind stays there until others have acted
#: on it, which chance alone seldom brings about.
_STRAGGLING = 3
#: Stories a failing one may cost while it is made short.
SHRINK_TRIES = 1_000


class FailedStoryError(AssertionError):
    """A story did not end as it must. The message tells it."""


def tell(seed: int | None = None, given: Sequence[int] = ()) -> Service:
    """Tell the story of a seed, or of the numbers given. Raises AssertionError and others."""
    choices = Choices(seed, given)
    service = Service(choices, MEANS[choices.below(len(MEANS))])
    service.straggles = choices.below(_STRAGGLING) == _STRAGGLING - 1
    if service.straggles:
        service.theme = THEMES[choices.below(len(THEMES))]
    people = People(service)
    try:
        _happens(service, people, choices.below(8) + 2 * service.straggles)
        comes_to_rest(service)
        holds.at_rest(service, people)
        passes_away(service)
        holds.in_the_end(service)
    except BaseException as error:
        error.__dict__["service"] = service
        raise
    return service


def _happens(service: Service, people: People, asked: int) -> None:
    choices = service.choices
    for _ in range(2 * STEPS if service.straggles else STEPS):
        service.see_machines()
        ready, work = service.ready(), len(service.paused) + len(service.arrivals)
        service.steps += 1
        if not asked and not ready and not work:
            return
        kind = choices.below(10)
        if kind < 6 and (ready or work):
            _goes_on(service)
        elif kind < 7 and asked:
            asked -= 1
            _asks(service, people)
        elif kind == 7:
            service.jump()
        elif kind == 8:
            service.retain(timedelta(hours=choices.below(50)))
        elif kind == 9 and choices.below(2):
            service.stop_machine()
        elif kind == 9 and service.arrivals:
            service.deliver(choices.below(len(service.arrivals)), again=True)
        elif ready or work:
            _goes_on(service)
        else:
            asked -= 1
            _asks(service, people)
        holds.always(service)


def _asks(service: Service, people: People) -> None:
    wishes = _WISHES_OF_STRAGGLERS if service.straggles else _WISHES
    people.ask(wishes[service.choices.below(len(wishes))])


def _goes_on(service: Service) -> None:
    """Something that waits goes on: a machine's next step, an event, or, more seldom, a process
    that fell behind: what makes those dangerous is what others have done meanwhile."""
    ready, arrivals, paused = service.ready(), service.arrivals, service.awake()
    choices = service.choices
    if paused and (choices.below(4) == 3 or not (ready or arrivals)):
        service.wake(paused[choices.below(len(paused))])
        return
    if not (ready or arrivals):
        return
    place = choices.below(len(ready) + len(arrivals))
    if place < len(ready):
        service.invoke(*ready[place])
    else:
        service.deliver(place - len(ready), again=False)


def comes_to_rest(service: Service) -> None:
    """No more accidents. Whatever waits goes on, and retention comes by."""
    service.calm_down()
    service.tell("— calm —")
    for _ in range(6):
        runs_out(service)
        service.advance(timedelta(minutes=31))
        service.retain()
    runs_out(service)
    holds.always(service)


def runs_out(service: Service) -> None:
    """Whatever waits goes on, without accidents, until nothing does."""
    for _ in range(10_000):
        service.see_machines()
        ready = service.ready()
        if ready:
            service.invoke(*ready[0])
        elif service.arrivals:
            service.deliver(0, again=False)
        elif service.paused:
            service.wake(0)
        else:
            return
    raise AssertionError("it does not come to rest")


def passes_away(service: Service) -> None:
    """Weeks pass."""
    for _ in range(3):
        service.advance(timedelta(days=8))
        service.retain()
        runs_out(service)


def failure_of(seed: int | None = None, given: Sequence[int] = ()) -> BaseException | None:
    """What is wrong with a story, or None."""
    try:
        tell(seed, given)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        return error
    return None


def shortest(seed: int) -> tuple[BaseException, list[str]]:
    """The story of a seed that fails, shrunk: what is wrong, and the story line by line."""
    first = failure_of(seed)
    assert first is not None
    taken = first.__dict__["service"].choices.taken
    sort = (type(first), _reason(first))

    def fails(numbers: Sequence[int]) -> bool:
        error = failure_of(given=numbers)
        return error is not None and (type(error), _reason(error)) == sort

    best = shrunk(taken, fails, SHRINK_TRIES) if fails(taken) else taken
    error = failure_of(given=best) or first
    return error, error.__dict__["service"].lines_told


def _reason(error: BaseException) -> str:
    """Its first words without numbers: the same fault, told of other things."""
    return "".join(each for each in str(error).split("\n")[0] if not each.isdigit())[:40]
