"""When retention must look at something next. Adapters write it beside every item, so that
retention asks the due index and never scans."""

from datetime import datetime, timedelta

from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.limits import STUCK_AFTER, UPLOAD_ABANDON_AFTER
from pyeonji.domain.states import (
    WORKING_BACKUP,
    WORKING_UPLOAD,
    BackupState,
    UploadState,
    VolumeState,
)
from pyeonji.domain.uploads import Upload

#: A volume nobody downloaded is spoken of this long before it expires.
WARN_BEFORE = timedelta(days=1)


def due_of_backup(backup: Backup) -> datetime | None:
    """Working: when it would be stuck; ready: when it expires; ended: when it leaves the list."""
    if backup.state in WORKING_BACKUP:
        return (backup.moved_at or backup.requested_at) + STUCK_AFTER
    if backup.state is BackupState.READY:
        return backup.expires_at
    return backup.purge_at


def due_of_volume(volume: Volume) -> datetime | None:
    """A day before it expires while a warning may be due, else when it expires."""
    if volume.state is not VolumeState.READY or volume.expires_at is None:
        return None
    if volume.warned_at is None and volume.downloaded_at is None:
        return volume.expires_at - WARN_BEFORE
    return volume.expires_at


def due_of_upload(upload: Upload) -> datetime | None:
    """Receiving: when it is given up; working: when it would be stuck; ended: when its ZIP goes."""
    if upload.state is UploadState.RECEIVING:
        return upload.created_at + UPLOAD_ABANDON_AFTER
    if upload.state in WORKING_UPLOAD:
        return (upload.moved_at or upload.created_at) + STUCK_AFTER
    return upload.purge_at
