"""Take away what is past its time: volumes, then the backup they are of.

Objects go before items say so: killed in between, the item is still due and its object is deleted
again, which is no error. The other way round a file would stand there with nothing to say so.
Nobody is ever served late by this: a download is refused by the clock, not by the state.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.limits import Limits
from pyeonji.domain.states import BackupState, VolumeState, leaves_to
from pyeonji.usecases.backups.holding import is_brought_back
from pyeonji.worlds import HasBackups, HasLimits, HasUploads, HasVolumes


class ExpiresVolumes(HasBackups, HasUploads, HasVolumes, Protocol):
    """What taking a volume away needs."""


class FreesSlots(HasBackups, HasLimits, Protocol):
    """What giving slots back needs."""


class ExpiresBackups(ExpiresVolumes, FreesSlots, Protocol):
    """What expiring a backup with its volumes needs."""


def expire_volume(world: ExpiresVolumes, volume: Volume, *, now: datetime) -> bool:
    """Delete the file of a volume past its time. False when it is not past it, or gone, or while
    it is being brought back."""
    if volume.state is not VolumeState.READY:
        return volume.state is VolumeState.EXPIRED
    if volume.expires_at is None or now < volume.expires_at:
        return False
    if is_brought_back(world, volume.account, volume.backup_id):
        return False
    world.volumes.delete([volume.key])
    return world.backups.move_volume(replace(volume, state=VolumeState.EXPIRED))


def expire_backup(world: ExpiresBackups, backup: Backup, *, now: datetime) -> bool:
    """Expire a backup whose last volume has, which frees its slot.

    It leaves the list `purge_days` after the instant it expired, whenever that was noticed.
    False when it is not ready, or one of its volumes lives on.
    """
    if not _is_overdue(backup, now):
        return False
    files = world.backups.volumes(backup.account, backup.id)
    if not all(expire_volume(world, file, now=now) for file in files):
        return False
    return world.backups.move(_expired(backup, world.limits), leaves_to(BackupState.EXPIRED))


def free_overdue(world: FreesSlots, account: str, *, now: datetime) -> int:
    """Free the slots of one account's backups that are past their time; how many were.

    A request that finds all slots taken calls this, so that a slot is free at the instant that was
    promised and not at retention's next round. Their files are left to that round: volumes are in
    the due index by themselves.
    """
    return sum(
        world.backups.move(_expired(backup, world.limits), leaves_to(BackupState.EXPIRED))
        for backup, _ in world.backups.all(account)
        if _is_overdue(backup, now)
    )


def _is_overdue(backup: Backup, now: datetime) -> bool:
    if backup.state is not BackupState.READY or backup.expires_at is None:
        return False
    return now >= backup.expires_at


def _expired(backup: Backup, limits: Limits) -> Backup:
    assert backup.expires_at is not None, "a ready backup has an expiry"
    return replace(
        backup,
        state=BackupState.EXPIRED,
        purge_at=backup.expires_at + timedelta(days=limits.purge_days),
    )
