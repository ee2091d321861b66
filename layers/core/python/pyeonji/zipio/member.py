"""One ZIP member: its packed bytes, and what its two headers say of it."""

import struct
from datetime import datetime
from typing import Final, NamedTuple

from isal import igzip_lib, isal_zlib

from pyeonji.zipio.errors import MemberTooLargeError, NameNotEncodableError, NameTooLongError

METHOD_STORED: Final = 0
METHOD_DEFLATED: Final = 8
METHOD_DEFLATE64: Final = 9  # read only

LOCAL_HEADER: Final = struct.Struct("<IHHHIIIIHH")  # 30 bytes, APPNOTE 4.3.7; time and date as one
LOCAL_SIGNATURE: Final = 0x04034B50
FLAG_UTF8: Final = 0x0800
VERSION_DEFLATE: Final = 20  # APPNOTE 4.4.3: the least a reader needs for deflate and folders

MAX_32: Final = 0xFFFFFFFF
MAX_16: Final = 0xFFFF


class Packed(NamedTuple):
    """One message's bytes as they stand in a ZIP.

    `data` is the message itself (METHOD_STORED) or a raw deflate stream (METHOD_DEFLATED);
    `size` counts the message's own bytes, `crc` is their CRC-32.
    """

    method: int
    crc: int
    size: int
    data: bytes


class Member(NamedTuple):
    """What local header and central record say of a member; both say the same.

    `offset` is that of the local header's first byte in its segment, `dos_time` is
    `(date << 16) | time` as DOS packs them, sizes are bytes.
    """

    name: str
    method: int
    crc: int
    compressed: int
    size: int
    dos_time: int
    offset: int

    @property
    def length(self) -> int:
        """Bytes from the first of the local header to the last of the data.

        There is neither an extra field nor a data descriptor in what we write.
        """
        return LOCAL_HEADER.size + len(encode_name(self.name)) + self.compressed


def pack(message: bytes) -> Packed:
    """Compress a message; stored where deflate did not shrink it.

    isal's level 1 is about ten times zlib's speed for 2 % of size. Guessing compressibility from
    the first kilobytes misleads on mail (text first, then base64), so the whole is tried.
    """
    size = len(message)
    if size >= MAX_32:
        raise MemberTooLargeError(f"a message of {size} bytes")
    crc = isal_zlib.crc32(message)
    deflated = igzip_lib.compress(
        message, 1, igzip_lib.COMP_DEFLATE, igzip_lib.MEM_LEVEL_EXTRA_LARGE
    )
    if len(deflated) < size:
        return Packed(METHOD_DEFLATED, crc, size, deflated)
    return Packed(METHOD_STORED, crc, size, message)


def stored(content: bytes) -> Packed:
    """`content` as it is, for what is to be read in pieces."""
    return Packed(METHOD_STORED, isal_zlib.crc32(content), len(content), content)


def encode_name(name: str) -> bytes:
    """The name's bytes in both headers: always UTF-8, always with the UTF-8 flag."""
    try:
        encoded = name.encode()
    except UnicodeEncodeError as error:
        raise NameNotEncodableError(f"character {error.start} is a lone surrogate") from None
    if len(encoded) > MAX_16:
        raise NameTooLongError(f"a name of {len(encoded)} bytes")
    return encoded


def dos_time(local: datetime) -> int:
    """Pack a wall-clock time as DOS does, `(date << 16) | time`, to two seconds.

    The zone, if there is one, is not looked at. Years before 1980 become the first instant DOS
    knows, years after 2107 the last.
    """
    if local.year < 1980:
        return (1 << 5 | 1) << 16
    if local.year > 2107:
        return (127 << 9 | 12 << 5 | 31) << 16 | 23 << 11 | 59 << 5 | 29
    date = (local.year - 1980) << 9 | local.month << 5 | local.day
    return date << 16 | local.hour << 11 | local.minute << 5 | local.second >> 1
