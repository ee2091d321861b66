"""The end of an archive: which directory it means, and whether it could mean two.

Readers find the end record by searching backwards from the end of the file, and differ in what
they then believe. Refused is what would make two of them see two archives; tolerated is what all
of them agree on (bytes behind the end record, bytes before the first member).
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pyeonji.zipio.directory import (
    CENTRAL_SIGNATURE,
    END64_LOCATOR,
    END64_LOCATOR_SIGNATURE,
    END64_RECORD,
    END64_SIGNATURE,
    END_RECORD,
    END_SIGNATURE,
)
from pyeonji.zipio.errors import (
    AmbiguousArchiveError,
    ArchiveError,
    NotAZipError,
    ShortReadError,
    SplitArchiveError,
)
from pyeonji.zipio.member import MAX_16, MAX_32

Read = Callable[[int, int], bytes]
"""`read(start, length)` gives exactly these bytes of the archive."""

#: The end record's comment has at most 65,535 bytes; 128 KiB hold it, the ZIP64 records and,
#: in an archive of up to about a thousand entries, the directory too: one read in all.
TAIL: Final = 128 * 1024
_SEARCHED: Final = END_RECORD.size + MAX_16
_END: Final = struct.pack("<I", END_SIGNATURE)
_CENTRAL: Final = struct.pack("<I", CENTRAL_SIGNATURE)
_SPANNED: Final = b"PK\x07\x08"  # APPNOTE 8.5.3: how the first file of a split set begins
#: End records that are looked at closely, each by four reads at most; an archive with more of
#: them behind its own was made to confuse, or to keep us busy.
_MAX_CANDIDATES: Final = 8


class Window:
    """An archive seen through `read`, its tail read once and kept."""

    def __init__(self, size: int, read: Read) -> None:
        self.size = size
        self._read = read
        length = min(size, TAIL)
        self.start = size - length
        self.tail = self._exactly(self.start, length)

    def piece(self, start: int, length: int) -> bytes:
        """`length` bytes from `start` on, which must lie in the archive; read if need be."""
        if start >= self.start:
            at = start - self.start
            return self.tail[at : at + length]
        if start + length > self.start:
            # Never read twice what the tail holds already.
            head = self._exactly(start, self.start - start)
            return head + self.tail[: length - len(head)]
        return self._exactly(start, length)

    def _exactly(self, start: int, length: int) -> bytes:
        data = self._read(start, length) if length else b""
        if len(data) != length:
            raise ShortReadError(f"{len(data)} bytes at {start} instead of {length}")
        return data


@dataclass(frozen=True, slots=True)
class End:
    """Where the directory is. `prefix` is to be added to every offset in it.

    `wraps` says that the count has 16 bits only and may have wrapped around (macOS's Archive
    Utility writes more than 65,535 entries without ZIP64).
    """

    entries: int
    wraps: bool
    start: int
    size: int
    prefix: int
    stop: int


def find_end(window: Window) -> End:
    """The one end record of the archive. Raises an `ArchiveError`.

    Costs at most four reads for each of `_MAX_CANDIDATES` records.
    """
    tail = window.tail
    floor = max(0, len(tail) - _SEARCHED)
    chosen: End | ArchiveError | None = None
    passed_over = 0
    at = tail.rfind(_END, floor)
    while at >= 0:
        reaches = _reaches_end(window, at)
        # Behind the chosen one only a record whose comment ends the file is a rival: those of
        # archives stored inside need no look, however many there are.
        if chosen is None or reaches:
            if passed_over > _MAX_CANDIDATES:
                raise NotAZipError("too many end records that lead nowhere")
            end = _candidate(window, at, reaches=reaches)
            if end is None:
                if reaches and chosen is None:
                    # It is the end record, and leads nowhere: looking further back could only
                    # find the one of an archive stored inside.
                    raise NotAZipError("no directory where the end record says")
                passed_over += 1
            elif chosen is None:
                if passed_over and not reaches:
                    raise NotAZipError("no directory where the last end record says")
                chosen = end
            else:
                # The later record lies in the comment of this one: who trusts the comment's
                # length sees this archive, who takes the last record sees the other.
                raise AmbiguousArchiveError("two end records reach the end of the file")
        at = tail.rfind(_END, floor, at + len(_END) - 1)
    if isinstance(chosen, ArchiveError):
        raise chosen
    if chosen is None:
        if window.size >= len(_SPANNED) and window.piece(0, len(_SPANNED)) == _SPANNED:
            raise SplitArchiveError("begins like the first file of a split archive")
        raise NotAZipError("no end of a central directory")
    return chosen


def _reaches_end(window: Window, at: int) -> bool:
    """Whether the comment of the end record at `at` in the tail is what ends the file."""
    if at + END_RECORD.size > len(window.tail):
        return False
    comment = int.from_bytes(window.tail[at + END_RECORD.size - 2 : at + END_RECORD.size], "little")
    return at + END_RECORD.size + comment == len(window.tail)


def _candidate(window: Window, at: int, *, reaches: bool) -> End | ArchiveError | None:
    """What the end record at `at` in the tail means; `reaches` is whether it ends the file.

    None where it cannot be an end record at all; an error where it is one to refuse.
    """
    if at + END_RECORD.size > len(window.tail):
        return None
    _, disk, first_disk, here, entries, size, offset, _ = END_RECORD.unpack_from(window.tail, at)
    position = window.start + at
    outgrown = MAX_16 in (disk, first_disk, here, entries) or MAX_32 in (size, offset)
    wide = _zip64(window, at, needed=outgrown)
    if isinstance(wide, ArchiveError):
        return wide
    if wide is None:
        if disk or first_disk or here != entries:
            # Four random bytes in a comment are not a split archive.
            return SplitArchiveError("several disks") if reaches else None
        return _placed(window, End(entries, True, offset, size, 0, position))
    if disk not in (0, MAX_16) or first_disk not in (0, MAX_16):
        return SplitArchiveError("several disks")
    if (
        entries not in (MAX_16, wide.entries)
        or size not in (MAX_32, wide.size)
        or offset not in (MAX_32, wide.start)
    ):
        return AmbiguousArchiveError("ZIP64 and classic end record differ")
    return _placed(window, wide)


def _placed(window: Window, end: End) -> End | ArchiveError | None:
    """The record with its directory found: where it says, or directly before it.

    They differ when something was put before the archive without changing its offsets (then the
    directory stands before the end record, and everything moves by the difference) or when
    something stands between directory and end record (a digital signature).
    """
    if end.start + end.size > end.stop:
        return None
    before = end.stop - end.size
    if not end.size:
        if end.entries:
            return None
        return End(0, False, before, 0, before - end.start, end.stop)
    if before == end.start < window.start:
        return end  # it fits to the byte; a request just to see four bytes of it is not worth it
    stated = window.piece(end.start, len(_CENTRAL)) == _CENTRAL
    if before == end.start:
        return end if stated else None
    adjacent = window.piece(before, len(_CENTRAL)) == _CENTRAL
    if stated and adjacent:
        return AmbiguousArchiveError("a directory where it is said to be, and another one")
    if adjacent:
        return End(end.entries, end.wraps, before, end.size, before - end.start, end.stop)
    return end if stated else None


def _zip64(window: Window, at: int, *, needed: bool) -> End | ArchiveError | None:
    """What the ZIP64 end record says, if a locator stands before the end record at `at`.

    `needed` is whether the classic record refers to it; if not, a locator that leads nowhere is
    no locator.
    """
    at -= END64_LOCATOR.size
    if at < 0:
        return None
    signature, disk, offset, disks = END64_LOCATOR.unpack_from(window.tail, at)
    if signature != END64_LOCATOR_SIGNATURE:
        return None
    locator = window.start + at
    adjacent = locator - END64_RECORD.size
    position = offset
    found = _record64(window, offset, locator)
    if found is not None and offset + 12 + found[1] != locator:
        if _record64(window, adjacent, locator) is not None:
            return AmbiguousArchiveError("two ZIP64 end records")
    elif found is None:
        # Something was put before the archive: the record still stands before its locator.
        position = adjacent
        found = _record64(window, adjacent, locator)
    if found is None:
        return NotAZipError("no ZIP64 end record where the locator says") if needed else None
    _, _, _, _, on, first, here, entries, size, start = found
    if disk or disks > 1 or on or first or here != entries:
        return SplitArchiveError("several disks")
    return End(entries, False, start, size, 0, position)


def _record64(window: Window, start: int, locator: int) -> tuple[int, ...] | None:
    if start < 0 or start + END64_RECORD.size > locator:
        return None
    found = END64_RECORD.unpack(window.piece(start, END64_RECORD.size))
    return found if found[0] == END64_SIGNATURE else None
