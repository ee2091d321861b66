"""Bringing an account up to date, killed before and after each of its writes: the step is tried
again, or the run is left to die and another takes over. Nothing is lost, nothing is twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pyeonji.usecases.sync.plan_files import read_plan
from tests.support.fakes import World
from tests.support.faults import KilledError, KillSwitch, count_writes, kill_points
from tests.support.imap_memory import MemoryServer
from tests.support.syncing import SyncRun, agree, connected_world, contents, letter, sync
from tests.support.worlds import dying


def begun() -> tuple[World, MemoryServer]:
    """An account that was up to date, and a server on which everything has changed since."""
    server = MemoryServer()
    twin = letter("twin")
    for number in range(4):
        server.inbox.add(letter(f"mail {number}"), "\\Seen")
    server.inbox.add(twin)
    box = server.add_folder("box", 20)
    box.add(letter("in the box"))
    box.add(twin)
    box.add(twin)
    server.add_folder("old name", 30).add(letter("kept"))
    server.add_folder("doomed", 40).add(letter("lost"))
    world = connected_world(server)
    assert sync(world) is None
    lost = server.inbox.mails[2].data
    server.inbox.expunge(2)
    assert sync(world) is None
    # New, twins, back again, flags, gone, another UIDVALIDITY, renamed, deleted, made.
    server.inbox.add(letter("new"))
    server.inbox.add(twin)
    server.inbox.add(lost)
    server.inbox.flag(1, "\\Answered")
    server.inbox.expunge(3)
    mails = list(box.mails.values())
    box = server.add_folder("box", 21)
    for mail in reversed(mails):
        box.add(mail.data, received=mail.received)
    server.folders["new name"] = server.folders.pop("old name")
    del server.folders["doomed"]
    server.add_folder("made", 50).add(letter("fresh"))
    world.clock += timedelta(minutes=6)
    return world, server


class KilledRun(SyncRun):
    """Its steps see a world that a switch can kill; `again` is what is done then."""

    def __init__(self, world: World, switch: KillSwitch, again: bool) -> None:
        self.whole, self.switch, self.again = world, switch, again
        self.left = False
        super().__init__(world, tries=1)

    def _once_more(self, step: Callable[[Any], Any]) -> Any:
        self.world = dying(self.whole, self.switch) if not self.switch.dead else self.whole
        try:
            return step(self)
        except KilledError:
            self.world = self.whole
            if not self.again:
                self.left = True
                raise
            return step(self)

    def through(self) -> None:
        looked = self._once_more(SyncRun.look)
        assert looked is not None
        for chunk in read_plan(self.whole.work, looked.plan).chunks:
            self._once_more(lambda run, chunk=chunk: SyncRun.fetch(run, chunk))
        self._once_more(SyncRun.settle)


def check(world: World, server: MemoryServer) -> None:
    agree(world)
    for name, folder in server.folders.items():
        assert contents(world, name) == sorted(mail.data for mail in folder.mails.values()), name


def story(switch: KillSwitch, *, again: bool) -> None:
    world, server = begun()
    run = KilledRun(world, switch, again)
    try:
        run.through()
    except KilledError:
        assert not again
        world.machines.running.discard(run.run)
        world.clock += timedelta(minutes=31)
    if not again:
        assert sync(world) is None
    check(world, server)
    # And the next one finds nothing to do.
    server.commands.clear()
    assert sync(world) is None
    assert not [command for command in server.commands if b"BODY" in command]
    check(world, server)


WRITES = count_writes(lambda switch: story(switch, again=True))


def test_there_is_something_to_kill() -> None:
    assert WRITES > 30


@pytest.mark.parametrize("again", [True, False], ids=["tried again", "left to die"])
@pytest.mark.parametrize(
    "switch", list(kill_points(WRITES)), ids=lambda switch: f"{switch.when} {switch.at}"
)
def test_killed_anywhere_it_comes_to_the_same(switch: KillSwitch, again: bool) -> None:
    story(KillSwitch(switch.at, switch.when), again=again)
