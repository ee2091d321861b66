"""Add the ledgers of a run up, and end the upload: completed or failed.

Everything written here follows from the ledgers it reads, so that a second run writes the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pyeonji.domain.limits import Limits
from pyeonji.domain.states import WORKING_UPLOAD, UploadState
from pyeonji.domain.uploads import LedgerRow, Totals, Upload
from pyeonji.ports import MailIndex, ObjectStore, Uploads
from pyeonji.usecases import import_mail
from pyeonji.usecases.chunk_list import read_chunk_index
from pyeonji.usecases.ledger import (
    PAGE_ROWS,
    LedgerPage,
    chunk_key,
    csv_key,
    decode_row,
    directory_key,
    encode_pages,
    page_key,
    page_of,
    pages_key,
    read_if_there,
    read_pages,
    recorded_failure,
    totals_of,
)
from pyeonji.usecases.ledger_csv import csv_header, csv_rows
from pyeonji.usecases.object_writer import ObjectWriter


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


@dataclass(frozen=True, slots=True)
class SettlePorts:
    """What settling needs."""

    uploads: Uploads
    index: MailIndex
    work: ObjectStore
    limits: Limits


def settle_upload(
    ports: SettlePorts,
    *,
    account: str,
    upload_id: str,
    attempt: int,
    now: datetime,
    failure: str | None = None,
) -> Settled:
    """End the run `attempt` of an upload.

    With `failure`, or when a step has recorded one, it fails: what is in stays in, and the ledger
    holds the entries that got that far. Otherwise it completes; UnsettledError when a single
    entry is missing.
    """
    upload = ports.uploads.get(account, upload_id)
    if upload is None or upload.attempt != attempt:
        return Settled(None)
    if upload.state not in WORKING_UPLOAD:
        return Settled(upload)
    code = recorded_failure(ports.work, upload_id, attempt) or failure
    lines = _collect(ports, upload, must_be_whole=code is None)
    if code is None and (len(lines) != upload.entries or None in lines):
        raise UnsettledError(f"{sum(line is not None for line in lines)} of {upload.entries}")
    totals = _write_ledger(ports, upload, lines)
    ended = replace(
        upload,
        state=UploadState.COMPLETED if code is None else UploadState.FAILED,
        failure=code,
        totals=totals,
        settled=totals.entries,
        finished_at=now,
        moved_at=now,
        purge_at=now + timedelta(days=ports.limits.purge_days),
    )
    if ports.uploads.move(ended, frozenset({upload.state})):
        return Settled(ended)
    # Another settling of the same run was faster, or it has been taken off the list.
    return Settled(ports.uploads.get(account, upload_id))


def _collect(ports: SettlePorts, upload: Upload, *, must_be_whole: bool) -> list[bytes | None]:
    """Every entry's line by its index: those of the run before, and over them this run's.

    Lines stay bytes: a million of them as objects would not fit a function's memory.
    """
    lines: list[bytes | None] = [None] * (upload.entries or 0)

    def put(data: bytes) -> None:
        for line in data.split(b"\n"):
            if line:
                index = _index_of(line)
                if index >= len(lines):
                    lines.extend([None] * (index + 1 - len(lines)))
                lines[index] = line

    for data in finished_pages(ports.work, upload.id, upload.attempt - 1):
        put(data)
    put(read_if_there(ports.work, directory_key(upload.id, upload.attempt)) or b"")
    for chunk in read_chunk_index(ports.work, upload.id, upload.attempt):
        put(_chunk_ledger(ports, upload, chunk.name, must_be_whole) or b"")
    return lines


def _chunk_ledger(
    ports: SettlePorts, upload: Upload, chunk: str, must_be_whole: bool
) -> bytes | None:
    """A chunk's rows, with their mail surely counted into the mailbox, once.

    Of a failed run a chunk may have no ledger: it is counted as nothing here and now, a fence, so
    that no straggler counts it later and the next run, which takes its entries up, once more.
    """
    data = read_if_there(ports.work, chunk_key(upload.id, chunk))
    if data is None and must_be_whole:
        raise UnsettledError(f"no ledger of chunk {chunk}")
    counted = ports.index.counted(upload.id, chunk)
    if not counted.entries:
        rows = [decode_row(line) for line in (data or b"").split(b"\n") if line]
        counted = count_rows(ports.index, upload, chunk, rows)
    # A fence has no entries: whatever ledger appeared behind it is the next run's matter.
    if not counted.entries:
        return None
    return data or read_if_there(ports.work, chunk_key(upload.id, chunk))


def count_rows(index: MailIndex, upload: Upload, chunk: str, rows: Sequence[LedgerRow]) -> Totals:
    """Add a chunk's mail to its mailbox's counts unless that was done; what counts is returned."""
    totals = import_mail.totals_of(rows)
    weights = import_mail.weights_of(rows)
    first = index.count_chunk(upload.account, upload.mailbox_id, upload.id, chunk, weights, totals)
    return totals if first else index.counted(upload.id, chunk)


def finished_pages(work: ObjectStore, upload_id: str, attempt: int) -> Iterator[bytes]:
    """The pages of a run that was settled, one after the other; none when it was not."""
    for number, _ in enumerate(read_pages(work, upload_id, attempt) or (), start=1):
        yield work.get(page_key(upload_id, attempt, number))


def _write_ledger(ports: SettlePorts, upload: Upload, lines: list[bytes | None]) -> Totals:
    """Pages, CSV, and last the list of pages, which makes them count."""
    attempt = upload.attempt
    pages: list[LedgerPage] = []
    known = [line for line in lines if line is not None]
    with ObjectWriter(ports.work, csv_key(upload.id, attempt), "text/csv; charset=utf-8") as table:
        table.write(csv_header())
        for start in range(0, len(known), PAGE_ROWS):
            part = known[start : start + PAGE_ROWS]
            rows: list[LedgerRow] = [decode_row(line) for line in part]
            pages.append(page_of(rows))
            ports.work.put(
                page_key(upload.id, attempt, len(pages)),
                b"\n".join(part) + b"\n",
                content_type="application/x-ndjson",
            )
            table.write(csv_rows(rows, ports.limits.message_limit_bytes))
    ports.work.put(
        pages_key(upload.id, attempt), encode_pages(pages), content_type="application/json"
    )
    return totals_of(pages)


def _index_of(line: bytes) -> int:
    # `encode_row` writes {"index":123,"name":…: taken without parsing the rest.
    return int(line[len(b'{"index":') : line.index(b",")])
