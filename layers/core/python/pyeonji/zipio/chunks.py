"""Cutting an archive into chunks that functions import side by side.

A chunk is a stretch of the file, so one ranged GET brings it. Entries that may hold the same mail
(same CRC and size) belong to one chunk, so that two functions do not store it twice: later copies
are read by the chunk of the first, as further ranges.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyeonji.zipio.listing import Entry

MIB: Final = 1024 * 1024
TARGET: Final = 48 * MIB
MAX_ENTRIES: Final = 10_000
MAX_INFLATED: Final = 2 * 1024 * MIB
#: Gaps up to this long are read over: a request costs more than the bytes.
_GAP: Final = 64 * 1024
#: And as much of the archive may be read over in all, or twice: with the directory this keeps
#: what is read under 1.1 times the archive.
_WASTE: Final = 0.05
#: A chunk this much lighter than the others is given to its neighbour.
_TINY: Final = 0.25


@dataclass(frozen=True, slots=True)
class ChunkRange:
    """`length` bytes of the file from `start` on, and the entries in them, by offset."""

    start: int
    length: int
    indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one function imports. The first range is the chunk's home, the rest are copies'."""

    number: int
    ranges: tuple[ChunkRange, ...]

    @property
    def indexes(self) -> tuple[int, ...]:
        """Every entry of the chunk, in the order it is to be imported."""
        return tuple(index for piece in self.ranges for index in piece.indexes)

    @property
    def length(self) -> int:
        """Bytes to read."""
        return sum(piece.length for piece in self.ranges)


@dataclass(frozen=True, slots=True)
class _Span:
    index: int
    start: int
    length: int
    size: int


@dataclass(slots=True)
class _Bundle:
    """An entry and its later copies: what must not be parted."""

    spans: list[_Span]
    bytes: int
    inflated: int


def cut_chunks(
    entries: Iterable[Entry],
    target: int = TARGET,
    max_entries: int = MAX_ENTRIES,
    max_inflated: int = MAX_INFLATED,
) -> list[Chunk]:
    """Cut what is to be imported into chunks of about `target` bytes, all about as large.

    A chunk has at most about `target` bytes, `max_entries` entries and `max_inflated` bytes of
    mail, give or take one entry and its copies; no range is longer than twice `target` and one
    entry. Copies beyond a chunk's worth start a chunk of their own: there the index, not the
    chunk, sees the duplicates. Every entry is in exactly one chunk.
    """
    bundles = _bundles(entries, target, max_entries, max_inflated)
    weights = [
        max(b.bytes / target, len(b.spans) / max_entries, b.inflated / max_inflated)
        for b in bundles
    ]
    groups = _balanced(weights)
    total = sum(bundle.bytes for bundle in bundles)
    budget = _Budget(int(total * _WASTE))
    chunks = []
    for number, (first, stop) in enumerate(groups, start=1):
        spans = [span for bundle in bundles[first:stop] for span in bundle.spans]
        spans.sort(key=lambda span: span.start)
        chunks.append(Chunk(number, tuple(_ranges(spans, budget, 2 * target))))
    return chunks


def _bundles(
    entries: Iterable[Entry], target: int, max_entries: int, max_inflated: int
) -> list[_Bundle]:
    """Entries in the file's order, each with its copies as far as a chunk can take them."""
    spans = sorted(
        ((e.offset, e.index, e.span, e.size, e.crc) for e in entries), key=lambda row: row[:2]
    )
    bundles: list[_Bundle] = []
    open_bundles: dict[tuple[int, int], _Bundle] = {}
    for start, index, length, size, crc in spans:
        span = _Span(index, start, length, size)
        bundle = open_bundles.get((crc, size))
        if (
            bundle is None
            or bundle.bytes + length > target
            or len(bundle.spans) >= max_entries
            or bundle.inflated + size > max_inflated
        ):
            bundle = _Bundle([], 0, 0)
            bundles.append(bundle)
            open_bundles[crc, size] = bundle
        bundle.spans.append(span)
        bundle.bytes += length
        bundle.inflated += size
    return bundles


def _balanced(weights: list[float]) -> list[tuple[int, int]]:
    """(first, stop) of each group of neighbours; a group weighs about 1 or less.

    The sum is shared out evenly, so that no tiny rest is left for the last.
    """
    total = sum(weights)
    count = max(1, -int(-total // 1))
    goal = total / count
    groups: list[tuple[int, int, float]] = []
    weighed = 0.0
    current = -1
    for place, weight in enumerate(weights):
        number = int((weighed + weight / 2) / goal) if goal else 0
        weighed += weight
        if number != current:
            groups.append((place, place + 1, weight))
            current = number
        else:
            first, _, sofar = groups[-1]
            groups[-1] = (first, place + 1, sofar + weight)
    merged: list[tuple[int, int, float]] = []
    for first, stop, weight in groups:
        if merged and min(weight, merged[-1][2]) < _TINY * goal:
            merged[-1] = (merged[-1][0], stop, merged[-1][2] + weight)
        else:
            merged.append((first, stop, weight))
    return [(first, stop) for first, stop, _ in merged]


@dataclass(slots=True)
class _Budget:
    """Bytes that may still be read without need."""

    left: int

    def take(self, wanted: int) -> bool:
        if wanted > self.left:
            return False
        self.left -= wanted
        return True


def _ranges(spans: list[_Span], budget: _Budget, limit: int) -> Iterator[ChunkRange]:
    """The spans of a chunk as ranges to read, near ones together."""
    start = stop = 0
    indexes: list[int] = []
    for span in spans:
        gap = span.start - stop
        if indexes and (
            span.start + span.length - start > limit or (gap and not _read_over(gap, budget))
        ):
            yield ChunkRange(start, stop - start, tuple(indexes))
            indexes = []
        if not indexes:
            start = span.start
        stop = span.start + span.length
        indexes.append(span.index)
    if indexes:
        yield ChunkRange(start, stop - start, tuple(indexes))


def _read_over(gap: int, budget: _Budget) -> bool:
    return gap <= _GAP and budget.take(gap)
