"""Before a backup of a connected account is planned, the account is brought up to date."""

import dataclasses
from datetime import datetime
from typing import NoReturn, Protocol

from pyeonji.domain.backups import Backup, ChosenMailbox
from pyeonji.domain.errors import PermanentError
from pyeonji.domain.homes import HomeState, SyncState
from pyeonji.domain.ids import instant_of
from pyeonji.domain.instants import whole_second
from pyeonji.domain.states import BackupState, leaves_to
from pyeonji.usecases.backups.end import record_failure
from pyeonji.usecases.sync.request import StartsSyncs, start_sync
from pyeonji.worlds import HasAccounts, HasBackups, HasFolders, HasWork

#: Seconds between two looks: at first a person waits, a first run of a large account takes hours.
_SHORTEST, _LONGEST = 2, 120


class CollectsForBackups(StartsSyncs, HasAccounts, HasFolders, HasBackups, HasWork, Protocol):
    """What collecting needs."""


def collect_for_backup(
    world: CollectsForBackups, *, account: str, backup_id: str, now: datetime
) -> int | None:
    """requested -> collecting. None once everything that was on the server when the backup was
    asked for is here; else the seconds after which to ask again. Raises PermanentError when the
    server cannot be used, or the backup is no longer wanted."""
    backup = _begin(world, account, backup_id, now)
    if backup.state is not BackupState.COLLECTING:
        return None  # planned by an earlier run of the machine
    state = world.homes.state(account)
    # A run that began after the backup was asked for has looked after it.
    if state is None or not state.run or instant_of(state.run) < instant_of(backup.id):
        if state is None or state.state is not SyncState.SYNCING:
            start_sync(world, account, now)
        return _SHORTEST
    if state.state is SyncState.SYNCING:
        age = (now - backup.requested_at).total_seconds()
        return int(min(max(_SHORTEST, age / 10), _LONGEST))
    if state.state is SyncState.FAILING:
        _fail(world, backup, state)
    _choose_all(world, backup, now)
    return None


def _begin(world: HasBackups, account: str, backup_id: str, now: datetime) -> Backup:
    backup = world.backups.get(account, backup_id)
    if backup is None:
        raise PermanentError("backup_not_found")
    if backup.state is BackupState.REQUESTED:
        moved = dataclasses.replace(
            backup, state=BackupState.COLLECTING, moved_at=whole_second(now)
        )
        if world.backups.move(moved, leaves_to(BackupState.COLLECTING)):
            return moved
        backup = world.backups.get(account, backup_id) or backup
    if backup.state in (BackupState.CANCELLED, BackupState.FAILED):
        raise PermanentError("wrong_state")
    return backup


def _fail(world: CollectsForBackups, backup: Backup, state: HomeState) -> NoReturn:
    code = state.failure or "home_sync_failed"
    record_failure(world, backup.id, code)
    raise PermanentError(code)


def _choose_all(world: CollectsForBackups, backup: Backup, now: datetime) -> None:
    """Of a backup of everything: the mailboxes of all folders that are on the server, also of those
    that were seen only now. With what is gone, also of those that are there no more."""
    if not backup.everything:
        return
    there = {each.mailbox_id for each in world.folders.all(backup.account) if not each.missing}
    chosen = tuple(
        ChosenMailbox(mailbox.id, mailbox.path)
        for mailbox in world.accounts.mailboxes(backup.account)
        if backup.include_gone or mailbox.id in there
    )
    if chosen != backup.mailboxes:
        all_of_it = dataclasses.replace(backup, mailboxes=chosen, moved_at=whole_second(now))
        world.backups.move(all_of_it, frozenset({BackupState.COLLECTING}))
