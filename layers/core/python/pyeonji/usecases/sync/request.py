"""Ask for an account to be brought up to date, and take those that are due."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from pyeonji.domain.errors import ConflictError
from pyeonji.domain.homes import HomeState, SyncState
from pyeonji.domain.ids import new_id
from pyeonji.domain.instants import whole_second
from pyeonji.domain.limits import STUCK_AFTER
from pyeonji.usecases.accounts.readiness import require_mail
from pyeonji.worlds import HasAccounts, HasHomes, HasMachines

#: Accounts asked for by one query.
_PAGE = 100


class StartsSyncs(HasHomes, HasMachines, Protocol):
    """What starting needs."""


class RequestsSyncs(StartsSyncs, HasAccounts, Protocol):
    """What a person's request needs, too."""


def request_sync(world: RequestsSyncs, *, account: str, now: datetime) -> HomeState:
    """Start bringing it up to date, unless that is under way. Raises ForbiddenError;
    ConflictError not_connected where the mail lives with us."""
    require_mail(world, account)
    if not world.homes.of(account.rpartition("@")[2]).connected:
        raise ConflictError("not_connected")
    return start_sync(world, account, now)


def start_sync(world: StartsSyncs, account: str, now: datetime) -> HomeState:
    """A new run, claimed and then started under its own name; or the one that is at work."""
    state = world.homes.state(account)
    if state is not None and state.state is SyncState.SYNCING and not _is_stuck(state, now):
        # Killed between the claim and the start, perhaps: starting twice is starting once.
        _start(world, state)
        return state
    at = whole_second(now)
    claimed = replace(
        state or HomeState(account),
        state=SyncState.SYNCING,
        run=new_id(now),
        moved_at=at,
        due_at=at + STUCK_AFTER,
    )
    if not world.homes.move(claimed, state):
        return world.homes.state(account) or claimed
    _start(world, claimed)
    return claimed


def start_due(world: StartsSyncs, *, now: datetime) -> int:
    """Take every account that is due, the longest overdue first; how many were started."""
    started = 0
    after: str | None = None
    while True:
        accounts, after = world.homes.due(now, after, _PAGE)
        for account in accounts:
            started += _take(world, account, now)
        if after is None:
            return started


def _take(world: StartsSyncs, account: str, now: datetime) -> bool:
    state = world.homes.state(account)
    if state is None or state.due_at is None or state.due_at > now:
        return False
    if not world.homes.of(account.rpartition("@")[2]).connected:
        # The company has another home now: nobody asks any more.
        world.homes.move(replace(state, due_at=None, moved_at=whole_second(now)), state)
        return False
    if state.state is SyncState.SYNCING and world.machines.sync_running(state.run):
        # It takes its time: a first one of 100,000 mails may take hours.
        at = whole_second(now)
        world.homes.move(replace(state, moved_at=at, due_at=at + STUCK_AFTER), state)
        return False
    return start_sync(world, account, now).run != state.run


def _is_stuck(state: HomeState, now: datetime) -> bool:
    return now - (state.moved_at or now) >= STUCK_AFTER - timedelta(seconds=1)


def _start(world: HasMachines, state: HomeState) -> None:
    world.machines.start_sync(state.run, {"account": state.account, "run": state.run})
