"""The backup flow with the real adapters; moto refuses what S3 and DynamoDB would refuse."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import cast

import pytest
from botocore.exceptions import ClientError

from pyeonji.domain.backups import volume_key
from pyeonji.domain.limits import MIB
from pyeonji.domain.states import BackupState
from pyeonji.domain.uploads import Outcome
from pyeonji.ports import MissingObjectError
from pyeonji.usecases.backups.end import cancel_backup, delete_backup
from pyeonji.usecases.backups.show import list_backups, show_backup
from tests.support.aws_world import aws_world
from tests.support.company import (
    KIM,
    BackupMachine,
    ask,
    days_ago,
    deliver,
    found_company,
    letter_bytes,
)
from tests.support.fakes import FakeMachines, World


@pytest.fixture
def world() -> Iterator[World]:
    with aws_world() as aws:
        aws.machines = FakeMachines()  # type: ignore[attr-defined]
        # The helpers ask for ports only; both worlds have the same ones.
        yield cast(World, aws)


def test_several_segments_and_volumes_by_real_multipart_uploads(world: World) -> None:
    box = found_company(world)
    sent = [(letter_bytes(n, 150_000), days_ago(world, 20)) for n in range(200)]
    for chunk, start in enumerate(range(0, 200, 100)):
        rows = deliver(world, box, sent[start : start + 100], chunk=f"{chunk:05d}")
        assert all(row.outcome is Outcome.IMPORTED for row in rows)
    backup = ask(world, volume_bytes=12 * MIB)
    BackupMachine(world, backup.id).run()
    view = show_backup(world, account=KIM, backup_id=backup.id, now=world.clock)
    assert view.backup.state is BackupState.READY
    assert len(view.volumes) >= 2
    assert max(volume.parts for volume in view.volumes) > 1
    found = []
    for volume in view.volumes:
        archive = zipfile.ZipFile(io.BytesIO(world.volumes.get(volume.key)))
        assert archive.testzip() is None
        found += [archive.read(name) for name in archive.namelist() if name.endswith(".eml")]
    digests = sorted(hashlib.sha256(data).hexdigest() for data in found)
    assert digests == sorted(hashlib.sha256(data).hexdigest() for data, _ in sent)
    (mailbox,) = world.accounts.mailboxes(KIM)
    assert (mailbox.messages, mailbox.bytes) == (200, sum(len(data) for data, _ in sent))
    page = list_backups(world, account=KIM, after=None, limit=10, now=world.clock)
    assert [entry.backup.id for entry in page.backups] == [backup.id] and page.next is None


def test_moto_holds_the_rule_our_plan_keeps(world: World) -> None:
    """What the plan must never do is refused here, so the tests above mean something."""
    upload_id = world.volumes.open_multipart("x.zip")
    parts = [world.volumes.put_part("x.zip", upload_id, n, b"x" * 1000) for n in (1, 2)]
    with pytest.raises(ClientError, match="EntityTooSmall"):
        world.volumes.complete("x.zip", upload_id, parts)
    world.volumes.abort("x.zip", upload_id)
    world.volumes.abort("x.zip", upload_id)
    with pytest.raises(MissingObjectError):
        world.volumes.size("x.zip")


def test_slots_are_taken_and_freed_in_the_table(world: World) -> None:
    box = found_company(world)
    deliver(world, box, [(letter_bytes(1), days_ago(world, 3))])
    backups = [ask(world) for _ in range(5)]
    assert world.backups.slots(KIM) == {backup.id for backup in backups}
    with pytest.raises(Exception, match="too_many_backups"):
        ask(world)
    cancel_backup(world, account=KIM, backup_id=backups[0].id, now=world.clock)
    delete_backup(world, account=KIM, backup_id=backups[1].id, now=world.clock)
    assert world.backups.slots(KIM) == {backup.id for backup in backups[2:]}
    world.clock += timedelta(seconds=5)
    ask(world)
    assert len(world.backups.slots(KIM)) == 4


def test_duplicates_and_a_second_run_of_a_chunk(world: World) -> None:
    box = found_company(world)
    mails = [(letter_bytes(n), days_ago(world, 3)) for n in range(120)]
    upload_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    first = deliver(world, box, mails, upload_id=upload_id)
    again = deliver(world, box, mails, upload_id=upload_id)
    assert first == again
    other = deliver(world, box, mails[:50])
    assert {row.outcome for row in other} == {Outcome.DUPLICATE}
    assert world.accounts.mailboxes(KIM)[0].messages == 120
    assert len(list(world.index.read(KIM, box.id))) == 120
    assert len({message.uid for message in world.index.read(KIM, box.id)}) == 120


def test_another_tries_volume_is_used_again_and_surplus_ones_are_given_up(world: World) -> None:
    box = found_company(world)
    deliver(world, box, [(letter_bytes(1), days_ago(world, 3))])
    backup = ask(world)
    key = volume_key(KIM, backup.id, 1)
    opened = {world.volumes.open_multipart(key) for _ in range(2)}
    BackupMachine(world, backup.id).plan()
    (left,) = list(world.volumes.open_multiparts("volumes/"))
    assert left.upload_id in opened


def test_a_volume_whose_request_is_gone_is_nobody_elses(world: World) -> None:
    box = found_company(world)
    deliver(world, box, [(letter_bytes(1), days_ago(world, 3))])
    first = ask(world)
    BackupMachine(world, first.id).plan()
    world.clock += timedelta(seconds=5)
    second = ask(world)
    BackupMachine(world, second.id).plan()
    volumes = world.backups.volumes(KIM, second.id)
    world.backups.delete(second, ())
    assert [(backup.id, len(files)) for backup, files in world.backups.all(KIM)] == [(first.id, 1)]
    world.backups.delete(first, ())
    assert world.backups.all(KIM) == []
    world.backups.drop_volumes(volumes)
