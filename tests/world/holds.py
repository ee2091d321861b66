"""What must hold: at every step, when all has come to rest, and when time has taken it away."""

import hashlib
import io
import json
import zipfile
import zlib
from collections import Counter
from datetime import timedelta

from pyeonji.domain.states import (
    LIVE_BACKUP,
    WORKING_BACKUP,
    WORKING_UPLOAD,
    BackupState,
    UploadState,
    VolumeState,
)
from pyeonji.domain.uploads import Outcome, Upload
from pyeonji.usecases.retention.reconcile import FindingKind, reconcile
from pyeonji.usecases.uploads.ledger import decode_rows, finished_ledger, page_key
from tests.support.company import KIM
from tests.support.moves import EVERY_MOVE
from tests.world.people import People
from tests.world.service import LIMITS, Service


def always(service: Service) -> None:
    """After every step of a story."""
    assert service.moves <= EVERY_MOVE, f"moves nobody drew: {service.moves - EVERY_MOVE}"
    backups = service.world.backups
    live = {one.id for one in backups.items.values() if one.state in LIVE_BACKUP}
    held = backups.slots(KIM)
    assert held == live, "a slot is lost, or held by nobody"
    assert len(held) <= LIMITS.max_backups, "more backups than there are slots"
    for upload in service.world.uploads.items.values():
        assert 0 <= upload.settled <= (upload.entries or upload.settled), "progress beyond the end"
        before = service.attempts.get(upload.id, 0)
        assert upload.attempt >= before, "an earlier attempt ended a later one"
        service.attempts[upload.id] = upload.attempt


def at_rest(service: Service, people: People) -> None:
    """Nobody is at work any more, and nothing else will happen by itself."""
    world = service.world
    for backup in world.backups.items.values():
        assert backup.state not in WORKING_BACKUP, "a backup is stuck"
    for upload in world.uploads.items.values():
        assert upload.state not in WORKING_UPLOAD, "an upload is stuck"
    _mailboxes_hold_what_they_count(service)
    for upload in world.uploads.items.values():
        if upload.id in people.deleting:
            continue
        if upload.state in (UploadState.COMPLETED, UploadState.FAILED):
            _ledger_is_right(service, upload, people.sent.get(upload.id))
    _nothing_is_in_twice(service)
    _nothing_that_nobody_counts(service, people)
    _backups_hold_their_mail(service, people)
    _promises_are_kept(service, people)
    _everybody_was_told(service)


def in_the_end(service: Service) -> None:
    """Weeks later: nothing is left but mail and the ledgers of what was imported."""
    world = service.world
    assert world.backups.items == {}, "a request stays on the list"
    assert world.backups.slots(KIM) == frozenset(), "a slot is lost"
    left = {upload.state for upload in world.uploads.items.values()}
    assert left <= {UploadState.COMPLETED}, f"uploads stay on the list: {left}"
    assert not world.due.until(world.clock), "something is due for ever"
    nothing = timedelta(0)
    found = reconcile(world, now=world.clock, repair=service.hurt, grace=nothing)
    if service.hurt:
        # A process that dies between two writes leaves something for the last net; no mail.
        lost = {FindingKind.MISSING_FILE, FindingKind.MISSING_SEGMENT, FindingKind.WRONG_COUNTS}
        assert not [one for one in found if one.kind in lost], "the last net finds a loss"
        found = reconcile(world, now=world.clock, repair=False, grace=nothing)
    assert found == [], "table and buckets do not agree"
    assert (world.volumes.data, world.volumes.open) == ({}, {}), "files without an owner"
    assert (world.zips.data, world.zips.open) == ({}, {}), "ZIPs without an owner"
    assert {key.split("/")[0] for key in world.work.data} <= {"ledgers"}, "plans without an owner"


def _mailboxes_hold_what_they_count(service: Service) -> None:
    world = service.world
    for owner, box in world.accounts.boxes.items():
        held = list(world.index.messages.get(owner, {}).values())
        assert box.messages == len(held), f"the list says {box.messages}, there are {len(held)}"
        assert box.bytes == sum(one.size for one in held), "the list says other bytes"
        weights = Counter((one.received, one.size, one.stored) for one in world.index.weigh(*owner))
        expected = Counter((one.received, one.size, one.compressed) for one in held)
        assert weights == expected, "weights and index do not agree"


def _nothing_is_in_twice(service: Service) -> None:
    held = [one for box in service.world.index.messages.values() for one in box.values()]
    names = Counter(one.name for one in held)
    assert not [name for name, number in names.items() if number > 1], "one name twice"
    uids = Counter((one.name.rpartition("/")[0], one.uid) for one in held)
    assert not [uid for uid, number in uids.items() if number > 1], "one uid twice"
    for one in held:
        # The bytes are there, and they are the mail the index speaks of.
        segment = service.world.mail.data[one.segment]
        start = one.offset + 30 + len(one.name.encode())
        data = segment[start : start + one.compressed]
        mail = zlib.decompress(data, -15) if one.method else data
        assert hashlib.sha256(mail).hexdigest() == one.digest, "other bytes than the index says"


def rows_of(service: Service, upload: Upload) -> list[object]:
    """The ledger of an upload, as it is kept."""
    work = service.world.work
    name, pages = finished_ledger(work, upload)
    assert name, "an ended upload has no ledger"
    rows = []
    for number, page in enumerate(pages, start=1):
        found = list(decode_rows(work.data[page_key(upload.id, name, number)]))
        assert len(found) == page.rows
        rows += found
    return rows  # type: ignore[return-value]


def _ledger_is_right(service: Service, upload: Upload, sent: bytes | None) -> None:
    rows = rows_of(service, upload)
    indexes = [row.index for row in rows]  # type: ignore[attr-defined]
    assert indexes == sorted(set(indexes)), "an entry stands twice in a ledger"
    said = Counter(row.outcome for row in rows)  # type: ignore[attr-defined]
    for outcome in Outcome:
        assert getattr(upload.totals, outcome.value) == said[outcome], "totals and ledger differ"
    if upload.state is not UploadState.COMPLETED:
        return
    assert upload.totals.entries == upload.entries == len(rows), "an entry is missing"
    if sent is None:
        return
    with zipfile.ZipFile(io.BytesIO(sent)) as archive:
        names = archive.namelist()
        assert len(rows) == len(names), "the ledger is not of this archive"
        held = {one.digest for one in service.world.index.read(upload.account, upload.mailbox_id)}
        for row in rows:
            mail = archive.read(names[row.index])  # type: ignore[attr-defined]
            if row.outcome in (Outcome.IMPORTED, Outcome.DUPLICATE):  # type: ignore[attr-defined]
                assert hashlib.sha256(mail).hexdigest() in held, "mail that is said to be in"
            else:
                assert b"Message-ID" not in mail, "good mail was refused"


def _nothing_that_nobody_counts(service: Service, people: People) -> None:
    """Every mail came with an entry that its upload's ledger calls imported."""
    world = service.world
    for (account, _), held in world.index.messages.items():
        by_upload: dict[str, set[int]] = {}
        for one in held.values():
            upload_id, _, entry = one.origin.partition("#")
            by_upload.setdefault(upload_id, set()).add(int(entry))
        for upload_id, entries in by_upload.items():
            upload = world.uploads.get(account, upload_id)
            if upload is None or upload_id in people.deleting:
                continue  # there from the beginning, or taken off the list
            said = {
                row.index  # type: ignore[attr-defined]
                for row in rows_of(service, upload)
                if row.outcome is Outcome.IMPORTED  # type: ignore[attr-defined]
            }
            assert said == entries, f"ledger {sorted(said)}, mailbox {sorted(entries)}"


def _backups_hold_their_mail(service: Service, people: People) -> None:
    world = service.world
    held = {one.digest for box in world.index.messages.values() for one in box.values()}
    for backup in world.backups.items.values():
        if backup.state is not BackupState.READY or backup.id in people.deleting:
            continue
        files = world.backups.volumes(KIM, backup.id)
        assert len(files) == backup.volumes, "a volume is missing"
        found: list[str] = []
        for file in files:
            if file.state is VolumeState.EXPIRED:
                continue
            assert file.state is VolumeState.READY, "a ready backup has an unfinished file"
            data = world.volumes.data[file.key]
            assert len(data) == file.bytes, "a file of another size"
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = [name for name in archive.namelist() if name.endswith(".eml")]
                assert len(names) == file.messages, "a file with other mail"
                digests = [hashlib.sha256(archive.read(name)).hexdigest() for name in names]
                folder = next(n for n in archive.namelist() if n.endswith("folder.json"))
                listed = json.loads(archive.read(folder))["pyeonji"]["files"].values()
                assert Counter(each["sha256"] for each in listed) == Counter(digests)
            found += digests
        if any(file.state is VolumeState.EXPIRED for file in files):
            continue
        assert len(found) == backup.messages, "a backup with other mail than it says"
        assert set(found) <= held, "a backup has mail that is nobody's"
        assert people.asked.get(backup.id, frozenset()) <= set(found), "a backup lacks mail"


def _promises_are_kept(service: Service, people: People) -> None:
    """What was answered with success is still there, or has ended as it may."""
    world = service.world
    for request in (*world.backups.items.values(), *world.uploads.items.values()):
        if request.id in people.promised and request.state is UploadState.RECEIVING:
            raise AssertionError("an upload that was taken has been forgotten")


def _everybody_was_told(service: Service) -> None:
    sent = Counter(
        name for name, (state, _) in service.world.notices.claims.items() if state == "sent"
    )
    for backup in service.world.backups.items.values():
        if backup.state in (BackupState.READY, BackupState.FAILED):
            kind = "backup_ready" if backup.state is BackupState.READY else "backup_failed"
            assert sent[backup.id, kind] or service.hurt, "nobody was told of a backup"
            assert backup.noticed_at is not None, "nobody was told of a backup"
    for upload in service.world.uploads.items.values():
        if upload.state in (UploadState.COMPLETED, UploadState.FAILED):
            assert upload.noticed_at is not None, "nobody was told of an upload"
    if not service.hurt:
        assert len(service.world.mailer.sent) == sum(sent.values()), "somebody was told twice"
