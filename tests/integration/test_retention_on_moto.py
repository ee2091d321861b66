"""Retention on the real adapters: the due index, claims, rescues and the census in a real table."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

import pytest

from pyeonji.adapters.dynamodb.backups import volume_item
from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.backups import Backup
from pyeonji.domain.due import NOTICE_AFTER
from pyeonji.domain.limits import STUCK_AFTER
from pyeonji.domain.states import BackupState, UploadState, VolumeState
from pyeonji.ports import CLAIM_LIFE, DueKind, DuePointer, NoticeClaim
from pyeonji.usecases.backups.show import volume_url
from pyeonji.usecases.retention.reconcile import FindingKind
from tests.support.aws_world import TABLE, aws_world
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
from tests.support.fakes import FakeMachines, FakeMailer, World
from tests.support.machines import Machinery
from tests.support.uploading import ask_to_upload, put_parts, send, zip_of

DAY = timedelta(days=1)


@pytest.fixture
def world() -> Iterator[World]:
    with aws_world() as aws:
        aws.machines = FakeMachines()  # type: ignore[attr-defined]
        aws.mailer = FakeMailer()  # type: ignore[attr-defined]
        yield cast(World, aws)


@pytest.fixture
def box(world: World) -> Mailbox:
    mailbox = found_company(world)
    deliver(world, mailbox, [(letter_bytes(n), days_ago(world, 9)) for n in range(3)])
    return mailbox


def operations(world: World) -> Counter[str]:
    """From now on, what DynamoDB is asked."""
    asked: Counter[str] = Counter()

    def count(model: Any, **_: object) -> None:
        asked[model.name] += 1

    world.services._dynamodb.meta.events.register("before-call.dynamodb", count)  # type: ignore[attr-defined]
    return asked


def rows(world: World) -> list[tuple[str, str]]:
    """The due index as it is: (instant, what). Without the lists of companies and people in it."""
    items = world.items()  # type: ignore[attr-defined]
    dated = [item for item in items if "due_pk" in item and item["due_pk"]["S"].startswith("DUE#")]
    found = [item["due_sk"]["S"] for item in dated]
    return sorted((row[:20], row.split("#", 2)[2].split("#")[0]) for row in found)


def made(world: World) -> Backup:
    backup = ask(world)
    BackupMachine(world, backup.id).run()
    world.machines.running.clear()
    ready = world.backups.get(KIM, backup.id)
    assert ready is not None
    world.backups.mark_noticed(ready, world.clock)
    return ready


def test_a_backup_from_ready_to_gone_without_a_scan(world: World, box: Mailbox) -> None:
    backup = made(world)
    start = world.clock
    asked = operations(world)
    for days, done in (
        (5, {}),
        (6, {"warning_sent": 1}),
        (6.5, {}),
        (7, {"volume_expired": 1, "backup_expired": 1}),
        (20, {}),
        (21, {"backup_purged": 1}),
        (40, {}),
    ):
        world.clock = start + days * DAY
        # Whichever of the two comes first in the index expires both.
        found = walk(world).done
        found.pop("nothing", None)
        if days == 7:
            assert found.keys() <= done.keys()
            assert found["volume_expired"] + found["backup_expired"] >= 1
            walk(world)
            assert world.backups.volumes(KIM, backup.id)[0].state is VolumeState.EXPIRED
        else:
            assert found == done
    assert asked["Scan"] == 0
    assert world.backups.all(KIM) == []
    assert world.backups.slots(KIM) == frozenset()
    assert list(world.volumes.objects("")) == []
    assert list(world.work.objects("")) == []
    assert rows(world) == []
    assert len(world.mailer.sent) == 1


def test_a_quiet_walk_costs_four_requests(world: World, box: Mailbox) -> None:
    made(world)
    walk(world)
    asked = operations(world)
    walk(world)
    # The cursor, and the three days a walk always looks at.
    assert asked == {"GetItem": 1, "Query": 3}


def test_a_download_moves_the_row_and_no_warning_goes_out(world: World, box: Mailbox) -> None:
    backup = made(world)
    volume_url(world, account=KIM, backup_id=backup.id, number=1, now=world.clock)
    world.clock += 6 * DAY
    assert walk(world).done == {"volume_left": 1}
    assert walk(world).done == {}
    assert world.mailer.sent == []


def test_pages_follow_one_another(world: World) -> None:
    # Made among fakes, to be written into the table.
    backup = put_backup(World(world.clock), "x", BackupState.REQUESTED)
    for n in range(25):
        world.backups.request(replace(backup, id=f"{n:026}"), 100)
    world.clock += STUCK_AFTER
    found: list[DuePointer] = []
    after = None
    while True:
        page = world.due.due(world.clock.date(), world.clock, after, 10)
        found += page.pointers
        after = page.after
        if after is None:
            break
    assert [pointer.id for pointer in found] == [f"{n:026}" for n in range(25)]
    assert {(pointer.kind, pointer.account) for pointer in found} == {(DueKind.BACKUP, KIM)}
    assert world.due.due(world.clock.date(), world.clock - timedelta(seconds=1), None, 10) == (
        type(page)((), None)
    )


def test_the_cursor(world: World) -> None:
    assert world.due.cursor() is None
    world.due.put_cursor(date(2026, 6, 13))
    assert world.due.cursor() == date(2026, 6, 13)


def test_a_claim_is_one_person_s_until_it_is_settled_or_old(world: World) -> None:
    notices, now = world.notices, world.clock
    assert notices.claim("b", "backup_ready", now) is NoticeClaim.OURS
    assert notices.claim("b", "backup_ready", now + timedelta(minutes=14)) is NoticeClaim.HELD
    assert notices.claim("b", "backup_expiring", now) is NoticeClaim.OURS
    assert notices.claim("b", "backup_ready", now + CLAIM_LIFE) is NoticeClaim.OURS
    notices.release("b", "backup_ready")
    assert notices.claim("b", "backup_ready", now) is NoticeClaim.OURS
    notices.settle("b", "backup_ready", "sent", now)
    notices.release("b", "backup_ready")
    assert notices.claim("b", "backup_ready", now + 300 * DAY) is NoticeClaim.DONE


def test_rescues_are_counted_once_and_move_the_row(world: World, box: Mailbox) -> None:
    backup = ask(world)
    world.machines.running.clear()
    world.clock += STUCK_AFTER
    assert walk(world).done == {"backup_restarted": 1}
    assert walk(world).done == {}
    assert world.backups.renew(backup, 2, world.clock) is False
    again = world.backups.get(KIM, backup.id)
    assert again is not None
    assert (again.run, again.moved_at, again.execution) == (2, world.clock, f"{backup.id}-2")
    assert rows(world) == [(f"{world.clock + STUCK_AFTER:%Y-%m-%dT%H:%M:%SZ}", "BACKUP")]
    Machinery(world).run_all()
    finished = world.backups.get(KIM, backup.id)
    assert finished is not None
    assert (finished.state, finished.run) == (BackupState.READY, 2)
    assert finished.noticed_at == world.clock


def test_an_end_that_was_not_told_is_told_by_retention(world: World, box: Mailbox) -> None:
    machine = send(world, box, zip_of({"a.eml": letter_bytes(50)}))
    assert machine.run().state is UploadState.COMPLETED
    world.clock += NOTICE_AFTER
    assert walk(world).done == {"notice_sent": 1}
    assert walk(world).done == {}
    upload = world.uploads.get(KIM, machine.upload_id)
    assert upload is not None
    assert upload.noticed_at == world.clock
    world.clock += 14 * DAY
    assert walk(world).done == {"upload_purged": 1}
    assert rows(world) == []
    assert machine.upload.kept is False
    assert list(world.zips.objects("")) == []


def test_an_abandoned_upload(world: World, box: Mailbox) -> None:
    upload = ask_to_upload(world, box, 1000)
    put_parts(world, upload, b"x" * 1000)
    world.clock += 7 * DAY
    assert walk(world).done == {"upload_abandoned": 1}
    assert list(world.zips.open_multiparts("")) == []
    world.clock += 14 * DAY
    assert walk(world).done == {"upload_purged": 1}
    assert world.uploads.all(KIM) == []


def test_the_census_finds_and_mends(world: World, box: Mailbox) -> None:
    backup = made(world)
    send(world, box, zip_of({"a.eml": letter_bytes(50)})).run()
    assert reconciled(world) == []
    table = world.services._dynamodb  # type: ignore[attr-defined]
    key = {"pk": {"S": f"ACCOUNT#{KIM}"}, "sk": {"S": "SLOTS"}}
    table.update_item(
        TableName=TABLE,
        Key=key,
        UpdateExpression="DELETE ids :live",
        ExpressionAttributeValues={":live": {"SS": [backup.id]}},
    )
    table.update_item(
        TableName=TABLE,
        Key=key,
        UpdateExpression="ADD ids :gone",
        ExpressionAttributeValues={":gone": {"SS": ["GONE"]}},
    )
    table.update_item(
        TableName=TABLE,
        Key={"pk": key["pk"], "sk": {"S": f"MAILBOX#{box.id}"}},
        UpdateExpression="SET messages = :many",
        ExpressionAttributeValues={":many": {"N": "77"}},
    )
    (file,) = world.backups.volumes(KIM, backup.id)
    zombie = replace(file, backup_id="GONE", key=f"volumes/{KIM}/GONE/0001.zip", upload_id="gone")
    table.put_item(TableName=TABLE, Item=volume_item(zombie))
    world.volumes.put(f"volumes/{KIM}/LOST/0001.zip", b"x")
    world.volumes.open_multipart(f"volumes/{KIM}/LOST/0002.zip")
    world.mail.put(f"segments/{KIM}/{box.id}/LOST-00001-abc.seg", b"x")
    expected = {
        FindingKind.SLOT_WITHOUT_BACKUP,
        FindingKind.BACKUP_WITHOUT_SLOT,
        FindingKind.WRONG_COUNTS,
        FindingKind.ORPHAN_VOLUME,
        FindingKind.ORPHAN_OBJECT,
        FindingKind.ORPHAN_MULTIPART,
        FindingKind.ORPHAN_SEGMENT,
    }
    # moto stamps objects with the real clock, which the world's is far from: no grace at all.
    world.clock += 10_000 * DAY
    assert Counter(finding.kind for finding in reconciled(world)) == Counter(expected)
    assert all(finding.mended for finding in reconciled(world, repair=True))
    assert reconciled(world) == []
    assert world.backups.slots(KIM) == {backup.id}
    mended = world.accounts.mailbox(KIM, box.id)
    assert mended is not None
    assert mended.messages == 4


def test_mending_is_conditional(world: World, box: Mailbox) -> None:
    backup = made(world)
    census = world.census
    assert census.free_slot(KIM, backup.id) is False
    assert census.hold_slot(KIM, "GONE") is False
    assert world.backups.slots(KIM) == {backup.id}
    assert census.set_counts(KIM, box, 5, 5) is False, "the counts are no longer those"
    (file,) = world.backups.volumes(KIM, backup.id)
    assert census.drop_volume(replace(file, state=VolumeState.PENDING)) is False
    assert world.backups.volumes(KIM, backup.id) == [file]
