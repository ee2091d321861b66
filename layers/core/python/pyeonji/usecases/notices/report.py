"""What a notice reports on: a backup or an upload, as it stands when the notice is sent."""

from dataclasses import dataclass
from typing import Protocol

from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.notices import NoticeKind
from pyeonji.domain.states import BackupState, UploadState, VolumeState
from pyeonji.domain.uploads import Upload
from pyeonji.worlds import HasBackups, HasUploads

#: What a backup must have come to for a notice to be true.
_BACKUP_STATES = {
    NoticeKind.BACKUP_READY: frozenset({BackupState.READY, BackupState.EXPIRED}),
    NoticeKind.BACKUP_FAILED: frozenset({BackupState.FAILED}),
    NoticeKind.BACKUP_EXPIRING: frozenset({BackupState.EXPORTING, BackupState.READY}),
}
_UPLOAD_STATES = {
    NoticeKind.UPLOAD_COMPLETED: UploadState.COMPLETED,
    NoticeKind.UPLOAD_FAILED: UploadState.FAILED,
}


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A backup and its volumes."""

    request: Backup
    volumes: tuple[Volume, ...]

    @property
    def untouched(self) -> tuple[Volume, ...]:
        """The volumes that can be downloaded and never were."""
        return tuple(
            volume
            for volume in self.volumes
            if volume.state is VolumeState.READY and volume.downloaded_at is None
        )


@dataclass(frozen=True, slots=True)
class UploadReport:
    """An upload, at the end of one of its attempts."""

    request: Upload


Report = BackupReport | UploadReport


class HasRequests(HasBackups, HasUploads, Protocol):
    """What looking up a request needs."""


def find_report(
    world: HasRequests, *, kind: NoticeKind, account: str, request_id: str
) -> Report | None:
    """The request as it stands, or None when the notice would not be true of it."""
    if kind in _UPLOAD_STATES:
        upload = world.uploads.get(account, request_id)
        if upload is None or upload.state is not _UPLOAD_STATES[kind]:
            return None
        return UploadReport(upload)
    backup = world.backups.get(account, request_id)
    if backup is None or backup.state not in _BACKUP_STATES[kind]:
        return None
    return BackupReport(backup, tuple(world.backups.volumes(account, request_id)))


def claim_id(request: Backup | Upload) -> str:
    """What a request's notices are claimed under: its id, and from an upload's second attempt on
    the attempt too, because people are told of a retry as of the first."""
    if isinstance(request, Upload) and request.attempt > 1:
        return f"{request.id}-{request.attempt}"
    return request.id
