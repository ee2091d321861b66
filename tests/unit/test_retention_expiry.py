"""What expires when, to the second; and what leaves the list."""

from datetime import UTC, datetime, timedelta

import pytest

from pyeonji.domain.errors import ConflictError
from pyeonji.domain.limits import URL_LIFETIME
from pyeonji.domain.states import BackupState, VolumeState
from pyeonji.usecases.accounts.slots import SlotUse, slot_use
from pyeonji.usecases.backups.show import volume_url
from pyeonji.usecases.retention.walk import handle_all_due
from tests.support.caretaking import put_backup, put_ready, reconciled, walk
from tests.support.company import (
    KIM,
    SEOUL,
    BackupMachine,
    ask,
    days_ago,
    deliver,
    found_company,
    letter_bytes,
)
from tests.support.fakes import World
from tests.support.faults import Refusing
from tests.support.worlds import altered

SECOND = timedelta(seconds=1)
#: Seoul has no daylight saving time: a week is 604,800 seconds wherever it falls.
MADE = [
    datetime(2027, 12, 31, 23, 59, 59, tzinfo=SEOUL),
    datetime(2028, 1, 1, 0, 0, 0, tzinfo=SEOUL),
    datetime(2028, 2, 22, 0, 0, 0, tzinfo=SEOUL),  # a week later is 29 February
    datetime(2028, 2, 29, 23, 59, 59, tzinfo=SEOUL),
    datetime(2027, 2, 28, 12, 0, 0, tzinfo=SEOUL),
]


def url_at(world: World, at: datetime) -> tuple[datetime, int]:
    """When a URL handed out at `at` ends, and for how many seconds it was signed."""
    answer = volume_url(world, account=KIM, backup_id="b", number=1, now=at)
    return answer.expires_at, int(answer.url.split("expires=")[1].split("&")[0])


@pytest.mark.parametrize("local", MADE, ids=lambda at: f"{at:%Y-%m-%d %H:%M:%S}")
def test_a_volume_lives_seven_days_to_the_second(local: datetime) -> None:
    made = local.astimezone(UTC)
    world = World(made)
    put_ready(world, "b", [made])
    end = made + timedelta(days=7)
    assert end.astimezone(SEOUL).time() == local.time()

    assert walk(world, end - SECOND).done["volume_expired"] == 0
    assert url_at(world, end - SECOND) == (end, 1)
    with pytest.raises(ConflictError, match="volume_expired"):
        url_at(world, end)

    walk(world, end)
    assert world.backups.files[KIM, "b", 1].state is VolumeState.EXPIRED
    backup = world.backups.items[KIM, "b"]
    assert backup.state is BackupState.EXPIRED
    assert backup.purge_at == end + timedelta(days=14)
    assert world.volumes.data == {}
    assert world.backups.slots(KIM) == frozenset()

    walk(world, end + timedelta(days=14) - SECOND)
    assert world.backups.all(KIM)
    walk(world, end + timedelta(days=14))
    assert world.backups.all(KIM) == []


@pytest.mark.parametrize("before", [1, 2, 60, 899, 900, 901, 86_400, 604_800])
def test_a_url_never_outlives_its_volume(before: int) -> None:
    made = datetime(2028, 2, 28, 15, 0, tzinfo=UTC)
    world = World(made)
    put_ready(world, "b", [made])
    end = made + timedelta(days=7)
    at = end - before * SECOND - timedelta(milliseconds=300)
    expires, seconds = url_at(world, at)
    assert at + timedelta(seconds=seconds) == expires <= end
    assert seconds == min(before, int(URL_LIFETIME.total_seconds()))


def test_a_backup_expires_with_its_last_volume_and_not_before() -> None:
    world = World()
    first, last = world.clock, world.clock + timedelta(hours=30)
    put_ready(world, "b", [first, last])
    walk(world, first + timedelta(days=7))
    states = [file.state for file in world.backups.volumes(KIM, "b")]
    assert states == [VolumeState.EXPIRED, VolumeState.READY]
    assert world.backups.items[KIM, "b"].state is BackupState.READY
    end = last + timedelta(days=7)
    assert slot_use(world, KIM, end - SECOND) == SlotUse(1, end)
    assert slot_use(world, KIM, end) == SlotUse(0, None)
    assert len(world.volumes.data) == 1
    walk(world, last + timedelta(days=7))
    assert world.backups.items[KIM, "b"].state is BackupState.EXPIRED
    assert reconciled(world) == []


def test_an_early_volume_may_expire_before_its_backup_is_ready() -> None:
    world = World()
    mailbox = found_company(world)
    deliver(world, mailbox, [(letter_bytes(n, 600_000), days_ago(world, 9)) for n in range(4)])
    backup = ask(world, volume_bytes=1 << 20, download_days=1)
    machine = BackupMachine(world, backup.id, download_days=1)
    planned = machine.plan()
    assert len(planned) > 1
    for place, (number, items) in enumerate(planned):
        if place == len(planned) - 1:
            world.clock += timedelta(hours=30)
            world.machines.running.add(backup.id)
            walk(world, download_days=1)
        for start, length in items:
            machine.part(number, start, length)
        machine.seal(number)
    states = [file.state for file in world.backups.volumes(KIM, backup.id)]
    assert states[0] is VolumeState.EXPIRED
    assert states[-1] is VolumeState.READY
    assert world.backups.items[KIM, backup.id].state is BackupState.READY


def test_a_slot_is_free_at_the_instant_promised_without_retention() -> None:
    world = World()
    mailbox = found_company(world)
    deliver(world, mailbox, [(letter_bytes(1), days_ago(world, 9))])
    for name in "abcde":
        put_ready(world, name, [world.clock])
    world.clock += timedelta(days=7) - SECOND
    with pytest.raises(ConflictError, match="too_many_backups") as refused:
        ask(world)
    assert refused.value.facts["delete_id"] in set("abcde")
    assert refused.value.facts["next_free_at"] == world.clock + SECOND
    world.clock += SECOND
    assert ask(world).state is BackupState.REQUESTED
    # The files are retention's: their volumes are due by themselves.
    walk(world)
    assert world.volumes.data == {}
    assert reconciled(world) == []


def test_failed_and_cancelled_leave_the_list_two_weeks_later() -> None:
    world = World()
    purge_at = world.clock + timedelta(days=14)
    for name, state in (("f", BackupState.FAILED), ("c", BackupState.CANCELLED)):
        put_backup(world, name, state, purge_at=purge_at)
        world.work.put(f"plans/{name}/0001.tail", b"x")
    walk(world, purge_at - SECOND)
    assert len(world.backups.items) == 2
    walk(world, purge_at)
    assert world.backups.items == {}
    assert world.work.data == {}


def test_a_walk_asks_a_day_at_a_time_and_goes_on_where_it_stopped() -> None:
    world = World()
    for n in range(250):
        put_backup(world, f"{n:03}", BackupState.FAILED, purge_at=world.clock)
    world.clock += timedelta(days=40)
    left = iter(range(120))
    first = walk(world, may_go_on=lambda: next(left, None) is not None)
    assert (first.done["backup_purged"], first.more) == (120, True)
    second = walk(world)
    assert (second.done["backup_purged"], second.more) == (130, False)
    # Nothing is left behind it but the two days every walk looks back.
    world.due.asked.clear()
    walk(world)
    assert sorted(set(world.due.asked)) == [
        world.clock.date() - timedelta(days=days) for days in (2, 1, 0)
    ]


def test_an_event_from_the_future_does_not_hide_what_comes_due_before_it() -> None:
    world = World()
    walk(world, world.clock + timedelta(days=30))
    put_ready(world, "b", [world.clock])
    world.clock += timedelta(days=8)
    assert walk(world).done["volume_expired"] == 1


def test_an_event_delivered_late_or_twice_does_nothing_again() -> None:
    world = World()
    put_ready(world, "b", [world.clock])
    end = world.clock + timedelta(days=7)
    world.clock = end
    walk(world)
    after = (dict(world.backups.items), dict(world.backups.files))
    walk(world, end)
    walk(world, end - timedelta(days=3))
    assert (world.backups.items, world.backups.files) == after


def test_one_broken_thing_does_not_keep_the_others_waiting() -> None:
    world = World()
    for name in "abc":
        put_ready(world, name, [world.clock])
    world.clock += timedelta(days=7)
    passed_over: list[str] = []
    # The first file that is to be deleted cannot be, nor can it when it is tried again.
    throttled = Refusing(
        world.volumes, OSError("SlowDown"), lambda name, call: name == "delete" and call in (1, 4)
    )
    careful = altered(world, volumes=throttled, warn=lambda kind, error: passed_over.append(kind))
    first = handle_all_due(
        careful, now=world.clock, today=world.clock.date(), may_go_on=lambda: True
    )
    assert first.passed_over == len(passed_over) == 2
    assert first.done["backup_expired"] == 2
    assert len(world.volumes.data) == 1
    walk(world)
    assert world.volumes.data == {}
    assert world.backups.slots(KIM) == frozenset()
