"""Plans of one backup made side by side: the last that began is the one in force."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest

from pyeonji.domain.errors import BusyError, PermanentError
from pyeonji.domain.limits import MIB
from pyeonji.domain.states import BackupState
from pyeonji.usecases.backups.end import cancel_backup
from pyeonji.usecases.backups.plan import plan_backup
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
from tests.support.faults import Faulty, Meanwhile

#: Writes of a plan to the table: it begins, a volume each, it ends.
WRITES = ("begin", "first volume", "second volume", "end")


def asked() -> tuple[World, BackupMachine, Callable[[int], None]]:
    """A backup of two volumes, and how more mail gets into the mailbox."""
    world = World()
    box = found_company(world)

    def more(first: int) -> None:
        mails = [(letter_bytes(first + n, 160_000), days_ago(world, 20)) for n in range(40)]
        deliver(world, box, mails, chunk=f"{first:05d}")

    more(0)
    backup = ask(world, volume_bytes=2 * MIB)
    return world, BackupMachine(world, backup.id), more


def mails_in(world: World, backup_id: str) -> int:
    """How many different mails its files hold."""
    found = set()
    for file in world.backups.volumes(KIM, backup_id):
        with zipfile.ZipFile(io.BytesIO(world.volumes.data[file.key])) as archive:
            found |= {archive.read(name) for name in archive.namelist() if name.endswith(".eml")}
    return len(found)


def plan_with(world: World, machine: BackupMachine, at: int, happens: Callable[[], object]) -> None:
    """Plan; before the `at`-th write to the table something else happens."""
    true = world.backups
    world.backups = Faulty(true, Meanwhile(at, "before", lambda: outside(happens)))  # type: ignore[assignment]

    def outside(act: Callable[[], object]) -> None:
        world.backups, was = true, world.backups
        act()
        world.backups = was

    try:
        machine.plan()
    finally:
        world.backups = true


@pytest.mark.parametrize("at", range(2, len(WRITES) + 1), ids=WRITES[1:])
def test_a_plan_left_behind_writes_nothing_into_its_next_try(at: int) -> None:
    world, machine, more = asked()

    def next_try() -> None:
        more(1_000)
        machine.plan()

    # What came of the next try is what this one answers, too.
    plan_with(world, machine, at, next_try)
    machine.run()
    backup = world.backups.get(KIM, machine.backup_id)
    assert backup is not None and backup.state is BackupState.READY
    assert backup.messages == 80
    assert mails_in(world, backup.id) == 80
    assert {file.plan for file in world.backups.volumes(KIM, backup.id)} == {backup.plan}


def test_a_plan_displaced_by_one_at_work_is_to_be_tried_again() -> None:
    world, machine, _ = asked()

    def another_begins() -> None:
        backup = world.backups.get(KIM, machine.backup_id)
        assert backup is not None
        assert world.backups.begin_plan(replace(backup, plan="another"))

    with pytest.raises(BusyError):
        plan_with(world, machine, 2, another_begins)
    machine.run()
    assert mails_in(world, machine.backup_id) == 40


def test_a_plan_cancelled_while_it_is_made_leaves_nothing_open() -> None:
    world, machine, _ = asked()
    with pytest.raises(PermanentError, match="wrong_state"):
        plan_with(
            world, machine, 3,
            lambda: cancel_backup(world, account=KIM, backup_id=machine.backup_id, now=world.clock),
        )  # fmt: skip
    assert not world.volumes.open and not list(world.work.objects("plans/"))
    assert not world.backups.volumes(KIM, machine.backup_id)


def test_volumes_that_only_an_earlier_plan_had_go() -> None:
    world, machine, _ = asked()
    with pytest.raises(ZeroDivisionError):
        plan_with(world, machine, 4, lambda: 1 / 0)
    assert len(world.backups.volumes(KIM, machine.backup_id)) == 2
    # Taken out of the mailbox meanwhile.
    held = next(iter(world.index.messages.values()))
    for key in sorted(held)[1:]:
        del held[key]
    assert len(machine.plan()) == 1
    (file,) = world.backups.volumes(KIM, machine.backup_id)
    assert file.messages == 1


def test_what_was_planned_before_plans_had_tokens_is_taken_up() -> None:
    world, machine, _ = asked()
    machine.plan()
    backup = world.backups.get(KIM, machine.backup_id)
    assert backup is not None
    world.backups.items[KIM, backup.id] = replace(backup, plan="")
    for place, file in list(world.backups.files.items()):
        world.backups.files[place] = replace(file, plan="")
    for key in list(world.work.data):
        world.work.data[key.replace(f"{backup.plan}-", "")] = world.work.data.pop(key)
    planned = plan_backup(world, account=KIM, backup_id=backup.id, now=world.clock)
    assert planned[0].items_key == f"plans/{backup.id}/0001.items.jsonl"
    machine.run()
    assert mails_in(world, backup.id) == 40
