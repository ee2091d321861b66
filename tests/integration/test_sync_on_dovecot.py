"""Keeping up with a real Dovecot: every byte it gives, and nothing twice over the line."""

import imaplib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import dovecot
from pyeonji.adapters.imap import ImapServers
from pyeonji.domain.accounts import Account, Company
from pyeonji.domain.homes import Home, HomeKind, Security, SignIn
from pyeonji.usecases.accounts.homes import choose_home
from tests.support import syncing
from tests.support.corpora import corpus_eml, manifest
from tests.support.fakes import World
from tests.support.mail_servers import LEE, LEE_PASSWORD, MASTER_PASSWORD, dovecot_server
from tests.support.syncing import letter
from tests.support.worlds import altered

pytestmark = pytest.mark.skipif(dovecot.missing() is not None, reason=str(dovecot.missing()))


def sync(world: Any) -> str | None:
    return syncing.sync(world, LEE)


def boxes(world: Any) -> dict[str, Any]:
    return syncing.boxes(world, LEE)


def contents(world: Any, path: str = "INBOX") -> list[bytes]:
    return syncing.contents(world, path, LEE)


def agree(world: Any) -> None:
    syncing.agree(world, LEE)


class CountingServers(ImapServers):
    """Remembers the connections it opened."""

    def __init__(self) -> None:
        super().__init__(literal_limit=50_000_000, loopback=True)
        self.opened: list[Any] = []

    def open(self, home: Home, email: str, secret: str) -> Any:
        server = super().open(home, email, secret)
        self.opened.append(server)
        return server

    def counts(self) -> tuple[int, int]:
        """Commands and bytes since the last time."""
        found = (
            sum(server.commands for server in self.opened),
            sum(server.received_bytes for server in self.opened),
        )
        self.opened.clear()
        return found


@pytest.fixture
def server() -> Iterator[dovecot.MailServer]:
    # Not below pytest's own folder: another pytest that begins closes that to the server's user.
    with (
        tempfile.TemporaryDirectory(prefix="pyeonji-dovecot-") as base,
        dovecot_server(Path(base)) as running,
    ):
        yield running


@pytest.fixture
def servers() -> CountingServers:
    return CountingServers()


@pytest.fixture
def world(server: dovecot.MailServer, servers: CountingServers) -> World:
    made = altered(World(), mail_servers=servers)
    made.accounts.put_company(Company("acme.example", "에이크미"))
    made.accounts.put_account(Account(LEE))
    home = Home(
        HomeKind.IMAP, "localhost", server.port, Security.NONE, SignIn.MASTER, user=dovecot.MASTER
    )
    choose_home(made, domain="acme.example", home=home, secret=MASTER_PASSWORD)
    return made


@pytest.fixture
def mail(server: dovecot.MailServer) -> Iterator[imaplib.IMAP4]:
    with imaplib.IMAP4("127.0.0.1", server.port) as connection:
        connection.login(LEE, LEE_PASSWORD)
        yield connection


def put(mail: imaplib.IMAP4, folder: str, data: bytes, flags: str = "(\\Seen)") -> None:
    # imaplib turns line ends of what is appended into CRLF by itself.
    assert mail.append(folder, flags, '"17-Jul-2025 02:44:25 +0000"', data)[0] == "OK"


def given(mail: imaplib.IMAP4, folder: str = "INBOX") -> list[bytes]:
    """Every mail as another client gets it."""
    mail.select(folder, readonly=True)
    _, numbers = mail.search(None, "ALL")
    found = []
    for number in numbers[0].split():
        _, parts = mail.fetch(number.decode(), "(BODY.PEEK[])")
        found.append(parts[0][1])  # type: ignore[index]
    mail.close()
    return sorted(found)


def test_every_byte_of_the_corpus_and_then_only_what_is_new(
    world: World, servers: CountingServers, mail: imaplib.IMAP4
) -> None:
    corpus = corpus_eml()
    files = [corpus / row["path"] for row in manifest(corpus)]
    files = [path for path in files if path.stat().st_size and b"\0" not in path.read_bytes()]
    assert len(files) > 300
    for path in files:
        put(mail, "INBOX", path.read_bytes())
    mail.create("&vPSwuNO4ycDVaA-")
    put(mail, "&vPSwuNO4ycDVaA-", letter("sent"))
    assert sync(world) is None
    there = given(mail)
    assert len(there) == len(files)
    assert contents(world) == there
    assert boxes(world)["보낸편지함"].special_use == "sent"
    agree(world)
    servers.counts()
    assert sync(world) is None
    commands, received = servers.counts()
    # Sign-in, ID, NAMESPACE, LIST, a STATUS a folder, LOGOUT.
    assert commands <= 9 + len(boxes(world)), commands
    assert received < 4_000
    new = letter("new", "x" * 5000)
    put(mail, "INBOX", new)
    assert sync(world) is None
    commands, received = servers.counts()
    assert received < len(new) + 6_000, received
    assert contents(world) == given(mail)


def test_flags_expunges_renames_and_what_is_made_anew(world: World, mail: imaplib.IMAP4) -> None:
    for number in range(6):
        put(mail, "INBOX", letter(f"mail {number}"))
    mail.create("box")
    put(mail, "box", letter("in the box"))
    assert sync(world) is None
    mail.select("INBOX")
    mail.uid("STORE", "2", "+FLAGS", "(\\Flagged $work)")
    mail.uid("STORE", "3", "+FLAGS", "(\\Deleted)")
    mail.expunge()
    mail.close()
    before = boxes(world)["box"].id
    assert mail.rename("box", "renamed")[0] == "OK"
    assert sync(world) is None
    assert contents(world) == given(mail)
    flagged = next(one for one in syncing.messages(world, account=LEE) if one.subject == "mail 1")
    assert flagged.flags == ("$work", "\\Flagged", "\\Seen")
    assert boxes(world)["renamed"].id == before
    agree(world)
    mail.delete("renamed")
    mail.create("renamed")
    put(mail, "renamed", letter("another"))
    assert sync(world) is None
    assert contents(world, "renamed") == given(mail, "renamed")
    agree(world)
