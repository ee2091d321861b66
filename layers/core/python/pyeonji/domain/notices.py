"""What people are told of by mail."""

from enum import StrEnum


class NoticeKind(StrEnum):
    """The six notices."""

    BACKUP_READY = "backup_ready"
    BACKUP_FAILED = "backup_failed"
    BACKUP_EXPIRING = "backup_expiring"
    UPLOAD_COMPLETED = "upload_completed"
    UPLOAD_FAILED = "upload_failed"
    SCHEDULE_SKIPPED = "schedule_skipped"
