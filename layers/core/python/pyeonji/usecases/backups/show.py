"""Show backups with what has been made of them so far, and hand out downloads."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.errors import ConflictError, NotFoundError
from pyeonji.domain.instants import whole_second
from pyeonji.domain.limits import LASTING_URL_LIFETIME, URL_LIFETIME
from pyeonji.domain.states import BackupState, VolumeState
from pyeonji.ports import MissingObjectError, ObjectStore
from pyeonji.usecases.accounts.slots import SlotUse, use_of_slots
from pyeonji.worlds import HasBackups, HasDownloads, HasVolumes

_WITHOUT_FILES = frozenset({BackupState.FAILED, BackupState.CANCELLED})


class ShowsBackups(HasBackups, HasVolumes, Protocol):
    """What showing backups needs."""


class HandsOutVolumes(ShowsBackups, HasDownloads, Protocol):
    """What handing out a download needs."""


@dataclass(frozen=True, slots=True)
class BackupView:
    """A backup, its volumes, and how much of their bytes is there, 0 to 1."""

    backup: Backup
    volumes: list[Volume]
    progress: float


@dataclass(frozen=True, slots=True)
class BackupList:
    """Some backups, newest first, the id that begins the next page, and the slots all take."""

    backups: list[BackupView]
    next: str | None
    slots: SlotUse


@dataclass(frozen=True, slots=True)
class VolumeUrl:
    """A presigned URL, and the instant it stops working."""

    url: str
    expires_at: datetime


def list_backups(
    world: ShowsBackups, *, account: str, after: str | None, limit: int, now: datetime
) -> BackupList:
    """One page behind `after`, the id the page before ended with; of all of them, one read."""
    found = world.backups.all(account)
    slots = use_of_slots(world.backups.slots(account), (backup for backup, _ in found), now)
    behind = [pair for pair in found if after is None or pair[0].id < after]
    page = [_view(world.volumes, backup, files, now) for backup, files in behind[:limit]]
    return BackupList(page, page[-1].backup.id if len(behind) > limit else None, slots)


def show_backup(world: ShowsBackups, *, account: str, backup_id: str, now: datetime) -> BackupView:
    """One backup of this account."""
    backup = world.backups.get(account, backup_id)
    if backup is None:
        raise NotFoundError("backup")
    return _view(world.volumes, backup, world.backups.volumes(account, backup_id), now)


def volume_url(
    world: HandsOutVolumes, *, account: str, backup_id: str, number: int, now: datetime
) -> VolumeUrl:
    """A download, for hours where the installation can, else for minutes, and never past the
    volume's own expiry."""
    backup = world.backups.get(account, backup_id)
    if backup is None:
        raise NotFoundError("backup")
    if backup.state in _WITHOUT_FILES:
        # Its files went with it, also those that were ready.
        raise ConflictError("wrong_state", state=backup.state.value)
    volume = world.backups.volume(account, backup_id, number)
    if volume is None:
        raise NotFoundError("volume")
    if volume.state in (VolumeState.PENDING, VolumeState.WRITING):
        raise ConflictError("volume_not_ready")
    assert volume.expires_at is not None, "a sealed volume has an expiry"
    left = volume.expires_at - now
    if volume.state is VolumeState.EXPIRED or left < timedelta(seconds=1):
        raise ConflictError("volume_expired", expired_at=volume.expires_at)
    # Whole seconds, rounded down: S3 counts from the second it signs.
    until = whole_second(now + min(LASTING_URL_LIFETIME, left))
    url = world.downloads.url(volume.key, until=until, filename=volume.filename)
    if url is None:
        seconds = int(min(URL_LIFETIME, left) / timedelta(seconds=1))
        until = now + timedelta(seconds=seconds)
        url = world.volumes.url(volume.key, seconds=seconds, filename=volume.filename)
    world.backups.mark_downloaded(account, backup_id, number, now)
    return VolumeUrl(url, until)


def _view(store: ObjectStore, backup: Backup, files: list[Volume], now: datetime) -> BackupView:
    """As it is by the clock: retention writes an expiry down minutes after it has come. And as it
    will be: the files of what failed or was cancelled go in the moment after."""
    if backup.state in _WITHOUT_FILES:
        return BackupView(backup, [], 0.0)
    files = [
        dataclasses.replace(file, state=VolumeState.EXPIRED)
        if file.state is VolumeState.READY
        and file.expires_at is not None
        and file.expires_at <= now
        else file
        for file in files
    ]
    if (
        backup.state is BackupState.READY
        and backup.expires_at is not None
        and backup.expires_at <= now
    ):
        backup = dataclasses.replace(backup, state=BackupState.EXPIRED)
    if backup.state is BackupState.EXPORTING:
        return BackupView(backup, files, _progress(store, files))
    done = backup.state in (BackupState.READY, BackupState.EXPIRED)
    return BackupView(backup, files, 1.0 if done else 0.0)


def _progress(store: ObjectStore, files: list[Volume]) -> float:
    """Bytes that stand in S3 over bytes there will be: asked of S3, so no counter can be wrong."""
    total = sum(file.bytes for file in files)
    made = 0
    for file in files:
        if file.state in (VolumeState.READY, VolumeState.EXPIRED):
            made += file.bytes
        elif file.state is VolumeState.WRITING:
            try:
                made += sum(part.bytes for part in store.parts(file.key, file.upload_id))
            except MissingObjectError:
                # Completed a moment ago, its state not yet written.
                made += file.bytes
    return min(1.0, made / total) if total else 0.0
