"""Undoing an upload: what it brought in goes, what another upload holds as well stays."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.errors import BusyError, ConflictError, NotFoundError
from pyeonji.domain.ids import new_id
from pyeonji.domain.limits import FUNCTION_LIFE, STUCK_AFTER
from pyeonji.domain.messages import Holder, Message, SearchKey
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import OnDuplicate, Upload
from pyeonji.usecases.accounts.mailboxes import delete_mailbox
from pyeonji.usecases.mail.indexing import index_segment
from pyeonji.usecases.uploads.end import delete_upload
from pyeonji.usecases.uploads.request import complete_upload
from pyeonji.usecases.uploads.undo import OthersAtWorkError, take_out_upload, undo_upload
from tests.support.caretaking import walk
from tests.support.company import KIM, BackupMachine, ask, found_company, letter_bytes
from tests.support.fakes import World
from tests.support.faults import KilledError
from tests.support.uploading import (
    UploadMachine,
    ask_to_upload,
    assert_counts_agree,
    held,
    mailbox_now,
    retry,
    send,
    small_chunks,
    zip_of,
)


def mails(*numbers: int) -> dict[str, bytes]:
    return {f"{n}.eml": letter_bytes(n) for n in numbers}


def sent(world: World, box: Mailbox, *numbers: int, keep: bool = False) -> UploadMachine:
    """Uploads these mails, in chunks of a few."""
    kind = OnDuplicate.KEEP if keep else OnDuplicate.SKIP
    machine = send(world, box, zip_of(mails(*numbers)), on_duplicate=kind)
    machine.cutter = small_chunks(3)
    machine.run()
    return machine


def undo(world: World, machine: UploadMachine) -> Upload:
    """By its owner, and the machine's step."""
    asked = undo_upload(world, account=KIM, upload_id=machine.upload_id, now=world.clock)
    assert asked.state is UploadState.UNDOING
    assert world.machines.uploads[asked.execution]["undo"] is True
    take_out_upload(world, account=KIM, upload_id=machine.upload_id, now=world.clock)
    assert machine.upload.state is UploadState.UNDONE
    return machine.upload


def kept(world: World, box: Mailbox) -> set[bytes]:
    return set(held(world, box).values())


def test_what_it_brought_goes_and_nothing_else() -> None:
    world = World()
    box = found_company(world)
    first, second = sent(world, box, 1, 2, 3), sent(world, box, 4, 5, 6, 7)
    undo(world, second)
    assert kept(world, box) == set(mails(1, 2, 3).values())
    assert_counts_agree(world, box)
    undo(world, first)
    assert kept(world, box) == set()
    assert mailbox_now(world, box).messages == 0
    assert not [each.key for each in world.mail.objects("segments/")], "no byte of it is left"


def test_no_word_of_it_is_left_to_be_found() -> None:
    world = World()
    box = found_company(world)
    first, second = sent(world, box, 1, 2), sent(world, box, 3, 4)
    for segment in [each.key for each in world.mail.objects("segments/")]:
        index_segment(world, segment=segment)
    undo(world, second)
    left = [SearchKey.of(each.key).segment for each in world.mail.objects("search/")]
    assert left == [each.key for each in world.mail.objects("segments/")]
    assert all(first.upload_id in key for key in left) and left


def test_a_mail_that_another_upload_found_stays_until_that_one_is_undone() -> None:
    world = World()
    box = found_company(world)
    first, second = sent(world, box, 1, 2, 3), sent(world, box, 2, 3, 4)
    assert second.upload.totals.duplicate == 2
    undo(world, first)
    assert kept(world, box) == set(mails(2, 3, 4).values())
    assert_counts_agree(world, box)
    undo(world, second)
    assert kept(world, box) == set()
    assert_counts_agree(world, box)


def test_the_one_that_found_them_may_go_first_or_leave_the_list() -> None:
    world = World()
    box = found_company(world)
    first, second, third = (sent(world, box, *n) for n in ((1, 2), (2, 3), (1, 3)))
    undo(world, second)  # 3 is the third's as well
    assert kept(world, box) == set(mails(1, 2, 3).values())
    delete_upload(world, account=KIM, upload_id=third.upload_id, now=world.clock)
    undo(world, first)
    assert kept(world, box) == set(mails(1, 3).values()), "off the list, and not forgotten"
    assert_counts_agree(world, box)


def test_copies_kept_on_purpose_are_the_uploads_own() -> None:
    world = World()
    box = found_company(world)
    first, copies = sent(world, box, 1, 2), sent(world, box, 1, 2, 3, keep=True)
    assert mailbox_now(world, box).messages == 5
    undo(world, copies)
    assert mailbox_now(world, box).messages == 2
    assert_counts_agree(world, box)
    copies = sent(world, box, 1, 2, keep=True)
    undo(world, first)
    assert kept(world, box) == set(mails(1, 2).values())
    assert mailbox_now(world, box).messages == 2
    assert_counts_agree(world, box)


def test_sent_again_after_it_was_undone_it_is_imported_again() -> None:
    world = World()
    box = found_company(world)
    undo(world, sent(world, box, 1, 2))
    again = sent(world, box, 1, 2)
    assert again.upload.totals.imported == 2
    assert_counts_agree(world, box)


def test_a_backup_holds_what_is_left() -> None:
    world = World()
    box = found_company(world)
    first, _ = sent(world, box, *range(9)), sent(world, box, 1, 4, 7, 20)
    undo(world, first)
    backup = ask(world, mailboxes=[box.id])
    BackupMachine(world, backup.id).run()
    [volume] = world.backups.volumes(KIM, backup.id)
    with zipfile.ZipFile(io.BytesIO(world.volumes.data[volume.key])) as archive:
        assert archive.testzip() is None
        found = {archive.read(n) for n in archive.namelist() if n.endswith(".eml")}
    assert found == set(mails(1, 4, 7, 20).values())


def test_a_backup_at_work_keeps_the_bytes_it_planned_with() -> None:
    world = World()
    box = found_company(world)
    upload = sent(world, box, 1, 2, 3)
    machine = BackupMachine(world, ask(world, mailboxes=[box.id]).id)
    undo(world, upload)
    assert [each.key for each in world.mail.objects("segments/")]
    assert_counts_agree(world, box)
    del machine


def test_what_cannot_be_undone_says_why() -> None:
    world = World()
    box = found_company(world)
    upload = sent(world, box, 1)
    late = send(world, box, zip_of(mails(2)))

    def refused(match: str, upload_id: str = upload.upload_id) -> None:
        with pytest.raises(ConflictError, match=match):
            undo_upload(world, account=KIM, upload_id=upload_id, now=world.clock)

    refused("uploads_at_work")
    late.run()
    refused("nothing_to_undo", sent(world, box, 1, 2).upload_id)
    with pytest.raises(NotFoundError):
        undo_upload(world, account=KIM, upload_id=new_id(world.clock), now=world.clock)
    refused("wrong_state", ask_to_upload(world, box, 10**6).id)


def test_finds_that_no_record_tells_of_keep_everything_in() -> None:
    """An upload of before: its duplicates stand in its totals alone."""
    world = World()
    box = found_company(world)
    first, _ = sent(world, box, 1, 2), sent(world, box, 2)
    world.index.finds.clear()
    with pytest.raises(ConflictError, match="finds_not_recorded"):
        undo_upload(world, account=KIM, upload_id=first.upload_id, now=world.clock)
    assert kept(world, box) == set(mails(1, 2).values())


def test_nothing_comes_in_meanwhile() -> None:
    world = World()
    box = found_company(world)
    upload, other = sent(world, box, 1, 2), ask_to_upload(world, box, 10)
    undo_upload(world, account=KIM, upload_id=upload.upload_id, now=world.clock)
    with pytest.raises(BusyError):
        complete_upload(world, account=KIM, upload_id=other.id, now=world.clock)
    # Somebody slipped through: the step waits, and takes nothing out before.
    world.uploads.move(replace(other, state=UploadState.RECEIVED), other)
    with pytest.raises(OthersAtWorkError):
        take_out_upload(world, account=KIM, upload_id=upload.upload_id, now=world.clock)
    assert kept(world, box) == set(mails(1, 2).values())
    with pytest.raises(ConflictError, match="wrong_state"):
        retry(world, upload.upload_id)


def test_twice_is_once_and_a_step_that_never_came_is_started_again() -> None:
    world = World()
    box = found_company(world)
    upload = sent(world, box, 1, 2)
    for _ in range(2):
        undo_upload(world, account=KIM, upload_id=upload.upload_id, now=world.clock)
    with pytest.raises(ConflictError, match="wrong_state"):
        delete_upload(world, account=KIM, upload_id=upload.upload_id, now=world.clock)
    world.machines.running.clear()
    world.clock += STUCK_AFTER + timedelta(minutes=1)
    walk(world)
    assert world.machines.uploads[f"{upload.upload_id}-undo-2"]["undo"] is True
    for _ in range(2):
        take_out_upload(world, account=KIM, upload_id=upload.upload_id, now=world.clock)
    assert upload.upload.state is UploadState.UNDONE
    assert_counts_agree(world, box)
    world.clock += timedelta(days=30)
    walk(world)
    assert world.uploads.get(KIM, upload.upload_id) is None, "it leaves the list as the failed do"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sets(st.integers(0, 7), min_size=1), min_size=2, max_size=5),
    st.permutations(range(5)),
)
def test_any_uploads_undone_in_any_order(batches: list[set[int]], order: list[int]) -> None:
    """After each, the mailbox holds exactly what the uploads that are left have sent."""
    world = World()
    box = found_company(world)
    machines = [sent(world, box, *sorted(numbers)) for numbers in batches]
    left = dict(enumerate(batches))
    for place in (each for each in order if each < len(batches)):
        if machines[place].upload.totals.imported:
            undo(world, machines[place])
            del left[place]
        assert kept(world, box) == set(mails(*set().union(*left.values())).values())
        assert_counts_agree(world, box)


def test_an_empty_mailbox_is_deleted_and_no_other() -> None:
    world = World()
    box = found_company(world)
    other = Mailbox(new_id(world.clock), "거래처")
    assert world.accounts.create_mailbox(KIM, other)

    def delete(mailbox: Mailbox) -> None:
        delete_mailbox(world, email=KIM, mailbox_id=mailbox.id)

    with pytest.raises(ConflictError, match="mailbox_in_use"):
        delete(replace(box, special_use="inbox"))
    ask_to_upload(world, other, 10)
    with pytest.raises(ConflictError, match="mailbox_in_use"):
        delete(other)
    third = Mailbox(new_id(world.clock), "새 편지함")
    assert world.accounts.create_mailbox(KIM, third)
    delete(third)
    assert third.path not in {each.path for each in world.accounts.mailboxes(KIM)}
    assert world.accounts.create_mailbox(KIM, replace(third, id=new_id(world.clock)))
    with pytest.raises(NotFoundError):
        delete(third)
    full = Mailbox(new_id(world.clock), "찬 편지함")
    assert world.accounts.create_mailbox(KIM, full)
    sent(world, full, 1)
    with pytest.raises(ConflictError, match="mailbox_not_empty"):
        delete(full)


def test_while_somebody_may_still_add_mail_nothing_is_taken_out() -> None:
    """A function that was given up is still writing what the upload has counted already."""
    world = World()
    box = found_company(world)
    other = sent(world, box, 9)
    machine = send(world, box, zip_of(mails(1, 2)))
    machine.inspect()
    [chunk] = machine.chunks()
    late: list[Message] = []
    add = world.index.add

    def slow(account: str, mailbox_id: str, messages: Sequence[Message]) -> dict[str, Holder]:
        late.extend(messages)
        add(account, mailbox_id, messages[:1])
        raise KilledError

    world.index.add = slow  # type: ignore[method-assign]
    with pytest.raises(KilledError):
        machine.import_one(chunk)
    world.index.add = add  # type: ignore[method-assign]
    machine.settle("timed_out")
    assert machine.upload.totals.imported == 2, "what was intended has been completed"
    for each in (other, machine):
        undo_upload(world, account=KIM, upload_id=each.upload_id, now=world.clock)
        world.clock += timedelta(minutes=5)
        with pytest.raises(OthersAtWorkError):
            take_out_upload(world, account=KIM, upload_id=each.upload_id, now=world.clock)
    world.index.add(KIM, box.id, late)
    assert len(held(world, box)) == 3, "there is no room for what comes late"
    world.clock += FUNCTION_LIFE
    for each in (other, machine):
        take_out_upload(world, account=KIM, upload_id=each.upload_id, now=world.clock)
    assert kept(world, box) == set()
    assert_counts_agree(world, box)
