"""Plan a backup: read the index, cut it into volumes, write every volume's plan to S3.

The plan is exact: sizes, offsets, the directory and the manifest of every volume are settled here,
so what follows only copies. Everything written follows from the request and the index, so a plan
that was killed half-way is made again in the same places.
"""

import dataclasses
from datetime import datetime
from typing import Protocol

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.backups import Backup, Volume, volume_key
from pyeonji.domain.errors import PermanentError
from pyeonji.domain.instants import whole_second
from pyeonji.domain.messages import Message
from pyeonji.domain.periods import Span
from pyeonji.domain.states import BackupState, VolumeState, leaves_to
from pyeonji.search.query import parse_query
from pyeonji.usecases.backups.end import RemovesBackups, remove_volumes
from pyeonji.usecases.backups.layout import Layout, lay_out_mailbox
from pyeonji.usecases.backups.plan_files import PlannedVolume, planned_before, write_plan
from pyeonji.usecases.backups.search_files import search_files_of
from pyeonji.usecases.mail.selecting import ChoosesMail, find_all, make_missing
from pyeonji.worlds import HasAccounts, HasBackups, HasIndex, HasVolumes

#: The machine's state lists the volumes: 1,000 of some 200 bytes fit into its 256 KiB.
MAX_VOLUMES = 1000


class PlansBackups(RemovesBackups, HasAccounts, ChoosesMail, Protocol):
    """What planning needs; removing, because nobody may want the plan any more."""


def plan_backup(
    world: PlansBackups, *, account: str, backup_id: str, now: datetime
) -> list[PlannedVolume]:
    """requested -> planning -> exporting. Raises PermanentError when it cannot be made, or was
    cancelled meanwhile; then nothing of it stays open."""
    backup = _begin(world, account, backup_id, now)
    if backup.state is BackupState.EXPORTING:
        # Planned by a try whose answer was lost, or a run that died. Mail imported since then
        # would move the cuts between volumes, one of which may be sealed already.
        return [planned_before(world, file) for file in world.backups.volumes(account, backup_id)]
    planned: list[PlannedVolume] = []
    messages = size = 0
    for chosen in backup.mailboxes:
        mailbox = world.accounts.mailbox(account, chosen.id)
        if mailbox is None:
            raise PermanentError("mailbox_gone")
        found, last_uid = _read(world, account, mailbox.id, backup.span)
        if backup.query is not None:
            found = _only_found(world, backup, mailbox, found, now)
        zone = world.limits.zone
        search = search_files_of(world, account, mailbox, now) if found else None
        for layout in lay_out_mailbox(
            backup, mailbox, found, zone, last_uid=last_uid, search=search
        ):
            if len(planned) == MAX_VOLUMES:
                raise PermanentError("too_many_volumes", limit=MAX_VOLUMES)
            planned.append(write_plan(world, backup_id, len(planned) + 1, layout))
            world.backups.put_volume(_volume(world, backup, mailbox.id, len(planned), layout))
        messages += len(found)
        size += sum(message.size for message in found)
    if not planned:
        raise PermanentError("nothing_to_back_up")
    _finish(
        world,
        dataclasses.replace(
            backup,
            state=BackupState.EXPORTING,
            messages=messages,
            bytes=size,
            volumes=len(planned),
            moved_at=whole_second(now),
        ),
    )
    return planned


def _begin(world: HasBackups, account: str, backup_id: str, now: datetime) -> Backup:
    backup = world.backups.get(account, backup_id)
    if backup is None:
        raise PermanentError("backup_not_found")
    if backup.state is BackupState.REQUESTED:
        moved = dataclasses.replace(backup, state=BackupState.PLANNING, moved_at=whole_second(now))
        if world.backups.move(moved, leaves_to(BackupState.PLANNING)):
            return moved
        backup = world.backups.get(account, backup_id) or backup
    # Planning and exporting: an earlier try of this step, killed before its answer arrived.
    if backup.state not in (BackupState.PLANNING, BackupState.EXPORTING):
        raise PermanentError("wrong_state")
    return backup


def _read(world: HasIndex, account: str, mailbox_id: str, span: Span) -> tuple[list[Message], int]:
    """The messages of a mailbox in `span`, and the last uid of all it holds."""
    found: list[Message] = []
    last_uid = 0
    for message in world.index.read(account, mailbox_id):
        last_uid = max(last_uid, message.uid)
        if message.received_at in span and not message.gone:
            found.append(message)
    return found, last_uid


def _only_found(
    world: PlansBackups, backup: Backup, mailbox: Mailbox, messages: list[Message], now: datetime
) -> list[Message]:
    """Those of `messages` that the backup's query finds; search files are made where there are
    none, so that no mail is missed."""
    assert backup.query is not None
    covered = make_missing(world, backup.account, [mailbox], now)
    found = find_all(
        world,
        account=backup.account,
        files=covered.files,
        query=parse_query(backup.query, world.limits.zone),
        span=backup.span,
    )
    keys = {message.key for message in found.messages}
    return [message for message in messages if message.key in keys]


def _volume(
    world: HasVolumes, backup: Backup, mailbox_id: str, number: int, layout: Layout
) -> Volume:
    key = volume_key(backup.account, backup.id, number)
    return Volume(
        account=backup.account,
        backup_id=backup.id,
        number=number,
        state=VolumeState.PENDING,
        filename=layout.filename,
        key=key,
        mailbox_id=mailbox_id,
        messages=len(layout.messages),
        bytes=layout.bytes,
        upload_id=_open(world, key),
        parts=layout.plan.last_number,
    )


def _finish(world: PlansBackups, backup: Backup) -> None:
    if world.backups.move(backup, leaves_to(BackupState.EXPORTING)):
        return
    there = world.backups.get(backup.account, backup.id)
    if there is not None and there.state is BackupState.EXPORTING:
        return
    if there is None or there.state in (BackupState.CANCELLED, BackupState.FAILED):
        # Ended while we planned: what was opened since then nobody else would close.
        remove_volumes(world, backup)
    # Else another try of this step was faster and the files are made: they are not ours to remove.
    raise PermanentError("wrong_state")


def _open(world: HasVolumes, key: str) -> str:
    """The multipart upload of a volume: the one an earlier try opened, or a new one."""
    opened = sorted(
        (found for found in world.volumes.open_multiparts(key) if found.key == key),
        key=lambda found: (found.started, found.upload_id),
    )
    for surplus in opened[1:]:
        world.volumes.abort(key, surplus.upload_id)
    return opened[0].upload_id if opened else world.volumes.open_multipart(key)
