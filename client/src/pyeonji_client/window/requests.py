"""The list of requests, with live progress."""

import webbrowser
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QInputDialog,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ..application import Application
from ..errors import ClientError, NotSignedInError, PausedError, SignInError, UsageError
from ..fetching.run import Progress
from ..journal.rows import Job
from ..model import Auth, Secret
from ..packing.zip_files import job_directory
from ..texts.say import Say
from ..texts.window import WINDOW
from .adding import AddDialog
from .editing import EditDialog
from .parts import OneLine, button, card, column, label, row, tell
from .request_card import RequestCard
from .results import ResultsDialog
from .running import Running
from .tasks import start


class Requests(QWidget):
    """The main screen. `leave`: sign out (or sign in); `moved`: another download folder."""

    leave = Signal()
    moved = Signal(object)

    def __init__(self, application: Application, say: Say):
        super().__init__()
        self.setObjectName("page")
        self._app, self._say = application, say
        self.cards: dict[str, RequestCard] = {}
        self._secrets: dict[str, str] = {}
        #: What went wrong last with a request and is not in the journal: it stays until the next
        #: thing is done with it.
        self._said: dict[str, str] = {}
        self.running = Running(self)
        self.running.news.connect(self._news)
        self.running.ended.connect(self._ended)
        self.running.failed.connect(self._failed)
        who = application.email
        self.account = label(who or self._text("not_signed_in"), "soft", wrap=False)
        self.folder = OneLine(str(application.folder), "soft")
        self._list = QWidget()
        self._cards = QVBoxLayout(self._list)
        self._cards.setContentsMargins(0, 0, 6, 0)
        self._cards.setSpacing(12)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(self._list)
        self.empty = card(
            label(self._text("empty_title"), "heading"), label(self._text("empty_hint"), "soft")
        )
        self._cards.addWidget(self.empty)
        self._cards.addStretch(1)
        self.new = button(self._text("new"), self.add, "main")
        session = "sign_out" if who else "sign_in"
        self.setLayout(
            column(
                row(label(self._text("requests"), "title", wrap=False), 0, self.account,
                    button(self._text(session), self.leave.emit, "link")),
                row(label(self._text("folder"), "soft", wrap=False), self.folder,
                    button(self._text("change"), self.change_folder, "link"), 0, self.new),
                area,
                spacing=12,
                margin=24,
            )
        )  # fmt: skip
        self._clock = QTimer(self)
        self._clock.timeout.connect(self.refresh)
        self._clock.start(2000)  # another process may work in this folder too
        self.refresh()

    def _text(self, code: str, **facts: Any) -> str:
        return self._say.of(WINDOW, code, **facts)

    def refresh(self) -> None:
        """Shows what the journal says now."""
        jobs = self._app.jobs()
        for gone in set(self.cards) - {job.id for job in jobs}:
            self.cards.pop(gone).deleteLater()
        for job in jobs:
            if job.id not in self.cards:
                self.cards[job.id] = RequestCard(self._say, self.act, job)
                self._cards.insertWidget(self._cards.count() - 1, self.cards[job.id])
            if not self.running.is_running(job.id):
                self._show(job)
        self.empty.setVisible(not jobs)

    def _show(self, job: Job) -> None:
        self.cards[job.id].refresh(
            job,
            self._app.journal.mails.counts(job.id),
            self._app.archives(job),
            running=self.running.is_running(job.id),
            pausing=job.id in self.running.pausing,
        )
        if job.id in self._said:
            tell(self.cards[job.id].problem, self._said[job.id])

    # --- what can be done

    def act(self, name: str, identity: str) -> None:
        """A button of a card."""
        try:
            job = self._app.journal.requests.job(identity)
        except UsageError:  # removed meanwhile, by a command
            self.refresh()
            return
        self._said.pop(identity, None)
        match name:
            case "start":
                self._start(job)
            case "pause":
                self.running.pause(job.id)
                self._show(job)
            case "upload":
                self._upload(job)
            case "results":
                ResultsDialog(self, self._app, self._say, job).exec()
            case "edit":
                self._edit(job)
            case "open_folder":
                place = self._app.folder / job_directory(job)
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(place)))
            case "remove":
                self._remove(job)

    def _edit(self, job: Job) -> None:
        def secret(elsewhere: bool) -> str | Secret | None:
            return self._asked(job, hold=False) if elsewhere else self._secret(job)

        EditDialog(self, self._app, self._say, job, secret).exec()
        source = self._app.journal.requests.job(job.id).source
        if (source.host, source.user, source.path) != (
            job.source.host, job.source.user, job.source.path,
        ):  # fmt: skip
            self._secrets.pop(job.id, None)
        self.refresh()

    def _start(self, job: Job) -> None:
        secret = self._kept(job)
        if secret is None and job.source.auth is Auth.browser:
            self._sign_in_again(job)
            return
        if secret is None:
            secret = self._asked(job)
        if secret is None:
            return
        self.running.fetch(self._app.folder, self._app.ready(job), secret)
        self._show(job)

    def _secret(self, job: Job) -> str | Secret | None:
        """What signs a request in; None where nobody says it."""
        kept = self._kept(job)
        if kept is not None or job.source.auth is Auth.browser:
            return kept
        return self._asked(job)

    def _kept(self, job: Job) -> str | Secret | None:
        secret = self._app.secret(job)
        return self._secrets.get(job.id) if secret is None else secret

    def _asked(self, job: Job, *, hold: bool = True) -> str | None:
        if job.source.remote:
            question = self._text("ask_password", user=job.source.user)
        else:
            question = self._text("ask_zip_password", title=job.title)
        secret, given = QInputDialog.getText(
            self, self._text("password"), question, QLineEdit.EchoMode.Password
        )
        if not given:
            return None
        if hold:
            self._hold(job, secret)
        return str(secret)

    def _sign_in_again(self, job: Job) -> None:
        """The refresh token is gone: the person consents in the browser once more."""
        app = self._app
        folder, keys, language = app.folder, app.keys, app.language

        def work(_: Any) -> str:
            own = Application(folder, keys, language)
            try:
                return own.browser_sign_in(job.source, show=webbrowser.open)
            finally:
                own.close()

        def signed_in(refresh: str) -> None:
            self._hold(job, refresh)
            secret = app.tokens(job.source, refresh, lambda word: self._hold(job, word))
            self.running.fetch(app.folder, app.ready(job), secret)
            self._show(job)

        tell(self.cards[job.id].problem, self._text("browser_waits"))
        start(self, work, signed_in, lambda error: self._failed(job.id, error))

    def _hold(self, job: Job, secret: str) -> None:
        """Keeps a password: in the keyring, else (and a ZIP's) as long as the window is open."""
        if not self._app.keep(job, secret) or not job.source.remote:
            self._secrets[job.id] = secret

    def _upload(self, job: Job) -> None:
        try:
            service = self._app.service()
        except NotSignedInError:
            self.leave.emit()
            return
        self.running.upload(self._app.folder, job, service)
        self._show(job)

    def _remove(self, job: Job) -> None:
        asked = RemoveDialog(self, self._say, job)
        if asked.exec():
            try:
                self._app.remove(job, files=asked.files.isChecked())
            except ClientError as error:
                self._said[job.id] = self._say.error(error)
            self.refresh()

    def add(self) -> None:
        """A new request, begun at once."""
        dialog = AddDialog(self, self._app, self._say)
        if dialog.exec() and dialog.job is not None:
            self.refresh()
            self._hold(dialog.job, dialog.secret)
            secret = self._app.secret(dialog.job)
            self.running.fetch(self._app.folder, dialog.job, secret or dialog.secret)
            self._show(dialog.job)

    def change_folder(self) -> None:
        """Another download folder: its requests are shown instead."""
        if self.running.any:
            return
        chosen = QFileDialog.getExistingDirectory(self, self._text("folder"), str(self._app.folder))
        if chosen:
            self.moved.emit(Path(chosen))

    # --- news from threads

    def _news(self, job: str, progress: object) -> None:
        found = self.cards.get(job)
        if found is None:
            return
        if isinstance(progress, Progress):
            found.fetching(progress)
        else:
            found.sending(progress)  # type: ignore[arg-type]

    def _ended(self, job: str) -> None:
        self.refresh()

    def _failed(self, job: str, error: ClientError) -> None:
        if isinstance(error, SignInError):  # the next start asks for another password
            self._app.forget(self._app.journal.requests.job(job))
            self._secrets.pop(job, None)
        if not isinstance(error, PausedError):
            self._said[job] = self._say.error(error)
        self.refresh()
        if isinstance(error, NotSignedInError):
            self.leave.emit()


class RemoveDialog(QDialog):
    """Sure? And the files too?"""

    def __init__(self, parent: QWidget, say: Say, job: Job):
        super().__init__(parent)
        self.setWindowTitle(say.of(WINDOW, "remove_title"))
        self.files = QCheckBox(say.of(WINDOW, "remove_files"))
        self.setLayout(
            column(
                label(say.of(WINDOW, "remove_title"), "heading"),
                label(say.of(WINDOW, "remove_text", title=job.title)),
                self.files,
                8,
                row(0, button(say.of(WINDOW, "cancel"), self.reject),
                    button(say.of(WINDOW, "remove"), self.accept, "main")),
                margin=20,
            )
        )  # fmt: skip
        self.setMinimumWidth(420)
