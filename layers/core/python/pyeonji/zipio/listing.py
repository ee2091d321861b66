"""A central directory in memory: the raw records, and entries made of them when asked for.

A million entries as objects would take some 400 MB; as raw records and three columns they take
what the directory takes on disk and 24 bytes each.
"""

# array[int] cannot be evaluated before Python 3.12
from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, NamedTuple, overload

from isal import isal_zlib

from pyeonji.zipio.directory import CENTRAL_RECORD
from pyeonji.zipio.member import MAX_32
from pyeonji.zipio.names import UNICODE_PATH, decode_name, extra_fields

_WIDE: Final = struct.Struct("<Q")
_ZIP64: Final = 0x0001
_EXTENDED_TIME: Final = 0x5455  # Info-ZIP's "UT"
_NTFS: Final = 0x000A  # APPNOTE 4.5.5
_NTFS_EPOCH: Final = 11_644_473_600  # seconds from 1601 to 1970
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_TIME: Final = 0x00210000  # 1980-01-01 00:00, what writers put who know no time
_FOLDER_DOS: Final = 0x10
#: Fields that decide what an entry is: twice the same is two stories. The third is WinZip's AES.
_DECIDING: Final = frozenset({_ZIP64, UNICODE_PATH, 0x9901})
_FOLDER_UNIX: Final = 0o040000
_FOLDER_MARKS: Final = _FOLDER_DOS | _FOLDER_UNIX << 16
_SLASHES: Final = ("/", "\\")


class Entry(NamedTuple):
    """One entry as the directory tells it; as a tuple it is its own JSON row.

    `index` is its place in the directory; `offset` that of its local header in the file; `span`
    how many bytes from there can be its own (0 where the directory points outside the file);
    sizes are bytes, `crc` the CRC-32 of the content; `name_size` and `name_crc` are of the name's
    raw bytes, which the local header must repeat. `dos_time` is local time without a zone,
    `utc_time` seconds since 1970 where the writer left it. `contradictory` is whether its record
    alone shows two readers two things: a folder and a file, or two values of one field.
    """

    # It hides tuple.index, which nobody asks an entry for.
    index: int  # type: ignore[assignment]
    name: str
    name_size: int
    name_crc: int
    method: int
    flags: int
    crc: int
    compressed: int
    size: int
    offset: int
    span: int
    dos_time: int
    utc_time: int | None
    folder: bool
    contradictory: bool = False

    def modified(self, zone: tzinfo) -> datetime | None:
        """The member's own time in UTC; DOS time is read in `zone`. None where it has none."""
        if self.utc_time is not None:
            return _EPOCH + timedelta(seconds=self.utc_time)
        if self.dos_time in (0, _NO_TIME):
            return None
        date, time = self.dos_time >> 16, self.dos_time & 0xFFFF
        try:
            local = datetime(
                1980 + (date >> 9),
                date >> 5 & 15,
                date & 31,
                time >> 11,
                time >> 5 & 63,
                (time & 31) * 2,
                tzinfo=zone,
            )
        except ValueError:  # the thirteenth month, the sixtieth second
            return None
        return local.astimezone(UTC)


class Directory(Sequence[Entry]):
    """The entries of an archive in the directory's order, each made when asked for.

    `start` is where the directory begins in the file: no member reaches beyond.
    """

    __slots__ = ("_offsets", "_positions", "_records", "_spans", "start")

    def __init__(
        self, records: bytes, positions: array[int], offsets: array[int], spans: array[int],
        start: int,
    ) -> None:  # fmt: skip
        self._records = records
        self._positions = positions
        self._offsets = offsets
        self._spans = spans
        self.start = start

    def __len__(self) -> int:
        return len(self._positions)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        return self._entry(place)

    def __iter__(self) -> Iterator[Entry]:
        return map(self._entry, range(len(self)))

    def _entry(self, place: int) -> Entry:
        record = read_record(self._records, self._positions[place])
        raw, extra = record.name, record.extra
        name = decode_name(raw, extra)
        folder = _is_folder(raw, record)
        # By position: a million calls with names would take half as long again.
        return Entry(
            place,
            name,
            len(raw),
            isal_zlib.crc32(raw),
            record.method,
            record.flags,
            record.crc,
            record.compressed,
            record.size,
            self._offsets[place],
            self._spans[place],
            record.dos_time,
            _utc_time(extra) if extra else None,
            folder,
            # Asked of few: nearly every record is a regular file with harmless extra fields.
            bool(
                record.attributes & _FOLDER_MARKS
                or name[-1:] in _SLASHES
                or (extra and decides(extra))
            )
            and _contradicts(record, name, folder=folder),
        )


class Record(NamedTuple):
    """A central record as it stands, ZIP64 sizes resolved (`wide`: there were some). `length` is
    its own, in bytes."""

    method: int
    flags: int
    dos_time: int
    crc: int
    compressed: int
    size: int
    offset: int
    disk: int
    made_by: int
    attributes: int
    name: bytes
    extra: bytes
    length: int
    wide: bool


def read_record(data: bytes, at: int) -> Record:
    """The record at `at`, whose fixed part and variable fields must lie in `data`."""
    (
        _, made_by, _, flags, method, dos_time, crc, compressed, size,
        name_size, extra_size, comment_size, disk, _, attributes, offset,
    ) = CENTRAL_RECORD.unpack_from(data, at)  # fmt: skip
    name_at = at + CENTRAL_RECORD.size
    extra_at = name_at + name_size
    extra = data[extra_at : extra_at + extra_size]
    wide = MAX_32 in (compressed, size, offset)
    if wide:
        size, compressed, offset = _widened(extra, size, compressed, offset)
    return Record(
        method, flags, dos_time, crc, compressed, size, offset, disk, made_by, attributes,
        data[name_at:extra_at], extra,
        CENTRAL_RECORD.size + name_size + extra_size + comment_size, wide,
    )  # fmt: skip


def _widened(extra: bytes, *narrow: int) -> list[int]:
    """Each full 32-bit field replaced by its ZIP64 value, in their order (APPNOTE 4.5.3)."""
    values = list(narrow)
    for field, data in extra_fields(extra):
        if field == _ZIP64:
            at = 0
            for place, value in enumerate(narrow):
                if value == MAX_32 and at + _WIDE.size <= len(data):
                    (values[place],) = _WIDE.unpack_from(data, at)
                    at += _WIDE.size
            break
    return values


def widen_local(extra: bytes, size: int, compressed: int) -> tuple[int, int]:
    """(size, compressed) of a local header, from its ZIP64 field where they are full."""
    if MAX_32 in (size, compressed):
        size, compressed = _widened(extra, size, compressed)
    return size, compressed


def _utc_time(extra: bytes) -> int | None:
    """Seconds since 1970 from an extended or NTFS timestamp."""
    for field, data in extra_fields(extra):
        if field == _EXTENDED_TIME and len(data) >= 5 and data[0] & 1:
            return int.from_bytes(data[1:5], "little", signed=True)
        # 4 reserved bytes, then attribute 1 of 24 bytes: modified, accessed, created.
        if field == _NTFS and len(data) >= 16 and data[4:8] == b"\x01\x00\x18\x00":
            ticks = int.from_bytes(data[8:16], "little")
            seconds = ticks // 10_000_000 - _NTFS_EPOCH
            if ticks and abs(seconds) < 1 << 37:  # before the year 6325, so datetime can hold it
                return seconds
    return None


def _is_folder(raw: bytes, record: Record) -> bool:
    """A folder: named or marked as one, and without content."""
    return not record.size and (raw.endswith((b"/", b"\\")) or _marked_folder(record))


def _marked_folder(record: Record) -> bool:
    # Whatever system it says it was made by: readers differ in whether they ask.
    unix = (record.attributes >> 16 & 0o170000) == _FOLDER_UNIX
    return unix or bool(record.attributes & _FOLDER_DOS)


def _contradicts(record: Record, name: str, *, folder: bool) -> bool:
    """Whether one reader takes for a folder what another takes for a file, by the record's plain
    name, the name that won over it, its attributes or its size; or takes another of two fields."""
    named = name[-1:] in _SLASHES
    plain = record.name.endswith((b"/", b"\\"))
    if named != plain or (not folder and (named or _marked_folder(record))):
        return True
    return bool(record.extra) and contradictory_extra(
        record.extra, None if record.wide else (record.size, record.compressed, record.offset)
    )


def decides(extra: bytes) -> bool:
    """Whether one of the fields may be in it that `contradictory_extra` looks at: a look at the
    bytes, a tenth of the time of going through the fields."""
    return b"\x01\x00" in extra or b"up" in extra or b"\x01\x99" in extra


def contradictory_extra(extra: bytes, narrow: tuple[int, ...] | None) -> bool:
    """Whether a field that decides something stands twice, or repeats `narrow` otherwise.

    `narrow` is sizes (and offset) of a header that has them in its 32-bit fields: a ZIP64 field
    beside them is not asked by most readers, and believed by some.
    """
    seen = set()
    for field, data in extra_fields(extra):
        if field in _DECIDING:
            if field in seen:
                return True
            seen.add(field)
        if field == _ZIP64 and narrow is not None:
            told = struct.unpack_from(f"<{min(len(data) // 8, len(narrow))}Q", data)
            # Filled with zeros it says nothing: some writers keep the place.
            if any(told) and told != narrow[: len(told)]:
                return True
    return False
