"""The due index and the claims on notices, made of dictionaries."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.due import due_of_backup, due_of_upload, due_of_volume
from pyeonji.domain.uploads import Upload
from pyeonji.ports import CLAIM_LIFE, DueKind, DuePage, DuePointer, NoticeClaim


class FakeDueIndex:
    """Reads the other fakes, as the real index is kept beside the items."""

    def __init__(self, backups: Any, uploads: Any) -> None:
        self._backups = backups
        self._uploads = uploads
        self.day: date | None = None
        self.asked: list[date] = []

    def _rows(self) -> Iterator[tuple[datetime | None, DuePointer]]:
        backups: dict[Any, Backup] = self._backups.items
        volumes: dict[Any, Volume] = self._backups.files
        uploads: dict[Any, Upload] = self._uploads.items
        for backup in backups.values():
            yield due_of_backup(backup), DuePointer(DueKind.BACKUP, backup.account, backup.id)
        for file in volumes.values():
            pointer = DuePointer(DueKind.VOLUME, file.account, file.backup_id, file.number)
            yield due_of_volume(file), pointer
        for upload in uploads.values():
            yield due_of_upload(upload), DuePointer(DueKind.UPLOAD, upload.account, upload.id)

    def due(self, day: date, until: datetime, after: str | None, limit: int) -> DuePage:
        self.asked.append(day)
        rows = sorted(
            (f"{due.isoformat()} {pointer}", pointer)
            for due, pointer in self._rows()
            if due is not None and due.date() == day and due <= until
        )
        rest = [row for row in rows if after is None or row[0] > after]
        page = rest[:limit]
        last = page[-1][0] if len(rest) > limit else None
        return DuePage(tuple(pointer for _, pointer in page), last)

    def cursor(self) -> date | None:
        return self.day

    def put_cursor(self, day: date) -> None:
        self.day = day


class FakeNotices:
    def __init__(self) -> None:
        self.claims: dict[tuple[str, str], tuple[str, datetime]] = {}

    def claim(self, request_id: str, kind: str, now: datetime) -> NoticeClaim:
        state, at = self.claims.get((request_id, kind), ("", now))
        if state not in ("", "claimed"):
            return NoticeClaim.DONE
        if state == "claimed" and now - at < CLAIM_LIFE:
            return NoticeClaim.HELD
        self.claims[request_id, kind] = ("claimed", now)
        return NoticeClaim.OURS

    def settle(self, request_id: str, kind: str, outcome: str, now: datetime) -> None:
        self.claims[request_id, kind] = (outcome, now)

    def release(self, request_id: str, kind: str) -> None:
        if self.claims.get((request_id, kind), ("", None))[0] == "claimed":
            del self.claims[request_id, kind]
