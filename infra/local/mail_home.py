"""`make run MAIL_HOME=imap`: the demo company acme.example lives on a Dovecot of this machine.

Its mail is put there once, by APPEND, and the company's home chosen as an operator would. Without
it the company's mail is in our own store, as everybody's is.
"""

import contextlib
import imaplib
import secrets
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from infra.local import dovecot
from infra.local.cloud import check_port
from infra.local.demo_mail import INBOX, demo_mailboxes
from infra.local.people import PEOPLE
from infra.local.places import HOST, LocalError, Places
from pyeonji.bootstrap import Services
from pyeonji.domain.homes import Home, HomeKind, Security, SignIn
from pyeonji.imap.lexer import encode_name
from pyeonji.usecases.accounts.homes import choose_home, keep_up

DOMAIN = "acme.example"
_KINDS = ("segments", "imap")


def wanted(environment: Mapping[str, str]) -> HomeKind:
    """What MAIL_HOME asks for. Raises LocalError, also where there is no Dovecot for it."""
    said = environment.get("MAIL_HOME", "").strip() or "segments"
    if said not in _KINDS:
        raise LocalError(f"MAIL_HOME={said} is neither {' nor '.join(_KINDS)}")
    kind = HomeKind(said)
    problem = dovecot.missing() if kind is HomeKind.IMAP else None
    if problem:
        raise LocalError(f"MAIL_HOME=imap: {problem}")
    return kind


@contextlib.contextmanager
def at_home(where: Places, services: Services, kind: HomeKind) -> Iterator[None]:
    """The company at its home; the server runs as long as this does."""
    if kind is HomeKind.SEGMENTS:
        if services.homes.of(DOMAIN).connected:
            choose_home(services, domain=DOMAIN, home=Home(), secret=None)
        yield
        return
    check_port(where.mail_port, "mail server")
    people = {each.email: each.password for each in PEOPLE if each.email.endswith(f"@{DOMAIN}")}
    password = secrets.token_urlsafe(24)  # another one at each start; it is kept as any secret
    folder = where.folder / "dovecot"
    with dovecot.running(folder, where.mail_port, people, master_password=password):
        home = Home(
            HomeKind.IMAP, HOST, where.mail_port, Security.NONE, SignIn.MASTER,
            user=dovecot.MASTER,
        )  # fmt: skip
        choose_home(services, domain=DOMAIN, home=home, secret=password)
        today = datetime.now(services.limits.zone).date()
        for person in PEOPLE:
            if person.email in people and person.mail_ready:
                with imaplib.IMAP4(HOST, where.mail_port, timeout=60) as server:
                    server.login(f"{person.email}*{dovecot.MASTER}", password)
                    _fill(server, person.email, today)
        keep_up(services, domain=DOMAIN, now=services.now())
        yield


def _fill(server: imaplib.IMAP4, email: str, today: date) -> None:
    """Once: a server that has mail in the inbox has it all, for the inbox comes last."""
    _, (found, *_) = server.status("INBOX", "(MESSAGES)")
    if found and b"MESSAGES 0" not in found:
        return
    boxes = list(demo_mailboxes(email, today))
    for demo in sorted(boxes, key=lambda each: each.path == INBOX):
        name = "INBOX" if demo.path == INBOX else f'"{encode_name(demo.path).decode()}"'
        if demo.path != INBOX:
            server.create(name)  # killed half-way it is there
        _, (exists, *_) = server.select(name)
        if exists and int(exists):  # what a run before left unfinished
            server.store("1:*", "+FLAGS", "\\Deleted")
            server.expunge()
        for message in demo.messages:
            flags = " ".join(flag for flag in message.flags if flag.startswith("\\"))
            at = imaplib.Time2Internaldate(message.received)
            done, said = server.append(name, f"({flags})", at, message.data)
            if done != "OK":
                raise LocalError(f"Dovecot took a demo mail not: {said}")
