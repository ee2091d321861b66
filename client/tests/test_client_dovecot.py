"""Against a real Dovecot: every mail of the corpora comes out as the server sends it."""

import csv
import hashlib
import imaplib
import poplib
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from client.tests import dovecot, jobs
from pyeonji.imap.lexer import encode_name
from pyeonji_client.errors import CertificateError, SignInError
from pyeonji_client.fetching.run import Progress
from pyeonji_client.journal import Journal
from pyeonji_client.model import Security, SourceConfig, SourceKind
from tests.support.corpora import corpus_eml

pytestmark = pytest.mark.slow

_TLS = {SourceKind.imap: "imaps", SourceKind.pop3: "pop3s"}


def _config(server: dovecot.Dovecot, kind: SourceKind, security: Security) -> SourceConfig:
    port = getattr(server, _TLS[kind] if security is Security.tls else kind.value)
    return SourceConfig(
        kind=kind,
        host="localhost",
        port=port,
        security=security,
        user=dovecot.USER,
        ca_file=str(server.ca_file),
        timeout=20,
    )


@pytest.fixture(scope="module")
def corpus_server(mail_server: dovecot.Dovecot) -> dovecot.Dovecot:
    """The whole corpus in 받은편지함 and a nested Korean folder of a Korean user."""
    corpus = corpus_eml()
    mail_server.forget()
    inbox = mail_server.maildir()
    name = ".".join(encode_name(part).decode() for part in ("프로젝트", "2025 신제품 & 계획"))
    nested = mail_server.maildir(folder=name)
    with (corpus / "MANIFEST.csv").open(encoding="utf-8") as manifest:
        rows = [row for row in csv.DictReader(manifest) if row["kind"] == "eml"]
    for number, row in enumerate(rows):
        data = (corpus / row["path"]).read_bytes()
        flags = "S" if number % 2 else "FR"
        place = nested if number % 5 == 0 else inbox
        (place / "cur" / f"{1_500_000_000 + number}.{number}.corpus:2,{flags}").write_bytes(data)
    mail_server.settle()
    return mail_server


def _by_imaplib(server: dovecot.Dovecot) -> dict[str, list[str]]:
    """Digests of what Dovecot sends, fetched by Python's own client."""
    found: dict[str, list[str]] = {}
    client = imaplib.IMAP4("localhost", server.imap)
    user, secret = dovecot.USER, dovecot.PASSWORD
    client.authenticate("PLAIN", lambda _: f"\0{user}\0{secret}".encode())
    nested = encode_name("프로젝트/2025 신제품 & 계획").decode()
    for raw, path in (("INBOX", "INBOX"), (nested, "프로젝트/2025 신제품 & 계획")):
        client.select(f'"{raw}"', readonly=True)
        _, data = client.fetch("1:*", "(BODY.PEEK[])")
        found[path] = [item[1] for item in data if isinstance(item, tuple)]
    client.logout()
    return {path: sorted(map(_digest, mails)) for path, mails in found.items()}


def _by_poplib(server: dovecot.Dovecot) -> list[str]:
    limit = poplib._MAXLINE  # type: ignore[attr-defined]
    poplib._MAXLINE = 10**9  # type: ignore[attr-defined]
    try:
        context = ssl.create_default_context(cafile=str(server.ca_file))
        client = poplib.POP3_SSL("localhost", server.pop3s, context=context)
        client.utf8 = lambda: b""  # type: ignore[method-assign]
        client.encoding = "utf-8"
        client.user(dovecot.USER)
        client.pass_(dovecot.PASSWORD)
        count = client.stat()[0]
        mails = [
            b"".join(line + b"\r\n" for line in client.retr(number + 1)[1])
            for number in range(count)
        ]
        client.close()
        return sorted(map(_digest, mails))
    finally:
        poplib._MAXLINE = limit  # type: ignore[attr-defined]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("security", [Security.tls, Security.starttls])
def test_imap_brings_every_mail_as_it_is_sent(
    corpus_server: dovecot.Dovecot, journal: Journal, security: Security
) -> None:
    expected = _by_imaplib(corpus_server)
    job = jobs.add(journal, _config(corpus_server, SourceKind.imap, security))
    jobs.run(journal, job, dovecot.PASSWORD)
    found = jobs.digests(journal, job)
    # The same bytes twice in one folder are packed once, and said so.
    assert found == {path: sorted(set(mails)) for path, mails in expected.items()}
    counts = journal.mails.counts(job.id)
    assert counts.packed + counts.same == counts.listed == sum(map(len, expected.values()))
    assert counts.same == sum(len(mails) - len(set(mails)) for mails in expected.values())
    assert counts.lost == 0


def test_pop3_brings_every_mail_as_it_is_sent(
    corpus_server: dovecot.Dovecot, journal: Journal
) -> None:
    expected = _by_poplib(corpus_server)
    config = replace(_config(corpus_server, SourceKind.pop3, Security.tls), into="옛 편지")
    job = jobs.add(journal, config)
    jobs.run(journal, job, dovecot.PASSWORD)
    assert jobs.digests(journal, job) == {"옛 편지": sorted(set(expected))}
    counts = journal.mails.counts(job.id)
    assert counts.packed + counts.same == counts.listed == len(expected)
    assert counts.lost == 0


def test_nothing_at_the_source_is_changed(corpus_server: dovecot.Dovecot, journal: Journal) -> None:
    def listing() -> set[str]:
        root = corpus_server.base / "mail" / dovecot.USER
        return {str(path.relative_to(root)) for path in root.rglob("*.corpus:2,*")}

    before = listing()
    for kind in (SourceKind.imap, SourceKind.pop3):
        job = jobs.add(journal, _config(corpus_server, kind, Security.tls))
        jobs.run(journal, job, dovecot.PASSWORD)
    assert listing() == before  # names hold the flags


def test_a_second_run_fetches_only_what_is_new(
    corpus_server: dovecot.Dovecot, journal: Journal
) -> None:
    for kind in (SourceKind.imap, SourceKind.pop3):
        job = jobs.add(journal, _config(corpus_server, kind, Security.tls))
        jobs.run(journal, job, dovecot.PASSWORD)
        before = journal.mails.counts(job.id)
        extra = corpus_server.maildir() / "cur" / f"1790000000.{kind}.host:2,"
        extra.write_bytes(f"Subject: new {kind}\r\n\r\nnew\r\n".encode())
        corpus_server.settle()
        events: list[Progress] = []
        jobs.run(journal, job, dovecot.PASSWORD, report=events.append)
        after = journal.mails.counts(job.id)
        extra.unlink()
        assert (after.packed - before.packed, after.same - before.same) == (1, 0)
        assert len(journal.requests.archives(job.id, "sealed")) >= 2


def test_flags_dates_and_special_use_are_kept(
    corpus_server: dovecot.Dovecot, journal: Journal
) -> None:
    job = jobs.add(journal, _config(corpus_server, SourceKind.imap, Security.tls))
    jobs.run(journal, job, dovecot.PASSWORD)
    boxes = {box.path: box for box in journal.requests.mailboxes(job.id)}
    assert boxes["INBOX"].special_use == "inbox"
    rows = [
        row
        for archive in journal.requests.archives(job.id)
        for row in journal.mails.packed_in(archive.id)
    ]
    assert {flags for row in rows for flags in row.flags} >= {"\\Seen", "\\Flagged", "\\Answered"}
    # INTERNALDATE is the file's time, which is now: more than a day ahead of nothing.
    assert all(row.uid for row in rows)


def test_a_wrong_password_and_a_strange_certificate(
    corpus_server: dovecot.Dovecot, journal: Journal, tmp_path: Path
) -> None:
    for kind in (SourceKind.imap, SourceKind.pop3):
        config = _config(corpus_server, kind, Security.tls)
        with pytest.raises(SignInError):
            jobs.run(journal, jobs.add(journal, config), "wrong")
        with pytest.raises(CertificateError):
            jobs.run(journal, jobs.add(journal, replace(config, ca_file="")), dovecot.PASSWORD)
        with pytest.raises(CertificateError):
            unmatched = replace(config, host="127.0.0.1")
            jobs.run(journal, jobs.add(journal, unmatched), dovecot.PASSWORD)
