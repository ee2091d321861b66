"""What became of a request: its ZIPs, their imports, and every mail worth looking at."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from ..application import Application
from ..errors import ClientError, NotSignedInError
from ..journal.rows import Archive, Job
from ..packing.zip_files import job_directory
from ..report import write_report
from ..service.http import Service
from ..service.uploading import Row, rejected
from ..texts.say import Say
from ..texts.window import WINDOW
from .parts import button, column, fit, label, row, tell
from .tasks import start

#: Rows of a kind that are shown; a table of 100,000 is of use to nobody, and takes a minute.
MOST = 1_000
#: Pixels of a column of names.
_WIDEST = 210


class ResultsDialog(QDialog):
    """Rejected entries are fetched from the service while the dialog is open already."""

    def __init__(self, parent: QWidget, application: Application, say: Say, job: Job):
        super().__init__(parent)
        self._app, self._say, self._job = application, say, job
        self.setWindowTitle(self._text("results_title", title=job.title))
        fit(self, 900, 620)
        archives = application.archives(job)
        boxes = {box.id: box.path for box in application.journal.requests.mailboxes(job.id)}
        self.zips = _table([self._text(f"col_{name}") for name in
                            ("file", "mailbox", "mails", "size", "state")])  # fmt: skip
        for archive in archives:
            _add(self.zips, self._zip_row(archive, boxes[archive.mailbox]))
        self.problems = _table([self._text("col_mailbox"), self._text("col_mail"),
                                self._text("col_reason")])  # fmt: skip
        counts = application.journal.mails.counts(job.id)
        totals = self._text(
            "results_totals", listed=counts.listed, packed=counts.packed, same=counts.same,
            lost=counts.lost, doubts=counts.doubts, converted=counts.converted,
        )  # fmt: skip
        told = application.journal.mails.told(job.id)
        self._more = len(told) - MOST
        for path, doubt in application.journal.mails.doubts(job.id):
            _add(self.problems, [path, "", say.doubt(doubt)])
        for one in told[:MOST]:
            name = say.mail_key(job.source.kind, one.key)
            _add(self.problems, [one.path, name, say.reason(one.reason, one.detail)])
        for table in (self.zips, self.problems):
            _columns(table)
        self.note = label("", "note")
        self.setLayout(
            column(
                label(self._text("results_title", title=job.title), "title"),
                label(totals, "note"),
                label(self._text("results_zips"), "heading"),
                self.zips,
                label(self._text("results_problems"), "heading"),
                self.problems,
                self.note,
                row(
                    button(self._text("export"), self.export),
                    0,
                    button(self._text("close"), self.accept, "main"),
                ),
                margin=20,
            )
        )
        wanted = [
            one for one in archives if ((one.totals or {}).get("totals") or {}).get("rejected")
        ]
        if wanted:
            self._fetch(wanted)
        else:
            self._noted()

    def _text(self, code: str, **facts: Any) -> str:
        return self._say.of(WINDOW, code, **facts)

    def export(self) -> None:
        """The report as a file, for a spreadsheet or a printer."""
        name = f"{job_directory(self._job).rpartition('/')[2]}.csv"
        chosen, _ = QFileDialog.getSaveFileName(
            self, self._text("export"), name, "CSV (*.csv);;HTML (*.html)"
        )
        if chosen:
            try:
                write_report(self._app.journal, self._job, self._say, Path(chosen))
            except ClientError as error:
                tell(self.note, self._say.error(error))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Reasons are shown whole, however wide the window is."""
        super().resizeEvent(event)
        for table in (self.zips, self.problems):
            table.resizeRowsToContents()

    def _zip_row(self, archive: Archive, mailbox: str) -> list[str]:
        say, found = self._say, archive.totals or {}
        state = say.state(archive.upload_state or ("packed" if archive.size else "fetching"))
        totals, failure = _totals(archive), found.get("failure")
        if totals.get("entries"):
            state += f" ({self._text('card_uploaded', **totals)})"
        if failure:
            state = str(failure.get("detail") or failure.get("code"))
        name = archive.file.rpartition("/")[2]
        return [name, mailbox, f"{archive.mails:,}", say.size(archive.size or archive.bytes), state]

    def _fetch(self, archives: list[Archive]) -> None:
        try:
            service: Service = self._app.service()
        except NotSignedInError as error:
            tell(self.note, self._say.error(error))
            return
        tell(self.note, self._text("results_loading"))
        start(
            self,
            lambda _: list(islice(_rejected(service, archives), MOST + 1)),
            self._fetched,
            self._failed,
        )

    def _fetched(self, rows: list[Row]) -> None:
        self._more = max(self._more, len(rows) - MOST)
        for found in rows[:MOST]:
            _add(self.problems, [found.file.rpartition("/")[2], found.subject or found.name,
                                 found.detail or found.reason])  # fmt: skip
        self._noted()

    def _failed(self, error: ClientError) -> None:
        tell(self.note, self._say.error(error))

    def _noted(self) -> None:
        code = "results_more" if self._more > 0 else "results_none"
        told = self.problems.rowCount() and self._more <= 0
        tell(self.note, "" if told else self._text(code, most=MOST))
        self.problems.setVisible(self.problems.rowCount() > 0)


def _rejected(service: Service, archives: list[Archive]) -> Iterator[Row]:
    for one in archives:
        yield from rejected(service, one)


def _totals(archive: Archive) -> dict[str, Any]:
    """The service's totals of a ZIP, {} before there are any."""
    return (archive.totals or {}).get("totals") or {}


def _table(heads: list[str]) -> QTableWidget:
    table = QTableWidget(0, len(heads))
    table.setHorizontalHeaderLabels(heads)
    table.verticalHeader().setVisible(False)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.setAlternatingRowColors(True)
    table.setShowGrid(False)
    table.setWordWrap(True)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    header.setSectionResizeMode(len(heads) - 1, QHeaderView.ResizeMode.Stretch)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return table


def _columns(table: QTableWidget) -> None:
    """As wide as what is in them, but for names that would leave nothing to the last one."""
    table.resizeColumnsToContents()
    for number in range(table.columnCount() - 1):
        table.setColumnWidth(number, min(table.columnWidth(number) + 8, _WIDEST))


def _add(table: QTableWidget, cells: list[str]) -> None:
    position = table.rowCount()
    table.insertRow(position)
    for column_number, text in enumerate(cells):
        item = QTableWidgetItem(text)
        item.setToolTip(text)
        table.setItem(position, column_number, item)
    table.resizeRowToContents(position)
