"""How many of an account's backups may live at once, and do."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime

from pyeonji.domain.backups import Backup
from pyeonji.worlds import HasBackups


@dataclass(frozen=True, slots=True)
class SlotUse:
    """How many slots are taken, and when the next frees by itself: None while none that is taken
    belongs to a backup with an end yet."""

    used: int
    next_free_at: datetime | None


def slot_use(world: HasBackups, account: str, now: datetime) -> SlotUse:
    """That of an account at `now`."""
    backups = (backup for backup, _ in world.backups.all(account))
    return use_of_slots(world.backups.slots(account), backups, now)


def use_of_slots(taken: Set[str], backups: Iterable[Backup], now: datetime) -> SlotUse:
    """By the clock: a slot whose backup is past its time is free, as a request would find it.

    `taken` are the ids of the backups that hold a slot, `backups` all there are.
    """
    ends = [
        backup.expires_at
        for backup in backups
        if backup.id in taken and backup.expires_at is not None
    ]
    coming = [end for end in ends if end > now]
    return SlotUse(len(taken) - (len(ends) - len(coming)), min(coming, default=None))
