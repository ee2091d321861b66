"""A table taken back to an earlier moment (point-in-time recovery) beside newer objects in S3."""

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import Folders, OnDuplicate, Outcome
from pyeonji.usecases.retention.reconcile import FindingKind
from pyeonji.usecases.uploads.undo import take_out_upload, undo_upload
from tests.support.caretaking import reconciled
from tests.support.company import KIM, found_company, letter_bytes
from tests.support.fakes import World
from tests.support.faults import KilledError, KillSwitch
from tests.support.uploading import (
    UploadMachine,
    assert_counts_agree,
    assert_ledger_agrees,
    held,
    ledger,
    many,
    send,
    small_chunks,
    zip_of,
)
from tests.support.worlds import dying

TABLE = ("accounts", "index", "backups", "uploads", "notices")


def kept(world: World) -> Callable[[], None]:
    """The table as it is now; what is returned takes it back to that."""
    # Together: the index knows the accounts.
    held_now = copy.deepcopy({name: getattr(world, name).__dict__ for name in TABLE})

    def take_back() -> None:
        for name, state in copy.deepcopy(held_now).items():
            for each, value in state.items():
                if not each.startswith("_"):
                    setattr(getattr(world, name), each, value)

    return take_back


def started(chunks: int = 4, **wanted: OnDuplicate) -> tuple[World, Mailbox, UploadMachine]:
    world = World()
    box = found_company(world)
    mails = many(9) | {"again.eml": letter_bytes(4, 600), "x.txt": b"x"}
    machine = send(world, box, zip_of(mails), **wanted)
    machine.cutter = small_chunks(chunks)
    return world, box, machine


def test_an_upload_that_is_taken_up_again_brings_its_mail_in_once_more() -> None:
    world, box, machine = started()
    machine.inspect()
    take_back = kept(world)
    machine.run()
    mail = held(world, box)
    take_back()
    assert held(world, box) == {}
    assert machine.run().state is UploadState.COMPLETED
    assert held(world, box) == mail
    assert machine.upload.totals.imported == 9
    assert_counts_agree(world, box)
    assert_ledger_agrees(world, box, machine.upload)


def test_a_run_that_fails_says_nothing_of_mail_that_is_not_there() -> None:
    """Chunk after chunk has its ledger; the table went back, and the run is given up."""
    world, box, machine = started()
    machine.inspect()
    take_back = kept(world)
    for chunk in machine.chunks():
        machine.import_one(chunk)
    take_back()
    machine.settle("upload_failed_internally")
    assert machine.upload.state is UploadState.FAILED
    assert machine.upload.totals.imported == 0
    assert_counts_agree(world, box)
    assert_ledger_agrees(world, box, machine.upload)


@pytest.mark.parametrize("on_duplicate", list(OnDuplicate))
def test_the_index_is_rebuilt_from_the_segments(on_duplicate: OnDuplicate) -> None:
    world, box, machine = started(on_duplicate=on_duplicate)
    before = list(world.uploads.items.values())
    world.uploads.delete(before[0])  # the table knows nothing of it yet
    take_back = kept(world)
    world.uploads.create(before[0])
    machine.run()
    there = {m.key: replace(m, uid=0) for m in world.index.read(KIM, box.id)}
    mail, weights = held(world, box), sorted(world.index.weigh(KIM, box.id))
    found = sorted(world.index.found(KIM, box.id))
    take_back()

    assert {f.kind for f in reconciled(world, repair=False)} >= {FindingKind.UNINDEXED_CHUNK}
    assert held(world, box) == {}, "a report changes nothing"
    findings = reconciled(world, repair=True)
    assert all(f.mended for f in findings if f.kind is FindingKind.UNINDEXED_CHUNK)
    assert held(world, box) == mail
    assert {m.key: replace(m, uid=0) for m in world.index.read(KIM, box.id)} == there
    assert len({m.uid for m in world.index.read(KIM, box.id)}) == len(mail)
    assert sorted(world.index.weigh(KIM, box.id)) == weights
    assert sorted(world.index.found(KIM, box.id)) == found
    assert_counts_agree(world, box)
    kinds = {f.kind for f in reconciled(world, repair=True)}
    assert not kinds & {FindingKind.UNINDEXED_CHUNK, FindingKind.ORPHAN_SEGMENT}


def test_the_ledger_of_a_straggler_is_not_believed() -> None:
    """Its chunk was closed, and the upload ended, before it was written: nothing is to be put back,
    and nothing is reported for ever."""
    world, box, machine = started()
    machine.inspect()
    beside = copy.deepcopy(machine)
    machine.settle("upload_failed_internally")
    beside.import_one(beside.chunks()[0])
    for store, theirs in ((world.work, beside.world.work), (world.mail, beside.world.mail)):
        for key in theirs.data.keys() - store.data.keys():
            store.put(key, theirs.data[key])
    kinds = {finding.kind for finding in reconciled(world, repair=True)}
    assert kinds == {FindingKind.ORPHAN_SEGMENT}
    assert not reconciled(world, repair=False)
    assert held(world, box) == {}
    assert_counts_agree(world, box)


def test_rebuilding_killed_at_every_write() -> None:
    def lost() -> tuple[World, Mailbox, int]:
        world, box, machine = started()
        upload = machine.upload
        world.uploads.delete(upload)
        take_back = kept(world)
        world.uploads.create(upload)
        machine.run()
        count = len(held(world, box))
        take_back()
        return world, box, count

    world, box, count = lost()
    switch = KillSwitch()
    reconciled(dying(world, switch), repair=True)
    assert switch.writes >= 8
    for at in range(1, switch.writes + 1):
        world, box, _ = lost()
        with pytest.raises(KilledError):
            reconciled(dying(world, KillSwitch(at, "after")), repair=True)
        reconciled(world, repair=True)
        assert len(held(world, box)) == count, at
        assert_counts_agree(world, box)


def test_mailboxes_made_meanwhile_are_made_again() -> None:
    world = World()
    found_company(world)
    mails = {"가/1.eml": letter_bytes(1), "가/나/2.eml": letter_bytes(2)}
    machine = send(world, None, zip_of(mails), folders=Folders.FROM_ZIP)
    upload = machine.upload
    world.uploads.delete(upload)
    take_back = kept(world)
    world.uploads.create(upload)
    machine.run()
    before = {(box.id, box.path, box.messages) for box in world.accounts.mailboxes(KIM)}
    take_back()
    assert {box.path for box in world.accounts.mailboxes(KIM)}.isdisjoint({"가", "가/나"})
    reconciled(world, repair=True)
    assert {(box.id, box.path, box.messages) for box in world.accounts.mailboxes(KIM)} == before


def test_what_was_undone_stays_out() -> None:
    world, box, machine = started()
    machine.run()
    segments = dict(world.mail.data)
    undo_upload(world, account=KIM, upload_id=machine.upload_id, now=world.clock)
    take_out_upload(world, account=KIM, upload_id=machine.upload_id, now=world.clock)
    for key, data in segments.items():  # left behind, as beside a backup at work
        world.mail.put(key, data)
    kinds = {finding.kind for finding in reconciled(world, repair=True)}
    assert FindingKind.UNINDEXED_CHUNK not in kinds
    assert held(world, box) == {}


def test_a_sound_mailbox_is_left_alone() -> None:
    world, _, machine = started()
    machine.run()
    assert reconciled(world, repair=True) == []
    assert sum(row.outcome is Outcome.IMPORTED for row in ledger(machine)) == 9
