"""docs/zip-rules.md, rule by rule: what makes two archives, or two entries, of one.

The classes A1 to C5 are those of "My ZIP isn't your ZIP" (USENIX Security 2025).
"""

import re
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from pyeonji.domain.uploads import Outcome
from pyeonji.usecases.uploads.judging import judge
from pyeonji.zipio.archive import ArchiveLimits, open_directory
from pyeonji.zipio.entry import unpack_entry
from pyeonji.zipio.errors import ArchiveError, EntryError, TooManyEntriesError
from tests.support.zip_makers import (
    MAIL,
    Made,
    archive,
    deflate,
    reader_of,
    unicode_path,
    zip64_extra,
)

DOC = Path(__file__).parents[2] / "docs" / "zip-rules.md"
LIMIT = 1 << 20
OTHER = b"Subject: other\r\n\r\nx"
NESTED = archive([Made(b"inner.eml", OTHER)])


def outcomes(data: bytes) -> list[str]:
    """What became of each entry, or of the whole."""
    try:
        directory = open_directory(len(data), reader_of(data))
    except ArchiveError as error:
        return [f"archive: {error.code}"]
    found = []
    for entry in directory:
        judgement = judge(entry, LIMIT)
        if judgement is not None:
            found.append(judgement.reason if judgement.outcome is Outcome.REJECTED else "ignored")
            continue
        held = data[entry.offset : entry.offset + entry.span]
        try:
            unpack_entry(entry, held, entry.offset, LIMIT)
        except EntryError as error:
            found.append(error.code)
        else:
            found.append("imported")
    return found


SECOND = Made(b"second.eml", OTHER)
HIDDEN = archive([Made(b"hidden.eml", OTHER)])
LOCAL = HIDDEN[: HIDDEN.index(b"PK\x01\x02")]  # a whole member, without a directory
CENTRAL = HIDDEN[HIDDEN.index(b"PK\x01\x02") : -22]
STORED = {"method": 0, "compressed": len(MAIL)}
SAME_SIZE = bytes(len(MAIL))


def beside(*made: Made) -> list[Made]:
    """One good entry behind what is tried: it must come in all the same."""
    return [*made, SECOND]


#: class -> (what it is, the archive, what becomes of its entries)
ENTRIES: dict[str, tuple[bytes, list[str]]] = {
    "A1 stored in the local header, deflated in the directory": (
        archive(beside(Made(local=STORED))), ["contradictory", "imported"]),
    "A1 deflated in the local header, stored in the directory": (
        archive(beside(Made(method=0, local={"method": 8}))), ["contradictory", "imported"]),
    "A2 another size in the local header": (
        archive(beside(Made(local={"size": 5}))), ["contradictory", "imported"]),
    "A2 a size of nothing without a descriptor": (
        archive(beside(Made(local={"size": 0, "compressed": 0}))), ["contradictory", "imported"]),
    "A2 a descriptor that tells another size": (
        archive(beside(Made(descriptor="signed", descriptor_bytes=b"PK\x07\x08"
                            + struct.pack("<III", zlib.crc32(MAIL), 0, 0)))),
        ["contradictory", "imported"]),
    "A2 a descriptor of nothing": (
        archive(beside(Made(descriptor="signed", descriptor_bytes=b"PK\x07\x08" + bytes(12)))),
        ["contradictory", "imported"]),
    "A2 ZIP64 sizes beside others in the directory": (
        archive(beside(Made(extra=zip64_extra(7, 7)))), ["contradictory", "imported"]),
    "A2 ZIP64 sizes beside others in the local header": (
        archive(beside(Made(local_extra=zip64_extra(7, 7)))), ["contradictory", "imported"]),
    "A2 two ZIP64 fields": (
        archive(beside(Made(extra=zip64_extra(0, 0) + zip64_extra(0, 0)))),
        ["contradictory", "imported"]),
    "A3 another name in the local header": (
        archive(beside(Made(local={"name": b"b.eml"}))), ["contradictory", "imported"]),
    "A3 the name in another encoding": (
        archive(beside(Made("편지.eml".encode(), local={"name": "편지.eml".encode("cp949")}))),
        ["contradictory", "imported"]),
    "A3 another Unicode name in the local header": (
        archive(beside(Made(extra=unicode_path(b"a.eml", "b.eml"),
                            local_extra=unicode_path(b"a.eml", "c.eml")))),
        ["contradictory", "imported"]),
    "A3 two Unicode names": (
        archive(beside(Made(extra=unicode_path(b"a.eml", "b.eml") * 2))),
        ["contradictory", "imported"]),
    "A4 a slash behind the name of a mail": (
        archive(beside(Made(b"a.eml/"))), ["contradictory", "imported"]),
    "A4 a backslash behind it": (
        archive(beside(Made(b"a.eml\\"))), ["contradictory", "imported"]),
    "A4 DOS says folder": (
        archive(beside(Made(attributes=0x10, made_by=20))), ["contradictory", "imported"]),
    "A4 Unix says folder": (
        archive(beside(Made(attributes=0o040755 << 16))), ["contradictory", "imported"]),
    "A4 Unix says folder, made on a Mac": (
        archive(beside(Made(attributes=0o040755 << 16, made_by=19 << 8 | 20))),
        ["contradictory", "imported"]),
    "A4 the Unicode name says folder": (
        archive(beside(Made(extra=unicode_path(b"a.eml", "a.eml/")))),
        ["contradictory", "imported"]),
    "A4 the plain name says folder": (
        archive(beside(Made(b"a/", extra=unicode_path(b"a/", "a.eml")))),
        ["contradictory", "imported"]),
    "A5 encrypted in the local header alone": (
        archive(beside(Made(local={"flags": 1}))), ["contradictory", "imported"]),
    "A5 encrypted in the directory alone": (
        archive(beside(Made(flags=1, local={"flags": 0}))), ["encrypted", "imported"]),
    "B1 one name twice": (
        archive([Made(b"a.eml"), Made(b"a.eml", OTHER)]), ["imported", "imported"]),
    "B2 bytes no file system takes": (
        archive([Made(b"a\x00\x01\xff:*.eml"), SECOND]), ["imported", "imported"]),
    "B3 paths that mean the same": (
        archive([Made(b"a/b.eml"), Made(b"./a//x/../b.eml"), Made(b"/a\\b.eml", MAIL[:-1])]),
        ["imported"] * 3),
    "B4 names that differ in case": (
        archive([Made(b"a.eml"), Made(b"A.EML", OTHER)]), ["imported", "imported"]),
    "C1 a member the directory leaves out, behind the last": (
        archive([SECOND, Made(gap=LOCAL)]), ["imported", "contradictory"]),
    "C1 a member the directory leaves out, between two": (
        archive(beside(Made(gap=LOCAL))), ["contradictory", "imported"]),
    "C1 a directory record between two members": (
        archive(beside(Made(gap=CENTRAL))), ["contradictory", "imported"]),
    "C1 an end record between two members": (
        archive(beside(Made(gap=archive([])))), ["contradictory", "imported"]),
    "C1 a member inside the comment of a record": (
        archive([SECOND, Made(absent=True, comment=LOCAL, offset=lambda at: at + 200)]),
        ["imported", "damaged"]),
    "data behind the end of the deflate stream": (
        archive(beside(Made(data=deflate(MAIL) + b"more"))), ["imported", "imported"]),
    "more data than the entry declares": (
        archive(beside(Made(size=10, crc=zlib.crc32(MAIL[:10])))), ["too_much_data", "imported"]),
}  # fmt: skip

ARCHIVES: dict[str, tuple[bytes, str]] = {
    "C1 a member before the first of the directory": (
        archive([Made()], prefix=LOCAL), "ambiguous_archive"),
    "C2 two archives, one behind the other": (archive([Made()]) + NESTED, "ambiguous_archive"),
    "C2 an archive in the comment": (archive([Made()], comment=NESTED), "ambiguous_archive"),
    "C2 an archive in the comment of an archive in the comment": (
        archive([Made()], comment=archive([SECOND], comment=NESTED)), "ambiguous_archive"),
    "C2 a comment that ends one byte early, an archive in it": (
        archive([Made()], comment=NESTED) + b"x", "ambiguous_archive"),
    "C3 a record less than announced": (
        archive([Made(), SECOND], end={"entries": 1}), "ambiguous_archive"),
    "C3 a record more than announced": (
        archive([Made(), SECOND], end={"entries": 3}), "ambiguous_archive"),
    "C3 counts of this disk and of all differ": (
        archive([Made(), SECOND], end={"here": 1}), "split_archive"),
    "C4 a directory where it is said to be, and another one": (
        archive([Made(b"a.eml")], behind_directory=CENTRAL[:46] + b"a.eml"),
        "ambiguous_archive"),
    "C5 ZIP64 and the classic record count differently": (
        archive([Made(), SECOND], zip64=True, end={"entries": 1}), "ambiguous_archive"),
    "C5 two ZIP64 records": (
        archive([Made()], zip64=True, behind_directory=archive([Made()], zip64=True)[-98:-42],
                end64={"position": len(archive([Made()])) - 22}), "ambiguous_archive"),
    "overlapping members": (
        archive([Made(b"a.eml"), Made(b"b.eml", offset=lambda at: at - 60)]), "ambiguous_archive"),
    "quoted overlap: a stored member around the others": (
        archive([Made(b"0.eml", b"", method=0, compressed=len(LOCAL) + 30, size=len(LOCAL) + 30),
                 Made(b"1.eml"), Made(b"2.eml")]), "ambiguous_archive"),
    "one member, many entries": (
        archive([Made(b"0.eml"), *(Made(b"%d.eml" % n, absent=True, offset=lambda _: 0)
                                   for n in range(1, 200))]), "ambiguous_archive"),
}  # fmt: skip


@pytest.mark.parametrize("rule", list(ENTRIES))
def test_what_contradicts_itself_costs_its_own_entry(rule: str) -> None:
    data, expected = ENTRIES[rule]
    assert outcomes(data) == expected


@pytest.mark.parametrize("rule", list(ARCHIVES))
def test_what_is_two_archives_is_refused_whole(rule: str) -> None:
    data, code = ARCHIVES[rule]
    assert outcomes(data) == [f"archive: {code}"]


def million(count: int, name: Callable[[int], bytes] = lambda n: b"%x" % n) -> bytes:
    """An archive of entries that have nothing but a name."""
    local, central = bytearray(), bytearray()
    for number in range(count):
        raw = name(number)
        central += struct.pack(
            "<IHHHHIIIIHHHHHII", 0x02014B50, 20, 20, 0, 0, 0, 0, 0, 0, len(raw), 0, 0, 0, 0, 0,
            len(local),
        ) + raw  # fmt: skip
        local += struct.pack("<IHHHIIIIHH", 0x04034B50, 20, 0, 0, 0, 0, 0, 0, len(raw), 0) + raw
    start, size = len(local), len(central)
    wide = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<IIQI", 0x07064B50, 0, start + size, 1)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return bytes(local + central) + wide + locator + end


def test_entries_at_the_limit_and_one_more() -> None:
    limits = ArchiveLimits(max_entries=5_000)
    for count in (5_000, 5_001):
        data = million(count)
        if count <= limits.max_entries:
            assert len(open_directory(len(data), reader_of(data), limits)) == count
        else:
            with pytest.raises(TooManyEntriesError):
                open_directory(len(data), reader_of(data), limits)


def test_a_directory_of_long_names_is_bounded_in_bytes() -> None:
    data = million(40, lambda number: b"%02d" % number + b"n" * 65_533)
    size = 40 * (46 + 65_535)
    assert len(open_directory(len(data), reader_of(data), ArchiveLimits(max_directory=size))) == 40
    with pytest.raises(TooManyEntriesError):
        open_directory(len(data), reader_of(data), ArchiveLimits(max_directory=size - 1))


@pytest.mark.slow
def test_many_empty_entries_take_little_time_and_memory() -> None:
    data = million(50_000)
    read = reader_of(data)
    tracemalloc.start()
    began = time.process_time()
    directory = open_directory(len(data), read)
    assert {judge(entry, LIMIT).reason for entry in directory} == {"not_eml"}  # type: ignore[union-attr]
    took = time.process_time() - began
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * len(data)
    assert (
        took < 60
    )  # with memory being traced, on a busy machine; a million take some 5 s untraced
    assert len(read.reads) == 2  # type: ignore[attr-defined]


def test_the_page_names_every_rule_and_no_other() -> None:
    text = DOC.read_text("utf-8")
    named = set(re.findall(r"^\| ([^|`]+?) \|", text, re.MULTILINE)) - {"rule", "---"}
    assert named >= {*ENTRIES, *ARCHIVES}, {*ENTRIES, *ARCHIVES} - named
