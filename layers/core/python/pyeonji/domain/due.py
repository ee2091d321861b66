"""When retention must look at something next. Adapters write it beside every item, so that
retention asks the due index and never scans.

A due instant must never lie in the past of what it is about for longer than one look takes: what
retention can do nothing about at its due would be looked at on every run. So every branch here
either names an instant at which something will be done, or None.
"""

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
#: A notice that has not gone out this long after the request ended is sent by retention. The
#: machine's own notice step has come and gone by then, with its retries.
NOTICE_AFTER = timedelta(minutes=20)


def due_of_backup(backup: Backup) -> datetime | None:
    """Working: when it would be stuck. Ended: when its notice is overdue, until it was told;
    then when it expires (ready) or leaves the list (expired, failed, cancelled)."""
    if backup.state in WORKING_BACKUP:
        return (backup.moved_at or backup.requested_at) + STUCK_AFTER
    ends = backup.expires_at if backup.state is BackupState.READY else backup.purge_at
    if backup.state in (BackupState.READY, BackupState.FAILED):
        return _notice_or(backup.finished_at, backup.noticed_at, ends)
    return ends


def due_of_volume(volume: Volume) -> datetime | None:
    """A day before it expires while a warning may be due, else when it expires."""
    if volume.state is not VolumeState.READY or volume.expires_at is None:
        return None
    return volume.expires_at - WARN_BEFORE if may_warn(volume) else volume.expires_at


def may_warn(volume: Volume) -> bool:
    """Nobody downloaded it, nobody was told, and it lives for longer than the warning's day."""
    if volume.expires_at is None or volume.created_at is None:
        return False
    if volume.warned_at is not None or volume.downloaded_at is not None:
        return False
    return volume.expires_at - volume.created_at > WARN_BEFORE


def due_of_upload(upload: Upload) -> datetime | None:
    """Receiving: when it is given up. Working: when it would be stuck. Ended: when its notice is
    overdue, until it was told; then when its ZIP goes, and nothing after that."""
    if upload.state is UploadState.RECEIVING:
        return upload.created_at + UPLOAD_ABANDON_AFTER
    if upload.state in WORKING_UPLOAD or upload.state is UploadState.UNDOING:
        return (upload.moved_at or upload.created_at) + STUCK_AFTER
    if upload.state is UploadState.COMPLETED and not upload.kept:
        return None
    if upload.state in (UploadState.ABANDONED, UploadState.UNDONE):
        return upload.purge_at
    return _notice_or(upload.finished_at, upload.noticed_at, upload.purge_at)


def is_noticed(finished_at: datetime | None, noticed_at: datetime | None) -> bool:
    """True when the person was told of this end; a retried upload ends again, and later."""
    if finished_at is None:
        return True
    return noticed_at is not None and noticed_at >= finished_at


def _notice_or(
    finished_at: datetime | None, noticed_at: datetime | None, ends: datetime | None
) -> datetime | None:
    if finished_at is None or is_noticed(finished_at, noticed_at):
        return ends
    overdue = finished_at + NOTICE_AFTER
    return overdue if ends is None else min(overdue, ends)
