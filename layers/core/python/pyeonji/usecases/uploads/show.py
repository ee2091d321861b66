"""What a person sees of their uploads."""

from dataclasses import dataclass
from typing import Protocol

from pyeonji.domain.errors import ConflictError, InvalidRequestError, NotFoundError
from pyeonji.domain.limits import URL_LIFETIME
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import LedgerRow, Outcome, Upload
from pyeonji.usecases.uploads.ledger import csv_key, decode_rows, finished_ledger, page_key
from pyeonji.words.ledger import FILES
from pyeonji.worlds import HasUploads, HasWork

#: Rows of one answer, when the caller does not say, and at most.
DEFAULT_ROWS = 100
MAX_ROWS = 1000
#: Characters of names in one answer, and a Lambda function's answer has 6 MB at most: a character
#: takes up to six bytes of JSON, a name up to 65,535, and the rest of 1,000 rows some 2 MB.
_NAME_CHARACTERS = 500_000


class ShowsLedgers(HasUploads, HasWork, Protocol):
    """What showing a ledger needs."""


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Rows of a ledger; `next` is what to pass as `after` for those behind them, or None."""

    rows: list[LedgerRow]
    next: str | None


def list_uploads(world: HasUploads, *, account: str) -> list[Upload]:
    """Newest first."""
    return world.uploads.all(account)


def show_upload(world: HasUploads, *, account: str, upload_id: str) -> Upload:
    """One upload. Raises NotFoundError."""
    upload = world.uploads.get(account, upload_id)
    if upload is None:
        raise NotFoundError("upload")
    return upload


def progress_of(upload: Upload) -> float:
    """0.0 until its entries are known, then the share of them whose fate is settled."""
    if upload.state is UploadState.COMPLETED:
        return 1.0
    if not upload.entries:
        return 0.0
    # 1.0 is for what has ended; the last step still has to add everything up.
    ceiling = 0.99 if upload.state is UploadState.IMPORTING else 1.0
    return min(ceiling, upload.settled / upload.entries)


def read_entries(
    world: ShowsLedgers,
    *,
    account: str,
    upload_id: str,
    outcome: Outcome | None = None,
    after: str | None = None,
    limit: int = DEFAULT_ROWS,
) -> EntryPage:
    """Rows in the order of the ZIP, of one outcome or of all, behind the entry `after`.

    There are none before the run has ended; while a retry is at work, those of the run before.
    Reads the pages that hold what is asked for, and no others. `limit` rows at most: fewer where
    their names are so long that an answer would not hold them, and one in any case.
    """
    upload = show_upload(world, account=account, upload_id=upload_id)
    if not 1 <= limit <= MAX_ROWS:
        raise InvalidRequestError("limit", "unknown_value")
    behind = _index(after)
    name, pages = finished_ledger(world.work, upload)
    rows: list[LedgerRow] = []
    characters = 0
    for number, page in enumerate(pages, start=1):
        if page.last <= behind or (outcome is not None and not page.outcomes.get(outcome.value)):
            continue
        for row in decode_rows(world.work.get(page_key(upload.id, name, number))):
            if row.index <= behind or (outcome is not None and row.outcome is not outcome):
                continue
            characters += len(row.name)
            if len(rows) == limit or (rows and characters > _NAME_CHARACTERS):
                return EntryPage(rows, str(rows[-1].index))
            rows.append(row)
    return EntryPage(rows, None)


def ledger_url(world: ShowsLedgers, *, account: str, upload_id: str, language: str = "ko") -> str:
    """A presigned download of the whole ledger as CSV, its name in `language`.

    ConflictError ledger_not_ready: there is none yet; wrong_state: it has ended without one (no
    ZIP, or abandoned), and waiting for it would be in vain.
    """
    upload = show_upload(world, account=account, upload_id=upload_id)
    name, pages = finished_ledger(world.work, upload)
    if not pages:
        if upload.state in (UploadState.FAILED, UploadState.ABANDONED):
            raise ConflictError("wrong_state", state=upload.state.value)
        raise ConflictError("ledger_not_ready")
    return world.work.url(
        csv_key(upload.id, name),
        seconds=int(URL_LIFETIME.total_seconds()),
        filename=FILES.say("ledger", language, name=upload.filename[: -len(".zip")]),
    )


def _index(after: str | None) -> int:
    if after is None:
        return -1
    # 1,000,000 entries have 7 digits; int() of a very long text would take its time.
    if not (after.isascii() and after.isdigit() and len(after) <= 9):
        raise InvalidRequestError("after", "unknown_value")
    return int(after)
