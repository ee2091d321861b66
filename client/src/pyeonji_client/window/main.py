"""The window itself: sign-in, then the requests."""

import os
import sys
from pathlib import Path

from PySide6.QtCore import QLocale
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from ..application import Application, default_folder
from ..errors import ClientError, ServiceError
from ..keys import Keys, SystemKeys
from ..texts.say import Say, system_language
from ..texts.window import WINDOW
from .parts import fit
from .requests import Requests
from .signing_in import SignIn
from .theme import dress


class MainWindow(QMainWindow):
    """One window on one download folder."""

    def __init__(self, folder: Path, keys: Keys, language: str):
        super().__init__()
        self._keys = keys
        self._language = language
        self.application = Application(folder, keys, language)
        self.signing_in: SignIn | None = None
        self.requests: Requests | None = None
        fit(self, 900, 680)
        if self._has_session():
            self.show_requests()
        else:
            self.show_sign_in()

    def _has_session(self) -> bool:
        try:
            self.application.service()
        except ServiceError:
            return False
        return True

    @property
    def say(self) -> Say:
        """In the language that is chosen."""
        return Say(self._language)

    def show_sign_in(self) -> None:
        """The first screen."""
        self._let_go()
        self.setWindowTitle(self.say.of(WINDOW, "app"))
        self.signing_in = SignIn(self.application, self.say)
        self.signing_in.entered.connect(self.show_requests)
        self.signing_in.language.connect(self.other_language)
        self.setCentralWidget(self.signing_in)
        self.signing_in.begin()

    def show_requests(self) -> None:
        """The main screen."""
        self._let_go()
        self.setWindowTitle(self.say.of(WINDOW, "app"))
        self.requests = Requests(self.application, self.say)
        self.requests.leave.connect(self.sign_out)
        self.requests.moved.connect(self.change_folder)
        self.setCentralWidget(self.requests)

    def sign_out(self) -> None:
        """Ends the session and asks for another."""
        if self.requests is not None and self.requests.running.any:
            self.requests.running.pause_all()
        self.application.sign_out()
        self.show_sign_in()

    def other_language(self) -> None:
        """Korean for English and back; kept in the download folder."""
        self._language = "en" if self._language == "ko" else "ko"
        self.application.journal.requests.set_setting("language", self._language)
        self.application.language = self._language
        self.show_sign_in()

    def change_folder(self, folder: Path) -> None:
        """Goes on with another download folder."""
        try:
            moved = Application(folder, self._keys, self._language)
        except ClientError as error:
            assert self.requests is not None
            self.requests.folder.setText(self.say.error(error))
            return
        for name in ("service_url", "email", "upload_limit", "timezone"):
            moved.journal.requests.set_setting(
                name, self.application.journal.requests.setting(name)
            )
        old, self.application = self.application, moved
        self.show_requests()
        old.close()

    def _let_go(self) -> None:
        if self.requests is not None:
            self.requests.running.pause_all()
        self.signing_in = self.requests = None

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Closing pauses; opening again goes on."""
        self._let_go()
        self.application.close()
        event.accept()


def main() -> int:
    """Opens the window. Returns its exit code."""
    qt = QApplication(sys.argv)
    dress(qt)
    qt.styleHints().colorSchemeChanged.connect(lambda _: dress(qt))
    given = os.environ.get("PYEONJI_FOLDER")
    folder = Path(given).expanduser() if given else default_folder()
    # A program that is not started from a terminal has no LANG; Qt asks the system itself.
    shown = QLocale.system().uiLanguages()
    language = system_language(shown[0] if shown else "")
    try:
        window = MainWindow(folder, SystemKeys(), language)
    except ClientError as error:
        print(Say(language).error(error), file=sys.stderr)
        return 1
    window.show()
    return qt.exec()


if __name__ == "__main__":
    sys.exit(main())
