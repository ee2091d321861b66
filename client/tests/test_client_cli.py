"""The command line: exit codes, JSON, what it says, and a real terminal."""

import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from client.tests.fake_imap import FakeImap, Script
from client.tests.fake_pop3 import FakePop3
from client.tests.fake_service import KIM, PASSWORD, TOTP, FakeService
from client.tests.keys import MemoryKeys, NoKeys
from pyeonji.imap.lexer import decode_name
from pyeonji.words.catalogue import fields_of
from pyeonji_client.cli import exits
from pyeonji_client.cli.main import main
from pyeonji_client.service import uploading as upload_module
from pyeonji_client.sources.presets import PRESETS
from pyeonji_client.texts.errors import ERRORS
from pyeonji_client.texts.needs import NEEDS
from pyeonji_client.texts.reasons import DOUBTS, REASONS
from pyeonji_client.texts.say import Say

MAILS = {n: b"Subject: mail %d\r\n\r\nhello\r\n" % n for n in range(1, 31)}


class Shell:
    """Runs commands in one folder with one keyring."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any):
        self.folder, self.keys = folder, MemoryKeys()
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: object, stdin: str = "") -> tuple[int, str, str]:
        """(exit code, standard output, standard error)."""
        self._monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = main([*map(str, arguments), "--folder", str(self.folder)], self.keys)
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def json(self, *arguments: object, stdin: str = "") -> tuple[int, list[dict[str, Any]]]:
        """(exit code, events)."""
        code, out, err = self(*arguments, "--json", stdin=stdin)
        assert not err
        return code, [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    monkeypatch.setenv("PYEONJI_LANG", "en")
    return Shell(tmp_path / "download", monkeypatch, capsys)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_module, "POLL_FIRST", 0.001)
    monkeypatch.setattr(upload_module, "POLL_LONGEST", 0.01)


@pytest.fixture
def eml(tmp_path: Path) -> Path:
    place = tmp_path / "old mail"
    place.mkdir()
    for number, data in MAILS.items():
        (place / f"{number}.eml").write_bytes(data)
    (place / "empty.eml").write_bytes(b"")
    return place


def _add_imap(shell: Shell, server: FakeImap, *more: object) -> int:
    code, _, _ = shell(
        "add", "imap", "kim@old.example", "--host", "127.0.0.1", "--port", server.port,
        "--security", "none", "--yes", "--password-stdin", *more, stdin="secret\n",
    )  # fmt: skip
    return code


def test_from_a_source_to_the_service(shell: Shell, eml: Path) -> None:
    with FakeService() as service:
        code, out, _ = shell(
            "login", "--service", service.url, "--email", KIM, "--password-stdin",
            stdin=f"{PASSWORD}\n",
        )  # fmt: skip
        assert (code, KIM in out) == (exits.DONE, True)
        assert shell("add", "eml", eml, "--yes")[0] == exits.DONE
        code, events = shell.json("run", "1")
        assert code == exits.DONE
        assert events[-1]["event"] == "packed" and events[-1]["mails"] == 31
        code, events = shell.json("upload", "1")
        assert code == exits.INCOMPLETE  # the empty one
        (row,) = [event for event in events if event["event"] == "rejected"]
        assert row["reason"] == "zero_byte" and row["detail"]
        _, out, _ = shell("status", "1")
        assert "30 imported" in out and "1 rejected" in out
        assert shell("remove", "1", "--files")[0] == exits.DONE
        assert not list(shell.folder.rglob("*.zip"))
        assert shell("logout")[0] == exits.DONE
        assert shell("upload")[0] == exits.SIGN_IN


def test_the_one_time_code(shell: Shell) -> None:
    with FakeService(totp=True, mail_ready=False) as service:
        arguments = ("login", "--service", service.url, "--email", KIM, "--password-stdin")
        code, _, err = shell(*arguments, stdin=f"{PASSWORD}\n000000\n")
        assert code == exits.SIGN_IN and "wrong_code" in err
        code, _, err = shell(*arguments, stdin=f"{PASSWORD}\n{TOTP}\n")
        assert code == exits.DONE and "not set up" in err
        code, _, err = shell(*arguments, stdin="wrong\n")
        assert code == exits.SIGN_IN


def test_a_dry_run_fetches_nothing(shell: Shell) -> None:
    with FakeImap(dict(MAILS)) as server:
        assert _add_imap(shell, server) == exits.DONE
        code, events = shell.json("run", "--dry-run")
        assert code == exits.DONE
        assert events[0]["messages"] == 30
        assert events[0]["bytes"] == sum(map(len, MAILS.values()))
        assert events[0]["folders"][0]["path"] == "INBOX"
        assert not server.sent
        code, out, _ = shell("run", "1", "--dry-run")
        assert "30 mails" in out
    assert not list(shell.folder.rglob("*.zip*"))


def test_passwords_are_in_the_keyring_and_nowhere_else(shell: Shell) -> None:
    with FakeImap(dict(MAILS)) as server:
        _add_imap(shell, server)
        assert list(shell.keys.secrets.values()) == ["secret"]
        assert shell("run")[0] == exits.DONE
    everything = b"".join(path.read_bytes() for path in shell.folder.rglob("*") if path.is_file())
    assert b"secret" not in everything


def test_without_a_keyring_it_asks(shell: Shell) -> None:
    shell.keys = NoKeys()
    with FakePop3(dict(MAILS)) as server:
        code, _, err = shell(
            "add", "pop3", "kim@old.example", "--host", "127.0.0.1", "--port", server.port,
            "--security", "none", "--yes", "--password-stdin", stdin="secret\n",
        )  # fmt: skip
        assert code == exits.DONE and "keyring" in err and "not encrypted" in err
        assert shell("run")[0] == exits.USAGE  # nobody to ask
        assert shell("run", "--password-stdin", stdin="secret\n")[0] == exits.DONE


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", "eml", "/no/such/folder", "--yes"), exits.UNREACHABLE),
        (("add", "imap", "kim@unknown.example", "--yes"), exits.USAGE),
        (("status", "99"), exits.USAGE),
        (("login", "--service", "http://mail.acme.example", "--email", "x", "--password-stdin"),
         exits.USAGE),
        (("login", "--service", "http://127.0.0.1:1", "--email", "x", "--password-stdin"),
         exits.UNREACHABLE),
    ],
)  # fmt: skip
def test_exit_codes(shell: Shell, arguments: tuple[str, ...], code: int) -> None:
    found, _, err = shell(*arguments, stdin="x\n")
    assert found == code
    assert err.strip()


def test_a_wrong_password_a_silent_port_and_consent(shell: Shell, eml: Path) -> None:
    with FakePop3({}) as server:
        code, _, err = shell(
            "add", "pop3", "kim@old.example", "--host", "127.0.0.1", "--port", server.port,
            "--security", "none", "--yes", "--password-stdin", stdin="wrong\n",
        )  # fmt: skip
        assert code == exits.SIGN_IN and "kim@old.example" in err
    assert shell("add", "eml", eml, stdin="n\n")[0] == exits.USAGE
    assert shell("add", "eml", eml, stdin="y\n")[0] == exits.DONE
    assert len(shell.json("list")[1]) == 1


def test_mails_that_cannot_be_had_are_listed(shell: Shell) -> None:
    with FakeImap(dict(MAILS), Script(refused=frozenset({7}))) as server:
        _add_imap(shell, server)
        code, events = shell.json("run")
        assert code == exits.INCOMPLETE
        (mail,) = [event for event in events if event["event"] == "mail"]
        assert mail["key"].endswith("/0000000007") and mail["reason"] == "server_refuses"


def test_folders_can_be_listed_and_chosen(shell: Shell) -> None:
    script = Script(special=b'* LIST (\\Sent) "." "&vPSwuA- B"\r\n')
    with FakeImap(dict(MAILS), script) as server:
        _add_imap(shell, server, "--mailbox", "INBOX")
        _, events = shell.json("folders", "1")
        assert [event["path"] for event in events] == ["INBOX", decode_name(b"&vPSwuA- B")]
        assert [event["special_use"] for event in events] == ["inbox", "sent"]
        _, events = shell.json("run")
        assert events[-1]["mails"] == 30
        assert _add_imap(shell, server, "--mailbox", "nope") == exits.USAGE


def test_both_languages_have_every_sentence() -> None:
    for catalogue in (ERRORS, REASONS, NEEDS, DOUBTS):
        for code in catalogue:
            for korean, english in catalogue.pairs(code):
                assert korean and english and korean != english
                assert fields_of(korean) == fields_of(english)
    assert set(NEEDS) == {preset.name for preset in PRESETS}
    for language in ("ko", "en"):
        assert Say(language).problem("disk_too_small", {"needed": 2**31, "free": 5}).count("{") == 0


def test_presets_say_what_to_switch_on(shell: Shell) -> None:
    _, events = shell.json("presets")
    assert {event["name"] for event in events} == {
        "naver", "daum", "gmail", "outlook", "nate", "hiworks",
    }  # fmt: skip
    assert all(event["needs"] for event in events)


# --- a real terminal


@pytest.fixture
def terminal_environment(tmp_path: Path) -> dict[str, str]:
    paths = [path for path in sys.path if path]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYEONJI_FOLDER": str(tmp_path / "download"),
        "PYEONJI_LANG": "ko",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "TERM": "xterm",
        "COLUMNS": "100",
    }


class Terminal:
    """A program in a terminal of its own."""

    def __init__(self, environment: dict[str, str], *arguments: object):
        self._fd, child = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pyeonji_client", *map(str, arguments)],
            stdin=child, stdout=child, stderr=child, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(child)
        self.seen = ""

    def until(self, text: str, seconds: float = 30) -> None:
        """Reads until `text` was shown."""
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            left = deadline - time.monotonic()
            assert left > 0, f"never saw {text!r} in {self.seen!r}"
            if not select.select([self._fd], [], [], left)[0]:
                continue
            try:
                self.seen += os.read(self._fd, 65536).decode("utf-8", "replace")
            except OSError:
                assert text in self.seen, self.seen
                return

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def end(self) -> int:
        """Waits for the end; its exit code."""
        try:
            while os.read(self._fd, 65536):
                continue
        except OSError:
            pass  # the other end is gone: the program has ended
        code = self.process.wait(20)
        os.close(self._fd)
        return code


@pytest.fixture
def slow_server() -> Iterator[FakeImap]:
    with FakeImap({n: MAILS[1] + b"%d" % n for n in range(1, 400)}, Script(delay=0.05)) as server:
        yield server


@pytest.mark.slow
def test_in_a_terminal_password_hidden_ctrl_c_pauses_and_run_goes_on(
    terminal_environment: dict[str, str], slow_server: FakeImap
) -> None:
    add = Terminal(
        terminal_environment, "add", "imap", "kim@old.example", "--host", "127.0.0.1",
        "--port", slow_server.port, "--security", "none",
    )  # fmt: skip
    add.until("비밀번호: ")
    add.type("아무도 모름\n")
    add.until("동의하십니까?")
    add.type("y\n")
    add.until("추가했습니다")
    assert add.end() == exits.DONE
    assert "아무도 모름" not in add.seen

    run = Terminal(terminal_environment, "run", "1")
    run.until("비밀번호: ")
    run.type("아무도 모름\n")
    run.until("가져오는 중")
    os.killpg(run.process.pid, signal.SIGINT)
    run.until("일시정지했습니다")
    assert run.end() == exits.PAUSED

    again = Terminal(terminal_environment, "run", "1")
    again.until("비밀번호: ")
    again.type("아무도 모름\n")
    again.until("압축 완료. 메일 399통")
    assert again.end() == exits.DONE
    assert len(slow_server.sent) <= 399 + 200  # what was on the way when it was paused
