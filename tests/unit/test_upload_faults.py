"""Every step of an upload killed at each of its writes, throttled, poisoned, repeated: the same
ledger at the end, and nobody else's mail lost."""

import random
from collections.abc import Callable
from typing import Any

import pytest

import pyeonji.usecases.mail.importing as letters
import pyeonji.usecases.uploads.entries as entries
from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import OnDuplicate, Totals, upload_key
from pyeonji.mime.headers import HeaderFields, find_headers
from pyeonji.usecases.uploads.end import delete_upload
from pyeonji.usecases.uploads.receive import receive_upload
from pyeonji.usecases.uploads.request import complete_upload
from pyeonji.usecases.uploads.retry import retry_upload
from pyeonji.zipio.entry import Unpacked, unpack_entry
from tests.support.company import KIM, found_company, letter_bytes
from tests.support.fakes import World
from tests.support.faults import KilledError, KillSwitch, Refusing
from tests.support.uploading import (
    UploadMachine,
    ask_to_upload,
    assert_counts_agree,
    assert_ledger_agrees,
    held,
    ledger,
    mailbox_now,
    put_parts,
    send,
    small_chunks,
    zip_of,
)
from tests.support.worlds import dying

MAILS = {f"{n}.eml": letter_bytes(n) for n in range(9)}
ENTRIES = {**MAILS, "again.eml": MAILS["4.eml"], "x.txt": b"x", "0.EML": b"", "d/": b""}
TOTALS = Totals(imported=9, duplicate=1, rejected=2, ignored=1)


def start(on_duplicate: OnDuplicate = OnDuplicate.SKIP) -> tuple[World, Mailbox, UploadMachine]:
    world = World()
    box = found_company(world)
    machine = send(world, box, zip_of(ENTRIES), on_duplicate=on_duplicate)
    machine.cutter = small_chunks(4)
    return world, box, machine


def finish(machine: UploadMachine) -> None:
    """What the machine's retries come to: every step again, now that nothing is in the way."""
    machine.switch = KillSwitch()
    machine.run()


def rows_of(machine: UploadMachine) -> list[tuple[object, ...]]:
    return [(row.index, row.name, row.outcome, row.reason, row.bytes) for row in ledger(machine)]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("on_duplicate", list(OnDuplicate))
def test_killed_at_every_write(when: str, on_duplicate: OnDuplicate) -> None:
    world, box, machine = start(on_duplicate)
    machine.run()
    expected, writes = rows_of(machine), machine.switch.writes
    totals = machine.upload.totals
    if on_duplicate is OnDuplicate.SKIP:
        assert totals == TOTALS
    assert writes > 20
    for at in range(1, writes + 1):
        world, box, machine = start(on_duplicate)
        machine.switch = KillSwitch(at, when)
        with pytest.raises(KilledError):
            machine.run()
        finish(machine)
        assert rows_of(machine) == expected, f"{when} write {at}"
        assert machine.upload.totals == totals
        assert set(held(world, box).values()) == set(MAILS.values())
        assert_counts_agree(world, box)
        assert not world.work.open


def test_killed_at_every_write_failed_and_tried_again() -> None:
    """The machine gives up wherever it was, the run fails, and a retry makes it whole."""
    _, _, machine = start()
    machine.run()
    writes = machine.switch.writes
    expected = rows_of(machine)
    for at in range(1, writes):
        world, box, machine = start()
        machine.switch = KillSwitch(at, "after")
        with pytest.raises(KilledError):
            machine.run()
        machine.switch = KillSwitch()
        machine.settle("upload_failed_internally")
        assert_counts_agree(world, box)
        assert_ledger_agrees(world, box, machine.upload)
        if machine.upload.state is UploadState.COMPLETED:
            continue
        retry_upload(world, account=KIM, upload_id=machine.upload_id, now=world.clock)
        again = UploadMachine(world, machine.upload_id, cutter=small_chunks(3))
        assert again.run().state is UploadState.COMPLETED
        assert rows_of(again) == expected, f"after write {at}"
        assert_counts_agree(world, box)


def test_getting_the_file_in_killed_at_every_write() -> None:
    data = zip_of(ENTRIES)

    def arrive(world: World, upload_id: str, switch: KillSwitch) -> None:
        seen = dying(world, switch)
        complete_upload(seen, account=KIM, upload_id=upload_id, now=world.clock)
        receive_upload(seen, key=upload_key(KIM, upload_id), now=world.clock)

    for at in range(1, 4):
        for when in ("before", "after"):
            world = World()
            upload = ask_to_upload(world, found_company(world), len(data))
            put_parts(world, upload, data)
            with pytest.raises(KilledError):
                arrive(world, upload.id, KillSwitch(at, when))
            arrive(world, upload.id, KillSwitch())
            assert list(world.machines.uploads) == [f"{upload.id}-1"]
            assert UploadMachine(world, upload.id).run().totals == TOTALS


def test_deleting_killed_at_every_write_can_be_done_again() -> None:
    def delete(world: World, machine: UploadMachine, switch: KillSwitch) -> None:
        seen = dying(world, switch)
        delete_upload(seen, account=KIM, upload_id=machine.upload_id, now=world.clock)

    for at in range(1, 5):
        world, _, machine = start()
        machine.run()
        with pytest.raises(KilledError):
            delete(world, machine, KillSwitch(at))
        delete(world, machine, KillSwitch())
        assert not world.uploads.items and not world.work.data and not world.zips.data


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("port", ["index", "uploads", "mail", "zips", "work"])
def test_throttled_now_and_then(port: str, late: bool) -> None:
    """The service refuses, or loses the answer; the machine tries the step again."""
    world, box, machine = start()
    chance = random.Random(port)
    refusing = Refusing(
        getattr(world, port),
        TimeoutError("slow down"),
        lambda name, n: n == 2 or chance.random() < 0.25,
        late=late,
    )
    machine.wrap = lambda name, real: refusing if name == port else real
    upload = _with_retries(machine)
    assert refusing.refused
    assert upload.totals == TOTALS
    assert_counts_agree(world, box)


def _with_retries(machine: UploadMachine) -> Any:
    def again(step: Callable[[], object]) -> None:
        for _ in range(60):  # a quarter of all calls: ten calls in a row come by once in eighteen
            try:
                step()
            except (OSError, RuntimeError):
                continue
            return
        raise AssertionError("a machine's retries are not without end")

    again(machine.inspect)
    for chunk in machine.chunks():
        again(lambda chunk=chunk: machine.import_one(chunk))  # type: ignore[misc]
    again(machine.settle)
    return machine.upload


def test_events_delivered_twice_and_chunks_run_twice() -> None:
    world, box, machine = start()
    machine.inspect()
    machine.inspect()
    for chunk in machine.chunks():
        machine.import_one(chunk)
        machine.import_one(chunk)
    machine.inspect()
    assert machine.upload.settled == 13
    machine.settle()
    machine.settle()
    machine.import_one(machine.chunks()[0])
    receive_upload(world, key=upload_key(KIM, machine.upload_id), now=world.clock)
    assert list(world.machines.uploads) == [f"{machine.upload_id}-1"]
    assert machine.upload.totals == TOTALS
    assert_counts_agree(world, box)


def test_a_chunk_that_timed_out_runs_again_beside_its_first_run() -> None:
    """The first is stopped between the mails and the ledger, the second overtakes it."""
    world, box, machine = start()
    machine.inspect()
    chunk = machine.chunks()[0]
    key = f"ledgers/{machine.upload_id}/{chunk.name}.jsonl"

    class Slow(Refusing):
        def __getattr__(self, name: str) -> Any:
            method = super().__getattr__(name)
            if name != "put":
                return method

            def put(where: str, data: bytes, **options: Any) -> None:
                if where == key and not done:
                    done.append(True)
                    UploadMachine(world, machine.upload_id).import_one(chunk)
                method(where, data, **options)

            return put

    done: list[bool] = []
    slow = Slow(world.work, OSError(), lambda name, n: False)
    machine.wrap = lambda name, real: slow if name == "work" else real
    machine.import_one(chunk)
    finish(machine)
    assert done and machine.upload.totals == TOTALS
    assert_counts_agree(world, box)


@pytest.mark.parametrize("poison", [0, 4, 8])
def test_one_entry_that_breaks_the_parser_is_isolated(
    poison: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(message: bytes, zone: object) -> HeaderFields:
        if message == MAILS[f"{poison}.eml"]:
            raise RecursionError("a mail nobody thought of")
        return find_headers(message)

    monkeypatch.setattr(letters, "find_headers", breaks)
    world, box, machine = start()
    machine.cutter = small_chunks(100)
    machine.inspect()
    end = machine.import_one(machine.chunks()[0])
    assert set(end.isolated) >= {(poison, "RecursionError")}
    machine.settle()
    reasons = {row.name: row.reason for row in ledger(machine)}
    assert reasons[f"{poison}.eml"] == "damaged"
    lost = 2 if poison == 4 else 1  # `again.eml` has the same bytes
    assert machine.upload.totals.imported == 9 - 1
    assert machine.upload.totals.rejected == 2 + lost
    assert_counts_agree(world, box)


def test_one_entry_that_breaks_the_unzipper_is_isolated(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(entry: Any, *args: Any) -> Unpacked:
        if entry.name == "5.eml":
            raise MemoryError
        return unpack_entry(entry, *args)

    monkeypatch.setattr(entries, "unpack_entry", breaks)
    world, box, machine = start()
    upload = machine.run()
    assert upload.totals.imported == 8
    assert {row.name for row in ledger(machine) if row.reason == "damaged"} == {"5.eml"}
    assert_counts_agree(world, box)


def test_one_entry_the_table_refuses_is_isolated() -> None:
    class Picky(Refusing):
        def __getattr__(self, name: str) -> Any:
            method = super().__getattr__(name)
            if name != "add":
                return method

            def add(account: str, mailbox_id: str, messages: list[Any]) -> Any:
                if any(message.origin.endswith("#3") for message in messages):
                    raise ValueError("item too large")
                return method(account, mailbox_id, messages)

            return add

    world, box, machine = start()
    picky = Picky(world.index, OSError(), lambda name, n: False)
    machine.wrap = lambda name, real: picky if name == "index" else real
    upload = machine.run()
    assert upload.totals.imported == 8
    assert [row.index for row in ledger(machine) if row.reason == "damaged"] == [3]
    assert_counts_agree(world, box)


def test_an_error_of_ours_that_hits_every_entry_refuses_no_mail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaks(message: bytes, zone: object) -> HeaderFields:
        raise TypeError("a bad deployment")

    monkeypatch.setattr(letters, "find_headers", breaks)
    world, box, machine = start()
    machine.cutter = small_chunks(100)
    machine.inspect()
    with pytest.raises(TypeError):
        machine.import_one(machine.chunks()[0])
    assert machine.upload.state is UploadState.IMPORTING
    monkeypatch.undo()
    finish(machine)
    assert machine.upload.totals == TOTALS
    assert mailbox_now(world, box).messages == 9


def test_a_zip_that_vanishes_fails_the_upload() -> None:
    world, _, machine = start()
    machine.inspect()
    del world.zips.data[upload_key(KIM, machine.upload_id)]
    for chunk in machine.chunks():
        machine.import_one(chunk)
    machine.settle()
    assert (machine.upload.state, machine.upload.failure) == (UploadState.FAILED, "file_missing")
