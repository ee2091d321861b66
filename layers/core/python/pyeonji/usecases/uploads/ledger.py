"""The ledger of an upload: where its rows are kept, and in what shape.

A run (attempt) of an upload leaves, under `ledgers/<upload>/`:

    2-directory.jsonl        entries judged from the ZIP's directory alone
    2-00001.jsonl …          one file a chunk; once it is there the chunk is done
    2-failure.json           why the run must end, if a step found that out
    2-trouble.json           what a connected server did last, should every try come to nothing
    delivery-2-00001.json …  where the folder there stood before a chunk was delivered
    2-final-<token>/00001.jsonl …   everything, in the order of the ZIP's directory, a page a file
    2-final-<token>/pages.json      what each page holds
    2-final-<token>/ledger.csv      the same for Excel

Each settling writes under a token of its own, and the one that ends the attempt names its ledger
in the upload's item: one that was left behind, and reads what others have written meanwhile,
overwrites nothing. What was settled before there were tokens stands in `2-final/`.

A retry starts from the ledger of the run before it; chunk files are read by their own run's
settling only. Rows are JSON Lines, one object with the fields of LedgerRow behind the version
(docs/formats.md).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pyeonji import json_text
from pyeonji.domain.formats import check_version
from pyeonji.domain.reasons import HOME_FAILURES
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import LedgerRow, Outcome, Totals, Upload, ledger_prefix
from pyeonji.ports import ObjectStore
from pyeonji.usecases.objects import read_if_there

#: Of a row, and of the list of pages; absent is 1.
ROW_VERSION = 1
PAGES_VERSION = 1
_ROW_VERSION = re.compile(rb'\{"v":(\d+)')
_ROW_INDEX = re.compile(rb'\{(?:"v":\d+,)?"index":(\d+)')

#: Rows of a page: about 1 MB, one GET for whatever part of it is asked for.
PAGE_ROWS = 5_000

#: Reasons that may have gone away when the upload is tried again.
PASSING_REASONS = frozenset({"over_quota", "server_refused"})

#: Failures of a whole upload that may not happen again.
PASSING_FAILURES = HOME_FAILURES | frozenset({"timed_out", "upload_failed_internally"})


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """What one page holds. `first` and `last` are indexes of entries, both included."""

    first: int
    last: int
    rows: int
    outcomes: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    v: int = PAGES_VERSION


def directory_key(upload_id: str, attempt: int) -> str:
    """Rows judged from the directory."""
    return f"{ledger_prefix(upload_id)}{attempt}-directory.jsonl"


def chunk_key(upload_id: str, chunk: str) -> str:
    """Rows of one chunk; the chunk's name begins with its attempt."""
    return f"{ledger_prefix(upload_id)}{chunk}.jsonl"


def run_failure_key(upload_id: str, attempt: int) -> str:
    """The code of what a step found out about the whole upload."""
    return f"{ledger_prefix(upload_id)}{attempt}-failure.json"


def ledger_name(attempt: int, token: str = "") -> str:
    """What a finished ledger is called: `Upload.ledger`. Without a token, one of the time before
    there were any."""
    return f"{attempt}-final-{token}" if token else f"{attempt}-final"


def page_key(upload_id: str, name: str, number: int) -> str:
    """One page of the finished ledger `name`, from 1."""
    return f"{ledger_prefix(upload_id)}{name}/{number:05d}.jsonl"


def pages_key(upload_id: str, name: str) -> str:
    """The list of its pages."""
    return f"{ledger_prefix(upload_id)}{name}/pages.json"


def csv_key(upload_id: str, name: str) -> str:
    """The same as CSV."""
    return f"{ledger_prefix(upload_id)}{name}/ledger.csv"


def encode_row(row: LedgerRow) -> bytes:
    """One line, with its line feed. A lone surrogate of a hostile name becomes a `?`."""
    # Written out: dataclasses.asdict copies every value, at six times the cost.
    fields: dict[str, object] = {
        "v": ROW_VERSION,
        "index": row.index,
        "name": row.name,
        "outcome": row.outcome.value,
        "reason": row.reason,
        "bytes": row.bytes,
        "subject": row.subject,
        "date": row.date,
        "date_from": row.date_from,
        "stored": row.stored,
        "mark": row.mark,
        "like": row.like,
        "note": row.note,
        "resembles": row.resembles,
        "resembles_name": row.resembles_name,
        "digest": row.digest,
    }
    if row.delivered is not None:
        fields["delivered"] = row.delivered
    if row.said is not None:
        fields["said"] = row.said
    return json_text.encode(fields) + b"\n"


def encode_rows(rows: Iterable[LedgerRow]) -> bytes:
    """Rows as JSON Lines."""
    return b"".join(map(encode_row, rows))


def decode_row(line: bytes) -> LedgerRow:
    """The inverse of `encode_row`. Raises NewerFormatError."""
    version = _ROW_VERSION.match(line)
    if version:
        check_version("a ledger row", int(version[1]), ROW_VERSION)
    return json_text.decode(line, LedgerRow)


def index_of(line: bytes) -> int:
    """The index of a row, taken without parsing the rest."""
    found = _ROW_INDEX.match(line)
    if found is None:
        raise ValueError("not a ledger row")
    return int(found[1])


def decode_rows(data: bytes) -> Iterator[LedgerRow]:
    """The inverse of `encode_rows`."""
    # Not splitlines(): it also cuts at the control characters a subject may hold.
    return (decode_row(line) for line in data.split(b"\n") if line)


def read_chunk_rows(work: ObjectStore, upload_id: str, chunk: str) -> list[LedgerRow] | None:
    """The ledger of a chunk, or None while it is not done."""
    data = read_if_there(work, chunk_key(upload_id, chunk))
    return None if data is None else list(decode_rows(data))


def write_chunk_rows(
    work: ObjectStore, upload_id: str, chunk: str, rows: Iterable[LedgerRow]
) -> None:
    """Say that a chunk is done, and what came of it."""
    key = chunk_key(upload_id, chunk)
    work.put(key, encode_rows(rows), content_type="application/x-ndjson")


def record_run_failure(
    work: ObjectStore, upload_id: str, attempt: int, code: str, kind: object = None
) -> None:
    """Say that this run cannot succeed, and why. `settle_upload` finds it.

    `kind` is the fact its sentence needs: of `other_archive`, which.
    """
    work.put(
        run_failure_key(upload_id, attempt),
        json_text.encode({"code": code} | ({"kind": kind} if kind else {})),
        content_type="application/json",
    )


def recorded_run_failure(
    work: ObjectStore, upload_id: str, attempt: int
) -> tuple[str | None, str | None]:
    """What `record_run_failure` said, code and kind; (None, None) where it said nothing."""
    data = read_if_there(work, run_failure_key(upload_id, attempt))
    said = {} if data is None else json_text.decode(data)
    return said.get("code"), said.get("kind")


def record_run_trouble(work: ObjectStore, upload_id: str, attempt: int, code: str) -> None:
    """Say what a connected server did: why the run fails if no further try does better."""
    key = f"{ledger_prefix(upload_id)}{attempt}-trouble.json"
    work.put(key, json_text.encode({"code": code}), content_type="application/json")


def recorded_run_trouble(work: ObjectStore, upload_id: str, attempt: int) -> str | None:
    """What `record_run_trouble` said last."""
    data = read_if_there(work, f"{ledger_prefix(upload_id)}{attempt}-trouble.json")
    return None if data is None else str(json_text.decode(data)["code"])


def finished_ledger(work: ObjectStore, upload: Upload) -> tuple[str, list[LedgerPage]]:
    """The latest finished ledger of an upload, and its pages; none: ("", [])."""
    names = [upload.ledger]
    if not upload.ledger:
        ended = upload.state in (UploadState.COMPLETED, UploadState.FAILED)
        latest = upload.attempt if ended else upload.attempt - 1
        names = [ledger_name(attempt) for attempt in range(latest, 0, -1)]
    for name in names:
        pages = read_pages(work, upload.id, name)
        if pages is not None:
            return name, pages
    return "", []


def read_pages(work: ObjectStore, upload_id: str, name: str) -> list[LedgerPage] | None:
    """The pages of a finished ledger, or None."""
    data = read_if_there(work, pages_key(upload_id, name))
    if data is None:
        return None
    pages = json_text.decode(data, list[LedgerPage])
    for page in pages:
        check_version("a list of pages", page.v, PAGES_VERSION)
    return pages


def encode_pages(pages: Iterable[LedgerPage]) -> bytes:
    """The object `read_pages` reads."""
    return json_text.encode(list(pages))


def page_of(rows: Iterable[LedgerRow]) -> LedgerPage:
    """The summary of a page's rows, of which there is at least one."""
    listed = list(rows)
    return LedgerPage(
        first=listed[0].index,
        last=listed[-1].index,
        rows=len(listed),
        outcomes=dict(Counter(row.outcome.value for row in listed)),
        reasons=dict(Counter(row.reason for row in listed if row.reason)),
    )


def totals_of_pages(pages: Iterable[LedgerPage]) -> Totals:
    """The sums of a ledger."""
    total = Counter[str]()
    for page in pages:
        total.update(page.outcomes)
    return Totals(**{outcome.value: total[outcome.value] for outcome in Outcome})
