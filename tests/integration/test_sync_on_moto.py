"""Keeping up with a server, the table and the buckets being moto's."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from pyeonji.domain.homes import SyncState
from tests.support.aws_world import aws_world
from tests.support.fakes import FakeMachines
from tests.support.fakes_homes import FakeMailServers, FakeSecrets
from tests.support.imap_memory import MemoryServer
from tests.support.syncing import KIM, agree, boxes, connect, contents, letter, sync


@pytest.fixture
def server() -> MemoryServer:
    server = MemoryServer()
    for number in range(5):
        server.inbox.add(letter(f"mail {number}"), "\\Seen")
    return server


@pytest.fixture
def world(server: MemoryServer) -> Iterator[Any]:
    with aws_world(keep_gone_days=3) as made:
        world: Any = made
        world.machines = FakeMachines()
        world.mail_servers = FakeMailServers()
        world.secrets = FakeSecrets()
        connect(world, server)
        yield world


def held(server: MemoryServer, name: str = "INBOX") -> list[bytes]:
    return sorted(mail.data for mail in server.folders[name].mails.values())


def test_a_life(world: Any, server: MemoryServer) -> None:
    """New, twins, flags, gone, back, another UIDVALIDITY, renamed, purged: counts agree after
    each."""
    twin = letter("twin")
    server.inbox.add(twin)
    server.inbox.add(twin)
    assert sync(world) is None
    assert contents(world) == held(server)
    agree(world)
    server.inbox.flag(2, "\\Flagged")
    lost = server.inbox.mails[3].data
    server.inbox.expunge(3)
    server.inbox.expunge(6)
    assert sync(world) is None
    assert contents(world) == held(server)
    agree(world)
    server.inbox.add(lost)
    assert sync(world) is None
    assert contents(world) == held(server)
    agree(world)
    mails = list(server.inbox.mails.values())
    inbox = server.add_folder("INBOX", 8)
    for mail in mails[1:]:
        inbox.add(mail.data, *mail.flags, received=mail.received)
    server.add_folder("projects", 20).add(letter("plan"))
    assert sync(world) is None
    assert contents(world) == held(server)
    agree(world)
    before = boxes(world)["projects"].id
    server.folders["Projects 2026"] = server.folders.pop("projects")
    assert sync(world) is None
    assert boxes(world)["Projects 2026"].id == before
    agree(world)
    world.clock += timedelta(days=4)
    assert sync(world) is None
    box = boxes(world)["INBOX"]
    assert all(not one.gone for one in world.index.read(KIM, box.id))
    agree(world)
    state = world.homes.state(KIM)
    assert state.state is SyncState.CURRENT
    assert world.homes.due(world.clock, None, 10) == ([], None)
    assert world.homes.due(world.clock + timedelta(minutes=6), None, 10) == ([KIM], None)
