"""Every arrow of the diagrams can be walked, by the verb or step that the diagram names."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pyeonji.domain.limits import UPLOAD_ABANDON_AFTER
from pyeonji.usecases.backups.end import cancel_backup
from pyeonji.usecases.uploads.retry import retry_upload
from pyeonji.usecases.uploads.undo import take_out_upload, undo_upload
from tests.support.caretaking import walk
from tests.support.company import KIM, ask, days_ago, deliver, found_company, letter_bytes
from tests.support.fakes import World
from tests.support.faults import KilledError, KillSwitch
from tests.support.imap_memory import MemoryServer
from tests.support.machines import Execution, Machinery
from tests.support.moves import EVERY_MOVE, Moves, watch
from tests.support.syncing import connect, letter, sync
from tests.support.uploading import ask_to_upload, send, zip_of

MAILS = {f"{n}.eml": letter_bytes(100 + n) for n in range(4)}


def backup(world: World) -> tuple[Machinery, Execution]:
    box = found_company(world)
    deliver(world, box, [(letter_bytes(n), days_ago(world, 9)) for n in range(3)])
    ask(world)
    machinery = Machinery(world)
    (execution,) = machinery.running()
    return machinery, execution


def sent(world: World, **changes: Any) -> tuple[Machinery, Execution]:
    send(world, found_company(world), zip_of(MAILS), **changes)
    machinery = Machinery(world, **changes)
    (execution,) = machinery.running()
    return machinery, execution


def half_a_step(execution: Execution) -> None:
    """Its first write, and no more."""
    with pytest.raises(KilledError):
        execution.step(KillSwitch(1, "after"))


def whole_backup(world: World) -> None:
    machinery, _ = backup(world)
    machinery.run_all()
    world.clock += timedelta(days=7)
    walk(world)


def failed_backups(world: World) -> None:
    machinery, first = backup(world)
    ask(world)
    ask(world)
    first, second, third = machinery.running()
    half_a_step(second)
    third.step()
    for execution in (first, second, third):
        execution.give_up()
    machinery.run_all()


def cancelled_backups(world: World) -> None:
    machinery, first = backup(world)
    ask(world)
    ask(world)
    first, second, third = machinery.running()
    half_a_step(second)
    third.step()
    for execution in (first, second, third):
        cancel_backup(world, account=KIM, backup_id=execution.name, now=world.clock)


def collecting_backups(world: World) -> None:
    """Of a connected account: one that is made, one that fails, one that is cancelled."""
    server = MemoryServer()
    server.inbox.add(letter("mail"))
    connect(world, server)
    assert sync(world) is None
    for _ in range(3):
        ask(world)
    machinery = Machinery(world)
    first, second, third = machinery.running()
    for execution in (first, second, third):
        execution.step()
    second.give_up()
    second.step()
    cancel_backup(world, account=KIM, backup_id=third.name, now=world.clock)
    assert sync(world) is None
    while not first.ended:
        first.step()


def completed_upload_and_retry(world: World) -> None:
    # Room for two of the four: the others may be taken up again.
    room = len(MAILS["0.eml"]) * 2 + 100
    machinery, execution = sent(world, quota_bytes=room)
    machinery.run_all()
    retry(world, execution)


def failed_uploads_and_retry(world: World) -> None:
    box = found_company(world)
    for _ in range(3):
        send(world, box, zip_of(MAILS))
        world.clock += timedelta(seconds=1)
    machinery = Machinery(world)
    first, second, third = machinery.running()
    half_a_step(second)
    third.step()
    for execution in (first, second, third):
        execution.give_up()
    machinery.run_all()
    retry(world, first)


def abandoned_upload(world: World) -> None:
    ask_to_upload(world, found_company(world), 1000)
    world.clock += UPLOAD_ABANDON_AFTER
    walk(world)


def undone_uploads(world: World) -> None:
    """One that completed, and one that failed with mail in the mailbox."""
    machinery, execution = sent(world)
    machinery.run_all()
    undo(world, execution)
    (box,) = world.accounts.mailboxes(KIM)
    world.clock += timedelta(seconds=1)
    send(world, box, zip_of(MAILS))
    *_, execution = machinery.running()
    while execution.step() != "import":
        pass
    execution.give_up()
    machinery.run_all()
    undo(world, execution)


def undo(world: World, execution: Execution) -> None:
    upload_id = str(execution.payload["upload_id"])
    undo_upload(world, account=KIM, upload_id=upload_id, now=world.clock)
    take_out_upload(world, account=KIM, upload_id=upload_id, now=world.clock)


def retry(world: World, execution: Execution) -> None:
    retry_upload(world, account=KIM, upload_id=str(execution.payload["upload_id"]), now=world.clock)


STORIES: list[Callable[[World], None]] = [
    whole_backup,
    failed_backups,
    cancelled_backups,
    collecting_backups,
    completed_upload_and_retry,
    failed_uploads_and_retry,
    abandoned_upload,
    undone_uploads,
]


def test_every_move_of_the_diagrams_and_no_other() -> None:
    made: Moves = set()
    for story in STORIES:
        world = World()
        seen = watch(world)
        story(world)
        made |= seen
    assert made == EVERY_MOVE
