"""The entries of a chunk as letters: their bytes read, unpacked and checked."""

from collections.abc import Iterator, Sequence
from functools import partial

from pyeonji.domain.errors import UploadFailedError
from pyeonji.domain.uploads import LedgerRow, Outcome, Upload
from pyeonji.ports import MissingObjectError
from pyeonji.usecases.mail.importing import Letter
from pyeonji.usecases.mail.storing import ImportJob
from pyeonji.usecases.uploads.archives import ReadsArchives, read_upload
from pyeonji.usecases.uploads.chunk_list import Piece
from pyeonji.zipio.entry import unpack_entry
from pyeonji.zipio.errors import EntryError
from pyeonji.zipio.listing import Entry


class ShortObjectError(OSError):
    """S3 sent fewer bytes than asked for; the next try may fare better."""


def sound_letters(
    world: ReadsArchives,
    upload: Upload,
    job: ImportJob,
    pieces: Sequence[Piece],
    refused: list[LedgerRow],
    isolated: list[tuple[int, str]],
) -> Iterator[Letter]:
    """Every sound entry; rows of the others go to `refused`, and index and error class of those
    that broke us to `isolated`. One piece's bytes at a time."""
    for piece in pieces:
        try:
            data = memoryview(read_upload(world, upload, piece.start, piece.length))
        except MissingObjectError:
            gone = "file_missing" if upload.source is None else "backup_gone"
            raise UploadFailedError(gone) from None
        if len(data) != piece.length:
            raise ShortObjectError(f"{len(data)} of {piece.length} bytes")
        for planned in piece.planned:
            entry = planned.entry
            try:
                unpacked = unpack_entry(entry, data, piece.start, job.message_limit)
            except EntryError as error:
                refused.append(_rejected(entry, error.code))
                continue
            except Exception as error:  # noqa: BLE001 - one entry must not cost the others
                poisoned(entry, error, refused, isolated)
                continue
            yield Letter(
                index=entry.index,
                name=entry.name,
                message=unpacked.message,
                packed=unpacked.packed,
                manifest=planned.facts.listed(entry.name) if planned.facts else None,
                modified=partial(entry.modified, job.zone),
            )


def poisoned(
    entry: Entry, error: Exception, rows: list[LedgerRow], isolated: list[tuple[int, str]]
) -> None:
    """An entry that broke us is rejected, and noted."""
    rows.append(_rejected(entry, "damaged"))
    isolated.append((entry.index, type(error).__name__))


def _rejected(entry: Entry, reason: str) -> LedgerRow:
    return LedgerRow(entry.index, entry.name, Outcome.REJECTED, reason, entry.size)
