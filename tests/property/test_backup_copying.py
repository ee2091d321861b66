"""Any selection of any segments gives parts whose concatenation is the volume."""

from collections.abc import Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pyeonji.usecases.backups.copying import (
    GATHER_LIMIT,
    MAX_PART,
    MAX_PARTS,
    MIN_PART,
    CopyPart,
    PlanError,
    Range,
    TooManyPartsError,
    VolumePlan,
    fetches_of,
    plan_parts,
    runs_of,
)
from pyeonji.zipio.member import METHOD_STORED, Member

GIB = 1024**3
EDGES = [0, 1, MIN_PART - 1, MIN_PART, MIN_PART + 1, 2 * MIN_PART, 2 * MIN_PART + 1]

lengths = st.one_of(
    st.sampled_from([*EDGES, MAX_PART, MAX_PART + 1, GATHER_LIMIT, GATHER_LIMIT + 1]),
    st.integers(0, 64 * 1024),
    st.integers(0, 12 * 1024**2),
    st.integers(0, 64 * 1024**2),
    st.integers(0, 6 * GIB),
)


@st.composite
def selections(draw: st.DrawFn) -> list[Range]:
    """Segments of any size, and any stretches of each, in order."""
    runs = []
    for number in range(draw(st.integers(0, 25))):
        at = 0
        for gap, length in draw(st.lists(st.tuples(lengths, lengths), max_size=8)):
            at += gap if draw(st.booleans()) else 0
            runs.append(Range(f"segment-{number}", at, length))
            at += length
    return runs


def pieces_of(plan: VolumePlan) -> list[Range]:
    pieces: list[Range] = []
    for part in plan.parts:
        pieces.extend([part.range] if isinstance(part, CopyPart) else part.ranges)
    return [*pieces, *plan.last]


def normal(ranges: Iterable[Range]) -> list[tuple[str, int, int]]:
    """Ranges as the bytes they name: adjacent ones joined, empty ones gone."""
    out: list[tuple[str, int, int]] = []
    for piece in ranges:
        if piece.length == 0:
            continue
        if out and out[-1][0] == piece.source and out[-1][2] == piece.start:
            out[-1] = (piece.source, out[-1][1], piece.end)
        else:
            out.append((piece.source, piece.start, piece.end))
    return out


def check(runs: list[Range], plan: VolumePlan) -> None:
    assert normal(pieces_of(plan)) == normal(runs)
    assert plan.mail_bytes == sum(run.length for run in runs)
    assert plan.copied_bytes + plan.gathered_bytes == plan.mail_bytes
    assert [part.number for part in plan.parts] == list(range(1, len(plan.parts) + 1))
    assert plan.last_number <= MAX_PARTS
    assert sum(piece.length for piece in plan.last) < MIN_PART
    for part in plan.parts:
        assert part.length >= MIN_PART
        if isinstance(part, CopyPart):
            assert MIN_PART < part.length <= MAX_PART
        else:
            assert part.length <= GATHER_LIMIT
            assert all(piece.length for piece in part.ranges)


@given(selections())
@example([Range("a", 0, MIN_PART), Range("b", 0, MIN_PART + 1), Range("c", 0, 1)])
@example([Range("a", 0, 1), Range("b", 0, 2 * MIN_PART), Range("c", 0, 1)])
@example([Range("a", 0, 1), Range("b", 0, 2 * MIN_PART - 1)])
@example([Range("a", 0, MAX_PART), Range("b", 0, 1), Range("c", 0, MAX_PART + 1)])
@example([Range("a", 0, 4 * GIB), Range("a", 4 * GIB, 4 * GIB)])
@settings(max_examples=120, deadline=None)
def test_the_parts_are_the_volume(runs: list[Range]) -> None:
    check(runs, plan_parts(runs))


@given(st.lists(st.integers(MIN_PART + 1, 70 * 1024**2), max_size=60))
@settings(max_examples=30, deadline=None)
def test_whole_segments_are_copied_and_nothing_is_read(sizes: list[int]) -> None:
    runs = [Range(f"s{n}", 0, size) for n, size in enumerate(sizes)]
    plan = plan_parts(runs)
    assert plan.gathered_bytes == 0
    assert plan.last == ()
    assert len(plan.parts) == len(sizes)


@given(selections())
@settings(max_examples=50, deadline=None)
def test_little_is_gathered_beyond_what_is_too_short_to_copy(runs: list[Range]) -> None:
    """Each short stretch reads at most itself and 10 MiB of its neighbour."""
    plan = plan_parts(runs)
    joined = [end - start for _, start, end in normal(runs)]
    short = sum(length for length in joined if length <= MIN_PART)
    stretches = 0
    before = False
    for length in joined:
        stretches += length <= MIN_PART and not before
        before = length <= MIN_PART
    assert plan.gathered_bytes <= short + stretches * 2 * MIN_PART


def test_a_volume_of_more_than_4_gib_in_small_pieces() -> None:
    runs = [Range(f"s{n}", 7, 100_000) for n in range(4 * GIB // 100_000 + 1)]
    plan = plan_parts(runs)
    check(runs, plan)
    assert plan.copied_bytes == 0
    assert len(plan.parts) == 4 * GIB // GATHER_LIMIT + 1


def test_10_000_parts_and_one_more() -> None:
    runs = [Range(f"s{n}", 0, MIN_PART + 1) for n in range(MAX_PARTS - 1)]
    assert plan_parts(runs).last_number == MAX_PARTS
    with pytest.raises(TooManyPartsError):
        plan_parts([*runs, Range("one more", 0, MIN_PART + 1)])


def test_a_gather_limit_too_small_for_three_parts_is_refused() -> None:
    with pytest.raises(PlanError):
        plan_parts([], gather_limit=3 * MIN_PART - 1)
    runs = [Range("a", 0, MIN_PART - 1), Range("b", 0, 2 * MIN_PART - 1), Range("c", 0, MIN_PART)]
    plan = plan_parts(runs, gather_limit=3 * MIN_PART)
    assert all(MIN_PART <= part.length <= 3 * MIN_PART for part in plan.parts)


def test_neighbours_in_one_segment_are_one_run() -> None:
    first = Member("a", METHOD_STORED, 0, 10, 10, 0, 0)
    second = Member("b", METHOD_STORED, 0, 10, 10, 0, first.length)
    third = Member("c", METHOD_STORED, 0, 10, 10, 0, 1000)
    runs = runs_of([("s", first), ("s", second), ("s", third), ("t", first)])
    assert runs == [Range("s", 0, 82), Range("s", 1000, 41), Range("t", 0, 41)]


def test_near_ranges_share_a_request_as_far_as_the_limit_allows() -> None:
    ranges = [Range("s", 0, 10), Range("s", 20, 10), Range("s", 100, 10), Range("t", 110, 1)]
    fetches = fetches_of(ranges, waste=10)
    assert [fetch.range for fetch in fetches] == [Range("s", 0, 30), ranges[2], ranges[3]]
    assert fetches[0].wanted == ((0, 10), (20, 10))
    assert len(fetches_of(ranges, waste=100, limit=30)) == 3
    assert fetches_of([]) == []
