"""Set going again what stands still, fail what is late, give up what nobody will finish.

A machine that ended badly without saying so (stopped by hand, timed out, never started because
the process died between the item and the start) leaves a request that no longer moves. Its work is
keyed by its input, so running it again writes the same; it only needs an execution of a new name.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from pyeonji.domain.backups import Backup
from pyeonji.domain.errors import ConflictError
from pyeonji.domain.limits import STUCK_AFTER, UPLOAD_ABANDON_AFTER, UPLOAD_DEADLINE
from pyeonji.domain.states import WORKING_BACKUP, WORKING_UPLOAD, UploadState
from pyeonji.domain.uploads import Upload, upload_key
from pyeonji.usecases.objects import size_if_there
from pyeonji.usecases.uploads.end import AbandonsUploads, abandon_upload
from pyeonji.usecases.uploads.receive import StartsUploads, start_machine
from pyeonji.usecases.uploads.request import mark_received
from pyeonji.worlds import HasBackups, HasLimits, HasMachines

#: Executions of one request. What did not come to an end in five does not in a sixth.
MAX_RUNS = 5


class RescuesBackups(HasBackups, HasMachines, HasLimits, Protocol):
    """What setting a backup going again needs."""


class RescuesUploads(AbandonsUploads, StartsUploads, Protocol):
    """What setting an upload going again, or giving it up, needs."""


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


def rescue_backup(world: RescuesBackups, backup: Backup, *, now: datetime) -> Rescue:
    """Start a backup again whose machine is gone; say when it cannot be helped.

    The caller fails what is LATE or HOPELESS (`end_backup.fail_backup`).
    """
    if backup.state not in WORKING_BACKUP:
        return Rescue.FINE
    if now >= backup.requested_at + timedelta(hours=world.limits.backup_deadline_hours):
        return Rescue.LATE
    if not _stands_still(backup.moved_at or backup.requested_at, now):
        return Rescue.FINE
    if world.machines.backup_running(backup.execution):
        world.backups.renew(backup, backup.run, now)
        return Rescue.FINE
    if backup.run >= MAX_RUNS:
        return Rescue.HOPELESS
    again = replace(backup, run=backup.run + 1)
    # The count first: killed before the start, the next look finds nothing running and counts on.
    # The other way round two looks could both start, under two names.
    if not world.backups.renew(backup, again.run, now):
        return Rescue.FINE
    world.machines.start_backup(again.execution, again.payload)
    return Rescue.RESTARTED


def rescue_upload(world: StartsUploads, upload: Upload, *, now: datetime) -> Rescue:
    """Start an upload again whose machine is gone; say when it cannot be helped. One that is being
    undone has no deadline: half of it is gone, so it must come to its end."""
    undoing = upload.state is UploadState.UNDOING
    if upload.state not in WORKING_UPLOAD and not undoing:
        return Rescue.FINE
    if not undoing and now >= deadline_of_upload(upload):
        return Rescue.LATE
    if not _stands_still(upload.moved_at or upload.created_at, now):
        return Rescue.FINE
    if world.machines.upload_running(upload.execution):
        world.uploads.renew(upload, upload.run, now)
        return Rescue.FINE
    if not undoing and upload.run >= MAX_RUNS:
        return Rescue.HOPELESS
    again = replace(upload, run=upload.run + 1)
    if not world.uploads.renew(upload, again.run, now):
        return Rescue.FINE
    start_machine(world, again)
    return Rescue.RESTARTED


def deadline_of_upload(upload: Upload) -> datetime:
    """A day after it arrived, or after the retry that set it going again."""
    return (upload.begun_at or upload.received_at or upload.created_at) + UPLOAD_DEADLINE


def give_up_upload(world: RescuesUploads, upload: Upload, *, now: datetime) -> Rescue:
    """Give up an upload that nobody completed in a week, and what parts of it arrived.

    Unless the whole object stands there: then it was completed, and the word of it got lost.
    """
    if upload.state is not UploadState.RECEIVING:
        return Rescue.FINE
    if now < upload.created_at + UPLOAD_ABANDON_AFTER:
        return Rescue.FINE
    if size_if_there(world.zips, upload_key(upload.account, upload.id)) == upload.bytes:
        start_machine(world, mark_received(world, upload, now))
        return Rescue.RESTARTED
    try:
        abandon_upload(world, upload, now=now)
    except ConflictError:
        return Rescue.FINE
    return Rescue.ABANDONED


def _stands_still(moved_at: datetime, now: datetime) -> bool:
    return now - moved_at >= STUCK_AFTER
