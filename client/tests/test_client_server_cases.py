"""Servers as they were met in the field: what they give is packed, the rest is said, never less."""

from pathlib import Path

import pytest

from client.tests import fake_imap, jobs
from client.tests.fake_imap import FakeImap
from pyeonji_client.errors import AccountError, RefusedError, TokenError
from pyeonji_client.journal import Journal
from pyeonji_client.journal.rows import Job
from pyeonji_client.model import Auth, Security, SourceConfig, SourceKind
from pyeonji_client.sources import open_source
from pyeonji_client.sources.placeholders import stands_in


def _mail(name: str, more: str = "") -> bytes:
    return (
        f"From: kim@example.test\r\nSubject: {name}\r\nDate: Tue, 12 Mar 2019 10:11:12 +0900\r\n"
        f"Message-ID: <{name}@example.test>\r\n\r\nbody {name}{more}\r\n"
    ).encode()


def _config(kind: SourceKind, port: int, **more: object) -> SourceConfig:
    fields: dict[str, object] = {"user": "kim", "timeout": 2.0} | more
    return SourceConfig(kind, "127.0.0.1", port, Security.none, **fields)  # type: ignore[arg-type]


def _run(journal: Journal, job: Job, secret: object = "secret") -> None:
    jobs.run(journal, job, secret)  # type: ignore[arg-type]


def _told(journal: Journal, job: Job) -> dict[int, str]:
    return {int(one.key.rpartition("/")[2]): one.reason for one in journal.mails.told(job.id)}


PLACEHOLDER = (
    b'MIME-Version: 1.0\r\nContent-Type: text/plain; charset="us-ascii"\r\n'
    b"From: Microsoft Exchange Server 2010\r\nTo: Kim <kim@example.test>\r\n"
    b"Subject: Retrieval using the IMAP4 protocol failed for the following\r\n message: 3\r\n\r\n"
    b"This stands in for a mail that could not be converted.\r\n"
)


class _Exchange(fake_imap._Session):
    """Hands over some mails in every way there is of not handing one over."""

    def _mail(self, number: int, uid: int, data: bytes) -> None:
        head = b"* %d FETCH (UID %d FLAGS (\\Seen) RFC822.SIZE " % (number, uid)
        bodies = {
            3: b"%d BODY[] {%d}\r\n%s)" % (len(PLACEHOLDER), len(PLACEHOLDER), PLACEHOLDER),
            4: b"%d BODY[] NIL)" % len(data),
            5: b'%d BODY[] "")' % len(data),
            6: b"%d)" % len(data),
            9: b"%d BODY[] {0}\r\n)" % len(data),
            10: b"%d BODY[] {%d}\r\n%s)" % (len(data), len(PLACEHOLDER), PLACEHOLDER),
        }
        if uid == 11:  # in two pieces, the second without its UID
            self.send(b"* %d FETCH (UID 11 FLAGS (\\Flagged))\r\n" % number)
            self.send(b"* %d FETCH (BODY[] {%d}\r\n%s)\r\n" % (number, len(data), data))
        elif uid in bodies:
            self.send(head + bodies[uid] + b"\r\n")
        elif uid != 2:
            super()._mail(number, uid, data)

    def _fetch(self, rest: bytes) -> bytes:
        asked = rest.split(b" ")[2].replace(b":", b",").split(b",")
        if int(asked[0]) <= 7 <= int(asked[-1]):
            return b"NO [UNAVAILABLE] not this one"
        return super()._fetch(rest)


def test_what_the_server_does_not_hand_over_is_said_of_each(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake_imap, "_Session", _Exchange)
    mails = {uid: _mail(f"m{uid}") for uid in range(1, 12)}
    with FakeImap(mails) as server:
        job = jobs.add(journal, _config(SourceKind.imap, server.port))
        for _ in range(2):
            _run(journal, job)
            packed = jobs.mails(journal, job)["INBOX"]
            assert sorted(packed) == sorted([mails[1], mails[8], mails[11]])
            assert _told(journal, job) == {
                2: "server_refuses", 3: "placeholder", 4: "server_refuses", 5: "server_refuses",
                6: "server_refuses", 7: "server_refuses", 9: "server_refuses", 10: "placeholder",
            }  # fmt: skip
    seven = next(one for one in journal.mails.told(job.id) if one.key.endswith("7"))
    assert seven.detail == "[UNAVAILABLE] not this one"
    (archive,) = journal.requests.archives(job.id)
    flags = {row.uid: row.flags for row in journal.mails.packed_in(archive.id)}
    assert flags[11] == ("\\Flagged",)


@pytest.mark.parametrize(
    ("subject", "sender", "expected"),
    [
        ("IMAP4 프로토콜을 사용하여 검색하지 못했습니다: 7", "Microsoft Exchange Server", True),
        ("Retrieval using the POP3 protocol failed for the following message: 9",
         "Microsoft Exchange Server 2016", True),
        ("IMAP 설정 초안", "Kim <kim@example.test>", False),
        ("new imap", "", False),
    ],
)  # fmt: skip
def test_placeholders(subject: str, sender: str, expected: bool) -> None:
    head = f"From: {sender}\r\n" if sender else ""
    assert stands_in(f"{head}Subject: {subject}\r\n\r\nx".encode()) is expected
    assert not stands_in(f"{head}Subject: {subject}\r\nMessage-ID: <1@x>\r\n\r\nx".encode())


@pytest.mark.parametrize("alike", [False, True], ids=["other-sizes", "same-sizes"])
def test_a_uid_that_is_another_mail_is_fetched(journal: Journal, alike: bool) -> None:
    a = {n: _mail(f"a{n}", "" if alike else "x" * n) for n in range(1, 6)}
    b = {n: _mail(f"b{n}", "" if alike else "y" * (9 + n)) for n in (3, 4)}
    with FakeImap(dict(a), fake_imap.Script(validities=(4,))) as server:
        job = jobs.add(journal, _config(SourceKind.imap, server.port))
        _run(journal, job)
        server.mails = {1: a[1], 2: a[2], 3: b[3], 4: b[4], 5: a[3], 6: a[4]}
        _run(journal, job)
        assert sorted(jobs.mails(journal, job)["INBOX"]) == sorted([*a.values(), *b.values()])
        server.sent.clear()
        _run(journal, job)
        assert not server.sent or alike
    assert journal.mails.counts(job.id).whole


def test_a_copy_of_a_mail_costs_no_second_reading(journal: Journal) -> None:
    a = {n: _mail(f"a{n}") for n in range(1, 200)}
    with FakeImap(dict(a)) as server:
        job = jobs.add(journal, _config(SourceKind.imap, server.port))
        _run(journal, job)
        server.sent.clear()
        server.mails[500] = a[7]
        _run(journal, job)
        assert sorted(server.sent) == [7, 500]


_SPACES = b'* NAMESPACE (("" "/")) (("user/" "/")) (("shared/" "/")("Public/" "/"))\r\n'


class _Shared(fake_imap._Session):
    def _list(self, rest: bytes) -> bytes:
        for name in (b"INBOX", b"Sent", b"Calendar", b"user/lee", b"user/lee/Sent", b"shared/all",
                     b"Public/News", b"userdata"):  # fmt: skip
            self.send(b'* LIST () "/" "%s"\r\n' % name)
        return b"OK done"


def test_other_peoples_mailboxes_are_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake_imap, "_Session", _Shared)
    script = fake_imap.Script(namespace=_SPACES)
    script.capabilities += b" NAMESPACE"
    with FakeImap({}, script) as server:
        source = open_source(_config(SourceKind.imap, server.port), "x")
        folders = {folder.path: folder for folder in source.folders()}
        source.close()
    chosen = {path for path, one in folders.items() if one.chosen}
    assert chosen == {"INBOX", "Sent", "userdata"}
    owners = {path: one.owner for path, one in folders.items()}
    assert owners["user/lee"] == owners["user/lee/Sent"] == "other"
    assert owners["shared/all"] == owners["Public/News"] == "shared"
    assert folders["user/lee/Sent"].special_use is None
    assert not folders["Calendar"].chosen and folders["Calendar"].owner == "own"


@pytest.mark.parametrize("namespace", [b'* NAMESPACE (("INBOX." ".")) NIL NIL\r\n', b""])
def test_a_prefix_of_every_name_is_no_level(
    monkeypatch: pytest.MonkeyPatch, namespace: bytes
) -> None:
    def listed(self: fake_imap._Session, rest: bytes) -> bytes:
        for name in (b"INBOX", b"INBOX.Sent", b"INBOX.&vPSwuNO4ycDVaA-", b"INBOX.a.b"):
            self.send(b'* LIST () "." "%s"\r\n' % name)
        return b"OK done"

    monkeypatch.setattr(fake_imap._Session, "_list", listed)
    script = fake_imap.Script(namespace=namespace)
    script.capabilities += b" NAMESPACE" if namespace else b""
    with FakeImap({}, script) as server:
        source = open_source(_config(SourceKind.imap, server.port), "x")
        folders = source.folders()
        source.close()
    assert [folder.path for folder in folders] == ["INBOX", "Sent", "보낸편지함", "a/b"]
    assert [folder.special_use for folder in folders] == ["inbox", "sent", "sent", None]


class _Tokens:
    """Hands out tokens; the server believes only the newest."""

    def __init__(self, spare: int):
        self.token, self._spare, self.asked = "t0", spare, 0

    def __call__(self, spent: str = "") -> str:
        if spent == self.token:
            self.asked += 1
            if self.asked > self._spare:
                raise TokenError("token_refused")
            self.token = f"t{self.asked}"
        return self.token


def test_a_token_that_dies_in_the_middle_is_renewed_in_silence(journal: Journal) -> None:
    mails = {n: _mail(f"m{n}") for n in range(1, 1001)}
    script = fake_imap.Script(token_lives=400)
    with FakeImap(mails, script) as server:
        job = jobs.add(journal, _config(SourceKind.imap, server.port, auth=Auth.xoauth2))
        tokens = _Tokens(spare=10)
        _run(journal, job, tokens)
    assert len(jobs.mails(journal, job)["INBOX"]) == 1000
    assert tokens.asked == 2
    assert journal.mails.counts(job.id).whole


@pytest.mark.parametrize("secret", ["t0", _Tokens(spare=0)], ids=["by-hand", "no-more"])
def test_a_token_that_dies_for_good_keeps_what_came(journal: Journal, secret: object) -> None:
    mails = {n: _mail(f"m{n}") for n in range(1, 1001)}
    with FakeImap(mails, fake_imap.Script(token_lives=400)) as server:
        job = jobs.add(journal, _config(SourceKind.imap, server.port, auth=Auth.xoauth2))
        with pytest.raises(TokenError) as caught:
            _run(journal, job, secret)
        assert caught.value.code == "token_refused"
        assert 0 < journal.mails.counts(job.id).packed <= 400
        server.script.token_lives = 10_000
        _run(journal, job, "t1")
    assert len(jobs.mails(journal, job)["INBOX"]) == 1000


@pytest.mark.parametrize(
    ("served", "words"),
    [
        (0, b"BAD User is authenticated but not connected."),
        (1, b"BAD User is authenticated but not connected."),
        (0, b"NO [ALERT] IMAP access is disabled for your mailbox"),
    ],
)
def test_signed_in_and_nothing_served_is_a_matter_of_the_account(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, served: int, words: bytes
) -> None:
    """`served`: how many commands after the sign-in are answered."""
    with FakeImap({1: _mail("a")}, fake_imap.Script(serves=served, unserved=words)) as server:
        job = jobs.add(journal, _config(SourceKind.imap, server.port))
        with pytest.raises(AccountError) as caught:
            _run(journal, job)
        assert server.connections == 1
    assert caught.value.code == "account_not_served"
    assert caught.value.facts["said"] == words.decode().partition(" ")[2]


def test_id_is_sent_before_a_folder_is_opened(journal: Journal) -> None:
    script = fake_imap.Script(wants_id=True)
    script.capabilities += b" ID"
    with FakeImap({1: _mail("a")}, script) as server:
        job = jobs.add(journal, _config(SourceKind.imap, server.port))
        _run(journal, job)
    assert jobs.mails(journal, job)["INBOX"] == [_mail("a")]


def test_a_refusal_of_every_folder_is_said_in_the_servers_words(journal: Journal) -> None:
    with FakeImap({1: _mail("a")}, fake_imap.Script(wants_id=True)) as server:
        job = jobs.add(journal, _config(SourceKind.imap, server.port))
        with pytest.raises(RefusedError) as caught:
            _run(journal, job)
    assert caught.value.code == "every_folder_refused"
    assert caught.value.facts["said"] == "send ID first"
    assert journal.requests.job(job.id).state == "failed"


def test_fewer_listed_than_stated_is_doubted(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = fake_imap._Session._numbers

    def short(self: fake_imap._Session, rest: bytes) -> bytes:
        return numbers(self, rest.replace(b"1:9", b"1:7"))

    monkeypatch.setattr(fake_imap._Session, "_numbers", short)
    with FakeImap({n: _mail(f"m{n}") for n in range(1, 10)}) as server:
        job = jobs.add(journal, _config(SourceKind.imap, server.port))
        _run(journal, job)
    ((path, doubt),) = journal.mails.doubts(job.id)
    assert (path, doubt.code, doubt.facts) == ("INBOX", "fewer_listed", {"listed": 7, "stated": 9})
    assert not journal.mails.counts(job.id).whole


@pytest.mark.parametrize("between", [b"From ", b"From kim@example.test Tue Mar 12 10:11:12 2019"])
def test_a_mail_with_another_one_inside_is_doubted(
    journal: Journal, tmp_path: Path, between: bytes
) -> None:
    two = _mail("one") + b"\r\n" + between + b"\r\n" + _mail("two")
    (tmp_path / "two.eml").write_bytes(two)
    (tmp_path / "one.eml").write_bytes(_mail("x") + b"From now on we meet at ten.\r\nFrom: Kim\r\n")
    job = jobs.add(journal, SourceConfig(SourceKind.eml, path=str(tmp_path)))
    _run(journal, job)
    assert [(one.key, one.reason) for one in journal.mails.told(job.id)] == [
        ("two.eml", "may_hold_more")
    ]
    counts = journal.mails.counts(job.id)
    assert (counts.packed, counts.lost, counts.doubts) == (2, 0, 1)
    assert not counts.whole
