"""The list of chunks of a run: written by inspection, read by the machine, importing, settling.

`chunks/<upload>/2-index.jsonl` has a line a chunk, small enough to be a Distributed Map's item: the
chunk's name and which bytes of `2-entries.jsonl` are its own. There, a line
`{"start": …, "length": …, "count": …}` says which bytes of the ZIP to read, and a line for each
entry in them follows: `[directory row, received, flags, sha256]`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from pyeonji import json_text
from pyeonji.domain.formats import check_version
from pyeonji.domain.manifest import Listed
from pyeonji.domain.uploads import chunk_prefix
from pyeonji.ports import ObjectStore
from pyeonji.usecases.objects import read_if_there
from pyeonji.zipio.listing import Entry

#: Of the list; absent is 1.
VERSION = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """What our own manifest says of a message. `received` in epoch seconds, `sha256` in hex."""

    received: int | None
    flags: tuple[str, ...]
    sha256: str | None

    def listed(self, filename: str) -> Listed:
        """The same as the import wants it."""
        received = None
        if self.received is not None:
            received = datetime.fromtimestamp(self.received, UTC)
        return Listed(filename, self.flags, sha256=self.sha256, received=received)


class Planned(NamedTuple):
    """An entry to import."""

    entry: Entry
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """`length` bytes of the ZIP from `start` on, and the entries in them."""

    start: int
    length: int
    planned: tuple[Planned, ...]


@dataclass(frozen=True, slots=True)
class ChunkPointer:
    """A line of the index. `quota` is how many bytes of mail the chunk may add, None: no limit.

    `mailbox_id` and `mailbox_path` say where its mail goes; None: where the upload goes.
    """

    name: str
    start: int
    length: int
    entries: int
    quota: int | None = None
    mailbox_id: str | None = None
    mailbox_path: str | None = None
    #: Of the whole list, this line and what it points at.
    v: int = VERSION

    def __post_init__(self) -> None:
        check_version("a chunk list", self.v, VERSION)

    @classmethod
    def from_json(cls, line: dict[str, object]) -> "ChunkPointer":
        """The pointer in a machine's payload. Raises ValueError for anything else."""
        return msgspec.convert(line, cls)


def index_key(upload_id: str, attempt: int) -> str:
    """Where the index is in the work bucket."""
    return f"{chunk_prefix(upload_id)}{attempt}-index.jsonl"


def entries_key(upload_id: str, attempt: int) -> str:
    """Where the entries are."""
    return f"{chunk_prefix(upload_id)}{attempt}-entries.jsonl"


def chunk_name(attempt: int, number: int) -> str:
    """Names ledger, segments and markers of a chunk: no two runs share one."""
    return f"{attempt}-{number:05d}"


def encode_piece(piece: Piece) -> bytes:
    """The lines of a piece."""
    head = {"start": piece.start, "length": piece.length, "count": len(piece.planned)}
    lines = [json_text.encode(head)]
    for planned in piece.planned:
        facts = planned.facts
        row: list[object] = [tuple(planned.entry)]
        if facts is not None:
            row += [facts.received, facts.flags, facts.sha256]
        lines.append(json_text.encode_exactly(row))
    return b"\n".join(lines) + b"\n"


def decode_pieces(data: bytes) -> Iterator[Piece]:
    """The inverse of `encode_piece`, for several behind each other."""
    lines = iter(data.splitlines())
    for line in lines:
        head = json_text.decode(line, _Head)
        rows = (json_text.decode(next(lines), _Row) for _ in range(head.count))
        yield Piece(head.start, head.length, tuple(map(_planned, rows)))


class _Head(msgspec.Struct, frozen=True):
    start: int
    length: int
    count: int


class _Row(msgspec.Struct, array_like=True, frozen=True):
    entry: Entry
    received: int | None = None
    #: None where the row ends before: nothing is known.
    flags: tuple[str, ...] | None = None
    sha256: str | None = None


def _planned(row: _Row) -> Planned:
    if row.flags is None:
        return Planned(row.entry)
    return Planned(row.entry, Facts(row.received, row.flags, row.sha256))


def encode_index(pointers: Iterable[ChunkPointer]) -> bytes:
    """The index, a line a chunk."""
    return b"".join(json_text.encode(pointer) + b"\n" for pointer in pointers)


def read_chunk_index(work: ObjectStore, upload_id: str, attempt: int) -> list[ChunkPointer]:
    """Every chunk of a run; none when inspection did not get that far."""
    data = read_if_there(work, index_key(upload_id, attempt)) or b""
    return [json_text.decode(line, ChunkPointer) for line in data.splitlines()]


def read_chunk(
    work: ObjectStore, upload_id: str, attempt: int, pointer: ChunkPointer
) -> list[Piece]:
    """What a chunk is to import."""
    data = work.read(entries_key(upload_id, attempt), pointer.start, pointer.length)
    return list(decode_pieces(data))
