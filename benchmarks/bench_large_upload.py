"""The largest upload there is: 100,000 mails in one byte less than 2 GiB, on the local cloud's own
machine. It takes many minutes and runs by name only: `python -m benchmarks large_upload`.
"""

import base64
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.bench_growth import send
from benchmarks.measured_import import ArrivedZip, measured_import
from benchmarks.memory import Memory
from benchmarks.row import Row, print_table
from infra.local.api import Api
from infra.local.bulk_mail import bulk_mail
from infra.local.places import Places
from infra.local.services import services
from infra.local.up import local_cloud
from pyeonji.domain.limits import GIB, MIB

MAILS = 100_000
SIZE = 2 * GIB - 1
_MEAN = 28_450  # bytes a mail, so that a bit less than SIZE is filled before the last mail
_PORTS = 4582
_MEMORY = 512 * MIB


def rows() -> Iterator[Row]:
    """Starts a local cloud of its own."""
    with TemporaryDirectory(prefix="pyeonji-bench-") as folder:
        path = Path(folder) / "mail.zip"
        fill(path, MAILS, SIZE)
        where = Places(_PORTS, _PORTS + 1, Path(folder) / "local", {})
        with local_cloud(where) as (said, emulator):
            with Memory(emulator.pid) as memory:
                sent, imported = _upload(said, path)
            peak = max(memory.peaks.values())
            its = services(where)
            cost = measured_import(its, ArrivedZip(its, path), emulator.pid)
    yield Row(f"{MAILS:,} mails in {SIZE:,} bytes", f"imported in {imported:.0f} s", "", 1.0)
    yield Row("  sent in parts before that", f"{sent:.0f} s", "", 1.0)
    yield Row("  most memory of a function", f"{peak / MIB:.0f} MiB", "", _MEMORY / peak, "512 MiB")
    read = cost.zip_bytes / SIZE
    yield Row("  bytes read of the ZIP", f"{read:.3f} x its size", "", 1 / read, "< 1.1 x")
    yield Row("  requests a 1,000 mails", cost.requests_a_thousand(MAILS), "", 1.0)
    yield Row("  processor seconds, emulator apart", f"{cost.seconds:.0f} s", "", 1.0)


def fill(path: Path, mails: int, size: int) -> None:
    """`mails` mails in a ZIP of exactly `size` bytes: the last one takes up what is left."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, mail in enumerate(bulk_mail(mails - 1, (mails - 1) * _MEAN, seed=11)):
            archive.writestr(f"받은편지함/{number:06}.eml", mail)
    last = "받은편지함/마지막.eml"
    # Its two headers, with the name in each: 30 and 46 bytes (APPNOTE 4.3.7 and 4.3.12).
    left = size - path.stat().st_size - 76 - 2 * len(last.encode())
    assert 1024 < left < 140 * MIB, f"{left} bytes left for the last mail"
    head = b"Subject: =?UTF-8?B?66eI7KeA66eJ?=\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    body = base64.b64encode(random.Random(3).randbytes(left))[: left - len(head)]
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo(last, (2024, 5, 6, 7, 8, 10)), head + body)
    assert path.stat().st_size == size


def _upload(said: dict[str, Any], path: Path) -> tuple[float, float]:
    """Send and wait; seconds of each."""
    kim = said["accounts"][0]
    api = Api(said["api_url"]).sign_in(kim["email"], kim["password"])
    return send(api, path, api.post("/mailboxes", {"path": "큰 업로드"})["id"], MAILS)


if __name__ == "__main__":
    print_table(rows())
