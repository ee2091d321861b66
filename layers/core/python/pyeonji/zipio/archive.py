"""Opening an archive somebody sent: its directory, by one or two reads, and nothing believed.

The whole archive is refused (`ArchiveError`) where two readers could see two archives in it;
what is wrong with one entry is that entry's own matter (`judge`, `entry`).
"""

# array[int] cannot be evaluated before Python 3.12
from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Final

from pyeonji.zipio.directory import CENTRAL_RECORD, CENTRAL_SIGNATURE
from pyeonji.zipio.errors import (
    AmbiguousArchiveError,
    EmptyArchiveError,
    NotAZipError,
    OtherArchiveError,
    SplitArchiveError,
    TooManyEntriesError,
)
from pyeonji.zipio.listing import Directory, read_record
from pyeonji.zipio.member import LOCAL_HEADER, LOCAL_SIGNATURE, MAX_16
from pyeonji.zipio.tail import End, Read, Window, find_end

_CENTRAL: Final = CENTRAL_SIGNATURE.to_bytes(4, "little")
_LOCAL: Final = LOCAL_SIGNATURE.to_bytes(4, "little")
#: How other archives begin: (what people call it, where the mark stands, the mark).
_OTHER_KINDS: Final = (
    ("EGG", 0, b"EGGA"),
    ("ALZ", 0, b"ALZ\x01"),
    ("7z", 0, b"7z\xbc\xaf\x27\x1c"),
    ("RAR", 0, b"Rar!\x1a\x07"),
    ("RAR", 0, b"RE~^"),
    ("GZ", 0, b"\x1f\x8b\x08"),
    ("BZ2", 0, b"BZh"),
    ("XZ", 0, b"\xfd7zXZ\x00"),
    ("ZST", 0, b"\x28\xb5\x2f\xfd"),
    ("CAB", 0, b"MSCF\x00\x00\x00\x00"),
    ("ARJ", 0, b"\x60\xea"),
    ("LZH", 2, b"-lh"),
    ("TAR", 257, b"ustar"),
)
_HEAD: Final = 512
_DIGITAL_SIGNATURE: Final = b"PK\x05\x05"  # APPNOTE 4.3.13, behind the last record
#: What a member can have that the directory does not tell: the local name and extra field, a
#: descriptor with ZIP64 sizes, and the signature of whatever comes next.
_SLACK: Final = 2 * MAX_16 + 24 + 4


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What a directory may have. 192 MiB are a million entries of 200 bytes each."""

    max_entries: int = 1_000_000
    max_directory: int = 192 * 1024 * 1024


def open_directory(size: int, read: Read, limits: ArchiveLimits | None = None) -> Directory:
    """The directory of an archive of `size` bytes, seen through `read(start, length)`.

    Two reads at most for a sound archive: the last 128 KiB and what of the directory lies
    before; one more where something stands before the first member, to see that it is not a
    second archive, or one of another kind. Raises an `ArchiveError`, or `ShortReadError` where
    `read` falls short.
    """
    limits = limits or ArchiveLimits()
    window = Window(size, read)
    try:
        end = find_end(window)
    except NotAZipError:
        _refuse_other(window)
        raise
    if end.entries > limits.max_entries or end.size > limits.max_directory:
        raise TooManyEntriesError(f"{end.entries} entries in {end.size} bytes of directory")
    records = window.piece(end.start, end.size)
    positions, offsets, lengths = _records(records, end, limits)
    if not positions and not end.start:
        raise EmptyArchiveError("no entries")
    first = min(offsets, default=0)
    if end.prefix:
        prefix = _prefix(window, end, first)
        for place in range(len(offsets)):
            offsets[place] += prefix
        first += prefix
    if not positions or first > 0:
        _refuse_other(window)  # with an archive stored inside, whose end is taken for its own
        if window.piece(0, 4) == _LOCAL:
            # A reader that goes forward from the first byte finds members the directory leaves
            # out.
            raise AmbiguousArchiveError("a member before the first of the directory")
    if not positions:
        raise EmptyArchiveError("no entries")
    return Directory(records, positions, offsets, _spans(offsets, lengths, end.start), end.start)


def _refuse_other(window: Window) -> None:
    """Raises `OtherArchiveError` where the first bytes are those of another kind of archive."""
    head = window.piece(0, min(_HEAD, window.size))
    for kind, at, mark in _OTHER_KINDS:
        if head.startswith(mark, at):
            raise OtherArchiveError(kind)


def _records(
    records: bytes, end: End, limits: ArchiveLimits
) -> tuple[array[int], array[int], array[int]]:
    """Position in the directory, offset and least length in the file of every entry."""
    positions, offsets, lengths = array("Q"), array("q"), array("q")
    at = 0
    while at + CENTRAL_RECORD.size <= len(records) and records.startswith(_CENTRAL, at):
        record = read_record(records, at)
        if at + record.length > len(records):
            raise NotAZipError(f"record {len(positions)} runs past the directory")
        if record.disk not in (0, MAX_16):
            raise SplitArchiveError(f"entry {len(positions)} is on another disk")
        if len(positions) >= limits.max_entries:
            raise TooManyEntriesError(f"more than {limits.max_entries} entries")
        positions.append(at)
        offsets.append(min(record.offset, 1 << 62))
        # Without the name: the local header's may be another, which is the entry's own matter.
        lengths.append(LOCAL_HEADER.size + min(record.compressed, 1 << 62))
        at += record.length
    rest = records[at : at + 4]
    if rest and rest != _DIGITAL_SIGNATURE:
        if len(positions) < end.entries:
            raise NotAZipError(f"record {len(positions)} cannot be read")
        raise AmbiguousArchiveError("the directory is longer than its records")
    found = len(positions)
    if found != end.entries and not (end.wraps and found & MAX_16 == end.entries):
        raise AmbiguousArchiveError(f"{found} records where {end.entries} are announced")
    return positions, offsets, lengths


def _prefix(window: Window, end: End, first: int) -> int:
    """How much to add to the offsets when the directory is not where it says.

    Where something was put before the archive everything has moved, the members with the
    directory. Where the writer counted only the directory wrongly, the members have not.
    """
    moved = _is_member(window, first + end.prefix)
    stayed = _is_member(window, first)
    if moved and stayed:
        raise AmbiguousArchiveError("the first member could be in two places")
    return 0 if stayed else end.prefix


def _is_member(window: Window, start: int) -> bool:
    return start + 4 <= window.size and window.piece(start, 4) == _LOCAL


def _spans(offsets: array[int], lengths: array[int], stop: int) -> array[int]:
    """How many bytes each member may take: up to the next one, or as far as it can reach."""
    spans = array("q", bytes(8 * len(offsets)))
    following = stop
    for place in sorted(range(len(offsets)), key=offsets.__getitem__, reverse=True):
        offset = offsets[place]
        if offset >= stop:
            continue  # points outside: damaged, and no other entry's concern
        room = following - offset
        if lengths[place] > room:
            raise AmbiguousArchiveError(f"entry {place} overlaps what follows")
        spans[place] = min(room, lengths[place] + _SLACK)
        following = offset
    return spans
