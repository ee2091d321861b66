"""Taking one entry apart: local header against directory, a bounded inflate, the checksum.

Deflated data that checks out is kept as it is; it is never deflated again.
"""

import struct
from typing import Final, NamedTuple

from isal import igzip_lib, isal_zlib

from pyeonji.zipio.directory import CENTRAL_SIGNATURE, END_SIGNATURE
from pyeonji.zipio.errors import (
    BrokenStreamError,
    ContradictionError,
    CrcMismatchError,
    DamagedEntryError,
    EncryptedEntryError,
    EntryTooLargeError,
    OverlongStreamError,
    TooMuchDataError,
    UnsupportedCompressionError,
)
from pyeonji.zipio.inflate64 import inflate64
from pyeonji.zipio.listing import Entry, contradictory_extra, decides, widen_local
from pyeonji.zipio.member import (
    LOCAL_HEADER,
    LOCAL_SIGNATURE,
    MAX_32,
    METHOD_DEFLATE64,
    METHOD_DEFLATED,
    METHOD_STORED,
    Packed,
    pack,
)
from pyeonji.zipio.names import unicode_path

Buffer = bytes | bytearray | memoryview

# isal's stubs declare the class as a variable.
_InflateError: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]

_FLAG_DESCRIPTOR: Final = 0x0008
_DESCRIPTOR: Final = b"PK\x07\x08"  # APPNOTE 4.3.9: optional, and commonly there
_NARROW: Final = struct.Struct("<III")  # crc, compressed, size
_WIDE: Final = struct.Struct("<IQQ")
_SIGNATURES: Final = frozenset({LOCAL_SIGNATURE, CENTRAL_SIGNATURE, END_SIGNATURE})


FLAG_ENCRYPTED: Final = 0x0001
METHOD_AES: Final = 99  # WinZip's AES puts the real method in an extra field
READ_METHODS: Final = frozenset({METHOD_STORED, METHOD_DEFLATED, METHOD_DEFLATE64})


def is_encrypted(entry: Entry) -> bool:
    """Whether a password was set, of either kind."""
    return bool(entry.flags & FLAG_ENCRYPTED) or entry.method == METHOD_AES


def is_too_large(entry: Entry, limit: int) -> bool:
    """Whether the message, or the data it is packed into, has more than `limit` bytes.

    Deflate data is hardly ever longer than what it holds, but can be made of empty blocks without
    end, and whoever reads an entry has to hold it. A thousandth more is what stored blocks take.
    """
    return entry.size > limit or entry.compressed > limit + limit // 1000 + 64


class Unpacked(NamedTuple):
    """A checked entry: its bytes as they go into a segment, and the message itself."""

    packed: Packed
    message: bytes


def unpack_entry(entry: Entry, chunk: Buffer, chunk_start: int, limit: int) -> Unpacked:
    """The entry out of `chunk`, which holds the file's bytes from `chunk_start` on.

    `limit` is the largest message in bytes; not one byte more than the declared size is ever
    inflated. Raises an `EntryError`.
    """
    if entry.flags & FLAG_ENCRYPTED or entry.method == METHOD_AES:
        raise EncryptedEntryError(f"entry {entry.index}")
    if entry.method not in READ_METHODS:
        raise UnsupportedCompressionError(f"entry {entry.index}: method {entry.method}")
    if is_too_large(entry, limit):
        raise EntryTooLargeError(f"entry {entry.index}: {entry.size} of {entry.compressed} bytes")
    if entry.contradictory:
        raise ContradictionError(f"entry {entry.index}: two things in the directory")
    start = _locate(entry, chunk, chunk_start)
    data = bytes(chunk[start : start + entry.compressed])
    if entry.method == METHOD_STORED:
        return _stored(entry, data)
    return _deflated(entry, data) if entry.method == METHOD_DEFLATED else _deflated64(entry, data)


def _locate(entry: Entry, chunk: Buffer, chunk_start: int) -> int:
    """Where in `chunk` the entry's data begins, once its local header agrees with the directory.

    Also looks behind the data: a data descriptor must repeat the directory, and no record of a
    ZIP may stand there that the directory does not know of. Raises `DamagedEntryError` where
    there is no local header or not all of the data, `ContradictionError` where there are two
    stories.
    """
    at = entry.offset - chunk_start
    stop = min(at + entry.span, len(chunk))
    if at < 0 or at + LOCAL_HEADER.size > stop:
        raise DamagedEntryError(f"entry {entry.index}: no local header")
    (
        signature, _, flags, method, _, crc, compressed, size, name_size, extra_size,
    ) = LOCAL_HEADER.unpack_from(chunk, at)  # fmt: skip
    if signature != LOCAL_SIGNATURE:
        raise DamagedEntryError(f"entry {entry.index}: no local header")
    name_at = at + LOCAL_HEADER.size
    extra_at = name_at + name_size
    start: int = extra_at + extra_size
    if name_size != entry.name_size or isal_zlib.crc32(chunk[name_at:extra_at]) != entry.name_crc:
        raise ContradictionError(f"entry {entry.index}: another name in its local header")
    if method != entry.method or (flags ^ entry.flags) & FLAG_ENCRYPTED:
        raise ContradictionError(f"entry {entry.index}: another method in its local header")
    wide = size == MAX_32 or compressed == MAX_32
    extra = bytes(chunk[extra_at:start]) if extra_size else b""
    if extra and (wide or decides(extra)):
        # Where a descriptor follows the sizes may be told there alone.
        told = None if wide or flags & _FLAG_DESCRIPTOR else (size, compressed)
        if contradictory_extra(extra, told):
            raise ContradictionError(f"entry {entry.index}: two values of one extra field")
        other = unicode_path(bytes(chunk[name_at:extra_at]), extra)
        if other is not None and other != entry.name:
            raise ContradictionError(f"entry {entry.index}: another name in its local extra field")
        if wide:
            size, compressed = widen_local(extra, size, compressed)
    stated = (crc, compressed, size)
    true = (entry.crc, entry.compressed, entry.size)
    if stated != true:
        # With a descriptor to come, a field of the local header may be left at nothing.
        late = flags & _FLAG_DESCRIPTOR
        if not late or any(a not in (b, 0, MAX_32) for a, b in zip(stated, true, strict=True)):
            raise ContradictionError(f"entry {entry.index}: other sizes in its local header")
    end = start + entry.compressed
    if end > stop:
        if stop < at + entry.span:
            raise DamagedEntryError(f"entry {entry.index}: its data is cut short")
        raise ContradictionError(f"entry {entry.index}: its data runs into what follows")
    if flags & _FLAG_DESCRIPTOR and end < stop:
        end = _behind_descriptor(entry, chunk, end, stop, needed=stated != true)
    if end + 4 <= stop and int.from_bytes(chunk[end : end + 4], "little") in _SIGNATURES:
        raise ContradictionError(f"entry {entry.index}: a record behind it nobody knows of")
    return start


def _behind_descriptor(entry: Entry, chunk: Buffer, at: int, stop: int, *, needed: bool) -> int:
    """Where the data descriptor at `at` ends: signed or not, with sizes of 4 or 8 bytes."""
    signed = bytes(chunk[at : at + 4]) == _DESCRIPTOR
    for begin in (at + 4, at) if signed else (at,):
        for form in (_NARROW, _WIDE):
            if begin + form.size <= stop and form.unpack_from(chunk, begin) == (
                entry.crc, entry.compressed, entry.size,
            ):  # fmt: skip
                return begin + form.size
    if signed:
        raise ContradictionError(f"entry {entry.index}: its data descriptor tells another story")
    if needed:
        raise DamagedEntryError(f"entry {entry.index}: no data descriptor behind its data")
    return at


def _stored(entry: Entry, data: bytes) -> Unpacked:
    if entry.compressed > entry.size:
        raise TooMuchDataError(f"entry {entry.index}: {entry.compressed} bytes stored")
    if entry.compressed < entry.size:
        raise DamagedEntryError(f"entry {entry.index}: {entry.compressed} bytes stored")
    _check(entry, data)
    return Unpacked(Packed(METHOD_STORED, entry.crc, entry.size, data), data)


def _deflated(entry: Entry, data: bytes) -> Unpacked:
    inflater = igzip_lib.IgzipDecompressor(igzip_lib.DECOMP_DEFLATE)
    try:
        message = inflater.decompress(data, entry.size + 1)
    except _InflateError as error:
        raise DamagedEntryError(f"entry {entry.index}: broken deflate stream") from error
    if len(message) > entry.size:
        raise TooMuchDataError(f"entry {entry.index}: more than {entry.size} bytes")
    if not inflater.eof or len(message) < entry.size:
        raise DamagedEntryError(f"entry {entry.index}: {len(message)} of {entry.size} bytes")
    _check(entry, message)
    # Bytes behind the end of the deflate stream are nobody's mail: 7-Zip warns of them.
    used = len(data) - len(inflater.unused_data)
    if used >= entry.size:
        return Unpacked(Packed(METHOD_STORED, entry.crc, entry.size, message), message)
    kept = data if used == len(data) else data[:used]
    return Unpacked(Packed(METHOD_DEFLATED, entry.crc, entry.size, kept), message)


def _deflated64(entry: Entry, data: bytes) -> Unpacked:
    """Packed anew: few of those who read a backup know the method."""
    try:
        message, _ = inflate64(data, entry.size)
    except OverlongStreamError as error:
        raise TooMuchDataError(f"entry {entry.index}: more than {entry.size} bytes") from error
    except BrokenStreamError as error:
        raise DamagedEntryError(f"entry {entry.index}: broken deflate64 stream") from error
    if len(message) < entry.size:
        raise DamagedEntryError(f"entry {entry.index}: {len(message)} of {entry.size} bytes")
    _check(entry, message)
    return Unpacked(pack(message), message)


def _check(entry: Entry, message: bytes) -> None:
    if isal_zlib.crc32(message) != entry.crc:
        raise CrcMismatchError(f"entry {entry.index}")
