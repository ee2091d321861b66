"""POP3 servers that drop, truncate, lie or know little: the right end state, or a sentence."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from client.tests import jobs
from client.tests.fake_pop3 import FakePop3, Script
from pyeonji_client.errors import ProtocolError, SecurityError, SignInError, ThrottledError
from pyeonji_client.journal import Journal
from pyeonji_client.journal.rows import Job
from pyeonji_client.model import Auth, Mail, NothingSeen, Security, SourceConfig, SourceKind
from pyeonji_client.sources.pop3 import Pop3Source

MAILS = {
    number: b"Subject: mail %d\r\n\r\n.%s\r\n..\r\n" % (number, b"." * (number % 50))
    for number in range(1, 351)
}


def _config(server: FakePop3, **changes: object) -> SourceConfig:
    fields: dict[str, object] = {
        "kind": SourceKind.pop3,
        "host": "127.0.0.1",
        "port": server.port,
        "security": Security.none,
        "user": "kim",
        "timeout": 1.0,
    }
    return SourceConfig(**(fields | changes))  # type: ignore[arg-type]


def _fetch(journal: Journal, script: Script, **changes: object) -> tuple[Job, FakePop3]:
    with FakePop3(dict(MAILS), script) as server:
        job = jobs.add(journal, _config(server, **changes))
        jobs.run(journal, job, "secret", batch_mails=20)
    return job, server


def _all_there(journal: Journal, job: Job, without: frozenset[int] = frozenset()) -> None:
    expected = sorted(data for number, data in MAILS.items() if number not in without)
    assert sorted(jobs.mails(journal, job)["INBOX"]) == expected


@pytest.mark.parametrize(
    "script",
    [
        Script(),
        Script(pipelining=False),
        Script(capa=False),
        Script(drop_after=73),
        Script(drop_after=41, always=True),
        Script(truncate=True),
        Script(throttle=3),
        Script(uidl=False),
        Script(uidl=False, drop_after=100),
        Script(same_uidl=True),
        Script(wrong_size=frozenset({5, 340})),
        Script(all_sizes=True),
        Script(delay=0.001),
    ],
    ids=[
        "well", "no-pipelining", "no-capa", "drops-once", "drops-always", "truncates", "throttles",
        "no-uidl", "no-uidl-drops", "same-uidl", "wrong-sizes", "all-sizes-wrong", "slow",
    ],
)  # fmt: skip
def test_everything_arrives(journal: Journal, script: Script) -> None:
    job, _ = _fetch(journal, script)
    _all_there(journal, job)
    assert journal.mails.counts(job.id).packed == len(MAILS)


def test_nothing_is_deleted_and_nothing_committed(journal: Journal) -> None:
    """QUIT ends one session, in which one mail was retrieved (`pop3_proof`)."""
    _, server = _fetch(journal, Script(drop_after=50))
    words = [line.split(b" ")[0].upper() for line in server.commands]
    assert {*words} == {b"CAPA", b"USER", b"PASS", b"STAT", b"LIST", b"UIDL", b"RETR", b"QUIT"}
    ended = words.index(b"QUIT")
    began = max(at for at, word in enumerate(words[:ended]) if word == b"PASS")
    assert words[began:ended].count(b"RETR") == words.count(b"QUIT") == 1


def test_a_second_run_fetches_nothing(journal: Journal) -> None:
    with FakePop3(dict(MAILS)) as server:
        job = jobs.add(journal, _config(server))
        jobs.run(journal, job, "secret")
        jobs.run(journal, job, "secret")
        assert len(server.sent) == len(MAILS) + 2  # one a run, to see whether these are all


@pytest.mark.parametrize(
    ("script", "numbers", "reason"),
    [
        (Script(poison=frozenset({1, 250})), {1, 250}, "breaks_connection"),
        (Script(refused=frozenset({200})), {200}, "server_refuses"),
        (Script(unstable=frozenset({33}), wrong_size=frozenset({33})), {33}, "unstable"),
    ],
    ids=["poison", "refused", "unstable"],
)
def test_a_mail_that_cannot_be_had_costs_no_other(
    journal: Journal, script: Script, numbers: set[int], reason: str
) -> None:
    job, _ = _fetch(journal, script)
    _all_there(journal, job, frozenset(numbers))
    told = {(key, why) for _, key, _, why, *_ in journal.mails.told(job.id)}
    assert told == {(f"u{number:06d}", reason) for number in numbers}


def test_sentences(journal: Journal) -> None:
    with pytest.raises(ProtocolError):
        _fetch(journal, Script(greeting=b"* OK IMAP\r\n"))
    with pytest.raises(ThrottledError):
        _fetch(journal, Script(throttle=100))
    with pytest.raises(SecurityError):
        _fetch(journal, Script(), security=Security.starttls)
    with pytest.raises(SecurityError):
        _fetch(journal, Script(), auth=Auth.xoauth2)
    with FakePop3({}) as server, pytest.raises(SignInError):
        jobs.run(journal, jobs.add(journal, _config(server)), "wrong")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from([b"", b".", b"..", b".\r", b"x", b"\r", b"\x00", b". "]), max_size=8)
)
def test_any_lines_come_out_as_they_went_in(lines: list[bytes]) -> None:
    data = b"".join(line + b"\r\n" for line in lines) or b"\r\n"
    with FakePop3({1: data, 2: b"Subject: after\r\n"}) as server:
        source = Pop3Source(_config(server), "secret")
        found = list(source.mails(source.folders()[0], NothingSeen()))
        source.close()
    bodies = [item.data for item in found if isinstance(item, Mail)]
    assert bodies == [data, b"Subject: after\r\n"]
