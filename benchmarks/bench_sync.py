"""A connected mailbox brought in for the first time, beside mbsync, from one Dovecot, in turn.

Both over one connection. Ours goes through the sync machine's own functions and ends with segments,
index items and rows, on stores in memory: what a call to AWS takes is not in it. mbsync ends with a
Maildir. Needs dovecot, mbsync (isync) and root; says so where they are missing.
"""

import random
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import mbsync
from benchmarks.row import Row, in_turn, print_table
from infra.local import dovecot
from infra.local.bulk_mail import bulk_mail
from pyeonji.adapters.imap import ImapServers
from pyeonji.domain.accounts import Account, Company
from pyeonji.domain.homes import Home, HomeKind, Security, SignIn
from pyeonji.usecases.accounts.homes import choose_home
from tests.support.fakes import World
from tests.support.mail_servers import LEE, LEE_PASSWORD, MASTER_PASSWORD, dovecot_server
from tests.support.syncing import boxes, sync
from tests.support.worlds import altered

MAILS = 5_000
MEANS = (3_000, 30_000)
ROUNDS = 3


def rows() -> Iterator[Row]:
    """The table's rows; none where the tools are missing."""
    missing = dovecot.missing() or mbsync.missing()
    if missing:
        print(f"benchmark of the sync skipped: {missing}", file=sys.stderr)
        return
    for mean in MEANS:
        yield _beside_mbsync(mean)


def _beside_mbsync(mean: int) -> Row:
    with ExitStack() as stack:
        base = Path(stack.enter_context(TemporaryDirectory(prefix="pyeonji-bench-")))
        server = stack.enter_context(dovecot_server(base))
        fill(server, LEE, MAILS, mean)
        other = mbsync.Mbsync(base / "mbsync", server.port, LEE, LEE_PASSWORD)
        _fetch(server)  # Dovecot builds its index on the first look
        ours, theirs = in_turn(ROUNDS, lambda: _fetch(server), lambda: other.fetch(MAILS))
    return Row(
        f"sync, {MAILS:,} mails of {mean // 1000} KB, one connection",
        f"{MAILS / ours:,.0f} mails/s",
        f"mbsync {MAILS / theirs:,.0f} mails/s",
        theirs / ours,
        "1 x",
    )


def fill(server: dovecot.MailServer, email: str, count: int, mean: int) -> None:
    """So many mails in an inbox nobody has opened yet, past the server."""
    box = server.maildir(email)
    for part in ("cur", "new", "tmp"):
        (box / part).mkdir(parents=True, exist_ok=True)
    draw = random.Random(count)
    for number, mail in enumerate(bulk_mail(count, count * mean)):
        # As Dovecot names it, sizes included: names that are too alike cost it a minute to look at.
        unique = f"{1_600_000_000 + number}.M{draw.randrange(10**6)}P{draw.randrange(10**5)}.bench"
        name = f"{unique},S={len(mail)},W={len(mail)}:2,S"
        (box / "cur" / name).write_bytes(mail)
    dovecot.give_to_server(box)


def _fetch(server: dovecot.MailServer) -> float:
    """Seconds of a first sync, looking and settling included."""
    servers = ImapServers(literal_limit=50_000_000, loopback=True)
    world = altered(World(), mail_servers=servers)
    world.accounts.put_company(Company("acme.example", "Acme"))
    world.accounts.put_account(Account(LEE))
    home = Home(
        HomeKind.IMAP, "localhost", server.port, Security.NONE, SignIn.MASTER,
        user=dovecot.MASTER, connections=1,
    )  # fmt: skip
    choose_home(world, domain="acme.example", home=home, secret=MASTER_PASSWORD)
    start = time.perf_counter()
    failure = sync(world, LEE)
    seconds = time.perf_counter() - start
    assert failure is None, failure
    assert boxes(world, LEE)["INBOX"].messages == MAILS, boxes(world, LEE)
    return seconds


if __name__ == "__main__":
    print_table(rows())
