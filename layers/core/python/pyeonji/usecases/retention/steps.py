"""What is to be done, now, about one thing that is due."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.due import NOTICE_AFTER, is_noticed, may_warn
from pyeonji.domain.notices import NoticeKind
from pyeonji.domain.states import (
    WORKING_BACKUP,
    WORKING_UPLOAD,
    BackupState,
    UploadState,
    VolumeState,
)
from pyeonji.domain.uploads import Upload
from pyeonji.ports import DueKind, DuePointer, NotSentError
from pyeonji.usecases.backups.end import fail_backup
from pyeonji.usecases.backups.expire import expire_backup, expire_volume
from pyeonji.usecases.backups.holding import is_brought_back
from pyeonji.usecases.notices.send import Told, give_up_notice, send_notice
from pyeonji.usecases.retention.purge import purge_backup, purge_upload
from pyeonji.usecases.retention.rescue import (
    Rescue,
    give_up_upload,
    rescue_backup,
    rescue_upload,
)
from pyeonji.usecases.retention.scheduling import FollowsSchedules, follow_schedule
from pyeonji.usecases.uploads.settle import settle_upload
from pyeonji.worlds import HasZips

#: A notice SES has refused for a day will not be taken on the second.
GIVE_UP_AFTER = timedelta(days=1)
#: Nothing was to be done: dealt with by another, or no longer there.
NOTHING = "nothing"
#: Past its time, and being brought back: it goes when that has ended.
IN_USE = "in_use"
#: Somebody else's claim on the notice must age first, or the mail service will be asked again.
STILL_DUE = frozenset({f"notice_{Told.HELD}", f"notice_{Told.REFUSED}", IN_USE})

_BACKUP_NOTICES = {
    BackupState.READY: NoticeKind.BACKUP_READY,
    BackupState.FAILED: NoticeKind.BACKUP_FAILED,
}
_UPLOAD_NOTICES = {
    UploadState.COMPLETED: NoticeKind.UPLOAD_COMPLETED,
    UploadState.FAILED: NoticeKind.UPLOAD_FAILED,
}


class HandlesDue(FollowsSchedules, HasZips, Protocol):
    """What retention needs of all that may be due."""


def handle_due(world: HandlesDue, pointer: DuePointer, now: datetime) -> str:
    """Read what `pointer` points at, do what is due, say in a word what was done."""
    match pointer.kind:
        case DueKind.BACKUP:
            backup = world.backups.get(pointer.account, pointer.id)
            return NOTHING if backup is None else handle_backup(world, backup, now)
        case DueKind.VOLUME:
            file = world.backups.volume(pointer.account, pointer.id, pointer.number)
            return NOTHING if file is None else handle_volume(world, file, now)
        case DueKind.UPLOAD:
            upload = world.uploads.get(pointer.account, pointer.id)
            return NOTHING if upload is None else handle_upload(world, upload, now)
        case DueKind.SCHEDULE:
            schedule = world.schedules.get(pointer.account)
            return NOTHING if schedule is None else follow_schedule(world, schedule, now=now)


def handle_backup(world: HandlesDue, backup: Backup, now: datetime) -> str:
    """Rescue, fail, tell, expire or purge."""
    if backup.state in WORKING_BACKUP:
        return _rescue_backup(world, backup, now)
    told = _tell(
        world, _BACKUP_NOTICES.get(backup.state), backup, backup.id, backup.finished_at, now
    )
    if expire_backup(world, backup, now=now):
        return "backup_expired"
    if purge_backup(world, backup, now=now):
        return "backup_purged"
    return IN_USE if told == NOTHING and _is_in_use(world, backup, now) else told


def handle_volume(world: HandlesDue, file: Volume, now: datetime) -> str:
    """Expire it, or warn that it will be; else only put it where it belongs in the index."""
    if file.state is not VolumeState.READY or file.expires_at is None:
        return NOTHING
    if expire_volume(world, file, now=now):
        return "volume_expired"
    if now >= file.expires_at:
        return IN_USE if is_brought_back(world, file.account, file.backup_id) else NOTHING
    if not may_warn(file):
        # Downloaded since: its row still stands at the warning's instant.
        world.backups.move_volume(file)
        return "volume_left"
    told = send_notice(
        world,
        kind=NoticeKind.BACKUP_EXPIRING,
        account=file.account,
        request_id=file.backup_id,
        now=now,
    )
    if told is Told.HELD:
        return "notice_held"
    world.backups.move_volume(replace(file, warned_at=now))
    return f"warning_{told}"


def _is_in_use(world: HandlesDue, backup: Backup, now: datetime) -> bool:
    overdue = backup.expires_at is not None and now >= backup.expires_at
    return overdue and is_brought_back(world, backup.account, backup.id)


def handle_upload(world: HandlesDue, upload: Upload, now: datetime) -> str:
    """Abandon, rescue, fail, tell or purge."""
    if upload.state is UploadState.RECEIVING:
        rescue = give_up_upload(world, upload, now=now)
        return f"upload_{rescue}"
    if upload.state in WORKING_UPLOAD or upload.state is UploadState.UNDOING:
        return _rescue_upload(world, upload, now)
    kind = _UPLOAD_NOTICES.get(upload.state)
    told = _tell(world, kind, upload, upload.id, upload.finished_at, now)
    if purge_upload(world, upload, now=now):
        return "upload_purged"
    return told


def _rescue_backup(world: HandlesDue, backup: Backup, now: datetime) -> str:
    rescue = rescue_backup(world, backup, now=now)
    if rescue in (Rescue.LATE, Rescue.HOPELESS):
        late = rescue is Rescue.LATE
        world.machines.stop_backup(backup.execution, rescue.value)
        fail_backup(
            world,
            account=backup.account,
            backup_id=backup.id,
            reason="deadline_passed" if late else "backup_failed_internally",
            now=now,
        )
        _send(world, NoticeKind.BACKUP_FAILED, backup.account, backup.id, now)
    return f"backup_{rescue}"


def _rescue_upload(world: HandlesDue, upload: Upload, now: datetime) -> str:
    rescue = rescue_upload(world, upload, now=now)
    if rescue in (Rescue.LATE, Rescue.HOPELESS):
        late = rescue is Rescue.LATE
        world.machines.stop_upload(upload.execution, rescue.value)
        settle_upload(
            world,
            account=upload.account,
            upload_id=upload.id,
            attempt=upload.attempt,
            now=now,
            failure="timed_out" if late else "upload_failed_internally",
        )
        _send(world, NoticeKind.UPLOAD_FAILED, upload.account, upload.id, now)
    return f"upload_{rescue}"


def _tell(
    world: HandlesDue,
    kind: NoticeKind | None,
    request: Backup | Upload,
    request_id: str,
    finished_at: datetime | None,
    now: datetime,
) -> str:
    """Send the notice of an end that the machine ended without sending."""
    if kind is None or finished_at is None or is_noticed(finished_at, request.noticed_at):
        return NOTHING
    if now < finished_at + NOTICE_AFTER:
        return NOTHING
    told = _send(world, kind, request.account, request_id, now)
    if told == Told.REFUSED and now >= finished_at + GIVE_UP_AFTER:
        give_up_notice(world, kind=kind, request=request, now=now)
        return "notice_given_up"
    return f"notice_{told}"


def _send(
    world: HandlesDue, kind: NoticeKind, account: str, request_id: str, now: datetime
) -> Told:
    try:
        return send_notice(world, kind=kind, account=account, request_id=request_id, now=now)
    except NotSentError as error:
        # It stays due; what else time asks of this request must not wait for the mail.
        world.warn(kind, error)
        return Told.REFUSED
