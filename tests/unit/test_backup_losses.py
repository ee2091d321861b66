"""What is not there any more of a backup, and whose doing that was; and what a poll costs."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from pyeonji.domain.errors import PermanentError
from pyeonji.domain.limits import MIB
from pyeonji.domain.states import BackupState
from pyeonji.usecases.accounts.me import show_me
from pyeonji.usecases.backups.end import cancel_backup
from pyeonji.usecases.backups.show import list_backups
from tests.support.company import (
    KIM,
    BackupMachine,
    ask,
    days_ago,
    deliver,
    found_company,
    letter_bytes,
)
from tests.support.fakes import World
from tests.support.worlds import altered, wrapped


def planned() -> tuple[World, BackupMachine, list[tuple[int, list[tuple[int, int]]]]]:
    """A backup of several volumes, planned; its first has parts of its own."""
    world = World()
    mails = [(letter_bytes(n, 60_000), days_ago(world, 9)) for n in range(300)]
    deliver(world, found_company(world), mails)
    machine = BackupMachine(world, ask(world, volume_bytes=7 * MIB).id)
    return world, machine, machine.plan()


def lose(world: World, *endings: str) -> None:
    """Objects of the plan, gone from the work bucket."""
    for key in list(world.work.data):
        if key.endswith(endings):
            del world.work.data[key]


@pytest.mark.parametrize("ending", [".tail", ".seal.json"])
def test_a_lost_plan_is_our_own_failure_when_sealing(ending: str) -> None:
    world, machine, plan = planned()
    number, items = plan[0]
    for item in items:
        machine.part(number, *item)
    lose(world, f"0001{ending}")
    with pytest.raises(PermanentError, match="backup_failed_internally"):
        machine.seal(number)


def test_a_lost_plan_is_our_own_failure_when_making_parts() -> None:
    world, machine, plan = planned()
    lose(world, "0001.parts.jsonl")
    with pytest.raises(PermanentError, match="backup_failed_internally"):
        machine.part(1, *plan[0][1][0])
    assert machine.fail()
    backup = world.backups.get(KIM, machine.backup_id)
    assert backup is not None and backup.failure == "backup_failed_internally"


def test_a_lost_multipart_upload_is_not_a_lost_segment() -> None:
    world, machine, plan = planned()
    world.volumes.open.clear()
    with pytest.raises(PermanentError, match="backup_failed_internally"):
        machine.part(1, *plan[0][1][0])
    with pytest.raises(PermanentError, match="backup_failed_internally"):
        machine.seal(1)


def test_a_lost_segment_says_so() -> None:
    world, machine, plan = planned()
    world.mail.data.clear()
    with pytest.raises(PermanentError, match="segment_missing"):
        machine.part(1, *plan[0][1][0])


def test_a_plan_that_went_with_its_backup_is_nobodys_loss() -> None:
    world, machine, plan = planned()
    cancel_backup(world, account=KIM, backup_id=machine.backup_id, now=world.clock)
    for act in (lambda: machine.part(1, *plan[0][1][0]), lambda: machine.seal(1)):
        with pytest.raises(PermanentError, match="wrong_state"):
            act()


def test_cancelling_many_volumes_aborts_some_at_a_time_and_not_all() -> None:
    world, machine, _ = planned()
    for number in range(200):
        world.volumes.open_multipart(f"volumes/{KIM}/{machine.backup_id}/{number:04d}.zip")
    lock = threading.Lock()
    now = most = 0

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(world.volumes, name)

        def abort(self, key: str, upload_id: str) -> None:
            nonlocal now, most
            with lock:
                now += 1
                most = max(most, now)
            time.sleep(0.01)
            with lock:
                now -= 1
                world.volumes.abort(key, upload_id)

    begun = time.monotonic()
    ended = cancel_backup(
        altered(world, volumes=Slow()), account=KIM, backup_id=machine.backup_id, now=world.clock
    )
    assert ended.state is BackupState.CANCELLED
    assert world.volumes.open == {}
    assert 1 < most <= 16
    assert time.monotonic() - begun < 1.5, "200 of 10 ms, one after the other, are two seconds"


@pytest.mark.parametrize(
    "poll",
    [
        lambda world: list_backups(world, account=KIM, after=None, limit=50, now=world.clock),
        lambda world: show_me(world, email=KIM, now=world.clock),
    ],
    ids=["/backups", "/me"],
)
def test_a_poll_reads_nothing_twice(poll: Callable[[World], object]) -> None:
    world, machine, plan = planned()
    machine.part(1, *plan[0][1][0])
    asked: Counter[str] = Counter()

    class Counted:
        def __init__(self, name: str, port: Any) -> None:
            self._name, self._port = name, port

        def __getattr__(self, method: str) -> Any:
            asked[f"{self._name}.{method}"] += 1
            return getattr(self._port, method)

    poll(wrapped(world, Counted))
    assert asked["backups.all"] == asked["backups.slots"] == 1
    assert max(asked.values()) == 1, asked
