"""Requests, made of dictionaries: backups with their volumes, uploads."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.schedules import Schedule
from pyeonji.domain.states import (
    LIVE_BACKUP,
    VOLUME_MOVES,
    BackupState,
    VolumeState,
)
from pyeonji.domain.uploads import Upload


class FakeBackups:
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Backup] = {}
        self.files: dict[tuple[str, str, int], Volume] = {}
        self.taken: dict[str, frozenset[str]] = {}

    def request(self, backup: Backup, limit: int) -> bool:
        taken = self.slots(backup.account)
        if len(taken) >= limit or (backup.account, backup.id) in self.items:
            return False
        self.taken[backup.account] = taken | {backup.id}
        self.items[backup.account, backup.id] = backup
        return True

    def get(self, account: str, backup_id: str) -> Backup | None:
        return self.items.get((account, backup_id))

    def volumes(self, account: str, backup_id: str) -> list[Volume]:
        return [
            volume
            for (owner, backup, _), volume in sorted(self.files.items())
            if (owner, backup) == (account, backup_id)
        ]

    def volume(self, account: str, backup_id: str, number: int) -> Volume | None:
        return self.files.get((account, backup_id, number))

    def all(self, account: str) -> list[tuple[Backup, list[Volume]]]:
        return [
            (backup, self.volumes(account, backup.id))
            for (owner, _), backup in sorted(self.items.items(), reverse=True)
            if owner == account
        ]

    def slots(self, account: str) -> frozenset[str]:
        return self.taken.get(account, frozenset())

    def move(self, backup: Backup, leaves: frozenset[BackupState]) -> bool:
        there = self.items.get((backup.account, backup.id))
        if there is None or there.state not in leaves:
            return False
        self.items[backup.account, backup.id] = backup
        if backup.state not in LIVE_BACKUP:
            self.taken[backup.account] = self.slots(backup.account) - {backup.id}
        return True

    def begin_plan(self, backup: Backup) -> bool:
        there = self.items.get((backup.account, backup.id))
        unplanned = (BackupState.REQUESTED, BackupState.COLLECTING, BackupState.PLANNING)
        if there is None or there.state not in unplanned:
            return False
        self.items[backup.account, backup.id] = dataclasses.replace(
            there, state=BackupState.PLANNING, plan=backup.plan, moved_at=backup.moved_at
        )
        return True

    def put_volume(self, volume: Volume) -> bool:
        key = (volume.account, volume.backup_id, volume.number)
        there = self.files.get(key)
        if not self._in_force(volume.account, volume.backup_id, volume.plan):
            return False
        if there is not None and there.state is not VolumeState.PENDING:
            return False
        self.files[key] = volume
        return True

    def drop_surplus(self, backup: Backup, volumes: Sequence[Volume]) -> bool:
        if not self._in_force(backup.account, backup.id, backup.plan):
            return False
        self.drop_volumes(volumes)
        return True

    def finish_plan(self, backup: Backup) -> bool:
        if not self._in_force(backup.account, backup.id, backup.plan):
            return False
        there = self.items[backup.account, backup.id]
        self.items[backup.account, backup.id] = dataclasses.replace(
            there,
            state=BackupState.EXPORTING,
            moved_at=backup.moved_at,
            messages=backup.messages,
            bytes=backup.bytes,
            volumes=backup.volumes,
        )
        return True

    def _in_force(self, account: str, backup_id: str, plan: str) -> bool:
        there = self.items.get((account, backup_id))
        return there is not None and (there.state, there.plan) == (BackupState.PLANNING, plan)

    def start_volume(self, account: str, backup_id: str, number: int) -> bool:
        volume = self.files.get((account, backup_id, number))
        if volume is None or volume.state is not VolumeState.PENDING:
            return False
        self.files[account, backup_id, number] = dataclasses.replace(
            volume, state=VolumeState.WRITING
        )
        return True

    def move_volume(self, volume: Volume) -> bool:
        key = (volume.account, volume.backup_id, volume.number)
        there = self.files.get(key)
        if there is None:
            return False
        if volume.state is not there.state and volume.state not in VOLUME_MOVES[there.state]:
            return False
        self.files[key] = volume
        return True

    def mark_downloaded(self, account: str, backup_id: str, number: int, at: datetime) -> None:
        volume = self.files.get((account, backup_id, number))
        if volume is not None and volume.downloaded_at is None:
            self.files[account, backup_id, number] = dataclasses.replace(volume, downloaded_at=at)

    def renew(self, backup: Backup, run: int, at: datetime) -> bool:
        there = self.items.get((backup.account, backup.id))
        if there is None or (there.state, there.run) != (backup.state, backup.run):
            return False
        self.items[backup.account, backup.id] = dataclasses.replace(there, run=run, moved_at=at)
        return True

    def mark_noticed(self, backup: Backup, at: datetime) -> None:
        there = self.items.get((backup.account, backup.id))
        if there is not None and there.state is backup.state:
            self.items[backup.account, backup.id] = dataclasses.replace(there, noticed_at=at)

    def drop_volumes(self, volumes: Sequence[Volume]) -> None:
        for volume in volumes:
            self.files.pop((volume.account, volume.backup_id, volume.number), None)

    def delete(self, backup: Backup, volumes: Sequence[Volume]) -> None:
        self.drop_volumes(volumes)
        self.items.pop((backup.account, backup.id), None)
        self.taken[backup.account] = self.slots(backup.account) - {backup.id}


class FakeUploads:
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Upload] = {}
        self.counted: set[tuple[str, str]] = set()

    def create(self, upload: Upload) -> None:
        self.items[upload.account, upload.id] = upload

    def get(self, account: str, upload_id: str) -> Upload | None:
        return self.items.get((account, upload_id))

    def all(self, account: str) -> list[Upload]:
        return [
            upload
            for (owner, _), upload in sorted(self.items.items(), reverse=True)
            if owner == account
        ]

    def move(self, upload: Upload, was: Upload) -> bool:
        if self._same(was) is None:
            return False
        self.items[upload.account, upload.id] = upload
        return True

    def renew(self, upload: Upload, run: int, at: datetime) -> bool:
        there = self._same(upload)
        if there is None or there.run != upload.run:
            return False
        self.items[upload.account, upload.id] = dataclasses.replace(there, run=run, moved_at=at)
        return True

    def mark_noticed(self, upload: Upload, at: datetime) -> None:
        there = self._same(upload)
        if there is not None:
            self.items[upload.account, upload.id] = dataclasses.replace(there, noticed_at=at)

    def mark_zip_gone(self, upload: Upload) -> None:
        there = self._same(upload)
        if there is not None:
            self.items[upload.account, upload.id] = dataclasses.replace(there, kept=False)

    def _same(self, upload: Upload) -> Upload | None:
        there = self.items.get((upload.account, upload.id))
        if there is None or (there.state, there.attempt) != (upload.state, upload.attempt):
            return None
        return there

    def delete(self, upload: Upload) -> None:
        self.items.pop((upload.account, upload.id), None)

    def add_settled(self, upload: Upload, chunk: str, entries: int) -> None:
        there = self._same(upload)
        if there is None or (upload.id, chunk) in self.counted:
            return
        self.counted.add((upload.id, chunk))
        self.items[upload.account, upload.id] = dataclasses.replace(
            there, settled=there.settled + entries
        )


class FakeSchedules:
    def __init__(self) -> None:
        self.items: dict[str, Schedule] = {}

    def get(self, account: str) -> Schedule | None:
        return self.items.get(account)

    def put(self, schedule: Schedule) -> None:
        self.items[schedule.account] = schedule

    def move(self, schedule: Schedule, was: Schedule) -> bool:
        there = self.items.get(schedule.account)
        if there is None or _moved(there) != _moved(was):
            return False
        self.items[schedule.account] = schedule
        return True

    def delete(self, account: str) -> bool:
        return self.items.pop(account, None) is not None


def _moved(schedule: Schedule) -> tuple[object, ...]:
    return schedule.set_at, schedule.next_at, schedule.backup, schedule.seen_at
