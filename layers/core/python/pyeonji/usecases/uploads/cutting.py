"""Cutting an archive into chunks that functions import side by side.

A chunk is a stretch of the file, so one ranged GET brings it. Entries that may hold the same mail
(same CRC and size) belong to one chunk, so that two functions do not store it twice: later copies
are read by the chunk of the first, as further ranges.
"""

# array[int] cannot be evaluated before Python 3.12
from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyeonji.zipio.listing import Entry
from pyeonji.zipio.member import METHOD_DEFLATE64

MIB: Final = 1024 * 1024
TARGET: Final = 48 * MIB
MAX_ENTRIES: Final = 10_000
MAX_INFLATED: Final = 2 * 1024 * MIB
#: Deflate64 is inflated in Python, at some 2 MB a second: 64 MiB of it are a chunk's worth.
_DEFLATE64_COST: Final = 32
#: Gaps up to this long are read over: a request costs more than the bytes.
_GAP: Final = 64 * 1024
#: And as much of the archive may be read over in all, or twice: with the directory this keeps
#: what is read under 1.1 times the archive.
_WASTE: Final = 0.05
#: A chunk this much lighter than the others is given to its neighbour.
_TINY: Final = 0.25
_SIZE: Final = 0x7FFFFFFF


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
    limits = _Limits(target, max_entries, max_inflated)
    files = _Columns(entries)
    leaders = _leaders(files, limits)
    numbers = _numbers(_weights(files, leaders, limits))
    members: list[array[int]] = [array("I") for _ in range(max(numbers, default=-1) + 1)]
    for place, leader in enumerate(leaders):
        members[numbers[leader]].append(place)
    budget = _Budget(int(sum(files.spans) * _WASTE))
    return [
        Chunk(number, tuple(_ranges(files, places, budget, 2 * target)))
        for number, places in enumerate(members, start=1)
    ]


@dataclass(frozen=True, slots=True)
class _Limits:
    """What a chunk may hold."""

    bytes: int
    entries: int
    inflated: int

    def weight(self, of_bytes: int, entries: int, inflated: int) -> float:
        """1.0 is a full chunk."""
        return max(of_bytes / self.bytes, entries / self.entries, inflated / self.inflated)


class _Columns:
    """The entries in the file's order, as columns: a million as objects would be 400 MB."""

    __slots__ = ("contents", "costs", "indexes", "offsets", "spans")

    def __init__(self, entries: Iterable[Entry]) -> None:
        offsets, spans, sizes, crcs, indexes, costs = (array("q") for _ in range(6))
        for entry in entries:
            offsets.append(entry.offset)
            spans.append(entry.span)
            sizes.append(entry.size)
            crcs.append(entry.crc)
            indexes.append(entry.index)
            costs.append(_cost(entry))
        order = sorted(range(len(offsets)), key=offsets.__getitem__)
        self.offsets = array("q", (offsets[place] for place in order))
        self.spans = array("q", (spans[place] for place in order))
        #: Bytes to inflate, each as dear as it is.
        self.costs = array("q", (costs[place] for place in order))
        self.indexes = array("q", (indexes[place] for place in order))
        #: Equal for entries that may hold the same mail. Sizes are far below 2 GiB (the message
        #: limit); should one not be, a few more entries travel together.
        self.contents = array("q", ((sizes[place] & _SIZE) << 32 | crcs[place] for place in order))


def _cost(entry: Entry) -> int:
    if entry.method == METHOD_DEFLATE64:
        return _DEFLATE64_COST * (entry.size + entry.compressed)
    return entry.size


def _leaders(files: _Columns, limits: _Limits) -> array[int]:
    """For each entry the first of its bundle: it and its copies, as far as a chunk takes them."""
    leaders = array("I", range(len(files.offsets)))
    # A stable sort: equal contents come together, each group in the file's order.
    previous = -1
    leader = held = count = inflated = 0
    for place in sorted(range(len(leaders)), key=files.contents.__getitem__):
        span, size = files.spans[place], files.costs[place]
        content = files.contents[place]
        if content != previous or limits.weight(held + span, count + 1, inflated + size) > 1:
            previous, leader = content, place
            held = count = inflated = 0
        leaders[place] = leader
        held += span
        count += 1
        inflated += size
    return leaders


def _weights(files: _Columns, leaders: array[int], limits: _Limits) -> array[float]:
    """The weight of each bundle at its leader's place, -1 at every other's."""
    held, counts, inflated = (array("q", bytes(8 * len(leaders))) for _ in range(3))
    for place, leader in enumerate(leaders):
        held[leader] += files.spans[place]
        counts[leader] += 1
        inflated[leader] += files.costs[place]
    return array(
        "d",
        (
            limits.weight(held[place], counts[place], inflated[place]) if counts[place] else -1.0
            for place in range(len(leaders))
        ),
    )


def _numbers(weights: array[float]) -> array[int]:
    """The chunk, from 0, of each bundle; a chunk weighs about 1 or less.

    The sum is shared out evenly, so that no tiny rest is left for the last.
    """
    total = sum(weight for weight in weights if weight > 0)
    goal = total / max(1, math.ceil(total))
    numbers = array("I", bytes(4 * len(weights)))
    loads: list[float] = []
    weighed = 0.0
    slot = -1
    for place, weight in enumerate(weights):
        if weight < 0:
            continue
        middle = int((weighed + weight / 2) / goal) if goal else 0
        weighed += weight
        if middle != slot or not loads:
            slot = middle
            loads.append(0.0)
        loads[-1] += weight
        numbers[place] = len(loads) - 1
    merged, last, load = [0] * len(loads), -1, 0.0
    for number, own in enumerate(loads):
        if last >= 0 and min(own, load) < _TINY * goal:
            load += own
        else:
            last, load = last + 1, own
        merged[number] = last
    return array("I", (merged[number] if loads else 0 for number in numbers))


@dataclass(slots=True)
class _Budget:
    """Bytes that may still be read without need."""

    left: int

    def take(self, wanted: int) -> bool:
        if wanted > self.left:
            return False
        self.left -= wanted
        return True


def _ranges(
    files: _Columns, places: Iterable[int], budget: _Budget, limit: int
) -> Iterator[ChunkRange]:
    """The entries of a chunk, in the file's order, as ranges to read; near ones together."""
    start = stop = 0
    indexes: list[int] = []
    for place in places:
        offset = files.offsets[place]
        end = offset + files.spans[place]
        gap = offset - stop
        if indexes and (end - start > limit or (gap and not _read_over(gap, budget))):
            yield ChunkRange(start, stop - start, tuple(indexes))
            indexes = []
        if not indexes:
            start = offset
        stop = end
        indexes.append(files.indexes[place])
    if indexes:
        yield ChunkRange(start, stop - start, tuple(indexes))


def _read_over(gap: int, budget: _Budget) -> bool:
    return gap <= _GAP and budget.take(gap)
