"""Compare the table with the buckets, and report, or mend, what does not agree.

The second net under retention: this is what notices the objects of a process that died between
two writes nobody repeated. It is the one place that reads the whole table and lists whole buckets,
and nothing waits for it. What it finds in one pass may have been in motion: everything is looked
at again, alone, before it is called a finding, and what is younger than GRACE is left to those
who are at work on it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from itertools import chain
from typing import NamedTuple, Protocol

from pyeonji.domain.backups import Backup, Volume, owner_of_volume_key
from pyeonji.domain.homes import SyncState
from pyeonji.domain.messages import SearchKey, SegmentKey
from pyeonji.domain.states import LIVE_BACKUP, WORKING_BACKUP, BackupState, UploadState, VolumeState
from pyeonji.domain.uploads import Folders, owner_of_upload_key
from pyeonji.ports import CensusTaken, ObjectStore, OpenMultipart
from pyeonji.usecases.objects import size_if_there
from pyeonji.usecases.retention.rebuild import Chunk, RebuildsIndex, chunk_of, is_claimed, rebuild
from pyeonji.worlds import HasBackups, HasCensus, HasHomes, HasMail, HasVolumes, HasZips

#: A backup takes three days at most, everything else less; and a day for good measure.
GRACE = timedelta(days=4)
#: As far back as a table can be taken (35 days), and one for good measure. Markers of chunks live
#: longer: what is counted is known to be so.
TABLE_GOES_BACK = timedelta(days=36)


class FindingKind(StrEnum):
    """What can be wrong."""

    ORPHAN_OBJECT = "orphan_object"
    ORPHAN_SEGMENT = "orphan_segment"
    #: Mail that was imported and is not counted: the table was taken back to an earlier moment.
    UNINDEXED_CHUNK = "unindexed_chunk"
    ORPHAN_SEARCH_FILE = "orphan_search_file"
    ORPHAN_MULTIPART = "orphan_multipart"
    ORPHAN_VOLUME = "orphan_volume"
    #: Whose key is none that we write: somebody else put it there, and may want it.
    STRANGE_OBJECT = "strange_object"
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


class Reconciles(
    HasCensus, HasBackups, HasVolumes, HasZips, HasHomes, RebuildsIndex,
    Protocol,
):  # fmt: skip
    """What reconciliation needs."""


class _Found(NamedTuple):
    """A finding, and how to mend it: None for what cannot be mended from here. `mend` says whether
    it did, and False when what made it necessary is no longer so."""

    kind: FindingKind
    what: str
    mend: Callable[[], bool] | None = None


def reconcile(
    world: Reconciles, *, now: datetime, repair: bool, grace: timedelta = GRACE
) -> list[Finding]:
    """Everything that does not agree at `now`; with `repair` False nothing is written."""
    taken = world.census.take()
    old = now - grace
    found = chain(
        _slots(world, taken),
        _volume_items(world, taken, now),
        # Before the work files, which say what was imported, and the counts, which it changes.
        _segments(world, taken, old, now),
        _counts(world, taken),
        _volume_files(world, old),
        _upload_files(world, old),
        _work_files(world, taken, old),
        _multiparts(world, old),
    )
    # One by one: what was found is mended before the next is looked for.
    return [
        Finding(one.kind, one.what, repair and one.mend is not None and one.mend()) for one in found
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


def _slots(world: Reconciles, taken: CensusTaken) -> Iterator[_Found]:
    for account, ids in taken.slots.items():
        for backup_id in ids:
            backup = world.backups.get(account, backup_id)
            if backup is not None and backup.state in LIVE_BACKUP:
                continue
            if backup_id not in world.backups.slots(account):
                continue
            mend = partial(world.census.free_slot, account, backup_id)
            yield _Found(FindingKind.SLOT_WITHOUT_BACKUP, backup_id, mend)
    for account, backup_id in taken.backups:
        backup = world.backups.get(account, backup_id)
        if backup is None or backup.state not in LIVE_BACKUP:
            continue
        if backup_id in world.backups.slots(account):
            continue
        mend = partial(world.census.hold_slot, account, backup_id)
        yield _Found(FindingKind.BACKUP_WITHOUT_SLOT, backup_id, mend)


def _volume_items(world: Reconciles, taken: CensusTaken, now: datetime) -> Iterator[_Found]:
    """Volumes of no backup, and volumes whose file should stand there and does not."""
    for file in taken.volumes:
        there = world.backups.volume(file.account, file.backup_id, file.number)
        if there is None:
            continue
        backup = world.backups.get(file.account, file.backup_id)
        if backup is None:
            yield _Found(FindingKind.ORPHAN_VOLUME, there.key, partial(_drop_volume, world, there))
        elif (
            _is_promised(backup, there, now)
            and size_if_there(world.volumes, there.key) is None
            # It may have been deleted, with its item, while we looked.
            and world.backups.volume(file.account, file.backup_id, file.number) == there
        ):
            yield _Found(FindingKind.MISSING_FILE, there.key)


def _counts(world: Reconciles, taken: CensusTaken) -> Iterator[_Found]:
    for (account, mailbox_id), mailbox in taken.mailboxes.items():
        if (mailbox.messages, mailbox.bytes) == taken.counted.get((account, mailbox_id), (0, 0)):
            continue
        was = world.accounts.mailbox(account, mailbox_id)
        if was is None or _is_importing(world, account, mailbox_id):
            continue
        messages = size = 0
        for message in world.index.read(account, mailbox_id):
            if message.gone:
                continue
            messages += 1
            size += message.size
        # An import that began while we read may be in what we read and not yet in the counts.
        if (was.messages, was.bytes) == (messages, size) or _is_importing(
            world, account, mailbox_id
        ):
            continue
        mend = partial(world.census.set_counts, account, was, messages, size)
        yield _Found(FindingKind.WRONG_COUNTS, mailbox_id, mend)


def _volume_files(world: Reconciles, old: datetime) -> Iterator[_Found]:
    for found in world.volumes.objects("volumes/"):
        if found.modified > old:
            continue
        owner = owner_of_volume_key(found.key)
        if owner is None:
            yield _Found(FindingKind.STRANGE_OBJECT, found.key)
            continue
        account, backup_id, number = owner
        file = world.backups.volume(account, backup_id, number)
        backup = world.backups.get(account, backup_id)
        if file is None or backup is None or not _may_stand(backup, file):
            yield _removable(world.volumes, found.key)


def _upload_files(world: Reconciles, old: datetime) -> Iterator[_Found]:
    for found in world.zips.objects("uploads/"):
        if found.modified > old:
            continue
        owner = owner_of_upload_key(found.key)
        if owner is None:
            yield _Found(FindingKind.STRANGE_OBJECT, found.key)
            continue
        upload = world.uploads.get(*owner)
        if upload is None or not upload.kept or upload.state is UploadState.ABANDONED:
            yield _removable(world.zips, found.key)


def _work_files(world: Reconciles, taken: CensusTaken, old: datetime) -> Iterator[_Found]:
    """Plans, chunk lists and ledgers are kept under an id alone: the census knows whose it is."""
    backups = {backup_id: account for account, backup_id in taken.backups}
    uploads = {upload_id: account for account, upload_id in taken.uploads}
    for prefix, owners in (("plans/", backups), ("chunks/", uploads), ("ledgers/", uploads)):
        for found in world.work.objects(prefix):
            if found.modified > old or found.key.split("/")[1] in owners:
                continue
            yield _removable(world.work, found.key)


def _segments(
    world: Reconciles, taken: CensusTaken, old: datetime, now: datetime
) -> Iterator[_Found]:
    """Mail that was imported and is not counted, segments nothing points at, and pointers at
    segments that are not there."""
    there: set[str] = set()
    recent: dict[Chunk, list[str]] = {}
    suspects: dict[tuple[str, str], list[str]] = {}
    for found in world.mail.objects("segments/"):
        segment = SegmentKey.of(found.key)
        if segment is None:
            if found.modified <= old:
                yield _Found(FindingKind.STRANGE_OBJECT, found.key)
            continue
        there.add(found.key)
        chunk = chunk_of(found.key)
        if chunk is not None and found.modified > now - TABLE_GOES_BACK:
            recent.setdefault(chunk, []).append(found.key)
        if found.key not in taken.segments and found.modified <= old:
            suspects.setdefault((segment.account, segment.mailbox_id), []).append(found.key)
    yield from _search_files(world, there, old)
    for key in sorted(taken.segments - there):
        if size_if_there(world.mail, key) is None:
            yield _Found(FindingKind.MISSING_SEGMENT, key)
    claimed: set[str] = set()
    for chunk, keys in recent.items():
        if not is_claimed(world, chunk) or _is_importing(world, chunk.account, chunk.mailbox_id):
            continue
        if is_claimed(world, chunk):  # an import that has just ended has counted it by now
            claimed.update(keys)
            mend = partial(rebuild, world, chunk, keys)
            yield _Found(FindingKind.UNINDEXED_CHUNK, f"{chunk.upload_id} {chunk.name}", mend)
    for (account, mailbox_id), keys in suspects.items():
        # An import run again writes the same segment under the same key before it points at it:
        # never delete beside one, and only what a fresh look at the index does not know either.
        used = claimed.union(message.segment for message in world.index.read(account, mailbox_id))
        if _is_importing(world, account, mailbox_id):
            continue
        for key in keys:
            if key not in used:
                yield _removable(world.mail, key, FindingKind.ORPHAN_SEGMENT)


def _search_files(world: HasMail, segments: set[str], old: datetime) -> Iterator[_Found]:
    """Search files of segments that are gone: the words of mail that nobody has any more."""
    for found in world.mail.objects("search/"):
        if found.modified > old:
            continue
        search = SearchKey.of(found.key)
        if search is None:
            yield _Found(FindingKind.STRANGE_OBJECT, found.key)
        elif search.segment not in segments:
            yield _removable(world.mail, found.key, FindingKind.ORPHAN_SEARCH_FILE)


def _multiparts(world: Reconciles, old: datetime) -> Iterator[_Found]:
    for store, prefix in (
        (world.volumes, "volumes/"),
        (world.zips, "uploads/"),
        (world.work, ""),
        (world.mail, ""),
    ):
        for opened in list(store.open_multiparts(prefix)):
            if opened.started > old or _is_wanted(world, opened.key, opened.upload_id):
                continue
            mend = partial(_abort, store, opened)
            yield _Found(FindingKind.ORPHAN_MULTIPART, opened.key, mend)


def _is_wanted(world: Reconciles, key: str, upload_id: str) -> bool:
    if volume := owner_of_volume_key(key):
        file = world.backups.volume(*volume)
        backup = world.backups.get(*volume[:2])
        if file is None or backup is None or backup.state not in WORKING_BACKUP:
            return False
        return file.upload_id == upload_id
    if owner := owner_of_upload_key(key):
        upload = world.uploads.get(*owner)
        if upload is None or upload.state is not UploadState.RECEIVING:
            return False
        return upload.multipart_id == upload_id
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


def _is_importing(world: Reconciles, account: str, mailbox_id: str) -> bool:
    return any(
        (upload.mailbox_id == mailbox_id or upload.folders is Folders.FROM_ZIP)
        and upload.state not in (UploadState.COMPLETED, UploadState.FAILED, UploadState.ABANDONED)
        for upload in world.uploads.all(account)
    ) or _is_syncing(world, account)


def _is_syncing(world: HasHomes, account: str) -> bool:
    state = world.homes.state(account)
    return state is not None and state.state is SyncState.SYNCING


def _removable(
    store: ObjectStore, key: str, kind: FindingKind = FindingKind.ORPHAN_OBJECT
) -> _Found:
    def delete() -> bool:
        store.delete([key])
        return True

    return _Found(kind, key, delete)


def _abort(store: ObjectStore, opened: OpenMultipart) -> bool:
    store.abort(opened.key, opened.upload_id)
    return True


def _drop_volume(world: Reconciles, volume: Volume) -> bool:
    world.volumes.abort(volume.key, volume.upload_id)
    world.volumes.delete([volume.key])
    return world.census.drop_volume(volume)
