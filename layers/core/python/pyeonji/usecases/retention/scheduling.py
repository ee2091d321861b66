"""What comes of a schedule: its next backup made, the last one seen to its end, the oldest gone.

The backup of a due instant has an id that follows from it, and is written before the schedule
moves on; so killed anywhere and done again there is one, and one only. Nothing made by hand is ever
touched.
"""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from pyeonji.domain.backups import Backup
from pyeonji.domain.errors import ConflictError, ForbiddenError, NotFoundError, UnprocessableError
from pyeonji.domain.instants import whole_second
from pyeonji.domain.schedules import (
    Schedule,
    backup_id_of,
    due_of_schedule,
    next_time,
    period_of,
)
from pyeonji.domain.states import WORKING_BACKUP, BackupState
from pyeonji.ports import NotSentError
from pyeonji.usecases.backups.end import delete_backup
from pyeonji.usecases.backups.request import Scheduled, request_backup
from pyeonji.usecases.backups.selection import Wanted
from pyeonji.usecases.notices.schedule import tell_skipped
from pyeonji.worlds import (
    HasAccounts,
    HasBackups,
    HasHomes,
    HasIndex,
    HasIndexing,
    HasLimits,
    HasMachines,
    HasMail,
    HasMailer,
    HasNotices,
    HasSchedules,
    HasSearchFiles,
    HasUploads,
    HasVolumes,
    HasWork,
)

#: It came to its end as it should have; what expired since was there, too.
_FINISHED = frozenset({BackupState.READY, BackupState.EXPIRED})
#: Nothing new: no reason to tell anybody.
_NOTHING_NEW = "nothing_to_back_up"


class FollowsSchedules(
    HasAccounts, HasBackups, HasUploads, HasIndex, HasIndexing, HasSearchFiles, HasMachines,
    HasMail, HasVolumes, HasWork, HasLimits, HasNotices, HasMailer, HasHomes, HasSchedules,
    Protocol,
):  # fmt: skip
    """What a schedule that is due needs: all that asking for a backup, deleting one and telling
    people of it need."""

    @property
    def page_url(self) -> str: ...

    def warn(self, kind: str, error: Exception) -> None:
        """Something of this kind could not be done and was passed over."""


def follow_schedule(world: FollowsSchedules, schedule: Schedule, *, now: datetime) -> str:
    """Whatever is due of it at `now`; in a word what was done."""
    if now < due_of_schedule(schedule):
        return "nothing"
    done = "nothing"
    if schedule.backup is not None:
        seen, done = _seen(world, schedule, now)
        if not world.schedules.move(seen, schedule):
            return "nothing"  # somebody set another meanwhile
        schedule = seen
    return done if now < schedule.next_at else _make(world, schedule, now)


def _seen(world: FollowsSchedules, schedule: Schedule, now: datetime) -> tuple[Schedule, str]:
    """The backup made last, looked after."""
    assert schedule.backup is not None
    backup = world.backups.get(schedule.account, schedule.backup)
    if backup is not None and backup.state in WORKING_BACKUP:
        return replace(schedule, seen_at=whole_second(now)), "schedule_waits"
    seen = replace(schedule, backup=None, seen_at=None)
    if backup is None or backup.state not in _FINISHED:
        # Failed, and its notice says so; or deleted. What it would have held comes next time.
        return seen, "schedule_seen"
    _prune(world, schedule, now)
    return replace(seen, until=backup.span.end, follows=backup.id), "schedule_seen"


def _make(world: FollowsSchedules, schedule: Schedule, now: datetime) -> str:
    made, skipped = _made(world, schedule, now)
    moved = replace(
        schedule,
        next_at=next_time(schedule, now, world.limits.zone),
        backup=made.id if made else schedule.backup,
        seen_at=whole_second(now) if made else schedule.seen_at,
        skipped=None if made or skipped == _NOTHING_NEW else skipped,
    )
    # Told before it is written down that it was: killed in between, the claim keeps it at one.
    if moved.skipped is not None and schedule.skipped is None:
        try:
            tell_skipped(world, schedule=moved, request_id=backup_id_of(schedule), now=now)
        except NotSentError as error:
            world.warn("schedule", error)
    if not world.schedules.move(moved, schedule):
        return "nothing"
    return "schedule_made" if made else "schedule_skipped"


def _made(
    world: FollowsSchedules, schedule: Schedule, now: datetime
) -> tuple[Backup | None, str | None]:
    """The backup of this due instant, or why there is none."""
    backup_id = backup_id_of(schedule)
    there = world.backups.get(schedule.account, backup_id)
    if there is not None:  # made by a try that was killed behind it
        return there, None
    period = period_of(schedule, now, world.limits.zone)
    if period is None:
        return None, _NOTHING_NEW
    mailboxes = schedule.mailboxes
    if mailboxes is not None:
        existing = {box.id for box in world.accounts.mailboxes(schedule.account)}
        mailboxes = tuple(each for each in mailboxes if each in existing)
        if not mailboxes:
            return None, "mailbox_not_found"
    unit = schedule.volume_bytes
    if unit is not None:
        unit = min(unit, world.limits.volume_bytes)
    wanted = Wanted(mailboxes, period, unit)
    scheduled = Scheduled(backup_id, schedule.follows if schedule.until else None)

    def ask() -> Backup:
        return request_backup(
            world, account=schedule.account, wanted=wanted, now=now, scheduled=scheduled
        )

    try:
        try:
            return ask(), None
        except ConflictError as error:
            # Its own oldest makes room, where more than one of its own is left then.
            if error.code != "too_many_backups" or not _make_room(world, schedule, now):
                raise
            return ask(), None
    except (ConflictError, ForbiddenError, NotFoundError, UnprocessableError) as error:
        return None, error.code


def _own(world: FollowsSchedules, account: str) -> list[Backup]:
    """What schedules made that can be downloaded, newest first."""
    return [
        backup
        for backup, _ in world.backups.all(account)
        if backup.scheduled and backup.state is BackupState.READY
    ]


def _prune(world: FollowsSchedules, schedule: Schedule, now: datetime) -> None:
    """All of its own but the newest `keep`."""
    for backup in _own(world, schedule.account)[schedule.keep :]:
        _delete(world, backup, now)


def _make_room(world: FollowsSchedules, schedule: Schedule, now: datetime) -> bool:
    own = _own(world, schedule.account)
    if len(own) < max(2, schedule.keep):
        return False
    return _delete(world, own[-1], now)


def _delete(world: FollowsSchedules, backup: Backup, now: datetime) -> bool:
    """False while it is being brought back, or when it went by itself."""
    try:
        delete_backup(world, account=backup.account, backup_id=backup.id, now=now)
    except (ConflictError, NotFoundError):
        return False
    return True
