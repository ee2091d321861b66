"""Mail from a POP3 server, resumable by UIDL. One folder: a maildrop has no others."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pyeonji.imap.special import special_use_of

from ..errors import DroppedError, ProtocolError, RefusedError
from ..model import MAIL_LIMIT, Doubt, Folder, Lost, Mail, Secret, Seen, SourceConfig
from .credentials import signed_in
from .habits import Habits
from .placeholders import stands_in
from .pop3_session import Pop3Session

#: UIDLs compared with the journal at once.
WINDOW = 1_000
#: RETRs under way at once where the server has PIPELINING.
IN_FLIGHT = 50
#: Some servers show so many mails a session, or a multiple of it, and the rest after QUIT.
ROUND = 50


@dataclass(frozen=True, slots=True)
class _Listed:
    number: int
    key: str
    size: int | None
    named: bool

    @property
    def mark(self) -> str | None:
        """Another size under the same name is another mail."""
        return None if self.size is None else str(self.size)


class Pop3Source:
    """See `model.Source`. One folder: a maildrop has no others."""

    def __init__(self, config: SourceConfig, secret: str | Secret):
        self._config, self._secret = config, secret
        self._session: Pop3Session | None = None
        self._habits = Habits()

    def _connected(self) -> Pop3Session:
        if self._session is None:
            self._session = signed_in(lambda word: Pop3Session(self._config, word), self._secret)
        return self._session

    def close(self) -> None:
        """Ends the connection; a later call opens a new one."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def careful(self) -> None:
        """From now on one mail at a time."""
        self._habits.one_by_one = True

    def doubts(self) -> Iterator[Doubt]:
        """None: what is odd is odd about the maildrop."""
        return iter(())

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
            listing = self._listing(session)
            stated = self.survey(folder).messages or 0
            new = [item for item in listing if item.key not in met]
            for start in range(0, len(new), WINDOW):
                window = new[start : start + WINDOW]
                named = [item for item in window if item.named]
                known = seen.known([item.key for item in named], [item.mark for item in named])
                todo = [item for item in window if item.key not in known]
                yield from self._retrieved(session, folder, todo)
                met.update(item.key for item in window)
            if len(listing) < stated:
                yield Doubt("fewer_listed", {"listed": len(listing), "stated": stated})
            if not self._config.sessions or not new or not all(item.named for item in new):
                break
            session.leave()
            self._session = None
        if not self._config.sessions and len(listing) and len(listing) % ROUND == 0:
            yield Doubt("pop3_round", {"listed": len(listing), "host": self._config.host})

    def _listing(self, session: Pop3Session) -> list[_Listed]:
        """What is there. Without a UIDL of its own a mail goes by its number, which shifts: it
        never counts as known, and the engine tells the same content apart."""
        sizes: dict[int, int] = {}
        for line in session.lines(b"LIST"):
            number, size = _two(line)
            sizes[int(number)] = int(size) if size.isdigit() else 0
        try:
            lines = session.lines(b"UIDL")
        except RefusedError:
            lines = []
        names = {int(number): name.decode("utf-8", "replace") for number, name in map(_two, lines)}
        common = Counter(names.values())
        return [
            _Listed(number, name if named else f"{name}#{number}", sizes.get(number), named)
            for number in sorted(sizes.keys() | names.keys())
            for name in [names.get(number, "")]
            for named in [common[name] == 1]  # a broken server names two alike, or leaves one out
        ]

    def _retrieved(
        self, session: Pop3Session, folder: Folder, items: list[_Listed]
    ) -> Iterator[Mail | Lost]:
        """`items` with many asked for at once; sizes that do not fit get a second look alone."""
        ahead = IN_FLIGHT if b"PIPELINING" in session.capabilities else 1
        if self._habits.one_by_one:
            ahead = 1
        lost = [item for item in items if self._habits.struck_out(item.key)]
        items = [item for item in items if not self._habits.struck_out(item.key)]
        again: list[tuple[_Listed, bytes]] = []
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

    def _odd(self, item: _Listed, data: bytes) -> bool:
        """True for a size that is not the listed one, until the server is known to misstate."""
        right = _fits(item, data)
        self._habits.size_was(right=right)
        return not right and not self._habits.misstates_sizes

    def _read(self, session: Pop3Session, item: _Listed) -> bytes | int | str:
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


def _fits(item: _Listed, data: bytes) -> bool:
    """Whether the size is the listed one. A mail without a line end at its end gets one on the
    way (the dot must stand on a line of its own), and is listed without."""
    return item.size is None or len(data) - item.size in (0, 2)


def _finished(
    item: _Listed, folder: Folder, data: bytes | int | str, note: str | None
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


def _two(line: bytes) -> tuple[bytes, bytes]:
    """`12 abc` as its two words; the first must be a number."""
    number, _, rest = line.strip().partition(b" ")
    if not number.isdigit() or len(number) > 10 or not rest:
        raise ProtocolError("pop3_unreadable")
    return number, rest.split(b" ")[0] if rest else b""
