"""How S3 puts a volume together: which bytes are copied inside S3, which are gathered.

A volume's stream is its mail members, then the manifest members, then the directory. It is cut
into the parts of a multipart upload:

- a *copy part* is one range of one segment; S3 copies it, no function sees its bytes;
- a *gather part* is several ranges, read and uploaded by a function;
- the *last part* is a short rest of mail, if one is left, with manifest and directory behind it.

S3's arithmetic (Amazon S3 user guide, "Multipart upload limits"): 5 MiB to 5 GiB a part, the last
may be shorter, 10,000 parts at most, and a ranged UploadPartCopy wants a source of more than
5 MiB. S3 copies one part at some 70 MB/s and many side by side, so a part has 128 MiB at most. It
may be cut anywhere, also inside a member, so a run too short for a part of its own
borrows from its neighbour.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pyeonji.zipio.member import Member

MIB: Final = 1024 * 1024
MIN_PART: Final = 5 * MIB
MAX_PART: Final = 128 * MIB
MAX_PARTS: Final = 10_000
GATHER_LIMIT: Final = 32 * MIB


class PlanError(ValueError):
    """Ranges S3 cannot put together."""


class TooManyPartsError(PlanError):
    """More than 10,000 parts; cannot happen below 48.8 GiB (10,000 parts of 5 MiB)."""


@dataclass(frozen=True, slots=True)
class Range:
    """`length` bytes of the object `source` from byte `start` on."""

    source: str
    start: int
    length: int

    @property
    def end(self) -> int:
        """The first byte behind it."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class CopyPart:
    """A part S3 copies by itself: more than 5 MiB, at most 128 MiB, out of one object."""

    number: int
    range: Range

    @property
    def length(self) -> int:
        """Bytes of the part."""
        return self.range.length


@dataclass(frozen=True, slots=True)
class GatherPart:
    """A part a function reads and uploads: 5 MiB up to the gather limit."""

    number: int
    ranges: tuple[Range, ...]

    @property
    def length(self) -> int:
        """Bytes of the part."""
        return sum(piece.length for piece in self.ranges)


Part = CopyPart | GatherPart


@dataclass(frozen=True, slots=True)
class VolumePlan:
    """The parts of a volume in order, numbered from 1.

    `last` is the mail (less than 5 MiB of it) that travels with the directory in the part
    numbered `last_number`. `mail_bytes` is where the manifest members begin.
    """

    parts: tuple[Part, ...]
    last: tuple[Range, ...]
    mail_bytes: int

    @property
    def last_number(self) -> int:
        """The number of the part with the directory."""
        return len(self.parts) + 1

    @property
    def copied_bytes(self) -> int:
        """Mail bytes no function reads."""
        return sum(part.length for part in self.parts if isinstance(part, CopyPart))

    @property
    def gathered_bytes(self) -> int:
        """Mail bytes functions read and upload again."""
        return self.mail_bytes - self.copied_bytes


def runs_of(placed: Iterable[tuple[str, Member]]) -> list[Range]:
    """The byte ranges of members, given in the volume's order as (segment, member).

    Members that lie next to each other in one segment become one range.
    """
    return list(_joined(Range(source, m.offset, m.length) for source, m in placed))


def plan_parts(runs: Sequence[Range], *, gather_limit: int = GATHER_LIMIT) -> VolumePlan:
    """Cut the stream of `runs`, in this order, into parts.

    Copied is whatever is long enough; as little as possible is gathered, never more than
    `gather_limit` bytes a part (at least 15 MiB: a short stretch and the two halves-to-be of its
    neighbours must fit). Raises `TooManyPartsError`.
    """
    if gather_limit < 3 * MIN_PART:
        raise PlanError(f"a gather limit of {gather_limit} bytes is less than three parts")
    pieces: list[Range | list[Range]] = []
    stretch: list[Range] = []  # ranges waiting to be gathered, less than 5 MiB between them
    waiting = 0
    for run in _joined(runs):
        rest = run
        if 0 < waiting < MIN_PART and rest.length > MIN_PART:
            # Borrow just enough of the long run to fill the part that has begun; all of it where
            # what is left could not be copied.
            wanted = MIN_PART - waiting
            taken = wanted if rest.length - wanted > MIN_PART else rest.length
            stretch.append(Range(rest.source, rest.start, taken))
            waiting += taken
            rest = Range(rest.source, rest.start + taken, rest.length - taken)
        if rest.length > MIN_PART:
            pieces.extend(_gathers(stretch, gather_limit))
            stretch, waiting = [], 0
            pieces.extend(_copies(rest))
        elif rest.length:
            stretch.append(rest)
            waiting += rest.length
    last: tuple[Range, ...] = ()
    if waiting < MIN_PART:
        last = tuple(stretch)
    else:
        pieces.extend(_gathers(stretch, gather_limit))
    if len(pieces) >= MAX_PARTS:
        raise TooManyPartsError(f"{len(pieces) + 1} parts")
    return VolumePlan(
        parts=tuple(_numbered(pieces)),
        last=last,
        mail_bytes=sum(run.length for run in runs),
    )


@dataclass(frozen=True, slots=True)
class Fetch:
    """One ranged GET, and which bytes of its answer are wanted: (start, length) in the answer."""

    range: Range
    wanted: tuple[tuple[int, int], ...]


def fetches_of(
    ranges: Iterable[Range], *, waste: int = 64 * 1024, limit: int = GATHER_LIMIT
) -> list[Fetch]:
    """The ranged GETs that bring `ranges`, in their order.

    Ranges of one source that follow each other with at most `waste` bytes between them share a
    GET (a request takes as long as reading some hundred kilobytes more), as long as its answer
    stays within `limit` bytes.
    """
    fetches: list[Fetch] = []
    whole: Range | None = None
    wanted: list[tuple[int, int]] = []
    for piece in ranges:
        if (
            whole is not None
            and whole.source == piece.source
            and 0 <= piece.start - whole.end <= waste
            and piece.end - whole.start <= limit
        ):
            whole = Range(whole.source, whole.start, piece.end - whole.start)
        else:
            if whole is not None:
                fetches.append(Fetch(whole, tuple(wanted)))
            whole, wanted = piece, []
        wanted.append((piece.start - whole.start, piece.length))
    if whole is not None:
        fetches.append(Fetch(whole, tuple(wanted)))
    return fetches


def _joined(ranges: Iterable[Range]) -> Iterator[Range]:
    """Adjacent ranges of one source as one; empty ones left out."""
    source, start, end = "", 0, 0
    for piece in ranges:
        if piece.length == 0:
            continue
        if piece.source == source and piece.start == end and end > start:
            end = piece.end
            continue
        if end > start:
            yield Range(source, start, end - start)
        source, start, end = piece.source, piece.start, piece.end
    if end > start:
        yield Range(source, start, end - start)


def _copies(run: Range) -> Iterator[Range]:
    """A long run in equal pieces, none above 128 MiB."""
    for start, length in _even(run.length, MAX_PART):
        yield Range(run.source, run.start + start, length)


def _gathers(stretch: list[Range], limit: int) -> Iterator[list[Range]]:
    """A stretch of 5 MiB or more in equal parts, none above `limit`."""
    ranges = iter(stretch)
    rest: Range | None = None
    for _, wanted in _even(sum(piece.length for piece in stretch), limit):
        part: list[Range] = []
        missing = wanted
        while missing:
            piece = rest or next(ranges)
            taken = min(missing, piece.length)
            part.append(Range(piece.source, piece.start, taken))
            missing -= taken
            left = piece.length - taken
            rest = Range(piece.source, piece.start + taken, left) if left else None
        yield part


def _even(length: int, limit: int) -> Iterator[tuple[int, int]]:
    """Cut `length` into as few pieces of at most `limit` as it takes, equal to a byte."""
    count = -(-length // limit)
    for number in range(count):
        start = length * number // count
        yield start, length * (number + 1) // count - start


def _numbered(pieces: Iterable[Range | list[Range]]) -> Iterator[Part]:
    for number, piece in enumerate(pieces, start=1):
        if isinstance(piece, Range):
            yield CopyPart(number, piece)
        else:
            yield GatherPart(number, tuple(piece))
