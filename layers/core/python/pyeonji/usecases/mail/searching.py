"""Find mails by their words, newest first.

The words of the search files name candidates; each is looked up in the index (a mail that was
taken out is still in its search file, and flags change), read, checked against the query where its
words alone cannot tell, and shown with a piece of its text. All of it is bounded: a page that is
not full within its bounds ends early, and the next goes on from there.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.errors import InvalidRequestError
from pyeonji.domain.messages import Message, segments_prefix
from pyeonji.search.query import Query, QueryError, parse_query
from pyeonji.search.reader import Documents
from pyeonji.search.snippet import snippet_of
from pyeonji.search.text import read_text
from pyeonji.usecases.accounts.readiness import require_mail
from pyeonji.usecases.mail.candidates import (
    LOOKED_AT_BYTES,
    Candidate,
    FindsCandidates,
    Place,
    contents_of,
    cover,
    find_candidates,
    messages_of,
)
from pyeonji.usecases.mail.reading import ListedMail, find_mailbox
from pyeonji.worlds import HasAccounts, HasLimits

#: Candidates looked at for one page: with 61 of 100 false, as of words of five syllables, 50 rows
#: want some 130.
MAX_CANDIDATES = 600
#: Bytes of a mail that is read for a snippet alone.
_SNIPPET_BYTES = 4 * 1024 * 1024
#: Seconds for attached documents of one page.
_DOCUMENT_SECONDS = 5.0


class SearchesMail(FindsCandidates, HasAccounts, HasLimits, Protocol):
    """What a search needs."""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Some of what was found. `waiting`: segments that cannot be searched yet."""

    rows: list[ListedMail]
    next: str | None
    waiting: int


def read_query(source: str, world: HasLimits, field: str = "q") -> Query:
    """A query as a person typed it. Raises InvalidRequestError, which names what is wrong."""
    try:
        return parse_query(source, world.limits.zone)
    except QueryError as error:
        raise InvalidRequestError(field, error.code) from None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: in one mailbox or in all of them, a page of `limit` rows, behind the page
    whose `next` is `after`."""

    query: Query
    mailbox_id: str | None = None
    after: str | None = None
    limit: int = 50


def search_mail(world: SearchesMail, *, account: str, asked: Asked, now: datetime) -> SearchPage:
    """A page of what is found. Raises NotFoundError, InvalidRequestError."""
    require_mail(world, account)
    if asked.mailbox_id is None:
        mailboxes: list[Mailbox] = world.accounts.mailboxes(account)
    else:
        mailboxes = [find_mailbox(world, account, asked.mailbox_id)]
    covered = cover(world, account, mailboxes, now)
    if covered.late:
        world.indexing.ask(covered.late)
    start = _read_cursor(asked.after, account)
    found: list[ListedMail] = []
    examined = 0
    last: Place | None = None
    more = False
    with Documents(_DOCUMENT_SECONDS) as documents:
        steps = _steps(find_candidates(world, covered.files, asked.query, start), asked.limit)
        for candidates in steps:
            rows = _checked(world, account, asked.query, candidates, documents)
            for candidate, row in zip(candidates, rows, strict=True):
                if row is None:
                    last = candidate.place
                    continue
                if len(found) == asked.limit:
                    more = True
                    break
                found.append(row)
                last = candidate.place
            examined += len(candidates)
            if more or examined >= MAX_CANDIDATES:
                more = True
                break
    return SearchPage(found, last.cursor() if more and last else None, len(covered.missing))


def _steps(candidates: Iterator[Candidate], limit: int) -> Iterator[list[Candidate]]:
    step: list[Candidate] = []
    for candidate in candidates:
        step.append(candidate)
        if len(step) > limit:
            yield step
            step = []
    if step:
        yield step


def _checked(
    world: SearchesMail,
    account: str,
    query: Query,
    candidates: Sequence[Candidate],
    documents: Documents,
) -> list[ListedMail | None]:
    """A row for each candidate that is what was asked for, None for the others."""
    wanted = [
        None if message is None or not query.allows(message.flags) else message
        for message in messages_of(world, account, candidates)
    ]
    most = _SNIPPET_BYTES if query.exact else LOOKED_AT_BYTES
    contents = contents_of(world, [one for one in wanted if one is not None and one.size <= most])

    def check(candidate: Candidate, message: Message | None) -> ListedMail | None:
        if message is None:
            return None
        listed = ListedMail(candidate.mailbox_id, message, candidate.row)
        content = contents.get((message.segment, message.offset))
        if content is None:
            # Too large to be looked at, or its bytes are gone, which is told when it is opened.
            return listed
        text = read_text(content)
        if not query.exact and not query.matches(text):
            # Its documents may hold it, and reading those takes longest.
            text = read_text(content, documents if candidate.row.attachments else None)
            if not query.matches(text):
                return None
        return replace(listed, snippet=snippet_of(text, query))

    return [check(*pair) for pair in zip(candidates, wanted, strict=True)]


_CURSOR = re.compile(r"(\d{1,12})~(-?\d{1,12})~([0-9A-Za-z]{1,40})~([0-9A-Za-z._-]{1,120})")


def _read_cursor(after: str | None, account: str) -> Place | None:
    if after is None:
        return None
    match = _CURSOR.fullmatch(after)
    if match is None:
        raise InvalidRequestError("after", "unknown_value")
    segment = f"{segments_prefix(account, match[3])}{match[4]}.seg"
    return Place(-int(match[1]), segment, int(match[2]))
