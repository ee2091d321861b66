"""Search files as they are kept: packed, half the size.

In S3 as gzip, because who searches opens a whole file. In a volume as a deflated member that is
put together of chunks, each of which can be unpacked by itself: who looks into a volume reads the
few that SQLite asks for.
"""

import zlib
from typing import Final, NamedTuple

CHUNK: Final = 32 * 1024
"""Bytes of a search file in one chunk: deflate looks back no further, so little is lost."""

MOST: Final = 1024 * 1024 * 1024
"""Bytes of a search file at most: a segment's mail is far less."""

_LEVEL: Final = 6
_GZIP: Final = 31  # zlib's window bits, with gzip's header
_RAW: Final = -15


class NotASearchFileError(ValueError):
    """Something else, damaged, or of a version this program does not know."""


class Chunks(NamedTuple):
    """A raw deflate stream, and how many of its bytes each CHUNK of the content became."""

    data: bytes
    lengths: list[int]


def pack_search_file(content: bytes) -> bytes:
    """What stands in S3."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return packer.compress(content) + packer.flush()


def unpack_search_file(stored: bytes) -> bytes:
    """The search file; one that stands there as it is (of before 2026-11-26) too.

    Raises NotASearchFileError for what is damaged.
    """
    if not stored.startswith(b"\x1f\x8b"):
        return stored
    unpacker = zlib.decompressobj(_GZIP)
    try:
        content = unpacker.decompress(stored, MOST)
    except zlib.error as error:
        raise NotASearchFileError(str(error)) from None
    if not unpacker.eof:
        raise NotASearchFileError(f"{len(stored)} bytes that do not end, or become too many")
    return content


def chunks_of(content: bytes) -> Chunks:
    """A search file for a volume: everything in it can be unpacked at once, or chunk by chunk."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    parts = []
    for start in range(0, len(content), CHUNK):
        part = packer.compress(content[start : start + CHUNK])
        # Forgets what came before, so that the next chunk does not look back.
        parts.append(part + packer.flush(zlib.Z_FULL_FLUSH))
    lengths = [len(part) for part in parts]
    return Chunks(b"".join((*parts, packer.flush())), lengths)
