"""Make the search file of a segment, beside the import and never in its way.

A search file follows from its segment alone, not from the index, whose items may be written a
moment later: the received date is in the member's name, flags are asked of the index when it
matters. Making it twice writes the same bytes to the same key.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Protocol

from pyeonji.domain.messages import SearchKey, SegmentKey, search_keys
from pyeonji.mime.naming import unique_of
from pyeonji.mime.sameness import digests_of
from pyeonji.ports import MissingObjectError
from pyeonji.search.file import LABEL_LENGTH, IndexedMail, MailRow, mail_words, write_search_file
from pyeonji.search.packing import pack_search_file
from pyeonji.search.reader import Documents
from pyeonji.search.text import DocumentReader, read_text
from pyeonji.worlds import HasIndexing, HasLimits, HasMail
from pyeonji.zipio.segment_reading import read_members

_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)_")
#: Seconds for the PDF and HWP documents of one segment; what is left over is found by its name.
_DOCUMENT_SECONDS = 300.0


class IndexesMail(HasMail, HasLimits, Protocol):
    """What making a search file needs."""


class AsksForIndexing(HasMail, HasIndexing, Protocol):
    """What having missing search files made needs."""


class Indexed(StrEnum):
    """What an event about a segment came to."""

    WRITTEN = "written"
    THERE = "there"
    #: Not a segment, or one that is gone.
    UNKNOWN = "unknown"


def index_segment(world: IndexesMail, *, segment: str) -> Indexed:
    """Write the search file of a segment, if it has none."""
    if SegmentKey.of(segment) is None:
        return Indexed.UNKNOWN
    if any(True for _ in world.mail.objects(_stem(segment))):
        return Indexed.THERE
    try:
        data = world.mail.get(segment)
    except MissingObjectError:
        return Indexed.UNKNOWN
    with Documents(_DOCUMENT_SECONDS) as documents:
        mails = list(indexed_mails(data, world.limits.zone, documents))
    dates = [mail.row.at for mail in mails] or [0]
    key = SearchKey(segment, min(dates), max(dates)).key
    world.mail.put(key, pack_search_file(write_search_file(mails)), content_type="application/gzip")
    return Indexed.WRITTEN


def indexed_mails(
    segment: bytes, zone: tzinfo, documents: DocumentReader | None
) -> Iterator[IndexedMail]:
    """The row and the words of every mail of a segment's bytes."""
    for member, message in read_members(segment):
        text = read_text(message, documents)
        digest, canonical = digests_of(message)
        mark = member.name.removesuffix(".eml").rpartition("_")[2]
        row = MailRow(
            at=received_of(member.name, zone),
            offset=member.offset,
            length=member.length,
            size=member.size,
            attachments=text.attachments,
            digest=digest,
            canonical=None if canonical == digest else canonical,
            unique=None if mark == unique_of(digest) else mark,
            subject=_label(text.subject.partition("\n")[0]),
            sender=_label(text.sender.partition("\n")[0]),
            recipients=_label(text.recipients.replace("\n", ", ")),
        )
        yield IndexedMail(row, mail_words(text))


def _label(text: str) -> str:
    return text[:LABEL_LENGTH].encode("utf-8", "replace").decode()


def received_of(name: str, zone: tzinfo) -> int:
    """The received date in a member's name, epoch seconds; 0 where there is none."""
    match = _STAMP.match(name.rpartition("/")[2])
    if match is None:
        return 0
    try:
        local = datetime(*(int(part) for part in match.groups()), tzinfo=zone)  # type: ignore[arg-type,misc]
        return int(local.timestamp())
    except (ValueError, OverflowError):
        return 0


def ask_for_missing(world: AsksForIndexing, *, prefix: str = "") -> int:
    """Have search files made for segments that have none; returns how many.

    `prefix` is `<account>/<mailbox>/`, or less; empty for all mail there is.
    """
    there = segments_of(found.key for found in world.mail.objects(f"search/{prefix}"))
    missing = [
        found.key
        for found in world.mail.objects(f"segments/{prefix}")
        if found.key not in there and SegmentKey.of(found.key)
    ]
    world.indexing.ask(missing)
    return len(missing)


def _stem(segment: str) -> str:
    return SearchKey(segment, 0, 0).key.removesuffix(".0000000000-0000000000.sqlite") + "."


def segments_of(keys: Iterable[str]) -> dict[str, SearchKey]:
    """Segment → its search file, of the keys under a search prefix."""
    return {found.segment: found for found in search_keys(keys)}
