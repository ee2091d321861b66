"""Add the ledgers of a run up, and end the upload: completed or failed.

A settling that was left behind may go on beside the next, and stragglers of the import may write
between the two: so each writes a ledger under a name of its own, and the one that ends the upload
puts that name into its item.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from pyeonji.domain.ids import new_id
from pyeonji.domain.messages import Message
from pyeonji.domain.states import WORKING_UPLOAD, UploadState
from pyeonji.domain.uploads import LedgerRow, Outcome, Totals, Upload
from pyeonji.usecases.mail.importing import count_mail, entry_of, row_of
from pyeonji.usecases.mail.intents import complete_intents
from pyeonji.usecases.mail.storing import ImportJob
from pyeonji.usecases.objects import read_if_there
from pyeonji.usecases.uploads.chunk_list import ChunkPointer, read_chunk, read_chunk_index
from pyeonji.usecases.uploads.ledger import (
    PAGE_ROWS,
    LedgerPage,
    chunk_key,
    csv_key,
    decode_row,
    decode_rows,
    directory_key,
    encode_pages,
    encode_rows,
    finished_ledger,
    index_of,
    ledger_name,
    page_key,
    page_of,
    pages_key,
    record_run_failure,
    recorded_run_failure,
    recorded_run_trouble,
    totals_of_pages,
)
from pyeonji.usecases.uploads.ledger_csv import csv_header, csv_rows
from pyeonji.usecases.uploads.object_writer import ObjectWriter
from pyeonji.worlds import HasIndex, HasLimits, HasUploads, HasWork


class SettlesUploads(HasUploads, HasIndex, HasWork, HasLimits, Protocol):
    """What settling needs."""


class UnsettledError(RuntimeError):
    """The ledgers do not account for every entry: a bug or a lost object, never a result."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How an upload ended. `upload` is None when it is gone or another run is at work on it."""

    upload: Upload | None

    @property
    def notice(self) -> str | None:
        """The kind of notice that is due, or None."""
        if self.upload is None:
            return None
        return "upload_failed" if self.upload.failure else "upload_completed"


def settle_upload(
    world: SettlesUploads,
    *,
    account: str,
    upload_id: str,
    attempt: int,
    now: datetime,
    failure: str | None = None,
) -> Settled:
    """End the run `attempt` of an upload.

    With `failure`, or when a step has recorded one, it fails: what is in stays in, is counted, and
    stands in the ledger with the other entries that got that far. Otherwise it completes;
    UnsettledError when a single entry is missing.
    """
    upload = world.uploads.get(account, upload_id)
    if upload is None or upload.attempt != attempt:
        return Settled(None)
    if upload.state not in WORKING_UPLOAD:
        return Settled(upload)
    code, kind = recorded_run_failure(world.work, upload_id, attempt)
    if code is None and failure is not None:
        # Before the first chunk is closed: killed from here on, no other run of this attempt may
        # take the closed chunks for done.
        failure = recorded_run_trouble(world.work, upload_id, attempt) or failure
        record_run_failure(world.work, upload_id, attempt, failure)
        code = failure
    lines = _collect(world, upload, must_be_whole=code is None)
    if code is None and (len(lines) != upload.entries or None in lines):
        raise UnsettledError(f"{sum(line is not None for line in lines)} of {upload.entries}")
    name = ledger_name(attempt, new_id(now))
    totals = _write_ledger(world, upload, name, lines)
    ended = replace(
        upload,
        state=UploadState.COMPLETED if code is None else UploadState.FAILED,
        failure=code,
        failure_kind=kind,
        totals=totals,
        ledger=name,
        settled=totals.entries,
        finished_at=now,
        moved_at=now,
        purge_at=now + timedelta(days=world.limits.purge_days),
    )
    if world.uploads.move(ended, upload):
        return Settled(ended)
    # Another settling of the same run was faster, or it has been taken off the list.
    return Settled(world.uploads.get(account, upload_id))


def _collect(world: SettlesUploads, upload: Upload, *, must_be_whole: bool) -> list[bytes | None]:
    """Every entry's line by its index: those of the run before, and over them this run's.

    Lines stay bytes: a million of them as objects would not fit a function's memory.
    """
    lines: list[bytes | None] = [None] * (upload.entries or 0)

    def put(data: bytes) -> None:
        for line in data.split(b"\n"):
            if line:
                index = index_of(line)
                if index >= len(lines):
                    lines.extend([None] * (index + 1 - len(lines)))
                lines[index] = line

    for data in finished_pages(world, upload):
        put(data)
    put(read_if_there(world.work, directory_key(upload.id, upload.attempt)) or b"")
    unfinished: list[ChunkPointer] = []
    doubtful: list[tuple[ChunkPointer, bytes]] = []
    for chunk in read_chunk_index(world.work, upload.id, upload.attempt):
        ledger = _chunk_ledger(world, upload, chunk, must_be_whole)
        if ledger is None:
            unfinished.append(chunk)
        elif _is_counted(world, upload, chunk):
            put(ledger)
        elif must_be_whole:
            _count(world, upload, chunk, list(decode_rows(ledger)))
            put(ledger)
        else:
            doubtful.append((chunk, ledger))
    # All of them are closed by now: what is there will not become more.
    brought = _brought_into(world, upload, [*unfinished, *(chunk for chunk, _ in doubtful)])
    for chunk, ledger in doubtful:
        rows = [
            row
            for row in decode_rows(ledger)
            # The table may have been taken back behind the ledger: only what is there counts.
            if row.outcome is not Outcome.IMPORTED or row.delivered or row.index in brought
        ]
        _count(world, upload, chunk, rows)
        put(encode_rows(rows))
    for rows_left in _left_in(world, upload, unfinished, lines, brought):
        put(rows_left)
    return lines


def _chunk_ledger(
    world: SettlesUploads, upload: Upload, chunk: ChunkPointer, must_be_whole: bool
) -> bytes | None:
    """A chunk's rows as its run wrote them.

    Of a failed run a chunk may have no ledger, or one that nobody counted: it is closed here and
    now, and what it was about to add is added, so that no straggler adds mail behind our back. None
    where it has no ledger.
    """
    key = chunk_key(upload.id, chunk.name)
    data = read_if_there(world.work, key)
    if must_be_whole:
        if data is None:
            raise UnsettledError(f"no ledger of chunk {chunk.name}")
        return data
    if data is not None and _is_counted(world, upload, chunk):
        return data
    world.index.close_chunk(upload.id, chunk.name)
    mailbox_id = chunk.mailbox_id or upload.mailbox_id
    complete_intents(world, upload.account, mailbox_id, upload.id, chunk.name)
    # Written since we looked, perhaps: then it is whole.
    return read_if_there(world.work, key) if data is None else data


def _is_counted(world: HasIndex, upload: Upload, chunk: ChunkPointer) -> bool:
    counted = world.index.counted(upload.id, chunk.name)
    return counted is not None and counted.entries > 0


def _brought_into(
    world: SettlesUploads, upload: Upload, chunks: Sequence[ChunkPointer]
) -> dict[int, Message]:
    """What the upload brought into the mailboxes of these chunks, by its entry."""
    return {
        entry_of(message): message
        for mailbox_id in {chunk.mailbox_id or upload.mailbox_id for chunk in chunks}
        for message in world.index.brought_by(upload.account, mailbox_id, upload.id)
    }


def _left_in(
    world: SettlesUploads,
    upload: Upload,
    chunks: Sequence[ChunkPointer],
    lines: Sequence[bytes | None],
    brought: Mapping[int, Message],
) -> Iterator[bytes]:
    """The rows of mail that unfinished, closed chunks have put into the mailbox, now counted.

    A chunk killed between its index items and its ledger leaves mail of which only the index
    knows. `lines` tells which entries are accounted for already.
    """
    found = {
        entry: message
        for entry, message in brought.items()
        if entry >= len(lines) or lines[entry] is None
    }
    for chunk in chunks:
        pieces = read_chunk(world.work, upload.id, upload.attempt, chunk) if found else ()
        rows = [
            row_of(found[planned.entry.index], planned.entry.name)
            for piece in pieces
            for planned in piece.planned
            if planned.entry.index in found
        ]
        # Also where there are none: what comes in from now on is the next attempt's to count.
        _count(world, upload, chunk, rows)
        yield encode_rows(rows)


def _count(
    world: SettlesUploads, upload: Upload, chunk: ChunkPointer, rows: Sequence[LedgerRow]
) -> None:
    count_mail(world, ImportJob.of(upload, chunk, world.limits), rows, settling=upload)


def finished_pages(world: HasWork, upload: Upload) -> Iterator[bytes]:
    """The pages of the latest finished ledger, one after the other; none where there is none."""
    name, pages = finished_ledger(world.work, upload)
    for number, _ in enumerate(pages, start=1):
        yield world.work.get(page_key(upload.id, name, number))


def _write_ledger(
    world: SettlesUploads, upload: Upload, name: str, lines: list[bytes | None]
) -> Totals:
    """Pages, CSV, and last the list of pages."""
    pages: list[LedgerPage] = []
    known = [line for line in lines if line is not None]
    with ObjectWriter(world.work, csv_key(upload.id, name), "text/csv; charset=utf-8") as table:
        table.write(csv_header(world.limits))
        for start in range(0, len(known), PAGE_ROWS):
            part = known[start : start + PAGE_ROWS]
            rows: list[LedgerRow] = [decode_row(line) for line in part]
            pages.append(page_of(rows))
            world.work.put(
                page_key(upload.id, name, len(pages)),
                b"\n".join(part) + b"\n",
                content_type="application/x-ndjson",
            )
            table.write(csv_rows(rows, world.limits))
    world.work.put(pages_key(upload.id, name), encode_pages(pages), content_type="application/json")
    return totals_of_pages(pages)
