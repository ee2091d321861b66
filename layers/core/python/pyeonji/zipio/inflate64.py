"""Deflate64 (method 9), which Windows Explorer and 7-Zip write for large files.

It is deflate (RFC 1951) with a window of 64 KiB instead of 32 (distance codes 30 and 31) and a
last length code that takes 16 more bits (APPNOTE 4.4.5, "Enhanced Deflating"). No library of a
fitting licence reads it with a bound and without surprises, so this is ours: plain Python, some
3 MB a second, enough for what is rarely met. What it gives is packed anew, for few readers know
the method.
"""

from collections.abc import Sequence
from typing import Final

from pyeonji.zipio.errors import BrokenStreamError, OverlongStreamError

_END_OF_BLOCK: Final = 256
# (base, extra bits) of length codes 257 to 285: as in deflate but for the last.
_LENGTHS: Final = (
    *((length, 0) for length in range(3, 11)),
    *((base, 1) for base in range(11, 19, 2)),
    *((base, 2) for base in range(19, 35, 4)),
    *((base, 3) for base in range(35, 67, 8)),
    *((base, 4) for base in range(67, 131, 16)),
    *((base, 5) for base in range(131, 258, 32)),
    (3, 16),
)
# Of distance codes 0 to 31: two of each width, each behind what the ones before it reach.
_DISTANCES: Final = tuple(
    (code + 1, 0) if code < 4 else ((2 + code % 2 << code // 2 - 1) + 1, code // 2 - 1)
    for code in range(32)
)
_CODE_ORDER: Final = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
_MAX_LITERALS: Final = 286
_MAX_DISTANCES: Final = 32

#: A block's tables take half a millisecond, so a stream may have this many, and one more for every
#: so many bytes; writers make one for some tens of kilobytes.
_BLOCKS: Final = 1000
_BLOCK: Final = 1024

#: A code's table: `symbol << 4 | length` for every run of `bits` bits that begins with it; 0 for
#: what begins with no code.
_Table = tuple[list[int], int]


def inflate64(data: bytes, limit: int) -> tuple[bytes, int]:
    """The content of a Deflate64 stream, and how many bytes of `data` it took.

    Never holds much more than `limit` bytes of output: raises `OverlongStreamError` beyond them,
    and `BrokenStreamError` where the stream is no Deflate64 or ends too early.
    """
    bits = _Bits(data)
    out = bytearray()
    last = False
    blocks = _BLOCKS + len(data) // _BLOCK
    while not last:
        blocks -= 1
        if blocks < 0:
            raise BrokenStreamError("blocks without end")
        last = bool(bits.take(1))
        kind = bits.take(2)
        if kind == 0:
            out += bits.stored()
        elif kind == 1:
            _block(bits, out, *_fixed_tables(), limit)
        elif kind == 2:
            _block(bits, out, *_dynamic_tables(bits), limit)
        else:
            raise BrokenStreamError("a block of an unknown kind")
        if len(out) > limit:
            raise OverlongStreamError(f"more than {limit} bytes")
    return bytes(out), bits.used()


class _Bits:
    """The stream's bits, the lowest of each byte first."""

    __slots__ = ("at", "buffer", "count", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.buffer = 0
        self.count = 0

    def peek(self, wanted: int) -> int:
        """The next bits; zeros behind the end, which nobody may take."""
        if self.count < wanted:
            piece = self.data[self.at : self.at + 8]
            self.at += len(piece)
            self.buffer |= int.from_bytes(piece, "little") << self.count
            self.count += 8 * len(piece)
        return self.buffer & (1 << wanted) - 1

    def take(self, wanted: int) -> int:
        value = self.peek(wanted)
        if self.count < wanted:
            raise BrokenStreamError("the stream ends too early")
        self.buffer >>= wanted
        self.count -= wanted
        return value

    def stored(self) -> bytes:
        self.take(self.count % 8)  # a stored block begins at a byte
        length, complement = self.take(16), self.take(16)
        if length != complement ^ 0xFFFF:
            raise BrokenStreamError("a stored block with two lengths")
        start = self.used()
        piece = self.data[start : start + length]
        if len(piece) < length:
            raise BrokenStreamError("the stream ends too early")
        self.at, self.buffer, self.count = start + length, 0, 0
        return piece

    def used(self) -> int:
        return self.at - self.count // 8


def _block(bits: _Bits, out: bytearray, literals: _Table, distances: _Table, limit: int) -> None:
    """One block of codes. Its state is in local variables: this loop is all of the time."""
    data, at, buffer, count = bits.data, bits.at, bits.buffer, bits.count
    table, mask = literals[0], (1 << literals[1]) - 1
    far_table, far_mask = distances[0], (1 << distances[1]) - 1
    while True:
        if count < 60:  # the longest pair: 15 + 16 bits of length, 15 + 14 of distance
            if len(out) > limit:
                break
            piece = data[at : at + 8]
            at += len(piece)
            buffer |= int.from_bytes(piece, "little") << count
            count += 8 * len(piece)
        found = table[buffer & mask]
        size = found & 15
        buffer >>= size
        count -= size
        symbol = found >> 4
        if symbol < _END_OF_BLOCK:
            if not size or count < 0:
                raise BrokenStreamError("no code, or the stream ends too early")
            out.append(symbol)
            continue
        if symbol == _END_OF_BLOCK:
            break
        base, extra = _LENGTHS[symbol - 257]
        length = base + (buffer & (1 << extra) - 1)
        buffer >>= extra
        far = far_table[buffer & far_mask]
        size = far & 15
        buffer >>= size
        base, more = _DISTANCES[far >> 4]
        distance = base + (buffer & (1 << more) - 1)
        buffer >>= more
        count -= extra + size + more
        start = len(out) - distance
        if not size or start < 0 or count < 0:
            raise BrokenStreamError("a copy of what is not there")
        if length <= distance:
            out += out[start : start + length]
        else:
            out += (out[start:] * (length // distance + 1))[:length]
    if count < 0:
        raise BrokenStreamError("the stream ends too early")
    bits.at, bits.buffer, bits.count = at, buffer, count


def _fixed_tables() -> tuple[_Table, _Table]:
    return (
        _table([8] * 144 + [9] * 112 + [7] * 24 + [8] * 8, 286),
        _table([5] * 32, _MAX_DISTANCES),
    )


def _dynamic_tables(bits: _Bits) -> tuple[_Table, _Table]:
    """The two codes a block begins with (RFC 1951, 3.2.7)."""
    literals, distances, codes = bits.take(5) + 257, bits.take(5) + 1, bits.take(4) + 4
    if literals > _MAX_LITERALS:
        raise BrokenStreamError("too many literal codes")
    order = [0] * 19
    for place in range(codes):
        order[_CODE_ORDER[place]] = bits.take(3)
    table, width = _table(order, 19)
    lengths: list[int] = []
    while len(lengths) < literals + distances:
        found = table[bits.peek(width)]
        bits.take(found & 15 or 1)
        symbol = found >> 4
        if not found & 15:
            raise BrokenStreamError("a length that is no code")
        if symbol < 16:
            lengths.append(symbol)
        elif symbol == 16:
            if not lengths:
                raise BrokenStreamError("a repetition of nothing")
            lengths += lengths[-1:] * (3 + bits.take(2))
        else:
            lengths += [0] * (3 + bits.take(3) if symbol == 17 else 11 + bits.take(7))
    if len(lengths) > literals + distances or not lengths[_END_OF_BLOCK]:
        raise BrokenStreamError("a code without an end, or too long a one")
    return _table(lengths[:literals], _MAX_LITERALS), _table(lengths[literals:], _MAX_DISTANCES)


def _table(lengths: Sequence[int], symbols: int) -> _Table:
    """The canonical code of these lengths (RFC 1951, 3.2.2), of `symbols` that may be met."""
    width = max(max(lengths), 1)
    if sum(1 << width - length for length in lengths if length) > 1 << width:
        raise BrokenStreamError("more codes than there is room for")
    table = [0] * (1 << width)
    code = 0
    for length in range(1, width + 1):
        for symbol, own in enumerate(lengths):
            if own == length:
                if symbol < symbols:
                    start = int(f"{code:0{length}b}"[::-1], 2)
                    table[start :: 1 << length] = [symbol << 4 | length] * (1 << width - length)
                code += 1
        code <<= 1
    return table, width
