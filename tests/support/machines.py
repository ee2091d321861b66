"""Both state machines on fakes, a step at a time, so that a test can kill, repeat and delay steps.

A step is one invocation of one function: what a retry repeats. `infra/statemachines` says which
follow which; here the same in Python, with what `Catch` and `Retry` do left to the test.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

from pyeonji.domain.errors import PermanentError
from pyeonji.domain.notices import NoticeKind
from pyeonji.usecases.backups.collect import collect_for_backup
from pyeonji.usecases.notices.send import send_notice
from pyeonji.usecases.uploads.chunk_list import ChunkPointer, read_chunk_index
from tests.support.company import KIM, BackupMachine, limits
from tests.support.fakes import World
from tests.support.faults import KillSwitch
from tests.support.uploading import UploadMachine, small_chunks
from tests.support.worlds import dying, limited


@dataclass
class Execution(ABC):
    """One run of a machine. `todo` holds its next steps by name; what is done leaves it.

    `step(switch)` runs the next one. KilledError goes through, and the step stays to be repeated.
    """

    world: World
    name: str
    payload: Mapping[str, object]
    limits: Mapping[str, object] = field(default_factory=dict)
    todo: list[tuple[str, Callable[[World], None]]] = field(default_factory=list)
    #: The step done last: running it again is a delivery that came twice.
    last: Callable[[World], None] | None = None

    def __post_init__(self) -> None:
        self.todo = self.first()

    @abstractmethod
    def first(self) -> list[tuple[str, Callable[[World], None]]]:
        """The step it begins with."""

    @property
    def ended(self) -> bool:
        return not self.todo

    def seen(self, switch: KillSwitch | None) -> World:
        """The world as one invocation sees it."""
        if switch is None:
            return self.world
        return dying(self.world, switch)

    def step(self, switch: KillSwitch | None = None) -> str:
        """Run the next step to its end; the name of it."""
        name, run = self.todo[0]
        before = list(self.todo)
        try:
            run(self.seen(switch))
        except PermanentError as error:
            self.todo = [] if name == "fail" else self.failing(error.code)
        except BaseException:
            self.todo = before
            raise
        else:
            if self.todo == before:
                del self.todo[0]
        self.last = run
        self._leave()
        return name

    def repeat(self) -> None:
        """The step done last, delivered a second time; what it answers goes nowhere."""
        todo = self.todo
        assert self.last is not None
        with suppress(PermanentError):
            self.last(self.world)
        self.todo = todo

    def give_up(self) -> None:
        """Retries are used up: the machine goes where its Catch leads, or ends."""
        last_words = self.todo[0][0] in ("fail", "notice")
        self.todo = [] if last_words else self.failing(self.lost)
        self._leave()

    def _leave(self) -> None:
        if self.ended:
            self.world.machines.running.discard(self.name)

    lost = ""

    @abstractmethod
    def failing(self, code: str) -> list[tuple[str, Callable[[World], None]]]:
        """The steps its Catch leads to."""

    def notice(self, kind: NoticeKind, request_id: str) -> Callable[[World], None]:
        """The notice step."""

        def run(w: World) -> None:
            send_notice(
                limited(w, **self.limits),
                kind=kind,
                account=KIM,
                request_id=request_id,
                now=w.clock,
            )

        return run


class BackupExecution(Execution):
    """infra/statemachines/backup.asl.yaml."""

    lost = "backup_failed_internally"

    @property
    def id(self) -> str:
        return cast(str, self.payload["backup_id"])

    def _machine(self, w: World) -> BackupMachine:
        return BackupMachine(w, self.id, **self.limits)

    def first(self) -> list[tuple[str, Callable[[World], None]]]:
        def plan(w: World) -> None:
            planned = self._machine(w).plan()
            steps: list[tuple[str, Callable[[World], None]]] = []
            for number, items in planned:
                for start, length in items:
                    steps.append(("part", self._part(number, start, length)))
                steps.append(("seal", self._seal(number)))
            self.todo = [*steps, ("notice", self.notice(NoticeKind.BACKUP_READY, self.id))]

        def collect(w: World) -> None:
            seconds = collect_for_backup(w, account=KIM, backup_id=self.id, now=w.clock)
            # A step of its own each time: one that stands there still is taken for done.
            again = [("collect", lambda w: collect(w))]
            self.todo = [("plan", plan)] if seconds is None else again

        return [("collect", collect) if self.payload.get("collect") else ("plan", plan)]

    def _part(self, number: int, start: int, length: int) -> Callable[[World], None]:
        return lambda w: self._machine(w).part(number, start, length)

    def _seal(self, number: int) -> Callable[[World], None]:
        return lambda w: self._machine(w).seal(number)

    def failing(self, code: str) -> list[tuple[str, Callable[[World], None]]]:
        def fail(w: World) -> None:
            self._machine(w).fail(code)

        return [("fail", fail), ("notice", self.notice(NoticeKind.BACKUP_FAILED, self.id))]


class _OneAttempt(UploadMachine):
    """The attempt comes from the payload, not from the upload as it is by now."""

    attempt = 1

    def _who(self) -> dict[str, Any]:
        return {"account": self.account, "upload_id": self.upload_id, "attempt": self.attempt}


class UploadExecution(Execution):
    """infra/statemachines/upload.asl.yaml; chunks of two entries, to have several."""

    lost = "upload_failed_internally"

    @property
    def id(self) -> str:
        return cast(str, self.payload["upload_id"])

    def _machine(self, w: World) -> UploadMachine:
        cutter = small_chunks(2)
        machine = _OneAttempt(w, self.id, cutter=cutter, limits=limits(**self.limits))
        machine.attempt = cast(int, self.payload["attempt"])
        return machine

    def first(self) -> list[tuple[str, Callable[[World], None]]]:
        def inspect(w: World) -> None:
            machine = self._machine(w)
            inspected = machine.inspect()
            if inspected.failure is not None:
                self.todo = self.failing(inspected.failure)
                return
            attempt = cast(int, self.payload["attempt"])
            chunks = read_chunk_index(w.work, self.id, attempt) if inspected.chunks else []
            self.todo = [*[("import", self._import(chunk)) for chunk in chunks], *self._end(None)]

        return [("inspect", inspect)]

    def _import(self, chunk: ChunkPointer) -> Callable[[World], None]:
        def run(w: World) -> None:
            end = self._machine(w).import_one(chunk)
            if end.failure is not None:
                self.todo = self.failing(end.failure)

        return run

    def _end(self, failure: str | None) -> list[tuple[str, Callable[[World], None]]]:
        def settle(w: World) -> None:
            self._machine(w).settle(failure)

        def tell(w: World) -> None:
            for kind in (NoticeKind.UPLOAD_COMPLETED, NoticeKind.UPLOAD_FAILED):
                self.notice(kind, self.id)(w)

        return [("settle", settle), ("notice", tell)]

    def failing(self, code: str) -> list[tuple[str, Callable[[World], None]]]:
        (_, settle), tell = self._end(code)
        return [("fail", settle), tell]


class Machinery:
    """Every execution that was started in a world, made as they appear."""

    def __init__(self, world: World, **changes: object) -> None:
        self.world = world
        self.limits = changes
        self.known: dict[str, Execution] = {}

    def running(self) -> list[Execution]:
        """Those at work, in the order of their names."""
        started: list[tuple[type[Execution], dict[str, Mapping[str, object]]]] = [
            (BackupExecution, self.world.machines.backups),
            (UploadExecution, self.world.machines.uploads),
        ]
        for kind, payloads in started:
            for name, payload in payloads.items():
                if name not in self.known:
                    self.known[name] = kind(self.world, name, payload, self.limits)
        return [
            execution
            for name, execution in sorted(self.known.items())
            if name in self.world.machines.running and not execution.ended
        ]

    def run_all(self) -> None:
        """Everything that runs to its end."""
        while running := self.running():
            for execution in running:
                execution.step()
