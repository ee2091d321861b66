"""Compare the table with the buckets, and report, or mend, what does not agree.

The second net under retention: this is what notices the objects of a process that died between
two writes nobody repeated. It is the one place that reads the whole table and lists whole buckets,
and nothing waits for it. What it finds in one pass may have been in motion: everything is looked
at again, alone, before it is called a finding, and what is younger than GRACE is left to those
who are at work on it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pyeonji.domain.accounts import parts_of_key
from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.states import LIVE_BACKUP, WORKING_BACKUP, BackupState, UploadState, VolumeState
from pyeonji.ports import (
    Accounts,
    Backups,
    Census,
    CensusTaken,
    MailIndex,
    MissingObjectError,
    ObjectStore,
    Uploads,
)

#: A backup takes three days at most, everything else less; and a day for good measure.
GRACE = timedelta(days=4)


class FindingKind(StrEnum):
    """What can be wrong."""

    ORPHAN_OBJECT = "orphan_object"
    ORPHAN_SEGMENT = "orphan_segment"
    ORPHAN_MULTIPART = "orphan_multipart"
    ORPHAN_VOLUME = "orphan_volume"
    SLOT_WITHOUT_BACKUP = "slot_without_backup"
    BACKUP_WITHOUT_SLOT = "backup_without_slot"
    WRONG_COUNTS = "wrong_counts"
    #: Not to be mended from here: a file that is promised, or mail, is not there.
    MISSING_FILE = "missing_file"
    MISSING_SEGMENT = "missing_segment"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, by its key or id, and whether it has been mended."""

    kind: FindingKind
    what: str
    mended: bool = False


@dataclass(frozen=True, slots=True)
class Reconciler:
    """What it needs. With `repair` False nothing is written."""

    census: Census
    accounts: Accounts
    backups: Backups
    uploads: Uploads
    index: MailIndex
    mail: ObjectStore
    volumes: ObjectStore
    zips: ObjectStore
    work: ObjectStore
    repair: bool
    grace: timedelta = GRACE


def reconcile(ports: Reconciler, now: datetime) -> list[Finding]:
    """Everything that does not agree at `now`."""
    taken = ports.census.take()
    old = now - ports.grace
    return [
        *_slots(ports, taken),
        *_volume_items(ports, taken, now),
        *_counts(ports, taken),
        *_volume_files(ports, old),
        *_upload_files(ports, old),
        *_work_files(ports, taken, old),
        *_segments(ports, taken, old),
        *_multiparts(ports, old),
    ]


def summary(findings: list[Finding]) -> dict[str, dict[str, int]]:
    """Counts by kind, and of them the mended: no names."""
    found = Counter(finding.kind.value for finding in findings)
    mended = Counter(finding.kind.value for finding in findings if finding.mended)
    return {kind: {"found": found[kind], "mended": mended[kind]} for kind in sorted(found)}


def report(findings: list[Finding]) -> list[dict[str, object]]:
    """Every finding, for whoever looks after the service: keys hold accounts."""
    return [
        {"kind": finding.kind.value, "what": finding.what, "mended": finding.mended}
        for finding in findings
    ]


def _slots(ports: Reconciler, taken: CensusTaken) -> Iterator[Finding]:
    for account, ids in taken.slots.items():
        for backup_id in ids:
            backup = ports.backups.get(account, backup_id)
            if backup is not None and backup.state in LIVE_BACKUP:
                continue
            if backup_id not in ports.backups.slots(account):
                continue
            mended = ports.repair and ports.census.free_slot(account, backup_id)
            yield Finding(FindingKind.SLOT_WITHOUT_BACKUP, backup_id, mended)
    for account, backup_id in taken.backups:
        backup = ports.backups.get(account, backup_id)
        if backup is None or backup.state not in LIVE_BACKUP:
            continue
        if backup_id in ports.backups.slots(account):
            continue
        mended = ports.repair and ports.census.hold_slot(account, backup_id)
        yield Finding(FindingKind.BACKUP_WITHOUT_SLOT, backup_id, mended)


def _volume_items(ports: Reconciler, taken: CensusTaken, now: datetime) -> Iterator[Finding]:
    """Volumes of no backup, and volumes whose file should stand there and does not."""
    for file in taken.volumes:
        there = ports.backups.volume(file.account, file.backup_id, file.number)
        if there is None:
            continue
        backup = ports.backups.get(file.account, file.backup_id)
        if backup is None:
            mended = False
            if ports.repair:
                ports.volumes.abort(there.key, there.upload_id)
                ports.volumes.delete([there.key])
                mended = ports.census.drop_volume(there)
            yield Finding(FindingKind.ORPHAN_VOLUME, there.key, mended)
        elif (
            _is_promised(backup, there, now)
            and not _stands(ports.volumes, there.key)
            # It may have been deleted, with its item, while we looked.
            and ports.backups.volume(file.account, file.backup_id, file.number) == there
        ):
            yield Finding(FindingKind.MISSING_FILE, there.key)


def _counts(ports: Reconciler, taken: CensusTaken) -> Iterator[Finding]:
    for (account, mailbox_id), mailbox in taken.mailboxes.items():
        if (mailbox.messages, mailbox.bytes) == taken.counted.get((account, mailbox_id), (0, 0)):
            continue
        was = ports.accounts.mailbox(account, mailbox_id)
        if was is None or _is_importing(ports, account, mailbox_id):
            continue
        messages = size = 0
        for message in ports.index.read(account, mailbox_id):
            messages += 1
            size += message.size
        # An import that began while we read may be in what we read and not yet in the counts.
        if (was.messages, was.bytes) == (messages, size) or _is_importing(
            ports, account, mailbox_id
        ):
            continue
        mended = ports.repair and ports.census.set_counts(account, was, messages, size)
        yield Finding(FindingKind.WRONG_COUNTS, mailbox_id, mended)


def _volume_files(ports: Reconciler, old: datetime) -> Iterator[Finding]:
    for found in ports.volumes.objects("volumes/"):
        if found.modified > old:
            continue
        _, account, backup_id, name = parts_of_key(found.key, 2)
        file = ports.backups.volume(account, backup_id, int(name.removesuffix(".zip")))
        backup = ports.backups.get(account, backup_id)
        if file is None or backup is None or not _may_stand(backup, file):
            yield _remove(ports, ports.volumes, found.key)


def _upload_files(ports: Reconciler, old: datetime) -> Iterator[Finding]:
    for found in ports.zips.objects("uploads/"):
        if found.modified > old:
            continue
        _, account, name = parts_of_key(found.key, 1)
        upload = ports.uploads.get(account, name.removesuffix(".zip"))
        if upload is None or not upload.kept or upload.state is UploadState.ABANDONED:
            yield _remove(ports, ports.zips, found.key)


def _work_files(ports: Reconciler, taken: CensusTaken, old: datetime) -> Iterator[Finding]:
    """Plans, chunk lists and ledgers are kept under an id alone: the census knows whose it is."""
    backups = {backup_id: account for account, backup_id in taken.backups}
    uploads = {upload_id: account for account, upload_id in taken.uploads}
    for prefix, owners in (("plans/", backups), ("chunks/", uploads), ("ledgers/", uploads)):
        for found in ports.work.objects(prefix):
            if found.modified > old or found.key.split("/")[1] in owners:
                continue
            yield _remove(ports, ports.work, found.key)


def _segments(ports: Reconciler, taken: CensusTaken, old: datetime) -> Iterator[Finding]:
    """Segments nothing points at, and pointers at segments that are not there."""
    there: set[str] = set()
    suspects: dict[tuple[str, str], list[str]] = {}
    for found in ports.mail.objects("segments/"):
        there.add(found.key)
        if found.key not in taken.segments and found.modified <= old:
            _, account, mailbox_id, _ = parts_of_key(found.key, 2)
            suspects.setdefault((account, mailbox_id), []).append(found.key)
    for key in sorted(taken.segments - there):
        if not _stands(ports.mail, key):
            yield Finding(FindingKind.MISSING_SEGMENT, key)
    for (account, mailbox_id), keys in suspects.items():
        # An import run again writes the same segment under the same key before it points at it:
        # never delete beside one, and only what a fresh look at the index does not know either.
        used = {message.segment for message in ports.index.read(account, mailbox_id)}
        if _is_importing(ports, account, mailbox_id):
            continue
        for key in keys:
            if key not in used:
                yield _remove(ports, ports.mail, key, FindingKind.ORPHAN_SEGMENT)


def _multiparts(ports: Reconciler, old: datetime) -> Iterator[Finding]:
    for store, prefix in (
        (ports.volumes, "volumes/"),
        (ports.zips, "uploads/"),
        (ports.work, ""),
        (ports.mail, ""),
    ):
        for opened in list(store.open_multiparts(prefix)):
            if opened.started > old or _is_wanted(ports, opened.key, opened.upload_id):
                continue
            if ports.repair:
                store.abort(opened.key, opened.upload_id)
            yield Finding(FindingKind.ORPHAN_MULTIPART, opened.key, ports.repair)


def _is_wanted(ports: Reconciler, key: str, upload_id: str) -> bool:
    match parts_of_key(key, 2 if key.startswith("volumes/") else 1):
        case ["volumes", account, backup_id, name]:
            file = ports.backups.volume(account, backup_id, int(name.removesuffix(".zip")))
            backup = ports.backups.get(account, backup_id)
            if file is None or backup is None or backup.state not in WORKING_BACKUP:
                return False
            return file.upload_id == upload_id
        case ["uploads", account, name]:
            upload = ports.uploads.get(account, name.removesuffix(".zip"))
            if upload is None or upload.state is not UploadState.RECEIVING:
                return False
            return upload.multipart_id == upload_id
        case _:
            return False


def _is_promised(backup: Backup, file: Volume, now: datetime) -> bool:
    if file.state is not VolumeState.READY or file.expires_at is None:
        return False
    return backup.state in (BackupState.EXPORTING, BackupState.READY) and now < file.expires_at


def _may_stand(backup: Backup, file: Volume) -> bool:
    """Also while it is being written, completed a moment before its state says so; and when its
    backup has expired already, which frees a slot before retention's round deletes the file."""
    if file.state is VolumeState.EXPIRED:
        return False
    return backup.state not in (BackupState.FAILED, BackupState.CANCELLED)


def _is_importing(ports: Reconciler, account: str, mailbox_id: str) -> bool:
    return any(
        upload.mailbox_id == mailbox_id
        and upload.state not in (UploadState.COMPLETED, UploadState.FAILED, UploadState.ABANDONED)
        for upload in ports.uploads.all(account)
    )


def _stands(store: ObjectStore, key: str) -> bool:
    try:
        store.size(key)
    except MissingObjectError:
        return False
    return True


def _remove(
    ports: Reconciler,
    store: ObjectStore,
    key: str,
    kind: FindingKind = FindingKind.ORPHAN_OBJECT,
) -> Finding:
    if ports.repair:
        store.delete([key])
    return Finding(kind, key, ports.repair)
