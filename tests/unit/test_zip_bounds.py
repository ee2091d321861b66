"""docs/zip-rules.md, "Bounds": each at its bound, where nothing is refused, and one beyond it.

`TRIED` says for every row of that table what is tried; a row without is a failure.
"""

import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from pyeonji.domain.limits import MAX_ENTRIES
from pyeonji.usecases.uploads.cutting import cut_chunks
from pyeonji.usecases.uploads.judging import judge
from pyeonji.zipio.archive import ArchiveLimits, open_directory
from pyeonji.zipio.entry import unpack_entry
from pyeonji.zipio.errors import ArchiveError, BrokenStreamError, EntryError
from pyeonji.zipio.inflate64 import inflate64
from tests.support.zip_makers import Made, archive, deflate, reader_of

DOC = Path(__file__).parents[2] / "docs" / "zip-rules.md"
LIMIT = 4_000
HEAD = b"Subject: x\r\n\r\n"
#: An empty stored block of deflate: five bytes that hold nothing.
EMPTY = b"\x00\x00\x00\xff\xff"
#: An end record like any other, of a directory that is not there.
NOWHERE = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, 50, 1, 0xFFFF)


def of(data: bytes, limits: ArchiveLimits | None = None) -> str:
    """What becomes of an archive of one entry: `imported`, or the code of what was wrong."""
    try:
        directory = open_directory(len(data), reader_of(data), limits)
        if len(directory) != 1:
            return f"{len(directory)} entries"
        entry = directory[0]
        judgement = judge(entry, LIMIT)
        if judgement is not None:
            return judgement.reason
        unpack_entry(entry, data[entry.offset : entry.offset + entry.span], entry.offset, LIMIT)
    except (ArchiveError, EntryError) as error:
        return error.code
    return "imported"


def mail(size: int) -> bytes:
    return HEAD + b"x" * (size - len(HEAD))


def entries(count: int) -> str:
    assert MAX_ENTRIES == ArchiveLimits().max_entries == 1_000_000
    made = [Made(b"%d.eml" % number, HEAD) for number in range(20 + count)]
    return of(archive(made), ArchiveLimits(max_entries=20))


def directory_bytes(beyond: int) -> str:
    assert ArchiveLimits().max_directory == 192 * 1024 * 1024
    data = archive([Made(b"n" * (100 + beyond), HEAD), Made(b"m.eml", HEAD)])
    return of(data, ArchiveLimits(max_directory=46 + 100 + 46 + 5))


def name(beyond: int) -> str:
    if beyond:
        return "the format's own"  # the field has 16 bits
    return of(archive([Made(b"n" * 65_531 + b".eml", HEAD)]))


def declared(beyond: int) -> str:
    return of(archive([Made(content=mail(LIMIT + beyond))]))


def inflated(beyond: int) -> str:
    content = mail(LIMIT)
    return of(archive([Made(content=content, data=deflate(content + b"x" * beyond))]))


def packed(beyond: int) -> str:
    """Five bytes of nothing as often as it takes, then the mail, stored: to the byte."""
    content = mail(LIMIT - 1)
    room = LIMIT + LIMIT // 1000 + 64 + beyond
    blocks, left = divmod(room - (5 + len(content)), 5)
    stored = struct.pack("<BHH", 1, len(content), len(content) ^ 0xFFFF) + content
    # Bytes behind the end of the stream are let be.
    return of(archive([Made(content=content, data=EMPTY * blocks + stored + b"\0" * left)]))


def deflate64_of_a_function(beyond: int) -> str:
    """How many chunks two entries become that have a MiB less than the bound in all, or more."""
    sizes = (40 << 20, (25 if beyond else 23) << 20)
    data = archive(
        [Made(b"%d.eml" % size, HEAD, method=9, size=size, crc=size, data=b"x") for size in sizes]
    )
    return f"{len(cut_chunks(open_directory(len(data), reader_of(data))))} chunks"


def deflate64_blocks(beyond: int) -> str:
    """As many as there may be, and the last."""
    last = b"\x01\x01\x00\xfe\xffx"
    count = 1000
    while 1000 + (5 * count + len(last)) // 1024 > count + 1:
        count += 1
    try:
        inflate64(EMPTY * (count + beyond) + last, 1)
    except BrokenStreamError:
        return "damaged"
    return "imported"


def end_records(beyond: int) -> str:
    return of(archive([Made(content=HEAD)], comment=NOWHERE * (8 + beyond)))


def reads(beyond: int) -> str:
    """Of an archive of a thousand entries, and of one of three thousand."""
    made = [Made(b"%04d-%s.eml" % (number, b"n" * 50), HEAD) for number in range(1000)]
    data = archive(made * (3 if beyond else 1))
    read = reader_of(data)
    open_directory(len(data), read)
    return f"{len(read.reads)} reads"  # type: ignore[attr-defined]


#: The table's row → what is tried with nothing and with one beyond, and what becomes of it.
TRIED: dict[str, tuple[Callable[[int], str], str, str]] = {
    "entries of an archive": (entries, "20 entries", "too_many_entries"),
    "bytes of its directory": (directory_bytes, "2 entries", "too_many_entries"),
    "bytes of a name": (name, "imported", "the format's own"),
    "bytes of a mail": (declared, "imported", "too_large"),
    "what is inflated of a mail": (inflated, "imported", "too_much_data"),
    "bytes of packed data": (packed, "imported", "too_large"),
    "Deflate64 for one function to inflate": (deflate64_of_a_function, "1 chunks", "2 chunks"),
    "blocks of a Deflate64 stream": (deflate64_blocks, "imported", "damaged"),
    "end records that lead nowhere": (end_records, "imported", "not_a_zip"),
    "reads for the directory": (reads, "1 reads", "2 reads"),
}
#: Counted over a whole upload: tests/unit/test_upload_flow.py.
ELSEWHERE = {"bytes read in all"}


@pytest.mark.parametrize("bound", TRIED)
def test_at_its_bound_nothing_is_refused_and_one_beyond_is(bound: str) -> None:
    tried, at, beyond = TRIED[bound]
    assert (tried(0), tried(1)) == (at, beyond)


def test_every_row_of_the_page_is_tried() -> None:
    table = DOC.read_text("utf-8").partition("## Bounds")[2]
    rows = set(re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)) - {"what", "---"}
    assert rows <= {*TRIED, *ELSEWHERE}, rows - {*TRIED, *ELSEWHERE}
