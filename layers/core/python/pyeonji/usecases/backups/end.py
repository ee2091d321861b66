"""End a backup: cancelled by its owner, failed by the machine, removed from the list.

Whatever ends it, no multipart upload stays open, no file without an owner, no slot taken.
"""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Protocol

from pyeonji.domain.backups import Backup, failure_key, plan_prefix
from pyeonji.domain.errors import ConflictError, NotFoundError
from pyeonji.domain.instants import whole_second
from pyeonji.domain.limits import Limits
from pyeonji.domain.reasons import BACKUP_FAILURES
from pyeonji.domain.states import WORKING_BACKUP, BackupState, leaves_to
from pyeonji.usecases.backups.holding import is_brought_back
from pyeonji.usecases.objects import read_if_there
from pyeonji.worlds import HasBackups, HasLimits, HasMachines, HasUploads, HasVolumes, HasWork


class RemovesBackups(HasBackups, HasVolumes, HasWork, Protocol):
    """What removing a backup's files needs."""


class FailsBackups(RemovesBackups, HasLimits, Protocol):
    """What ending one that is being made needs."""


class StopsBackups(FailsBackups, HasMachines, Protocol):
    """What stopping its machine needs, too."""


class DeletesBackups(StopsBackups, HasUploads, Protocol):
    """What removing one needs that nothing reads from."""


def cancel_backup(world: StopsBackups, *, account: str, backup_id: str, now: datetime) -> Backup:
    """Stop it. Cancelling what is cancelled says so again; ConflictError wrong_state when it has
    come to another end."""
    backup = _stopped(world, account, backup_id, now)
    if backup.state is not BackupState.CANCELLED:
        raise ConflictError("wrong_state", state=backup.state.value)
    world.machines.stop_backup(backup.execution, "cancelled")
    remove_volumes(world, backup)
    return backup


def fail_backup(
    world: FailsBackups, *, account: str, backup_id: str, reason: str, now: datetime
) -> bool:
    """Record why, free the slot, give up what is open. False when it had ended otherwise.

    `reason` is for what nobody wrote down (`record_failure`).
    """
    backup = world.backups.get(account, backup_id)
    if backup is None:
        return False
    if backup.state in WORKING_BACKUP:
        recorded = read_if_there(world.work, failure_key(backup_id))
        told = recorded.decode() if recorded else reason
        ended = _ended(backup, BackupState.FAILED, told, world.limits, now)
        if world.backups.move(ended, leaves_to(BackupState.FAILED)):
            backup = ended
    if backup.state is not BackupState.FAILED:
        return False
    remove_volumes(world, backup)
    return True


def record_failure(world: HasWork, backup_id: str, code: str) -> None:
    """Say why a backup cannot be made, where `fail_backup` finds it. Only what people are told."""
    if code in BACKUP_FAILURES:
        world.work.put(failure_key(backup_id), code.encode(), content_type="text/plain")


def delete_backup(world: DeletesBackups, *, account: str, backup_id: str, now: datetime) -> None:
    """Remove it with its files and free its slot. One that is being made is cancelled first.

    ConflictError backup_in_use while it is being brought back.
    """
    if is_brought_back(world, account, backup_id):
        raise ConflictError("backup_in_use")
    backup = _stopped(world, account, backup_id, now)
    if backup.state is BackupState.CANCELLED:
        world.machines.stop_backup(backup.execution, "deleted")
    discard_backup(world, backup)


def discard_backup(world: RemovesBackups, backup: Backup) -> None:
    """Files first, then the item: killed between them, it is still listed and can be repeated."""
    remove_files(world, backup)
    world.backups.delete(backup, world.backups.volumes(backup.account, backup.id))


def remove_volumes(world: RemovesBackups, backup: Backup) -> None:
    """Files, then their items; the request itself stays on the list."""
    remove_files(world, backup)
    world.backups.drop_volumes(world.backups.volumes(backup.account, backup.id))


def remove_files(world: RemovesBackups, backup: Backup) -> None:
    """The volumes, what is still open of them, and the plan. Doing it twice is doing it once."""
    prefix = f"volumes/{backup.account}/{backup.id}/"
    opened = list(world.volumes.open_multiparts(prefix))
    # A backup has up to 1,000 volumes, each with a multipart upload, and a person who cancels it
    # waits: 16 at a time, as many as there are connections, are two seconds and not thirty.
    with ThreadPoolExecutor(min(16, len(opened) or 1)) as pool:
        list(pool.map(lambda one: world.volumes.abort(one.key, one.upload_id), opened))
    world.volumes.delete([found.key for found in world.volumes.objects(prefix)])
    world.work.delete([found.key for found in world.work.objects(plan_prefix(backup.id))])


def _stopped(world: FailsBackups, account: str, backup_id: str, now: datetime) -> Backup:
    """The backup in a state nobody works on: cancelled here, or ended otherwise."""
    while True:
        backup = world.backups.get(account, backup_id)
        if backup is None:
            raise NotFoundError("backup")
        if backup.state not in WORKING_BACKUP:
            return backup
        ended = _ended(backup, BackupState.CANCELLED, None, world.limits, now)
        if world.backups.move(ended, leaves_to(BackupState.CANCELLED)):
            return ended
        # It moved while we looked; there are few moves it can make.


def _ended(
    backup: Backup, state: BackupState, reason: str | None, limits: Limits, now: datetime
) -> Backup:
    at = whole_second(now)
    return dataclasses.replace(
        backup,
        state=state,
        failure=reason,
        finished_at=at,
        moved_at=at,
        purge_at=at + timedelta(days=limits.purge_days),
    )
