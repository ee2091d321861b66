"""Which contents a mailbox may hold: a Bloom filter before the journal's table.

Asking SQLite for every mail costs as much as packing it. The filter says "surely not" for almost
all of them in a microsecond and a fixed 4 MiB. Two probes into 2^25 bits: with a million contents
one in three hundred is asked for in vain (https://en.wikipedia.org/wiki/Bloom_filter).
"""

_BITS = 25
_MASK = (1 << _BITS) - 1


class Contents:
    """Digests that may have been added, never one too few."""

    def __init__(self) -> None:
        self._bits = bytearray(1 << (_BITS - 3))

    def add(self, mailbox: int, digest: bytes) -> None:
        """Remembers a digest."""
        for probe in _probes(mailbox, digest):
            self._bits[probe >> 3] |= 1 << (probe & 7)

    def may_hold(self, mailbox: int, digest: bytes) -> bool:
        """False only for what was never added."""
        return all(self._bits[probe >> 3] >> (probe & 7) & 1 for probe in _probes(mailbox, digest))


def _probes(mailbox: int, digest: bytes) -> tuple[int, int]:
    both = int.from_bytes(digest[:8], "big") ^ mailbox * 0x9E3779B97F4A7C15
    return both & _MASK, both >> 32 & _MASK
