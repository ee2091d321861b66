"""The second step of a new request: a server and its account, or files."""

from typing import Any

from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QFileDialog, QWidget

from ..application import Remote
from ..errors import UsageError
from ..model import DIALECTS, Auth, Security, SourceConfig, SourceKind
from ..oauth.providers import is_configured
from ..sources.presets import BY_NAME, PRESETS, preset_for
from ..texts.say import Say
from ..texts.window import WINDOW
from .parts import button, choice, choose, column, field, label, labelled, row, tell

_STANDARD = {
    SourceKind.imap: {Security.tls: 993, Security.starttls: 143, Security.none: 143},
    SourceKind.pop3: {Security.tls: 995, Security.starttls: 110, Security.none: 110},
}

#: What can be one file; the others are folders.
_SINGLE_FILES = (SourceKind.mbox, SourceKind.pst, SourceKind.zip)


class AccountForm(QWidget):
    """Address, password, server. A provider fills the server in; everything can be changed."""

    def __init__(self, say: Say):
        super().__init__()
        self._say = say
        self._kind = SourceKind.imap
        self._guessed = self._filled = ""
        self.preset = choice(
            self._text("preset"),
            [("", self._text("preset_none")), *((one.name, one.title) for one in PRESETS)],
        )
        self.address = field(self._text("address"))
        self.address.setPlaceholderText("kim@naver.com")
        self.user = field(self._text("user"))
        self.password = field(self._text("password"), secret=True)
        self.host = field(self._text("host"))
        self.port = field(self._text("port"))
        self.port.setValidator(QIntValidator(1, 65535, self.port))
        self.security = choice(
            self._text("security"), [(one, self._text(f"security_{one}")) for one in Security]
        )
        self.auth = choice(self._text("auth"), [(one, self._text(f"auth_{one}")) for one in Auth])
        self.needs = label("", "note")
        self.warning = label(self._text("unprotected"), "warn")
        #: Shown once a certificate was refused: most people never need it.
        self.certificate = field(self._text("certificate"))
        self._certificate_row = row(
            labelled(self._text("certificate"), self.certificate),
            button(self._text("choose_file"), self._choose_certificate),
        )
        self._certificate_row.setVisible(False)
        self.preset.currentIndexChanged.connect(lambda _: self._fill())
        self.security.currentIndexChanged.connect(lambda _: self._secured())
        self.address.editingFinished.connect(self._guess)
        port = labelled(self._text("port"), self.port)
        port.setFixedWidth(84)
        server = row(
            labelled(self._text("host"), self.host),
            port,
            labelled(self._text("security"), self.security),
        )
        self.setLayout(
            column(
                row(labelled(self._text("address"), self.address),
                    labelled(self._text("preset"), self.preset)),
                self.needs,
                row(labelled(self._text("user"), self.user),
                    labelled(self._text("auth"), self.auth)),
                labelled(self._text("password"), self.password),
                server,
                self.warning,
                self._certificate_row,
                0,
            )
        )  # fmt: skip
        self._fill()

    def _text(self, code: str, **facts: Any) -> str:
        return self._say.of(WINDOW, code, **facts)

    def use(self, kind: SourceKind) -> None:
        """IMAP or POP3."""
        if kind in _STANDARD and kind is not self._kind:
            self._kind = kind
            self._fill()

    def _guess(self) -> None:
        """The provider from the address, once for an address: what is typed later stays."""
        address = self.address.text().strip()
        if address == self._guessed:
            return
        self._guessed = address
        found = preset_for(address)
        if found is not None and self.preset.currentData() != found.name:
            choose(self.preset, found.name)
        self._fill()

    def _fill(self) -> None:
        preset = BY_NAME.get(self.preset.currentData() or "")
        address = self.address.text().strip()
        before, self._filled = self._filled, preset.name if preset else ""
        if before != self._filled:
            # What one provider filled in, and a password meant for it, is nothing to another's.
            self.password.clear()
            self.user.clear()
            if before:
                self.host.clear()
                self.port.clear()
        tell(self.needs, self._say.needs(preset.name) if preset else "")
        if preset is not None:
            server = preset.imap if self._kind is SourceKind.imap else preset.pop3
            if server is None:
                self.host.clear()
            else:
                self.host.setText(server[0])
                choose(self.security, server[2])
                self.port.setText(str(server[1]))
            self.user.setText(preset.user(address))
            browser = preset.oauth and is_configured(preset.oauth)
            choose(self.auth, Auth.browser if browser else preset.auth[0])
        elif not self.user.text():
            self.user.setText(address)
        self._secured()

    def _secured(self) -> None:
        security = Security(self.security.currentData())
        self.warning.setVisible(security is Security.none)
        standard = _STANDARD[self._kind]
        everything = {str(port) for ports in _STANDARD.values() for port in ports.values()}
        if not self.port.text() or self.port.text() in everything:
            self.port.setText(str(standard[security]))

    def ask_for_certificate(self) -> None:
        """Shows where a company's own certificate can be given."""
        self._certificate_row.setVisible(True)

    def _choose_certificate(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, self._text("certificate"))
        if chosen:
            self.certificate.setText(chosen)

    def remote(self) -> Remote:
        """What was typed. Raises UsageError for what is missing."""
        address, host = self.address.text().strip(), self.host.text().strip()
        if not host:
            raise UsageError("host_needed")
        if not self.password.text() and self.auth.currentData() != Auth.browser:
            raise UsageError("password_missing")
        return Remote(
            kind=self._kind,
            address=address,
            preset=self.preset.currentData() or "",
            user=self.user.text().strip() or address,
            host=host,
            port=int(self.port.text() or 0),
            security=Security(self.security.currentData()),
            ca_file=self.certificate.text().strip(),
            auth=Auth(self.auth.currentData()),
        )


class FilesForm(QWidget):
    """Where the files are."""

    def __init__(self, say: Say):
        super().__init__()
        self._say = say
        self._kind = SourceKind.mbox
        self.path = field(say.of(WINDOW, "path"))
        self.choose_file = button(say.of(WINDOW, "choose_file"), self._file)
        self.dialect = choice(
            say.of(WINDOW, "dialect"),
            [(one, say.of(WINDOW, "dialect_auto") if one == "auto" else one) for one in DIALECTS],
        )
        self._dialect_row = labelled(say.of(WINDOW, "dialect"), self.dialect)
        #: Of a ZIP; kept nowhere.
        self.password = field(say.of(WINDOW, "zip_password"), secret=True)
        self._password_row = labelled(say.of(WINDOW, "zip_password"), self.password)
        self.hint = label("", "note")
        self.setLayout(
            column(
                self.hint,
                labelled(say.of(WINDOW, "path"), self.path),
                row(self.choose_file, button(say.of(WINDOW, "choose_folder"), self._folder), 0),
                self._dialect_row,
                self._password_row,
                0,
            )
        )

    def use(self, kind: SourceKind) -> None:
        """The way that was chosen."""
        if kind in _STANDARD:
            return
        self._kind = kind
        self.choose_file.setVisible(kind in _SINGLE_FILES)
        self._dialect_row.setVisible(kind is SourceKind.mbox)
        self._password_row.setVisible(kind is SourceKind.zip)
        tell(self.hint, self._say.of(WINDOW, f"kind_{kind}"))

    def _file(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, self._say.of(WINDOW, "choose_file"))
        if chosen:
            self.path.setText(chosen)

    def _folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self._say.of(WINDOW, "choose_folder"))
        if chosen:
            self.path.setText(chosen)

    def config(self) -> SourceConfig:
        """What was chosen. Raises UsageError when nothing was."""
        path = self.path.text().strip()
        if not path:
            raise UsageError("path_needed")
        return SourceConfig(self._kind, path=path, dialect=self.dialect.currentData())
