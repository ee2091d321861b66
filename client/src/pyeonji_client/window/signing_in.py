"""Signing in: address, email, password; then the one-time code where there is one."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QWidget

from ..application import Application
from ..errors import ClientError, KeyringError
from ..service.http import Challenge, Service
from ..texts.say import Say
from ..texts.window import WINDOW
from .parts import button, card, column, field, label, labelled, row, tell
from .tasks import start

_WIDTH = 420


class SignIn(QWidget):
    """Two screens. Emits `entered` when signed in, or when somebody wants to do so later."""

    entered = Signal()
    language = Signal()

    def __init__(self, application: Application, say: Say):
        super().__init__()
        self.setObjectName("page")
        self._app, self._say = application, say
        self._service: Service | None = None
        self._challenge: Challenge | None = None
        self._url = ""
        self.pages = QStackedWidget()
        self.pages.setFixedWidth(_WIDTH)
        self.pages.addWidget(self._first())
        self.pages.addWidget(self._second())
        outer = column(row(0, button(self._text("language"), self.language.emit, "link")), 0,
                       self.pages, 0, margin=20)  # fmt: skip
        outer.setAlignment(self.pages, Qt.AlignmentFlag.AlignHCenter)
        self.setLayout(outer)
        self.pages.currentChanged.connect(lambda _: self._fit())
        self._fit()

    def begin(self) -> None:
        """Puts the cursor where typing begins; to be called once this is in its window."""
        (self.password if self.url.text() and self.email.text() else self.url).setFocus()

    def _fit(self) -> None:
        """A stack does not ask its pages how high they are at this width; so we do."""
        layout = self.pages.currentWidget().layout()
        assert layout is not None
        self.pages.setMinimumHeight(layout.totalHeightForWidth(_WIDTH))

    def _text(self, code: str, **facts: Any) -> str:
        return self._say.of(WINDOW, code, **facts)

    def _first(self) -> QWidget:
        self.url = field(self._text("service"))
        self.url.setPlaceholderText("https://mail.example.com")
        self.url.setText(self._app.service_url)
        self.email = field(self._text("email"))
        self.email.setText(self._app.email)
        self.password = field(self._text("password"), secret=True)
        self.problem = label("", "bad")
        tell(self.problem, "")
        self.enter = button(self._text("sign_in"), self.sign_in, "main")
        for line in (self.url, self.email, self.password):
            line.returnPressed.connect(self.sign_in)
        return card(
            label(self._text("app"), "title"),
            label(self._text("tagline"), "soft"),
            8,
            labelled(self._text("service"), self.url),
            labelled(self._text("email"), self.email),
            labelled(self._text("password"), self.password),
            self.problem,
            4,
            self.enter,
            button(self._text("later"), self.entered.emit, "link"),
        )

    def _second(self) -> QWidget:
        self.code = field(self._text("code"))
        self.code.setMaxLength(6)
        self.code.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        self.code.returnPressed.connect(self.answer)
        self.code_problem = label("", "bad")
        tell(self.code_problem, "")
        self.confirm = button(self._text("confirm"), self.answer, "main")
        return card(
            label(self._text("code_title"), "title"),
            label(self._text("code_hint"), "soft"),
            8,
            labelled(self._text("code"), self.code),
            self.code_problem,
            4,
            row(button(self._text("back"), lambda: self.pages.setCurrentIndex(0)), 0, self.confirm),
            0,
        )

    def sign_in(self) -> None:
        """The button of the first screen."""
        url, email = self.url.text().strip(), self.email.text().strip()
        if url and "://" not in url:
            url = f"https://{url}"
        self._url = url
        password = self.password.text()
        self._busy(True)
        language = self._app.language

        def work(_: Any) -> tuple[Service, Challenge | None]:
            service = Service(url, language)
            return service, service.sign_in(email, password)

        start(self, work, self._began, self._failed)

    def _began(self, result: tuple[Service, Challenge | None]) -> None:
        self._service, self._challenge = result
        self.password.clear()
        if self._challenge is None:
            self._finish()
            return
        self._busy(False)
        self.code.clear()
        self.pages.setCurrentIndex(1)
        self.code.setFocus()

    def answer(self) -> None:
        """The button of the second screen."""
        service, challenge, code = self._service, self._challenge, self.code.text().strip()
        if service is None or challenge is None:
            return
        self._busy(True)
        start(self, lambda _: service.answer(challenge, code), self._answered, self._failed)

    def _answered(self, challenge: Challenge | None) -> None:
        self._challenge = challenge
        if challenge is None:
            self._finish()
        else:
            self._busy(False)

    def _finish(self) -> None:
        service = self._service
        assert service is not None
        try:
            self._app.finish_sign_in(service, self._url)
        except KeyringError:
            self._app.hold(service)  # no keyring here: the session lasts as long as the window
        except ClientError as error:
            self._failed(error)
            return
        self._busy(False)
        self.entered.emit()

    def _failed(self, error: ClientError) -> None:
        self._busy(False)
        second = self.pages.currentIndex() == 1
        tell(self.code_problem if second else self.problem, self._say.error(error))
        self._fit()
        focus: QLineEdit = self.code if second else self.password
        focus.setFocus()
        focus.selectAll()

    def _busy(self, busy: bool) -> None:
        for push, text in ((self.enter, "sign_in"), (self.confirm, "confirm")):
            push.setEnabled(not busy)
            push.setText(self._text("busy" if busy else text))
        if busy:
            tell(self.problem, "")
            tell(self.code_problem, "")
            self._fit()
