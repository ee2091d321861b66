"""What a failed upload left in the mailbox is counted and in its ledger, whoever was still at work
when it failed, and nothing comes in behind it."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

import pytest

import pyeonji.usecases.mail.importing as letters
from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.limits import UPLOAD_DEADLINE
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import OnDuplicate, Outcome, Totals
from pyeonji.ports import ChunkClosedError
from pyeonji.usecases.uploads import settle
from tests.support.caretaking import walk
from tests.support.company import KIM, deliver, found_company, letter_bytes
from tests.support.fakes import World
from tests.support.faults import Faulty, KilledError, KillSwitch, Meanwhile
from tests.support.uploading import (
    UploadMachine,
    assert_counts_agree,
    assert_ledger_agrees,
    held,
    ledger,
    retry,
    send,
    small_chunks,
    zip_of,
)

MAILS = {f"{n}.eml": letter_bytes(n) for n in range(8)}
ENTRIES = {**MAILS, "again.eml": MAILS["4.eml"], "x.txt": b"x", "0.EML": b""}


@pytest.fixture(autouse=True)
def two_mails_a_segment(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a chunk makes several segments, and has index items in before the last of them."""
    monkeypatch.setattr(letters, "_SEGMENT_MESSAGES", 2)


def start(on_duplicate: OnDuplicate = OnDuplicate.SKIP) -> tuple[World, Mailbox, UploadMachine]:
    world = World()
    box = found_company(world)
    machine = send(world, box, zip_of(ENTRIES), on_duplicate=on_duplicate)
    machine.cutter = small_chunks(5)
    machine.inspect()
    machine.switch = KillSwitch()
    return world, box, machine


def writes_of_a_chunk() -> int:
    _, _, machine = start()
    machine.import_one(machine.chunks()[0])
    return machine.switch.writes


def assert_whole(world: World, box: Mailbox, machine: UploadMachine) -> None:
    assert_counts_agree(world, box)
    assert_ledger_agrees(world, box, machine.upload)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("on_duplicate", list(OnDuplicate))
def test_a_chunk_killed_anywhere_in_an_upload_that_then_fails(
    when: str, on_duplicate: OnDuplicate
) -> None:
    left_in = set()
    for at in range(1, writes_of_a_chunk() + 1):
        world, box, machine = start(on_duplicate)
        machine.switch = KillSwitch(at, when)
        with pytest.raises(KilledError):
            machine.import_one(machine.chunks()[0])
        machine.switch = KillSwitch()
        machine.settle("upload_failed_internally")
        assert machine.upload.state is UploadState.FAILED
        assert_whole(world, box, machine)
        left_in.add(machine.upload.totals.imported)
        imported = [row for row in ledger(machine) if row.outcome is Outcome.IMPORTED]
        assert all(row.name in MAILS and row.date and row.subject for row in imported)
        again = retry(world, machine.upload_id)
        again.run()
        copies = on_duplicate is OnDuplicate.KEEP
        assert again.upload.totals.imported == len(MAILS) + copies
        assert set(held(world, box).values()) == set(MAILS.values())
        assert_whole(world, box, again)
    assert left_in >= {0, 2, 4}, "killed between its segments too"


def fail(world: World, machine: UploadMachine) -> None:
    """The machine gave up while a function of it was still running."""
    machine.settle("upload_failed_internally")


def fail_and_wait(world: World, machine: UploadMachine) -> None:
    """Somebody tried again, and no function has begun with it."""
    fail(world, machine)
    retry(world, machine.upload_id)


def late(world: World, machine: UploadMachine) -> None:
    """The deadline passed, and retention stopped the machine."""
    world.clock += UPLOAD_DEADLINE
    walk(world)


def fail_and_retry(world: World, machine: UploadMachine) -> None:
    """Somebody even tried again, to the end."""
    fail(world, machine)
    assert retry(world, machine.upload_id).run().state is UploadState.COMPLETED


def fail_and_begin_again(world: World, machine: UploadMachine) -> None:
    """Somebody tried again, and that is still at work."""
    fail(world, machine)
    retry(world, machine.upload_id).inspect()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("happens", [fail, late, fail_and_retry, fail_and_begin_again])
def test_a_straggler_adds_nothing_behind_the_ledger(
    when: str, happens: Callable[[World, UploadMachine], None]
) -> None:
    """At every write of a chunk the upload ends otherwise, and the chunk goes on."""
    for at in range(1, writes_of_a_chunk() + 1):
        world, box, slow = start()
        chunk = slow.chunks()[0]
        other = UploadMachine(world, slow.upload_id, cutter=small_chunks(3))
        slow.switch = Meanwhile(at, when, partial(happens, world, other))
        slow.import_one(chunk)
        if happens is fail_and_begin_again:
            for rest in other.chunks():
                other.import_one(rest)
            other.settle()
        assert_whole(world, box, other)
        assert other.upload.state is (
            UploadState.FAILED if happens in (fail, late) else UploadState.COMPLETED
        )
        if other.upload.state is UploadState.COMPLETED:
            assert other.upload.totals.imported == len(MAILS)
        # And delivered once more, long after.
        slow.import_one(chunk)
        assert_whole(world, box, other)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_failing_killed_half_way_is_not_undone_by_another_run(when: str) -> None:
    """The machine failed and died doing so; retention starts the attempt again under a new name."""
    world, box, machine = start()
    machine.import_one(machine.chunks()[0])
    machine.switch = KillSwitch()
    machine.settle("upload_failed_internally")
    ends = set()
    for at in range(1, machine.switch.writes + 1):
        world, box, machine = start()
        machine.import_one(machine.chunks()[0])
        machine.switch = KillSwitch(at, when)
        with pytest.raises(KilledError):
            machine.settle("upload_failed_internally")
        again = UploadMachine(world, machine.upload_id)
        again.run()
        ends.add(again.upload.state)
        assert_whole(world, box, again)
        if again.upload.state is UploadState.FAILED:
            again = retry(world, again.upload_id)
            again.run()
        assert again.upload.totals == Totals(imported=8, duplicate=1, rejected=2)
        assert_whole(world, box, again)
    assert ends == {UploadState.FAILED} | ({UploadState.COMPLETED} if when == "before" else set())


@pytest.mark.parametrize("when", ["before", "after"])
def test_two_tries_of_one_chunk_side_by_side(when: str) -> None:
    for at in range(1, writes_of_a_chunk() + 1):
        world, box, slow = start()
        chunk = slow.chunks()[0]
        other = UploadMachine(world, slow.upload_id)
        slow.switch = Meanwhile(at, when, partial(other.import_one, chunk))
        slow.import_one(chunk)
        for rest in other.chunks()[1:]:
            other.import_one(rest)
        other.settle()
        assert other.upload.totals == Totals(imported=8, duplicate=1, rejected=2)
        assert_whole(world, box, other)


def test_a_closed_chunk_takes_no_mail_and_can_be_counted() -> None:
    world, box, machine = start()
    chunk = machine.chunks()[0].name
    world.index.close_chunk(machine.upload_id, chunk)
    with pytest.raises(ChunkClosedError):
        world.index.intend(machine.upload_id, chunk, "x")
    one = Totals(rejected=1)
    where = (KIM, box.id, machine.upload_id, chunk)
    assert not world.index.count_chunk(*where, [], one), "a straggler does not count"
    assert world.index.count_chunk(*where, [], one, even_closed=True, run=machine.upload)
    again = world.index.count_chunk(*where, [], Totals(), even_closed=True, run=machine.upload)
    assert not again, "once"
    world.index.close_chunk(machine.upload_id, chunk)
    assert not world.index.count_chunk(*where, [], Totals(), even_closed=True, run=machine.upload)
    assert world.index.counted(machine.upload_id, chunk) == one


def test_a_settling_counts_nothing_once_its_run_has_ended() -> None:
    world, box, machine = start()
    chunk = machine.chunks()[0].name
    world.index.close_chunk(machine.upload_id, chunk)
    was = machine.upload
    where = (KIM, box.id, machine.upload_id, chunk, [], Totals(rejected=1))
    for now in (
        replace(was, state=UploadState.FAILED),
        replace(was, state=UploadState.UNDOING),
        replace(was, attempt=was.attempt + 1),
    ):
        world.uploads.items[KIM, was.id] = now  # type: ignore[attr-defined]
        assert not world.index.count_chunk(*where, even_closed=True, run=was)
    world.uploads.items[KIM, was.id] = was  # type: ignore[attr-defined]
    assert world.index.count_chunk(*where, even_closed=True, run=was)


@pytest.mark.parametrize("mended", [True, False])
def test_a_settling_left_behind_writes_over_no_ledger(mended: bool) -> None:
    """One of a failed run stops before its pages; a straggler writes a chunk's rows; another ends
    the upload with these in its ledger; then the first goes on."""
    world = World()
    box = found_company(world)
    # A chunk of mail, and one of none: a closed chunk still takes the rows of what is refused.
    mails = {name: data for name, data in MAILS.items() if name < "4"}
    machine = send(world, box, zip_of(mails | {f"z{n}.eml": b"no mail" for n in range(4)}))
    machine.cutter = small_chunks(4)
    machine.inspect()
    first, *others = machine.chunks()
    machine.import_one(first)

    def another() -> None:
        machine.switch = KillSwitch()
        for chunk in others:
            machine.import_one(chunk)
        machine.settle("upload_failed_internally")

    # Written down why it fails, closed the chunk and counted it: next come the pages.
    machine.switch = Meanwhile(4, "before", another)
    with pytest.MonkeyPatch.context() as patched:
        if not mended:
            patched.setattr(settle, "new_id", lambda now: "")
        machine.settle("upload_failed_internally")
    with nullcontext() if mended else pytest.raises(AssertionError):
        assert_ledger_agrees(world, box, machine.upload)
        assert machine.upload.totals.entries == len(ledger(machine))


def test_an_inspection_of_an_earlier_attempt_moves_nothing() -> None:
    """It was slow to write; meanwhile the run failed and the next is inspecting."""
    for at in range(1, 8):
        world = World()
        found_company(world)
        slow = send(world, next(iter(world.accounts.mailboxes(KIM))), zip_of(ENTRIES))
        slow.cutter = small_chunks(5)
        other = UploadMachine(world, slow.upload_id)

        slow.switch = Meanwhile(at, "before", partial(fail_and_wait, world, other))
        slow.inspect()
        if slow.switch.writes < at:
            break
        assert (other.upload.attempt, other.upload.state) == (2, UploadState.INSPECTING)
        assert other.run().totals.imported == len(MAILS)
    assert at > 2


@pytest.mark.parametrize("happens", [fail_and_begin_again, fail_and_retry])
def test_a_settling_of_an_earlier_attempt_ends_nothing(
    happens: Callable[[World, UploadMachine], None],
) -> None:
    """The first attempt is being settled slowly; meanwhile it is settled and tried again."""
    world, box, slow = start()
    slow.settle("timed_out")
    for at in range(1, slow.switch.writes + 1):
        world, box, slow = start()
        other = UploadMachine(world, slow.upload_id, cutter=small_chunks(3))
        if at % 2:
            slow.import_one(slow.chunks()[0])
        slow.switch = Meanwhile(at, "before", partial(happens, world, other))
        slow.settle("timed_out")
        if slow.switch.writes < at:
            continue  # with a chunk done there are fewer to close
        assert other.upload.attempt == 2
        for chunk in other.chunks():
            other.import_one(chunk)
        other.settle()
        assert other.upload.state is UploadState.COMPLETED
        assert other.upload.totals.imported == len(MAILS)
        assert_whole(world, box, other)


def test_a_move_looks_at_the_attempt() -> None:
    world, _, machine = start()
    first = machine.upload
    second = replace(first, attempt=2)
    assert world.uploads.move(second, first)
    assert not world.uploads.move(replace(first, state=UploadState.FAILED), first)
    assert machine.upload == second


def test_what_was_in_before_a_kill_has_room_whatever_others_brought(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(letters, "_SEGMENT_MESSAGES", 100)
    world = World()
    box = found_company(world)
    first, second, third = (letter_bytes(n, size) for n, size in enumerate((1_000, 3_000, 1_000)))
    mails = {"1.eml": first, "2.eml": second, "3.eml": third}
    machine = send(world, box, zip_of(mails), quota_bytes=len(second) + 100)
    machine.inspect()
    [chunk] = machine.chunks()

    def another() -> None:
        deliver(world, box, [(first, world.clock)])

    # Segment, uids, intent, items: while it writes these, another upload brings the first mail.
    machine.switch = Meanwhile(4, "before", another)
    killed = KillSwitch(6)
    machine.wrap = lambda name, port: Faulty(port, killed)
    with pytest.raises(KilledError):
        machine.import_one(chunk)
    assert len(list(world.index.brought_by(KIM, box.id, machine.upload_id))) == 1, "the third"
    machine.switch, machine.wrap = KillSwitch(), lambda name, port: port
    machine.import_one(chunk)
    machine.settle()
    assert machine.upload.totals.imported == 2
    assert_whole(world, box, machine)
