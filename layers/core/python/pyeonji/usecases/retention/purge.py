"""Take ended requests off the list, and with them everything they left in the buckets.

Objects before items: killed in between, the item is still due and the rest is done again.
"""

from datetime import datetime
from typing import Protocol

from pyeonji.domain.backups import Backup
from pyeonji.domain.states import BackupState, UploadState
from pyeonji.domain.uploads import Upload, chunk_prefix, upload_key
from pyeonji.usecases.backups.end import RemovesBackups, discard_backup
from pyeonji.usecases.backups.holding import is_brought_back
from pyeonji.usecases.uploads.end import RemovesUploads, remove_upload
from pyeonji.worlds import HasUploads

ENDED_BACKUP = frozenset({BackupState.EXPIRED, BackupState.FAILED, BackupState.CANCELLED})
ENDED_UPLOAD = frozenset(
    {UploadState.COMPLETED, UploadState.FAILED, UploadState.ABANDONED, UploadState.UNDONE}
)


class PurgesBackups(RemovesBackups, HasUploads, Protocol):
    """What removing one that nothing reads from needs."""


def purge_backup(world: PurgesBackups, backup: Backup, *, now: datetime) -> bool:
    """Remove a backup that ended `purge_days` ago. False when it did not, or is brought back."""
    if backup.state not in ENDED_BACKUP or backup.purge_at is None or now < backup.purge_at:
        return False
    if is_brought_back(world, backup.account, backup.id):
        return False
    discard_backup(world, backup)
    return True


def purge_upload(world: RemovesUploads, upload: Upload, *, now: datetime) -> bool:
    """Delete the ZIP of an upload that ended `purge_days` ago.

    One that was completed stays on the list with its ledger: it says where mail came from. One
    that failed, was abandoned or undone leaves the list. False when it ended later, or has not.
    """
    if upload.state not in ENDED_UPLOAD or upload.purge_at is None or now < upload.purge_at:
        return False
    if upload.state is UploadState.COMPLETED:
        if upload.source is None:
            world.zips.delete([upload_key(upload.account, upload.id)])
        world.work.delete([found.key for found in world.work.objects(chunk_prefix(upload.id))])
        world.uploads.mark_zip_gone(upload)
    else:
        remove_upload(world, upload)
    return True
