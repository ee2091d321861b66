"""Look at a ZIP that has arrived: its directory only, and cut what is to be imported into chunks.

Reads the tail, the directory and our own manifests; writes the rows of what the directory alone
decides, the entries, and last the index of chunks. All of it follows from the ZIP, so that doing
it again writes the same.
"""

# array[int] cannot be evaluated before Python 3.12
from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.errors import UploadFailedError
from pyeonji.domain.limits import MAX_ENTRIES
from pyeonji.domain.manifest import FOLDER_NAME
from pyeonji.domain.states import WORKING_UPLOAD, UploadState
from pyeonji.domain.uploads import Folders, LedgerRow, Upload
from pyeonji.usecases.uploads.archives import (
    Archive,
    Entries,
    ReadsArchives,
    archives_of,
    read_archive,
    size_of_archive,
)
from pyeonji.usecases.uploads.chunk_list import (
    ChunkPointer,
    Piece,
    Planned,
    chunk_name,
    encode_index,
    encode_piece,
    entries_key,
    index_key,
    read_chunk_index,
)
from pyeonji.usecases.uploads.cutting import Chunk, cut_chunks
from pyeonji.usecases.uploads.folders import folder_of, mailbox_paths, open_mailboxes
from pyeonji.usecases.uploads.judging import judge
from pyeonji.usecases.uploads.ledger import (
    PASSING_REASONS,
    decode_rows,
    directory_key,
    encode_row,
    record_run_failure,
)
from pyeonji.usecases.uploads.manifest_facts import ManifestFacts
from pyeonji.usecases.uploads.object_writer import ObjectWriter
from pyeonji.usecases.uploads.settle import finished_pages
from pyeonji.worlds import HasAccounts, HasLimits, HasUploads, HasWork
from pyeonji.zipio.archive import ArchiveLimits, open_directory
from pyeonji.zipio.errors import ArchiveError, OtherArchiveError, TooManyEntriesError
from pyeonji.zipio.listing import Entry
from pyeonji.zipio.tail import Read


class InspectsUploads(HasAccounts, HasUploads, ReadsArchives, HasWork, HasLimits, Protocol):
    """What inspecting needs."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """What the machine goes on with. With a `failure` there is nothing to import."""

    chunks: int
    failure: str | None = None


#: Cuts entries into chunks; tests and small archives may want smaller ones.
Cutter = Callable[[Iterable[Entry]], list[Chunk]]


def inspect_upload(
    world: InspectsUploads,
    *,
    account: str,
    upload_id: str,
    attempt: int,
    now: datetime,
    cutter: Cutter = cut_chunks,
) -> Inspected:
    """Judge what can be judged and plan the rest; `failure` is why the whole ZIP is refused."""
    upload = world.uploads.get(account, upload_id)
    if upload is None or upload.attempt != attempt or upload.state not in WORKING_UPLOAD:
        # Off the list, ended, or a later run is at work: there is nothing left to do here.
        return Inspected(0)
    if upload.state is UploadState.IMPORTING:
        # A machine started anew: chunks have begun, and what they were given stays as it is.
        return Inspected(len(read_chunk_index(world.work, upload_id, attempt)))
    if upload.state is UploadState.RECEIVED:
        begun = replace(upload, state=UploadState.INSPECTING, moved_at=now)
        world.uploads.move(begun, upload)
        upload = begun
    try:
        return _inspect(world, upload, now, cutter)
    except UploadFailedError as error:
        record_run_failure(world.work, upload_id, attempt, error.code, error.facts.get("kind"))
        return Inspected(0, error.code)


@dataclass(slots=True)
class _Run:
    """One inspection. `first` is the index of the next archive's first entry; `left` the bytes
    the account may still take, None without a quota."""

    world: InspectsUploads
    upload: Upload
    now: datetime
    cutter: Cutter
    left: int | None
    rows: ObjectWriter
    lines: ObjectWriter
    first: int = 0
    pointers: list[ChunkPointer] = field(default_factory=list)


def _inspect(world: InspectsUploads, upload: Upload, now: datetime, cutter: Cutter) -> Inspected:
    if upload.mailbox_id and world.accounts.mailbox(upload.account, upload.mailbox_id) is None:
        raise UploadFailedError("mailbox_gone")
    archives = archives_of(upload)
    for archive in archives:
        _check_size(world, upload, archive)
    done = _settled_before(world, upload)
    with (
        ObjectWriter(world.work, directory_key(upload.id, upload.attempt)) as rows,
        ObjectWriter(world.work, entries_key(upload.id, upload.attempt)) as lines,
    ):
        run = _Run(world, upload, now, cutter, _quota_left(world, upload), rows, lines)
        refusal = _refusal(run, archives, done)
    if refusal is not None:
        raise refusal
    waiting = sum(pointer.entries for pointer in run.pointers)
    world.work.put(index_key(upload.id, upload.attempt), encode_index(run.pointers))
    world.uploads.move(
        replace(
            upload,
            state=UploadState.IMPORTING,
            entries=run.first,
            settled=run.first - waiting,
            moved_at=now,
        ),
        # Not from importing: chunks settled since another inspection have counted themselves in.
        upload,
    )
    return Inspected(len(run.pointers))


def _refusal(
    run: _Run, archives: Sequence[Archive], done: frozenset[int]
) -> UploadFailedError | None:
    """Why not all of them can be taken: returned, so that the rows written until then stay."""
    try:
        for archive in archives:
            _inspect_archive(run, archive, done)
    except UploadFailedError as error:
        return error
    except OtherArchiveError as error:
        return UploadFailedError(error.code, kind=error.kind)
    except ArchiveError as error:
        return UploadFailedError(error.code)
    return None


def _check_size(world: InspectsUploads, upload: Upload, archive: Archive) -> None:
    """Of what has arrived; a client can say one thing and send another."""
    size = size_of_archive(world, archive)
    if size is None:
        raise UploadFailedError("file_missing" if upload.source is None else "backup_gone")
    # A volume of our own may be larger than what people may send.
    if upload.source is None and size >= world.limits.upload_limit_bytes:
        raise UploadFailedError("too_large")
    if size != archive.bytes:
        raise UploadFailedError("size_mismatch")


def _inspect_archive(run: _Run, archive: Archive, done: frozenset[int]) -> None:
    """One after the other, so that one directory and its manifest are held at a time."""

    def read(start: int, length: int) -> bytes:
        return read_archive(run.world, archive, start, length)

    facts = ManifestFacts()
    directory = open_directory(
        archive.bytes,
        lambda start, length: read(archive.start + start, length),
        ArchiveLimits(max_entries=MAX_ENTRIES),
    )
    entries = Entries(directory, run.first, archive.start)
    run.first += len(entries)
    if run.first > MAX_ENTRIES:
        raise TooManyEntriesError(f"{run.first} entries")
    wanted = _judge(run, entries, facts, read, done)
    chunks = [
        (mailbox, chunk)
        for mailbox, indexes in _sorted_out(run, archive, entries, facts, wanted)
        for chunk in run.cutter(entries[index] for index in indexes)
    ]
    for mailbox, chunk in chunks:
        _write_chunk(run, entries, facts, mailbox, chunk)


def _judge(
    run: _Run, entries: Entries, facts: ManifestFacts, read: Read, done: frozenset[int]
) -> array[int]:
    """One pass over the directory: manifests are read, rows written for what is decided here.
    The indexes of the rest."""
    wanted = array("L")
    limit = run.world.limits.message_limit_bytes
    for entry in entries:
        if entry.name.endswith(FOLDER_NAME):
            facts.add(entry, read)
        if entry.index in done:
            continue
        judgement = judge(entry, limit)
        if judgement is None:
            wanted.append(entry.index)
            continue
        outcome, reason = judgement.outcome, judgement.reason
        run.rows.write(encode_row(LedgerRow(entry.index, entry.name, outcome, reason, entry.size)))
    return wanted


def _sorted_out(
    run: _Run, archive: Archive, entries: Entries, facts: ManifestFacts, wanted: array[int]
) -> Iterator[tuple[Mailbox | None, array[int]]]:
    """Which entries go to which mailbox; None for the one the upload is for."""
    world, upload = run.world, run.upload
    if upload.folders is Folders.ONE:
        yield None, wanted
        return
    if archive.mailbox_id is not None:
        mailbox = world.accounts.mailbox(upload.account, archive.mailbox_id)
        if mailbox is not None:
            yield mailbox, wanted
            return
    by_folder: dict[str, array[int]] = {}
    for index in wanted:
        by_folder.setdefault(folder_of(entries[index].name), array("L")).append(index)
    by_path: dict[str, array[int]] = {}
    for folder, path in mailbox_paths(upload, by_folder, facts).items():
        by_path.setdefault(path, array("L")).extend(by_folder[folder])
    mailboxes = open_mailboxes(world, upload.account, by_path, run.now)
    for path, indexes in by_path.items():
        yield mailboxes[path], indexes


def _settled_before(world: HasWork, upload: Upload) -> frozenset[int]:
    """Indexes of entries an earlier run has settled for good."""
    return frozenset(
        row.index
        for data in finished_pages(world, upload)
        for row in decode_rows(data)
        if row.reason not in PASSING_REASONS
    )


def _write_chunk(
    run: _Run, entries: Entries, facts: ManifestFacts, mailbox: Mailbox | None, chunk: Chunk
) -> None:
    start, wanted = run.lines.size, 0
    for part in chunk.ranges:
        planned = []
        for index in part.indexes:
            entry = entries[index]
            planned.append(Planned(entry, facts.of(entry)))
            wanted += entry.size
        run.lines.write(encode_piece(Piece(part.start, part.length, tuple(planned))))
    # Handed out here, once, so that a chunk that runs again judges as it did before.
    quota = None if run.left is None else min(run.left, wanted)
    run.left = None if run.left is None or quota is None else run.left - quota
    run.pointers.append(
        ChunkPointer(
            name=chunk_name(run.upload.attempt, len(run.pointers) + 1),
            start=start,
            length=run.lines.size - start,
            entries=len(chunk.indexes),
            quota=quota,
            mailbox_id=mailbox.id if mailbox else None,
            mailbox_path=mailbox.path if mailbox else None,
        )
    )


def _quota_left(world: InspectsUploads, upload: Upload) -> int | None:
    """Bytes the account may still take, or None without a quota."""
    account = world.accounts.account(upload.account)
    own = account.quota_bytes if account else None
    quota = world.limits.quota_bytes if own is None else own
    if quota <= 0:
        return None
    used = sum(box.bytes for box in world.accounts.mailboxes(upload.account))
    return max(0, quota - used)
