"""Packing mail into a segment, and finding a mail's header fields, beside what one writes first.

Processor seconds of one process, in turn, in one run: `zipfile` at its usual level and stream-zip
for packing (sizes too, for a faster pack may be a larger one); Python's `email`, told to read the
header alone, for the fields.
"""

import email.parser
import email.policy
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO

import stream_zip

from benchmarks.row import Row, in_turn, print_table
from infra.local.bulk_mail import bulk_mail
from pyeonji.mime.headers import read_headers
from pyeonji.zipio.member import dos_time, pack
from pyeonji.zipio.segment import SegmentWriter, tail_of

MAILS, MEAN = 1_000, 80_000
SMALL, SMALL_MEAN = 10_000, 3_000
ROUNDS = 3
_AT = datetime(2025, 5, 5)


def rows() -> Iterator[Row]:
    """The table's rows."""
    mails = list(bulk_mail(MAILS, MAILS * MEAN))
    sizes: dict[str, int] = {}

    def packed(name: str, make: Callable[[list[bytes]], bytes]) -> Callable[[], float]:
        def run() -> float:
            started = time.process_time()
            sizes[name] = len(make(mails))
            return time.process_time() - started

        return run

    ours, usual, streamed = in_turn(
        ROUNDS, packed("ours", _ours), packed("zipfile", _zipfile), packed("stream", _stream_zip)
    )
    mb = MAILS * MEAN / 1e6
    said = f"{mb / ours:.0f} MB/s a core"
    for name, seconds, goal in (("zipfile, level 6", usual, "10"), ("stream-zip", streamed, "")):
        rate = f"{name} {mb / seconds:.0f} MB/s a core"
        yield Row(f"write a segment of {MAILS:,} mails", said, rate, seconds / ours, goal)
    yield Row(
        "  its size",
        f"{sizes['ours']:,} bytes",
        f"zipfile, level 6 {sizes['zipfile']:,} bytes",
        sizes["zipfile"] / sizes["ours"],
        "0.976",
    )
    small = list(bulk_mail(SMALL, SMALL * SMALL_MEAN))
    ours, theirs = in_turn(ROUNDS, lambda: _fields(small), lambda: _email(small))
    yield Row(
        f"header fields of {SMALL:,} mails of 3 KB",
        f"{ours / SMALL * 1e6:.1f} µs a mail",
        f"email.parser {theirs / SMALL * 1e6:.1f} µs a mail",
        theirs / ours,
    )


def _ours(mails: list[bytes]) -> bytes:
    writer = SegmentWriter()
    for number, mail in enumerate(mails):
        writer.add(f"{number}.eml", pack(mail), dos_time(_AT))
    return writer.getvalue() + tail_of(writer.members, [], _AT)


def _zipfile(mails: list[bytes]) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for number, mail in enumerate(mails):
            archive.writestr(f"{number}.eml", mail)
    return target.getvalue()


def _stream_zip(mails: list[bytes]) -> bytes:
    members = (
        (f"{number}.eml", _AT, 0o600, stream_zip.ZIP_32, (mail,))
        for number, mail in enumerate(mails)
    )
    return b"".join(stream_zip.stream_zip(members))


def _fields(mails: list[bytes]) -> float:
    started = time.process_time()
    for mail in mails:
        assert read_headers(mail).subject is not None
    return time.process_time() - started


def _email(mails: list[bytes]) -> float:
    parser = email.parser.BytesParser(policy=email.policy.default)
    started = time.process_time()
    for mail in mails:
        read = parser.parsebytes(mail, headersonly=True)
        assert read["subject"] is not None and read["from"] and read["date"]
    return time.process_time() - started


if __name__ == "__main__":
    print_table(rows())
