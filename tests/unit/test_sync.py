"""Keeping up with a server: what is new, changed, gone, renamed, made anew."""

from datetime import UTC, datetime, timedelta

import pytest

from pyeonji.domain.homes import SyncState
from tests.support.fakes import World
from tests.support.imap_memory import MemoryServer
from tests.support.syncing import (
    KIM,
    SyncRun,
    agree,
    boxes,
    connected_world,
    contents,
    letter,
    messages,
    sync,
)


@pytest.fixture
def server() -> MemoryServer:
    server = MemoryServer()
    for number in range(5):
        server.inbox.add(letter(f"mail {number}"), "\\Seen")
    return server


@pytest.fixture
def world(server: MemoryServer) -> World:
    return connected_world(server)


def held(server: MemoryServer, name: str = "INBOX") -> list[bytes]:
    return sorted(mail.data for mail in server.folders[name].mails.values())


def test_everything_comes_with_flags_and_received_date(world: World, server: MemoryServer) -> None:
    at = datetime(2025, 5, 6, 7, 8, 9, tzinfo=UTC)
    server.inbox.add(letter("six"), "\\Flagged", "$label", received=at)
    assert sync(world) is None
    assert contents(world) == held(server)
    six = next(one for one in messages(world) if one.subject == "six")
    assert six.flags == ("$label", "\\Flagged")
    assert six.received_at == at
    state = world.homes.state(KIM)
    assert state and state.state is SyncState.CURRENT and state.synced_at == world.clock
    assert boxes(world)["INBOX"].special_use == "inbox"
    agree(world)


def test_a_second_sync_transfers_nothing_but_what_is_new(
    world: World, server: MemoryServer
) -> None:
    server.add_folder("보낸편지함", 9, b"\\Sent").add(letter("sent"))
    sync(world)
    server.commands.clear()
    server.sent = 0
    sync(world)
    words = [command.split(b" ")[0] for command in server.commands]
    assert words.count(b"STATUS") == 2
    assert not [
        command for command in server.commands if b"FETCH" in command or b"EXAMINE" in command
    ]
    assert server.sent < 1500
    server.inbox.add(letter("new"))
    server.commands.clear()
    sync(world)
    fetched = [command for command in server.commands if b"BODY" in command]
    assert [command.split(b" ")[2] for command in fetched] == [b"6"]
    assert contents(world) == held(server)
    assert boxes(world)["보낸편지함"].special_use == "sent"
    agree(world)


@pytest.mark.parametrize("condstore", [True, False])
def test_flags_follow_the_server(world: World, server: MemoryServer, condstore: bool) -> None:
    if not condstore:
        server.capabilities = server.capabilities.replace(b" CONDSTORE", b"")
    sync(world)
    server.inbox.flag(3, "\\Seen", "\\Answered")
    server.inbox.flag(4)
    sync(world)
    flags = sorted(one.flags for one in messages(world))
    assert flags == [(), *[("\\Answered", "\\Seen")], *[("\\Seen",)] * 3]
    agree(world)


def test_what_is_gone_there_is_kept_and_marked(world: World, server: MemoryServer) -> None:
    sync(world)
    server.inbox.expunge(2)
    sync(world)
    assert contents(world) == held(server)
    box = boxes(world)["INBOX"]
    gone = [one for one in world.index.read(KIM, box.id) if one.gone]
    assert [one.subject for one in gone] == ["mail 1"]
    assert gone[0].gone == int(world.clock.timestamp())
    agree(world)
    sync(world)
    agree(world)


def test_gone_mail_is_deleted_after_its_days(world: World, server: MemoryServer) -> None:
    from tests.support.worlds import limits

    world.limits = limits(keep_gone_days=3)
    sync(world)
    server.inbox.expunge(2)
    sync(world)
    world.clock += timedelta(days=2)
    sync(world)
    box = boxes(world)["INBOX"]
    assert len(list(world.index.read(KIM, box.id))) == 5
    world.clock += timedelta(days=2)
    sync(world)
    assert len(list(world.index.read(KIM, box.id))) == 4
    agree(world)


def test_mail_that_comes_back_is_taken_over(world: World, server: MemoryServer) -> None:
    sync(world)
    data = server.inbox.mails[2].data
    server.inbox.expunge(2)
    sync(world)
    server.inbox.add(data, "\\Draft")
    sync(world)
    assert contents(world) == held(server)
    back = next(one for one in messages(world) if one.subject == "mail 1")
    assert back.flags == ("\\Draft",)
    assert len(list(world.index.read(KIM, boxes(world)["INBOX"].id))) == 5
    agree(world)


def test_twins_are_two(world: World, server: MemoryServer) -> None:
    twin = letter("twin")
    server.inbox.add(twin)
    server.inbox.add(twin)
    server.inbox.add(twin.replace(b"\r\n", b"\n"))
    sync(world)
    server.inbox.add(twin)
    sync(world)
    assert contents(world) == held(server)
    agree(world)
    server.inbox.expunge(7)
    sync(world)
    assert contents(world) == held(server)
    agree(world)


def test_a_new_uidvalidity_brings_nothing_twice(world: World, server: MemoryServer) -> None:
    twin = letter("twin")
    server.inbox.add(twin)
    server.inbox.add(twin)
    sync(world)
    mails = list(server.inbox.mails.values())
    inbox = server.add_folder("INBOX", 8)
    for mail in reversed(mails[1:]):
        inbox.add(mail.data, *mail.flags, received=mail.received)
    inbox.add(letter("after"))
    sync(world)
    assert contents(world) == held(server)
    box = boxes(world)["INBOX"]
    everything = list(world.index.read(KIM, box.id))
    assert len(everything) == 8
    assert [one.subject for one in everything if one.gone] == ["mail 0"]
    agree(world)
    sync(world)
    agree(world)


@pytest.mark.parametrize("identity", ["", "F1"])
def test_a_renamed_folder_is_the_same(world: World, server: MemoryServer, identity: str) -> None:
    if identity:
        server.capabilities += b" OBJECTID"
    server.add_folder("projects", 20, identity=identity).add(letter("plan"))
    server.add_folder("other", 21, identity=identity and "F2").add(letter("else"))
    sync(world)
    before = boxes(world)["projects"].id
    server.folders["Projects 2026"] = server.folders.pop("projects")
    server.folders["Projects 2026"].add(letter("plan 2"))
    server.commands.clear()
    sync(world)
    assert "projects" not in boxes(world)
    assert boxes(world)["Projects 2026"].id == before
    fetched = [command for command in server.commands if b"BODY" in command]
    assert [command.split(b" ")[2] for command in fetched] == [b"2"]
    assert contents(world, "Projects 2026") == held(server, "Projects 2026")
    agree(world)


@pytest.mark.parametrize("garbage", ["\x81}[U", "S\xb3>(XU", "", 'a"b', "é", "a b"])
def test_an_identity_that_is_none_is_not_believed(
    world: World, server: MemoryServer, garbage: str
) -> None:
    """Cyrus 3.6 answers STATUS with what stands in its memory, another each time, or as it is."""
    server.capabilities += b" OBJECTID"
    folder = server.add_folder("projects", 20, identity="F1")
    folder.add(letter("plan"))
    sync(world)
    before = boxes(world)["projects"].id
    folder.identity = garbage
    server.commands.clear()
    assert sync(world) is None
    assert not [command for command in server.commands if b"FETCH" in command], "nothing changed"
    folder.add(letter("plan 2"))
    assert sync(world) is None
    server.folders["Projects 2026"] = server.folders.pop("projects")
    assert sync(world) is None
    assert boxes(world)["Projects 2026"].id == before
    assert contents(world, "Projects 2026") == held(server, "Projects 2026")
    folder.identity = "F1"
    server.commands.clear()
    assert sync(world) is None
    assert not [command for command in server.commands if b"FETCH" in command], "nothing changed"
    agree(world)


def test_a_folder_deleted_and_made_again(world: World, server: MemoryServer) -> None:
    server.add_folder("box", 30).add(letter("old"))
    sync(world)
    del server.folders["box"]
    sync(world)
    assert boxes(world)["box"].messages == 0
    server.add_folder("box", 31).add(letter("new"))
    sync(world)
    assert contents(world, "box") == held(server, "box")
    agree(world)
    # And within one interval.
    server.add_folder("box", 32).add(letter("newer"))
    sync(world)
    assert contents(world, "box") == held(server, "box")
    agree(world)


def test_a_folder_that_comes_back_as_it_was(world: World, server: MemoryServer) -> None:
    server.add_folder("box", 30).add(letter("old"))
    sync(world)
    hidden = server.folders.pop("box")
    sync(world)
    server.folders["box"] = hidden
    sync(world)
    assert contents(world, "box") == held(server, "box")
    agree(world)


def test_mail_from_before_the_company_was_connected(world: World, server: MemoryServer) -> None:
    """What the server has, too, is taken over; the rest is marked, as what the server lost is."""
    from pyeonji.domain.accounts import Mailbox
    from pyeonji.domain.ids import new_id
    from tests.support.company import deliver

    world.accounts.create_mailbox(KIM, Mailbox(new_id(world.clock), "받은편지함", "inbox"))
    box = boxes(world)["받은편지함"]
    deliver(world, box, [(mail, world.clock) for mail in (letter("mail 1"), letter("only here"))])
    sync(world)
    assert contents(world, "받은편지함") == held(server)
    assert len(list(world.index.read(KIM, box.id))) == 6
    agree(world)


def test_a_line_that_breaks_at_every_mail(world: World, server: MemoryServer) -> None:
    from pyeonji.domain.errors import HomeError

    given: set[int] = set()

    def giving(uid: int) -> None:
        if uid not in given:
            given.add(uid)
            raise HomeError("home_dropped")

    server.giving = giving
    assert sync(world) is None
    assert contents(world) == held(server)
    agree(world)


def test_one_broken_mail_costs_itself_only(world: World, server: MemoryServer) -> None:
    from pyeonji.domain.errors import HomeError

    def giving(uid: int) -> None:
        if uid == 3:
            raise HomeError("home_dropped")

    server.giving = giving
    assert sync(world) is None
    assert len(messages(world)) == 4
    agree(world)
    server.commands.clear()
    sync(world)
    assert not [command for command in server.commands if b"BODY" in command]


def test_a_password_that_was_changed(world: World, server: MemoryServer) -> None:
    sync(world)
    server.password = "another"
    server.inbox.add(letter("six"))
    assert sync(world) == "home_sign_in_refused"
    state = world.homes.state(KIM)
    assert state and state.state is SyncState.FAILING
    assert state.failure == "home_sign_in_refused" and "wrong password" in state.said
    assert state.due_at and state.due_at > world.clock + timedelta(minutes=5)
    server.password = "secret"
    assert sync(world) is None
    assert contents(world) == held(server)
    state = world.homes.state(KIM)
    assert state and state.failure is None and state.failures == 0


def test_uidvalidity_changes_between_looking_and_fetching(
    world: World, server: MemoryServer
) -> None:
    world.clock += timedelta(minutes=6)
    run = SyncRun(world)
    looked = run.look()
    mails = list(server.inbox.mails.values())
    inbox = server.add_folder("INBOX", 99)
    for mail in mails:
        inbox.add(mail.data)
    from pyeonji.usecases.sync.plan_files import read_plan

    for chunk in read_plan(world.work, looked.plan).chunks:
        run.fetch(chunk)
    run.settle()
    agree(world)
    sync(world)
    assert contents(world) == held(server)
    agree(world)


def test_mail_comes_and_goes_while_it_is_fetched(world: World, server: MemoryServer) -> None:
    done: list[int] = []

    def giving(uid: int) -> None:
        if not done:
            done.append(uid)
            server.inbox.expunge(4)
            server.inbox.add(letter("late"))

    server.giving = giving
    assert sync(world) is None
    agree(world)
    sync(world)
    assert contents(world) == held(server)
    agree(world)


def test_only_one_run_at_a_time(world: World, server: MemoryServer) -> None:
    first = SyncRun(world)
    second = SyncRun(world)
    assert first.run == second.run
    world.clock += timedelta(minutes=31)
    third = SyncRun(world)
    assert third.run != first.run
    assert first.look() is None
    assert third() is None
    assert contents(world) == held(server)


def test_a_run_that_died_is_settled_by_the_next(world: World, server: MemoryServer) -> None:
    from pyeonji.usecases.sync.plan_files import read_plan

    first = SyncRun(world)
    looked = first.look()
    for chunk in read_plan(world.work, looked.plan).chunks:
        first.fetch(chunk)
    world.clock += timedelta(minutes=31)
    server.commands.clear()
    assert sync(world) is None
    assert not [command for command in server.commands if b"BODY" in command]
    assert contents(world) == held(server)
    agree(world)
