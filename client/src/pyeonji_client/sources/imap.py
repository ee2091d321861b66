"""Mail from an IMAP server: read-only, resumable by UIDVALIDITY and UID.

UIDs are listed once, by sequence number in windows (`SEARCH ALL` of 145,000 mails is one line of
more than a megabyte), then fetched in sets, with the next set asked for while one is read. A mail
that does not arrive in its set is asked for alone before it is given up, and then listed.
"""

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from ..errors import DroppedError, MissingSourceError, ProtocolError, RefusedError
from ..model import Folder, Lost, Mail, Seen, SourceConfig
from . import imap_lexer as lexer
from .imap_session import ImapSession, Selected
from .labels import route
from .special import special_use_of

#: UIDs listed by one command; the answer is one short line each.
LIST_WINDOW = 10_000
#: UIDs compared with the journal at once.
WINDOW = 1_000
#: Mails a command asks for. Measured: no gain beyond 50; a kill loses what is in flight.
SET = 100
#: Commands under way at once: hides one round trip.
IN_FLIGHT = 2
#: A mail whose connection broke this often while it was asked for alone is given up.
STRIKES = 3
#: After so many wrong sizes in a row the server is known to misstate them (Exchange does).
WRONG_SIZES = 20

_PLAIN_UID = re.compile(rb"\d+ FETCH \(UID (\d{1,10})\)\r\n\Z")
_SPECIAL = ("all", "archive", "drafts", "flagged", "junk", "sent", "trash")


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A FETCH answer with a body."""

    uid: int
    body: bytes | lexer.Oversized | None
    stated: int | None
    mail: Mail


class ImapSource:
    """See `model.Source`. Connects when first asked, and again after `close`."""

    def __init__(self, config: SourceConfig, secret: str):
        self._config = config
        self._secret = secret
        self._session: ImapSession | None = None
        self._one_by_one = False
        self._strikes: dict[tuple[str, int], int] = {}
        self._wrong_sizes = 0

    def _connected(self) -> ImapSession:
        if self._session is None:
            self._session = ImapSession(self._config, self._secret)
        return self._session

    def close(self) -> None:
        """Ends the connection; a later call opens a new one."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def careful(self) -> None:
        """From now on one mail a command, one command at a time."""
        self._one_by_one = True

    def folders(self) -> list[Folder]:
        """Every mailbox that can hold mail."""
        session = self._connected()
        found: list[Folder] = []
        for name, delimiter, attributes in session.list_folders():
            if attributes & {"\\noselect", "\\nonexistent"}:
                continue
            path = _path(name, delimiter)
            use = next((use for use in _SPECIAL if f"\\{use}" in attributes), None)
            if name.upper() == b"INBOX":
                use = "inbox"
            found.append(
                Folder(name.decode("latin-1"), path, use or special_use_of(path), chosen=True)
            )
        return _choose(found, "X-GM-EXT-1" in session.capabilities and self._config.labels)

    def survey(self, folder: Folder) -> Folder:
        """With messages, and bytes where the server offers STATUS=SIZE."""
        try:
            messages, size = self._connected().status(folder.name.encode("latin-1"))
        except RefusedError as error:
            raise MissingSourceError("folder_gone", folder=folder.path) from error
        return replace(folder, messages=messages, size=size)

    def sizes(self, folder: Folder) -> int:
        """Bytes of a folder by asking for every mail's size; for servers without STATUS=SIZE."""
        session = self._connected()
        selected = session.examine(folder.name.encode("latin-1"))
        total = 0
        for first in range(1, selected.messages + 1, LIST_WINDOW):
            last = min(first + LIST_WINDOW - 1, selected.messages)
            for reply in session.until(session.send(b"FETCH %d:%d (RFC822.SIZE)" % (first, last))):
                items = _fetched(reply.parts)
                if items and b"RFC822.SIZE" in items:
                    total += lexer.number(items[b"RFC822.SIZE"])
        return total

    def mails(self, folder: Folder, seen: Seen) -> Iterator[Mail | Lost]:
        """Every mail not yet seen, oldest UID first."""
        session = self._connected()
        selected = session.examine(folder.name.encode("latin-1"))
        gmail = "X-GM-EXT-1" in session.capabilities and folder.special_use == "all"
        fetch = _Fetch(self, session, folder, selected, gmail and self._config.labels)
        uids = _all_uids(session, selected)
        for start in range(0, len(uids), WINDOW):
            window = uids[start : start + WINDOW]
            keys = [_key(selected, uid) for uid in window]
            known = seen.known(keys) if selected.validity else set()
            todo = [uid for uid, key in zip(window, keys, strict=True) if key not in known]
            if todo:
                yield from fetch.window(todo)

    # what _Fetch needs to remember over reconnections

    @property
    def set_size(self) -> int:
        """Mails a command."""
        return 1 if self._one_by_one else SET

    def relax(self) -> None:
        """The stretch that broke things is behind us."""
        self._one_by_one = False

    def strike(self, folder: Folder, uid: int) -> int:
        """One more broken connection while only this mail was asked for."""
        count = self._strikes.get((folder.name, uid), 0) + 1
        self._strikes[folder.name, uid] = count
        return count

    def struck_out(self, folder: Folder, uid: int) -> bool:
        """True once a mail has broken too many connections."""
        return self._strikes.get((folder.name, uid), 0) >= STRIKES

    def size_was(self, right: bool) -> None:
        """Keeps count of wrong sizes in a row."""
        self._wrong_sizes = 0 if right else self._wrong_sizes + 1

    @property
    def misstates_sizes(self) -> bool:
        """True once the server is known to state wrong sizes."""
        return self._wrong_sizes >= WRONG_SIZES


class _Fetch:
    """Fetching from one folder over one connection."""

    def __init__(
        self,
        source: ImapSource,
        session: ImapSession,
        folder: Folder,
        selected: Selected,
        labels: bool,
    ):
        self._source, self._session, self._folder = source, session, folder
        self._selected, self._labels = selected, labels
        extra = b" X-GM-LABELS" if labels else b""
        self._items = b" (UID FLAGS INTERNALDATE RFC822.SIZE" + extra + b" BODY.PEEK[])"

    def window(self, uids: Sequence[int]) -> Iterator[Mail | Lost]:
        """`uids` in sets; what did not come, or came odd, is asked for alone at the end."""
        struck = [uid for uid in uids if self._source.struck_out(self._folder, uid)]
        rest = [uid for uid in uids if uid not in struck]
        again: list[tuple[int, bytes | None]] = [(uid, None) for uid in struck]
        size = self._source.set_size
        if size == 1:
            again += [(uid, None) for uid in rest]
        else:
            sets = (rest[start : start + size] for start in range(0, len(rest), size))
            yield from self._in_sets(sets, again)
        for uid, first in again:
            yield self._alone(uid, first)
        self._source.relax()

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
                    missing.discard(arrived.uid)
                    odd = self._odd(arrived)
                    if odd is None:
                        yield self._finished(arrived)
                    else:
                        again.append((arrived.uid, odd))
            except RefusedError:
                pass  # NO: some mail of this set is not given; each is asked for alone
            again.extend((uid, None) for uid in chunk if uid in missing)
            missing.difference_update(chunk)
            for chunk in islice(sets, 1):
                waiting.append((self._ask(chunk), chunk))
                missing.update(chunk)

    def _ask(self, uids: list[int]) -> bytes:
        return self._session.send(b"UID FETCH ", lexer.uid_set(uids), self._items)

    def _alone(self, uid: int, first: bytes | None) -> Mail | Lost:
        """One mail by itself. `first` is what came before, with a size that did not fit."""
        key = _key(self._selected, uid)
        if self._source.struck_out(self._folder, uid):
            return Lost(key, "breaks_connection")
        arrived: _Arrived | None = None
        try:
            for reply in self._session.until(self._ask([uid])):
                candidate = self._arrived(reply.parts)
                if candidate is not None and candidate.uid == uid:
                    arrived = candidate
        except (DroppedError, ProtocolError):
            if self._source.set_size == 1:
                self._source.strike(self._folder, uid)
            raise
        except RefusedError:
            return Lost(key, "server_refuses")
        if arrived is None:
            return Lost(key, "gone")
        wrong = self._odd(arrived)
        if wrong is not None and wrong != first and first is not None:
            return Lost(key, "unstable")
        if wrong is not None:
            return replace_note(self._finished(arrived), "size_differs")
        return self._finished(arrived)

    def _odd(self, arrived: _Arrived) -> bytes | None:
        """The body when its size is not the stated one and that is worth a second look."""
        body = arrived.body
        right = not isinstance(body, bytes) or arrived.stated in (None, len(body))
        self._source.size_was(right)
        if right or self._source.misstates_sizes:
            return None
        return body if isinstance(body, bytes) else None

    def _finished(self, arrived: _Arrived) -> Mail | Lost:
        if isinstance(arrived.body, lexer.Oversized):
            return Lost(arrived.mail.key, "too_large", size=arrived.body.size)
        if arrived.body is None:
            return Lost(arrived.mail.key, "server_refuses")
        return arrived.mail

    def _arrived(self, parts: list[bytes | lexer.Oversized]) -> _Arrived | None:
        items = _fetched(parts)
        if not items or b"BODY[]" not in items or b"UID" not in items:
            return None  # flags of some mail changed: nothing to do with us
        uid = lexer.number(items[b"UID"])
        body = items[b"BODY[]"]
        if isinstance(body, list):
            raise ProtocolError("imap_unreadable")
        stated = items.get(b"RFC822.SIZE")
        flags = _words(items.get(b"FLAGS"))
        path, use = self._folder.path, self._folder.special_use
        labels: tuple[str, ...] = ()
        if self._labels:
            labels = tuple(map(_label, _words(items.get(b"X-GM-LABELS"))))
            path, use = route(labels)
        mail = Mail(
            key=_key(self._selected, uid),
            data=body if isinstance(body, bytes) else b"",
            path=path,
            special_use=use,
            received=lexer.internal_date(items.get(b"INTERNALDATE")),
            flags=tuple(flag for flag in flags if flag.lower() != "\\recent"),
            labels=labels,
            uid=uid,
            validity=str(self._selected.validity),
        )
        return _Arrived(uid, body, lexer.number(stated) if stated is not None else None, mail)


def replace_note(item: Mail | Lost, note: str) -> Mail | Lost:
    """`item` with a note, if it is a mail."""
    return replace(item, note=note) if isinstance(item, Mail) else item


def _key(selected: Selected, uid: int) -> str:
    """Sorts by uid within a validity; a server without validity gets keys never taken as known."""
    return f"{selected.validity}/{uid:010d}"


def _fetched(parts: list[bytes | lexer.Oversized]) -> dict[bytes, lexer.Value] | None:
    """The items of a FETCH response, None for any other."""
    first = parts[0]
    assert isinstance(first, bytes)
    if first.split(b" ", 2)[1:2] not in ([b"FETCH"], [b"fetch"], [b"Fetch"]):
        return None
    values = lexer.parse(parts)
    return lexer.pairs(values[-1])


def _all_uids(session: ImapSession, selected: Selected) -> "array[int]":
    """Every UID, ascending. Plain FETCH: no EXPUNGE may shift the numbers between these."""
    uids = array("Q")
    for first in range(1, selected.messages + 1, LIST_WINDOW):
        last = min(first + LIST_WINDOW - 1, selected.messages)
        for reply in session.until(session.send(b"FETCH %d:%d (UID)" % (first, last))):
            plain = _PLAIN_UID.match(reply.text)
            if plain is not None:  # the common answer, without taking it apart
                uids.append(int(plain[1]))
                continue
            items = _fetched(reply.parts)
            if items and b"UID" in items:
                uids.append(lexer.number(items[b"UID"]))
    return array("Q", sorted(set(uids)))


def _words(value: lexer.Value) -> list[str]:
    items = value if isinstance(value, list) else []
    return [item.decode("utf-8", "replace") for item in items if isinstance(item, bytes)]


def _label(raw: str) -> str:
    return lexer.decode_name(raw.encode())


def _path(name: bytes, delimiter: bytes | None) -> str:
    """A person's path: decoded, `/` between levels whatever the server uses."""
    pieces = [name] if not delimiter else name.split(delimiter)
    if pieces[0].upper() == b"INBOX":
        pieces[0] = b"INBOX"
    decoded = [lexer.decode_name(piece).replace("/", "_") for piece in pieces]
    return "/".join(piece for piece in decoded if piece) or "INBOX"


def _choose(folders: list[Folder], gmail: bool) -> list[Folder]:
    """What is fetched when nobody chose: each mail once.

    Gmail's All Mail holds every mail but spam and trash, with its labels; fetching label folders
    too would bring each mail several times. `\\Flagged` and `\\All` elsewhere are views as well.
    """
    if gmail and any(folder.special_use == "all" for folder in folders):
        whole = ("all", "junk", "trash")
        return [replace(folder, chosen=folder.special_use in whole) for folder in folders]
    return [
        replace(folder, chosen=folder.special_use not in ("all", "flagged")) for folder in folders
    ]
