"""IMAP servers that drop, delay, truncate, lie: the right end state, or a clear sentence."""

import pytest

from client.tests import jobs
from client.tests.fake_imap import FakeImap, Script
from pyeonji_client.errors import ProtocolError, SecurityError, SignInError, ThrottledError
from pyeonji_client.fetching.run import Progress
from pyeonji_client.journal import Journal
from pyeonji_client.journal.rows import Job
from pyeonji_client.model import Auth, Security, SourceConfig, SourceKind

MAILS = {uid: b"Subject: mail %d\r\n\r\n%s\r\n" % (uid, b"x" * (uid % 50)) for uid in range(1, 351)}


def _config(server: FakeImap, **changes: object) -> SourceConfig:
    fields: dict[str, object] = {
        "kind": SourceKind.imap,
        "host": "127.0.0.1",
        "port": server.port,
        "security": Security.none,
        "user": "kim",
        "timeout": 1.0,
    }
    return SourceConfig(**(fields | changes))  # type: ignore[arg-type]


def _fetch(journal: Journal, script: Script, **changes: object) -> tuple[Job, FakeImap, list[str]]:
    """One run against a scripted server. Returns the events that were told."""
    events: list[str] = []

    def note(progress: Progress) -> None:
        events.append(progress.event)

    with FakeImap(dict(MAILS), script) as server:
        job = jobs.add(journal, _config(server, **changes))
        jobs.run(journal, job, "secret", report=note, batch_mails=20)
    return job, server, events


def _all_there(journal: Journal, job: Job, without: frozenset[int] = frozenset()) -> None:
    expected = sorted(data for uid, data in MAILS.items() if uid not in without)
    assert sorted(jobs.mails(journal, job)["INBOX"]) == expected


@pytest.mark.parametrize(
    "script",
    [
        Script(),
        Script(drop_after=73),
        Script(drop_after=41, always=True),
        Script(bye_after=120),
        Script(truncate=10),
        Script(chatter=True),
        Script(garbage=True),
        Script(throttle=3),
        Script(one_connection=True, drop_after=100),
        Script(delay=0.002),
        Script(wrong_size=frozenset({5, 340})),
        Script(all_sizes=True),
    ],
    ids=[
        "well", "drops-once", "drops-always", "bye", "truncates", "chatters", "garbage",
        "throttles", "one-connection", "slow", "wrong-sizes", "all-sizes-wrong",
    ],
)  # fmt: skip
def test_everything_arrives(journal: Journal, script: Script) -> None:
    job, _, _ = _fetch(journal, script)
    _all_there(journal, job)
    counts = journal.mails.counts(job.id)
    assert (counts.packed, counts.same, counts.lost) == (len(MAILS), 0, 0)


def test_nothing_is_asked_for_that_changes_anything(journal: Journal) -> None:
    _, server, _ = _fetch(journal, Script(drop_after=50))
    words = {b" ".join(line.split()[1:3]).upper() for line in server.commands}
    assert not any(
        word.startswith((b"SELECT", b"STORE", b"UID STORE", b"EXPUNGE", b"COPY", b"UID MOVE"))
        for word in words
    )
    assert all(b"PEEK" in line for line in server.commands if b"BODY" in line)


def test_a_break_costs_no_more_than_what_was_in_flight(journal: Journal) -> None:
    _, server, _ = _fetch(journal, Script(drop_after=130))
    again = len(server.sent) - len(set(server.sent))
    assert again == 0  # what was read is kept, also when the batch was not full


def test_wrong_sizes_are_noted(journal: Journal) -> None:
    job, _, _ = _fetch(journal, Script(wrong_size=frozenset({7})))
    told = journal.mails.told(job.id)
    assert [(outcome, reason) for _, _, outcome, reason, *_ in told] == [("packed", "size_differs")]


def test_a_server_that_always_misstates_is_not_asked_twice_for_each(journal: Journal) -> None:
    _, server, _ = _fetch(journal, Script(all_sizes=True))
    assert len(server.sent) <= len(MAILS) + 40


@pytest.mark.parametrize(
    ("script", "uids", "reason"),
    [
        (Script(poison=frozenset({1, 250})), {1, 250}, "breaks_connection"),
        (Script(silent=frozenset({9, 10})), {9, 10}, "server_refuses"),
        (Script(refused=frozenset({200})), {200}, "server_refuses"),
        (
            Script(unstable=frozenset({33}), wrong_size=frozenset({33})),
            {33},
            "unstable",
        ),
    ],
    ids=["poison", "silent", "refused", "unstable"],
)
def test_a_mail_that_cannot_be_had_costs_no_other(
    journal: Journal, script: Script, uids: set[int], reason: str
) -> None:
    job, _, _ = _fetch(journal, script)
    _all_there(journal, job, frozenset(uids))
    told = {(int(key.split("/")[1]), why) for _, key, _, why, *_ in journal.mails.told(job.id)}
    assert told == {(uid, reason) for uid in uids}


def test_a_new_uidvalidity_in_the_middle(journal: Journal) -> None:
    job, server, events = _fetch(journal, Script(validities=(1, 2), drop_after=150))
    _all_there(journal, job)
    assert "new_validity" in events
    counts = journal.mails.counts(job.id)
    assert counts.packed == len(MAILS)  # nothing twice
    assert len(server.sent) == 150 + len(MAILS)


def test_no_uidvalidity_at_all(journal: Journal) -> None:
    job, _, _ = _fetch(journal, Script(validities=(0,), drop_after=150))
    _all_there(journal, job)


def test_throttled_for_good_ends_with_a_sentence_and_keeps_what_came(journal: Journal) -> None:
    with FakeImap(dict(MAILS), Script(bye_after=60)) as server:
        job = jobs.add(journal, _config(server))

        def then_throttle(progress: Progress) -> None:
            if progress.event == "waiting":
                server.script.throttle = 1000

        with pytest.raises(ThrottledError):
            jobs.run(journal, job, "secret", report=then_throttle)
        assert journal.requests.job(job.id).error == "throttled"
        # A connection reset takes what was on the way with it; the rest is safe.
        assert 0 < journal.mails.counts(job.id).packed <= 60
        server.script.throttle = 0
        jobs.run(journal, job, "secret")
    _all_there(journal, job)


@pytest.mark.parametrize(
    ("greeting", "code"),
    [(b"+OK POP3 ready\r\n", "not_imap"), (b"220 smtp\r\n", "not_imap")],
)
def test_what_is_no_imap_server(journal: Journal, greeting: bytes, code: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        _fetch(journal, Script(greeting=greeting))
    assert caught.value.code == code


def test_an_oauth_token_and_an_expired_one(journal: Journal) -> None:
    job, _, _ = _fetch(journal, Script(), auth=Auth.xoauth2)
    _all_there(journal, job)
    with FakeImap(dict(MAILS)) as server, pytest.raises(SignInError):
        # The fake refuses a response with "expired" in it, as Gmail does: a challenge, then NO.
        config = _config(server, auth=Auth.xoauth2, user="expired" * 3)
        jobs.run(journal, jobs.add(journal, config), "token")


def test_starttls_that_is_not_offered_is_not_done_without(journal: Journal) -> None:
    with pytest.raises(SecurityError):
        _fetch(journal, Script(), security=Security.starttls)


def test_gmail_all_mail_is_fetched_once_and_sorted_by_label(journal: Journal) -> None:
    script = Script(
        capabilities=b"IMAP4rev1 AUTH=PLAIN SASL-IR X-GM-EXT-1",
        special=b'* LIST (\\All) "/" "[Gmail]/All Mail"\r\n* LIST (\\Noselect) "/" "[Gmail]"\r\n',
        labels={
            uid: (b"", b'"\\\\Inbox"', b'"&1QS4XMgd0rg-"', b'"\\\\Sent"')[uid % 4] for uid in MAILS
        },
    )
    job, server, _ = _fetch(journal, script)
    found = {path: len(mails) for path, mails in jobs.mails(journal, job).items()}
    assert found == {"보관편지함": 87, "받은편지함": 88, "프로젝트": 88, "보낸편지함": 87}
    assert len(server.sent) == len(MAILS)
