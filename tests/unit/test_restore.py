"""A backup, brought back: into its mailboxes, byte for byte, and never twice."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pyeonji.domain.accounts import Account, Company, Mailbox
from pyeonji.domain.backups import Backup
from pyeonji.domain.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    PyeonjiError,
    UnprocessableError,
)
from pyeonji.domain.ids import new_id
from pyeonji.domain.limits import MIB, UPLOAD_DEADLINE
from pyeonji.domain.states import BackupState, UploadState, VolumeState
from pyeonji.domain.uploads import Totals, Upload
from pyeonji.usecases.accounts.mailboxes import delete_mailbox
from pyeonji.usecases.backups.end import delete_backup
from pyeonji.usecases.uploads.end import delete_upload
from pyeonji.usecases.uploads.restore import restore_backup
from pyeonji.usecases.uploads.retry import can_retry, retry_upload
from pyeonji.usecases.uploads.undo import take_out_upload, undo_upload
from tests.support.caretaking import walk
from tests.support.company import KIM, BackupMachine, ask, days_ago, deliver, found_company
from tests.support.company import letter_bytes as letter
from tests.support.fakes import World
from tests.support.faults import KilledError, KillSwitch
from tests.support.uploading import UploadMachine, assert_counts_agree, held, ledger, small_chunks
from tests.support.worlds import limited, limits

FLAGS = [(), ("\\Seen",), ("\\Seen", "\\Flagged"), ("\\Answered", "업무"), ("\\Draft",)]


def filled(world: World) -> list[Mailbox]:
    """The inbox and two folders, 60 mails each, of various flags; some of them in all three."""
    boxes = [found_company(world)]
    for path in ("업무/2025", "보관"):
        boxes.append(Mailbox(new_id(world.clock), path))
        assert world.accounts.create_mailbox(KIM, boxes[-1])
    for place, box in enumerate(boxes):
        mails = range(50 * place, 50 * place + 60)
        deliver(world, box, [(letter(n, 45_000), days_ago(world, 40 + n / 7)) for n in mails])
        messages = world.index.messages[KIM, box.id]
        for number, key in enumerate(sorted(messages)):
            messages[key] = replace(messages[key], flags=FLAGS[number % len(FLAGS)])
    return boxes


def backed_up(world: World, **wanted: Any) -> Backup:
    """Every mailbox, in volumes as small as they come."""
    backup = ask(world, volume_bytes=MIB, **wanted)
    BackupMachine(world, backup.id).run()
    made = world.backups.get(KIM, backup.id)
    assert made is not None and made.state is BackupState.READY
    return made


def restore(world: World, backup: Backup, numbers: list[int] | None = None) -> Upload:
    return restore_backup(world, account=KIM, backup_id=backup.id, numbers=numbers, now=world.clock)


def facts(world: World) -> dict[str, dict[str, tuple[object, ...]]]:
    """path -> digest -> what must come back as it was."""
    found: dict[str, dict[str, tuple[object, ...]]] = {}
    for box in world.accounts.mailboxes(KIM):
        assert_counts_agree(world, box)
        contents = held(world, box)
        found[box.path] = {
            message.digest: (message.received, message.flags, message.size, contents[message.key])
            for message in world.index.read(KIM, box.id)
        }
    return found


def emptied(world: World, boxes: list[Mailbox], *, remove: bool) -> None:
    """As if every mail had been deleted, and with `remove` the folders too."""
    for box in boxes:
        world.index.messages.pop((KIM, box.id), None)
        world.index.weights.pop((KIM, box.id), None)
        there = world.accounts.mailbox(KIM, box.id)
        assert there is not None
        world.accounts.boxes[KIM, box.id] = replace(there, messages=0, bytes=0)
        if remove and not box.special_use:
            delete_mailbox(world, email=KIM, mailbox_id=box.id)


@pytest.mark.parametrize("remove", [False, True])
def test_the_same_bytes_flags_dates_and_folders(remove: bool) -> None:
    world = World()
    boxes = filled(world)
    before = facts(world)
    backup = backed_up(world)
    volumes = len(world.backups.volumes(KIM, backup.id))
    assert volumes > 3
    emptied(world, boxes, remove=remove)
    upload = restore(world, backup)
    assert upload.state is UploadState.RECEIVED and upload.filename.endswith(f" +{volumes - 1}.zip")
    ended = UploadMachine(world, upload.id, cutter=small_chunks(7)).run()
    assert ended.state is UploadState.COMPLETED
    assert (ended.totals.imported, ended.totals.duplicate, ended.totals.rejected) == (180, 0, 0)
    assert facts(world) == before
    assert {box.path: box.special_use for box in world.accounts.mailboxes(KIM)} == {
        "받은편지함": "inbox", "업무/2025": None, "보관": None,
    }  # fmt: skip
    # Nothing was sent, and the files stand as they did.
    assert not world.zips.data
    assert all(volume.key in world.volumes.data for volume in world.backups.volumes(KIM, backup.id))
    again = UploadMachine(world, restore(world, backup).id).run()
    assert (again.totals.imported, again.totals.duplicate) == (0, 180)
    assert facts(world) == before


def test_chosen_files_and_the_rest() -> None:
    world = World()
    boxes = filled(world)
    backup = backed_up(world)
    emptied(world, boxes, remove=True)
    [first, *_] = world.backups.volumes(KIM, backup.id)
    upload = UploadMachine(world, restore(world, backup, [first.number]).id).run()
    assert upload.totals.imported == first.messages and upload.filename == first.filename
    assert upload.bytes == first.bytes
    rows = ledger(UploadMachine(world, upload.id))
    assert [row.index for row in rows] == list(range(len(rows)))
    upload = UploadMachine(world, restore(world, backup).id).run()
    assert upload.totals.duplicate == first.messages
    assert upload.totals.imported == 180 - first.messages


def test_a_volume_larger_than_an_upload_may_be() -> None:
    world = World()
    filled(world)
    backup = backed_up(world)
    machine = UploadMachine(world, restore(world, backup).id, limits=limits(upload_limit_bytes=10))
    assert machine.run().totals == Totals(duplicate=180, ignored=machine.upload.totals.ignored)


def test_asked_for_twice_it_is_one() -> None:
    world = World()
    filled(world)
    backup = backed_up(world)
    upload = restore(world, backup)
    assert restore(world, backup) == upload
    assert restore(world, backup, [1]).id != upload.id
    UploadMachine(world, upload.id).run()
    world.clock += timedelta(seconds=1)
    assert restore(world, backup).id != upload.id


def test_undone() -> None:
    world = World()
    boxes = filled(world)
    backup = backed_up(world)
    kept = deliver_one(world, boxes[1])
    emptied(world, boxes[:1], remove=False)
    before = facts(world)
    upload = UploadMachine(world, restore(world, backup).id).run()
    assert upload.totals.imported == 60
    undo_upload(world, account=KIM, upload_id=upload.id, now=world.clock)
    take_out_upload(world, account=KIM, upload_id=upload.id, now=world.clock)
    assert facts(world) == before and kept in {m for box in facts(world).values() for m in box}


def deliver_one(world: World, box: Mailbox) -> str:
    [row] = deliver(world, box, [(letter(999), days_ago(world, 3))], chunk="00002")
    assert row.index == 0
    return next(m.digest for m in world.index.read(KIM, box.id) if m.subject == "안녕하세요 999")


@pytest.mark.parametrize(
    ("numbers", "error"),
    [([], InvalidRequestError), ([99], NotFoundError), ([1, 99], NotFoundError)],
)
def test_files_that_are_not_there(numbers: list[int], error: type[PyeonjiError]) -> None:
    world = World()
    filled(world)
    backup = backed_up(world)
    with pytest.raises(error):
        restore(world, backup, numbers)
    assert not world.uploads.all(KIM)


def test_backups_that_cannot_be_brought_back() -> None:
    world = World()
    filled(world)
    with pytest.raises(NotFoundError):
        restore_backup(
            world, account=KIM, backup_id=new_id(world.clock), numbers=None, now=world.clock
        )
    unfinished = ask(world)
    with pytest.raises(ConflictError, match="volume_not_ready"):
        restore(world, unfinished)
    delete_backup(world, account=KIM, backup_id=unfinished.id, now=world.clock)
    backup = backed_up(world)
    world.accounts.put_company(Company("other.example", "Other", True))
    world.accounts.put_account(Account("park@other.example"))
    with pytest.raises(NotFoundError):
        restore_backup(
            world, account="park@other.example", backup_id=backup.id, numbers=None, now=world.clock
        )
    world.clock += timedelta(days=7)
    with pytest.raises(ConflictError, match="volume_expired"):
        restore(world, backup)
    walk(world, world.clock)
    with pytest.raises(ConflictError, match="volume_expired"):
        restore(world, backup, [1])


def test_too_much_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    filled(world)
    backup = backed_up(world)
    monkeypatch.setattr("pyeonji.usecases.uploads.restore.MAX_RESTORED", 179)
    with pytest.raises(UnprocessableError, match="too_much_to_restore"):
        restore(world, backup)
    monkeypatch.setattr("pyeonji.usecases.uploads.restore.MAX_RESTORED", 180)
    restore(world, backup)


def test_what_is_being_read_is_not_taken_away() -> None:
    world = World()
    boxes = filled(world)
    before = facts(world)
    backup = backed_up(world)
    emptied(world, boxes, remove=False)
    world.clock += timedelta(days=7) - timedelta(minutes=1)
    machine = UploadMachine(world, restore(world, backup).id)
    with pytest.raises(ConflictError, match="backup_in_use"):
        delete_backup(world, account=KIM, backup_id=backup.id, now=world.clock)
    machine.inspect()
    world.clock += timedelta(minutes=2)
    done = walk(world, world.clock).done
    assert done["in_use"] and not done["volume_expired"]
    assert machine.run().totals.imported == 180 and facts(world) == before
    walk(world, world.clock)
    assert not world.volumes.data
    assert {v.state for v in world.backups.volumes(KIM, backup.id)} == {VolumeState.EXPIRED}
    # Off the list, and nothing of anybody else's goes with it.
    assert delete_upload(world, account=KIM, upload_id=machine.upload_id, now=world.clock) is None
    assert facts(world) == before


def test_files_that_are_lost_say_so() -> None:
    world = World()
    boxes = filled(world)
    backup = backed_up(world)
    emptied(world, boxes, remove=False)
    machine = UploadMachine(world, restore(world, backup).id, cutter=small_chunks(7))
    machine.inspect()
    first, *rest = machine.chunks()
    machine.import_one(first)
    world.volumes.delete(list(world.volumes.data))
    assert machine.import_one(rest[0]).failure == "backup_gone"
    ended = machine.settle().upload
    assert ended is not None and (ended.state, ended.failure) == (UploadState.FAILED, "backup_gone")
    assert ended.totals.imported == first.entries > 0
    assert not can_retry(world, ended, world.clock)
    lost = UploadMachine(world, restore(world, backup).id)
    assert lost.inspect().failure == "backup_gone"


def test_tried_again_as_long_as_the_files_are_there() -> None:
    world = World()
    boxes = filled(world)
    backup = backed_up(world)
    emptied(world, boxes, remove=False)
    upload_id = restore(world, backup).id
    ended = UploadMachine(world, upload_id, limits=limits(quota_bytes=5_000_000)).run()
    assert ended.totals.rejected and ended.totals.imported
    assert can_retry(world, ended, world.clock)
    late = ended.created_at + timedelta(days=7)
    assert not can_retry(world, ended, late)
    with pytest.raises(ConflictError, match="volume_expired"):
        retry_upload(world, account=KIM, upload_id=upload_id, now=late)
    retry_upload(limited(world), account=KIM, upload_id=upload_id, now=world.clock)
    again = UploadMachine(world, upload_id).run()
    assert (again.totals.imported, again.totals.rejected) == (180, 0)


def test_killed_anywhere_it_comes_to_the_same() -> None:
    """Before and after each write of every step, and begun again."""
    count = 1
    while True:
        world = World()
        boxes = filled(world)
        before = facts(world)
        backup = backed_up(world, mailboxes=[boxes[1].id])
        emptied(world, boxes[1:2], remove=True)
        switch = KillSwitch(count)
        machine = UploadMachine(world, restore(world, backup).id, switch=switch)
        try:
            machine.run()
        except KilledError:
            world.clock += timedelta(minutes=31)
            assert world.clock < machine.upload.created_at + UPLOAD_DEADLINE
            machine.switch = KillSwitch()
            machine.run()
        else:
            assert count > 10
            return
        assert machine.upload.totals.imported == 60, count
        assert facts(world) == before
        count += 9


def test_a_mailbox_is_not_deleted_while_its_mail_is_on_its_way_back() -> None:
    world = World()
    boxes = filled(world)
    backup = backed_up(world)
    emptied(world, boxes, remove=False)
    machine = UploadMachine(world, restore(world, backup).id)
    machine.inspect()
    with pytest.raises(ConflictError, match="mailbox_in_use"):
        delete_mailbox(world, email=KIM, mailbox_id=boxes[1].id)
    machine.run()
    assert machine.upload.totals.imported == 180
    with pytest.raises(ConflictError, match="mailbox_not_empty"):
        delete_mailbox(world, email=KIM, mailbox_id=boxes[1].id)
