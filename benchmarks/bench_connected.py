"""Connected accounts on the local cloud, whose mail lies on a Dovecot of this machine: a first sync
of ten times the mail each time, and fifty accounts that are due in the same moment.

`python -m benchmarks connected`; takes some minutes. Needs dovecot; says so where it is missing.
"""

import math
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.bench_sync import fill
from benchmarks.memory import Memory
from benchmarks.row import Row, print_table
from infra.local import dovecot
from infra.local.places import Places
from infra.local.services import services
from infra.local.up import local_cloud
from pyeonji.bootstrap import Services
from pyeonji.domain.accounts import Account, Company
from pyeonji.domain.homes import Home, HomeKind, Security, SignIn, SyncState
from pyeonji.usecases.accounts.homes import choose_home
from pyeonji.usecases.sync.request import start_sync
from tests.support.mail_servers import MASTER_PASSWORD, dovecot_server

SIZES = (1_000, 10_000, 100_000)
DOMAIN = "connected.example"
#: Each has this many; the first of them ten times as much.
PEOPLE, THEIRS = 50, 200
_MEAN = 3_000
_PORTS = 4586
_EVERY = 0.25


def rows() -> Iterator[Row]:
    """Starts a local cloud of its own."""
    if dovecot.missing():
        print(f"benchmark of connected accounts skipped: {dovecot.missing()}", file=sys.stderr)
        return
    sizes = {f"size{count}@{DOMAIN}": count for count in SIZES}
    crowd = {f"many{number}@{DOMAIN}": THEIRS for number in range(PEOPLE)}
    crowd[f"many0@{DOMAIN}"] *= 10
    with ExitStack() as stack:
        base = Path(stack.enter_context(TemporaryDirectory(prefix="pyeonji-bench-")))
        everybody = sizes | crowd
        people = dict.fromkeys(everybody, "their own")
        server = stack.enter_context(dovecot_server(base / "mail", people=people))
        for email, count in everybody.items():
            fill(server, email, count, _MEAN)
        where = Places(_PORTS, _PORTS + 1, base / "local", {})
        _, emulator = stack.enter_context(local_cloud(where))
        memory = stack.enter_context(Memory(emulator.pid))
        world = services(where)
        _connect(world, server, list(everybody))
        before: float | None = None
        for email, count in sizes.items():
            seconds = _synced(world, {email: count})[email]
            exponent = "" if before is None else f"exponent {math.log10(seconds / before):.2f}"
            yield Row(f"first sync of {count:,} mails", f"{seconds:.1f} s", exponent, 1.0)
            before = seconds
        for name, peak in sorted(memory.peaks.items()):
            if "-sync-" in name:
                yield Row(f"  most memory of {name}", f"{peak / 2**20:.0f} MiB", "", 1.0)
        took = _synced(world, crowd)
        first = took.pop(f"many0@{DOMAIN}")
        yield Row(
            f"{PEOPLE} accounts at once, {THEIRS} mails each",
            f"{min(took.values()):.1f} to {max(took.values()):.1f} s",
            f"the one with {THEIRS * 10:,}: {first:.1f} s",
            1.0,
        )


def _connect(world: Services, server: dovecot.MailServer, people: list[str]) -> None:
    world.accounts.put_company(Company(DOMAIN, "Connected"))
    for email in people:
        world.accounts.put_account(Account(email))
    home = Home(
        HomeKind.IMAP, "127.0.0.1", server.port, Security.NONE, SignIn.MASTER, user=dovecot.MASTER
    )
    choose_home(world, domain=DOMAIN, home=home, secret=MASTER_PASSWORD)


def _synced(world: Services, mails: dict[str, int]) -> dict[str, float]:
    """Account → seconds until all its mail is here, all of them started together."""
    begun = time.perf_counter()
    for email in mails:
        start_sync(world, email, world.now())
    took: dict[str, float] = {}
    while len(took) < len(mails):
        time.sleep(_EVERY)
        for email in mails.keys() - took.keys():
            state = world.homes.state(email)
            if state is not None and state.state is not SyncState.SYNCING:
                assert state.state is SyncState.CURRENT, (email, state)
                took[email] = time.perf_counter() - begun
    for email, count in mails.items():
        there = {box.path: box.messages for box in world.accounts.mailboxes(email)}
        assert there["INBOX"] == count, (email, there)
    return took


if __name__ == "__main__":
    print_table(rows())
