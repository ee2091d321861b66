"""Segments: consecutive ZIP members and nothing else; and what makes an archive of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pyeonji.zipio.directory import end_of_directory, slice_of
from pyeonji.zipio.errors import DuplicateNameError, MemberTooLargeError
from pyeonji.zipio.member import (
    FLAG_UTF8,
    LOCAL_HEADER,
    LOCAL_SIGNATURE,
    MAX_32,
    VERSION_DEFLATE,
    Member,
    Packed,
    dos_time,
    encode_name,
    pack,
)


class SegmentWriter:
    """Puts members one behind the other; the same calls give the same bytes.

    Nothing is copied until `getvalue`: `parts` hands out the pieces for a caller who can send
    them one by one.
    """

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._members: list[Member] = []
        self._names: set[bytes] = set()
        self._size = 0

    def add(self, name: str, packed: Packed, dos_time: int) -> Member:
        """Append one member; returns it with its offset in this segment.

        Raises a `WriteError` where the name or the sizes do not fit the format, and where the
        segment holds the name already; then nothing has been added.
        """
        encoded = encode_name(name)
        if encoded in self._names:
            raise DuplicateNameError(f"member {len(self._members)} repeats a name")
        compressed = len(packed.data)
        if compressed >= MAX_32 or packed.size >= MAX_32:
            raise MemberTooLargeError(f"a member of {packed.size} bytes")
        header = LOCAL_HEADER.pack(
            LOCAL_SIGNATURE,
            VERSION_DEFLATE,
            FLAG_UTF8,
            packed.method,
            dos_time,
            packed.crc,
            compressed,
            packed.size,
            len(encoded),
            0,
        )
        member = Member(
            name, packed.method, packed.crc, compressed, packed.size, dos_time, self._size
        )
        self._names.add(encoded)
        self._parts.append(header + encoded)
        self._parts.append(packed.data)
        self._members.append(member)
        self._size += len(header) + len(encoded) + compressed
        return member

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._size

    @property
    def members(self) -> list[Member]:
        """The members so far, in order; a copy."""
        return list(self._members)

    def parts(self) -> list[bytes]:
        """The segment's bytes in order, as the pieces they were made of."""
        return list(self._parts)

    def getvalue(self) -> bytes:
        """The segment's bytes."""
        return b"".join(self._parts)


def tail_of(
    members: Sequence[Member], files: Iterable[tuple[str, bytes | Packed]], modified: datetime
) -> bytes:
    """What follows `members` to make an archive of them: `files`, by name, as members of their own
    of the time `modified`, packed here where they are not yet; the central directory of all; the
    records that end it.

    `members` stand one after the other from the archive's first byte, their offsets say so.
    Raises a `WriteError` as `SegmentWriter.add`.
    """
    added = SegmentWriter()
    for name, content in files:
        packed = content if isinstance(content, Packed) else pack(content)
        added.add(name, packed, dos_time(modified))
    start = members[-1].offset + members[-1].length if members else 0
    directory = slice_of(members) + slice_of(added.members, shift=start)
    entries = len(members) + len(added.members)
    end = end_of_directory(entries, len(directory), start + added.size)
    return b"".join((added.getvalue(), directory, end))
