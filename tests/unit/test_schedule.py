"""Schedules: one backup a due day whatever is killed, the last few kept, none by hand touched."""

import copy
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pyeonji.domain.accounts import Account, Mailbox
from pyeonji.domain.backups import Backup
from pyeonji.domain.errors import InvalidRequestError, NotFoundError
from pyeonji.domain.periods import PeriodKind, midnight
from pyeonji.domain.schedules import (
    WATCH_EVERY,
    Every,
    Schedule,
    What,
    backup_id_of,
    due_of_schedule,
    next_time,
)
from pyeonji.domain.states import BackupState
from pyeonji.usecases.backups.schedule import (
    Asked,
    drop_schedule,
    set_schedule,
    show_schedule,
)
from tests.support.aws_world import aws_world
from tests.support.caretaking import walk
from tests.support.company import (
    KIM,
    SEOUL,
    BackupMachine,
    ask,
    deliver,
    found_company,
    letter_bytes,
)
from tests.support.fakes import World
from tests.support.faults import KilledError, count_writes, kill_points
from tests.support.worlds import altered, dying, limited

DAILY = Asked(None, "day", "all", keep=2)


def schedule(every: Every, at: datetime, account: str = KIM) -> Schedule:
    return Schedule(account, every, What.ALL, 3, set_at=at, next_at=at)


def local(*when: int, zone: ZoneInfo = SEOUL) -> datetime:
    return datetime(*when, tzinfo=zone)  # type: ignore[arg-type,misc]


def days(every: Every, at: datetime, count: int, zone: ZoneInfo = SEOUL) -> list[str]:
    """The days on which it is due, in the zone."""
    one = schedule(every, at)
    found = []
    for _ in range(count):
        at = next_time(one, at, zone)
        found.append(f"{at.astimezone(zone):%m-%d}")
    return found


def test_every_day_week_and_month() -> None:
    at = local(2026, 1, 30, 15)
    assert days(Every.DAY, at, 3) == ["01-31", "02-01", "02-02"]
    assert days(Every.WEEK, at, 3) == ["01-31", "02-07", "02-14"]
    assert days(Every.MONTH, at, 4) == ["01-31", "02-28", "03-31", "04-30"], "month ends"
    assert days(Every.MONTH, local(2028, 1, 29, 0), 3) == ["01-30", "02-29", "03-30"]
    assert days(Every.DAY, local(2026, 12, 31, 23), 2) == ["01-01", "01-02"]


def test_where_clocks_are_turned_a_day_is_a_day() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert days(Every.DAY, local(2026, 3, 27, 12, zone=berlin), 4, berlin) == [
        "03-28", "03-29", "03-30", "03-31",
    ]  # fmt: skip
    assert days(Every.DAY, local(2026, 10, 23, 12, zone=berlin), 4, berlin) == [
        "10-24", "10-25", "10-26", "10-27",
    ]  # fmt: skip


def test_it_is_made_in_the_night_and_not_everybody_s_in_the_same_minute() -> None:
    at = local(2026, 6, 15, 12)
    minutes = set()
    for number in range(200):
        due = next_time(schedule(Every.DAY, at, f"{number}@acme.example"), at, SEOUL)
        after = due - midnight(due.astimezone(SEOUL).date(), SEOUL)
        assert timedelta(0) <= after < timedelta(hours=4)
        minutes.add(after)
    assert len(minutes) > 100
    assert next_time(schedule(Every.DAY, at), due, SEOUL) > due


def test_an_id_is_the_due_instant_s() -> None:
    one = schedule(Every.DAY, local(2026, 6, 15, 12))
    assert backup_id_of(one) == backup_id_of(replace(one, keep=5, skipped="too_many_backups"))
    assert backup_id_of(one) != backup_id_of(replace(one, next_at=one.next_at + timedelta(days=1)))
    assert backup_id_of(one) != backup_id_of(replace(one, account="lee@acme.example"))


@pytest.fixture
def world() -> World:
    made = World()
    box = found_company(made)
    deliver(made, box, [(letter_bytes(1), made.clock - timedelta(days=9))])
    return made


def arrive(world: World, number: int) -> None:
    """A mail comes in now."""
    (box,) = world.accounts.mailboxes(KIM)
    deliver(world, box, [(letter_bytes(number), world.clock)], chunk=f"{number:05d}")


def pass_time(world: World, until: datetime, *, run: bool = True) -> None:
    """Walks of retention every half hour; machines run to their end at once."""
    while world.clock < until:
        world.clock = min(until, world.clock + timedelta(minutes=30))
        walk(world)
        for backup in list(world.backups.items.values()):
            if run and backup.state is BackupState.REQUESTED:
                BackupMachine(world, backup.id).run()


def scheduled(world: World) -> list[Backup]:
    """Those a schedule made, oldest first."""
    return [backup for _, backup in sorted(world.backups.items.items()) if backup.scheduled]


def nights(world: World, count: int, **options: Any) -> None:
    pass_time(world, world.clock + timedelta(days=count), **options)


def test_one_a_day_and_the_last_two_kept(world: World) -> None:
    by_hand = ask(world)
    BackupMachine(world, by_hand.id).run()
    set_schedule(world, account=KIM, asked=DAILY, now=world.clock)
    nights(world, 5)
    made = [each for each in scheduled(world) if each.state is BackupState.READY]
    assert len(made) == 2
    assert [f"{each.span.end.astimezone(SEOUL):%m-%d %H:%M}" for each in made] == [
        "06-19 00:00", "06-20 00:00",
    ]  # fmt: skip
    assert world.backups.get(KIM, by_hand.id), "made by hand, it stays"
    assert len(world.backups.slots(KIM)) == 3
    assert len(world.machines.backups) == 1 + 5


def test_what_is_new_follows_the_one_before_without_a_gap(world: World) -> None:
    asked = replace(DAILY, what="new", keep=4)
    set_schedule(world, account=KIM, asked=asked, now=world.clock)
    seen: dict[str, Backup] = {}
    for number in range(2, 7):
        arrive(world, number)
        nights(world, 1)
        seen |= {each.id: each for each in scheduled(world)}
    made = list(seen.values())
    assert len(made) == 5
    assert made[0].period.kind is PeriodKind.ALL and made[0].follows is None
    for before, after in pairwise(made):
        assert after.span.start == before.span.end, "no gap, no overlap"
        assert after.follows == before.id
        assert world.backups.get(KIM, after.id).messages in (1, 2)
    last = world.backups.volumes(KIM, made[-1].id)[0]
    with zipfile.ZipFile(BytesIO(world.volumes.get(last.key))) as archive:
        assert json.loads(archive.read("archive.json"))["pyeonji"] == {
            "version": 1, "follows": made[-2].id,
        }  # fmt: skip
    first = world.backups.volumes(KIM, made[1].id)[0]
    assert first.messages == 1


def test_a_day_without_new_mail_is_no_backup_and_no_complaint(world: World) -> None:
    set_schedule(world, account=KIM, asked=replace(DAILY, what="new"), now=world.clock)
    nights(world, 3)
    assert len(scheduled(world)) == 1
    assert not [mail for mail in world.mailer.sent if "예약" in mail[1]]
    arrive(world, 2)
    nights(world, 2)
    assert [each.messages for each in scheduled(world)] == [1, 1]


def test_one_that_failed_is_made_up_for_by_the_next(world: World) -> None:
    set_schedule(world, account=KIM, asked=replace(DAILY, what="new"), now=world.clock)
    nights(world, 1)
    arrive(world, 2)
    nights(world, 1, run=False)
    failed = scheduled(world)[-1]
    BackupMachine(world, failed.id).fail()
    arrive(world, 3)
    nights(world, 1)
    last = scheduled(world)[-1]
    assert last.messages == 2, "what the failed one would have held is in it"
    assert last.follows == scheduled(world)[0].id


def told(world: World) -> list[str]:
    return [mail[2] for mail in world.mailer.sent if "예약" in mail[1]]


def test_without_a_slot_the_person_hears_of_it_once(world: World) -> None:
    for _ in range(5):
        ask(world)
    by_hand = set(world.backups.items)
    set_schedule(world, account=KIM, asked=DAILY, now=world.clock)
    nights(world, 3, run=False)
    assert not scheduled(world) and set(world.backups.items) >= by_hand
    [text] = told(world)
    assert "5" in text
    assert show_schedule(world, account=KIM).skipped == "too_many_backups"
    world.backups.taken[KIM] = frozenset()
    nights(world, 1)
    assert len(scheduled(world)) == 1
    assert show_schedule(world, account=KIM).skipped is None
    for _ in range(4):
        ask(world)
    nights(world, 1)
    assert len(told(world)) == 2, "it was made in between, so this is news"


def test_its_own_oldest_makes_room_but_never_the_last(world: World) -> None:
    set_schedule(world, account=KIM, asked=DAILY, now=world.clock)
    nights(world, 2)
    first, second = scheduled(world)
    for _ in range(3):
        ask(world)
    nights(world, 1)
    ids = [each.id for each in scheduled(world)]
    assert first.id not in ids and second.id in ids and len(ids) == 2
    alone = World()
    box = found_company(alone)
    deliver(alone, box, [(letter_bytes(1), alone.clock - timedelta(days=9))])
    set_schedule(alone, account=KIM, asked=replace(DAILY, keep=1), now=alone.clock)
    nights(alone, 1)
    [only] = scheduled(alone)
    for _ in range(4):
        ask(alone)
    nights(alone, 1)
    assert scheduled(alone) == [alone.backups.get(KIM, only.id)]


def test_mailboxes_that_are_gone_are_left_out(world: World) -> None:
    (box,) = world.accounts.mailboxes(KIM)
    other = Mailbox("01J0000000000000000000000B", "other")
    world.accounts.create_mailbox(KIM, other)
    asked = replace(DAILY, mailboxes=[box.id, other.id])
    set_schedule(world, account=KIM, asked=asked, now=world.clock)
    world.accounts.delete_mailbox(KIM, other)
    nights(world, 1)
    assert [each.id for each in scheduled(world)[0].mailboxes] == [box.id]
    drop_schedule(world, account=KIM)
    world.accounts.create_mailbox(KIM, other)
    set_schedule(world, account=KIM, asked=replace(DAILY, mailboxes=[other.id]), now=world.clock)
    world.accounts.delete_mailbox(KIM, other)
    nights(world, 1)
    assert show_schedule(world, account=KIM).skipped == "mailbox_not_found"
    assert len(told(world)) == 1


def test_an_account_that_is_not_ready_is_told_why(world: World) -> None:
    set_schedule(world, account=KIM, asked=DAILY, now=world.clock)
    world.accounts.put_account(Account(KIM, mail_ready=False))
    nights(world, 2)
    assert show_schedule(world, account=KIM).skipped == "mail_not_set_up"
    assert len(told(world)) == 1


def test_who_wants_no_notices_gets_none(world: World) -> None:
    set_schedule(world, account=KIM, asked=DAILY, now=world.clock)
    world.accounts.put_account(Account(KIM, mail_ready=False, wants_notices=False))
    nights(world, 2)
    assert not told(world)


def test_days_that_retention_slept_through_are_one_backup(world: World) -> None:
    set_schedule(world, account=KIM, asked=DAILY, now=world.clock)
    world.clock += timedelta(days=9)
    walk(world)
    assert len(scheduled(world)) == 1
    assert show_schedule(world, account=KIM).next_at > world.clock
    walk(world)
    assert len(scheduled(world)) == 1


def test_it_is_no_longer_due_once_it_was_looked_at(world: World) -> None:
    """What is due and stays due would be looked at on every walk."""
    set_schedule(world, account=KIM, asked=DAILY, now=world.clock)
    world.clock = show_schedule(world, account=KIM).next_at
    walk(world)
    made = show_schedule(world, account=KIM)
    assert made.backup == scheduled(world)[0].id
    assert due_of_schedule(made) == world.clock + WATCH_EVERY
    world.clock += WATCH_EVERY
    walk(world)
    assert due_of_schedule(show_schedule(world, account=KIM)) == world.clock + WATCH_EVERY
    BackupMachine(world, made.backup).run()
    world.clock += WATCH_EVERY
    walk(world)
    assert due_of_schedule(show_schedule(world, account=KIM)) == made.next_at


def test_set_anew_it_knows_what_it_made(world: World) -> None:
    asked = replace(DAILY, what="new")
    set_schedule(world, account=KIM, asked=asked, now=world.clock)
    nights(world, 1)
    until = show_schedule(world, account=KIM).until
    assert until is not None
    assert set_schedule(world, account=KIM, asked=replace(asked, keep=1), now=world.clock).until
    other = set_schedule(world, account=KIM, asked=DAILY, now=world.clock)
    assert other.until is None, "everything is not what is new"
    drop_schedule(world, account=KIM)
    with pytest.raises(NotFoundError, match="schedule_not_found"):
        show_schedule(world, account=KIM)
    with pytest.raises(NotFoundError, match="schedule_not_found"):
        drop_schedule(world, account=KIM)
    nights(world, 2)
    assert len(scheduled(world)) == 1, "no more by themselves, and those that are there stay"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"every": "hour"}, "every"), ({"what": "some"}, "what"), ({"keep": 0}, "keep"),
        ({"keep": 5}, "keep"), ({"volume_bytes": 1}, "volume_bytes"),
        ({"mailboxes": []}, "mailboxes"),
    ],
)  # fmt: skip
def test_what_cannot_be(world: World, change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        set_schedule(world, account=KIM, asked=replace(DAILY, **change), now=world.clock)
    assert caught.value.field == field
    assert not world.schedules.items
    set_schedule(limited(world, max_backups=1), account=KIM, asked=replace(DAILY, keep=1),
                 now=world.clock)  # fmt: skip


def due_to_make() -> World:
    """About to make its fourth, with the one before to look after."""
    world = World()
    box = found_company(world)
    deliver(world, box, [(letter_bytes(1), world.clock - timedelta(days=9))])
    set_schedule(world, account=KIM, asked=replace(DAILY, what="new"), now=world.clock)
    for number in (2, 3, 4):
        arrive(world, number)
        nights(world, 1)
    arrive(world, 5)
    last = show_schedule(world, account=KIM)
    world.clock = last.next_at + timedelta(minutes=1)
    # As if nobody had looked since the last one was made.
    kept = [each for each in scheduled(world) if each.state is BackupState.READY]
    world.schedules.put(replace(last, backup=kept[-1].id, seen_at=last.next_at - timedelta(days=1),
                                until=kept[-2].span.end, follows=kept[-2].id))  # fmt: skip
    return world


def full() -> World:
    """One that finds no slot, and has to say so."""
    world = due_to_make()
    for _ in range(5 - len(world.backups.slots(KIM))):
        ask(world)
    world.schedules.put(replace(show_schedule(world, account=KIM), keep=4))
    return world


@pytest.mark.parametrize("build", [due_to_make, full])
def test_killed_anywhere_there_is_one(build: Callable[[], World]) -> None:
    start = build()
    before = {each.id for each in scheduled(start)}
    undisturbed = copy.deepcopy(start)
    writes = count_writes(lambda switch: walk(dying(undisturbed, switch)))
    assert writes >= 4
    wanted = {each.id for each in scheduled(undisturbed)} - before
    assert len(wanted) == (1 if build is due_to_make else 0)
    for switch in kill_points(writes):
        world = copy.deepcopy(start)
        with pytest.raises(KilledError):
            walk(dying(world, switch))
        walk(world)
        walk(world)
        at = (switch.at, switch.when)
        assert {each.id for each in scheduled(world)} - before == wanted, at
        assert world.schedules.items == undisturbed.schedules.items, at
        assert world.backups.slots(KIM) == undisturbed.backups.slots(KIM), at
        assert len(told(world)) <= 1, at


def test_two_walks_at_once_make_one(world: World) -> None:
    set_schedule(world, account=KIM, asked=DAILY, now=world.clock)
    world.clock = show_schedule(world, account=KIM).next_at

    class Late:
        """Another walk goes by before this one writes."""

        def __init__(self) -> None:
            self.done = False

        def __getattr__(self, name: str) -> Any:
            return getattr(world.schedules, name)

        def move(self, one: Schedule, was: Schedule) -> bool:
            if not self.done:
                self.done = True
                walk(world)
            return world.schedules.move(one, was)

    walk(altered(world, schedules=Late()))
    assert len(scheduled(world)) == 1 and len(world.machines.backups) == 1


def test_on_dynamodb_it_stands_in_the_due_index() -> None:
    with aws_world() as world:
        now = world.now()
        one = schedule(Every.WEEK, now)
        one = replace(one, next_at=next_time(one, now, SEOUL), mailboxes=("a", "b"))
        assert world.schedules.get(KIM) is None
        world.schedules.put(one)
        assert world.schedules.get(KIM) == one
        page = world.due.due(one.next_at.astimezone(UTC).date(), one.next_at, None, 10)
        assert [(each.kind.value, each.account) for each in page.pointers] == [("schedule", KIM)]
        moved = replace(one, backup="01J", seen_at=now, until=now, follows="01H", skipped="x")
        assert world.schedules.move(moved, one)
        assert not world.schedules.move(one, one), "it has moved"
        assert world.schedules.get(KIM) == moved
        assert world.schedules.move(replace(moved, keep=1), moved)
        assert world.schedules.delete(KIM) and not world.schedules.delete(KIM)
        assert not world.schedules.move(moved, moved), "gone is gone"
