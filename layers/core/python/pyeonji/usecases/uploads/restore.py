"""Bring a backup back: its volumes into the mailboxes they are of.

An upload like any other from inspection on, only that it reads the volumes where they stand: no
byte travels to the person, and none is copied. What keeps a volume from being taken away under it
is `usecases.backups.holding`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.errors import (
    BusyError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    UnprocessableError,
)
from pyeonji.domain.ids import new_id
from pyeonji.domain.limits import MAX_RESTORED
from pyeonji.domain.states import (
    WORKING_BACKUP,
    WORKING_UPLOAD,
    BackupState,
    UploadState,
    VolumeState,
)
from pyeonji.domain.uploads import BroughtBack, Folders, OnDuplicate, Source, Upload
from pyeonji.usecases.accounts.readiness import require_mail
from pyeonji.usecases.uploads.receive import start_machine
from pyeonji.usecases.uploads.request import being_undone
from pyeonji.worlds import HasAccounts, HasBackups, HasMachines, HasUploads

_WITHOUT_FILES = frozenset({BackupState.FAILED, BackupState.CANCELLED})


class RestoresBackups(HasAccounts, HasBackups, HasUploads, HasMachines, Protocol):
    """What bringing one back needs."""


def restore_backup(
    world: RestoresBackups,
    *,
    account: str,
    backup_id: str,
    numbers: Sequence[int] | None,
    now: datetime,
) -> Upload:
    """An upload, received, whose ZIPs are the volumes `numbers` of a backup; None is all of them.

    While one of the same volumes is at work, that one. NotFoundError: backup, volume.
    ConflictError: wrong_state (it has no files), volume_not_ready, volume_expired.
    UnprocessableError too_much_to_restore (`limit` mails). BusyError while an upload is undone.
    """
    require_mail(world, account)
    backup = world.backups.get(account, backup_id)
    if backup is None:
        raise NotFoundError("backup")
    volumes = _chosen(world, backup, numbers)
    _check(volumes, now)
    if sum(volume.messages for volume in volumes) > MAX_RESTORED:
        raise UnprocessableError("too_much_to_restore", limit=MAX_RESTORED)
    source = Source(
        backup_id,
        tuple(BroughtBack(each.number, each.bytes, each.mailbox_id) for each in volumes),
    )
    others = world.uploads.all(account)
    for other in others:
        if other.source == source and other.state in WORKING_UPLOAD:
            start_machine(world, other)
            return other
    if being_undone(world, account):
        raise BusyError("service_busy")
    upload = Upload(
        id=new_id(now),
        account=account,
        state=UploadState.RECEIVED,
        filename=_name(volumes),
        bytes=sum(volume.bytes for volume in volumes),
        mailbox_id="",
        mailbox_path="",
        on_duplicate=OnDuplicate.SKIP,
        # Its mail may come to lie in any of the account's mailboxes.
        folders=Folders.FROM_ZIP,
        created_at=now,
        received_at=now,
        moved_at=now,
        multipart_id="",
        part_bytes=0,
        parts=0,
        source=source,
    )
    # Killed before the start, it is received and stands still: retention starts it.
    world.uploads.create(upload)
    start_machine(world, upload)
    return upload


def _chosen(world: HasBackups, backup: Backup, numbers: Sequence[int] | None) -> list[Volume]:
    if backup.state in _WITHOUT_FILES:
        raise ConflictError("wrong_state", state=backup.state.value)
    if backup.state in WORKING_BACKUP:
        # "All" would be less than all; and one that fails takes its files with it.
        raise ConflictError("volume_not_ready")
    volumes = {volume.number: volume for volume in world.backups.volumes(backup.account, backup.id)}
    if numbers is None:
        return [volumes[number] for number in sorted(volumes)]
    if not numbers:
        raise InvalidRequestError("volumes", "empty")
    if not set(numbers) <= volumes.keys():
        raise NotFoundError("volume")
    return [volumes[number] for number in sorted(set(numbers))]


def _check(volumes: Sequence[Volume], now: datetime) -> None:
    for volume in volumes:
        assert volume.expires_at is not None, "a sealed volume has an expiry"
        if volume.state is VolumeState.EXPIRED or volume.expires_at <= now:
            raise ConflictError("volume_expired", expired_at=volume.expires_at)


def is_still_there(world: HasBackups, upload: Upload, now: datetime) -> bool:
    """Whether every volume an upload brings back can still be read, by the clock."""
    assert upload.source is not None
    backup_id = upload.source.backup_id
    try:
        _check(
            [
                _known(world.backups.volume(upload.account, backup_id, each.number))
                for each in upload.source.volumes
            ],
            now,
        )
    except (ConflictError, NotFoundError):
        return False
    return True


def _known(volume: Volume | None) -> Volume:
    if volume is None:
        raise NotFoundError("volume")
    return volume


def _name(volumes: Sequence[Volume]) -> str:
    """What it is called in lists: the first file, and how many more."""
    name = volumes[0].filename
    more = f" +{len(volumes) - 1}" if len(volumes) > 1 else ""
    return f"{name.removesuffix('.zip')}{more}.zip"
