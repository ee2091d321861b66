"""Chunks: every entry once, little read twice, copies together, sizes bounded."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from pyeonji.usecases.uploads.cutting import Chunk, cut_chunks
from pyeonji.zipio.listing import Entry

KIB = 1024
TARGET = 256 * KIB


def entry(index: int, offset: int, span: int, crc: int, size: int) -> Entry:
    return Entry(index, "a.eml", 5, 0, 8, 0, crc, span - 35, size, offset, span, 0, None, False)


@st.composite
def archives(draw: st.DrawFn) -> list[Entry]:
    """Entries in any order, some with gaps before them, some with the same content."""
    entries = []
    at = 0
    spans = st.one_of(st.integers(36, 4 * KIB), st.integers(36, 3 * TARGET))
    for index in range(draw(st.integers(0, 60))):
        at += draw(st.one_of(st.just(0), st.integers(0, 100 * KIB)))
        span = draw(spans)
        crc = draw(st.integers(0, 8))
        entries.append(entry(index, at, span, crc, draw(st.sampled_from([10, 20, 10**6]))))
        at += span
    return draw(st.permutations(entries))


def check(entries: list[Entry], chunks: list[Chunk]) -> None:
    by_index = {e.index: e for e in entries}
    assert sorted(i for chunk in chunks for i in chunk.indexes) == sorted(by_index)
    assert [chunk.number for chunk in chunks] == list(range(1, len(chunks) + 1))
    for chunk in chunks:
        for piece in chunk.ranges:
            end = piece.start
            for index in piece.indexes:
                wanted = by_index[index]
                assert wanted.offset >= end, "entries of a range go forward without overlap"
                end = wanted.offset + wanted.span
            assert end == piece.start + piece.length
            assert piece.start == by_index[piece.indexes[0]].offset


@given(archives())
@settings(max_examples=30, deadline=None)
def test_every_entry_is_in_one_range_of_one_chunk(entries: list[Entry]) -> None:
    chunks = cut_chunks(entries, TARGET, max_entries=10, max_inflated=10**7)
    check(entries, chunks)
    wanted = sum(e.span for e in entries)
    assert sum(chunk.length for chunk in chunks) <= wanted * 1.05
    largest = max((e.span for e in entries), default=0)
    for chunk in chunks:
        # a full chunk, a bundle of copies at either end, and a tiny neighbour
        assert chunk.length <= 4 * (TARGET + largest)
        assert len(chunk.indexes) <= 4 * 10
        for piece in chunk.ranges:
            assert piece.length <= max(2 * TARGET, largest)


@given(archives())
@settings(max_examples=30, deadline=None)
def test_copies_share_a_chunk_while_they_fit(entries: list[Entry]) -> None:
    chunks = cut_chunks(entries, TARGET)
    home = {index: chunk.number for chunk in chunks for index in chunk.indexes}
    groups = defaultdict(list)
    for e in entries:
        groups[e.crc, e.size].append(e)
    for copies in groups.values():
        if sum(e.span for e in copies) <= TARGET:
            assert len({home[e.index] for e in copies}) == 1


def test_a_folder_twice_is_two_ranges_a_chunk() -> None:
    count = 1000
    entries = [entry(n, n * 1000, 1000, n % count, 3000) for n in range(2 * count)]
    chunks = cut_chunks(entries, 400_000)
    check(entries, chunks)
    assert len(chunks) == 5
    assert all(len(chunk.ranges) == 2 for chunk in chunks)
    assert sum(chunk.length for chunk in chunks) == 2_000_000


def test_no_tiny_last_chunk() -> None:
    entries = [entry(n, n * 1000, 1000, n, 3000) for n in range(1001)]
    lengths = [chunk.length for chunk in cut_chunks(entries, 100_000)]
    assert len(lengths) == 11
    assert min(lengths) >= 90_000


def test_shuffled_copies_cost_no_more_reading() -> None:
    entries = [entry(n, n * 1000, 1000, n * 7919 % 500, 3000) for n in range(2000)]
    chunks = cut_chunks(entries, 100_000)
    check(entries, chunks)
    assert sum(chunk.length for chunk in chunks) <= 2_000_000 * 1.05


def test_nothing_to_import() -> None:
    assert cut_chunks([]) == []


def test_what_takes_long_to_inflate_is_shared_out() -> None:
    """Deflate64 is inflated in Python: half a gigabyte of it is no single function's work."""
    plain = [entry(n, n * 2 * KIB, 2 * KIB, n, 1024 * KIB) for n in range(512)]
    slow = [each._replace(method=9) for each in plain]
    assert len(cut_chunks(plain)) == 1
    chunks = cut_chunks(slow)
    assert len(chunks) >= 8
    check(slow, chunks)
