"""The migration client beside mbsync, from one Dovecot over IMAP, in turn, in one run.

Ours ends with finished ZIPs on disk (checked headers, names, manifest, synced), mbsync with a
Maildir. Memory is the client's peak in a process of its own, at 10,000 and at 100,000 mails.
Needs dovecot, mbsync (isync) and root; says so where they are missing.
"""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import mbsync
from benchmarks.row import Row, in_turn, print_table
from client.tests import dovecot
from infra.local.bulk_mail import bulk_mail
from pyeonji_client.fetching.run import Patience, Run
from pyeonji_client.journal import Journal
from pyeonji_client.model import Security, SourceConfig, SourceKind

MAILS = 5_000
MAIL_BYTES = 3_000
ROUNDS = 3
MANY = 100_000


def rows() -> Iterator[Row]:
    """The table's rows; none where the tools are missing."""
    missing = dovecot.unavailable() or mbsync.missing()
    if missing:
        print(f"benchmark of the client skipped: {missing}", file=sys.stderr)
        return
    with TemporaryDirectory() as place:
        base = Path(place)
        server = dovecot.start(base / "dovecot")
        try:
            _fill(server, MAILS)
            other = mbsync.Mbsync(base, server.imap, dovecot.PLAIN_USER, dovecot.PLAIN_PASSWORD)
            # Once each before measuring: Dovecot builds its index on the first look.
            _fetch(server, base, SourceKind.imap)
            ours, theirs = in_turn(
                ROUNDS,
                lambda: _fetch(server, base, SourceKind.imap),
                lambda: other.fetch(MAILS),
            )
            yield _row("IMAP", ours, "mbsync", theirs, "2 x, 4000/s")
            pop3, theirs = in_turn(
                ROUNDS,
                lambda: _fetch(server, base, SourceKind.pop3),
                lambda: other.fetch(MAILS),
            )
            yield _row("POP3", pop3, "mbsync over IMAP", theirs, "2 x, 4000/s")
            _fill(server, MANY // 10)
            few = _peak(server, base)
            _fill(server, MANY)
            many = _peak(server, base)
            yield Row(
                f"client, peak memory at {MANY:,} mails",
                f"{many / 1024:.0f} MB",
                f"{few / 1024:.0f} MB at {MANY // 10:,} mails",
                few / many,
                "flat",
            )
        finally:
            server.stop()


def _row(protocol: str, ours: float, tool: str, theirs: float, goal: str) -> Row:
    return Row(
        f"client, {MAILS:,} mails over {protocol} into ZIPs",
        f"{MAILS / ours:,.0f} mails/s",
        f"{tool} {MAILS / theirs:,.0f} mails/s",
        theirs / ours,
        goal,
    )


def _fill(server: dovecot.Dovecot, count: int) -> None:
    server.forget(dovecot.PLAIN_USER)
    directory = server.maildir(dovecot.PLAIN_USER) / "cur"
    for number, mail in enumerate(bulk_mail(count, count * MAIL_BYTES)):
        (directory / f"{1_600_000_000 + number}.{number}.bench:2,S").write_bytes(mail)
    server.settle()


def _config(server: dovecot.Dovecot, kind: SourceKind) -> SourceConfig:
    return SourceConfig(
        kind=kind,
        host="127.0.0.1",
        port=server.imap if kind is SourceKind.imap else server.pop3,
        security=Security.none,
        user=dovecot.PLAIN_USER,
    )


def _fetch(server: dovecot.Dovecot, base: Path, kind: SourceKind) -> float:
    """Seconds from a new request to finished ZIPs."""
    folder = base / "client"
    shutil.rmtree(folder, ignore_errors=True)
    journal = Journal(folder)
    job = journal.requests.add_job("bench", _config(server, kind), 2**31 - 1, "Asia/Seoul", "")
    start = time.perf_counter()
    Run(journal, job, dovecot.PLAIN_PASSWORD, patience=Patience(attempts=1)).run()
    seconds = time.perf_counter() - start
    counts = journal.mails.counts(job.id)
    journal.close()
    assert counts.packed == counts.listed and not counts.lost, counts
    return seconds


def _peak(server: dovecot.Dovecot, base: Path) -> int:
    """Peak resident kilobytes of a process that fetches everything."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.bench_client",
        str(server.imap),
        str(base / "peak"),
    ]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    shutil.rmtree(base / "peak")
    return int(said)


def _only_fetch(port: int, folder: Path) -> None:
    """What `_peak` runs: nothing but the client; prints its own peak, in kilobytes."""
    journal = Journal(folder)
    config = SourceConfig(
        SourceKind.imap, "127.0.0.1", port, Security.none, user=dovecot.PLAIN_USER
    )
    job = journal.requests.add_job("bench", config, 2**31 - 1, "Asia/Seoul", "")
    Run(journal, job, dovecot.PLAIN_PASSWORD).run()
    # Not getrusage: its figure begins with that of the process it was forked from.
    print(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])  # type: ignore[index]


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _only_fetch(int(sys.argv[1]), Path(sys.argv[2]))
    else:
        print_table(rows())
