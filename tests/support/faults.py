"""Kill a use case at any of its writes, or make a port refuse some of its calls.

    switch = KillSwitch(at=3, when="after")
    with pytest.raises(KilledError):
        seal_backup(backups=Faulty(fakes.backups, switch), volumes=Faulty(fakes.volumes, switch))
    seal_backup(backups=fakes.backups, volumes=fakes.volumes)     # and again, unhurt

One switch may be shared by all ports of a use case: it counts their writes together.
`count_writes` says how many kill points a run has.
"""

from collections.abc import Callable, Iterator
from typing import Any

#: Methods of the ports that change nothing; whatever is not here is a write and a kill point.
READS = frozenset(
    {
        "account", "all", "backup_running", "brought_by", "company", "counted", "cursor", "due",
        "find", "marked", "marks", "objects", "of", "open", "state", "weigh", "found",
        "get", "intents", "list", "mailbox", "mailboxes", "name", "open_multiparts", "holders",
        "part_url", "parts", "read", "size", "slots", "totp_enabled", "upload_running", "url",
        "volume", "volumes",
    }
)  # fmt: skip


class KilledError(BaseException):
    """The process is gone. No `except Exception` sees it, as no code runs in a killed process."""


class KillSwitch:
    """Counts writes and ends the process `before` or `after` the `at`-th (from 1).

    Once it has fired every further call raises too: a `finally` of a dead process writes nothing.
    `at=0` never fires, it only counts.
    """

    def __init__(self, at: int = 0, when: str = "before") -> None:
        assert when in ("before", "after")
        self.at = at
        self.when = when
        self.writes = 0
        self.dead = False

    def call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Pass one write through, or not."""
        self.check()
        self.writes += 1
        if self.writes != self.at:
            return method(*args, **kwargs)
        self.dead = True
        if self.when == "after":
            method(*args, **kwargs)
        raise KilledError(f"{self.when} write {self.at}")

    def check(self) -> None:
        """Raise when the process is dead already."""
        if self.dead:
            raise KilledError("a dead process calls nobody")


class Meanwhile(KillSwitch):
    """Lets something else happen `before` or `after` the `at`-th write, and the process go on: a
    slow function, or a second delivery of what another is at work on."""

    def __init__(self, at: int, when: str, happens: Callable[[], object]) -> None:
        super().__init__(at, when)
        self.happens = happens

    def call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Pass one write through, with what happens meanwhile."""
        self.writes += 1
        if self.writes == self.at and self.when == "before":
            self.happens()
        answer = method(*args, **kwargs)
        if self.writes == self.at and self.when == "after":
            self.happens()
        return answer


class Faulty:
    """A port that ends the process at the n-th write; reads pass through.

    `Faulty(port, at=2, when="after")` has a switch of its own, `Faulty(port, switch)` shares one.
    """

    def __init__(
        self, port: Any, switch: KillSwitch | None = None, *, at: int = 0, when: str = "before"
    ) -> None:
        self._port = port
        self.switch = switch or KillSwitch(at, when)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._port, name)
        if not callable(value):
            return value

        def called(*args: Any, **kwargs: Any) -> Any:
            if name not in READS:
                return self.switch.call(value, *args, **kwargs)
            self.switch.check()
            return value(*args, **kwargs)

        return called


class Refusing:
    """A port some of whose calls fail with `error`, as a throttled or unreachable service does.

    `which(method name, number of the call)` says which calls; `late=True` does the work first and
    loses only the answer, as a time out does.
    """

    def __init__(
        self,
        port: Any,
        error: Exception,
        which: Callable[[str, int], bool],
        *,
        late: bool = False,
    ) -> None:
        self._port = port
        self._error = error
        self._which = which
        self._late = late
        self.calls = 0
        self.refused = 0

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._port, name)
        if not callable(value):
            return value

        def called(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            if not self._which(name, self.calls):
                return value(*args, **kwargs)
            self.refused += 1
            if self._late:
                value(*args, **kwargs)
            raise self._error

        return called


def count_writes(run: Callable[[KillSwitch], object]) -> int:
    """How many writes `run` makes when nothing goes wrong; it gets a switch that never fires."""
    switch = KillSwitch()
    run(switch)
    return switch.writes


def kill_points(writes: int) -> Iterator[KillSwitch]:
    """A switch for before and after every write of a run of `writes` writes."""
    for at in range(1, writes + 1):
        for when in ("before", "after"):
            yield KillSwitch(at, when)
