"""A request with other choices: server, mailboxes, days, size. What is packed stays."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QCheckBox, QDialog, QFileDialog, QWidget

from ..application import Application
from ..errors import ClientError
from ..fetching.planning import Plan, is_wanted
from ..journal.rows import Job
from ..model import Folder, Secret, SourceConfig, SourceKind
from ..texts.say import Say
from ..texts.window import WINDOW
from .mailboxes import MailboxTree
from .parts import button, column, field, fit, label, labelled, row, scrolled, tell
from .tasks import start

_MEGABYTE = 1024 * 1024


class EditDialog(QDialog):
    """Accepted once the request is changed. `secret` signs in to its source, with True to another
    server than the one a kept password is for; None where nobody wants to."""

    def __init__(
        self,
        parent: QWidget,
        application: Application,
        say: Say,
        job: Job,
        secret: Callable[[bool], str | Secret | None],
    ):
        super().__init__(parent)
        self._app, self._say, self._job, self._secret = application, say, job, secret
        self.setWindowTitle(self._text("edit"))
        self.setMinimumSize(480, 360)
        fit(self, 660, 700)
        source = job.source
        self.title = self._field("edit_title", job.title)
        self.host = self._field("host", source.host)
        self.port = self._field("port", str(source.port or ""))
        self.port.setValidator(QIntValidator(1, 65535, self.port))
        self.user = self._field("user", source.user)
        self.path = self._field("path", source.path)
        self.since, self.until = (
            self._field("since", source.since),
            self._field("until", source.until),
        )
        for line in (self.since, self.until):
            line.setPlaceholderText("2024-01-31")
        megabytes = str(source.largest // _MEGABYTE) if source.largest else ""
        self.largest = self._field("largest", megabytes)
        self.largest.setValidator(QIntValidator(1, 150, self.largest))
        self.sessions = QCheckBox(self._text("sessions"))
        self.sessions.setChecked(source.sessions)
        self.folders = MailboxTree(say, lambda: None)
        self.folders.setMinimumHeight(180)
        self.folders.fill(self._known())
        self.look = button(self._text("look_again"), self._look)
        self.problem = label("", "bad")
        self.save = button(self._text("save"), self._finish, "main")
        self.save.setDefault(True)
        page = QWidget()
        page.setLayout(column(*self._rows(), 0))
        self.setLayout(
            column(
                label(self._text("edit"), "title"), scrolled(page), self.problem,
                row(button(self._text("cancel"), self.reject, "link"), 0, self.save),
                spacing=14, margin=22,
            )
        )  # fmt: skip
        tell(self.problem, "")

    def _text(self, code: str, **facts: Any) -> str:
        return self._say.of(WINDOW, code, **facts)

    def _field(self, code: str, text: str) -> Any:
        made = field(self._text(code))
        made.setText(text)
        return made

    def _rows(self) -> list[QWidget]:
        source = self._job.source
        rows = [label(self._text("edit_hint"), "soft"), self._named("edit_title", self.title)]
        if source.remote:
            port = self._named("port", self.port)
            port.setFixedWidth(84)
            rows.append(row(self._named("host", self.host), port, self._named("user", self.user)))
        else:
            choose = button(self._text("choose_file"), self._choose)
            rows.append(row(self._named("path", self.path), choose))
        rows.append(row(self._named("since", self.since), self._named("until", self.until),
                        self._named("largest", self.largest)))  # fmt: skip
        if source.kind is SourceKind.pop3:
            rows.append(self.sessions)
        else:
            rows += [row(label(self._text("step_folders")[3:], "heading"), 0, self.look),
                     self.folders]  # fmt: skip
        return rows

    def _named(self, code: str, widget: QWidget) -> QWidget:
        return labelled(self._text(code), widget)

    def _choose(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, self._text("choose_file"), self.path.text())
        if chosen:
            self.path.setText(chosen)

    # --- mailboxes

    def _known(self) -> tuple[Folder, ...]:
        """The mailboxes the journal knows, and those that were named and never met."""
        source = self._job.source
        rows = self._app.journal.requests.folders(self._job.id)
        found = [
            Folder(
                row.name, row.path, row.special_use, row.messages, row.bytes,
                chosen=is_wanted(source, row.name, row.path),
            )
            for row in rows
        ]  # fmt: skip
        met = {spelling for row in rows for spelling in (row.name, row.path)}
        return (*found, *(Folder(name, name) for name in source.folders if name not in met))

    def _look(self) -> None:
        """Asks the source what there is now; what is ticked stays ticked."""
        source, config = self._job.source, replace(self._changed(), folders=(), without=())
        secret = self._secret((config.host, config.user) != (source.host, source.user))
        if secret is None:
            return
        app = self._app
        folder, keys, language = app.folder, app.keys, app.language

        def work(_: Any) -> Plan:
            own = Application(folder, keys, language)
            try:
                found = own.source_folders(config, secret)
                names = tuple(one.name for one in found)
                plan = own.plan(replace(config, folders=names), secret, sizes=False)
                owners = {one.name: one.owner for one in found}
                folders = tuple(replace(one, owner=owners[one.name]) for one in plan.folders)
                return replace(plan, folders=folders)
            finally:
                own.close()

        self._busy(True)
        start(self, work, self._found, self._failed)

    def _found(self, plan: Plan) -> None:
        self._busy(False)
        ticked = self.folders.names()
        self.folders.fill(tuple(replace(one, chosen=one.name in ticked) for one in plan.folders))

    def _failed(self, error: ClientError) -> None:
        self._busy(False)
        tell(self.problem, self._say.error(error))

    def _busy(self, busy: bool) -> None:
        self.look.setEnabled(not busy)
        self.save.setEnabled(not busy)
        self.look.setText(self._text("connecting" if busy else "look_again"))
        tell(self.problem, "")

    # --- saving

    def _changed(self) -> SourceConfig:
        source = self._job.source
        largest = self.largest.text().strip()
        return replace(
            source,
            host=self.host.text().strip(),
            port=int(self.port.text() or source.port),
            user=self.user.text().strip(),
            path=self.path.text().strip(),
            since=self.since.text().strip(),
            until=self.until.text().strip(),
            largest=int(largest) * _MEGABYTE if largest else 0,
            sessions=self.sessions.isChecked(),
        )

    def _finish(self) -> None:
        changed = self._changed()
        if self._job.source.kind is not SourceKind.pop3 and self.folders.count():
            ticked = self.folders.names()
            if not ticked:
                tell(self.problem, self._text("folders_hint"))
                return
            if ticked != {one.name for one in self._known() if one.chosen}:
                changed = replace(changed, folders=tuple(sorted(ticked)), without=())
        names = ("host", "port", "user", "path", "since", "until", "largest", "sessions",
                 "folders", "without")  # fmt: skip
        changes = {name: getattr(changed, name) for name in names}
        try:
            self._app.edit(self._job, self.title.text().strip(), **changes)
        except ClientError as error:
            tell(self.problem, self._say.error(error))
            return
        self.accept()
