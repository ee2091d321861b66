"""How often passwords and codes may be tried: counted per account and per address.

A try is counted before it is made, so that a thousand at once are no way around, and taken off
again when it was right: nobody is locked out by signing in often, and a company behind one address
is not by one of its people. What a window counts is therefore wrong tries.
"""

import hashlib
import ipaddress
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from pyeonji.domain.errors import NotAuthorizedError, PyeonjiError
from pyeonji.ports import Attempts
from pyeonji.worlds import HasAttempts

#: The codes of a guess that was wrong; every other error says nothing of a password or a code.
_WRONG = frozenset({"wrong_credentials", "wrong_code", "wrong_recovery_code"})
#: A code of an authenticator app is good for one or two minutes; longer than that nobody asks.
CODE_IS_REMEMBERED = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who tries: the account that is named, and the address the request comes from."""

    email: str
    address: str

    @property
    def network(self) -> str:
        """The address, an IPv6 one as its /64: whoever has one has all of it (RFC 6177)."""
        try:
            known = ipaddress.ip_address(self.address)
        except ValueError:
            return "unknown"
        if known.version == 6:
            return str(ipaddress.ip_network((known, 64), strict=False))
        return str(known)


@dataclass(frozen=True, slots=True)
class _Limit:
    """`most` wrong tries in a window. `scope` is the caller's account, network or both."""

    name: str
    scope: str
    most: int
    window: timedelta

    def key(self, caller: Caller) -> str:
        who = self.scope.format(email=caller.email, network=caller.network)
        return f"{self.name}#{self.window.total_seconds():.0f}#{who}"


_QUARTER = timedelta(minutes=15)
#: Of everybody behind one address together: a large company mistypes less than this.
_OF_ADDRESS = _Limit("ADDRESS", "{network}", 500, _QUARTER)


class Guess(Enum):
    """What is tried, and how often it may be wrong."""

    #: The second limit is wide: whoever knows an address could lock its owner out otherwise.
    PASSWORD = (
        _Limit("PASSWORD", "{email}#{network}", 10, _QUARTER),
        _Limit("PASSWORD", "{email}", 100, timedelta(hours=1)),
        _OF_ADDRESS,
    )
    #: Three codes of a million are right at any time, so 30 a day are a chance of one in 11,000;
    #: and only who has the password gets to try.
    CODE = (
        _Limit("CODE", "{email}", 10, _QUARTER),
        _Limit("CODE", "{email}", 30, timedelta(days=1)),
        _OF_ADDRESS,
    )


@contextmanager
def counted(world: HasAttempts, guess: Guess, caller: Caller, now: datetime) -> Iterator[None]:
    """Around one try. NotAuthorizedError `too_many_attempts` with `retry_at` when there were too
    many; then nothing was tried, and nothing is counted."""
    taken: list[_Limit] = []
    for limit in guess.value:
        start = _start(limit.window, now)
        if not world.attempts.take(limit.key(caller), start, limit.most, limit.window):
            _give_back(world.attempts, taken, caller, now)
            retry_at = start + limit.window
            wait = math.ceil((retry_at - now).total_seconds())
            raise NotAuthorizedError("too_many_attempts", retry_at=retry_at, retry_after=wait)
        taken.append(limit)
    wrong = False
    try:
        yield
    except PyeonjiError as error:
        wrong = error.code in _WRONG
        raise
    finally:
        if not wrong:
            _give_back(world.attempts, taken, caller, now)


@contextmanager
def used_once(world: HasAttempts, email: str, code: str, now: datetime) -> Iterator[None]:
    """Around the check of an authenticator's code: NotAuthorizedError `wrong_code` for one that
    was right before. Two at once: one gets through. One that was not right stays unused."""
    digest = hashlib.sha256(f"{email}#{code}".encode()).hexdigest()
    if not world.attempts.use(email, digest, now, now + CODE_IS_REMEMBERED):
        raise NotAuthorizedError("wrong_code")
    try:
        yield
    except BaseException:
        world.attempts.release(email, digest)
        raise


def _give_back(attempts: Attempts, taken: list[_Limit], caller: Caller, now: datetime) -> None:
    for limit in taken:
        attempts.give_back(limit.key(caller), _start(limit.window, now))


def _start(window: timedelta, now: datetime) -> datetime:
    """When the window that `now` lies in began."""
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
