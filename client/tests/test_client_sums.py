"""The sum comes out: what a source lists is fetched, the same as another, or lost with a reason;
and a request says of itself what it is."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from client.tests import fake_imap, fake_pop3, jobs
from client.tests.fake_imap import FakeImap
from client.tests.fake_pop3 import FakePop3
from client.tests.keys import MemoryKeys
from client.tests.stopping import stopping
from pyeonji_client.application import Application
from pyeonji_client.errors import PausedError, UsageError
from pyeonji_client.fetching import planning as engine
from pyeonji_client.journal import Journal
from pyeonji_client.journal.rows import Job
from pyeonji_client.model import Security, SourceConfig, SourceKind
from pyeonji_client.texts.say import Say

MAILS = {n: b"Subject: mail %d\r\n\r\n%s\r\n" % (n, b"x" * n) for n in range(1, 121)}


def _config(kind: SourceKind, port: int, **more: Any) -> SourceConfig:
    return SourceConfig(
        kind, "127.0.0.1", port, Security.none, user="kim", timeout=1.0, **more
    )  # fmt: skip


def _from_imap(journal: Journal, script: fake_imap.Script, **more: Any) -> Job:
    with FakeImap(dict(MAILS), script) as server:
        job = jobs.add(journal, _config(SourceKind.imap, server.port, **more))
        jobs.run(journal, job, "secret", batch_mails=20)
    return job


def _sum_is_right(journal: Journal, job: Job, lost: int = 0) -> None:
    counts = journal.mails.counts(job.id)
    assert (counts.packed, counts.same, counts.lost) == (len(MAILS) - lost, 0, lost)
    assert counts.listed == len(MAILS)
    assert len(journal.mails.told(job.id)) == lost


def test_mails_that_are_read_again_under_other_uids_count_once(journal: Journal) -> None:
    script = fake_imap.Script(validities=(1, 2), drop_after=70, refused=frozenset({3}))
    _sum_is_right(journal, _from_imap(journal, script), lost=1)


def test_mails_that_are_read_again_for_want_of_a_name_count_once(journal: Journal) -> None:
    with FakePop3(dict(MAILS), fake_pop3.Script(uidl=False, drop_after=70)) as server:
        job = jobs.add(journal, _config(SourceKind.pop3, server.port))
        jobs.run(journal, job, "secret", batch_mails=20)
        _sum_is_right(journal, job)
        jobs.run(journal, job, "secret")
    _sum_is_right(journal, job)


def test_a_name_that_two_mails_share_hides_neither(journal: Journal) -> None:
    with FakePop3({1: MAILS[1]}, fake_pop3.Script(same_uidl=True)) as server:
        job = jobs.add(journal, _config(SourceKind.pop3, server.port))
        jobs.run(journal, job, "secret")
        server.mails = {1: MAILS[2], 2: MAILS[3]}
        jobs.run(journal, job, "secret")
    assert len(jobs.mails(journal, job)["INBOX"]) == 3


def test_a_mail_that_uidl_leaves_out_is_fetched(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(session: Any, rest: bytes) -> None:
        session.send(b"+OK\r\n1 a\r\n.\r\n")

    monkeypatch.setattr(fake_pop3._Session, "_uidl", short)
    with FakePop3(dict(MAILS)) as server:
        job = jobs.add(journal, _config(SourceKind.pop3, server.port))
        jobs.run(journal, job, "secret")
    _sum_is_right(journal, job)


def test_a_mail_at_which_the_server_has_a_bug_is_listed(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dovecot answers `NO [SERVERBUG]` for a damaged file: that is about one mail, not a rest."""
    fetch: Callable[[Any, bytes], bytes] = fake_imap._Session._fetch

    def buggy(session: Any, rest: bytes) -> bytes:
        return fetch(session, rest).replace(b"NO ", b"NO [SERVERBUG] ")

    monkeypatch.setattr(fake_imap._Session, "_fetch", buggy)
    _sum_is_right(journal, _from_imap(journal, fake_imap.Script(refused=frozenset({7}))), lost=1)


def test_a_chosen_mailbox_that_is_gone_costs_no_other(journal: Journal) -> None:
    """The window always names the mailboxes: one deleted at the source must not end the rest."""
    job = _from_imap(journal, fake_imap.Script(), folders=("&vPSwuA-", "INBOX"))
    assert len(jobs.mails(journal, job)["INBOX"]) == len(MAILS)
    ((path, key, outcome, reason, *_),) = journal.mails.told(job.id)
    assert (path, outcome, reason) == ("보낸", "lost", "folder_gone")
    assert Say("en").mail_key("imap", key) == "the whole mailbox"
    assert journal.requests.job(job.id).state == "packed"
    config = journal.requests.job(job.id).source
    with pytest.raises(UsageError):  # when it is made, a wrong name is a mistake to be told of
        engine.chosen(config, [], strict=True)


def test_a_mailbox_that_does_not_open_costs_no_other_and_is_fetched_once_it_does(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    examine = fake_imap._Session._examine
    script = fake_imap.Script(special=b'* LIST () "." "Locked"\r\n')
    with FakeImap(dict(MAILS), script) as server:
        job = jobs.add(journal, _config(SourceKind.imap, server.port))
        monkeypatch.setattr(
            fake_imap._Session,
            "_examine",
            lambda session, rest: b"NO [NOPERM]" if b"Locked" in rest else examine(session, rest),
        )
        jobs.run(journal, job, "secret")
        assert [row[:1] + row[3:4] for row in journal.mails.told(job.id)] == [
            ("Locked", "folder_refused")
        ]
        assert len(jobs.mails(journal, job)["INBOX"]) == len(MAILS)
        monkeypatch.setattr(fake_imap._Session, "_examine", examine)
        jobs.run(journal, job, "secret")
    assert journal.mails.told(job.id) == []
    assert len(jobs.mails(journal, job)["Locked"]) == len(MAILS)


def test_what_a_mail_program_has_compacted_is_not_missing_any_more(
    journal: Journal, tmp_path: Path
) -> None:
    line, path = b"From a@b.example Thu Jan  1 00:00:00 2024\n", tmp_path / "Inbox"
    deleted = line + b"X-Mozilla-Status: 0009\nSubject: deleted\n\nx\n\n"
    mails = [line + b"Subject: %d\n\nx\n\n" % number for number in range(4)]
    path.write_bytes(mails[0] + deleted + mails[1] + deleted + mails[2])
    job = jobs.add(journal, SourceConfig(SourceKind.mbox, path=str(path)))
    jobs.run(journal, job)
    with path.open("ab") as file:
        file.write(mails[3])
    jobs.run(journal, job)  # goes on at the end: what was lost before that still is
    counts = journal.mails.counts(job.id)
    assert (counts.listed, counts.packed, counts.same, counts.lost) == (6, 4, 0, 2)
    path.write_bytes(b"".join(mails))
    jobs.run(journal, job)
    counts = journal.mails.counts(job.id)
    assert (counts.listed, counts.packed, counts.same, counts.lost) == (4, 4, 0, 0)


def test_what_was_the_same_needs_no_more_room(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fetched but for a pause, twenty times the same mail: the disk need not hold nineteen."""
    (tmp_path / "in").mkdir()
    for number in range(20):
        (tmp_path / "in" / f"{number:02}.eml").write_bytes(b"Subject: x\r\n\r\n" + b"x" * 100_000)
    job = jobs.add(journal, SourceConfig(SourceKind.eml, path=str(tmp_path / "in")))
    with pytest.raises(PausedError):
        jobs.run(journal, job, batch_mails=1, opener=partial(stopping, 19))
    usage = engine.shutil.disk_usage(tmp_path)
    free = engine.SPARE_BYTES + 500_000
    monkeypatch.setattr(engine.shutil, "disk_usage", lambda _: usage._replace(free=free))
    jobs.run(journal, job)
    assert journal.mails.counts(job.id).same == 19


def test_killed_at_work_is_at_rest(tmp_path: Path) -> None:
    application = Application(tmp_path / "download", MemoryKeys(), "ko")
    job, _ = application.add(SourceConfig(SourceKind.eml, path=str(tmp_path)), "")
    application.journal.requests.set_state(job.id, "fetching")
    with Journal(application.folder).lock(job.id):
        assert application.jobs()[0].state == "fetching"
    assert application.jobs()[0].state == "paused"
    application.close()
