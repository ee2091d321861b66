"""The ledger as CSV, for a person with Excel."""

import csv
import io
from collections.abc import Iterable

from pyeonji.domain.uploads import LedgerRow
from pyeonji.words import ENTRIES

#: Excel takes a CSV for the code page of its Windows unless it begins so.
BOM = b"\xef\xbb\xbf"

_COLUMNS = (
    "번호 No.",
    "파일 이름 Name",
    "결과 Result",
    "사유 코드 Reason",
    "설명",
    "Explanation",
    "크기 Bytes",
    "제목 Subject",
    "받은 날짜 Date (UTC)",
    "날짜 출처 Date from",
)

_OUTCOMES = {
    "imported": "가져옴 imported",
    "duplicate": "중복 duplicate",
    "rejected": "거부 rejected",
    "ignored": "제외 ignored",
}

_DATE_SOURCES = {
    "manifest": "백업 정보 manifest",
    "received": "Received 머리글 header",
    "date": "Date 머리글 header",
    "member": "ZIP 항목 시각 member time",
    "unknown": "알 수 없음 unknown",
}

#: A cell that begins so is a formula to Excel, LibreOffice and Google Sheets (OWASP, "CSV
#: Injection"), full-width forms included; an apostrophe in front makes it text.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_RISKY_STARTS = (*_FORMULA_STARTS, " ")

_CONTROLS = dict.fromkeys(range(32), " ")

#: What a cell of Excel takes; more spills into the cells behind it.
_CELL = 32_000


def csv_header() -> bytes:
    """The byte order mark and the line of column names."""
    return BOM + _lines([_COLUMNS])


def csv_rows(rows: Iterable[LedgerRow], message_limit: int) -> bytes:
    """A line an entry; `message_limit` in bytes is what a `too_large` row speaks of."""
    return _lines(_cells(row, message_limit) for row in rows)


def _cells(row: LedgerRow, message_limit: int) -> tuple[object, ...]:
    korean = english = ""
    if row.reason:
        korean = ENTRIES.say(row.reason, "ko", limit_bytes=message_limit)
        english = ENTRIES.say(row.reason, "en", limit_bytes=message_limit)
    return (
        row.index + 1,
        _text(row.name),
        _OUTCOMES[row.outcome.value],
        row.reason or "",
        korean,
        english,
        row.bytes,
        _text(row.subject or ""),
        row.date or "",
        _DATE_SOURCES.get(row.date_from or "", ""),
    )


def _text(value: str) -> str:
    """Somebody else's words, harmless in a cell: no formula, no control characters."""
    if value.isprintable() and not value.startswith(_RISKY_STARTS):
        return value[:_CELL]
    plain = value[:_CELL].translate(_CONTROLS)
    # Looked at before the control characters went, and behind any blanks: some readers trim.
    risky = value.startswith(_FORMULA_STARTS) or plain.lstrip().startswith(_FORMULA_STARTS)
    return "'" + plain if risky else plain


def _lines(rows: Iterable[Iterable[object]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode("utf-8", "replace")
