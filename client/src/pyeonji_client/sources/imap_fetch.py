"""Fetching mails of one IMAP folder over one connection, in sets with the next one under way.

A mail that does not arrive in its set, or arrives odd, is asked for alone before it is given up,
and then listed. What a server says instead of a mail (nothing, NIL, a text of its own) is no mail.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from pyeonji.imap import lexer
from pyeonji.imap.conversation import Selected, State, fetched
from pyeonji.imap.errors import UnreadableError

from ..errors import DroppedError, ProtocolError, RefusedError, ThrottledError
from ..model import Folder, Lost, Mail
from .habits import Habits
from .imap_session import ImapSession
from .labels import route
from .placeholders import stands_in

#: Mails a command asks for. Measured: no gain beyond 50; a kill loses what is in flight.
SET = 100
#: Commands under way at once: hides one round trip.
IN_FLIGHT = 2
#: Mails in a row that a server is "too busy" for before it is believed.
BUSY = 3


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A FETCH answer for a mail, whatever it brought of it."""

    uid: int
    body: bytes | lexer.Oversized | None
    stated: int | None
    mail: Mail


def key_of(selected: Selected, uid: int) -> str:
    """Sorts by uid within a validity; a server without validity gets keys never taken as known."""
    return f"{selected.validity}/{uid:010d}"


def mark_of(items: dict[bytes, lexer.Value]) -> str | None:
    """Size and date as the server states them: what another mail under this UID has others of."""
    return _mark(items.get(b"RFC822.SIZE"), lexer.internal_date(items.get(b"INTERNALDATE")))


def _mark(size: lexer.Value, when: datetime | None) -> str | None:
    if not isinstance(size, bytes):
        return None
    return f"{size.decode('ascii', 'replace')}/{int(when.timestamp()) if when else ''}"


class Fetch:
    """See above. `habits` is what other connections to the same server taught."""

    def __init__(
        self,
        habits: Habits,
        session: ImapSession,
        folder: Folder,
        selected: Selected,
        *,
        labels: bool,
    ):
        self._habits, self._session, self._folder = habits, session, folder
        self._selected, self._labels = selected, labels
        self._pieces: dict[bytes, dict[bytes, lexer.Value]] = {}
        extra = b" X-GM-LABELS" if labels else b""
        self._items = b" (UID FLAGS INTERNALDATE RFC822.SIZE" + extra + b" BODY.PEEK[])"

    def window(self, uids: Sequence[int]) -> Iterator[Mail | Lost]:
        """`uids` in sets; what did not come, or came odd, is asked for alone at the end."""
        self._pieces.clear()
        struck = [uid for uid in uids if self._habits.struck_out(self._strike_key(uid))]
        rest = [uid for uid in uids if uid not in struck]
        again: list[tuple[int, bytes | None]] = [(uid, None) for uid in struck]
        if self._habits.one_by_one:
            again += [(uid, None) for uid in rest]
        else:
            sets = (rest[start : start + SET] for start in range(0, len(rest), SET))
            yield from self._in_sets(sets, again)
        yield from self._one_by_one(again)
        self._habits.one_by_one = False  # the stretch that broke things is behind us

    def _in_sets(
        self, sets: Iterator[list[int]], again: list[tuple[int, bytes | None]]
    ) -> Iterator[Mail | Lost]:
        """Sets of UIDs with the next asked for while one is read; `again` gets the odd ones.

        A server may work on two commands at once (Dovecot does), so an answer counts for whichever
        set it belongs to; a command's own end only says that its mails will not come later.
        """
        waiting = [(self._ask(chunk), chunk) for chunk in islice(sets, IN_FLIGHT)]
        missing = {uid for _, chunk in waiting for uid in chunk}
        while waiting:
            tag, chunk = waiting.pop(0)
            try:
                for reply in self._session.until(tag):
                    arrived = self._arrived(reply.parts)
                    if arrived is None or arrived.uid not in missing:
                        continue
                    if not arrived.body:  # in pieces, or not at all: alone it will be seen
                        continue
                    missing.discard(arrived.uid)
                    odd = self._odd(arrived)
                    if odd is None:
                        yield self._finished(arrived)
                    else:
                        again.append((arrived.uid, odd))
            except (RefusedError, ThrottledError):
                if self._session.conversation.state is State.ended:
                    raise
                # Some mail of this set is not given; each is asked for alone.
            again.extend((uid, None) for uid in chunk if uid in missing)
            missing.difference_update(chunk)
            for chunk in islice(sets, 1):
                waiting.append((self._ask(chunk), chunk))
                missing.update(chunk)

    def _one_by_one(self, again: list[tuple[int, bytes | None]]) -> Iterator[Mail | Lost]:
        """Each mail alone. A server that is "unavailable" for one mail and not for the next will
        not give that one; one that is so for several in a row asks for a rest."""
        busy: list[tuple[int, ThrottledError]] = []
        for uid, first in again:
            try:
                item = self.alone(uid, first)
            except ThrottledError as error:
                if self._session.conversation.state is State.ended:
                    raise
                busy.append((uid, error))
                self._habits.strike(self._strike_key(uid))
                if len(busy) >= BUSY:
                    raise
                continue
            for late, rest in busy:
                yield self._refused(late, str(rest.facts.get("said", "")))
            busy.clear()
            yield item
        for late, rest in busy:
            if not self._habits.struck_out(self._strike_key(late)):
                raise rest
            yield self._refused(late, str(rest.facts.get("said", "")))

    def _strike_key(self, uid: int) -> str:
        return f"{self._folder.name}/{uid}"

    def _refused(self, uid: int, said: str = "") -> Lost:
        return Lost(key_of(self._selected, uid), "server_refuses", said)

    def _ask(self, uids: list[int]) -> bytes:
        return self._session.send(b"UID FETCH ", lexer.uid_set(uids), self._items)

    def alone(self, uid: int, first: bytes | None = None) -> Mail | Lost:
        """One mail by itself. `first` is what came before, with a size that did not fit."""
        key = key_of(self._selected, uid)
        if self._habits.struck_out(self._strike_key(uid)):
            return Lost(key, "breaks_connection")
        arrived: _Arrived | None = None
        try:
            for reply in self._session.until(self._ask([uid])):
                candidate = self._arrived(reply.parts)
                if candidate is not None and candidate.uid == uid:
                    arrived = candidate if arrived is None or candidate.body else arrived
        except (DroppedError, ProtocolError):
            if self._habits.one_by_one:
                self._habits.strike(self._strike_key(uid))
            raise
        except RefusedError as error:
            return self._refused(uid, str(error.facts.get("said", "")))
        if arrived is None:
            return Lost(key, "gone") if self._is_gone() else self._refused(uid)
        wrong = self._odd(arrived)
        if wrong is not None and wrong != first and first is not None:
            return Lost(key, "unstable")
        item = self._finished(arrived)
        return replace(item, note="size_differs") if wrong and isinstance(item, Mail) else item

    def _is_gone(self) -> bool:
        """Whether mails disappeared from the folder since it was listed; a server says so between
        commands."""
        if not self._session.conversation.expunged:
            try:
                for _ in self._session.until(self._session.send(b"NOOP")):
                    continue
            except (RefusedError, ProtocolError):
                return False
        return self._session.conversation.expunged

    def _odd(self, arrived: _Arrived) -> bytes | None:
        """The body when its size is not the stated one and that is worth a second look."""
        body = arrived.body
        right = not isinstance(body, bytes) or arrived.stated in (None, len(body))
        self._habits.size_was(right=right)
        if right or self._habits.misstates_sizes:
            return None
        return body if isinstance(body, bytes) else None

    def _finished(self, arrived: _Arrived) -> Mail | Lost:
        key = arrived.mail.key
        if isinstance(arrived.body, lexer.Oversized):
            return Lost(key, "too_large", size=arrived.body.size)
        if not arrived.body and (arrived.body is None or arrived.stated != 0):  # NIL, "", {0}
            return Lost(key, "server_refuses", size=arrived.stated)
        if stands_in(arrived.body):
            return Lost(key, "placeholder", size=arrived.stated)
        return arrived.mail

    def _arrived(self, parts: list[bytes | lexer.Oversized]) -> _Arrived | None:
        try:
            return self._taken_apart(parts)
        except UnreadableError as error:
            raise ProtocolError("imap_unreadable") from error

    def _taken_apart(self, parts: list[bytes | lexer.Oversized]) -> _Arrived | None:
        items = fetched(parts)
        if not items:
            return None
        if self._pieces or b"BODY[]" not in items:
            number = parts[0].split(b" ", 1)[0] if isinstance(parts[0], bytes) else b""
            if b"BODY[]" not in items:  # flags of some mail changed, or a mail comes in pieces
                self._pieces.setdefault(number, {}).update(items)
                return None
            items = self._pieces.pop(number, {}) | items
        if b"UID" not in items:
            return None
        uid = lexer.number(items[b"UID"])
        body = items.get(b"BODY[]")
        if isinstance(body, list):
            raise ProtocolError("imap_unreadable")
        stated = items.get(b"RFC822.SIZE")
        path, use = self._folder.path, self._folder.special_use
        labels: tuple[str, ...] = ()
        if self._labels:
            labels = tuple(map(_label, _words(items.get(b"X-GM-LABELS"))))
            path, use = route(labels)
        received = lexer.internal_date(items.get(b"INTERNALDATE"))
        mail = Mail(
            key=key_of(self._selected, uid),
            data=body if isinstance(body, bytes) else b"",
            path=path,
            special_use=use,
            received=received,
            flags=tuple(flag for flag in _words(items.get(b"FLAGS")) if flag.lower() != "\\recent"),
            labels=labels,
            uid=uid,
            validity=str(self._selected.validity),
            mark=_mark(stated, received),
        )
        return _Arrived(uid, body, lexer.number(stated) if stated is not None else None, mail)


def _words(value: lexer.Value) -> list[str]:
    items = value if isinstance(value, list) else []
    return [item.decode("utf-8", "replace") for item in items if isinstance(item, bytes)]


def _label(raw: str) -> str:
    return lexer.decode_name(raw.encode())
