"""Seal a volume: the last part with the directory, the check against the plan, the expiry."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.errors import PermanentError
from pyeonji.domain.instants import whole_second
from pyeonji.domain.states import BackupState, VolumeState, leaves_to
from pyeonji.ports import MissingObjectError
from pyeonji.usecases.backups.parts import gather
from pyeonji.usecases.backups.plan_files import ReadsPlans, lost, read_seal
from pyeonji.usecases.objects import size_if_there
from pyeonji.worlds import HasBackups, HasLimits, HasMail, HasVolumes


class SealsVolumes(ReadsPlans, HasMail, HasVolumes, HasLimits, Protocol):
    """What sealing needs."""


def seal_volume(
    world: SealsVolumes, *, account: str, backup_id: str, number: int, now: datetime
) -> None:
    """writing -> ready; with the last volume the backup becomes ready too.

    Raises PermanentError when what was made is not what was planned, or nobody wants it any more.
    """
    volume = world.backups.volume(account, backup_id, number)
    if volume is None:
        raise PermanentError("wrong_state")
    if volume.state in (VolumeState.PENDING, VolumeState.WRITING):
        world.backups.start_volume(account, backup_id, number)
        _complete(world, volume)
        made = whole_second(now)
        sealed = dataclasses.replace(
            volume,
            state=VolumeState.READY,
            created_at=made,
            expires_at=made + timedelta(days=world.limits.download_days),
        )
        if not world.backups.move_volume(sealed):
            # Cancelled or deleted in this very moment: the file belongs to nobody now.
            world.volumes.delete([volume.key])
            raise PermanentError("wrong_state")
    files = world.backups.volumes(account, backup_id)
    backup = world.backups.get(account, backup_id)
    if backup is None or backup.state in (BackupState.CANCELLED, BackupState.FAILED):
        # Ended after we looked, and its files were listed for removal before this one stood there.
        world.volumes.delete([volume.key])
        raise PermanentError("wrong_state")
    _finish(world, backup, files, now)


def _complete(world: SealsVolumes, volume: Volume) -> None:
    """The last part, and the whole put together."""
    seal = read_seal(world, volume)
    data = gather(world, seal.last) + seal.tail
    try:
        world.volumes.put_part(volume.key, volume.upload_id, seal.last_number, data)
        parts = world.volumes.parts(volume.key, volume.upload_id)
        if [(part.number, part.bytes) for part in parts] != [
            *seal.parts, (seal.last_number, len(data)),
        ]:  # fmt: skip
            raise PermanentError("volume_check_failed")
        world.volumes.complete(volume.key, volume.upload_id, parts)
    except MissingObjectError:
        # An earlier try completed it and was killed before it could say so; or it was given up.
        pass
    size = size_if_there(world.volumes, volume.key)
    if size is None:
        raise lost(world, volume)
    if size != volume.bytes:
        raise PermanentError("volume_check_failed")


def _finish(world: HasBackups, backup: Backup, files: Sequence[Volume], now: datetime) -> None:
    # The first of many volumes may have had its days before the last was made.
    ready = [file for file in files if file.state in (VolumeState.READY, VolumeState.EXPIRED)]
    if backup.state is not BackupState.EXPORTING:
        return
    if len(ready) < backup.volumes:
        # It moves: a rescue must not take a long backup for a stuck one.
        moved = dataclasses.replace(backup, moved_at=whole_second(now))
        world.backups.move(moved, frozenset({BackupState.EXPORTING}))
        return
    done = dataclasses.replace(
        backup,
        state=BackupState.READY,
        finished_at=whole_second(now),
        moved_at=whole_second(now),
        expires_at=max(file.expires_at for file in ready if file.expires_at is not None),
    )
    world.backups.move(done, leaves_to(BackupState.READY))
