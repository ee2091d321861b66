"""Table against buckets: every kind of disagreement is found, and mended when asked to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.backups import owner_of_volume_key, volume_key
from pyeonji.domain.messages import SearchKey
from pyeonji.domain.states import BackupState, VolumeState
from pyeonji.domain.uploads import upload_key
from pyeonji.usecases.retention.reconcile import GRACE, FindingKind, report, summary
from tests.support.caretaking import put_backup, put_ready, reconciled
from tests.support.company import KIM, days_ago, deliver, found_company, letter_bytes
from tests.support.fakes import World
from tests.support.uploading import ask_to_upload, send, zip_of

F = FindingKind


def sound_world() -> tuple[World, Mailbox]:
    """Mail, a ready backup, one at work, a finished upload, one that is being sent."""
    world = World()
    box = found_company(world)
    deliver(world, box, [(letter_bytes(n), days_ago(world, 9)) for n in range(3)])
    put_ready(world, "ready", [world.clock])
    put_backup(world, "working", BackupState.EXPORTING)
    key = f"volumes/{KIM}/working/0001.zip"
    file = replace(
        world.backups.files[KIM, "ready", 1],
        backup_id="working",
        state=VolumeState.WRITING,
        key=key,
        upload_id=world.volumes.open_multipart(key),
        created_at=None,
        expires_at=None,
    )
    world.backups.files[KIM, "working", 1] = file
    world.work.put("plans/working/0001.tail", b"x")
    send(world, box, zip_of({"a.eml": letter_bytes(7)})).run()
    ask_to_upload(world, box, 1000)
    return world, box


def test_a_sound_world_has_no_findings() -> None:
    world, _ = sound_world()
    assert reconciled(world) == []


def stray_volume(world: World, box: Mailbox) -> None:
    world.volumes.put(f"volumes/{KIM}/gone/0001.zip", b"x")


def expired_file(world: World, box: Mailbox) -> None:
    file = world.backups.files[KIM, "ready", 1]
    world.backups.files[KIM, "ready", 1] = replace(file, state=VolumeState.EXPIRED)


def stray_zip(world: World, box: Mailbox) -> None:
    world.zips.put(upload_key(KIM, "gone"), b"x")


def stray_plan(world: World, box: Mailbox) -> None:
    world.work.put("plans/gone/0001.tail", b"x")


def stray_ledger(world: World, box: Mailbox) -> None:
    world.work.put("ledgers/gone/1.jsonl", b"x")


def stray_segment(world: World, box: Mailbox) -> None:
    # An import that died between its segment and its index items, its upload long over.
    (upload,) = [u for u in world.uploads.items.values() if u.state.value == "receiving"]
    world.zips.open.clear()
    world.uploads.delete(upload)
    world.mail.put(f"segments/{KIM}/{box.id}/gone-00001-abc.seg", b"x")


def stray_multipart(world: World, box: Mailbox) -> None:
    world.zips.open_multipart(upload_key(KIM, "gone"))


def second_multipart(world: World, box: Mailbox) -> None:
    world.volumes.open_multipart(f"volumes/{KIM}/working/0001.zip")


def zombie_volume(world: World, box: Mailbox) -> None:
    key = f"volumes/{KIM}/gone/0001.zip"
    file = world.backups.files[KIM, "working", 1]
    world.backups.files[KIM, "gone", 1] = replace(file, backup_id="gone", key=key)


def lost_slot(world: World, box: Mailbox) -> None:
    world.backups.taken[KIM] |= {"gone"}


def missing_slot(world: World, box: Mailbox) -> None:
    world.backups.taken[KIM] -= {"ready"}


def wrong_counts(world: World, box: Mailbox) -> None:
    (upload,) = [u for u in world.uploads.items.values() if u.state.value == "receiving"]
    world.zips.open.clear()
    world.uploads.delete(upload)
    there = world.accounts.boxes[KIM, box.id]
    world.accounts.boxes[KIM, box.id] = replace(there, messages=there.messages + 5)


def lost_file(world: World, box: Mailbox) -> None:
    world.volumes.delete([f"volumes/{KIM}/ready/0001.zip"])


def lost_segment(world: World, box: Mailbox) -> None:
    world.mail.delete([next(iter(world.mail.data))])


def stray_search_file(world: World, box: Mailbox) -> None:
    segment = f"segments/{KIM}/{box.id}/gone-00001-5a17.seg"
    world.mail.put(SearchKey(segment, 1, 2).key, b"words")


def strange_volume(world: World, box: Mailbox) -> None:
    world.volumes.put(f"volumes/{KIM}/ready/notes.zip", b"x")


def strange_zip(world: World, box: Mailbox) -> None:
    world.zips.put("uploads/readme.txt", b"x")


def strange_segment(world: World, box: Mailbox) -> None:
    world.mail.put(f"segments/{KIM}/copy.seg", b"x")


def strange_search_file(world: World, box: Mailbox) -> None:
    world.mail.put(f"search/{KIM}/{box.id}/old.sqlite", b"x")


WRONGS: list[tuple[Callable[[World, Mailbox], None], FindingKind, bool]] = [
    (stray_volume, F.ORPHAN_OBJECT, True),
    (expired_file, F.ORPHAN_OBJECT, True),
    (stray_zip, F.ORPHAN_OBJECT, True),
    (stray_plan, F.ORPHAN_OBJECT, True),
    (stray_ledger, F.ORPHAN_OBJECT, True),
    (stray_segment, F.ORPHAN_SEGMENT, True),
    (stray_search_file, F.ORPHAN_SEARCH_FILE, True),
    (stray_multipart, F.ORPHAN_MULTIPART, True),
    (second_multipart, F.ORPHAN_MULTIPART, True),
    (zombie_volume, F.ORPHAN_VOLUME, True),
    (lost_slot, F.SLOT_WITHOUT_BACKUP, True),
    (missing_slot, F.BACKUP_WITHOUT_SLOT, True),
    (wrong_counts, F.WRONG_COUNTS, True),
    (lost_file, F.MISSING_FILE, False),
    (lost_segment, F.MISSING_SEGMENT, False),
    (strange_volume, F.STRANGE_OBJECT, False),
    (strange_zip, F.STRANGE_OBJECT, False),
    (strange_segment, F.STRANGE_OBJECT, False),
    (strange_search_file, F.STRANGE_OBJECT, False),
]


@pytest.mark.parametrize("account", [KIM, "sales/korea@acme.example"])
def test_whose_a_volume_is_stands_in_its_key(account: str) -> None:
    assert owner_of_volume_key(volume_key(account, "01J", 1000)) == (account, "01J", 1000)
    for other in ("00001", "1", "notes"):
        assert owner_of_volume_key(f"volumes/{account}/01J/{other}.zip") is None


@pytest.mark.parametrize(
    ("wrong", "kind", "mendable"), WRONGS, ids=[case[0].__name__ for case in WRONGS]
)
def test_found_then_mended(
    wrong: Callable[[World, Mailbox], None], kind: FindingKind, mendable: bool
) -> None:
    world, box = sound_world()
    wrong(world, box)
    (finding,) = reconciled(world)
    assert (finding.kind, finding.mended) == (kind, False)
    assert [found.kind for found in reconciled(world)] == [kind], "looking mends nothing"
    (finding,) = reconciled(world, repair=True)
    assert finding.mended is mendable
    assert (reconciled(world) == []) is mendable


@pytest.mark.parametrize(
    "wrong", [stray_volume, stray_zip, stray_plan, stray_multipart, stray_segment]
)
def test_what_is_young_may_be_somebody_s_at_work(
    wrong: Callable[[World, Mailbox], None],
) -> None:
    world, box = sound_world()
    wrong(world, box)
    assert reconciled(world, grace=GRACE) == []
    world.clock += GRACE
    # What was at work is old by now too, and has its owner all the same.
    assert len(reconciled(world, grace=GRACE)) == 1


def test_beside_an_import_neither_counts_nor_segments_are_touched() -> None:
    world, box = sound_world()
    world.mail.put(f"segments/{KIM}/{box.id}/late-00001-abc.seg", b"x")
    there = world.accounts.boxes[KIM, box.id]
    world.accounts.boxes[KIM, box.id] = replace(there, messages=there.messages + 5)
    world.clock += GRACE + timedelta(days=1)
    assert reconciled(world, repair=True) == []


def test_the_log_counts_and_the_report_names() -> None:
    world, box = sound_world()
    stray_volume(world, box)
    stray_zip(world, box)
    findings = reconciled(world)
    assert summary(findings) == {"orphan_object": {"found": 2, "mended": 0}}
    assert KIM not in str(summary(findings))
    assert {row["what"] for row in report(findings)} == {
        f"volumes/{KIM}/gone/0001.zip",
        upload_key(KIM, "gone"),
    }
