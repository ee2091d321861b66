"""The service of a story: the fakes, the functions' own handlers, the machines, what S3 tells.

Everything is small, so that a story meets every limit: three backups, chunks of two entries, parts
of 1,500 bytes instead of 5 MiB (`small_scale`).
"""

import importlib.util
import json
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, lru_cache
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

from infra.local.places import ROOT
from pyeonji.adapters.passing import is_passing
from pyeonji.domain.accounts import Account, Company, Mailbox
from pyeonji.domain.ids import new_id
from pyeonji.domain.states import UploadState
from pyeonji.observability import log_failure, observed
from pyeonji.usecases.retention.walk import LOOK_BACK
from tests.support.company import KIM, days_ago, deliver, letter_bytes
from tests.support.fakes import World as Fakes
from tests.support.fakes_store import FakeStore
from tests.support.moves import Moves
from tests.support.worlds import limits
from tests.world.choices import Choices
from tests.world.machines import Execution, Failed, Strand, definition, failed_of, path_of
from tests.world.processes import Process
from tests.world.watching import WatchedBackups, WatchedUploads

LIMITS = limits(max_backups=3, download_days=2, purge_days=3)
#: What a part, a chunk and a volume are in this world.
MIN_PART = 1_500
CHUNK_ENTRIES = 2
VOLUME_BYTES = 8 * 1024 + 9_000

STEP_LIMIT = timedelta(minutes=15)
API_LIMIT = timedelta(seconds=29)
#: How the clock jumps. The longest steps over every deadline there is.
JUMPS = tuple(
    timedelta(**step)
    for step in (
        {"seconds": 1}, {"minutes": 1}, {"minutes": 16}, {"minutes": 31}, {"hours": 7},
        {"hours": 25}, {"days": 2}, {"days": 4},
    )
)  # fmt: skip

#: Steps of a story for which a straggler may stay behind.
PATIENCE = (0, 6, 15, 30)
#: Of whom such a story tells: each, or all at once.
THEMES = (None, "backup_plan", "upload_inspect", "upload_import", "upload_settle")

_MACHINES = {"Plan": "backup_plan", "Part": "backup_part", "Seal": "backup_seal",
             "Fail": "backup_fail", "Notice": "notice", "Inspect": "upload_inspect",
             "Import": "upload_import", "Settle": "upload_settle"}  # fmt: skip


class _Bucket(FakeStore):
    """The bucket of ZIPs: S3 tells of every object that has arrived, once or more, some time."""

    arrived: Callable[[str], None]

    def complete(self, key: str, upload_id: str, parts: Any) -> None:
        super().complete(key, upload_id, parts)
        self.arrived(key)


class Service:
    """One world and its clock. `tell` writes the story down; `hurt` says that something went
    wrong that leaves its mark: then the last net may have something to mend."""

    def __init__(self, choices: Choices, mean: int) -> None:
        self.choices = choices
        self.mean = mean
        self.world = _copied(_founded())
        _Ids.last = 1_000
        self.limits = LIMITS
        self.settings = SimpleNamespace(work_bucket="work", limits=LIMITS)
        self.passing = is_passing
        self.calls = 0
        self.accidents = 0
        self.until_accident = 0
        self.hurt = False
        self.lines_told: list[str] = []
        self.executions: dict[str, Execution] = {}
        #: Processes that wait, each with the step from which on it may go on.
        self.paused: list[tuple[Process, Callable[[Process], None], int]] = []
        self.steps = 0
        #: Whoever is left behind stays there for long (`PATIENCE`).
        self.straggles = False
        #: The only function that meets accidents; None: everybody does.
        self.theme: str | None = None
        self.arrivals: list[str] = []
        self.passed_over = 0
        #: upload id -> the attempt it was seen at.
        self.attempts: dict[str, int] = {}
        self.next_accident()
        self.moves: Moves = set()
        self.world.backups.__class__ = WatchedBackups
        self.world.uploads.__class__ = WatchedUploads
        for watched in (self.world.backups, self.world.uploads):
            watched.moves = self.moves  # type: ignore[attr-defined]
        zips = self.world.zips
        zips.__class__ = _Bucket
        zips.arrived = self.arrivals.append  # type: ignore[attr-defined]

    # ---------------------------------------------------------------- chance and time

    @property
    def clock(self) -> datetime:
        return self.world.clock

    def tell(self, line: str) -> None:
        self.lines_told.append(line)

    def warn(self, kind: str, error: Exception) -> None:
        """Retention passes something over."""
        self.passed_over += 1
        if logs_are_kept():
            log_failure("passed over", error, kind=kind)

    def next_accident(self) -> None:
        """Draw how many calls go well. 0 or calm: all of them."""
        self.until_accident = self.choices.soon(self.mean) if self.mean else 0
        if not self.until_accident:
            self.until_accident = -1

    def calm_down(self) -> None:
        """From now on nothing goes wrong."""
        self.mean = 0
        self.until_accident = -1

    def jump(self) -> None:
        """Time passes, some more of it than is good."""
        # A straggler lives for minutes: longer jumps would be the end of it.
        jumps = JUMPS[:2] if self.straggles else JUMPS
        self.advance(jumps[self.choices.below(len(jumps))])

    def advance(self, step: timedelta) -> None:
        """Time passes; machines that took too long are ended."""
        self.world.clock += step
        self.tell(f"  {step} pass")
        for execution in self.executions.values():
            if not execution.over and self.clock - execution.begun > execution.limit:
                execution.stop()
                self.world.machines.running.discard(execution.name)
                self.tell(f"  machine {execution.name} times out")

    # ---------------------------------------------------------------- processes

    def run(
        self,
        name: str,
        work: Callable[[Any], Any],
        then: Callable[[Process], None],
        limit: timedelta = STEP_LIMIT,
    ) -> None:
        """Start a process; `then` hears of its end, or that it was given up."""
        process = Process(self, name, work, limit)
        self._go_on(process, then)

    def _go_on(self, process: Process, then: Callable[[Process], None]) -> None:
        given_up = process.orphaned
        process.go_on()
        if (process.ended or process.orphaned) and not given_up:
            then(process)
        if not process.ended:
            patience = 0
            if self.straggles and process.orphaned:
                patience = PATIENCE[self.choices.below(len(PATIENCE))]
            self.paused.append((process, then, self.steps + patience))

    def awake(self) -> list[int]:
        """Places of waiting processes that may go on by now."""
        return [place for place, (*_, since) in enumerate(self.paused) if since <= self.steps]

    def wake(self, place: int) -> None:
        """A waiting process goes on."""
        process, then, _ = self.paused.pop(place)
        self.tell(f"  {process.name} goes on")
        self._go_on(process, then)

    # ---------------------------------------------------------------- machines

    def see_machines(self) -> None:
        """Executions that were started begin; those that were stopped end."""
        machines = self.world.machines
        for kind, started in (("backup", machines.backups), ("upload", machines.uploads)):
            for name, payload in started.items():
                if name not in self.executions:
                    machine = definition(kind)
                    limit = timedelta(seconds=machine["TimeoutSeconds"])
                    execution = Execution(name, self.clock, limit)
                    self.executions[name] = execution
                    execution.begin(path_of(self, machine, dict(payload)))
        for name, execution in self.executions.items():
            if not execution.over and name not in machines.running:
                execution.stop()

    def ready(self) -> list[tuple[Execution, Strand]]:
        """Paths of machines that ask for an invocation."""
        return [(one, strand) for one in self.executions.values() for strand in one.ready]

    def invoke(self, execution: Execution, strand: Strand) -> None:
        """Run the function a path asks for."""
        execution.ready.remove(strand)
        wanted = strand.wanted
        assert wanted is not None
        function = _MACHINES[wanted.function]

        def then(process: Process) -> None:
            wrong = process.orphaned or process.error is not None
            lost = None if process.orphaned else process.error
            outcome = failed_of(lost) if wrong else json.loads(json.dumps(process.result))
            if isinstance(outcome, Failed):
                self._look_at(lost)
                if self.mean and self.choices.below(3) == 2:
                    outcome = replace(outcome, lasting=True)
                ever = " and again and again" if outcome.lasting else ""
                self.tell(f"  {function} fails{ever}: {outcome.error} {outcome.cause}")
            execution.answer(strand, outcome)
            if execution.over:
                self.world.machines.running.discard(execution.name)

        self.tell(f"{execution.name[-6:]}: {function}")
        self.run(function, lambda world: call(function, world, wanted.payload), then)

    def stop_machine(self) -> None:
        """A machine ends without a word: stopped by hand, or lost."""
        at_work = [one for one in self.executions.values() if not one.over]
        if at_work and self.mean:
            execution = at_work[self.choices.below(len(at_work))]
            self.hurt = True
            execution.stop()
            self.world.machines.running.discard(execution.name)
            self.tell(f"machine {execution.name[-6:]} is gone")

    def deliver(self, place: int, again: bool) -> None:
        """S3 tells of an object; SQS brings it again until it was taken."""
        key = self.arrivals[place] if again else self.arrivals.pop(place)
        event = {"detail": {"object": {"key": key}}}
        payload = {"Records": [{"messageId": "1", "body": json.dumps(event)}]}

        def then(process: Process) -> None:
            taken = not process.orphaned and process.result == {"batchItemFailures": []}
            if not taken and not again:
                self.arrivals.append(key)

        self.tell(f"S3 tells of {key[-10:]}{' once more' if again else ''}")
        self.run("upload_received", lambda world: call("upload_received", world, payload), then)

    def retain(self, late: timedelta = timedelta(0)) -> None:
        """Retention's event, perhaps late."""
        payload = {"time": (self.clock - late).strftime("%Y-%m-%dT%H:%M:%SZ")}
        self.tell("retention")
        self.run(
            "retention",
            lambda world: call("retention", world, payload),
            lambda process: self._look_at(process.error),
        )

    def _look_at(self, error: BaseException | None) -> None:
        """An error nobody modelled is our own mistake, whatever the machine makes of it."""
        if isinstance(error, (AssertionError, TypeError, KeyError, AttributeError, IndexError)):
            raise error

    def lines(self, key: str) -> list[Any] | None:
        """What a Map reads from S3."""
        data = self.world.work.data.get(key)
        return None if data is None else [json.loads(line) for line in data.splitlines()]

    @property
    def box(self) -> Mailbox:
        """The mailbox everything goes into, as it is now."""
        return next(iter(self.world.accounts.boxes.values()))

    def at_work(self) -> bool:
        """Whether an upload is between its first and its last step."""
        return any(
            upload.state in (UploadState.RECEIVED, UploadState.INSPECTING, UploadState.IMPORTING)
            for upload in self.world.uploads.items.values()
        )


# -------------------------------------------------------------------- functions


def _loaded(name: str) -> ModuleType:
    """functions/<name>/app.py."""
    spec = importlib.util.spec_from_file_location(
        f"world_{name}", ROOT / "functions" / name / "app.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def _function(name: str) -> ModuleType:
    """The same with its metrics and logs left out: they are no part of most stories."""
    module = _loaded(name)
    for silent in ("count", "log_failure"):
        if hasattr(module, silent):
            setattr(module, silent, lambda *args, **kwargs: None)
    if hasattr(module, "logger"):
        module.logger = SimpleNamespace(  # type: ignore[attr-defined]
            info=lambda *args, **kwargs: None, error=lambda *args, **kwargs: None
        )
    return module


_CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 600_000)


def call(name: str, world: Any, payload: Any) -> Any:
    """The handler itself, without its decorator, which hides what went wrong; with it where what
    is logged is of interest."""
    if logs_are_kept():
        return _logging_call(name, world, payload)
    module = _function(name)
    # One function may be at work several times over: each call has a world of its own.
    handler = module.handler.__wrapped__
    spare = dict(handler.__globals__)
    spare["services"] = lambda: world
    return _bound(handler, spare)(payload, _CONTEXT)


def logs_are_kept() -> bool:
    """Whether functions write their logs and metrics (`keep_logs`)."""
    return _Logs.kept


class _Logs:
    kept = False


@contextmanager
def keep_logs() -> Iterator[None]:
    """Functions write what they write on AWS."""
    _Logs.kept = True
    try:
        yield
    finally:
        _Logs.kept = False


def _logging_call(name: str, world: Any, payload: Any) -> Any:
    module = _loaded(name)
    spare = dict(module.handler.__wrapped__.__globals__)
    spare["services"] = lambda: world
    return observed(_bound(module.handler.__wrapped__, spare))(payload, _CONTEXT)


def _bound(handler: Any, names: dict[str, Any]) -> Any:
    """`handler` and the functions beside it, with other global names."""
    for key, value in list(names.items()):
        if isinstance(value, type(handler)) and value.__module__ == handler.__module__:
            plain = getattr(value, "__wrapped__", value)
            names[key] = type(handler)(plain.__code__, names, key, plain.__defaults__)
    return names[handler.__name__]


# -------------------------------------------------------------------- the beginning


@lru_cache(maxsize=1)
def _founded() -> Fakes:
    """acme.example with kim, an inbox with eight mails of two sizes, and an empty mailbox."""
    world = Fakes()
    world.limits = LIMITS
    world.accounts.put_company(Company("acme.example", "Acme", True))
    world.accounts.put_account(Account(KIM))
    for number, path in enumerate(("받은편지함", "보관")):
        made = world.clock - timedelta(days=900 - number)
        world.accounts.create_mailbox(KIM, Mailbox(new_id(made), path))
    inbox, _ = world.accounts.mailboxes(KIM)
    mails = [letter_bytes(900 + n, 3_200 if n % 3 == 0 else 500) for n in range(8)]
    deliver(world, inbox, [(data, days_ago(world, 9)) for data in mails])
    return world


def _copied(founded: Fakes) -> Fakes:
    """A world of its own with the same beginning; bytes are shared."""
    world = Fakes(founded.clock)
    world.limits = founded.limits
    accounts, index = founded.accounts, founded.index
    world.accounts.tenants = dict(accounts.tenants)
    world.accounts.profiles = dict(accounts.profiles)
    world.accounts.boxes = dict(accounts.boxes)
    world.index.messages = {box: dict(held) for box, held in index.messages.items()}
    world.index.uids = dict(index.uids)
    world.index.markers = dict(index.markers)
    world.index.weights = {box: list(held) for box, held in index.weights.items()}
    world.mail.data = dict(founded.mail.data)
    world.mail.modified = dict(founded.mail.modified)
    # Where retention's first walk begins: it would ask for sixty days that are empty.
    world.due.put_cursor(world.clock.date() - LOOK_BACK)
    return world


class _OneByOne:
    """In the place of a pool of threads: a process here is one thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def __enter__(self) -> "_OneByOne":
        return self

    def __exit__(self, *args: object) -> None: ...

    map = staticmethod(map)

    def shutdown(self, *args: Any, **kwargs: Any) -> None: ...


class _Ids:
    """Random bits, one after the other: the same story has the same ids."""

    last = 0

    @classmethod
    def take(cls, bits: int) -> int:
        cls.last += 1
        return cls.last


@contextmanager
def small_scale() -> Iterator[None]:
    """The service's sizes cut down, its ids counted, its pools of threads taken away."""
    small: dict[str, Any] = {
        "MIN_PART": MIN_PART,
        "GATHER_LIMIT": 3 * MIN_PART,
        "MIN_VOLUME_BYTES": 1,
        "ThreadPoolExecutor": _OneByOne,
    }
    with ExitStack() as stack:
        for name, module in sorted(sys.modules.items()):
            if name.startswith(("pyeonji.", "tests.support.fakes_store")):
                for attribute, value in small.items():
                    if attribute in vars(module):
                        stack.enter_context(patch.object(module, attribute, value))
                for function in list(vars(module).values()):
                    _cut_defaults(stack, function)
        stack.enter_context(patch.object(secrets, "randbits", _Ids.take))
        yield


def _cut_defaults(stack: ExitStack, function: Any) -> None:
    """What was bound when a function was made."""
    if getattr(function, "__name__", "") == "cut_chunks":
        target, _, inflated = function.__defaults__
        stack.enter_context(
            patch.object(function, "__defaults__", (target, CHUNK_ENTRIES, inflated))
        )
    keywords = getattr(function, "__kwdefaults__", None)
    if isinstance(keywords, dict) and "gather_limit" in keywords:
        stack.enter_context(patch.dict(keywords, gather_limit=3 * MIN_PART))
