"""What stands still is set going, what is late fails, what nobody finishes is given up."""

import io
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.limits import STUCK_AFTER, UPLOAD_ABANDON_AFTER, UPLOAD_DEADLINE
from pyeonji.domain.states import BackupState, UploadState
from pyeonji.domain.uploads import upload_key
from pyeonji.usecases.retention.rescue import MAX_RUNS
from pyeonji.usecases.uploads.retry import retry_upload
from tests.support.caretaking import put_backup, reconciled, walk
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
from tests.support.uploading import UploadMachine, ask_to_upload, put_parts, send, zip_of

SECOND = timedelta(seconds=1)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def box(world: World) -> Mailbox:
    mailbox = found_company(world)
    deliver(world, mailbox, [(letter_bytes(n), days_ago(world, 9)) for n in range(3)])
    return mailbox


def test_requested_but_never_started(world: World, box: Mailbox) -> None:
    backup = put_backup(world, "b", BackupState.REQUESTED)
    walk(world, world.clock + STUCK_AFTER - SECOND)
    assert world.machines.backups == {}
    walk(world, world.clock + STUCK_AFTER)
    assert world.machines.backups == {"b-2": {"account": KIM, "backup_id": backup.id}}
    walk(world, world.clock + STUCK_AFTER)
    assert len(world.machines.backups) == 1


def test_a_machine_at_work_is_left_alone(world: World, box: Mailbox) -> None:
    backup = ask(world)
    for _ in range(10):
        world.clock += STUCK_AFTER
        walk(world)
    assert list(world.machines.backups) == [backup.id]
    assert world.backups.items[KIM, backup.id].run == 1


def test_a_machine_that_died_is_run_again_and_finishes(world: World, box: Mailbox) -> None:
    backup = ask(world)
    BackupMachine(world, backup.id).plan()
    world.machines.running.clear()
    world.clock += STUCK_AFTER
    assert walk(world).done["backup_restarted"] == 1
    assert list(world.machines.backups) == [backup.id, f"{backup.id}-2"]
    BackupMachine(world, backup.id).run()
    assert world.backups.items[KIM, backup.id].state is BackupState.READY
    assert reconciled(world) == []


def test_mail_that_came_in_meanwhile_does_not_shift_what_is_half_made(world: World) -> None:
    mailbox = found_company(world)
    old = [letter_bytes(n, 500_000) for n in range(12)]
    deliver(world, mailbox, [(data, days_ago(world, 90 - n)) for n, data in enumerate(old)])
    backup = ask(world, volume_bytes=1 << 20)
    first = BackupMachine(world, backup.id)
    (number, items), *rest = first.plan()
    assert rest
    for start, length in items:
        first.part(number, start, length)
    first.seal(number)
    # An upload of older mail, in the period, before the rescue plans on.
    late = [(letter_bytes(100 + n, 500_000), days_ago(world, 400)) for n in range(5)]
    deliver(world, mailbox, late)
    world.machines.running.clear()
    world.clock += STUCK_AFTER
    walk(world)
    BackupMachine(world, backup.id).run()
    assert world.backups.items[KIM, backup.id].state is BackupState.READY
    found = [
        archive.read(name)
        for file in world.backups.volumes(KIM, backup.id)
        for archive in [zipfile.ZipFile(io.BytesIO(world.volumes.data[file.key]))]
        for name in archive.namelist()
        if name.endswith(".eml")
    ]
    assert sorted(found) == sorted(old)


def test_after_five_runs_it_fails_with_a_reason(world: World, box: Mailbox) -> None:
    backup = ask(world)
    for _ in range(MAX_RUNS):
        world.machines.running.clear()
        world.clock += STUCK_AFTER
        walk(world)
    assert len(world.machines.backups) == MAX_RUNS
    failed = world.backups.items[KIM, backup.id]
    assert (failed.state, failed.failure) == (BackupState.FAILED, "backup_failed_internally")
    assert world.backups.slots(KIM) == frozenset()
    assert [sent[0] for sent in world.mailer.sent] == [KIM]


def test_past_its_deadline_it_is_stopped_and_failed(world: World, box: Mailbox) -> None:
    backup = ask(world)
    BackupMachine(world, backup.id).plan()
    deadline = world.clock + timedelta(hours=72)
    while world.clock < deadline - STUCK_AFTER:
        world.clock += STUCK_AFTER
        assert walk(world).done["backup_late"] == 0
    world.clock = deadline
    assert walk(world).done["backup_late"] == 1
    failed = world.backups.items[KIM, backup.id]
    assert (failed.state, failed.failure) == (BackupState.FAILED, "deadline_passed")
    assert failed.purge_at == deadline + timedelta(days=14)
    assert world.machines.running == set()
    assert world.volumes.open == {}
    assert reconciled(world) == []
    assert len(world.mailer.sent) == 1


def test_received_but_never_inspected(world: World, box: Mailbox) -> None:
    machine = send(world, box, zip_of({"a.eml": letter_bytes(7)}))
    first = dict(world.machines.uploads)
    assert list(first) == [f"{machine.upload_id}-1"]
    world.machines.running.clear()
    world.clock += STUCK_AFTER
    assert walk(world).done["upload_restarted"] == 1
    # The same attempt again, under another name: it writes what the first would have.
    payload = first[f"{machine.upload_id}-1"]
    assert world.machines.uploads[f"{machine.upload_id}-1-2"] == payload
    assert machine.run().state is UploadState.COMPLETED


def test_an_upload_past_its_day_fails_and_its_retry_has_a_day_of_its_own(
    world: World, box: Mailbox
) -> None:
    machine = send(world, box, zip_of({"a.eml": letter_bytes(7)}))
    start = world.clock
    while world.clock < start + UPLOAD_DEADLINE:
        world.clock += STUCK_AFTER
        walk(world)
    assert (machine.upload.state, machine.upload.failure) == (UploadState.FAILED, "timed_out")
    assert len(world.mailer.sent) == 1
    world.clock += timedelta(days=3)
    retry_upload(world, account=KIM, upload_id=machine.upload_id, now=world.clock)
    world.machines.running.clear()
    world.clock += STUCK_AFTER
    assert walk(world).done["upload_restarted"] == 1
    assert machine.run().state is UploadState.COMPLETED
    assert reconciled(world) == []


def test_an_upload_nobody_completed_is_abandoned_after_a_week(world: World, box: Mailbox) -> None:
    upload = ask_to_upload(world, box, 1000)
    put_parts(world, upload, b"x" * 1000)
    week = world.clock + UPLOAD_ABANDON_AFTER
    walk(world, week - SECOND)
    assert world.zips.open
    walk(world, week)
    abandoned = world.uploads.items[KIM, upload.id]
    assert abandoned.state is UploadState.ABANDONED
    assert world.zips.open == {}
    walk(world, week + timedelta(days=14))
    assert world.uploads.items == {}


def test_an_upload_whose_arrival_nobody_heard_of_is_taken_up(world: World, box: Mailbox) -> None:
    data = zip_of({"a.eml": letter_bytes(7)})
    upload = ask_to_upload(world, box, len(data))
    put_parts(world, upload, data)
    key = upload_key(KIM, upload.id)
    world.zips.complete(key, upload.multipart_id, world.zips.parts(key, upload.multipart_id))
    world.clock += UPLOAD_ABANDON_AFTER
    assert walk(world).done["upload_restarted"] == 1
    assert UploadMachine(world, upload.id).run().state is UploadState.COMPLETED


def test_a_completed_upload_keeps_its_ledger_and_loses_its_zip(world: World, box: Mailbox) -> None:
    machine = send(world, box, zip_of({"a.eml": letter_bytes(7)}))
    machine.run()
    world.uploads.mark_noticed(machine.upload, world.clock)
    end = world.clock + timedelta(days=14)
    walk(world, end - SECOND)
    assert world.zips.data
    walk(world, end)
    assert world.zips.data == {}
    assert machine.upload.kept is False
    assert any(key.startswith("ledgers/") for key in world.work.data)
    world.clock = end + timedelta(days=365)
    assert walk(world).done == {}
    assert reconciled(world) == []


def test_a_failed_upload_leaves_nothing(world: World, box: Mailbox) -> None:
    machine = send(world, box, b"this is no zip")
    assert machine.run().state is UploadState.FAILED
    world.clock += timedelta(days=14)
    walk(world)
    assert world.uploads.items == {}
    assert world.zips.data == {}
    assert world.work.data == {}


def test_two_walks_at_once_start_one_machine(world: World, box: Mailbox) -> None:
    backup = ask(world)
    world.machines.running.clear()
    stale = world.backups.items[KIM, backup.id]
    world.clock += STUCK_AFTER
    walk(world)
    # The other walk read the item before the first one wrote.
    assert world.backups.renew(stale, stale.run + 1, world.clock) is False
    assert world.backups.items[KIM, backup.id].run == 2
    moved = replace(stale, state=BackupState.PLANNING)
    assert world.backups.renew(moved, 3, world.clock) is False
