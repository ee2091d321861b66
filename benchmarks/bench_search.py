"""Making mail searchable, and searching it, beside notmuch and mu on the same mails in one run.

Ours is what the function beside the import does with a segment: inflate, take apart, words, search
file, packed as it stands in S3. Compared are processor seconds (user and system). A query of ours
is the newest fifty out of the search files, warm, as the API finds its candidates; of the others a
whole call of the program, which is how they are asked.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from benchmarks.measured_import import children_seconds
from benchmarks.row import Row, print_table
from infra.local.bulk_mail import bulk_mail
from pyeonji.search.file import SearchFile, write_search_file
from pyeonji.search.packing import pack_search_file, unpack_search_file
from pyeonji.search.query import parse_query
from pyeonji.search.text import read_text
from pyeonji.usecases.mail.indexing import indexed_mails
from pyeonji.zipio.member import pack
from pyeonji.zipio.segment import SegmentWriter

MAILS = 4_000
MEAN = 8_000
_SEGMENT = 2_000
_ZONE = ZoneInfo("Asia/Seoul")
#: Seconds another program may take for all of it: some wait for what never comes.
_PATIENCE = 60
_QUERIES = ("회의", "보고", "견적", "meeting", "회의 -견적", "회의 보고")


def rows() -> Iterator[Row]:
    """Half a minute or so."""
    mails = list(bulk_mail(MAILS, MAILS * MEAN, seed=11))
    size = sum(map(len, mails))
    text = sum(len(read_text(mail).everything().encode("utf-8", "replace")) for mail in mails)
    segments = list(_segments(mails))
    began = time.process_time()
    files = [
        pack_search_file(write_search_file(indexed_mails(one, _ZONE, None))) for one in segments
    ]
    ours = time.process_time() - began
    found = _ask(files)
    taken = sum(map(len, files))
    with TemporaryDirectory(prefix="pyeonji-bench-") as folder:
        maildir = Path(folder) / "mail"
        for name in ("cur", "new", "tmp"):
            (maildir / name).mkdir(parents=True)
        for number, mail in enumerate(mails):
            (maildir / "cur" / f"{number}:2,").write_bytes(mail)
        for program in ("notmuch", "mu"):
            if shutil.which(program) is None:
                print(f"searching beside {program} skipped: it is missing", file=sys.stderr)
                continue
            try:
                made, asked, base = _other(program, Path(folder), maildir)
            except subprocess.TimeoutExpired:
                print(f"searching beside {program} given up after {_PATIENCE} s", file=sys.stderr)
                continue
            yield Row(
                f"indexing {MAILS:,} mails of {MEAN // 1000} KB, a core",
                f"{ours / MAILS * 1e6:.0f} µs a mail, {size / ours / 1e6:.0f} MB/s",
                f"{program} {made / MAILS * 1e6:.0f} µs",
                made / ours,
                "1",
            )
            yield Row(
                "  size of the index",
                f"{taken / text:.1%} of the text",
                f"{program} {base / text:.0%}",
                base / taken,
            )
            yield Row(
                "  a query, newest 50",
                f"{found * 1000:.2f} ms",
                f"{program} {asked * 1000:.0f} ms",
                asked / found,
            )


def _segments(mails: Sequence[bytes]) -> Iterator[bytes]:
    waiting = iter(enumerate(mails))
    while some := list(islice(waiting, _SEGMENT)):
        writer = SegmentWriter()
        for number, mail in some:
            stamp = f"2024{number % 12 + 1:02}{number % 28 + 1:02}-{number % 24:02}0000"
            writer.add(f"mail/x/{stamp}_s_{number:016}.eml", pack(mail), 0)
        yield writer.getvalue()


def _ask(files: Sequence[bytes]) -> float:
    opened = [SearchFile(unpack_search_file(content)) for content in files]
    seconds = []
    for source in _QUERIES * 5:
        query = parse_query(source, _ZONE)
        began = time.perf_counter()
        for file in opened:
            list(islice(file.find(query), 50))
        seconds.append(time.perf_counter() - began)
    for file in opened:
        file.close()
    return statistics.median(seconds)


def _other(program: str, folder: Path, maildir: Path) -> tuple[float, float, int]:
    """(processor seconds of indexing, seconds of a query, bytes of the index)."""
    home = folder / program
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home), "LANG": "C.UTF-8"}
    if program == "notmuch":
        (home / ".notmuch-config").write_text(
            f"[database]\npath={maildir}\n[user]\nname=x\nprimary_email=x@x.example\n"
        )
        index = [["notmuch", "new", "--quiet"]]
        ask = ["notmuch", "search", "--limit=50"]
        base = maildir / ".notmuch"
    else:
        index = [["mu", "init", "--quiet", f"--maildir={maildir}"], ["mu", "index", "--quiet"]]
        ask = ["mu", "find", "--maxnum=50"]
        base = home / "mu"
    before = children_seconds()
    for command in index:
        _run(command, environment, check=True)
    made = children_seconds() - before
    seconds = []
    for source in ("회의", "meeting", "보고"):
        began = time.perf_counter()
        _run([*ask, source], environment)
        seconds.append(time.perf_counter() - began)
    size = sum(file.stat().st_size for file in base.rglob("*") if file.is_file())
    return made, statistics.median(seconds), size


def _run(command: list[str], environment: dict[str, str], *, check: bool = False) -> None:
    subprocess.run(
        command,
        env=environment,
        check=check,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=_PATIENCE,
    )


if __name__ == "__main__":
    print_table(rows())
