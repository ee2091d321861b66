"""What the words of search files name: candidates, newest first, and what the index and the
segments say of them."""

import heapq
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.messages import (
    Message,
    SearchKey,
    SegmentKey,
    mark_of,
    search_prefix,
    segments_prefix,
)
from pyeonji.ports import MissingObjectError
from pyeonji.search.file import MailRow
from pyeonji.search.query import Query
from pyeonji.usecases.mail.indexing import segments_of
from pyeonji.usecases.mail.reading import length_of
from pyeonji.worlds import HasIndex, HasIndexing, HasMail, HasSearchFiles
from pyeonji.zipio.errors import EntryError
from pyeonji.zipio.segment_reading import read_member

#: Bytes of a mail that is looked at; a larger one is taken for what its words say.
LOOKED_AT_BYTES = 32 * 1024 * 1024
#: As many as there are connections: a page of mails that lie apart is three rounds of requests.
_READS_AT_ONCE = 16
#: Bytes read for nothing between two mails rather than asking twice: a request costs as much.
_WASTE = 256 * 1024
#: Search files opened together: half a page of mail seldom reaches back beyond them.
_FILES_AT_ONCE = 8
#: A segment this young is being indexed already.
_YOUNG = timedelta(minutes=5)


class FindsCandidates(HasIndex, HasMail, HasSearchFiles, HasIndexing, Protocol):
    """What finding candidates needs."""


class Covered(NamedTuple):
    """The search files of some mailboxes, and the segments that have none: `late` ones should have
    one by now."""

    files: list[SearchKey]
    missing: list[str]
    late: list[str]


class Place(NamedTuple):
    """Where a candidate stands in the order of an answer: newest first."""

    before: int
    """The received date, negated."""
    segment: str
    offset: int

    def cursor(self) -> str:
        """As the next page is asked for with it."""
        segment = SegmentKey.of(self.segment)
        assert segment is not None, "a search file's"
        return f"{-self.before}~{self.offset}~{segment.mailbox_id}~{segment.name}"


class Candidate(NamedTuple):
    """A row of a search file whose words are those that were asked for."""

    place: Place
    mailbox_id: str
    row: MailRow


def cover(world: HasMail, account: str, mailboxes: Sequence[Mailbox], now: datetime) -> Covered:
    """Which search files there are: of mail of before there was a search, or whose event was lost,
    there are none."""
    chosen = {mailbox.id for mailbox in mailboxes}
    # One mailbox is a prefix; all of them are a prefix too.
    only = mailboxes[0].id if len(mailboxes) == 1 else ""
    listed = world.mail.objects(search_prefix(account, only))
    there = segments_of(found.key for found in listed)
    files: list[SearchKey] = []
    missing: list[str] = []
    late: list[str] = []
    for found in world.mail.objects(segments_prefix(account, only)):
        segment = SegmentKey.of(found.key)
        if segment is None or segment.mailbox_id not in chosen:
            continue
        if found.key in there:
            files.append(there[found.key])
        else:
            missing.append(found.key)
            if now - found.modified > _YOUNG:
                late.append(found.key)
    return Covered(files, missing, late)


def find_candidates(
    world: HasSearchFiles, files: Sequence[SearchKey], query: Query, start: Place | None = None
) -> Iterator[Candidate]:
    """What the words of the files say, newest first over all of them; behind `start`.

    Files are opened as the answer reaches back to their last mail.
    """
    wanted = [
        file
        for file in files
        if (query.after is None or file.last >= query.after)
        and (query.before is None or file.first < query.before)
        and (start is None or file.first <= -start.before)
    ]
    wanted.sort(key=lambda file: (-file.last, file.segment))
    heap: list[tuple[Place, MailRow, Iterator[MailRow]]] = []
    opened = 0
    until = None if start is None else -start.before
    while heap or opened < len(wanted):
        if opened < len(wanted) and (not heap or wanted[opened].last >= -heap[0][0].before):
            some = wanted[opened : opened + _FILES_AT_ONCE]
            opened += len(some)
            files_there = world.search_files.open(each.key for each in some)
            for each in some:
                if each.key in files_there:
                    found = files_there[each.key].find(query, until=until)
                    _push(heap, each.segment, found)
            continue
        place, row, rows = heap[0]
        if start is None or place > start:
            segment = SegmentKey.of(place.segment)
            assert segment is not None, "a search file's"
            yield Candidate(place, segment.mailbox_id, row)
        heapq.heappop(heap)
        _push(heap, place.segment, rows)


def _push(
    heap: list[tuple[Place, MailRow, Iterator[MailRow]]], segment: str, rows: Iterator[MailRow]
) -> None:
    row = next(rows, None)
    if row is not None:
        # Within a second a file gives the later place first.
        heapq.heappush(heap, (Place(-row.at, segment, -row.offset), row, rows))


def contents_of(world: HasMail, messages: Sequence[Message]) -> dict[tuple[str, int], bytes]:
    """The bytes of messages by segment and offset; those that stand near each other come with one
    read. Left out: what cannot be read."""
    stretches = list(_stretches(messages))

    def fetch(stretch: list[Message]) -> bytes:
        first, last = stretch[0], stretch[-1]
        length = last.offset + length_of(last) - first.offset
        try:
            return world.mail.read(first.segment, first.offset, length)
        except MissingObjectError:
            return b""

    contents = {}
    with ThreadPoolExecutor(_READS_AT_ONCE) as pool:
        for stretch, data in zip(stretches, pool.map(fetch, stretches), strict=True):
            start = stretch[0].offset
            for message in stretch:
                try:
                    _, content = read_member(data, message.offset - start, start)
                except EntryError:
                    continue
                contents[message.segment, message.offset] = content
    return contents


def _stretches(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """Messages that are read with one request: near each other, and bounded together."""
    stretch: list[Message] = []
    for message in sorted(messages, key=lambda one: (one.segment, one.offset)):
        if stretch:
            first, last = stretch[0], stretch[-1]
            far = message.offset - last.offset - length_of(last) > _WASTE
            large = message.offset + length_of(message) - first.offset > LOOKED_AT_BYTES
            if message.segment != last.segment or far or large:
                yield stretch
                stretch = []
        stretch.append(message)
    if stretch:
        yield stretch


def messages_of(
    world: HasIndex, account: str, candidates: Sequence[Candidate]
) -> list[Message | None]:
    """The index's message of each candidate; None where the mailbox holds it no more, or holds it
    in another segment."""
    found: dict[tuple[str, int], Message] = {}
    for mailbox_id in dict.fromkeys(candidate.mailbox_id for candidate in candidates):
        rows = [one.row for one in candidates if one.mailbox_id == mailbox_id]
        # An index item's key is one of the two digests, depending on when it was written; that of
        # a copy kept on purpose has the entry it came from behind it.
        plain = [key.hex() for row in rows if row.unique is None for key in _keys(row)]
        marks = [mark_of(key) for row in rows if row.unique is not None for key in _keys(row)]
        messages = [*world.index.find(account, mailbox_id, plain).values()]
        if marks:
            messages += world.index.marked(account, mailbox_id, marks)
        found |= {(message.segment, message.offset): message for message in messages}
    return [found.get((one.place.segment, one.row.offset)) for one in candidates]


def _keys(row: MailRow) -> list[bytes]:
    return [row.digest] if row.canonical is None else [row.digest, row.canonical]
