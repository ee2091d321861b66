"""From mail to volumes and back: on fakes that hold S3's rules."""

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pyeonji.domain.errors import ConflictError, NotFoundError, PermanentError, UnprocessableError
from pyeonji.domain.limits import MIB
from pyeonji.domain.manifest import read_folder_json
from pyeonji.domain.periods import Period, PeriodKind
from pyeonji.domain.states import BackupState, VolumeState
from pyeonji.domain.uploads import OnDuplicate, Outcome
from pyeonji.usecases.backups.end import cancel_backup, delete_backup
from pyeonji.usecases.backups.show import BackupView, show_backup, volume_url
from tests.support.company import (
    KIM,
    SEOUL,
    BackupMachine,
    ask,
    days_ago,
    deliver,
    found_company,
    letter_bytes,
)
from tests.support.fakes import World


def mails(count: int, world: World, size: int = 600) -> list[tuple[bytes, datetime]]:
    return [(letter_bytes(n, size), days_ago(world, 30 + n / 100)) for n in range(count)]


def seen(world: World, backup_id: str) -> BackupView:
    return show_backup(world, account=KIM, backup_id=backup_id, now=world.clock)


def unzipped(world: World, backup_id: str) -> list[zipfile.ZipFile]:
    volumes = world.backups.volumes(KIM, backup_id)
    archives = []
    for volume in volumes:
        data = world.volumes.data[volume.key]
        assert len(data) == volume.bytes
        archive = zipfile.ZipFile(io.BytesIO(data))
        assert archive.testzip() is None
        archives.append(archive)
    return archives


def eml_digests(archives: list[zipfile.ZipFile]) -> list[str]:
    return sorted(
        hashlib.sha256(archive.read(name)).hexdigest()
        for archive in archives
        for name in archive.namelist()
        if name.endswith(".eml")
    )


def test_what_went_in_comes_out_in_volumes_no_larger_than_asked_for() -> None:
    world = World()
    box = found_company(world)
    sent = mails(400, world, size=40_000)
    rows = deliver(world, box, sent)
    assert {row.outcome for row in rows} == {Outcome.IMPORTED}
    backup = ask(world, volume_bytes=3 * MIB)
    BackupMachine(world, backup.id).run()

    view = seen(world, backup.id)
    assert view.backup.state is BackupState.READY
    assert view.progress == 1.0
    assert len(view.volumes) > 2
    assert all(volume.bytes <= 3 * MIB for volume in view.volumes)
    archives = unzipped(world, backup.id)
    assert eml_digests(archives) == sorted(hashlib.sha256(data).hexdigest() for data, _ in sent)
    assert sum(volume.messages for volume in view.volumes) == 400 == view.backup.messages
    assert world.accounts.mailboxes(KIM)[0].messages == 400
    assert not world.volumes.open


def test_the_manifest_says_what_the_files_are() -> None:
    world = World()
    box = found_company(world)
    sent = mails(20, world)
    deliver(world, box, sent)
    backup = ask(world)
    BackupMachine(world, backup.id).run()
    (archive,) = unzipped(world, backup.id)
    listed = read_folder_json(archive.read("mail/받은편지함/folder.json"))
    names = [name for name in archive.namelist() if name.endswith(".eml")]
    assert sorted(listed) == sorted(name.rpartition("/")[2] for name in names)
    for name in names:
        facts = listed[name.rpartition("/")[2]]
        data = archive.read(name)
        assert facts.sha256 == hashlib.sha256(data).hexdigest()
        assert facts.size == len(data)
        assert facts.flags == ("\\Seen",)
    assert {facts.received for facts in listed.values()} == {
        received.replace(microsecond=0) for _, received in sent
    }
    about = json.loads(archive.read("archive.json"))
    assert about["archive"]["version"].startswith("PDPA")
    assert about["datasource"]["account"] == KIM
    # One mailbox, up to yesterday: whoever restores from it must not take it for everything.
    assert about["dataset"]["extent"] == "PARTIAL"


def test_whole_segments_are_copied_and_not_one_byte_of_mail_is_read() -> None:
    world = World()
    box = found_company(world)
    for chunk in range(3):
        sent = [(letter_bytes(chunk * 1000 + n, 200_000), days_ago(world, 20)) for n in range(60)]
        deliver(world, box, sent, chunk=f"{chunk:05d}")
    world.mail.bytes_read = 0
    backup = ask(world)
    BackupMachine(world, backup.id).run()
    assert world.mail.bytes_read == 0
    (volume,) = world.backups.volumes(KIM, backup.id)
    tail = len(world.work.get(f"plans/{backup.id}/{volume.plan}-0001.tail"))
    assert world.volumes.bytes_written == tail
    assert volume.parts == 4
    assert len(eml_digests(unzipped(world, backup.id))) == 180


def test_a_period_takes_some_members_of_a_segment() -> None:
    world = World()
    box = found_company(world)
    every = [
        (letter_bytes(n, 30_000), datetime(2024, 1 + n % 12, 10, tzinfo=UTC)) for n in range(600)
    ]
    deliver(world, box, every)
    period = Period(PeriodKind.RANGE, date(2024, 3, 1), date(2024, 5, 31))
    backup = ask(world, period=period)
    BackupMachine(world, backup.id).run()
    wanted = sorted(hashlib.sha256(data).hexdigest() for data, at in every if 3 <= at.month <= 5)
    archives = unzipped(world, backup.id)
    assert eml_digests(archives) == wanted
    # The mailbox's last uid, not the volume's: a restored mailbox must not give one out again.
    folders = [json.loads(archive.read("mail/받은편지함/folder.json")) for archive in archives]
    assert {folder["last_uid"] for folder in folders} == {600}


@pytest.mark.parametrize(
    ("received", "inside"),
    [
        (datetime(2026, 6, 14, 23, 59, 59, tzinfo=SEOUL), True),
        (datetime(2026, 6, 15, 0, 0, 0, tzinfo=SEOUL), False),
    ],
)
@pytest.mark.parametrize("kind", [PeriodKind.ALL, PeriodKind.THIS_YEAR])
def test_all_and_this_year_stop_at_the_end_of_yesterday(
    received: datetime, inside: bool, kind: PeriodKind
) -> None:
    world = World(datetime(2026, 6, 15, 12, 0, tzinfo=SEOUL).astimezone(UTC))
    box = found_company(world)
    deliver(world, box, [(letter_bytes(1), received)])
    if inside:
        assert ask(world, period=Period(kind)).state is BackupState.REQUESTED
    else:
        with pytest.raises(UnprocessableError, match="nothing_to_back_up"):
            ask(world, period=Period(kind))
        assert not world.backups.items
        assert not world.backups.slots(KIM)


def test_a_mail_larger_than_the_unit_is_not_left_out() -> None:
    world = World()
    box = found_company(world)
    deliver(
        world,
        box,
        [(letter_bytes(1, 4_000_000), days_ago(world, 3)), (letter_bytes(2), days_ago(world, 2))],
    )
    backup = ask(world, volume_bytes=MIB)
    BackupMachine(world, backup.id).run()
    assert len(eml_digests(unzipped(world, backup.id))) == 2


def test_the_same_mail_twice_is_one_and_keep_makes_two_with_names_of_their_own() -> None:
    world = World()
    box = found_company(world)
    mail = [(letter_bytes(1), days_ago(world, 3))]
    assert deliver(world, box, mail + mail)[1].reason == "same_content"
    assert deliver(world, box, mail)[0].outcome is Outcome.DUPLICATE
    assert deliver(world, box, mail, on_duplicate=OnDuplicate.KEEP)[0].outcome is Outcome.IMPORTED
    backup = ask(world)
    BackupMachine(world, backup.id).run()
    (archive,) = unzipped(world, backup.id)
    names = [name for name in archive.namelist() if name.endswith(".eml")]
    assert len(set(names)) == 2
    assert len(set(eml_digests([archive]))) == 1
    assert world.accounts.mailboxes(KIM)[0].messages == 2


def test_six_requests_are_one_too_many_and_the_answer_says_what_to_do() -> None:
    world = World()
    box = found_company(world)
    deliver(world, box, mails(3, world))
    first = ask(world)
    BackupMachine(world, first.id).run()
    world.clock += timedelta(hours=1)
    for _ in range(4):
        ask(world)
    with pytest.raises(ConflictError) as refused:
        ask(world)
    assert refused.value.code == "too_many_backups"
    assert refused.value.facts["delete_id"] == first.id
    ready = world.backups.get(KIM, first.id)
    assert ready is not None and refused.value.facts["next_free_at"] == ready.expires_at
    assert len(world.backups.items) == 5


def test_a_download_never_outlives_its_volume() -> None:
    world = World()
    box = found_company(world)
    deliver(world, box, mails(3, world))
    backup = ask(world)
    BackupMachine(world, backup.id).run()
    (volume,) = world.backups.volumes(KIM, backup.id)
    assert volume.expires_at is not None

    def url_at(now: datetime) -> datetime:
        return volume_url(world, account=KIM, backup_id=backup.id, number=1, now=now).expires_at

    assert url_at(world.clock) == world.clock + timedelta(minutes=15)
    assert url_at(volume.expires_at - timedelta(seconds=30)) == volume.expires_at
    with pytest.raises(ConflictError, match="volume_expired"):
        url_at(volume.expires_at)
    with pytest.raises(NotFoundError, match="backup_not_found"):
        volume_url(
            world, account="park@other.example", backup_id=backup.id, number=1, now=world.clock
        )


def test_what_has_expired_is_shown_so_before_retention_writes_it_down() -> None:
    world = World()
    box = found_company(world)
    deliver(world, box, mails(3, world))
    backup = ask(world)
    BackupMachine(world, backup.id).run()
    world.clock += timedelta(days=7, seconds=-1)
    assert seen(world, backup.id).volumes[0].state is VolumeState.READY
    world.clock += timedelta(seconds=1)
    view = seen(world, backup.id)
    assert (view.backup.state, view.volumes[0].state) == (BackupState.EXPIRED, VolumeState.EXPIRED)
    stored = world.backups.get(KIM, backup.id)
    assert stored is not None and stored.state is BackupState.READY


def test_cancelled_half_way_nothing_is_left_but_the_request() -> None:
    world = World()
    box = found_company(world)
    deliver(world, box, mails(300, world, size=60_000))
    backup = ask(world, volume_bytes=7 * MIB)
    machine = BackupMachine(world, backup.id)
    plan = machine.plan()
    machine.part(plan[0][0], *plan[0][1][0])
    machine.seal(1)
    cancelled = cancel_backup(world, account=KIM, backup_id=backup.id, now=world.clock)
    assert cancelled.state is BackupState.CANCELLED
    assert cancelled.purge_at == world.clock + timedelta(days=14)
    assert not world.volumes.data and not world.volumes.open and not world.work.data
    assert not world.backups.slots(KIM)
    # A step that was still at work finds nobody wanting its part.
    with pytest.raises(PermanentError, match="wrong_state"):
        machine.part(plan[0][0], *plan[0][1][0])
    with pytest.raises(PermanentError, match="wrong_state"):
        machine.seal(2)


@pytest.mark.parametrize("end", [BackupState.FAILED, BackupState.CANCELLED])
def test_what_has_ended_badly_shows_no_files_from_its_first_moment(end: BackupState) -> None:
    world = World()
    deliver(world, found_company(world), mails(300, world, size=60_000))
    backup = ask(world, volume_bytes=3 * MIB)
    machine = BackupMachine(world, backup.id)
    number, items = machine.plan()[0]
    for item in items:
        machine.part(number, *item)
    machine.seal(number)
    assert seen(world, backup.id).volumes[0].state is VolumeState.READY
    # As somebody sees it who looks between this write and the removal of the files.
    ended = replace(seen(world, backup.id).backup, state=end)
    assert world.backups.move(ended, frozenset({BackupState.EXPORTING}))
    assert seen(world, backup.id).volumes == []


def test_deleted_while_it_is_made() -> None:
    world = World()
    box = found_company(world)
    deliver(world, box, mails(300, world, size=60_000))
    backup = ask(world)
    BackupMachine(world, backup.id).plan()
    delete_backup(world, account=KIM, backup_id=backup.id, now=world.clock)
    assert not world.backups.items and not world.backups.files and not world.volumes.open
    assert not world.backups.slots(KIM)


def test_a_lost_segment_fails_the_backup_and_says_so() -> None:
    world = World()
    box = found_company(world)
    deliver(world, box, mails(300, world, size=60_000))
    backup = ask(world)
    machine = BackupMachine(world, backup.id)
    plan = machine.plan()
    world.mail.data.clear()
    with pytest.raises(PermanentError, match="segment_missing"):
        machine.part(plan[0][0], *plan[0][1][0])
    # A Distributed Map says no more than that an item of it failed.
    assert machine.fail("backup_failed_internally")
    failed = world.backups.get(KIM, backup.id)
    assert failed is not None and failed.failure == "segment_missing"
    assert not world.volumes.open and not world.backups.slots(KIM)
    assert not world.backups.volumes(KIM, backup.id)
