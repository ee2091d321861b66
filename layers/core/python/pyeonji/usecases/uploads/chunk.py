"""Import one chunk of an upload: one ranged GET, every entry checked, sound ones into the mailbox.

The chunk's ledger, once it has been counted, is what says it is done. Without both everything is
done again and comes out the same, because the index knows its own entries. A ledger that nobody
counted is not believed: it stands in S3, and a table that was taken back to an earlier moment holds
neither the count nor the mail it speaks of.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from pyeonji.domain.errors import UploadFailedError
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import LedgerRow, Outcome, Totals, Upload
from pyeonji.ports import ChunkClosedError
from pyeonji.usecases.mail.importing import count_mail, import_letters
from pyeonji.usecases.mail.storing import ImportJob, ImportsMail
from pyeonji.usecases.uploads.archives import ReadsArchives
from pyeonji.usecases.uploads.chunk_list import ChunkPointer, Piece, read_chunk
from pyeonji.usecases.uploads.entries import poisoned, sound_letters
from pyeonji.usecases.uploads.ledger import (
    read_chunk_rows,
    record_run_failure,
    write_chunk_rows,
)
from pyeonji.worlds import HasLimits, HasUploads

#: With this many entries lost to unexpected errors and not one in, it is not the entries.
_TOO_MANY_POISONED = 8


class ImportsChunks(HasUploads, ReadsArchives, HasLimits, ImportsMail, Protocol):
    """What importing a chunk needs."""

    def passing(self, error: Exception) -> bool:
        """Whether an error is the services', which another try may mend, and no entry caused it."""


@dataclass(frozen=True, slots=True)
class ChunkEnd:
    """What became of a chunk. `isolated` has index and error class of entries that broke us."""

    totals: Totals = field(default_factory=Totals)
    isolated: tuple[tuple[int, str], ...] = ()
    failure: str | None = None


@dataclass(slots=True)
class _Run:
    """One pass over a chunk."""

    world: ImportsChunks
    upload: Upload
    job: ImportJob
    rows: list[LedgerRow] = field(default_factory=list)
    isolated: list[tuple[int, str]] = field(default_factory=list)


def import_chunk(
    world: ImportsChunks, *, account: str, upload_id: str, attempt: int, chunk: ChunkPointer
) -> ChunkEnd:
    """Import a chunk, write its ledger, count it. `failure`: the whole upload cannot go on."""
    upload = world.uploads.get(account, upload_id)
    if upload is None or upload.attempt != attempt or upload.state is not UploadState.IMPORTING:
        return ChunkEnd()
    job = ImportJob.of(upload, chunk, world.limits)
    isolated: Sequence[tuple[int, str]] = ()
    counted = bool((world.index.counted(upload_id, chunk.name) or Totals()).entries)
    rows = read_chunk_rows(world.work, upload_id, chunk.name) if counted else None
    if rows is None:
        run = _Run(world, upload, job)
        pieces = read_chunk(world.work, upload_id, attempt, chunk)
        try:
            _import(run, pieces, chunk.quota)
        except ChunkClosedError:
            # Another try of this chunk, or whoever settles a failed run, has counted what is in.
            return ChunkEnd()
        except UploadFailedError as error:
            record_run_failure(world.work, upload_id, attempt, error.code)
            return ChunkEnd(failure=error.code)
        rows, isolated = sorted(run.rows, key=lambda row: row.index), run.isolated
        assert len(rows) == chunk.entries, "a row an entry"
        write_chunk_rows(world.work, upload_id, chunk.name, rows)
    # The ledger first: what is counted is surely written down, and what is written down will be
    # counted by whoever settles, if not here.
    totals = count_mail(world, job, rows)
    world.uploads.add_settled(upload, chunk.name, totals.entries)
    return ChunkEnd(totals, tuple(isolated))


def _import(run: _Run, pieces: Sequence[Piece], quota: int | None) -> int:
    """Rows for every entry of `pieces` into `run.rows`; returns the bytes imported.

    An error no service caused comes from one of the entries: the pieces are halved until it
    stands alone and is rejected, and the others are in.
    """
    refused: list[LedgerRow] = []
    isolated: list[tuple[int, str]] = []
    job = replace(run.job, quota_left=quota)
    try:
        letters = sound_letters(run.world, run.upload, run.job, pieces, refused, isolated)
        rows = import_letters(run.world, job, letters)
    except (UploadFailedError, ChunkClosedError):
        raise
    except Exception as error:
        if run.world.passing(error):
            raise
        return _isolate(run, pieces, quota, error)
    run.rows += rows + refused
    run.isolated += isolated
    return sum(row.bytes for row in rows if row.outcome is Outcome.IMPORTED)


def _isolate(run: _Run, pieces: Sequence[Piece], quota: int | None, error: Exception) -> int:
    entries = [planned for piece in pieces for planned in piece.planned]
    if len(entries) == 1:
        poisoned(entries[0].entry, error, run.rows, run.isolated)
        if len(run.isolated) >= _TOO_MANY_POISONED and len(run.rows) == len(run.isolated):
            # Not one of them got in: that is our own fault, and no reason to refuse mail.
            raise error
        return 0
    middle = len(entries) // 2
    used = 0
    for first, stop in ((0, middle), (middle, len(entries))):
        left = None if quota is None else quota - used
        used += _import(run, _part(pieces, first, stop), left)
    return used


def _part(pieces: Sequence[Piece], first: int, stop: int) -> list[Piece]:
    """The pieces of the entries from the `first` up to the `stop`-th, cut to what they need."""
    parts = []
    at = 0
    for piece in pieces:
        planned = piece.planned[max(0, first - at) : max(0, stop - at)]
        at += len(piece.planned)
        if planned:
            start = min(one.entry.offset for one in planned)
            end = max(one.entry.offset + one.entry.span for one in planned)
            parts.append(Piece(start, end - start, planned))
    return parts
