"""What a person sees of their uploads."""

from dataclasses import dataclass
from typing import Protocol

from pyeonji.domain.errors import ConflictError, InvalidRequestError, NotFoundError
from pyeonji.domain.limits import URL_LIFETIME
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import LedgerRow, Outcome, Upload
from pyeonji.usecases.uploads.ledger import LedgerPage, csv_key, decode_rows, page_key, read_pages
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
    attempt, pages = finished_ledger(world, upload)
    rows: list[LedgerRow] = []
    characters = 0
    for number, page in enumerate(pages, start=1):
        if page.last <= behind or (outcome is not None and not page.outcomes.get(outcome.value)):
            continue
        for row in decode_rows(world.work.get(page_key(upload.id, attempt, number))):
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
    attempt, pages = finished_ledger(world, upload)
    if not pages:
        if upload.state in (UploadState.FAILED, UploadState.ABANDONED):
            raise ConflictError("wrong_state", state=upload.state.value)
        raise ConflictError("ledger_not_ready")
    return world.work.url(
        csv_key(upload.id, attempt),
        seconds=int(URL_LIFETIME.total_seconds()),
        filename=FILES.say("ledger", language, name=upload.filename[: -len(".zip")]),
    )


def finished_ledger(world: HasWork, upload: Upload) -> tuple[int, list[LedgerPage]]:
    """The attempt whose ledger is the latest finished one, and its pages; none: (0, [])."""
    ended = upload.state in (UploadState.COMPLETED, UploadState.FAILED)
    latest = upload.attempt if ended else upload.attempt - 1
    for attempt in range(latest, 0, -1):
        pages = read_pages(world.work, upload.id, attempt)
        if pages is not None:
            return attempt, pages
    return 0, []


def _index(after: str | None) -> int:
    if after is None:
        return -1
    # 1,000,000 entries have 7 digits; int() of a very long text would take its time.
    if not (after.isascii() and after.isdigit() and len(after) <= 9):
        raise InvalidRequestError("after", "unknown_value")
    return int(after)
