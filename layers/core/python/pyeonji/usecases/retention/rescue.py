"""Set going again what stands still, fail what is late, give up what nobody will finish.

A machine that ended badly without saying so (stopped by hand, timed out, never started because
the process died between the item and the start) leaves a request that no longer moves. Its work is
keyed by its input, so running it again writes the same; it only needs an execution of a new name.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from pyeonji.domain.backups import Backup
from pyeonji.domain.errors import ConflictError
from pyeonji.domain.limits import STUCK_AFTER, UPLOAD_ABANDON_AFTER, UPLOAD_DEADLINE, Limits
from pyeonji.domain.states import WORKING_BACKUP, WORKING_UPLOAD, UploadState
from pyeonji.domain.uploads import Upload, upload_key
from pyeonji.ports import Backups, Machines, MissingObjectError, ObjectStore, Uploads
from pyeonji.usecases.uploads import end as end_upload
from pyeonji.usecases.uploads.receive import start_machine
from pyeonji.usecases.uploads.request import mark_received

#: Executions of one request. What did not come to an end in five does not in a sixth.
MAX_RUNS = 5


class Rescue(StrEnum):
    """What was found, and done."""

    #: It moves, or somebody else is at it.
    FINE = "fine"
    RESTARTED = "restarted"
    #: Past its deadline: to be failed with this as the reason.
    LATE = "late"
    #: Restarted as often as makes sense: to be failed.
    HOPELESS = "hopeless"
    ABANDONED = "abandoned"


def rescue_backup(
    backup: Backup, *, backups: Backups, machines: Machines, limits: Limits, now: datetime
) -> Rescue:
    """Start a backup again whose machine is gone; say when it cannot be helped.

    The caller fails what is LATE or HOPELESS (`end_backup.fail_backup`).
    """
    if backup.state not in WORKING_BACKUP:
        return Rescue.FINE
    if now >= backup.requested_at + timedelta(hours=limits.backup_deadline_hours):
        return Rescue.LATE
    if not _stands_still(backup.moved_at or backup.requested_at, now):
        return Rescue.FINE
    if machines.backup_running(backup.execution):
        backups.renew(backup, backup.run, now)
        return Rescue.FINE
    if backup.run >= MAX_RUNS:
        return Rescue.HOPELESS
    again = replace(backup, run=backup.run + 1)
    # The count first: killed before the start, the next look finds nothing running and counts on.
    # The other way round two looks could both start, under two names.
    if not backups.renew(backup, again.run, now):
        return Rescue.FINE
    machines.start_backup(again.execution, {"account": backup.account, "backup_id": backup.id})
    return Rescue.RESTARTED


def rescue_upload(upload: Upload, *, uploads: Uploads, machines: Machines, now: datetime) -> Rescue:
    """Start an upload again whose machine is gone; say when it cannot be helped."""
    if upload.state not in WORKING_UPLOAD:
        return Rescue.FINE
    if now >= deadline_of_upload(upload):
        return Rescue.LATE
    if not _stands_still(upload.moved_at or upload.created_at, now):
        return Rescue.FINE
    if machines.upload_running(upload.execution):
        uploads.renew(upload, upload.run, now)
        return Rescue.FINE
    if upload.run >= MAX_RUNS:
        return Rescue.HOPELESS
    again = replace(upload, run=upload.run + 1)
    if not uploads.renew(upload, again.run, now):
        return Rescue.FINE
    start_machine(machines, again)
    return Rescue.RESTARTED


def deadline_of_upload(upload: Upload) -> datetime:
    """A day after it arrived, or after the retry that set it going again."""
    return (upload.begun_at or upload.received_at or upload.created_at) + UPLOAD_DEADLINE


def abandon_upload(
    upload: Upload,
    *,
    uploads: Uploads,
    zips: ObjectStore,
    machines: Machines,
    limits: Limits,
    now: datetime,
) -> Rescue:
    """Give up an upload that nobody completed in a week, and what parts of it arrived.

    Unless the whole object stands there: then it was completed, and the word of it got lost.
    """
    if upload.state is not UploadState.RECEIVING:
        return Rescue.FINE
    if now < upload.created_at + UPLOAD_ABANDON_AFTER:
        return Rescue.FINE
    try:
        arrived = zips.size(upload_key(upload.account, upload.id)) == upload.bytes
    except MissingObjectError:
        arrived = False
    if arrived:
        start_machine(machines, mark_received(uploads, upload, now))
        return Rescue.RESTARTED
    try:
        end_upload.abandon_upload(uploads=uploads, zips=zips, limits=limits, upload=upload, now=now)
    except ConflictError:
        return Rescue.FINE
    return Rescue.ABANDONED


def _stands_still(moved_at: datetime, now: datetime) -> bool:
    return now - moved_at >= STUCK_AFTER
