"""Mail from a POP3 server, resumable by UIDL. One folder: a maildrop has no others."""

from collections.abc import Iterator
from dataclasses import replace

from pyeonji.imap.special import special_use_of

from ..errors import DroppedError, ProtocolError, RefusedError, SourceError, TransientError
from ..model import (
    MAIL_LIMIT,
    Doubt,
    Folder,
    Lost,
    Mail,
    NothingSeen,
    Secret,
    Seen,
    SourceConfig,
)
from .credentials import signed_in
from .habits import Habits
from .placeholders import stands_in
from .pop3_listing import Listed, listing
from .pop3_proof import FROM, doubts_about, shows_everything
from .pop3_session import Pop3Session

#: UIDLs compared with the journal at once.
WINDOW = 1_000
#: RETRs under way at once where the server has PIPELINING.
IN_FLIGHT = 50
#: So often the server is asked whether it shows everything, before that is doubted.
TRIES = 3


class Pop3Source:
    """See `model.Source`. One folder: a maildrop has no others."""

    def __init__(self, config: SourceConfig, secret: str | Secret):
        self._config, self._secret = config, secret
        self._session: Pop3Session | None = None
        self._habits = Habits()
        #: What the last session showed, and of it what is safe (known once it was gone through).
        self._shown: list[Listed] = []
        self._seen: Seen = NothingSeen()
        self._whole = False
        self._tries = 0

    def _connected(self) -> Pop3Session:
        if self._session is None:
            self._session = self._fresh()
        return self._session

    def _fresh(self) -> Pop3Session:
        return signed_in(lambda word: Pop3Session(self._config, word), self._secret)

    def close(self) -> None:
        """Ends the connection; a later call opens a new one."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def careful(self) -> None:
        """From now on one mail at a time."""
        self._habits.one_by_one = True

    def doubts(self) -> Iterator[Doubt]:
        """Whether the server showed everything, once it was gone through: see `pop3_proof`. With
        `sessions` the last one showed nothing new, which is the proof."""
        if self._config.sessions or self._whole or len(self._shown) < FROM:
            return
        facts: dict[str, str | int] = {"listed": len(self._shown), "host": self._config.host}
        if not self._config.proof:
            yield Doubt("pop3_unproved", facts)
            return
        self.close()
        safe = self._seen.known(
            [item.key for item in self._shown], [item.mark for item in self._shown]
        )
        try:
            found = list(doubts_about(self._fresh, self._config.host, self._shown, safe))
        except TransientError:
            self._tries += 1
            if self._tries < TRIES:
                raise
            found = [Doubt("pop3_unproved", facts)]
        except SourceError:
            found = [Doubt("pop3_unproved", facts)]
        yield from found

    def folders(self) -> list[Folder]:
        """The maildrop."""
        self._connected()
        into = self._config.into
        return [Folder("INBOX", into or "INBOX", special_use_of(into) if into else "inbox")]

    def survey(self, folder: Folder) -> Folder:
        """With messages and bytes."""
        session = self._connected()
        session.send(b"STAT")
        words = session.status().split()
        if len(words) < 2 or not words[0].isdigit() or not words[1].isdigit():
            raise ProtocolError("pop3_unreadable", host=self._config.host)
        return replace(folder, messages=int(words[0]), size=int(words[1]))

    def mails(self, folder: Folder, seen: Seen) -> Iterator[Mail | Lost | Doubt]:
        """Every mail whose UIDL is not known; with `sessions` until a session shows nothing new."""
        met: set[str] = set()
        while True:
            session = self._connected()
            self._shown, self._seen = listing(session), seen
            self._whole = shows_everything(session.named)
            stated = self.survey(folder).messages or 0
            new = [item for item in self._shown if item.key not in met]
            for start in range(0, len(new), WINDOW):
                window = new[start : start + WINDOW]
                named = [item for item in window if item.named]
                known = seen.known([item.key for item in named], [item.mark for item in named])
                todo = [item for item in window if item.key not in known]
                yield from self._retrieved(session, folder, todo)
                met.update(item.key for item in window)
            if len(self._shown) < stated:
                yield Doubt("fewer_listed", {"listed": len(self._shown), "stated": stated})
            if not self._config.sessions or not new:
                return
            if not all(item.named for item in new):  # nothing tells whether the next are others
                listed = len(self._shown)
                yield Doubt("pop3_unproved", {"listed": listed, "host": self._config.host})
                return
            session.leave()
            self._session = None

    def _retrieved(
        self, session: Pop3Session, folder: Folder, items: list[Listed]
    ) -> Iterator[Mail | Lost]:
        """`items` with many asked for at once; sizes that do not fit get a second look alone."""
        ahead = IN_FLIGHT if b"PIPELINING" in session.capabilities else 1
        if self._habits.one_by_one:
            ahead = 1
        lost = [item for item in items if self._habits.struck_out(item.key)]
        items = [item for item in items if not self._habits.struck_out(item.key)]
        again: list[tuple[Listed, bytes]] = []
        asked = 0
        for position, item in enumerate(items):
            while asked < min(position + ahead, len(items)):
                session.retrieve(items[asked].number)
                asked += 1
            data = self._read(session, item)
            if isinstance(data, bytes) and self._odd(item, data):
                again.append((item, data))
            else:
                yield _finished(item, folder, data, None)
        for item, first in again:
            session.retrieve(item.number)
            second = self._read(session, item)
            if isinstance(second, bytes) and not _fits(item, second):
                if second != first:
                    yield Lost(item.key, "unstable")
                    continue
                yield _finished(item, folder, second, "size_differs")
            else:
                yield _finished(item, folder, second, None)
        for item in lost:
            yield Lost(item.key, "breaks_connection")
        self._habits.one_by_one = False  # the stretch that broke things is behind us

    def _odd(self, item: Listed, data: bytes) -> bool:
        """True for a size that is not the listed one, until the server is known to misstate."""
        right = _fits(item, data)
        self._habits.size_was(right=right)
        return not right and not self._habits.misstates_sizes

    def _read(self, session: Pop3Session, item: Listed) -> bytes | int | str:
        """The next mail asked for; its size where it is too large, the server's words where it
        is refused."""
        try:
            session.status()
            return session.block(MAIL_LIMIT)
        except (DroppedError, ProtocolError):
            if self._habits.one_by_one:
                self._habits.strike(item.key)
            raise
        except RefusedError as error:
            return str(error.facts.get("said", ""))


def _fits(item: Listed, data: bytes) -> bool:
    """Whether the size is the listed one. A mail without a line end at its end gets one on the
    way (the dot must stand on a line of its own), and is listed without."""
    return item.size is None or len(data) - item.size in (0, 2)


def _finished(
    item: Listed, folder: Folder, data: bytes | int | str, note: str | None
) -> Mail | Lost:
    if isinstance(data, str):
        return Lost(item.key, "server_refuses", data)
    if isinstance(data, int):
        return Lost(item.key, "too_large", size=data)
    if not data.strip() and (item.size is None or not _fits(item, data)):  # a lone dot
        return Lost(item.key, "server_refuses", size=item.size)
    if stands_in(data):
        return Lost(item.key, "placeholder", size=item.size)
    return Mail(item.key, data, folder.path, folder.special_use, note=note, mark=item.mark)
