"""The due index, the claims on notices and the census, made of dictionaries."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.due import due_of_backup, due_of_upload, due_of_volume
from pyeonji.domain.messages import Message
from pyeonji.domain.schedules import Schedule, due_of_schedule
from pyeonji.domain.states import LIVE_BACKUP
from pyeonji.domain.uploads import Upload
from pyeonji.ports import CLAIM_LIFE, CensusTaken, DueKind, DuePage, DuePointer, NoticeClaim


class FakeDueIndex:
    """Reads the other fakes, as the real index is kept beside the items."""

    def __init__(self, backups: Any, uploads: Any, schedules: Any) -> None:
        self._backups = backups
        self._uploads = uploads
        self._schedules = schedules
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

        schedules: dict[str, Schedule] = self._schedules.items
        for schedule in schedules.values():
            yield due_of_schedule(schedule), DuePointer(DueKind.SCHEDULE, schedule.account, "1")

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

    def until(self, at: datetime) -> list[DuePointer]:
        """Everything due at `at`, on any day."""
        return [pointer for due, pointer in self._rows() if due is not None and due <= at]

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


class FakeCensus:
    """Reads and mends the other fakes."""

    def __init__(self, accounts: Any, backups: Any, uploads: Any, index: Any) -> None:
        self._accounts = accounts
        self._backups = backups
        self._uploads = uploads
        self._index = index

    def take(self) -> CensusTaken:
        mails: dict[tuple[str, str], dict[str, Message]] = self._index.messages
        return CensusTaken(
            dict(self._backups.items),
            list(self._backups.files.values()),
            dict(self._uploads.items),
            dict(self._backups.taken),
            dict(self._accounts.boxes),
            {
                owner: (len(held), sum(message.size for message in held.values()))
                for owner, held in mails.items()
            },
            frozenset(message.segment for held in mails.values() for message in held.values()),
        )

    def _lives(self, account: str, backup_id: str) -> bool:
        backup: Backup | None = self._backups.items.get((account, backup_id))
        return backup is not None and backup.state in LIVE_BACKUP

    def free_slot(self, account: str, backup_id: str) -> bool:
        if self._lives(account, backup_id):
            return False
        self._backups.taken[account] = self._backups.slots(account) - {backup_id}
        return True

    def hold_slot(self, account: str, backup_id: str) -> bool:
        if not self._lives(account, backup_id):
            return False
        self._backups.taken[account] = self._backups.slots(account) | {backup_id}
        return True

    def set_counts(self, account: str, was: Mailbox, messages: int, size: int) -> bool:
        there: Mailbox = self._accounts.boxes[account, was.id]
        if (there.messages, there.bytes) != (was.messages, was.bytes):
            return False
        self._accounts.boxes[account, was.id] = replace(there, messages=messages, bytes=size)
        return True

    def drop_volume(self, volume: Volume) -> bool:
        key = (volume.account, volume.backup_id, volume.number)
        return self._backups.files.pop(key, None) is not None
