"""Members of our own segments, read back: what `SegmentWriter` has written and nothing else."""

from collections.abc import Iterator

from isal import igzip_lib, isal_zlib

from pyeonji.zipio.errors import CrcMismatchError, DamagedEntryError
from pyeonji.zipio.member import LOCAL_HEADER, LOCAL_SIGNATURE, METHOD_STORED, Member


def read_member(data: bytes | memoryview, at: int = 0, offset: int = 0) -> tuple[Member, bytes]:
    """The member whose local header stands at `at`, and its content, checked against its CRC.

    `offset` is that of `data[0]` in its segment. Only for segments: what `SegmentWriter` has
    written, without extra fields and descriptors. Raises an `EntryError` where it is damaged.
    """
    if at + LOCAL_HEADER.size > len(data):
        raise DamagedEntryError(f"no local header at {offset + at}")
    (
        signature, _, _, method, dos_time, crc, compressed, size, name_size, _,
    ) = LOCAL_HEADER.unpack_from(data, at)  # fmt: skip
    start = at + LOCAL_HEADER.size + name_size
    if signature != LOCAL_SIGNATURE or start + compressed > len(data):
        raise DamagedEntryError(f"no whole member at {offset + at}")
    name = bytes(data[at + LOCAL_HEADER.size : start]).decode()
    content = bytes(data[start : start + compressed])
    if method != METHOD_STORED:
        inflater = igzip_lib.IgzipDecompressor(igzip_lib.DECOMP_DEFLATE)
        content = inflater.decompress(content, size + 1)
    if len(content) != size or isal_zlib.crc32(content) != crc:
        raise CrcMismatchError(f"the member at {offset + at}")
    return Member(name, method, crc, compressed, size, dos_time, offset + at), content


def read_members(data: bytes) -> Iterator[tuple[Member, bytes]]:
    """Every member of a whole segment with its content, in order. Raises as `read_member`."""
    view = memoryview(data)
    at = 0
    while at < len(data):
        member, content = read_member(view, at)
        yield member, content
        at += member.length
