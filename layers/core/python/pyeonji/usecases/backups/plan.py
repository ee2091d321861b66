"""Plan a backup: read the index, cut it into volumes, write every volume's plan to S3.

The plan is exact: sizes, offsets, the directory and the manifest of every volume are settled here,
so what follows only copies. A try to plan that is left behind may go on beside the next, and mail
may have come in between the two: so each draws a token, writes under it, and the volumes of the
table are those of the last that drew one.
"""

import dataclasses
from datetime import datetime
from threading import Lock
from typing import NoReturn, Protocol

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.backups import Backup, Volume, volume_key
from pyeonji.domain.errors import BusyError, PermanentError
from pyeonji.domain.ids import new_id
from pyeonji.domain.instants import whole_second
from pyeonji.domain.limits import MAX_PLANNED
from pyeonji.domain.messages import Message
from pyeonji.domain.states import BackupState, VolumeState
from pyeonji.search.query import parse_query
from pyeonji.usecases.backups.end import RemovesBackups, remove_volumes
from pyeonji.usecases.backups.gone import set_apart
from pyeonji.usecases.backups.layout import Layout, lay_out_mailbox
from pyeonji.usecases.backups.plan_files import PlannedVolume, planned_before, write_plan
from pyeonji.usecases.backups.search_files import search_files_of
from pyeonji.usecases.mail.selecting import ChoosesMail, find_all, make_missing
from pyeonji.worlds import HasAccounts, HasBackups, HasIndex, HasVolumes

#: The machine's state lists the volumes: 1,000 of some 200 bytes fit into its 256 KiB.
MAX_VOLUMES = 1000

#: Planning is an earlier try of this step.
_UNPLANNED = (BackupState.REQUESTED, BackupState.COLLECTING, BackupState.PLANNING)


class PlansBackups(RemovesBackups, HasAccounts, ChoosesMail, Protocol):
    """What planning needs; removing, because nobody may want the plan any more."""


def plan_backup(
    world: PlansBackups, *, account: str, backup_id: str, now: datetime
) -> list[PlannedVolume]:
    """requested -> planning -> exporting. Raises PermanentError when it cannot be made, or was
    cancelled meanwhile; then nothing of it stays open. BusyError when another try has begun since:
    trying again takes up what came of that."""
    try:
        return _plan(world, _begin(world, account, backup_id, now), now)
    except _DisplacedError:
        there = world.backups.get(account, backup_id)
    if there is None or there.state in (BackupState.CANCELLED, BackupState.FAILED):
        raise PermanentError("wrong_state")
    if there.state is BackupState.EXPORTING:
        return _planned_before(world, there)
    if there.state is BackupState.PLANNING:
        raise BusyError("service_busy")
    # It is finished by now: nobody waits for this any more.
    raise PermanentError("wrong_state")


class _DisplacedError(Exception):
    """The plan we make is not, or no longer, the one in force."""


def _plan(world: PlansBackups, backup: Backup, now: datetime) -> list[PlannedVolume]:
    account, backup_id = backup.account, backup.id
    if backup.state is BackupState.EXPORTING:
        # Planned by a try whose answer was lost, or a run that died. Mail imported since then
        # would move the cuts between volumes, one of which may be sealed already.
        return _planned_before(world, backup)
    planned: list[PlannedVolume] = []
    messages = size = 0
    for chosen in backup.mailboxes:
        mailbox = world.accounts.mailbox(account, chosen.id)
        if mailbox is None:
            raise PermanentError("mailbox_gone")
        found, last_uid = _read(world, backup, mailbox.id)
        if backup.query is not None:
            found = _only_found(world, backup, mailbox, found, now)
        gone = [message for message in found if message.gone]
        if gone:
            found = [message for message in found if not message.gone]
            found += set_apart(world, backup, mailbox.id, gone)
        zone = world.limits.zone
        search = search_files_of(world, account, mailbox, now) if found else None
        for layout in lay_out_mailbox(
            backup, mailbox, found, zone, last_uid=last_uid, search=search
        ):
            if len(planned) == MAX_VOLUMES:
                raise PermanentError("too_many_volumes", limit=MAX_VOLUMES)
            number = len(planned) + 1
            planned.append(write_plan(world, backup_id, backup.plan, number, layout))
            if not world.backups.put_volume(_volume(world, backup, mailbox.id, number, layout)):
                _displaced(world, backup)
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


def _planned_before(world: PlansBackups, backup: Backup) -> list[PlannedVolume]:
    files = world.backups.volumes(backup.account, backup.id)
    return [planned_before(world, file) for file in files]


def _begin(world: HasBackups, account: str, backup_id: str, now: datetime) -> Backup:
    backup = world.backups.get(account, backup_id)
    if backup is None:
        raise PermanentError("backup_not_found")
    if backup.state in _UNPLANNED:
        # Planning: an earlier try of this step, killed, or left behind and still at it.
        moved = dataclasses.replace(
            backup, state=BackupState.PLANNING, moved_at=whole_second(now), plan=new_id(now)
        )
        if world.backups.begin_plan(moved):
            return moved
        backup = world.backups.get(account, backup_id) or backup
    # Exporting: an earlier try of this step, killed before its answer arrived.
    if backup.state is not BackupState.EXPORTING:
        raise PermanentError("wrong_state")
    return backup


def _read(world: HasIndex, backup: Backup, mailbox_id: str) -> tuple[list[Message], int]:
    """The messages of a mailbox that are asked for, and the last uid of all it holds."""
    lock = Lock()
    kept = last_uid = 0

    def keep(message: Message) -> bool:
        nonlocal kept, last_uid
        chosen = message.received_at in backup.span and (backup.include_gone or not message.gone)
        with lock:
            last_uid = max(last_uid, message.uid)
            kept += chosen
        if kept > MAX_PLANNED:
            raise PermanentError("too_many_mails", limit=MAX_PLANNED)
        return chosen

    found = list(world.index.read(backup.account, mailbox_id, keep))
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
        plan=backup.plan,
    )


def _finish(world: PlansBackups, backup: Backup) -> None:
    files = world.backups.volumes(backup.account, backup.id)
    # An earlier try had more of them, of mail that has been taken out since. What it opened for
    # them is closed with the backup: another try may be taking it up in this moment.
    surplus = [file for file in files if file.number > backup.volumes]
    if (surplus and not world.backups.drop_surplus(backup, surplus)) or (
        not world.backups.finish_plan(backup)
    ):
        _displaced(world, backup)


def _displaced(world: PlansBackups, backup: Backup) -> NoReturn:
    """Our plan is not the one in force."""
    there = world.backups.get(backup.account, backup.id)
    if there is None or there.state in (BackupState.CANCELLED, BackupState.FAILED):
        # Ended while we planned: what was opened since then nobody else would close.
        remove_volumes(world, backup)
    # Else another try of this step was faster, and the files are not ours to remove.
    raise _DisplacedError


def _open(world: HasVolumes, key: str) -> str:
    """The multipart upload of a volume: the one an earlier try opened, or a new one."""
    opened = sorted(
        (found for found in world.volumes.open_multiparts(key) if found.key == key),
        key=lambda found: (found.started, found.upload_id),
    )
    for surplus in opened[1:]:
        world.volumes.abort(key, surplus.upload_id)
    return opened[0].upload_id if opened else world.volumes.open_multipart(key)
