"""Upload, estimate, a page of search results, and backup, by API on the local cloud, with ten times
the mail each time: what each takes, and the exponent (1: twice the mail takes twice the time).

`python -m benchmarks growth`; SIZES of the largest takes a few minutes.
"""

import math
import os
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from benchmarks.measured_import import write_zip
from benchmarks.memory import Memory
from benchmarks.row import Row, print_table
from infra.local.api import Api
from infra.local.bulk_mail import bulk_mail
from infra.local.places import Places
from infra.local.up import local_cloud

SIZES = (1_000, 10_000, 100_000)
_MEAN = 3_000
_PORTS = 4582
_SENDERS = 2
_TYPE = {"Content-Type": "application/octet-stream"}


class Took(NamedTuple):
    """Seconds of each; `peak` in bytes, of any function so far."""

    sending: float
    upload: float
    estimate: float
    backup: float
    peak: int


def rows() -> Iterator[Row]:
    """Starts a local cloud of its own."""
    with TemporaryDirectory(prefix="pyeonji-bench-") as folder:
        where = Places(_PORTS, _PORTS + 1, Path(folder) / "local", {})
        with local_cloud(where) as (said, emulator), Memory(emulator.pid) as memory:
            took = {mails: _measured(said, mails, Path(folder), memory) for mails in _sizes()}
    first = min(took)
    for mails, now in took.items():
        figures = f"upload {now.upload:.1f} · estimate {now.estimate:.2f} · backup {now.backup:.1f}"
        peak = f"most memory {now.peak / 2**20:.0f} MiB, sent in {now.sending:.1f} s"
        yield Row(f"{mails:,} mails of 3 KB, s", figures, peak, 1.0)
        if mails > first:
            before = took[mails // 10]
            upload, backup = (
                math.log10(after / earlier)
                for after, earlier in ((now.upload, before.upload), (now.backup, before.backup))
            )
            yield Row(
                "  exponent", f"upload {upload:.2f} · backup {backup:.2f}", "", 1.0, "<= 1.05"
            )


def _sizes() -> tuple[int, ...]:
    most = int(os.environ.get("MOST", SIZES[-1]))
    return tuple(mails for mails in SIZES if mails <= most)


def _measured(said: dict[str, Any], mails: int, folder: Path, memory: Memory) -> Took:
    path = folder / f"{mails}.zip"
    write_zip(path, bulk_mail(mails, mails * _MEAN, seed=mails), level=1)
    kim = said["accounts"][0]
    api = Api(said["api_url"]).sign_in(kim["email"], kim["password"])
    box = api.post("/mailboxes", {"path": f"성장/{time.time_ns()}"})["id"]
    sending, upload = send(api, path, box, mails)
    wanted = {"mailboxes": [box], "period": {"kind": "all"}}
    begun = time.perf_counter()
    assert api.post("/backups/estimate", wanted)["messages"] == mails
    estimated = time.perf_counter()
    backup = api.post("/backups", wanted)
    ended = api.wait(f"/backups/{backup['id']}", "ready", "failed", seconds=3600, every=0.2)
    done = time.perf_counter()
    assert ended["state"] == "ready" and ended["messages"] == mails, ended
    api.delete(f"/backups/{backup['id']}")
    peak = max(memory.peaks.values(), default=0)
    return Took(sending, upload, estimated - begun, done - estimated, peak)


def send(api: Api, path: Path, box: str, mails: int) -> tuple[float, float]:
    """Send a ZIP of so many new mails, and wait until all are in; seconds of each."""
    begun = time.perf_counter()
    size = path.stat().st_size
    wanted = {"filename": "mail.zip", "bytes": size, "mailbox_id": box, "on_duplicate": "skip"}
    upload = api.post("/uploads", wanted)

    def put(number: int) -> None:
        urls = api.post(f"/uploads/{upload['id']}/parts", {"numbers": [number]})["urls"]
        with path.open("rb") as file:
            file.seek((number - 1) * upload["part_bytes"])
            data = file.read(upload["part_bytes"])
        # urllib would call it a form, and the emulator would read it as one.
        request = urllib.request.Request(urls[str(number)], method="PUT", data=data, headers=_TYPE)
        with urllib.request.urlopen(request, timeout=300) as answer:
            assert answer.status == 200

    with ThreadPoolExecutor(_SENDERS) as pool:
        list(pool.map(put, range(1, upload["parts"] + 1)))
    sent = time.perf_counter()
    api.post(f"/uploads/{upload['id']}/complete", {})
    ended = api.wait(f"/uploads/{upload['id']}", "completed", "failed", seconds=3600, every=0.2)
    done = time.perf_counter()
    assert ended["totals"]["imported"] == ended["totals"]["entries"] == mails, ended["totals"]
    boxes = api.get("/mailboxes")["mailboxes"]
    assert [each["messages"] for each in boxes if each["id"] == box] == [mails]
    return sent - begun, done - sent


if __name__ == "__main__":
    print_table(rows())
