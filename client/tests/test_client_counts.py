"""What is packed against what it was not derived from: servers and files that count wrong."""

import gzip
from pathlib import Path

import pytest

from client.tests import fake_imap, jobs
from client.tests.fake_imap import FakeImap
from pyeonji_client.journal import Journal
from pyeonji_client.journal.rows import Job
from pyeonji_client.model import Security, SourceConfig, SourceKind
from pyeonji_client.sources.torn import is_torn


def _mail(name: str) -> bytes:
    return (
        f"From: kim@example.test\r\nSubject: {name}\r\nDate: Tue, 12 Mar 2019 10:11:12 +0900\r\n"
        f"Message-ID: <{name}@example.test>\r\n\r\nbody {name}\r\n"
    ).encode()


def _imap(journal: Journal, port: int) -> Job:
    config = SourceConfig(
        SourceKind.imap, "127.0.0.1", port, Security.none, user="kim", timeout=2.0
    )
    job = jobs.add(journal, config)
    jobs.run(journal, job, "secret")
    return job


def _files(journal: Journal, kind: SourceKind, path: Path) -> Job:
    job = jobs.add(journal, SourceConfig(kind, path=str(path)))
    jobs.run(journal, job)
    return job


def _doubts(journal: Journal, job: Job) -> list[tuple[str, dict[str, str | int]]]:
    return [(doubt.code, doubt.facts) for _, doubt in journal.mails.doubts(job.id)]


# --- servers


def test_a_status_that_counts_more_than_examine_is_doubted(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def status(self: fake_imap._Session, rest: bytes) -> bytes:
        self.send(b'* STATUS "INBOX" (MESSAGES 12)\r\n')
        return b"OK"

    monkeypatch.setattr(fake_imap._Session, "_status", status)
    with FakeImap({n: _mail(f"m{n}") for n in range(1, 10)}) as server:
        job = _imap(journal, server.port)
    assert _doubts(journal, job) == [("fewer_listed", {"listed": 9, "stated": 12})]
    assert not journal.mails.counts(job.id).whole


@pytest.mark.parametrize("always", [False, True])
def test_a_folder_that_shrinks_while_it_is_listed_is_listed_again(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, always: bool
) -> None:
    """Numbers shifted: a mail that is still there was passed over."""
    numbers, listed = fake_imap._Session._numbers, []

    def short(self: fake_imap._Session, rest: bytes) -> bytes:
        listed.append(1)
        if always or len(listed) == 1:
            self.send(b"* 1 EXPUNGE\r\n")
            return numbers(self, rest.replace(b"1:9", b"1:7"))
        return numbers(self, rest)

    monkeypatch.setattr(fake_imap._Session, "_numbers", short)
    with FakeImap({n: _mail(f"m{n}") for n in range(1, 10)}) as server:
        job = _imap(journal, server.port)
    found = jobs.mails(journal, job)["INBOX"]
    assert len(found) == (7 if always else 9)
    expected = [("fewer_listed", {"listed": 7, "stated": 9})] if always else []
    assert _doubts(journal, job) == expected


def test_bodies_of_fewer_mails_than_exist_are_listed(journal: Journal) -> None:
    script = fake_imap.Script(silent=frozenset({3, 9}))
    with FakeImap({n: _mail(f"m{n}") for n in range(1, 10)}, script) as server:
        job = _imap(journal, server.port)
    assert [one.reason for one in journal.mails.told(job.id)] == ["server_refuses"] * 2
    assert not journal.mails.counts(job.id).whole


# --- files

_PARTS = (
    b'Content-Type: multipart/mixed;\r\n boundary="B B"\r\n\r\n--B B\r\n\r\nhello\r\n--B B--\r\n'
)


def test_a_torn_tail_is_seen() -> None:
    whole = b"Subject: x\r\nDate: y\r\n" + _PARTS
    assert not is_torn(whole) and not is_torn(_mail("x"))
    for end in range(1, len(whole) - 1):
        assert is_torn(whole[:end]) or (
            b"boundary" not in whole[:end] and whole[:end][-1] in b"\r\n"
        )


@pytest.mark.parametrize("cut", [4, 12, 60])
def test_an_mbox_that_ends_in_the_middle_is_doubted(
    journal: Journal, tmp_path: Path, cut: int
) -> None:
    line = b"From kim@example.test Tue Mar 12 10:11:12 2019\r\n"
    parts = b"From: kim@example.test\r\nSubject: last\r\n" + _PARTS
    whole = b"".join(line + mail + b"\r\n" for mail in (_mail("a"), _mail("b"), parts))
    (tmp_path / "Inbox").write_bytes(whole[: len(whole) - cut])
    job = _files(journal, SourceKind.mbox, tmp_path / "Inbox")
    offset = whole.rindex(line)
    assert _doubts(journal, job) == [("torn_tail", {"offset": offset})]
    assert len(jobs.mails(journal, job)["Inbox"]) == 3
    jobs.run(journal, job)
    assert _doubts(journal, job) == [("torn_tail", {"offset": offset})]
    (tmp_path / "Inbox").write_bytes(whole)
    jobs.run(journal, job)
    assert _doubts(journal, job) == []


def test_what_a_maildir_did_not_deliver_is_told_of(journal: Journal, tmp_path: Path) -> None:
    for part in ("cur", "new", "tmp"):
        (tmp_path / part).mkdir()
        (tmp_path / part / f"1.{part}.host").write_bytes(_mail(part))
    job = _files(journal, SourceKind.maildir, tmp_path)
    assert _doubts(journal, job) == [("file_not_read", {"path": "tmp/1.tmp.host"})]
    assert len(jobs.mails(journal, job)["INBOX"]) == 2


def test_numbered_files_are_mail_and_other_names_are_told_of(
    journal: Journal, tmp_path: Path
) -> None:
    """MH has numbers for names; what only begins like a mail may be one."""
    elsewhere = tmp_path / "elsewhere.eml"
    elsewhere.write_bytes(_mail("elsewhere"))
    tree = tmp_path / "Mail"
    (tree / "받은편지함").mkdir(parents=True)
    for name, data in {
        "받은편지함/1": _mail("one"), "받은편지함/2": _mail("two"), "받은편지함/3": b"no mail",
        "받은편지함/.mh_sequences": b"unseen: 2\n", "견적서": _mail("a"), "메모.txt": _mail("b"),
        "note.txt": b"Dear Kim: hello\n", "c.eml.gz": gzip.compress(_mail("c")),
        "d.eml": _mail("d"), "e.mbox.bak": b"x",
    }.items():  # fmt: skip
        (tree / name).write_bytes(data)
    (tree / "link.eml").symlink_to(elsewhere)
    (tree / "nowhere.eml").symlink_to(tmp_path / "gone")
    job = _files(journal, SourceKind.eml, tree)
    assert jobs.mails(journal, job) == {
        "Mail": [_mail("d")], "받은편지함": [_mail("one"), _mail("two")],
    }  # fmt: skip
    assert sorted(str(facts["path"]) for _, facts in _doubts(journal, job)) == [
        "c.eml.gz", "e.mbox.bak", "link.eml", "견적서", "메모.txt",
    ]  # fmt: skip
