"""What keeping up asks of a connected server, in IMAP's commands, and its answers as ours.

Commands are few and large: a round trip to a server may take 200 ms. Nothing is opened for writing
but by APPEND.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from pyeonji.domain.errors import HomeError
from pyeonji.domain.folders import Facts, FolderStatus, ServerFolder, sorted_flags
from pyeonji.imap import keeping, lexer
from pyeonji.imap.conversation import fetched
from pyeonji.imap.errors import ImapError, UnreadableError
from pyeonji.imap.folders import folders_of, name_of, own_mail
from pyeonji.ports import MailServer
from pyeonji.usecases.accounts.home_sign_in import SignsIn, signed_in

#: Mails asked for by one command. Measured with the client: no gain beyond 50.
_SET = 100
#: Mails listed by one command; an answer is one short line each.
_WINDOW = 10_000
_PLAIN_UID = re.compile(rb"\d+ FETCH \(UID (\d{1,10})\)\r\n\Z")


@contextmanager
def connected(world: SignsIn, account: str) -> Iterator["AccountServer"]:
    """A connection, signed in. Raises HomeError."""
    with signed_in(world, email=account) as session:
        try:
            yield AccountServer(session)
        except ImapError as error:
            raise HomeError("home_unreadable", said=error.said or None) from error


@dataclass(frozen=True, slots=True)
class ServerMail:
    """A mail as a server gives it out. `data` is None where it does not: `reason` says why, a code
    of an entry, and `said` in its own words. `size` is what it states, in bytes."""

    uid: int
    flags: tuple[str, ...] = ()
    received: datetime | None = None
    data: bytes | None = None
    size: int = 0
    reason: str = ""
    said: str = ""


class AccountServer:
    """A connection to an account. Names are ServerFolder's. What fails is HomeError; after one that
    is `passing` a new connection may go on."""

    def __init__(self, session: MailServer) -> None:
        self._session = session
        self._messages = 0

    def close(self) -> None:
        """Says goodbye if the line still stands."""
        self._session.close()

    def folders(self) -> list[ServerFolder]:
        """One's own folders that hold mail."""
        conversation = self._session.conversation
        spaces = self._session.perform(conversation.namespaces())
        listed = self._session.perform(conversation.list_mailboxes())
        return [
            ServerFolder(one.name.decode("latin-1"), one.path, one.special_use)
            for one in folders_of(listed, spaces)
            if own_mail(one)
        ]

    def status(self, name: str) -> FolderStatus | None:
        """Without opening it; None where it cannot be opened."""
        try:
            steps = keeping.status_of(self._session.conversation, name.encode("latin-1"))
            return _status(self._session.perform(steps))
        except HomeError as error:
            if not _refused(error):
                raise
            return None

    def open(self, name: str) -> FolderStatus | None:
        """For reading only; `unseen` is not said. What follows is about this folder."""
        try:
            steps = keeping.open_folder(self._session.conversation, name.encode("latin-1"))
            numbers = self._session.perform(steps)
        except HomeError as error:
            if not _refused(error):
                raise
            return None
        self._messages = numbers.messages
        return _status(numbers)

    def uids(self) -> list[int]:
        """All of them, ascending: by ESEARCH in one short answer, else line by line."""
        if not self._messages:
            return []
        session = self._session
        if "ESEARCH" in session.conversation.capabilities:
            for reply in session.until(session.send(b"UID SEARCH RETURN (ALL) ALL")):
                found = _esearch(reply.text, self._messages)
                if found is not None:
                    return found
        uids: list[int] = []
        for first in range(1, self._messages + 1, _WINDOW):
            last = min(first + _WINDOW - 1, self._messages)
            for reply in session.until(session.send(b"FETCH %d:%d (UID)" % (first, last))):
                plain = _PLAIN_UID.match(reply.text)
                if plain is not None:
                    uids.append(int(plain[1]))
                    continue
                items = fetched(reply.parts)
                if items and b"UID" in items:
                    uids.append(lexer.number(items[b"UID"]))
        return sorted(set(uids))

    def facts(self, first: int) -> Iterator[Facts]:
        """Of the mails whose UID is `first` or more."""
        if not self._messages:
            return
        tag = self._session.send(b"UID FETCH %d:* (UID FLAGS RFC822.SIZE)" % first)
        seen: set[int] = set()
        for reply in self._session.until(tag):
            items = fetched(reply.parts)
            if not items or b"UID" not in items or b"RFC822.SIZE" not in items:
                continue
            uid = lexer.number(items[b"UID"])
            # `9:*` is the last mail where there is none from 9 on.
            if uid >= first and uid not in seen:
                seen.add(uid)
                yield Facts(uid, lexer.number(items[b"RFC822.SIZE"]), _flags(items))

    def flags(self, since: int) -> Iterator[tuple[int, tuple[str, ...]]]:
        """UID and flags of those that changed after the modseq `since`; 0: of all."""
        if not self._messages:
            return
        changed = b" (CHANGEDSINCE %d)" % since if since else b""
        for reply in self._session.until(self._session.send(b"UID FETCH 1:* (UID FLAGS)", changed)):
            items = fetched(reply.parts)
            if items and b"UID" in items and b"FLAGS" in items:
                yield lexer.number(items[b"UID"]), _flags(items)

    def fetch(self, uids: Sequence[int]) -> Iterator[ServerMail]:
        """These mails, in this order or another; those that are gone are left out. In sets, the
        next one asked for while one is read; who did not come is asked for alone."""
        sets = [list(uids[start : start + _SET]) for start in range(0, len(uids), _SET)]
        waiting = [(self._ask(some), some) for some in sets[:2]]
        missing = set(uids)
        again: list[int] = []
        ahead = iter(sets[2:])
        while waiting:
            tag, some = waiting.pop(0)
            try:
                yield from self._arriving(tag, missing)
            except HomeError as error:
                # Some mail of this set is not given out: each is asked for alone.
                if not _refused(error):
                    raise
            again += [uid for uid in some if uid in missing]
            missing.difference_update(some)
            following = next(ahead, None)
            if following is not None:
                waiting.append((self._ask(following), following))
        for uid in again:
            yield from self._alone(uid)

    def _ask(self, uids: Sequence[int]) -> bytes:
        items = b" (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"
        return self._session.send(b"UID FETCH ", lexer.uid_set(list(uids)), items)

    def _arriving(self, tag: bytes, missing: set[int]) -> Iterator[ServerMail]:
        for reply in self._session.until(tag):
            mail = _mail(fetched(reply.parts))
            if mail is not None and mail.uid in missing and (mail.data or mail.reason):
                missing.discard(mail.uid)
                yield mail

    def _alone(self, uid: int) -> Iterator[ServerMail]:
        """One mail by itself: nothing where it is gone, else what the server says instead."""
        found: ServerMail | None = None
        try:
            for reply in self._session.until(self._ask([uid])):
                mail = _mail(fetched(reply.parts))
                if mail is not None and mail.uid == uid:
                    found = mail if found is None or mail.data else found
        except HomeError as error:
            if not _refused(error):
                raise
            yield ServerMail(uid, reason="server_refused", said=error.said)
            return
        if found is None:
            return
        if not found.data and not found.reason:
            reason = "zero_byte" if found.size == 0 else "server_refused"
            found = ServerMail(uid, found.flags, found.received, None, found.size, reason)
        yield found

    def make(self, path: str) -> str:
        """Make a folder of this path, as people write it, if it is not there; its name."""
        conversation = self._session.conversation
        spaces = self._session.perform(conversation.namespaces())
        listed = self._session.perform(conversation.list_mailboxes())
        name = name_of(path, listed, spaces)
        self._session.perform(keeping.create(conversation, name))
        return name.decode("latin-1")

    def append(
        self, name: str, message: bytes, flags: tuple[str, ...], received: datetime | None
    ) -> str | None:
        """Put a mail into a folder; None when it is in, else the server's words of why it refuses
        this one."""
        steps = keeping.append(
            self._session.conversation, name.encode("latin-1"), message, flags, received
        )
        try:
            self._session.perform(steps)
        except HomeError as error:
            if not _refused(error):
                raise
            return error.said or str(error.facts.get("reply") or error.code)
        return None


def _refused(error: HomeError) -> bool:
    """NO to this one command; the connection is as good as before."""
    return error.code == "home_refused"


def _status(numbers: keeping.Numbers) -> FolderStatus:
    return FolderStatus(*numbers[:-1], numbers.identity.decode("ascii", "replace"))


def _flags(items: dict[bytes, lexer.Value]) -> tuple[str, ...]:
    listed = items.get(b"FLAGS")
    words = listed if isinstance(listed, list) else []
    return sorted_flags(
        word.decode("utf-8", "replace") for word in words if isinstance(word, bytes)
    )


def _mail(items: dict[bytes, lexer.Value] | None) -> ServerMail | None:
    if not items or b"UID" not in items:
        return None
    body, size = items.get(b"BODY[]"), items.get(b"RFC822.SIZE")
    if isinstance(body, list):
        raise UnreadableError
    stated = lexer.number(size) if size is not None else 0
    large = isinstance(body, lexer.Oversized)
    return ServerMail(
        uid=lexer.number(items[b"UID"]),
        flags=_flags(items),
        received=lexer.internal_date(items.get(b"INTERNALDATE")),
        data=body if isinstance(body, bytes) and body else None,
        size=body.size if isinstance(body, lexer.Oversized) else stated,
        reason="too_large" if large else "",
    )


def _esearch(text: bytes, most: int) -> list[int] | None:
    """The UIDs of an ESEARCH answer, `most` and those that came since; None for any other."""
    words = text.split()
    if not words or words[0].upper() != b"ESEARCH":
        return None
    upper = [word.upper() for word in words]
    if b"ALL" not in upper:
        return []
    found: list[int] = []
    for part in words[upper.index(b"ALL") + 1].split(b","):
        first, _, last = part.partition(b":")
        if not first.isdigit() or not (last or first).isdigit():
            raise UnreadableError
        ends = sorted((int(first), int(last or first)))
        if ends[1] - ends[0] > most + _WINDOW:
            raise UnreadableError
        found += range(ends[0], ends[1] + 1)
    return sorted(found)
