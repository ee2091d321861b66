"""Every mail that a query finds, for what is to be done with all of them: a backup, a restore."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.messages import Message, SearchKey
from pyeonji.domain.periods import Span
from pyeonji.search.query import Query
from pyeonji.search.reader import Documents
from pyeonji.search.text import read_text
from pyeonji.usecases.mail.candidates import (
    LOOKED_AT_BYTES,
    Candidate,
    Covered,
    FindsCandidates,
    contents_of,
    cover,
    find_candidates,
    messages_of,
)
from pyeonji.usecases.mail.indexing import IndexesMail, index_segment

#: Candidates looked at together, and their bytes: what is held at a time.
_STEP = 200
_STEP_BYTES = 64 * 1024 * 1024
_DOCUMENT_SECONDS = 120.0


class ChoosesMail(FindsCandidates, IndexesMail, Protocol):
    """What finding every mail of a query needs; making search files, because none may be
    missing."""


@dataclass(frozen=True, slots=True)
class Found:
    """The messages of a query, and how many were taken by their words alone because the time was
    up: some of those may not hold what was asked for."""

    messages: list[Message]
    unsure: int


def make_missing(
    world: ChoosesMail, account: str, mailboxes: Sequence[Mailbox], now: datetime
) -> Covered:
    """The search files of these mailboxes, made here where there are none."""
    covered = cover(world, account, mailboxes, now)
    if not covered.missing:
        return covered
    for segment in covered.missing:
        index_segment(world, segment=segment)
    return cover(world, account, mailboxes, now)


def find_all(
    world: FindsCandidates,
    *,
    account: str,
    files: Sequence[SearchKey],
    query: Query,
    span: Span,
    seconds: float | None = None,
) -> Found:
    """Every message in `span` that the query finds, newest first.

    Where its words alone cannot tell, each candidate is read and checked, for `seconds` at most.
    """
    until = None if seconds is None else time.monotonic() + seconds
    messages: list[Message] = []
    unsure = 0
    with Documents(_DOCUMENT_SECONDS if seconds is None else seconds) as documents:
        for candidates in _steps(find_candidates(world, files, query)):
            known = [
                (candidate, message)
                for candidate, message in zip(
                    candidates, messages_of(world, account, candidates), strict=True
                )
                if message is not None
                and message.received_at in span
                and query.allows(message.flags)
            ]
            if query.exact:
                messages += [message for _, message in known]
            elif until is not None and time.monotonic() > until:
                messages += [message for _, message in known]
                unsure += len(known)
            else:
                messages += _checked(world, query, known, documents)
    return Found(messages, unsure)


def _steps(candidates: Iterator[Candidate]) -> Iterator[list[Candidate]]:
    step: list[Candidate] = []
    size = 0
    for candidate in candidates:
        if step and (len(step) >= _STEP or size + candidate.row.size > _STEP_BYTES):
            yield step
            step, size = [], 0
        step.append(candidate)
        size += candidate.row.size
    if step:
        yield step


def _checked(
    world: FindsCandidates,
    query: Query,
    known: Sequence[tuple[Candidate, Message]],
    documents: Documents,
) -> Iterator[Message]:
    looked_at = [message for _, message in known if message.size <= LOOKED_AT_BYTES]
    contents = contents_of(world, looked_at)
    for candidate, message in known:
        content = contents.get((message.segment, message.offset))
        if (
            content is None
            or query.matches(read_text(content))
            or (candidate.row.attachments and query.matches(read_text(content, documents)))
        ):
            yield message
