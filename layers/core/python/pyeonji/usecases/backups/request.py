"""Ask for a backup: taking one of the slots, and starting the machine."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pyeonji.domain.backups import Backup
from pyeonji.domain.errors import ConflictError, UnprocessableError
from pyeonji.domain.ids import new_id
from pyeonji.domain.instants import whole_second
from pyeonji.domain.states import BackupState
from pyeonji.usecases.accounts.slots import use_of_slots
from pyeonji.usecases.backups.estimate import EstimatesBackups, check_size, holds_mail
from pyeonji.usecases.backups.expire import FreesSlots, free_overdue
from pyeonji.usecases.backups.selection import Wanted, select
from pyeonji.worlds import HasHomes, HasMachines


class RequestsBackups(EstimatesBackups, FreesSlots, HasMachines, HasHomes, Protocol):
    """What asking for a backup needs."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A request that a schedule makes: under which id, and which of its backups it follows."""

    id: str
    follows: str | None = None


def request_backup(
    world: RequestsBackups, *, account: str, wanted: Wanted, now: datetime,
    scheduled: Scheduled | None = None,
) -> Backup:  # fmt: skip
    """Take a slot, write the request, start the machine under the request's own id.

    Raises what `select` raises, UnprocessableError nothing_to_back_up, too_many_mails and
    too_many_mailboxes_chosen, ConflictError too_many_backups. Killed before the machine started,
    the request is found and started by retention.
    """
    selection = select(world, account, wanted, now)
    check_size(world, account, selection)
    connected = world.homes.of(account.rpartition("@")[2]).connected
    # What a connected server has is known only when it was asked.
    if not (connected or holds_mail(world, account, selection, now)):
        raise UnprocessableError("nothing_to_back_up")
    backup = Backup(
        id=scheduled.id if scheduled else new_id(now),
        account=account,
        state=BackupState.REQUESTED,
        mailboxes=selection.chosen,
        period=wanted.period,
        span=selection.span,
        volume_bytes=selection.volume_bytes,
        query=wanted.query,
        scheduled=scheduled is not None,
        follows=scheduled.follows if scheduled else None,
        requested_at=whole_second(now),
        moved_at=whole_second(now),
        collects=connected,
        everything=connected and wanted.mailboxes is None,
        include_gone=wanted.include_gone,
    )
    # A slot is free at the instant that was promised, not at retention's next round.
    if not world.backups.request(backup, world.limits.max_backups) and not (
        free_overdue(world, account, now=now)
        and world.backups.request(backup, world.limits.max_backups)
    ):
        raise _too_many(world, account, now)
    world.machines.start_backup(backup.execution, backup.payload)
    return backup


def _too_many(world: FreesSlots, account: str, now: datetime) -> ConflictError:
    backups = [backup for backup, _ in world.backups.all(account)]
    ready = [
        backup
        for backup in backups
        if backup.state is BackupState.READY and backup.expires_at is not None
    ]
    oldest = min(ready, key=lambda backup: backup.requested_at, default=None)
    frees = use_of_slots(world.backups.slots(account), backups, now).next_free_at
    return ConflictError(
        "too_many_backups",
        limit=world.limits.max_backups,
        delete_id=oldest.id if oldest else None,
        delete_requested_at=oldest.requested_at.astimezone(world.limits.zone) if oldest else None,
        next_free_at=frees.astimezone(world.limits.zone) if frees else None,
    )
