"""Quota, failed runs, retries and stragglers: every mail is counted once."""

import pytest

from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import OnDuplicate, Totals
from tests.support.company import KIM, found_company
from tests.support.fakes import World
from tests.support.faults import KilledError, KillSwitch
from tests.support.uploading import (
    assert_counts_agree,
    ledger,
    mailbox_now,
    many,
    retry,
    send,
    small_chunks,
    zip_of,
)


def test_over_quota_is_told_entry_by_entry_and_a_retry_takes_only_those_up() -> None:
    world = World()
    box = found_company(world)
    mails = many(10, 1_000)
    size = len(next(iter(mails.values())))
    machine = send(world, box, zip_of(mails), quota_bytes=4 * size + size // 2)
    machine.cutter = small_chunks(3)
    upload = machine.run()
    assert upload.state is UploadState.COMPLETED
    assert upload.totals.imported == 4
    assert {row.reason for row in ledger(machine) if row.reason} == {"over_quota"}

    again = retry(world, upload.id)
    assert again.upload.attempt == 2
    assert [row.index for row in ledger(again)] == list(range(10)), "the ledger stays in sight"
    upload = again.run()
    assert upload.totals == Totals(imported=10)
    assert f"{upload.id}-2" in world.machines.uploads
    assert mailbox_now(world, box).messages == 10
    assert_counts_agree(world, box)


@pytest.mark.parametrize("on_duplicate", list(OnDuplicate))
def test_a_duplicate_takes_no_room(on_duplicate: OnDuplicate) -> None:
    world = World()
    box = found_company(world)
    mails = many(6, 1_000)
    send(world, box, zip_of(mails)).run()
    full = mailbox_now(world, box).bytes
    machine = send(world, box, zip_of(mails), on_duplicate=on_duplicate, quota_bytes=full)
    totals = machine.run().totals
    if on_duplicate is OnDuplicate.SKIP:
        assert totals == Totals(duplicate=6)
    else:
        assert totals == Totals(rejected=6)
        assert {row.reason for row in ledger(machine)} == {"over_quota"}
    assert_counts_agree(world, box)


def test_a_chunk_killed_before_its_ledger_judges_the_quota_as_before() -> None:
    for at in range(1, 12):
        world = World()
        box = found_company(world)
        mails = many(6, 1_000)
        size = len(next(iter(mails.values())))
        machine = send(world, box, zip_of(mails), quota_bytes=3 * size + size // 2)
        machine.inspect()
        machine.switch = KillSwitch(at)
        try:
            machine.import_one(machine.chunks()[0])
        except KilledError:
            machine.switch = KillSwitch()
            machine.import_one(machine.chunks()[0])
        machine.switch = KillSwitch()
        machine.settle()
        assert machine.upload.totals == Totals(imported=3, rejected=3)
        assert_counts_agree(world, box)


def test_a_failed_run_keeps_what_is_in_and_its_retry_does_the_rest() -> None:
    world = World()
    box = found_company(world)
    machine = send(world, box, zip_of(many(12)))
    machine.cutter = small_chunks(3)
    machine.inspect()
    chunks = machine.chunks()
    assert len(chunks) == 4
    machine.import_one(chunks[1])
    machine.settle("timed_out")
    upload = machine.upload
    assert (upload.state, upload.failure) == (UploadState.FAILED, "timed_out")
    assert upload.totals == Totals(imported=3)
    assert_counts_agree(world, box)

    # A straggler of the first run wakes up: it may neither count nor settle anything now.
    machine.import_one(chunks[2])
    again = retry(world, upload.id)
    upload = again.run()
    assert upload.totals == Totals(imported=12)
    assert_counts_agree(world, box)


def test_a_straggler_between_its_ledger_and_its_count_is_counted_once() -> None:
    world = World()
    box = found_company(world)
    machine = send(world, box, zip_of(many(6)))
    machine.cutter = small_chunks(3)
    machine.inspect()
    first, second = machine.chunks()
    machine.import_one(first)
    before = machine.upload
    machine.settle("timed_out")
    # The straggler had looked at the upload before it failed.
    world.uploads.items[KIM, machine.upload_id] = before
    machine.import_one(second)
    world.uploads.items[KIM, machine.upload_id] = before
    machine.settle("timed_out")
    assert machine.upload.totals == Totals(imported=3)
    upload = retry(world, machine.upload_id).run()
    assert upload.totals == Totals(imported=6)
    assert_counts_agree(world, box)


def test_what_was_recorded_stays_after_a_second_settling() -> None:
    world = World()
    box = found_company(world)
    machine = send(world, box, zip_of(many(3)))
    done = machine.run()
    world.clock = world.clock.replace(year=2027)
    machine.settle()
    machine.settle("timed_out")
    assert machine.upload == done


def test_settling_refuses_to_finish_with_an_entry_unaccounted_for() -> None:
    world = World()
    box = found_company(world)
    machine = send(world, box, zip_of(many(6)))
    machine.cutter = small_chunks(3)
    machine.inspect()
    machine.import_one(machine.chunks()[0])
    with pytest.raises(RuntimeError):
        machine.settle()
    assert machine.upload.state is UploadState.IMPORTING
