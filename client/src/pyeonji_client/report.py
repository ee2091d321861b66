"""What became of a request, a line a mailbox, for a spreadsheet or a printer."""

import csv
import html
import io
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from .errors import UsageError
from .journal import Journal
from .journal.rows import Job
from .texts.say import Say

#: A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(slots=True)
class Line:
    """One mailbox. `listed` is None where the source did not count it."""

    mailbox: str
    listed: int | None = None
    packed: int = 0
    same: int = 0
    lost: int = 0
    skipped: int = 0
    imported: int = 0
    duplicate: int = 0
    rejected: int = 0
    why: list[str] = field(default_factory=list)

    def numbers(self) -> list[int | None]:
        """Its counts, in the order of `COLUMNS`."""
        return [self.listed, self.packed, self.same, self.lost, self.skipped, self.imported,
                self.duplicate, self.rejected]  # fmt: skip


COLUMNS = ("listed", "packed", "same", "lost", "skipped", "imported", "duplicate", "rejected")


def lines_of(journal: Journal, job: Job, say: Say) -> list[Line]:
    """Folders of the source and mailboxes of the service by their paths; labels can make many of
    one."""
    lines: dict[str, Line] = defaultdict(lambda: Line(""))
    for folder in journal.requests.folders(job.id):
        lines[folder.path].listed = folder.messages
    for path, outcome, reason, count in journal.mails.outcomes(job.id):
        line = lines[path]
        if outcome in ("same", "lost", "skipped"):
            setattr(line, outcome, getattr(line, outcome) + count)
        if reason:
            line.why.append(f"{say.reason(reason)} ({count:,})")
    boxes = {box.id: box.path for box in journal.requests.mailboxes(job.id)}
    for archive in journal.requests.archives(job.id):
        line, totals = lines[boxes[archive.mailbox]], archive.totals or {}
        line.packed += archive.mails
        for name in ("imported", "duplicate", "rejected"):
            setattr(line, name, getattr(line, name) + ((totals.get("totals") or {}).get(name) or 0))
        if totals.get("failure"):
            line.why.append(str(totals["failure"].get("detail") or ""))
    for path, doubt in journal.mails.doubts(job.id):
        lines[path].why.append(say.doubt(doubt))
    for path, line in lines.items():
        line.mailbox = path
    return sorted(lines.values(), key=lambda line: line.mailbox)


def write_report(journal: Journal, job: Job, say: Say, path: Path) -> None:
    """CSV, or HTML for a file of that name. Raises UsageError where it cannot be written."""
    lines = lines_of(journal, job, say)
    as_html = path.suffix.lower() in (".html", ".htm")
    text = _html(job, lines, say) if as_html else _csv(lines, say)
    try:
        # Excel takes UTF-8 for something else without the mark.
        path.write_text(text, encoding="utf-8" if as_html else "utf-8-sig", newline="")
    except OSError as error:
        raise UsageError("not_written", path=str(path)) from error


def _head(say: Say) -> list[str]:
    return [say.cli("col_mailbox"), *(say.cli(f"report_{name}") for name in COLUMNS),
            say.cli("col_reason")]  # fmt: skip


def _totals(lines: list[Line]) -> list[int]:
    return [sum(number or 0 for number in column)
            for column in zip(*(line.numbers() for line in lines), strict=True)]  # fmt: skip


def _csv(lines: list[Line], say: Say) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_head(say))
    for line in lines:
        why = " / ".join(line.why)
        writer.writerow([_cell(line.mailbox), *line.numbers(), _cell(why)])
    writer.writerow([say.cli("total"), *_totals(lines), ""])
    return out.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _html(job: Job, lines: list[Line], say: Say) -> str:
    rows = [_row([line.mailbox, *line.numbers(), " / ".join(line.why)], "td") for line in lines]
    title = html.escape(say.cli("report_title", title=job.title))
    style = (
        "body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}"
        "td,th{border:1px solid #bbb;padding:4px 8px;text-align:right;vertical-align:top}"
        "td:first-child,th:first-child,td:last-child,th:last-child{text-align:left}"
        "tfoot{font-weight:bold}"
    )
    return (
        f'<!doctype html><html lang="{say.language}"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{style}</style><h1>{title}</h1><p>{html.escape(say.state(job.state))}</p>"
        f"<table><thead>{_row(list(_head(say)), 'th')}</thead><tbody>{''.join(rows)}</tbody>"
        f"<tfoot>{_row([say.cli('total'), *_totals(lines), ''], 'td')}</tfoot></table></html>"
    )


def _row(cells: list[object], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{_shown(cell)}</{tag}>" for cell in cells) + "</tr>"


def _shown(cell: object) -> str:
    if cell is None:
        return ""
    return f"{cell:,}" if isinstance(cell, int) else html.escape(str(cell))
