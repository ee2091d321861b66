"""POP3 servers that show a part of the maildrop: never "done", whatever the number."""

from collections.abc import Callable
from typing import ClassVar

import pytest

from client.tests import fake_pop3, jobs
from client.tests.fake_pop3 import FakePop3, Script
from pyeonji_client.journal import Journal
from pyeonji_client.journal.rows import Job
from pyeonji_client.model import Doubt, Security, SourceConfig, SourceKind


def _mail(number: int) -> bytes:
    return (
        f"From: kim@example.test\r\nSubject: m{number}\r\nMessage-ID: <{number}@example.test>\r\n"
        f"Date: Tue, 12 Mar 2019 10:11:12 +0900\r\n\r\nbody {'x' * (number % 97)}{number}\r\n"
    ).encode()


def _add(journal: Journal, port: int, **more: object) -> Job:
    fields: dict[str, object] = {"user": "kim", "timeout": 2.0} | more
    config = SourceConfig(SourceKind.pop3, "127.0.0.1", port, Security.none, **fields)  # type: ignore[arg-type]
    return jobs.add(journal, config)


def _doubts(journal: Journal, job: Job) -> list[Doubt]:
    return [doubt for _, doubt in journal.mails.doubts(job.id)]


class _Windowed(fake_pop3._Session):
    """A session shows `portion` mails; which, says `left`. QUIT alone ends one that counts."""

    portion = 0
    #: Of the whole maildrop, over all sessions: retrieved before a QUIT, and how many of those.
    got_before: ClassVar[set[int]] = set()
    quits: ClassVar[list[int]] = []
    stat_counts_all = False

    def __init__(self, server: FakePop3, stream: object):
        super().__init__(server, stream)  # type: ignore[arg-type]
        self._shown = dict(enumerate(self.left(sorted(server.mails))[: self.portion], start=1))
        self.mails = {number: server.mails[real] for number, real in self._shown.items()}
        self._got: set[int] = set()

    def left(self, numbers: list[int]) -> list[int]:
        """Those that no earlier session retrieved."""
        return [number for number in numbers if number not in self.got_before]

    def _retr(self, rest: bytes) -> None:
        self._got.add(self._shown[int(rest)])
        super()._retr(rest)

    def send(self, data: bytes) -> None:
        if data == b"+OK bye\r\n":
            self.got_before.update(self._got)
            self.quits.append(1)
        super().send(data)

    def _uidl(self, rest: bytes) -> None:
        if not self._server.script.uidl:
            super()._uidl(rest)
            return
        names = [b"%d real%06d\r\n" % pair for pair in self._shown.items()]
        self.send(b"+OK\r\n" + b"".join(names) + b".\r\n")


class _BehindTheLast(_Windowed):
    """Shows what is behind the last one that was retrieved (the LAST of RFC 1460)."""

    def left(self, numbers: list[int]) -> list[int]:
        last = max(self.got_before, default=0)
        return [number for number in numbers if number > last]


class _NextPage(_Windowed):
    """Shows the next page after each QUIT, whatever was retrieved."""

    def left(self, numbers: list[int]) -> list[int]:
        return numbers[len(self.quits) * self.portion :] or numbers


class _Newest(_Windowed):
    """Shows the newest first."""

    def left(self, numbers: list[int]) -> list[int]:
        return sorted(super().left(numbers), reverse=True)


@pytest.fixture
def windowed(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[_Windowed], int], None]:
    """Makes the stand-in one that shows parts."""

    def use(kind: type[_Windowed], portion: int) -> None:
        monkeypatch.setattr(kind, "portion", portion)
        monkeypatch.setattr(_Windowed, "got_before", set())
        monkeypatch.setattr(_Windowed, "quits", [])
        monkeypatch.setattr(fake_pop3, "_Session", kind)

    return use


@pytest.mark.parametrize("uidl", [True, False])
@pytest.mark.parametrize(
    ("kind", "portion"),
    [
        *((_Windowed, portion) for portion in (50, 77, 199, 250, 300)),
        *((kind, 83) for kind in (_BehindTheLast, _NextPage, _Newest)),
    ],
)
def test_a_part_is_never_done(
    journal: Journal,
    windowed: Callable[[type[_Windowed], int], None],
    kind: type[_Windowed],
    portion: int,
    uidl: bool,
) -> None:
    windowed(kind, portion)
    with FakePop3({n: _mail(n) for n in range(1, 321)}, Script(uidl=uidl)) as server:
        job = _add(journal, server.port)
        jobs.run(journal, job)
        assert len(jobs.mails(journal, job)["INBOX"]) == portion
        (doubt,) = _doubts(journal, job)
        assert (doubt.code, doubt.facts["listed"]) == ("pop3_part", portion)
        assert not journal.mails.counts(job.id).whole
        assert len(_Windowed.quits) == 1 and len(_Windowed.got_before) == 1


@pytest.mark.parametrize("portion", [77, 300])
def test_further_sessions_bring_the_rest(
    journal: Journal, windowed: Callable[[type[_Windowed], int], None], portion: int
) -> None:
    windowed(_Windowed, portion)
    with FakePop3({n: _mail(n) for n in range(1, 321)}) as server:
        job = _add(journal, server.port, sessions=True)
        jobs.run(journal, job)
        assert len(jobs.mails(journal, job)["INBOX"]) == 320
        assert journal.mails.counts(job.id).whole


def test_further_sessions_without_names_prove_nothing(
    journal: Journal, windowed: Callable[[type[_Windowed], int], None]
) -> None:
    windowed(_Windowed, 60)
    with FakePop3({n: _mail(n) for n in range(1, 100)}, Script(uidl=False)) as server:
        job = _add(journal, server.port, sessions=True)
        jobs.run(journal, job)
        assert [doubt.code for doubt in _doubts(journal, job)] == ["pop3_unproved"]


@pytest.mark.parametrize("uidl", [True, False])
@pytest.mark.parametrize("count", [49, 50, 100, 251])
def test_a_whole_maildrop_is_done(journal: Journal, count: int, uidl: bool) -> None:
    with FakePop3({n: _mail(n) for n in range(1, count + 1)}, Script(uidl=uidl)) as server:
        job = _add(journal, server.port)
        jobs.run(journal, job)
        assert not _doubts(journal, job) and journal.mails.counts(job.id).whole
        assert server.commands.count(b"QUIT") == (count >= 50)
        assert len(server.sent) == count + (0 if count < 50 else 1 if uidl else 2)
        assert not any(command.upper().startswith(b"DELE") for command in server.commands)


@pytest.mark.parametrize("name", [b"Dovecot (Debian) ready.", b"mail.example Cyrus POP3 v3.8"])
def test_a_server_known_to_show_everything_is_left_alone(journal: Journal, name: bytes) -> None:
    greeting = b"+OK " + name + b"\r\n"
    with FakePop3({n: _mail(n) for n in range(1, 61)}, Script(greeting=greeting)) as server:
        job = _add(journal, server.port)
        jobs.run(journal, job)
        assert not _doubts(journal, job)
        assert b"QUIT" not in server.commands and len(server.sent) == 60


def test_a_number_that_parts_have_stays_doubtful(journal: Journal) -> None:
    with FakePop3({n: _mail(n) for n in range(1, 251)}) as server:
        job = _add(journal, server.port)
        jobs.run(journal, job)
        assert [doubt.code for doubt in _doubts(journal, job)] == ["pop3_round"]


class _Deletes(fake_pop3._Session):
    """Deletes at QUIT what was retrieved (RFC 1939, section 8)."""

    def __init__(self, server: FakePop3, stream: object):
        super().__init__(server, stream)  # type: ignore[arg-type]
        self._got: set[int] = set()

    def _retr(self, rest: bytes) -> None:
        self._got.add(int(rest))
        super()._retr(rest)

    def send(self, data: bytes) -> None:
        if data == b"+OK bye\r\n":
            for number in self._got:
                del self._server.mails[number]
        super().send(data)


class _SaysSo(_Deletes):
    def _capa(self, rest: bytes) -> None:
        self.send(b"+OK\r\nUSER\r\nUIDL\r\nEXPIRE 0\r\n.\r\n")


@pytest.mark.parametrize(
    ("kind", "count", "left", "code"),
    [
        (_Deletes, 40, 40, None),
        (_Deletes, 60, 59, "pop3_hides"),
        (_SaysSo, 60, 60, "pop3_unproved"),
    ],
)
def test_a_server_that_deletes_at_quit_loses_one_safe_mail_at_most(
    journal: Journal,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[_Deletes],
    count: int,
    left: int,
    code: str | None,
) -> None:
    monkeypatch.setattr(fake_pop3, "_Session", kind)
    with FakePop3({n: _mail(n) for n in range(1, count + 1)}) as server:
        job = _add(journal, server.port)
        jobs.run(journal, job)
        assert len(jobs.mails(journal, job)["INBOX"]) == count
        assert len(server.mails) == left
        assert [doubt.code for doubt in _doubts(journal, job)] == ([code] if code else [])


def test_no_proof_leaves_the_server_alone_and_says_so(journal: Journal) -> None:
    with FakePop3({n: _mail(n) for n in range(1, 61)}) as server:
        job = _add(journal, server.port, proof=False)
        jobs.run(journal, job)
        assert [doubt.code for doubt in _doubts(journal, job)] == ["pop3_unproved"]
        assert b"QUIT" not in server.commands and len(server.sent) == 60


def test_mail_that_arrives_meanwhile_is_fetched_by_the_next_run(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Arriving(fake_pop3._Session):
        def send(self, data: bytes) -> None:
            if data == b"+OK bye\r\n":
                self._server.mails[len(self._server.mails) + 1] = _mail(999)
            super().send(data)

    monkeypatch.setattr(fake_pop3, "_Session", Arriving)
    with FakePop3({n: _mail(n) for n in range(1, 61)}) as server:
        job = _add(journal, server.port)
        jobs.run(journal, job)
        (doubt,) = _doubts(journal, job)
        assert (doubt.code, doubt.facts["count"]) == ("pop3_more", 1)
        monkeypatch.undo()
        jobs.run(journal, job)
        assert not _doubts(journal, job)
        assert len(jobs.mails(journal, job)["INBOX"]) == 61


@pytest.mark.parametrize("breaks", ["never again", "once"])
def test_a_server_that_cannot_be_asked_is_doubted(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, breaks: str
) -> None:
    sessions: list[int] = []

    class Breaking(fake_pop3._Session):
        def _pass(self, rest: bytes) -> None:
            sessions.append(1)
            broken = len(sessions) > 1 if breaks == "never again" else len(sessions) == 2
            self.send(b"-ERR [IN-USE] locked\r\n" if broken else b"+OK\r\n")

    monkeypatch.setattr(fake_pop3, "_Session", Breaking)
    with FakePop3({n: _mail(n) for n in range(1, 61)}) as server:
        job = _add(journal, server.port)
        jobs.run(journal, job)
    codes = [doubt.code for doubt in _doubts(journal, job)]
    assert codes == (["pop3_unproved"] if breaks == "never again" else [])
    assert len(jobs.mails(journal, job)["INBOX"]) == 60


@pytest.mark.parametrize("short", ["list", "uidl", "both"])
def test_list_uidl_and_stat_that_disagree(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, short: str
) -> None:
    """What either names is fetched; what STAT alone counts is said."""

    class Short(fake_pop3._Session):
        def _list(self, rest: bytes) -> None:
            self._less("list", super()._list, rest)

        def _uidl(self, rest: bytes) -> None:
            self._less("uidl", super()._uidl, rest)

        def _less(self, name: str, answer: Callable[[bytes], None], rest: bytes) -> None:
            everything = self.mails
            if short in (name, "both"):
                self.mails = {n: data for n, data in everything.items() if n <= 7}
            answer(rest)
            self.mails = everything

    monkeypatch.setattr(fake_pop3, "_Session", Short)
    with FakePop3({n: _mail(n) for n in range(1, 11)}) as server:
        job = _add(journal, server.port)
        jobs.run(journal, job)
    fetched = 7 if short == "both" else 10
    assert len(jobs.mails(journal, job)["INBOX"]) == fetched
    found = [(doubt.code, doubt.facts) for doubt in _doubts(journal, job)]
    assert found == ([("fewer_listed", {"listed": 7, "stated": 10})] if short == "both" else [])
