"""The state machines, interpreted from the very files that go to AWS.

As much of Amazon States Language as they use: Task with Retry and Catch, Map over a list or over
lines in S3, Choice, Succeed, Fail, and paths. A path through a machine is a generator that asks
for invocations; who runs them, when and how well is the story's matter.
"""

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml

from infra.local.places import ROOT
from pyeonji.domain.errors import PermanentError
from pyeonji.observability import StepFailedError

if TYPE_CHECKING:
    from tests.world.service import Service

#: 256 KiB, what a state may hand on.
PAYLOAD = 262_144


@lru_cache(maxsize=2)
def definition(name: str) -> Mapping[str, Any]:
    """infra/statemachines/<name>.asl.yaml."""
    text = (ROOT / "infra" / "statemachines" / f"{name}.asl.yaml").read_text("utf-8")
    loaded: Mapping[str, Any] = yaml.safe_load(text)
    return loaded


@dataclass(frozen=True, slots=True)
class Invoke:
    """A path asks for a function to be called."""

    function: str
    payload: Any


@dataclass(frozen=True, slots=True)
class Fork:
    """A path asks for paths of its own, so many at a time; the first that fails ends them all."""

    paths: tuple["Path", ...]
    at_once: int


@dataclass(frozen=True, slots=True)
class Failed:
    """What came of either, when it went wrong: the error's name and what it said."""

    error: str
    cause: str = ""
    #: Every further try goes the same way.
    lasting: bool = False


class MachineFailedError(Exception):
    """A path ends badly."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.error)
        self.failed = failed


Path = Generator[Invoke | Fork, Any, Any]


def failed_of(error: BaseException | None) -> Failed:
    """What Lambda tells the machine of what a handler let out; None: the process is gone."""
    if isinstance(error, PermanentError):
        return Failed("PermanentError", json.dumps({"errorMessage": error.code}))
    if isinstance(error, Exception):
        said = StepFailedError(error)
        return Failed("StepFailedError", json.dumps({"errorMessage": str(said)}))
    return Failed("Lambda.Unknown", "")


def path_of(service: "Service", machine: Mapping[str, Any], data: Any) -> Path:
    """The path through `machine`, or through what a Map does with each item."""
    name: str = machine["StartAt"]
    while True:
        state = machine["States"][name]
        match state["Type"]:
            case "Succeed":
                return data
            case "Wait":  # nobody in the story has a server of their own
                name = state["Next"]
                continue
            case "Fail":
                raise MachineFailedError(Failed(state["Error"], state["Cause"]))
            case "Choice":
                name = next(
                    (rule["Next"] for rule in state["Choices"] if _holds(rule, data)),
                    state.get("Default"),
                )
                assert name is not None, "no choice fits"
                continue
            case "Task" | "Map":
                work = _task(state, data) if state["Type"] == "Task" else _map(service, state, data)
                outcome = yield from work
            case other:
                raise AssertionError(f"{other} is not known here")
        if isinstance(outcome, Failed):
            catch = next(iter(state.get("Catch", ())), None)
            if catch is None:
                raise MachineFailedError(outcome)
            assert catch["ErrorEquals"] == ["States.ALL"]
            said = {"Error": outcome.error, "Cause": outcome.cause}
            data = _put(data, catch["ResultPath"], said)
            name = catch["Next"]
            continue
        data = _result(state, data, outcome)
        assert len(json.dumps(data)) <= PAYLOAD
        if state.get("End"):
            return data
        name = state["Next"]


def _task(state: Mapping[str, Any], data: Any) -> Generator[Invoke, Any, Any]:
    asked = _filled(state["Parameters"], data, None)
    function = asked["FunctionName"].removeprefix("${").removesuffix("Function}")
    tried: dict[int, int] = {}
    while True:
        outcome = yield Invoke(function, json.loads(json.dumps(asked["Payload"])))
        if not isinstance(outcome, Failed):
            return {"Payload": outcome}
        if outcome.lasting:
            return outcome
        for place, rule in enumerate(state.get("Retry", ())):
            if outcome.error in rule["ErrorEquals"] or "States.ALL" in rule["ErrorEquals"]:
                tried[place] = tried.get(place, 0) + 1
                if tried[place] > rule.get("MaxAttempts", 3):
                    return outcome
                break
        else:
            return outcome


def _map(service: "Service", state: Mapping[str, Any], data: Any) -> Generator[Fork, Any, Any]:
    if "ItemReader" in state:
        where = _filled(state["ItemReader"]["Parameters"], data, None)
        assert where["Bucket"] == service.settings.work_bucket
        items = service.lines(where["Key"])
        if items is None:
            return Failed("States.ItemReaderFailed", "")
        assert items, "a Map over nothing is an error on AWS"
    else:
        items = _at(state["ItemsPath"], data, None)
    selector = state["ItemSelector"]
    paths = [path_of(service, state["ItemProcessor"], _filled(selector, data, i)) for i in items]
    outcome = yield Fork(tuple(paths), state.get("MaxConcurrency", 0) or len(paths))
    return outcome


def _result(state: Mapping[str, Any], data: Any, outcome: Any) -> Any:
    if "ResultSelector" in state:
        outcome = _filled(state["ResultSelector"], outcome, None)
    whole = _put(data, state.get("ResultPath", "$"), outcome)
    path = state.get("OutputPath", "$")
    return {} if path is None else _at(path, whole, None)


def _put(data: Any, path: str | None, value: Any) -> Any:
    """ResultPath: null keeps the input, `$` is the result alone, `$.x` sets a field."""
    if path is None:
        return data
    if path == "$":
        return value
    return {**data, path.removeprefix("$."): value}


def _at(path: str, data: Any, item: Any) -> Any:
    if path == "$$.Map.Item.Value":
        return item
    found = data
    for step in path.split(".")[1:]:
        found = found[step]
    return found


def _filled(template: Any, data: Any, item: Any) -> Any:
    """Parameters: `name.$` holds a path."""
    if not isinstance(template, dict):
        return template
    return {
        key.removesuffix(".$"): _at(value, data, item)
        if key.endswith(".$")
        else _filled(value, data, item)
        for key, value in template.items()
    }


def _holds(rule: Mapping[str, Any], data: Any) -> bool:
    try:
        value = _at(rule["Variable"], data, None)
    except KeyError:
        return rule.get("IsPresent") is False
    if "IsPresent" in rule:
        return bool(rule["IsPresent"])
    if "BooleanEquals" in rule:
        return bool(value is rule["BooleanEquals"])
    if "NumericEquals" in rule:
        return bool(value == rule["NumericEquals"])
    return bool(value == rule["StringEquals"])


@dataclass(eq=False, slots=True)
class Strand:
    """A path at work; while it waits for others, `fork` has those."""

    path: Path
    parent: "Strand | None" = None
    wanted: Invoke | None = None
    fork: "_Forked | None" = None
    over: bool = False


@dataclass(eq=False, slots=True)
class _Forked:
    """The paths of a Map: those to come, and those at work."""

    waiting: list[Strand]
    at_once: int
    busy: list[Strand] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Execution:
    """One run of a machine. `ready` are the paths that ask for an invocation."""

    name: str
    begun: datetime
    limit: timedelta
    ready: list[Strand] = field(default_factory=list)
    over: bool = False

    def begin(self, path: Path) -> None:
        """Up to the first invocation."""
        self._advance(Strand(path), None)

    def answer(self, strand: Strand, outcome: Any) -> None:
        """An invocation has ended."""
        if not self.over and not strand.over:
            self._advance(strand, outcome)

    def stop(self) -> None:
        """Ended or aborted: what is invoked runs on, and nobody hears of it."""
        self.over = True
        self.ready.clear()

    def _advance(self, strand: Strand, outcome: Any) -> None:
        strand.fork = None
        try:
            wish = strand.path.send(outcome)
        except StopIteration as end:
            self._end(strand, end.value)
        except MachineFailedError as error:
            self._end(strand, error.failed)
        else:
            if isinstance(wish, Invoke):
                strand.wanted = wish
                self.ready.append(strand)
            else:
                strand.fork = _Forked([Strand(path, strand) for path in wish.paths], wish.at_once)
                self._begin_some(strand, strand.fork)

    def _begin_some(self, parent: Strand, fork: _Forked) -> None:
        while parent.fork is fork and fork.waiting and len(fork.busy) < fork.at_once:
            child = fork.waiting.pop(0)
            fork.busy.append(child)
            self._advance(child, None)
        if parent.fork is fork and not fork.busy and not fork.waiting:
            self._advance(parent, [])

    def _end(self, strand: Strand, outcome: Any) -> None:
        strand.over = True
        parent = strand.parent
        if parent is None:
            self.stop()
        elif parent.fork is not None:
            if isinstance(outcome, Failed):
                self._drop(parent)
                self._advance(parent, outcome)
            else:
                parent.fork.busy.remove(strand)
                self._begin_some(parent, parent.fork)

    def _drop(self, parent: Strand) -> None:
        """A Map that failed: its other paths are ended."""
        if parent.fork is not None:
            for child in parent.fork.busy:
                child.over = True
                if child in self.ready:
                    self.ready.remove(child)
                self._drop(child)
