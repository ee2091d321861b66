"""What a notice is about: the request and its state, and the facts its text is made of."""

from dataclasses import dataclass
from enum import StrEnum

from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.states import BackupState, UploadState, VolumeState
from pyeonji.domain.uploads import Upload
from pyeonji.ports import Backups, Uploads


class NoticeKind(StrEnum):
    """The five things people are told."""

    BACKUP_READY = "backup_ready"
    BACKUP_FAILED = "backup_failed"
    BACKUP_EXPIRING = "backup_expiring"
    UPLOAD_COMPLETED = "upload_completed"
    UPLOAD_FAILED = "upload_failed"


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
class BackupStory:
    """A backup and its volumes."""

    request: Backup
    volumes: tuple[Volume, ...]

    @property
    def notice_id(self) -> str:
        """What its notices are claimed under."""
        return self.request.id

    @property
    def untouched(self) -> tuple[Volume, ...]:
        """The volumes that stand there and were never downloaded."""
        return tuple(
            file
            for file in self.volumes
            if file.state is VolumeState.READY and file.downloaded_at is None
        )


@dataclass(frozen=True, slots=True)
class UploadStory:
    """An upload, at the end of one of its attempts."""

    request: Upload

    @property
    def notice_id(self) -> str:
        """The upload, and from its second attempt on the attempt: a retry is told of too."""
        attempt = self.request.attempt
        return self.request.id if attempt == 1 else f"{self.request.id}-{attempt}"


Story = BackupStory | UploadStory


def find_story(
    kind: NoticeKind, backups: Backups, uploads: Uploads, account: str, request_id: str
) -> Story | None:
    """The request as it stands, or None when the notice would not be true of it."""
    if kind in _UPLOAD_STATES:
        upload = uploads.get(account, request_id)
        if upload is None or upload.state is not _UPLOAD_STATES[kind]:
            return None
        return UploadStory(upload)
    backup = backups.get(account, request_id)
    if backup is None or backup.state not in _BACKUP_STATES[kind]:
        return None
    return BackupStory(backup, tuple(backups.volumes(account, request_id)))
