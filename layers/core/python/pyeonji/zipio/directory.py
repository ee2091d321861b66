"""Writing a central directory: the records of members, and the records that end an archive."""

import struct
from collections.abc import Iterable
from typing import Final

from pyeonji.zipio.member import FLAG_UTF8, MAX_16, MAX_32, VERSION_DEFLATE, Member, encode_name

CENTRAL_RECORD: Final = struct.Struct("<IHHHHIIIIHHHHHII")  # 46 bytes, APPNOTE 4.3.12
CENTRAL_SIGNATURE: Final = 0x02014B50
END_RECORD: Final = struct.Struct("<IHHHHIIH")  # 22 bytes, APPNOTE 4.3.16
END_SIGNATURE: Final = 0x06054B50
END64_RECORD: Final = struct.Struct("<IQHHIIQQQQ")  # 56 bytes, APPNOTE 4.3.14
END64_SIGNATURE: Final = 0x06064B50
END64_LOCATOR: Final = struct.Struct("<IIQI")  # 20 bytes, APPNOTE 4.3.15
END64_LOCATOR_SIGNATURE: Final = 0x07064B50

_OFFSET64: Final = struct.Struct("<HHQ")  # the ZIP64 extra field holding an offset alone
_VERSION_ZIP64: Final = 45
_UNIX: Final = 3 << 8  # "made by" Unix, so that the mode below is read as one
_MODE: Final = 0o100644 << 16  # a regular file its owner may write


def slice_of(members: Iterable[Member], shift: int = 0) -> bytes:
    """The central records of `members`, in order, their offsets moved by `shift` bytes.

    A volume's directory is the slices of its runs, each shifted by where the run landed. A member
    that starts at 4 GiB or beyond gets its offset in a ZIP64 extra field.
    """
    out = bytearray()
    pack = CENTRAL_RECORD.pack
    for member in members:
        name = encode_name(member.name)
        offset = member.offset + shift
        extra = b""
        version = VERSION_DEFLATE
        if offset >= MAX_32:
            extra = _OFFSET64.pack(1, 8, offset)
            version = _VERSION_ZIP64
            offset = MAX_32
        out += pack(
            CENTRAL_SIGNATURE,
            _UNIX | version,
            version,
            FLAG_UTF8,
            member.method,
            member.dos_time,
            member.crc,
            member.compressed,
            member.size,
            len(name),
            len(extra),
            0,
            0,
            0,
            _MODE,
            offset,
        )
        out += name
        out += extra
    return bytes(out)


def record_length(member: Member, shift: int = 0) -> int:
    """Bytes of the member's central record when its offset is moved by `shift`."""
    extra = _OFFSET64.size if member.offset + shift >= MAX_32 else 0
    return CENTRAL_RECORD.size + len(encode_name(member.name)) + extra


def end_of_directory(entries: int, size: int, offset: int) -> bytes:
    """What follows the last central record.

    `size` is the directory's length in bytes, `offset` where it begins. ZIP64 record and locator
    come first as soon as one of the three outgrows the classic record.
    """
    classic = END_RECORD.pack(
        END_SIGNATURE,
        0,
        0,
        min(entries, MAX_16),
        min(entries, MAX_16),
        min(size, MAX_32),
        min(offset, MAX_32),
        0,
    )
    if not _needs_zip64(entries, size, offset):
        return classic
    record = END64_RECORD.pack(
        END64_SIGNATURE,
        END64_RECORD.size - 12,  # APPNOTE 4.3.14.1: without signature and this field
        _UNIX | _VERSION_ZIP64,
        _VERSION_ZIP64,
        0,
        0,
        entries,
        entries,
        size,
        offset,
    )
    locator = END64_LOCATOR.pack(END64_LOCATOR_SIGNATURE, 0, offset + size, 1)
    return record + locator + classic


def end_length(entries: int, size: int, offset: int) -> int:
    """Bytes `end_of_directory` gives for the same arguments."""
    if _needs_zip64(entries, size, offset):
        return END64_RECORD.size + END64_LOCATOR.size + END_RECORD.size
    return END_RECORD.size


def _needs_zip64(entries: int, size: int, offset: int) -> bool:
    return entries > MAX_16 or size >= MAX_32 or offset >= MAX_32
