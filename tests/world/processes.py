"""Processes that can stop, die, or be left behind at any call they make to the world outside.

A process (an invocation of a function, a request to the API) is a greenlet: it runs until one of
its calls is met by an accident, and may then wait while others run. Every port it sees stands
behind `_Seen`, which counts calls down to the next accident; so most calls cost a subtraction.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, EndpointConnectionError
from greenlet import getcurrent, greenlet

from pyeonji.domain.errors import PyeonjiError

if TYPE_CHECKING:
    from tests.world.service import Service

PORTS = (
    "mail", "volumes", "zips", "work", "accounts", "index", "backups", "uploads", "machines",
    "mailer", "notices", "due", "census", "indexing", "homes", "secrets",
    "schedules", "folders", "following", "logins", "downloads",
)  # fmt: skip

#: What changes nothing: a process may stop there, or be refused, but nothing can be half done.
READS = frozenset(
    {
        "account", "all", "backup_running", "brought_by", "companies", "company", "counted",
        "cursor", "due", "get", "intents", "mailbox", "mailboxes", "marks", "objects", "of",
        "open_multiparts", "origins", "part_url", "parts", "people", "read", "size", "slots",
        "state", "take", "upload_running", "url", "volume", "volumes", "weigh", "arrivals",
    }
)  # fmt: skip

#: Conditional writes that are sent again when their answer is lost, and then find their own doing:
#: False, though it was done. Transactions carry a token that AWS knows them by, and are not here.
REPEATABLE = frozenset(
    {
        "start_volume", "move_volume", "renew", "mark_noticed", "mark_downloaded", "begin_plan",
        "finish_plan",
        "mark_zip_gone", "claim", "release", "settle", "put", "put_part", "copy_part", "delete",
        "abort", "put_cursor", "close_chunk", "intend", "fulfil", "add",
    }
)  # fmt: skip

_CODES = {
    "s3": ("SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout"),
    "dynamodb": (
        "ProvisionedThroughputExceededException", "ThrottlingException", "InternalServerError",
        "TransactionConflictException", "RequestLimitExceeded",
    ),
    "states": ("ThrottlingException", "ServiceUnavailable", "KmsThrottlingException"),
    "ses": ("TooManyRequestsException", "LimitExceededException", "AccountSuspendedException"),
    "secretsmanager": ("ThrottlingException", "InternalServiceError"),
    "cognito": ("TooManyRequestsException", "InternalErrorException"),
    "sqs": ("ThrottlingException", "ServiceUnavailable", "RequestThrottled"),
}  # fmt: skip
_SERVICES = {
    "mail": "s3", "volumes": "s3", "zips": "s3", "work": "s3", "machines": "states",
    "mailer": "ses", "logins": "cognito", "indexing": "sqs", "secrets": "secretsmanager",
    "downloads": "secretsmanager",
}  # fmt: skip


class DeadError(BaseException):
    """The process is gone: no `except Exception` sees it, as no code runs in a killed process."""


class Process:
    """`run` as one process; `result` or `error` once it has `ended`.

    `limit` is how long it may live: Lambda ends what is older. `orphaned` is one whose caller has
    given it up; it goes on all the same, which is what makes it dangerous.
    """

    def __init__(
        self, service: "Service", name: str, run: Callable[[Any], Any], limit: timedelta
    ) -> None:
        self.service = service
        self.name = name
        self.begun: datetime = service.clock
        self.limit = limit
        self.dead = False
        self.orphaned = False
        self.ended = False
        self.result: Any = None
        self.error: BaseException | None = None
        self._world = World(self)
        self._run = run
        self._greenlet = greenlet(self._main)

    def _main(self) -> None:
        try:
            self.result = self._run(self._world)
        except (PyeonjiError, ClientError, EndpointConnectionError, DeadError) as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - looked at by whoever started it
            self.error = error
        self.ended = True

    def go_on(self) -> None:
        """Run until it waits or ends."""
        if self.service.clock - self.begun > self.limit:
            self.service.hurt = True
            self.dead = True
        self._greenlet.switch()

    def wait(self) -> None:
        """Let others run first."""
        self._greenlet.parent.switch()  # type: ignore[union-attr]
        if self.dead:
            raise DeadError

    def kill(self) -> None:
        """The end, now."""
        self.dead = True
        raise DeadError


class World:
    """The world as one process sees it: bootstrap's Services, with accidents."""

    def __init__(self, process: Process) -> None:
        self._process = process
        service = process.service
        self.settings = service.settings
        self.limits = service.limits
        self.page_url = service.world.page_url
        self.passing = service.passing
        self.warn = service.warn
        self.search_files = service.world.search_files

    def __getattr__(self, name: str) -> Any:
        if name not in PORTS:
            raise AttributeError(name)
        port = _Seen(self._process, name, getattr(self._process.service.world, name))
        self.__dict__[name] = port
        return port

    def now(self) -> datetime:
        return self._process.service.clock


class _Seen:
    """A port, every call of which may be the last."""

    def __init__(self, process: Process, name: str, port: Any) -> None:
        self._process = process
        self._name = name
        self._port = port

    def __getattr__(self, method: str) -> Any:
        value = getattr(self._port, method)
        if not callable(value):
            return value
        process, service, port = self._process, self._process.service, self._name

        def called(*args: Any, **kwargs: Any) -> Any:
            if process.dead:
                raise DeadError
            service.calls += 1
            if service.theme not in (None, process.name):
                return value(*args, **kwargs)
            service.until_accident -= 1
            if service.until_accident:
                return value(*args, **kwargs)
            return _accident(process, port, method, lambda: value(*args, **kwargs))

        wrapper = _PIECEMEAL.get((port, method))
        made = called if wrapper is None else wrapper(self, called)
        self.__dict__[method] = made
        return made


def _add_piecemeal(seen: _Seen, called: Callable[..., Any]) -> Callable[..., Any]:
    """Index items are written in batches that nothing holds together: one can die within."""

    def add(account: str, mailbox_id: str, messages: Any) -> dict[str, str]:
        lost: dict[str, str] = {}
        for message in messages:
            lost |= called(account, mailbox_id, [message])
        return lost

    return add


def _delete_piecemeal(seen: _Seen, called: Callable[..., Any]) -> Callable[..., Any]:
    """The volumes' items go first, then the request with its slot."""

    def delete(backup: Any, volumes: Any) -> None:
        seen.drop_volumes(volumes)
        called(backup, [])

    return delete


_PIECEMEAL = {("index", "add"): _add_piecemeal, ("backups", "delete"): _delete_piecemeal}


def _accident(process: Process, port: str, method: str, call: Callable[[], Any]) -> Any:
    """What happens to this call instead of nothing."""
    service = process.service
    service.accidents += 1
    service.next_accident()
    assert getcurrent() is process._greenlet, "a port was called from another thread"
    write = method not in READS
    kinds = ["waits", "is refused", "clock jumps", "dies before", "is left behind"]
    if write:
        kinds += ["dies after", "loses its answer", "waits after", "is left behind"]
        if method in REPEATABLE:
            kinds.append("is sent twice")
    if service.straggles:
        kinds += ["is left behind"] * len(kinds)
    kind = kinds[service.choices.below(len(kinds))]
    service.tell(f"  {process.name}: {port}.{method} {kind}")
    match kind:
        case "waits":
            process.wait()
            return call()
        case "waits after":
            answer = call()
            process.wait()
            return answer
        case "is refused":
            service.hurt = True
            raise _error(service, port, method)
        case "loses its answer":
            service.hurt = True
            call()
            raise _error(service, port, method)
        case "is sent twice":
            service.hurt = True
            call()
            return call()
        case "clock jumps":
            service.jump()
            process.wait()
            return call()
        case "is left behind":
            # Whoever called it sees an error; it goes on, later, when others have acted on that.
            service.hurt = True
            process.orphaned = True
            process.wait()
            return call()
        case "dies before":
            service.hurt = True
            process.kill()
        case "dies after":
            service.hurt = True
            call()
            process.kill()
    raise AssertionError(kind)


def _error(service: "Service", port: str, method: str) -> Exception:
    """One of the errors that service can give for what it could not do, or no answer at all."""
    codes = _CODES[_SERVICES.get(port, "dynamodb")]
    place = service.choices.below(len(codes) + 1)
    if place == len(codes):
        return EndpointConnectionError(endpoint_url=f"https://{port}")
    return ClientError({"Error": {"Code": codes[place]}}, method)
