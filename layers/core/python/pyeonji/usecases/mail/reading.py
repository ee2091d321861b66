"""A mailbox as a list of mails, newest first, and one mail by itself.

The list is made from the weights: 20 bytes a mail say when it was received and how its digest
begins. The search files of those days know the whole digest, so a page of 100,000 mails is a few
reads, and a small one for each row that is in no search file yet; nothing is written for it at
import (`docs/table.md`).
"""

import heapq
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.errors import InvalidRequestError, NotFoundError, PermanentError
from pyeonji.domain.limits import URL_LIFETIME
from pyeonji.domain.messages import Message, mark_of, search_keys, search_prefix
from pyeonji.domain.periods import midnight
from pyeonji.ports import MissingObjectError
from pyeonji.search.file import MailRow
from pyeonji.usecases.mail.indexing import segments_of
from pyeonji.worlds import (
    HasAccounts,
    HasIndex,
    HasLimits,
    HasMail,
    HasSearchFiles,
    HasWork,
)
from pyeonji.zipio.member import LOCAL_HEADER, encode_name
from pyeonji.zipio.segment_reading import read_member

_KEY = re.compile(r"[0-9a-f]{64}(?:#[0-9A-Za-z.]{1,60})?")
#: A page's mails stand in a few segments; a page out of more has rows without what only search
#: files know.
_MAX_FILES = 8


class ListsMail(HasAccounts, HasIndex, HasMail, HasSearchFiles, HasLimits, Protocol):
    """What listing mails needs."""


class ReadsMail(HasAccounts, HasIndex, HasMail, HasWork, Protocol):
    """What handing out a mail needs."""


@dataclass(frozen=True, slots=True)
class ListedMail:
    """A row of a list. `found` is what its search file says; None until there is one."""

    mailbox_id: str
    message: Message
    found: MailRow | None = None
    snippet: str | None = None


@dataclass(frozen=True, slots=True)
class MailUrl:
    """Where a mail's bytes can be fetched, and until when."""

    url: str
    expires_at: datetime


def list_mails(
    world: ListsMail,
    *,
    account: str,
    mailbox_id: str,
    days: tuple[date | None, date | None] = (None, None),
    after: str | None = None,
    limit: int,
) -> tuple[list[ListedMail], str | None]:
    """A page of a mailbox, newest first, and what the next one begins after.

    `days` are the first and the last whole day, where the account is. Raises NotFoundError,
    InvalidRequestError.
    """
    find_mailbox(world, account, mailbox_id)
    messages: list[Message] = []
    for message in _newest_first(world, account, mailbox_id, days, _cursor(after), limit):
        if len(messages) == limit:
            last = messages[-1]
            return _with_rows(world, account, mailbox_id, messages), f"{last.received}.{last.key}"
        messages.append(message)
    return _with_rows(world, account, mailbox_id, messages), None


def show_mail(world: ListsMail, *, account: str, mailbox_id: str, key: str) -> ListedMail:
    """One mail's row. Raises NotFoundError."""
    find_mailbox(world, account, mailbox_id)
    return _with_rows(world, account, mailbox_id, [find_mail(world, account, mailbox_id, key)])[0]


def mail_url(
    world: ReadsMail, *, account: str, mailbox_id: str, key: str, now: datetime
) -> MailUrl:
    """The exact bytes of a mail behind a URL: inflated into an object of its own, which goes after
    a day. Raises NotFoundError."""
    find_mailbox(world, account, mailbox_id)
    message = find_mail(world, account, mailbox_id, key)
    target = f"eml/{account}/{mailbox_id}/{message.key.replace('#', '.')}.eml"
    world.work.put(target, read_mail(world, message), content_type="message/rfc822")
    seconds = int(URL_LIFETIME / timedelta(seconds=1))
    filename = message.name.rpartition("/")[2]
    url = world.work.url(target, seconds=seconds, filename=filename)
    return MailUrl(url, now + timedelta(seconds=seconds))


def read_mail(world: HasMail, message: Message) -> bytes:
    """The bytes of a mail: one ranged read of its segment, checked against its CRC."""
    try:
        data = world.mail.read(message.segment, message.offset, length_of(message))
    except MissingObjectError:
        raise PermanentError("segment_missing") from None
    return read_member(data, 0, message.offset)[1]


def length_of(message: Message) -> int:
    """Bytes of a message's member in its segment, header included."""
    return LOCAL_HEADER.size + len(encode_name(message.name)) + message.compressed


def find_mailbox(world: HasAccounts, account: str, mailbox_id: str) -> Mailbox:
    """A mailbox of this account. Raises NotFoundError."""
    mailbox = world.accounts.mailbox(account, mailbox_id)
    if mailbox is None:
        raise NotFoundError("mailbox")
    return mailbox


def find_mail(world: HasIndex, account: str, mailbox_id: str, key: str) -> Message:
    """A mail by its key. Raises NotFoundError."""
    if not _KEY.fullmatch(key):
        raise NotFoundError("message")
    message = world.index.find(account, mailbox_id, [key]).get(key)
    if message is None:
        raise NotFoundError("message")
    return message


def instants_of(days: tuple[date | None, date | None], zone: ZoneInfo) -> tuple[float, float]:
    """From the first instant of the first day up to the last day's end, epoch seconds."""
    first, last = days
    start = midnight(first, zone).timestamp() if first else float("-inf")
    end = midnight(last + timedelta(days=1), zone).timestamp() if last else float("inf")
    return start, end


def _cursor(after: str | None) -> tuple[int, str] | None:
    """(received, key) of the last row of a page."""
    if after is None:
        return None
    received, _, key = after.partition(".")
    if not received.lstrip("-").isdigit() or len(after) > 200 or not key:
        raise InvalidRequestError("after", "unknown_value")
    return int(received), key


def _newest_first(
    world: ListsMail,
    account: str,
    mailbox_id: str,
    days: tuple[date | None, date | None],
    cursor: tuple[int, str] | None,
    limit: int,
) -> Iterator[Message]:
    start, end = instants_of(days, world.limits.zone)
    bound = cursor[0] if cursor else float("inf")
    places = [
        (-received, mark)
        for received, mark in world.index.arrivals(account, mailbox_id)
        if start <= received < end and received <= bound
    ]
    last = (-cursor[0], cursor[1]) if cursor else None
    done: set[_Place] = set()
    for step in _in_order(places, limit + 1):
        # Copies kept on purpose share date and digest: one place, several messages.
        wanted = Counter(place for place in step if place not in done)
        for message in sorted(_messages_at(world, account, mailbox_id, wanted), key=_order):
            if last is None or _order(message) > last:
                yield message
        done |= wanted.keys()


#: (the received date, negated; the mark) of a message: what its weight says of it, newest first.
_Place = tuple[int, int]


def _in_order(places: list[_Place], size: int) -> Iterator[list[_Place]]:
    """Sorted, `size` at a time. The first are picked out by themselves: a page seldom needs more,
    and sorting 100,000 takes eight times as long."""
    yield heapq.nsmallest(size, places)
    if len(places) > size:
        ordered = sorted(places)
        for at in range(size, len(ordered), size):
            yield ordered[at : at + size]


def _messages_at(
    world: ListsMail, account: str, mailbox_id: str, wanted: Counter[_Place]
) -> list[Message]:
    """The messages at some places. Search files know their whole digests, so that they are got
    together; a request each finds those that are in none yet, or of which there are several."""
    if not wanted:
        return []
    newest, oldest = -min(wanted)[0], -max(wanted)[0]
    found: dict[str, Message] = {}
    keys = [
        key.hex()
        for row in _rows_between(world, account, mailbox_id, oldest, newest)
        for key in (row.digest, row.canonical)
        if key is not None and (-row.at, mark_of(key)) in wanted
    ]
    if keys:
        found = world.index.find(account, mailbox_id, list(dict.fromkeys(keys)))
    there = Counter(map(_place, found.values()))
    left = [mark for at, mark in wanted if there[at, mark] < wanted[at, mark]]
    if left:
        messages = world.index.marked(account, mailbox_id, left)
        found |= {message.key: message for message in messages}
    # Another mail may have the same mark, and a mail that was taken out has its weight still.
    return [message for message in found.values() if _place(message) in wanted]


def _rows_between(
    world: ListsMail, account: str, mailbox_id: str, oldest: int, newest: int
) -> Iterator[MailRow]:
    listed = world.mail.objects(search_prefix(account, mailbox_id))
    keys = [
        key.key
        for key in search_keys(found.key for found in listed)
        if key.last >= oldest and key.first <= newest
    ]
    for file in world.search_files.open(keys[:_MAX_FILES]).values():
        yield from file.between(oldest, newest)


def _place(message: Message) -> _Place:
    return -message.received, message.mark


def _order(message: Message) -> tuple[int, str]:
    return -message.received, message.key


def _with_rows(
    world: ListsMail, account: str, mailbox_id: str, messages: Sequence[Message]
) -> list[ListedMail]:
    """With what only search files know of them."""
    segments = list(dict.fromkeys(message.segment for message in messages))[:_MAX_FILES]
    if not segments:
        return []
    listed = world.mail.objects(search_prefix(account, mailbox_id))
    keys = segments_of(found.key for found in listed)
    wanted = [keys[each] for each in segments if each in keys]
    files = world.search_files.open(each.key for each in wanted)
    rows: dict[tuple[str, int], MailRow] = {}
    for each in wanted:
        file, segment = files.get(each.key), each.segment
        if file is None:
            continue
        offsets = [message.offset for message in messages if message.segment == segment]
        rows |= {(segment, row.offset): row for row in file.at(offsets)}
    return [
        ListedMail(mailbox_id, message, rows.get((message.segment, message.offset)))
        for message in messages
    ]
