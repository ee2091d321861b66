"""What commit 018b64d left behind is taken up: `tests/golden/1`, loaded into moto.

It has requests in every state, one of them half-made: the backup becomes ready, the retry works,
nothing is lost and nothing is in twice.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.states import BackupState, UploadState, VolumeState
from pyeonji.domain.uploads import Outcome, Totals, upload_key
from tests.support.aws_world import AwsWorld, aws_world
from tests.support.company import KIM, BackupMachine
from tests.support.fakes import FakeMachines, World
from tests.support.golden import load_golden
from tests.support.uploading import (
    UploadMachine,
    assert_counts_agree,
    ledger,
    retry,
    small_chunks,
)


@pytest.fixture(scope="module")
def golden() -> Iterator[tuple[World, dict[str, Any]]]:
    """Loaded once: each test goes on with requests of its own."""
    with aws_world() as aws:
        aws.machines = FakeMachines()  # type: ignore[attr-defined]
        facts = load_golden(aws, "1")
        aws.clock = datetime.fromisoformat(facts["clock"]) + timedelta(minutes=1)
        yield cast(World, aws), facts


Golden = tuple[World, dict[str, Any]]


def box(world: World, facts: dict[str, Any], name: str = "inbox") -> Mailbox:
    found = world.accounts.mailbox(KIM, facts["mailboxes"][name])
    assert found is not None
    return found


def held(world: World, facts: dict[str, Any], name: str = "inbox") -> list[str]:
    return [message.digest for message in world.index.read(KIM, facts["mailboxes"][name])]


def digests_in(world: World, backup_id: str) -> list[str]:
    found = []
    for volume in world.backups.volumes(KIM, backup_id):
        with zipfile.ZipFile(io.BytesIO(world.volumes.get(volume.key))) as archive:
            assert archive.testzip() is None
            names = [name for name in archive.namelist() if name.endswith(".eml")]
            assert len(names) == volume.messages
            found += [hashlib.sha256(archive.read(name)).hexdigest() for name in names]
    return sorted(found)


def test_a_half_made_backup_becomes_ready(golden: Golden) -> None:
    world, facts = golden
    backup_id = facts["backups"]["exporting"]
    states = [volume.state for volume in world.backups.volumes(KIM, backup_id)]
    assert states[:2] == [VolumeState.READY, VolumeState.WRITING]
    assert set(states[2:]) == {VolumeState.PENDING}
    BackupMachine(world, backup_id).run()
    backup = world.backups.get(KIM, backup_id)
    assert backup is not None
    assert backup.state is BackupState.READY
    assert digests_in(world, backup_id) == facts["in_backup"]


def test_a_killed_plan_is_made_again(golden: Golden) -> None:
    world, facts = golden
    backup_id = facts["backups"]["planning"]
    BackupMachine(world, backup_id).run()
    assert digests_in(world, backup_id) == facts["mails"]["with_manifest"]


def test_a_request_is_carried_out(golden: Golden) -> None:
    world, facts = golden
    backup_id = facts["backups"]["requested"]
    BackupMachine(world, backup_id).run()
    backup = world.backups.get(KIM, backup_id)
    assert backup is not None
    expected = sorted(
        message.digest
        for message in world.index.read(KIM, facts["mailboxes"]["inbox"])
        if message.received_at in backup.span
    )
    assert expected
    assert digests_in(world, backup_id) == expected


def test_an_upload_at_work_goes_on(golden: Golden) -> None:
    world, facts = golden
    machine = UploadMachine(world, facts["uploads"]["importing"], cutter=small_chunks(3))
    upload = machine.run()
    assert upload.state is UploadState.COMPLETED
    assert upload.totals == Totals(imported=9)
    assert set(facts["mails"]["importing"]) <= set(held(world, facts))
    assert_counts_agree(world, box(world, facts))


@pytest.mark.parametrize(("which", "rejected"), [("failed", 1), ("failed_twice", 0)])
def test_the_retry_of_a_failed_upload_works(golden: Golden, which: str, rejected: int) -> None:
    world, facts = golden
    # Whatever else is at work on the mailbox comes to its end first: its counts are checked.
    UploadMachine(world, facts["uploads"]["importing"], cutter=small_chunks(3)).run()
    before = world.uploads.get(KIM, facts["uploads"][which])
    assert before is not None
    assert before.state is UploadState.FAILED
    machine = retry(world, facts["uploads"][which])
    machine.cutter = small_chunks(2)
    upload = machine.run()
    assert upload.state is UploadState.COMPLETED
    assert upload.attempt == before.attempt + 1
    mails = facts["mails"][which]
    assert upload.totals == Totals(imported=len(mails), rejected=rejected)
    everything = held(world, facts)
    assert len(set(everything)) == len(everything)
    assert set(mails) <= set(everything)
    assert_counts_agree(world, box(world, facts))


def test_an_upload_that_had_arrived_is_imported(golden: Golden) -> None:
    world, facts = golden
    upload = UploadMachine(world, facts["uploads"]["received"]).run()
    assert upload.totals == Totals(imported=2)
    assert set(facts["mails"]["received"]) <= set(held(world, facts, "sent"))
    assert_counts_agree(world, box(world, facts, "sent"))


def test_an_upload_that_was_being_sent_goes_on(golden: Golden) -> None:
    world, facts = golden
    upload = world.uploads.get(KIM, facts["uploads"]["receiving"])
    assert upload is not None
    key = upload_key(KIM, upload.id)
    arrived = world.zips.parts(key, upload.multipart_id)
    assert [(part.number, part.bytes) for part in arrived] == [(1, upload.part_bytes)]
    rest = bytes(upload.bytes - upload.part_bytes)
    parts = [*arrived, world.zips.put_part(key, upload.multipart_id, 2, rest)]
    world.zips.complete(key, upload.multipart_id, parts)
    assert world.zips.size(key) == upload.bytes


def test_ledgers_of_then_are_read(golden: Golden) -> None:
    world, facts = golden
    machine = UploadMachine(world, facts["uploads"]["completed"])
    rows = ledger(machine)
    assert [row.index for row in rows] == list(range(len(rows)))
    outcomes = [row.outcome for row in rows]
    totals = Totals(*(outcomes.count(outcome) for outcome in Outcome))
    assert totals == machine.upload.totals == Totals(32, 1, 2, 1)
    assert {row.reason for row in rows} - {None} == {
        "same_content", "zero_byte", "not_eml", "system_file",
    }  # fmt: skip
    dated = [row for row in rows if row.outcome is Outcome.IMPORTED]
    assert all(row.date_from == "received" and row.date for row in dated)


def test_a_manifests_facts_are_in_the_index(golden: Golden) -> None:
    world, facts = golden
    flags = {
        message.digest: message.flags
        for message in world.index.read(KIM, facts["mailboxes"]["sent"])
    }
    for digest in facts["mails"]["with_manifest"]:
        assert flags[digest] == ("\\Seen", "\\Flagged")


def test_table_and_buckets_agree_once_all_has_come_to_its_end(golden: Golden) -> None:
    world, facts = golden
    for which in ("importing", "received"):
        UploadMachine(world, facts["uploads"][which], cutter=small_chunks(3)).run()
    for name in ("inbox", "sent"):
        assert_counts_agree(world, box(world, facts, name))
    aws = cast(AwsWorld, world)
    census = aws.census.take()
    assert set(facts["uploads"].values()) == {upload_id for _, upload_id in census.uploads}
    assert set(facts["backups"].values()) == {backup_id for _, backup_id in census.backups}
    there = {found.key for found in world.mail.objects("segments/")}
    assert census.segments <= there
