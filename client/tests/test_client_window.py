"""The window, offscreen, through every screen in both languages; screenshots in client/.screens."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from client.tests import dovecot, jobs
from client.tests.fake_imap import FakeImap, Script
from client.tests.fake_service import KIM, PASSWORD, TOTP, FakeService
from client.tests.keys import MemoryKeys, NoKeys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip(
    "PySide6.QtWidgets", reason="PySide6 cannot be loaded here", exc_type=ImportError
)

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QWidget

from pyeonji_client.journal import Journal
from pyeonji_client.model import Security, SourceConfig, SourceKind
from pyeonji_client.window.adding import AddDialog
from pyeonji_client.window.editing import EditDialog
from pyeonji_client.window.main import MainWindow
from pyeonji_client.window.requests import RemoveDialog, Requests
from pyeonji_client.window.results import ResultsDialog
from pyeonji_client.window.theme import dress

SCREENS = Path(__file__).parents[1] / ".screens"
MAILS = {n: b"Subject: mail %d\r\n\r\n%s\r\n" % (n, b"text " * (n % 99)) for n in range(1, 901)}


@pytest.fixture(scope="module")
def qt() -> Iterator[QApplication]:
    SCREENS.mkdir(exist_ok=True)
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    dress(application, dark=False)
    yield application


@pytest.fixture(params=["ko", "en"])
def window(
    qt: QApplication, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[MainWindow]:
    made = MainWindow(tmp_path / "Pyeonji", MemoryKeys(), request.param)
    made.show()
    yield made
    made.close()


def wait(what: Callable[[], bool], seconds: float = 20) -> None:
    """Lets the window live until something is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it never came"
        QApplication.processEvents()
        time.sleep(0.005)


def shoot(widget: QWidget, name: str) -> None:
    """A screenshot to look at; also: no text is cut off."""
    QApplication.processEvents()
    window = widget.window()
    language = "ko" if any("가" <= c <= "힣" for c in window.windowTitle()) else "en"
    window.grab().save(str(SCREENS / f"{language}-{name}.png"))
    for label in widget.findChildren(QLabel):
        if label.isVisibleTo(widget) and label.text():
            needed = label.heightForWidth(label.width()) if label.wordWrap() else 0
            assert needed <= label.height() + 2, f"{name}: {label.text()!r} is cut off"
    for button in widget.findChildren(QPushButton):
        if button.isVisibleTo(widget):
            wanted = button.fontMetrics().horizontalAdvance(button.text())
            assert wanted <= button.width(), f"{name}: {button.text()!r} is cut off"


def click(button: QPushButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def _sign_in(window: MainWindow, service: FakeService, name: str = "") -> Requests:
    first = window.signing_in
    assert first is not None
    if name:
        shoot(window, f"{name}-1-sign-in")
    QTest.keyClicks(first.url, service.url)
    QTest.keyClicks(first.email, KIM)
    first.password.setText("틀린 것")
    click(first.enter)
    wait(lambda: first.problem.isVisible())
    if name:
        shoot(window, f"{name}-2-wrong-password")
    first.password.setText(PASSWORD)
    click(first.enter)
    if service.totp:
        wait(lambda: first.pages.currentIndex() == 1)
        QTest.keyClicks(first.code, "000000")
        click(first.confirm)
        wait(lambda: first.code_problem.isVisible())
        if name:
            shoot(window, f"{name}-3-code")
        first.code.setText(TOTP)
        QTest.keyClick(first.code, Qt.Key.Key_Return)
    wait(lambda: window.requests is not None)
    assert window.requests is not None
    return window.requests


def _in_dialog(
    kind: type[QDialog], act: Callable[[QDialog], None], start: Callable[[], None]
) -> None:
    """Starts something modal and works in it; a failure inside is the test's."""
    failures: list[BaseException] = []

    def inside() -> None:
        dialog = QApplication.activeModalWidget()
        try:
            wait(lambda: isinstance(QApplication.activeModalWidget(), kind))
            dialog = QApplication.activeModalWidget()
            assert isinstance(dialog, kind)
            act(dialog)
        except BaseException as error:  # noqa: BLE001 - a dialog must not stay open
            failures.append(error)
        if isinstance(dialog, QDialog) and dialog.isVisible():
            dialog.reject()

    QTimer.singleShot(0, inside)
    start()
    if failures:
        raise failures[0]


def test_a_request_is_edited(window: MainWindow) -> None:
    korean = b'* LIST (\\Sent) "." "&vPSwuA- &07jJwNVo-"\r\n'
    with FakeService() as service, FakeImap(dict(MAILS), Script(special=korean)) as server:
        requests = _sign_in(window, service)
        app = window.application
        config = SourceConfig(
            SourceKind.imap, "127.0.0.1", server.port, Security.none, user="kim",
            folders=("INBOX",), timeout=5,
        )  # fmt: skip
        job, kept = app.add(config, "secret")
        assert kept
        app.journal.requests.put_folder(job.id, "INBOX", "INBOX", "inbox", 900, None)
        requests.refresh()
        card = requests.cards[job.id]

        def change(dialog: QDialog) -> None:
            assert isinstance(dialog, EditDialog)
            assert (dialog.host.text(), dialog.folders.names()) == ("127.0.0.1", {"INBOX"})
            dialog.since.setText("어제")
            click(dialog.save)
            assert "2024-01-31" in dialog.problem.text()
            dialog.since.setText("2020-01-01")
            dialog.largest.setText("25")
            QTest.keyClicks(dialog.title, " 2")
            click(dialog.look)
            wait(lambda: dialog.folders.count() == 2)
            assert dialog.folders.names() == {"INBOX"}
            list(dialog.folders.items())[1].setCheckState(0, Qt.CheckState.Checked)
            shoot(dialog, "f-1-edit")
            click(dialog.save)

        _in_dialog(EditDialog, change, lambda: click(card.buttons["edit"]))
        changed = app.journal.requests.job(job.id)
        assert changed.title == "kim@127.0.0.1 2"
        assert changed.source.folders == ("&vPSwuA- &07jJwNVo-", "INBOX")
        assert (changed.source.since, changed.source.largest) == ("2020-01-01", 25 * 1024 * 1024)
        assert app.secret(changed) == "secret"

        def elsewhere(dialog: QDialog) -> None:
            assert isinstance(dialog, EditDialog)
            dialog.host.setText("localhost")
            click(dialog.save)

        _in_dialog(EditDialog, elsewhere, lambda: click(card.buttons["edit"]))
        assert app.secret(app.journal.requests.job(job.id)) is None, "meant for another server"


@pytest.mark.slow
def test_through_every_screen(window: MainWindow) -> None:
    korean = b'* LIST (\\Sent) "." "&vPSwuA- &07jJwNVo-"\r\n'
    script = Script(special=korean, delay=0.03, refused=frozenset({7}))
    with FakeService(totp=True) as service, FakeImap(dict(MAILS), script) as server:
        requests = _sign_in(window, service, "a")
        shoot(window, "b-1-no-requests")

        def fill(dialog: QDialog) -> None:
            assert isinstance(dialog, AddDialog)
            shoot(dialog, "c-1-kind")
            click(dialog.next)
            form = dialog.account
            QTest.keyClicks(form.address, "kim@naver.com")
            QTest.keyClick(form.address, Qt.Key.Key_Tab)
            form.address.editingFinished.emit()
            assert form.host.text() == "imap.naver.com" and form.user.text() == "kim"
            form.password.setText("secret")
            shoot(dialog, "c-2-account")
            form.host.setText("127.0.0.1")
            form.port.setText(str(server.port))
            form.security.setCurrentIndex(2)
            shoot(dialog, "c-3-unprotected")
            click(dialog.next)
            wait(lambda: dialog.pages.currentIndex() == 2 or dialog.problem.isVisible())
            assert dialog.folders.count() == 2, dialog.problem.text()
            shoot(dialog, "c-4-mailboxes")
            list(dialog.folders.items())[1].setCheckState(0, Qt.CheckState.Unchecked)
            assert dialog.folders.everything.checkState() is Qt.CheckState.PartiallyChecked
            click(dialog.next)
            shoot(dialog, "c-5-consent")
            assert not dialog.next.isEnabled()
            dialog.consent.setChecked(True)
            click(dialog.next)

        _in_dialog(AddDialog, fill, requests.add)
        (identity,) = requests.cards
        card = requests.cards[identity]
        wait(lambda: card.bar.value() > 50)
        shoot(window, "d-1-fetching")
        click(card.buttons["pause"])
        wait(lambda: not requests.running.is_running(identity))
        journal = window.application.journal
        assert journal.requests.job(identity).state == "paused"
        shoot(window, "d-2-paused")
        click(card.buttons["start"])
        wait(
            lambda: (
                journal.requests.job(identity).state == "packed"
                and card.buttons["upload"].isVisible()
            )
        )
        assert journal.mails.counts(identity).packed == 899
        shoot(window, "d-3-packed")

        click(card.buttons["upload"])
        wait(
            lambda: (
                journal.requests.job(identity).state == "incomplete"
                and card.buttons["results"].isVisible()
            )
        )
        shoot(window, "d-4-uploaded")
        (upload,) = service.uploads
        service.entries[upload][0] |= {
            "outcome": "rejected", "reason": "zero_byte", "detail": "내용이 없는 메일입니다."
        }  # fmt: skip
        totals = {
            "totals": {"entries": 901, "imported": 898, "duplicate": 0, "rejected": 1, "ignored": 2}
        }
        journal.requests.set_upload(
            journal.requests.archives(identity)[0].id, upload, "completed", totals
        )

        def look(dialog: QDialog) -> None:
            assert isinstance(dialog, ResultsDialog)
            wait(lambda: dialog.problems.rowCount() == 2)
            shoot(dialog, "e-1-results")

        _in_dialog(ResultsDialog, look, lambda: click(card.buttons["results"]))

        def sure(dialog: QDialog) -> None:
            assert isinstance(dialog, RemoveDialog)
            shoot(dialog, "e-2-remove")
            dialog.files.setChecked(True)
            dialog.accept()

        _in_dialog(RemoveDialog, sure, lambda: click(card.buttons["remove"]))
        assert not requests.cards and not journal.requests.jobs()
        assert not list(window.application.folder.rglob("*.zip"))


def test_a_server_that_says_no_is_told_in_the_dialog(window: MainWindow) -> None:
    with FakeService() as service:
        requests = _sign_in(window, service)

        def fill(dialog: QDialog) -> None:
            assert isinstance(dialog, AddDialog)
            click(dialog.next)
            click(dialog.next)
            assert dialog.problem.isVisible()  # no server yet
            dialog.account.host.setText("127.0.0.1")
            dialog.account.port.setText("1")
            dialog.account.password.setText("x")
            click(dialog.next)
            wait(lambda: dialog.problem.isVisible() and dialog.next.isEnabled())
            shoot(dialog, "f-1-unreachable")

        _in_dialog(AddDialog, fill, requests.add)


def test_a_company_s_own_certificate_can_be_given(
    window: MainWindow, mail_server: dovecot.Dovecot
) -> None:
    window.show_requests()
    requests = window.requests
    assert requests is not None

    def fill(dialog: QDialog) -> None:
        assert isinstance(dialog, AddDialog)
        click(dialog.next)
        form = dialog.account
        QTest.keyClicks(form.user, dovecot.PLAIN_USER)
        form.host.setText("localhost")
        form.port.setText(str(mail_server.imaps))
        form.password.setText(dovecot.PLAIN_PASSWORD)
        assert not form.certificate.isVisible()
        click(dialog.next)
        wait(lambda: form.certificate.isVisible() and dialog.next.isEnabled())
        shoot(dialog, "f-2-certificate")
        form.certificate.setText(str(mail_server.ca_file))
        click(dialog.next)
        wait(lambda: dialog.pages.currentIndex() > 1)
        dialog.reject()

    _in_dialog(AddDialog, fill, requests.add)


def test_files_need_no_account(window: MainWindow, tmp_path: Path) -> None:
    mbox = tmp_path / "Takeout.mbox"
    mbox.write_bytes(
        b"From a@b Thu Jan  1 00:00:00 2024\nX-Gmail-Labels: Inbox\nSubject: one\n\nx\n\n"
        b"From a@b Thu Jan  1 00:00:00 2024\nX-Gmail-Labels: =?utf-8?q?=EA=B1=B0"
        b"=EB=9E=98=EC=B2=98?=\n"
        b"Subject: two\n\ny\n"
    )
    assert window.signing_in is not None
    window.signing_in.entered.emit()  # later
    requests = window.requests
    assert requests is not None

    def fill(dialog: QDialog) -> None:
        assert isinstance(dialog, AddDialog)
        dialog.kinds.button(2).setChecked(True)
        click(dialog.next)
        dialog.files.path.setText(str(mbox))
        shoot(dialog, "g-1-files")
        click(dialog.next)
        wait(lambda: dialog.pages.currentIndex() == 3)
        dialog.consent.setChecked(True)
        click(dialog.next)

    _in_dialog(AddDialog, fill, requests.add)
    journal = window.application.journal
    wait(lambda: all(job.state == "packed" for job in journal.requests.jobs()))
    (job,) = journal.requests.jobs()
    assert set(jobs.mails(journal, job)) == {"받은편지함", "거래처"}


@pytest.mark.slow
def test_closing_pauses_and_opening_goes_on(qt: QApplication, tmp_path: Path) -> None:
    keys = MemoryKeys()
    with FakeService() as service, FakeImap(dict(MAILS), Script(delay=0.05)) as server:
        first = MainWindow(tmp_path, keys, "ko")
        first.show()
        requests = _sign_in(first, service)
        config = SourceConfig(
            SourceKind.imap, "127.0.0.1", server.port, security="none", user="kim", timeout=5
        )  # type: ignore[arg-type]
        job, _ = first.application.add(config, "secret")
        requests.refresh()
        click(requests.cards[job.id].buttons["start"])
        wait(lambda: requests.cards[job.id].bar.value() > 100)
        first.close()
        second = MainWindow(tmp_path, keys, "ko")
        second.show()
        assert second.requests is not None  # still signed in
        card = second.requests.cards[job.id]
        assert second.application.journal.requests.job(job.id).state == "paused"
        click(card.buttons["start"])
        journal = second.application.journal
        wait(lambda: journal.requests.job(job.id).state == "packed")
        assert journal.mails.counts(job.id).packed == len(MAILS)
        second.close()


def test_without_a_keyring_the_session_lasts_as_long_as_the_window(
    qt: QApplication, tmp_path: Path
) -> None:
    with FakeService() as service:
        window = MainWindow(tmp_path, NoKeys(), "en")
        window.show()
        _sign_in(window, service)
        assert window.application.service().me()["email"] == KIM
        window.sign_out()
        assert window.signing_in is not None
        window.close()


def test_dark(qt: QApplication, tmp_path: Path) -> None:
    dress(qt, dark=True)
    window = MainWindow(tmp_path, MemoryKeys(), "ko")
    window.show()
    shoot(window, "h-dark-sign-in")
    window.show_requests()
    shoot(window, "h-dark-requests")
    window.close()
    dress(qt, dark=False)


def test_what_went_wrong_stays_to_be_read(qt: QApplication, tmp_path: Path) -> None:
    """A request that works elsewhere: neither starting nor removing it, and a reason that stays."""
    window = MainWindow(tmp_path / "Pyeonji", MemoryKeys(), "en")
    window.show()
    window.show_requests()
    requests = window.requests
    assert requests is not None
    job, _ = window.application.add(SourceConfig(SourceKind.eml, path=str(tmp_path)), "")
    requests.refresh()
    card = requests.cards[job.id]
    with Journal(window.application.folder).lock(job.id):
        click(card.buttons["start"])
        wait(lambda: not requests.running.any)
        requests.refresh()  # as its clock does, every two seconds
        assert "already running" in card.problem.text() and card.problem.isVisible()
        shoot(window, "i-1-running-elsewhere")
        card.problem.setText("")
        _in_dialog(RemoveDialog, lambda dialog: dialog.accept(), card.buttons["remove"].click)
        requests.refresh()
        assert "already running" in card.problem.text() and card.problem.isVisible()
    _in_dialog(RemoveDialog, lambda dialog: dialog.accept(), card.buttons["remove"].click)
    assert not requests.cards
    window.close()
