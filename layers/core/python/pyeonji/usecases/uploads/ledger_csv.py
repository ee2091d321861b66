"""The ledger as CSV, for a person with Excel."""

import csv
import io
from collections.abc import Iterable
from datetime import tzinfo

from pyeonji.domain.instants import from_rfc3339
from pyeonji.domain.limits import Limits
from pyeonji.domain.uploads import LedgerRow
from pyeonji.words import ENTRIES
from pyeonji.words.ledger import COLUMNS, DATE_SOURCES, OUTCOMES

#: Excel takes a CSV for the code page of its Windows unless it begins so.
BOM = b"\xef\xbb\xbf"

#: A cell that begins so is a formula to Excel, LibreOffice and Google Sheets (OWASP, "CSV
#: Injection"), full-width forms included; an apostrophe in front makes it text.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_RISKY_STARTS = (*_FORMULA_STARTS, " ")

_CONTROLS = dict.fromkeys(range(32), " ")

#: What a cell of Excel takes; more spills into the cells behind it.
_CELL = 32_000


def csv_header(limits: Limits) -> bytes:
    """The byte order mark and the line of column names."""
    names = (" ".join(pair) for pair in COLUMNS.values())
    return BOM + _lines([[name.format(zone=limits.timezone) for name in names]])


def csv_rows(rows: Iterable[LedgerRow], limits: Limits) -> bytes:
    """A line an entry. Dates are in the service's time zone, as on the page; `limits` say what a
    `too_large` row speaks of."""
    zone = limits.zone
    return _lines(_cells(row, limits.message_limit_bytes, zone) for row in rows)


def _cells(row: LedgerRow, message_limit: int, zone: tzinfo) -> tuple[object, ...]:
    korean = english = ""
    code = row.reason or row.note
    if code:
        facts = {"limit_bytes": message_limit, "other": row.resembles_name, "said": row.said}
        korean, english = ENTRIES.say(code, "ko", **facts), ENTRIES.say(code, "en", **facts)
    return (
        row.index + 1,
        _text(row.name),
        " ".join(OUTCOMES[row.outcome.value]),
        code or "",
        korean,
        english,
        row.bytes,
        _text(row.subject or ""),
        f"{from_rfc3339(row.date).astimezone(zone):%Y-%m-%d %H:%M:%S}" if row.date else "",
        " / ".join(DATE_SOURCES.get(row.date_from or "", ())),
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
