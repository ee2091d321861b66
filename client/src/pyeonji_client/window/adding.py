"""A new request in four steps: where from, account or files, mailboxes, consent."""

import threading
import webbrowser
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QFileDialog,
    QRadioButton,
    QStackedWidget,
    QWidget,
)

from ..application import Application, remote_config, title_of
from ..errors import CertificateError, ClientError, UsageError
from ..fetching.planning import Plan
from ..journal.rows import Job
from ..model import Auth, Secret, SourceConfig, SourceKind
from ..texts.say import Say
from ..texts.window import WINDOW
from .account_form import AccountForm, FilesForm
from .mailboxes import MailboxTree
from .parts import button, card, column, field, fit, label, labelled, row, scrolled, tell
from .tasks import start

KIND, ACCOUNT, FOLDERS, CONSENT = range(4)


class AddDialog(QDialog):
    """Accepted with `job` and its `secret` once everything is chosen and consented to."""

    def __init__(self, parent: QWidget, application: Application, say: Say):
        super().__init__(parent)
        self._app, self._say = application, say
        self.job: Job | None = None
        self.secret = ""
        self._stop = threading.Event()
        self._config: SourceConfig | None = None
        self._plan: Plan | None = None
        self.setWindowTitle(self._text("new"))
        self.setMinimumSize(480, 360)
        fit(self, 660, 700)
        self.heading = label("", "title")
        self.pages = QStackedWidget()
        self.account = AccountForm(say)
        self.files = FilesForm(say)
        self._second = QStackedWidget()
        self._second.addWidget(self.account)
        self._second.addWidget(self.files)
        pages = (self._kinds(), self._second, self._folder_page(), self._consent_page())
        for number, page in enumerate(pages):
            self.pages.addWidget(page if number == FOLDERS else scrolled(page))
        self.problem = label("", "bad")
        self.back = button(self._text("back"), self.go_back)
        self.next = button(self._text("next"), self.go_on, "main")
        self.next.setDefault(True)
        self.setLayout(
            column(
                self.heading, self.pages, self.problem,
                row(button(self._text("cancel"), self.reject, "link"), 0, self.back, self.next),
                spacing=14, margin=22,
            )
        )  # fmt: skip
        self._show(KIND)

    def _text(self, code: str, **facts: Any) -> str:
        return self._say.of(WINDOW, code, **facts)

    # --- the pages

    def _kinds(self) -> QWidget:
        self.kinds = QButtonGroup(self)
        boxes = []
        for number, kind in enumerate(SourceKind):
            choice = QRadioButton(self._say.kind(kind))
            choice.setChecked(kind is SourceKind.imap)
            self.kinds.addButton(choice, number)
            box = card(choice, label(self._text(f"kind_{kind}"), "soft"), spacing=4)
            boxes.append(box)
        page = QWidget()
        page.setLayout(column(*boxes, 0))
        return page

    def _folder_page(self) -> QWidget:
        self.folders = MailboxTree(self._say, lambda: None)
        page = QWidget()
        page.setLayout(column(label(self._text("folders_hint"), "soft"), self.folders))
        return page

    def _consent_page(self) -> QWidget:
        self.summary = label("", "")
        self.space = label("", "warn")
        self.consent = QCheckBox(self._text("consent"))
        self.consent.toggled.connect(lambda _: self._enable())
        page = QWidget()
        self.since, self.until = field(self._text("since")), field(self._text("until"))
        for line in (self.since, self.until):
            line.setPlaceholderText("2024-01-31")
        self.place = field(self._text("place"))
        self.place.setPlaceholderText(str(self._app.folder))
        page.setLayout(
            column(
                card(self.summary),
                row(labelled(self._text("since"), self.since),
                    labelled(self._text("until"), self.until)),
                row(labelled(self._text("place"), self.place),
                    button(self._text("choose_folder"), self._choose_place)),
                self.space, self.consent, 0,
            )
        )  # fmt: skip
        return page

    def _choose_place(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self._text("place"), self.place.text())
        if chosen:
            self.place.setText(chosen)

    @property
    def kind(self) -> SourceKind:
        """The way that is chosen."""
        return list(SourceKind)[self.kinds.checkedId()]

    # --- going through them

    def _show(self, page: int) -> None:
        remote = self.kind in (SourceKind.imap, SourceKind.pop3)
        heads = ("step_kind", "step_account" if remote else "step_files", "step_folders",
                 "step_consent")  # fmt: skip
        self.heading.setText(self._text(heads[page]))
        self.pages.setCurrentIndex(page)
        self.back.setVisible(page > KIND)
        self.next.setText(self._text("begin" if page == CONSENT else "next"))
        tell(self.problem, "")
        self._enable()

    def _enable(self) -> None:
        page = self.pages.currentIndex()
        fits = self._plan is None or self._plan.fits
        self.next.setEnabled(page != CONSENT or (self.consent.isChecked() and fits))

    def go_back(self) -> None:
        """The page before; POP3 and single files have no choice of mailboxes."""
        page = self.pages.currentIndex() - 1
        if page == FOLDERS and self.folders.count() < 2:
            page = ACCOUNT
        self._show(page)

    def go_on(self) -> None:
        """The next page, after what it needs."""
        match self.pages.currentIndex():
            case 0:
                remote = self.kind in (SourceKind.imap, SourceKind.pop3)
                self._second.setCurrentWidget(self.account if remote else self.files)
                self.account.use(self.kind)
                self.files.use(self.kind)
                self._show(ACCOUNT)
            case 1:
                self._connect()
            case 2:
                self._choose()
            case _:
                self._finish()

    def _connect(self) -> None:
        """Tries the source out and lists its mailboxes."""
        try:
            if self._second.currentWidget() is self.account:
                config = remote_config(self.account.remote())
                self.secret = self.account.password.text()
            else:
                config = self.files.config()
                zipped = config.kind is SourceKind.zip
                self.secret = self.files.password.text() if zipped else ""
        except UsageError as error:
            tell(self.problem, self._say.error(error))
            return
        self._config = config
        secret, app = self.secret, self._app
        folder, keys, language = app.folder, app.keys, app.language

        def work(_: Any) -> tuple[Plan, str]:
            own = Application(folder, keys, language)
            try:
                kept = secret
                word: str | Secret = secret
                if config.auth is Auth.browser:
                    kept = own.browser_sign_in(config, show=webbrowser.open, stop=self._stop)
                    word = own.tokens(config, kept)
                everything = replace(config, folders=())
                source_folders = own.source_folders(everything, word)
                names = tuple(found.name for found in source_folders)
                plan = own.plan(replace(config, folders=names), word, sizes=False)
                chosen = {found.name: found.chosen for found in source_folders}
                folders = tuple(replace(one, chosen=chosen[one.name]) for one in plan.folders)
                return replace(plan, folders=folders), kept
            finally:
                own.close()

        self._stop.clear()
        self._busy(True)
        if config.auth is Auth.browser:
            self.next.setText(self._text("browser_waits"))
        start(self, work, self._connected, self._failed)

    def _connected(self, found: tuple[Plan, str]) -> None:
        plan, self.secret = found
        self._busy(False)
        self._plan = plan
        self.folders.fill(plan.folders)
        if len(plan.folders) < 2:
            self._choose()
        else:
            self._show(FOLDERS)

    def _choose(self) -> None:
        """Takes the ticked mailboxes and sums them up."""
        assert self._plan is not None and self._config is not None
        names = self.folders.names()
        if not names:
            tell(self.problem, self._text("folders_hint"))
            return
        self._config = replace(self._config, folders=tuple(sorted(names)))
        chosen = [folder for folder in self._plan.folders if folder.name in names]
        sizes = [folder.size for folder in chosen if folder.messages]
        size = None if None in sizes else sum(one or 0 for one in sizes)
        messages = sum(folder.messages or 0 for folder in chosen)
        self._plan = replace(self._plan, size=size, messages=messages)
        source = title_of(self._config)
        account = self._app.email or self._text("your_account")
        say = self._say
        lines = [
            self._text(
                "summary_mails_open" if size is None else "summary_mails",
                source=source,
                messages=messages,
                size=say.size(size),
            ),
            self._text("summary_folder", folder=self._app.folder, free=say.size(self._plan.free)),
            self._text("summary_upload", account=account),
            self._text("summary_source"),
        ]
        if self._config.kind is SourceKind.pop3:
            lines.append(self._text("summary_pop3"))
        self.summary.setText("\n\n".join(lines))
        tell(self.space, "" if self._plan.fits else self._text("does_not_fit"))
        self._show(CONSENT)

    def _finish(self) -> None:
        assert self._config is not None
        config = replace(
            self._config, since=self.since.text().strip(), until=self.until.text().strip()
        )
        try:
            self.job, _ = self._app.add(config, self.secret, place=self.place.text().strip())
        except UsageError as error:
            tell(self.problem, self._say.error(error))
            return
        self.accept()

    def reject(self) -> None:
        """Cancelled: nobody waits for a browser any more."""
        self._stop.set()
        super().reject()

    def _failed(self, error: ClientError) -> None:
        self._busy(False)
        tell(self.problem, self._say.error(error))
        if isinstance(error, CertificateError):
            self.account.ask_for_certificate()

    def _busy(self, busy: bool) -> None:
        for widget in (self.next, self.back, self.pages):
            widget.setEnabled(not busy)
        self.next.setText(self._text("connecting" if busy else "next"))
        if busy:
            tell(self.problem, "")
