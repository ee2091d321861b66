"""An upload into a mailbox that lives on a company's own server: delivered there, and nothing
twice, whatever breaks."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from pyeonji.domain.errors import ConflictError, HomeError
from pyeonji.domain.states import BackupState, UploadState
from pyeonji.domain.uploads import Folders, OnDuplicate, Outcome
from pyeonji.usecases.uploads.chunk import ChunkEnd
from pyeonji.usecases.uploads.chunk_list import ChunkPointer
from pyeonji.usecases.uploads.deliver import deliver_chunk
from pyeonji.usecases.uploads.restore import restore_backup
from pyeonji.usecases.uploads.retry import retry_upload
from pyeonji.usecases.uploads.undo import undo_upload
from pyeonji.words import ENTRIES
from tests.support.company import BackupMachine, ask
from tests.support.fakes import World
from tests.support.faults import KilledError, KillSwitch
from tests.support.imap_memory import CAPABILITIES, MemoryServer
from tests.support.syncing import KIM, agree, boxes, connected_world, contents, letter, sync
from tests.support.uploading import UploadMachine, ledger, send, small_chunks, zip_of

MAILS = {f"{number}.eml": letter(f"s{number}", "x" * (number % 3)) for number in range(7)}


@dataclass
class Delivery(UploadMachine):
    """The same machine for a connected account: chunks one after the other, tried again when the
    line breaks."""

    tries: int = 4

    def import_one(self, chunk: ChunkPointer) -> ChunkEnd:
        for _ in range(self.tries - 1):
            try:
                return self._once(chunk)
            except HomeError:
                continue
        return self._once(chunk)

    def _once(self, chunk: ChunkPointer) -> ChunkEnd:
        return deliver_chunk(self.seen, **self._who(), chunk=chunk)


def sent(
    world: World, files: dict[str, bytes], path: str = "INBOX", **wanted: OnDuplicate
) -> Delivery:
    upload = send(world, boxes(world)[path], zip_of(files), **wanted)
    return Delivery(world, upload.upload_id, cutter=small_chunks(3))


def started(files: dict[str, bytes] = MAILS) -> tuple[World, MemoryServer, Delivery]:
    server = MemoryServer()
    world = connected_world(server)
    assert sync(world) is None
    return world, server, sent(world, files)


def held(server: MemoryServer, name: str = "INBOX") -> list[bytes]:
    return sorted(mail.data for mail in server.folders[name].mails.values())


def outcomes(machine: UploadMachine) -> Counter[Outcome]:
    return Counter(row.outcome for row in ledger(machine))


def test_mail_is_put_there_and_comes_back_once() -> None:
    world, server, machine = started()
    assert machine.run().state is UploadState.COMPLETED
    assert held(server) == sorted(MAILS.values())
    assert machine.upload.totals.imported == len(MAILS)
    assert boxes(world)["INBOX"].messages == 0, "what is counted is what has been fetched"
    agree(world)
    assert sync(world) is None
    assert contents(world) == sorted(MAILS.values())
    agree(world)
    before = len(server.commands)
    assert sync(world) is None
    assert not [one for one in server.commands[before:] if b"BODY" in one]


@pytest.mark.parametrize("synced", [True, False])
def test_the_same_again_is_a_duplicate(synced: bool) -> None:
    world, server, machine = started()
    machine.run()
    if synced:
        sync(world)
        again = sent(world, MAILS)
        assert again.run().totals.duplicate == len(MAILS)
        assert {row.reason for row in ledger(again)} == {"same_content"}
    else:
        twice = sent(world, {f"a/{name}": letter("once") for name in MAILS})
        assert twice.run().totals.imported == 1
        assert twice.upload.totals.duplicate == len(MAILS) - 1
    assert len(held(server)) == len(MAILS) + (not synced)
    sync(world)
    agree(world)


def test_a_copy_is_kept_where_that_is_asked_for() -> None:
    world, server, machine = started()
    machine.run()
    sync(world)
    assert sent(world, MAILS, on_duplicate=OnDuplicate.KEEP).run().totals.imported == len(MAILS)
    assert held(server) == sorted([*MAILS.values()] * 2)


@pytest.mark.parametrize("capabilities", [CAPABILITIES, b"IMAP4rev1 AUTH=PLAIN SASL-IR"])
@pytest.mark.parametrize("when", [b"APPEND", b"APPENDED"])
def test_a_line_that_breaks_at_any_mail_appends_none_twice(
    when: bytes, capabilities: bytes
) -> None:
    for at in range(1, len(MAILS) + 1):
        world, server, machine = started()
        server.capabilities = capabilities
        seen = 0

        def breaks(command: bytes, at: int = at) -> None:
            nonlocal seen
            word = command.split(b" ")[0]
            seen += word == when
            if word == when and seen == at:
                raise HomeError("home_dropped")

        server.before = breaks
        machine.run()
        assert seen >= at
        assert held(server) == sorted(MAILS.values())
        assert outcomes(machine) == {Outcome.IMPORTED: len(MAILS)}
        sync(world)
        assert contents(world) == sorted(MAILS.values())
        agree(world)


def test_killed_at_every_write_nothing_is_there_twice() -> None:
    at = 0
    while True:
        at += 1
        world, server, machine = started()
        machine.inspect()
        machine.switch = KillSwitch(at)
        try:
            for chunk in machine.chunks():
                machine.import_one(chunk)
        except KilledError:
            machine.switch = KillSwitch()
            for chunk in machine.chunks():
                machine.import_one(chunk)
            machine.settle()
            assert held(server) == sorted(MAILS.values())
            assert machine.upload.totals.imported == len(MAILS)
            sync(world)
            agree(world)
        else:
            break
    assert at > 6


def test_a_run_that_failed_is_taken_up_where_it_was() -> None:
    world, server, machine = started()
    machine.tries = 1
    seen = 0

    def breaks(command: bytes) -> None:
        nonlocal seen
        seen += command == b"APPENDED"
        if seen > 4:
            raise HomeError("home_dropped")

    server.before = breaks
    machine.inspect()
    with pytest.raises(HomeError):
        for chunk in machine.chunks():
            machine.import_one(chunk)
    machine.settle("upload_failed_internally")
    assert (machine.upload.state, machine.upload.failure) == (UploadState.FAILED, "home_dropped")
    assert 0 < machine.upload.totals.imported < 4, "of the chunks that came to their end"
    server.before = lambda command: None
    retry_upload(world, account=KIM, upload_id=machine.upload_id, now=world.clock)
    assert machine.run().state is UploadState.COMPLETED
    assert machine.upload.totals.imported == len(MAILS)
    assert held(server) == sorted(MAILS.values())


def test_what_the_server_refuses_says_why_in_its_words() -> None:
    _world, server, machine = started(MAILS | {"nul.eml": letter("nul", "a\0b")})
    server.refuses = lambda message: b"[CANNOT] NUL is not allowed" if b"\0" in message else None
    machine.run()
    (row,) = [row for row in ledger(machine) if row.outcome is Outcome.REJECTED]
    assert (row.reason, row.name) == ("server_refused", "nul.eml")
    assert "NUL is not allowed" in ENTRIES.say("server_refused", "en", said=row.said)
    assert machine.upload.totals.imported == len(MAILS)


def test_a_full_mailbox_takes_the_rest_when_there_is_room() -> None:
    world, server, machine = started()
    room = 4

    def full(message: bytes) -> bytes | None:
        return None if len(server.inbox.mails) < room else b"[OVERQUOTA] Quota exceeded"

    server.refuses = full
    machine.run()
    assert outcomes(machine) == {Outcome.IMPORTED: 4, Outcome.REJECTED: 3}
    room = 100
    retry_upload(world, account=KIM, upload_id=machine.upload_id, now=world.clock)
    machine.run()
    assert outcomes(machine) == {Outcome.IMPORTED: len(MAILS)}
    assert held(server) == sorted(MAILS.values())


def test_folders_of_a_zip_are_made_there() -> None:
    server = MemoryServer()
    world = connected_world(server)
    sync(world)
    data = zip_of({"거래처/한빛/1.eml": MAILS["1.eml"], "Sent & done/2.eml": MAILS["2.eml"]})
    upload = send(world, None, data, folders=Folders.FROM_ZIP)
    assert Delivery(world, upload.upload_id).run().totals.imported == 2
    assert held(server, "거래처/한빛") == [MAILS["1.eml"]]
    assert held(server, "Sent & done") == [MAILS["2.eml"]]
    before = sorted(boxes(world))
    sync(world)
    assert sorted(boxes(world)) == before, "each has the mailbox it had"
    assert contents(world, "거래처/한빛") == [MAILS["1.eml"]]
    agree(world)


def test_mail_that_is_gone_there_is_put_back_as_it_was() -> None:
    server = MemoryServer()
    world = connected_world(server)
    when = datetime(2025, 7, 17, 2, 44, 25, tzinfo=UTC)
    uid = server.inbox.add(letter("lost"), "\\Seen", "\\Flagged", received=when)
    server.inbox.add(letter("kept"))
    sync(world)
    backup = ask(world)
    made = BackupMachine(world, backup.id)
    made.run()
    there = world.backups.get(KIM, backup.id)
    assert there is not None and there.state is BackupState.READY
    server.inbox.expunge(uid)
    world.clock += timedelta(minutes=10)
    sync(world)
    assert len(contents(world)) == 1
    back = restore_backup(world, account=KIM, backup_id=backup.id, numbers=None, now=world.clock)
    machine = Delivery(world, back.id)
    machine.run()
    assert outcomes(machine)[Outcome.IMPORTED] == 1
    assert held(server) == sorted([letter("lost"), letter("kept")])
    lost = max(server.inbox.mails)
    assert set(server.inbox.mails[lost].flags) == {"\\Seen", "\\Flagged"}
    assert server.inbox.mails[lost].received == when
    sync(world)
    assert len(contents(world)) == 2
    agree(world)


def test_a_wrong_password_fails_with_a_reason_and_may_be_tried_again() -> None:
    world, server, machine = started()
    server.password = "another"
    machine.run()
    assert machine.upload.state is UploadState.FAILED
    assert machine.upload.failure == "home_sign_in_refused"
    assert held(server) == []
    server.password = "secret"
    retry_upload(world, account=KIM, upload_id=machine.upload_id, now=world.clock)
    assert machine.run().totals.imported == len(MAILS)


def test_what_was_delivered_is_not_undone_from_here() -> None:
    world, server, machine = started()
    machine.run()
    with pytest.raises(ConflictError, match="delivered_to_server"):
        undo_upload(world, account=KIM, upload_id=machine.upload_id, now=world.clock)
    assert len(held(server)) == len(MAILS)


def test_a_folder_that_was_made_anew_in_between() -> None:
    """Under another UIDVALIDITY nothing is believed of the numbers: all of it is looked at."""
    _world, server, machine = started()
    seen: list[bytes] = []

    def anew(command: bytes) -> None:
        seen.append(command)
        if seen.count(b"APPENDED") == 2:
            seen.append(b"APPENDED")
            mails = list(server.inbox.mails.values())
            fresh = server.add_folder("INBOX", 99)
            for mail in mails:
                fresh.add(mail.data, *mail.flags, received=mail.received)
            raise HomeError("home_dropped")

    server.before = anew
    machine.run()
    assert held(server) == sorted(MAILS.values())


def test_a_server_that_mends_line_ends_is_understood() -> None:
    files = {
        f"{n}.eml": data.replace(b"\r\n", b"\n", n * 5) for n, data in enumerate(MAILS.values())
    }
    _world, server, machine = started(files)
    seen = 0

    def mends(command: bytes) -> None:
        nonlocal seen
        if command != b"APPENDED":
            return
        seen += 1
        uid = max(server.inbox.mails)
        mail = server.inbox.mails[uid]
        mail.data = mail.data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        if seen == 5:
            raise HomeError("home_dropped")

    server.before = mends
    machine.run()
    assert held(server) == sorted(MAILS.values())
    assert outcomes(machine) == {Outcome.IMPORTED: len(MAILS)}
