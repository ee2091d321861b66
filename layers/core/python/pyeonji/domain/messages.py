"""One mail as the index knows it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

#: Items of one mailbox are spread over this many partitions: one takes 1,000 writes a second,
#: and an export reads them side by side. The shard is the first hex digit of the digest.
SHARDS = "0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Message:
    """Where a message's ZIP member stands and what it says; bytes and offsets in bytes.

    `key` is the SHA-256 in hex, for a copy kept on purpose followed by `#` and the upload's id.
    `offset` is the first byte of the local header in `segment` (an S3 key of the mail bucket).
    `received` is epoch seconds; `received_from` says where that date was found.
    """

    key: str
    origin: str
    segment: str
    offset: int
    method: int
    crc: int
    compressed: int
    size: int
    dos_time: int
    name: str
    received: int
    received_from: str
    flags: tuple[str, ...]
    subject: str | None
    sender: str | None
    uid: int

    @property
    def digest(self) -> str:
        """SHA-256 of the message, hex."""
        return self.key[:64]

    @property
    def received_at(self) -> datetime:
        """The received date as an instant."""
        return datetime.fromtimestamp(self.received, UTC)


class Weight(NamedTuple):
    """What an estimate needs of a message: `received` in epoch seconds, `size` of the message and
    `stored` of its packed form in bytes; and `mark`, the first 4 bytes of its digest, by which an
    import sees that a mailbox surely does not hold it."""

    received: int
    size: int
    stored: int
    mark: int


def mark_of(digest: bytes) -> int:
    """A message's mark; 10,000 new messages meet one of a million by chance about twice."""
    return int.from_bytes(digest[:4], "big")
