"""Importing a ZIP of mail beside checking it with `unzip -t`, on the same archive in one run.

Ours is the functions' own code in this process, on the local cloud: directory, ranged GETs, local
headers, inflate within bounds, CRC, SHA-256, header fields, duplicate check, segments, index and
ledger. Compared are processor seconds (user and system), so several cores do not count for
anybody; the emulator's own are measured apart, in its process.
"""

import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measured_import import ArrivedZip, children_seconds, measured_import, write_zip
from benchmarks.row import Row, print_table
from infra.local.bulk_mail import bulk_mail
from infra.local.places import Places
from infra.local.services import services
from infra.local.up import local_cloud
from pyeonji.adapters.collector import collect_rarely

#: (mails, bytes a mail): as measured on a real mailbox of 20,000, and one of small mail, where what
#: is done once a mail counts for more.
ARCHIVES = ((4_000, 80_000), (8_000, 28_000))
ROUNDS = 3
_PORTS = 4586


def rows() -> Iterator[Row]:
    """Starts a local cloud of its own; it takes two minutes or so."""
    if shutil.which("unzip") is None:
        print("benchmark of importing skipped: unzip is missing", file=sys.stderr)
        return
    collect_rarely()  # as functions/upload_import does
    with TemporaryDirectory(prefix="pyeonji-bench-") as folder:
        where = Places(_PORTS, _PORTS + 1, Path(folder) / "local", {})
        with local_cloud(where) as (_, emulator):
            for mails, mean in ARCHIVES:
                yield from _archive(where, emulator.pid, Path(folder) / "mail.zip", mails, mean)


def _archive(where: Places, emulator: int, path: Path, mails: int, mean: int) -> Iterator[Row]:
    mail = write_zip(path, bulk_mail(mails, mails * mean, seed=7))
    its = services(where)
    arrived = ArrivedZip(its, path)
    measured_import(its, arrived, emulator)  # connections, caches
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(measured_import(its, arrived, emulator))
        theirs.append(_unzip(path))
    seconds = statistics.median(cost.seconds for cost in ours)
    apart = statistics.median(cost.emulator for cost in ours)
    unzip = statistics.median(theirs)
    yield Row(
        f"import of {mails:,} mails of {mean // 1000} KB, a core",
        f"{mail / seconds / 1e6:.0f} MB/s (emulator {apart:.1f} s)",
        f"unzip -t {mail / unzip / 1e6:.0f} MB/s",
        unzip / seconds,
        "1",
    )
    read = ours[-1].zip_bytes / path.stat().st_size
    yield Row("  bytes read of the ZIP", f"{read:.3f} x its size", "", 1 / read, "< 1.1 x")
    yield Row("  requests a 1,000 mails", ours[-1].requests_a_thousand(mails), "", 1.0)


def _unzip(path: Path) -> float:
    before = children_seconds()
    subprocess.run(["unzip", "-tqq", str(path)], check=True)
    return children_seconds() - before


if __name__ == "__main__":
    print_table(rows())
