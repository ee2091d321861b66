"""What is to be done, now, about one thing that is due."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.due import NOTICE_AFTER, is_noticed, may_warn
from pyeonji.domain.limits import Limits
from pyeonji.domain.notices import NoticeKind
from pyeonji.domain.states import (
    WORKING_BACKUP,
    WORKING_UPLOAD,
    BackupState,
    UploadState,
    VolumeState,
)
from pyeonji.domain.uploads import Upload
from pyeonji.ports import (
    Accounts,
    Backups,
    DueIndex,
    DueKind,
    DuePointer,
    Machines,
    Mailer,
    MailIndex,
    Notices,
    NotSentError,
    ObjectStore,
    Uploads,
)
from pyeonji.usecases.backups.end import fail_backup
from pyeonji.usecases.backups.expire import expire_backup, expire_volume
from pyeonji.usecases.notices.send import Told, give_up_notice, send_notice
from pyeonji.usecases.retention.purge import purge_backup, purge_upload
from pyeonji.usecases.retention.rescue import Rescue, abandon_upload, rescue_backup, rescue_upload
from pyeonji.usecases.uploads.settle import SettlePorts, settle_upload

#: A notice SES has refused for a day will not be taken on the second.
GIVE_UP_AFTER = timedelta(days=1)
#: Nothing was to be done: dealt with by another, or no longer there.
NOTHING = "nothing"

_BACKUP_NOTICES = {
    BackupState.READY: NoticeKind.BACKUP_READY,
    BackupState.FAILED: NoticeKind.BACKUP_FAILED,
}
_UPLOAD_NOTICES = {
    UploadState.COMPLETED: NoticeKind.UPLOAD_COMPLETED,
    UploadState.FAILED: NoticeKind.UPLOAD_FAILED,
}


@dataclass(frozen=True, slots=True)
class Caretaker:
    """What retention needs. `warn` is told the kind of a thing passed over, and the error."""

    due: DueIndex
    accounts: Accounts
    backups: Backups
    uploads: Uploads
    index: MailIndex
    volumes: ObjectStore
    zips: ObjectStore
    work: ObjectStore
    machines: Machines
    notices: Notices
    mailer: Mailer
    limits: Limits
    page_url: str
    warn: Callable[[str, Exception], None]


def tend_one(caretaker: Caretaker, pointer: DuePointer, now: datetime) -> str:
    """Read what `pointer` points at, do what is due, say in a word what was done."""
    match pointer.kind:
        case DueKind.BACKUP:
            backup = caretaker.backups.get(pointer.account, pointer.id)
            return NOTHING if backup is None else tend_backup(caretaker, backup, now)
        case DueKind.VOLUME:
            file = caretaker.backups.volume(pointer.account, pointer.id, pointer.number)
            return NOTHING if file is None else tend_volume(caretaker, file, now)
        case DueKind.UPLOAD:
            upload = caretaker.uploads.get(pointer.account, pointer.id)
            return NOTHING if upload is None else tend_upload(caretaker, upload, now)


def tend_backup(caretaker: Caretaker, backup: Backup, now: datetime) -> str:
    """Rescue, fail, tell, expire or purge."""
    ports, stores = caretaker.backups, caretaker
    if backup.state in WORKING_BACKUP:
        return _rescue_backup(caretaker, backup, now)
    told = _tell(
        caretaker, _BACKUP_NOTICES.get(backup.state), backup, backup.id, backup.finished_at, now
    )
    if expire_backup(
        backup, backups=ports, volumes=stores.volumes, limits=caretaker.limits, now=now
    ):
        return "backup_expired"
    if purge_backup(backup, backups=ports, volumes=stores.volumes, work=stores.work, now=now):
        return "backup_purged"
    return told


def tend_volume(caretaker: Caretaker, file: Volume, now: datetime) -> str:
    """Expire it, or warn that it will be; else only put it where it belongs in the index."""
    if file.state is not VolumeState.READY or file.expires_at is None:
        return NOTHING
    if expire_volume(file, backups=caretaker.backups, volumes=caretaker.volumes, now=now):
        return "volume_expired"
    if not may_warn(file):
        # Downloaded since: its row still stands at the warning's instant.
        caretaker.backups.move_volume(file)
        return "volume_left"
    told = send_notice(
        caretaker,
        kind=NoticeKind.BACKUP_EXPIRING,
        account=file.account,
        request_id=file.backup_id,
        now=now,
    )
    if told is Told.HELD:
        return "notice_held"
    caretaker.backups.move_volume(replace(file, warned_at=now))
    return f"warning_{told}"


def tend_upload(caretaker: Caretaker, upload: Upload, now: datetime) -> str:
    """Abandon, rescue, fail, tell or purge."""
    if upload.state is UploadState.RECEIVING:
        rescue = abandon_upload(
            upload,
            uploads=caretaker.uploads,
            zips=caretaker.zips,
            machines=caretaker.machines,
            limits=caretaker.limits,
            now=now,
        )
        return f"upload_{rescue}"
    if upload.state in WORKING_UPLOAD:
        return _rescue_upload(caretaker, upload, now)
    kind = _UPLOAD_NOTICES.get(upload.state)
    told = _tell(caretaker, kind, upload, upload.id, upload.finished_at, now)
    if purge_upload(
        upload, uploads=caretaker.uploads, zips=caretaker.zips, work=caretaker.work, now=now
    ):
        return "upload_purged"
    return told


def _rescue_backup(caretaker: Caretaker, backup: Backup, now: datetime) -> str:
    rescue = rescue_backup(
        backup,
        backups=caretaker.backups,
        machines=caretaker.machines,
        limits=caretaker.limits,
        now=now,
    )
    if rescue in (Rescue.LATE, Rescue.HOPELESS):
        late = rescue is Rescue.LATE
        caretaker.machines.stop_backup(backup.execution, rescue.value)
        fail_backup(
            backups=caretaker.backups,
            volumes=caretaker.volumes,
            work=caretaker.work,
            limits=caretaker.limits,
            account=backup.account,
            backup_id=backup.id,
            reason="deadline_passed" if late else "backup_failed_internally",
            now=now,
        )
        _send(caretaker, NoticeKind.BACKUP_FAILED, backup.account, backup.id, now)
    return f"backup_{rescue}"


def _rescue_upload(caretaker: Caretaker, upload: Upload, now: datetime) -> str:
    rescue = rescue_upload(upload, uploads=caretaker.uploads, machines=caretaker.machines, now=now)
    if rescue in (Rescue.LATE, Rescue.HOPELESS):
        late = rescue is Rescue.LATE
        caretaker.machines.stop_upload(upload.execution, rescue.value)
        settle_upload(
            SettlePorts(
                uploads=caretaker.uploads,
                index=caretaker.index,
                work=caretaker.work,
                limits=caretaker.limits,
            ),
            account=upload.account,
            upload_id=upload.id,
            attempt=upload.attempt,
            now=now,
            failure="timed_out" if late else "upload_failed_internally",
        )
        _send(caretaker, NoticeKind.UPLOAD_FAILED, upload.account, upload.id, now)
    return f"upload_{rescue}"


def _tell(
    caretaker: Caretaker,
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
    told = _send(caretaker, kind, request.account, request_id, now)
    if told == Told.REFUSED and now >= finished_at + GIVE_UP_AFTER:
        give_up_notice(caretaker, kind=kind, request=request, now=now)
        return "notice_given_up"
    return f"notice_{told}"


def _send(
    caretaker: Caretaker, kind: NoticeKind, account: str, request_id: str, now: datetime
) -> Told:
    try:
        return send_notice(caretaker, kind=kind, account=account, request_id=request_id, now=now)
    except NotSentError as error:
        # It stays due; what else time asks of this request must not wait for the mail.
        caretaker.warn(kind, error)
        return Told.REFUSED
