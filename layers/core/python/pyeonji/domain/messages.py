"""One mail as the index knows it."""

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

#: Items of one mailbox are spread over this many partitions: one takes 1,000 writes a second,
#: and an export reads them side by side. The shard is the first hex digit of the digest.
SHARDS = "0123456789abcdef"


@dataclass(slots=True)  # frozen takes twice as long to make, and one is made for each mail
class Message:
    """Where a message's ZIP member stands and what it says; bytes and offsets in bytes.

    `key` is in hex the SHA-256 of the message with CRLF line ends and one of them at its end, so
    that the same mail with other line ends has the same key; for a copy kept on purpose followed
    by `#` and the upload's id. `sha256` is that of the very bytes, None where the key is it.
    `likeness` finds the mail again under fields that programs add (`mime.sameness`).
    `offset` is the first byte of the local header in `segment` (an S3 key of the mail bucket).
    `received` is epoch seconds; `received_from` says where that date was found. `gone` is when it
    was found to be no longer on the connected server it came from, epoch seconds; 0: it is there.
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
    sha256: str | None = None
    likeness: int = 0
    gone: int = 0

    @property
    def digest(self) -> str:
        """SHA-256 of the message's bytes, hex."""
        return self.sha256 or self.key[:64]

    @property
    def mark(self) -> int:
        """Its Weight's mark."""
        return mark_of(bytes.fromhex(self.key[:64]))

    @property
    def received_at(self) -> datetime:
        """The received date as an instant."""
        return datetime.fromtimestamp(self.received, UTC)


class Holder(NamedTuple):
    """Who holds a key in a mailbox: the origin of the message, and the digest of its bytes."""

    origin: str
    digest: str


class Marks(NamedTuple):
    """What is remembered of every counted message of a mailbox: the marks of the keys and of the
    likenesses. One that is not in here is surely not in the mailbox."""

    keys: Set[int]
    likenesses: Set[int]
    #: False where there are too many of them: then nothing is known, and any mail may be there.
    complete: bool = True


class Weight(NamedTuple):
    """What an estimate needs of a message: `received` in epoch seconds, `size` of the message and
    `stored` of its packed form in bytes; `mark`, the first 4 bytes of its key, by which an import
    sees that a mailbox surely does not hold it; and `like`, the last 4 of its likeness."""

    received: int
    size: int
    stored: int
    mark: int
    like: int = 0


def like_of(likeness: int) -> int:
    """A likeness' own mark; 0 for none."""
    return likeness & 0xFFFFFFFF


#: Bytes of a digest that say which mail was found: 16 are as good as 32 against chance.
FOUND_DIGEST = 16


class Found(NamedTuple):
    """A mail that an upload found in the mailbox already: `digest`, its first FOUND_DIGEST bytes,
    and the `entry` of the upload it stood in. With it the upload holds the mail, too."""

    digest: bytes
    entry: int


def segments_prefix(account: str, mailbox_id: str) -> str:
    """Where a mailbox's segments stand in the mail bucket; an empty id is all of the account's."""
    return f"segments/{account}/{mailbox_id}/" if mailbox_id else f"segments/{account}/"


def search_prefix(account: str, mailbox_id: str) -> str:
    """Where the search files of those segments stand."""
    return f"search/{account}/{mailbox_id}/" if mailbox_id else f"search/{account}/"


class SearchKey(NamedTuple):
    """The S3 key of a search file: its segment's, and the received dates of its first and last
    mail in epoch seconds, so that a listing says which files a search must open."""

    segment: str
    first: int
    last: int

    @property
    def key(self) -> str:
        """`search/<account>/<mailbox>/<segment's name>.<first>-<last>.sqlite`, dates in hex."""
        folder, _, name = self.segment.removeprefix("segments/").rpartition("/")
        dates = f"{max(0, self.first):010x}-{max(0, self.last):010x}"
        return f"search/{folder}/{name.removesuffix('.seg')}.{dates}.sqlite"

    @classmethod
    def of(cls, key: str) -> "SearchKey | None":
        """The inverse; None where it is not the key of a search file."""
        match = _SEARCH_KEY.fullmatch(key)
        if match is None:
            return None
        return cls(f"segments/{match[1]}.seg", int(match[2], 16), int(match[3], 16))


def search_keys(keys: Iterable[str]) -> Iterator[SearchKey]:
    """What a listing of search files says; what somebody else put there is passed over."""
    return (found for found in map(SearchKey.of, keys) if found is not None)


class SegmentKey(NamedTuple):
    """The S3 key of a segment taken apart; `name` is without `.seg`."""

    account: str
    mailbox_id: str
    name: str

    @classmethod
    def of(cls, key: str) -> "SegmentKey | None":
        """None where it is not the key of a segment."""
        match = _SEGMENT_KEY.fullmatch(key)
        return cls(*match.groups()) if match else None


# An address may have a slash in it (RFC 5322, 3.2.3).
_SEARCH_KEY = re.compile(r"search/(.+/[^/]+/[^/]+)\.([0-9a-f]{10})-([0-9a-f]{10})\.sqlite")
_SEGMENT_KEY = re.compile(r"segments/(.+)/([^/]+)/([^/]+)\.seg")


def mark_of(digest: bytes) -> int:
    """A message's mark; 10,000 new messages meet one of a million by chance about twice."""
    return int.from_bytes(digest[:4], "big")
