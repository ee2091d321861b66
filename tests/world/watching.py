"""Fakes that write down every move between states, as they happen."""

from typing import Any

from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.states import BackupState
from pyeonji.domain.uploads import Upload
from tests.support.fakes_requests import FakeBackups, FakeUploads
from tests.support.moves import Moves


def _seen(moves: Moves, before: Any, after: Any) -> None:
    if before is not None and after is not None and before.state is not after.state:
        moves.add((type(after.state).__name__, before.state.value, after.state.value))


class WatchedBackups(FakeBackups):
    """Requests and volumes."""

    moves: Moves

    def move(self, backup: Backup, leaves: frozenset[BackupState]) -> bool:
        before = self.items.get((backup.account, backup.id))
        done = super().move(backup, leaves)
        if done:
            _seen(self.moves, before, backup)
        return done

    def begin_plan(self, backup: Backup) -> bool:
        before = self.items.get((backup.account, backup.id))
        done = super().begin_plan(backup)
        _seen(self.moves, before, self.items.get((backup.account, backup.id)))
        return done

    def finish_plan(self, backup: Backup) -> bool:
        before = self.items.get((backup.account, backup.id))
        done = super().finish_plan(backup)
        _seen(self.moves, before, self.items.get((backup.account, backup.id)))
        return done

    def start_volume(self, account: str, backup_id: str, number: int) -> bool:
        before = self.files.get((account, backup_id, number))
        done = super().start_volume(account, backup_id, number)
        _seen(self.moves, before, self.files.get((account, backup_id, number)))
        return done

    def move_volume(self, volume: Volume) -> bool:
        before = self.files.get((volume.account, volume.backup_id, volume.number))
        done = super().move_volume(volume)
        if done:
            _seen(self.moves, before, volume)
        return done


class WatchedUploads(FakeUploads):
    """Uploads."""

    moves: Moves

    def move(self, upload: Upload, was: Upload) -> bool:
        before = self.items.get((upload.account, upload.id))
        done = super().move(upload, was)
        if done:
            _seen(self.moves, before, upload)
        return done
