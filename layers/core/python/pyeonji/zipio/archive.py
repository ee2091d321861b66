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
    SplitArchiveError,
    TooManyEntriesError,
)
from pyeonji.zipio.listing import Directory, read_record
from pyeonji.zipio.member import LOCAL_HEADER, LOCAL_SIGNATURE, MAX_16
from pyeonji.zipio.tail import End, Read, Window, find_end

_CENTRAL: Final = CENTRAL_SIGNATURE.to_bytes(4, "little")
_LOCAL: Final = LOCAL_SIGNATURE.to_bytes(4, "little")
_DIGITAL_SIGNATURE: Final = b"PK\x05\x05"  # APPNOTE 4.3.13, behind the last record
#: What can follow a member's data that the directory does not tell: the local extra field, a
#: descriptor with ZIP64 sizes, and the signature of whatever comes next.
_SLACK: Final = MAX_16 + 24 + 4


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What a directory may have. 192 MiB are a million entries of 200 bytes each."""

    max_entries: int = 1_000_000
    max_directory: int = 192 * 1024 * 1024


def open_directory(size: int, read: Read, limits: ArchiveLimits | None = None) -> Directory:
    """The directory of an archive of `size` bytes, seen through `read(start, length)`.

    Two reads at most for a sound archive: the last 128 KiB and what of the directory lies
    before; one more where something stands before the first member, to see that it is not a
    second archive. Raises an `ArchiveError`, or `ShortReadError` where `read` falls short.
    """
    limits = limits or ArchiveLimits()
    window = Window(size, read)
    end = find_end(window)
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
    if (not positions or first > 0) and window.piece(0, 4) == _LOCAL:
        # A reader that goes forward from the first byte finds members the directory leaves out.
        raise AmbiguousArchiveError("a member before the first of the directory")
    if not positions:
        raise EmptyArchiveError("no entries")
    return Directory(records, positions, offsets, _spans(offsets, lengths, end.start), end.start)


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
        lengths.append(
            LOCAL_HEADER.size + len(record.name) + min(record.compressed, 1 << 62)
        )  # fmt: skip
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
