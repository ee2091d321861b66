"""A backup of a connected account: the account is brought up to date first."""

from datetime import timedelta

import pytest

from pyeonji.domain.errors import PermanentError
from pyeonji.domain.states import BackupState
from pyeonji.usecases.backups.collect import collect_for_backup
from pyeonji.usecases.backups.end import cancel_backup
from tests.support.company import KIM, BackupMachine, ask
from tests.support.fakes import World
from tests.support.imap_memory import MemoryServer
from tests.support.syncing import SyncRun, boxes, connected_world, letter, messages, sync


@pytest.fixture
def server() -> MemoryServer:
    server = MemoryServer()
    for number in range(3):
        server.inbox.add(letter(f"mail {number}"))
    return server


@pytest.fixture
def world(server: MemoryServer) -> World:
    """The account was brought up to date once."""
    world = connected_world(server)
    assert sync(world) is None
    world.clock += timedelta(minutes=1)
    return world


def collect(world: World, backup_id: str) -> int | None:
    return collect_for_backup(world, account=KIM, backup_id=backup_id, now=world.clock)


def started(world: World) -> SyncRun:
    """The run that collecting has started."""
    return SyncRun(world)


def test_mail_that_came_since_the_last_run_is_in_it(world: World, server: MemoryServer) -> None:
    server.inbox.add(letter("just now"))
    server.add_folder("new folder", 7).add(letter("in a folder nobody has seen"))
    backup = ask(world)
    assert backup.collects
    assert collect(world, backup.id) == 2
    assert world.backups.items[KIM, backup.id].state is BackupState.COLLECTING
    world.clock += timedelta(seconds=2)
    assert started(world)() is None
    assert collect(world, backup.id) is None
    chosen = {one.path for one in world.backups.items[KIM, backup.id].mailboxes}
    assert chosen == {"INBOX", "new folder"}
    BackupMachine(world, backup.id).run()
    assert sum(volume.messages for volume in world.backups.volumes(KIM, backup.id)) == 5


def test_a_run_from_before_it_was_asked_for_is_not_enough(
    world: World, server: MemoryServer
) -> None:
    early = SyncRun(world)
    world.clock += timedelta(seconds=1)
    backup = ask(world)
    server.inbox.add(letter("after the look"))
    assert collect(world, backup.id) == 2
    assert early() is None
    world.clock += timedelta(seconds=1)
    assert collect(world, backup.id) == 2, "that run may have looked before the mail came"
    world.clock += timedelta(seconds=1)
    assert started(world)() is None
    assert collect(world, backup.id) is None
    assert len(messages(world)) == 4


def test_it_asks_less_often_the_longer_it_takes(world: World) -> None:
    backup = ask(world)
    collect(world, backup.id)
    world.clock += timedelta(seconds=1)
    SyncRun(world)  # at work
    waits = []
    for _ in range(6):
        waits.append(collect(world, backup.id))
        world.clock += timedelta(minutes=8)
    assert waits[0] == 2
    assert waits == sorted(waits)  # type: ignore[type-var]
    assert waits[-1] == 120


def test_a_server_that_refuses_ends_it_with_the_reason(world: World, server: MemoryServer) -> None:
    backup = ask(world)
    collect(world, backup.id)
    world.clock += timedelta(seconds=1)
    world.secrets.values.clear()
    reason = started(world)()
    assert reason
    with pytest.raises(PermanentError, match=reason):
        collect(world, backup.id)
    assert BackupMachine(world, backup.id).fail()
    ended = world.backups.items[KIM, backup.id]
    assert (ended.state, ended.failure) == (BackupState.FAILED, reason)


def test_cancelled_meanwhile_it_stops(world: World) -> None:
    backup = ask(world)
    collect(world, backup.id)
    cancel_backup(world, account=KIM, backup_id=backup.id, now=world.clock)
    with pytest.raises(PermanentError):
        collect(world, backup.id)


def test_it_may_run_again_after_the_plan(world: World) -> None:
    backup = ask(world)
    collect(world, backup.id)
    world.clock += timedelta(seconds=1)
    assert started(world)() is None
    collect(world, backup.id)
    BackupMachine(world, backup.id).plan()
    assert collect(world, backup.id) is None
    assert world.backups.items[KIM, backup.id].state is BackupState.EXPORTING


def test_chosen_mailboxes_stay_the_chosen_ones(world: World, server: MemoryServer) -> None:
    server.add_folder("other", 7).add(letter("not asked for"))
    backup = ask(world, mailboxes=[boxes(world)["INBOX"].id])
    collect(world, backup.id)
    world.clock += timedelta(seconds=1)
    assert started(world)() is None
    collect(world, backup.id)
    assert [one.path for one in world.backups.items[KIM, backup.id].mailboxes] == ["INBOX"]
