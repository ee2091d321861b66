"""Mail from an IMAP server: read-only, resumable by UIDVALIDITY and UID.

UIDs are listed once, by sequence number in windows (`SEARCH ALL` of 145,000 mails is one line of
more than a megabyte), then fetched in sets (`imap_fetch`). Of a folder that was read before, sizes
and dates are listed too: a UID that is another mail now is fetched again, whatever UIDVALIDITY
says.
"""

import re
from array import array
from collections.abc import Iterator
from dataclasses import replace

from pyeonji.imap import lexer
from pyeonji.imap.conversation import Selected, fetched, is_gone
from pyeonji.imap.errors import RefusedError as Refusal
from pyeonji.imap.errors import UnreadableError
from pyeonji.imap.folders import folders_of
from pyeonji.imap.special import holds_mail

from ..errors import MissingSourceError, ProtocolError, RefusedError
from ..model import Doubt, Folder, Lost, Mail, Secret, Seen, SourceConfig
from .credentials import signed_in
from .habits import Habits
from .imap_fetch import Fetch, key_of, mark_of
from .imap_session import ImapSession

#: UIDs listed by one command; the answer is one short line each.
LIST_WINDOW = 10_000
#: UIDs compared with the journal at once.
WINDOW = 1_000
#: Mails a later run brings that are packed already, and whose earlier UID is looked at again.
CHECKS = 3

_PLAIN_UID = re.compile(rb"\d+ FETCH \(UID (\d{1,10})\)\r\n\Z")


class ImapSource:
    """See `model.Source`. Connects when first asked, and again after `close`."""

    def __init__(self, config: SourceConfig, secret: str | Secret):
        self._config, self._secret = config, secret
        self._session: ImapSession | None = None
        self._habits = Habits()

    def _connected(self) -> ImapSession:
        if self._session is None:
            self._session = signed_in(lambda word: ImapSession(self._config, word), self._secret)
        return self._session

    def close(self) -> None:
        """Ends the connection; a later call opens a new one."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def careful(self) -> None:
        """From now on one mail a command, one command at a time."""
        self._habits.one_by_one = True

    def doubts(self) -> Iterator[Doubt]:
        """None: what is odd is odd about a folder."""
        return iter(())

    def folders(self) -> list[Folder]:
        """Every mailbox that can hold mail."""
        session = self._connected()
        spaces = session.perform(session.conversation.namespaces())
        listed = session.perform(session.conversation.list_mailboxes())
        found = [
            Folder(one.name.decode("latin-1"), one.path, one.special_use, owner=one.owner)
            for one in folders_of(listed, spaces)
        ]
        return _choose(found, "X-GM-EXT-1" in session.capabilities and self._config.labels)

    def survey(self, folder: Folder) -> Folder:
        """With messages, and bytes where the server offers STATUS=SIZE."""
        session = self._connected()
        try:
            steps = session.conversation.status(folder.name.encode("latin-1"))
            messages, size = session.perform(steps)
        except RefusedError as error:
            raise _closed(folder, error) from error
        return replace(folder, messages=messages, size=size)

    def sizes(self, folder: Folder) -> int:
        """Bytes of a folder by asking for every mail's size; for servers without STATUS=SIZE."""
        session, total = self._connected(), 0
        selected = self._examined(session, folder)
        for items in _listing(session, selected, b"(RFC822.SIZE)"):
            if isinstance(items, dict) and b"RFC822.SIZE" in items:
                total += lexer.number(items[b"RFC822.SIZE"])
        return total

    def _examined(self, session: ImapSession, folder: Folder) -> Selected:
        try:
            return session.perform(session.conversation.examine(folder.name.encode("latin-1")))
        except RefusedError as error:
            raise _closed(folder, error) from error

    def mails(self, folder: Folder, seen: Seen) -> Iterator[Mail | Lost | Doubt]:
        """Every mail not yet seen, oldest UID first."""
        session = self._connected()
        selected = self._examined(session, folder)
        labels = (
            "X-GM-EXT-1" in session.capabilities
            and folder.special_use == "all"
            and self._config.labels
        )
        again = selected.validity > 0 and not seen.empty()
        marked = again or self._config.largest > 0
        uids, marks = _uids(session, selected, marked=marked)
        stated = max(selected.messages, folder.messages or 0)  # by EXAMINE and by STATUS
        if len(uids) < stated and session.conversation.expunged:
            # Mails disappeared while they were listed, and numbers shifted: some were passed over.
            selected = self._examined(session, folder)
            uids, marks = _uids(session, selected, marked=marked)
            stated = selected.messages
        if len(uids) < stated:
            yield Doubt("fewer_listed", {"listed": len(uids), "stated": stated})
        fetch = Fetch(self._habits, session, folder, selected, labels=labels)
        if self._config.largest:  # not even asked for
            uids = array("Q", [uid for uid in uids if _size(marks, uid) <= self._config.largest])
        safe: set[int] = set()
        if not again:
            for start in range(0, len(uids), WINDOW):
                yield from fetch.window(uids[start : start + WINDOW])
            return
        met: list[tuple[str, bytes]] = []
        for start in range(0, len(uids), WINDOW):
            window = uids[start : start + WINDOW]
            keys = {key_of(selected, uid): uid for uid in window}
            known = seen.known(list(keys), [marks.get(uid) for uid in window])
            safe.update(keys[key] for key in known)
            for item in fetch.window([uid for key, uid in keys.items() if key not in known]):
                if isinstance(item, Mail) and len(met) < CHECKS:
                    holder = seen.holder(item.data)
                    if holder is not None and holder != item.key:
                        met.append((holder, item.data))
                yield item
        if any(_is_another(fetch, selected, safe, *pair) for pair in met):
            yield from fetch.window(sorted(safe))


def _is_another(fetch: Fetch, selected: Selected, safe: set[int], key: str, data: bytes) -> bool:
    """Whether the mail that was packed under `key`, and was met under a new UID, is no longer at
    its own: then UIDs mean other mails now and none of them is to be believed."""
    uid = int(key.rpartition("/")[2])
    if uid not in safe or key != key_of(selected, uid):
        return False
    item = fetch.alone(uid)
    return isinstance(item, Mail) and item.data != data


def _listing(
    session: ImapSession, selected: Selected, what: bytes
) -> Iterator[int | dict[bytes, lexer.Value]]:
    """FETCH of every mail by sequence number: a UID alone, or its items. Plain FETCH: no EXPUNGE
    may shift the numbers between these."""
    for first in range(1, selected.messages + 1, LIST_WINDOW):
        last = min(first + LIST_WINDOW - 1, selected.messages)
        for reply in session.until(session.send(b"FETCH %d:%d " % (first, last), what)):
            plain = _PLAIN_UID.match(reply.text)
            if plain is not None:  # the common answer, without taking it apart
                yield int(plain[1])
                continue
            try:
                items = fetched(reply.parts)
            except UnreadableError as error:
                raise ProtocolError("imap_unreadable") from error
            if items:
                yield items


def _uids(
    session: ImapSession, selected: Selected, *, marked: bool
) -> tuple["array[int]", dict[int, str]]:
    """Every UID, ascending, and what tells it from another mail under the same UID."""
    uids, marks = array("Q"), dict[int, str]()
    what = b"(UID INTERNALDATE RFC822.SIZE)" if marked else b"(UID)"
    for items in _listing(session, selected, what):
        if isinstance(items, int):
            uids.append(items)
        elif b"UID" in items:
            uid = lexer.number(items[b"UID"])
            uids.append(uid)
            mark = mark_of(items)
            if mark is not None:
                marks[uid] = mark
    found = array("Q", sorted(set(uids)))
    if marked and len(found) < selected.messages:  # more was asked than it can answer
        return _uids(session, selected, marked=False)
    return found, marks


def _size(marks: dict[int, str], uid: int) -> int:
    return int(marks.get(uid, "0").partition("/")[0] or 0)


def _closed(folder: Folder, error: RefusedError) -> MissingSourceError:
    """A folder that does not open: gone, or refused in the server's words."""
    gone = is_gone(Refusal("", str(error.facts.get("reply", ""))))
    code = "folder_gone" if gone else "folder_refused"
    return MissingSourceError(code, folder=folder.path, said=error.facts.get("said", ""))


def _choose(folders: list[Folder], gmail: bool) -> list[Folder]:
    """What is fetched when nobody chose: one's own mail, each mail once.

    Gmail's All Mail holds every mail but spam and trash, with its labels; fetching label folders
    too would bring each mail several times. `\\Flagged` and `\\All` elsewhere are views as well.
    Calendars and contacts are no mail, and what others share is theirs.
    """
    gmail = gmail and any(folder.special_use == "all" for folder in folders)

    def wanted(folder: Folder) -> bool:
        if folder.owner != "own":
            return False
        if gmail:
            return folder.special_use in ("all", "junk", "trash")
        return folder.special_use not in ("all", "flagged") and holds_mail(folder.path)

    return [replace(folder, chosen=wanted(folder)) for folder in folders]
