"""Archives changed at random: an outcome every time, and no other exception."""

import io
import lzma
import struct
import zipfile
import zlib

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pyeonji.usecases.uploads.cutting import cut_chunks
from pyeonji.usecases.uploads.judging import judge
from pyeonji.zipio.archive import ArchiveLimits, open_directory
from pyeonji.zipio.entry import unpack_entry
from pyeonji.zipio.errors import ArchiveError, EntryError
from pyeonji.zipio.listing import Entry
from pyeonji.zipio.member import METHOD_DEFLATED
from tests.support.zip_makers import MAIL, Made, archive, reader_of, unicode_path, zip64_extra

LIMIT = 1 << 16
#: All that zipfile is seen to raise on archives like these.
REFUSALS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    IndexError,
    OverflowError,
)
NESTED = archive([Made(b"inner.eml")])
SEEDS = [
    archive([Made(), Made(b"b.eml", method=0), Made(b"c/", b"")]),
    archive([Made(descriptor="signed"), Made(b"b.eml", descriptor="unsigned64")]),
    archive([Made()], zip64=True, comment=b"hello"),
    archive([Made()], prefix=b"MZ" * 30, shifted=False, trailer=b"\n"),
    archive([Made("편지.eml".encode("cp949"), extra=unicode_path(b"?", "x"))]),
    archive([Made(extra=zip64_extra(1, 2))]),
    archive([Made(b"x.zip", NESTED, method=0), Made(flags=1), Made(method=12)]),
    archive([]),
]
INTERESTING = [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 0x06054B50, 0x02014B50]


@st.composite
def mutants(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        # headers are few bytes among much data: half the changes go to the end
        low = max(0, len(data) - 150) if draw(st.booleans()) else 0
        at = draw(st.integers(low, max(low, len(data) - 1)))
        kind = draw(st.integers(0, 5))
        if kind == 0 and at < len(data):
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == 1:
            data[at : at + 4] = struct.pack("<I", draw(st.sampled_from(INTERESTING)))
        elif kind == 2:
            data[at : at + 2] = struct.pack("<H", draw(st.sampled_from([0, 1, 0xFFFE, 0xFFFF])))
        elif kind == 3:
            del data[at : at + draw(st.integers(1, 40))]
        elif kind == 4:
            data[at:at] = draw(st.binary(min_size=1, max_size=40))
        else:
            source = draw(st.integers(0, max(0, len(data) - 1)))
            data[at:at] = data[source : source + draw(st.integers(1, 120))]
    return bytes(data)


def import_all(data: bytes) -> dict[str, int]:
    """Inspect and import as the pipeline does; the outcomes, counted."""
    outcomes: dict[str, int] = {}
    try:
        directory = open_directory(len(data), reader_of(data), ArchiveLimits(max_entries=100))
    except ArchiveError as error:
        return {error.code: 1}
    taken: list[Entry] = []
    for entry in directory:
        judgement = judge(entry, LIMIT)
        if judgement is None:
            taken.append(entry)
        else:
            outcomes[judgement.reason] = outcomes.get(judgement.reason, 0) + 1
    for chunk in cut_chunks(taken):
        for piece in chunk.ranges:
            held = data[piece.start : piece.start + piece.length]
            assert len(held) == piece.length
            for index in piece.indexes:
                reason = import_one(directory[index], held, piece.start)
                outcomes[reason] = outcomes.get(reason, 0) + 1
    assert sum(outcomes.values()) == len(directory)
    return outcomes


def import_one(entry: Entry, held: bytes, start: int) -> str:
    try:
        unpacked = unpack_entry(entry, held, start, LIMIT)
    except EntryError as error:
        return error.code
    assert zlib.crc32(unpacked.message) == entry.crc
    assert len(unpacked.message) == entry.size <= LIMIT
    if unpacked.packed.method == METHOD_DEFLATED:
        assert zlib.decompress(unpacked.packed.data, -15) == unpacked.message
    return "imported"


@given(mutants())
@settings(max_examples=100, deadline=None)
def test_changed_archives_have_an_outcome(data: bytes) -> None:
    assert import_all(data)


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_anything_has_an_outcome(data: bytes) -> None:
    assert import_all(data)


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_deflate_stream_has_an_outcome(stream: bytes) -> None:
    data = archive([Made(data=stream, content=MAIL)])
    assert import_all(data)


def python_reads(data: bytes) -> list[bytes | None] | None:
    """The contents Python's zipfile sees, None for an entry or an archive it refuses."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except REFUSALS:
        return None
    contents: list[bytes | None] = []
    for info in archive.infolist():
        try:
            contents.append(archive.read(info))
        except REFUSALS:
            contents.append(None)
    return contents


@given(mutants())
@settings(max_examples=100, deadline=None)
@example(archive([Made(b"x.zip", NESTED, method=0), Made(b"b.eml")])[22:])
def test_python_never_sees_another_archive(data: bytes) -> None:
    try:
        directory = open_directory(len(data), reader_of(data))
    except ArchiveError:
        return
    theirs = python_reads(data)
    if theirs is None:
        return
    assert len(theirs) == len(directory)
    for entry, other in zip(directory, theirs, strict=True):
        held = data[entry.offset : entry.offset + entry.span]
        try:
            ours = unpack_entry(entry, held, entry.offset, LIMIT).message
        except EntryError:
            continue
        assert other in (None, ours)


def test_the_seeds_themselves_are_read() -> None:
    assert [import_all(seed).get("imported", 0) for seed in SEEDS] == [2, 2, 1, 1, 1, 0, 0, 0]


def test_a_file_full_of_end_records_takes_no_time() -> None:
    record = archive([Made()])[-22:]
    assert import_all(record * 5000)
    assert import_all(b"PK\x05\x06" * 30_000)
    assert import_all(archive([Made()]) * 800)
