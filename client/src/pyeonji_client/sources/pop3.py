"""Mail from a POP3 server, resumable by UIDL. RFC 1939, 2449 (CAPA), 2595 (STLS).

Nothing is deleted: DELE is never sent, and neither is QUIT, because only QUIT lets a server change
anything (RFC 1939, section 6: without it the UPDATE state is not entered). `poplib` is not used:
it gives up on lines over 2,048 bytes, which one real mail in forty has, and cannot pipeline.
"""

import base64
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..errors import (
    DroppedError,
    ProtocolError,
    RefusedError,
    SecurityError,
    SignInError,
    ThrottledError,
)
from ..model import MAIL_LIMIT, Auth, Folder, Lost, Mail, Security, Seen, SourceConfig
from .net import Link
from .special import special_use_of

LINE_LIMIT = 64 * 1024
#: UIDLs compared with the journal at once.
WINDOW = 1_000
#: RETRs under way at once where the server has PIPELINING.
IN_FLIGHT = 50
STRIKES = 3
#: After so many wrong sizes in a row the server is known to misstate them.
WRONG_SIZES = 20
#: UIDL of a whole maildrop: a million lines of 80 bytes.
LISTING_LIMIT = 128 * 1024 * 1024

_END = b"\r\n.\r\n"
_BUSY = (b"[in-use]", b"[login-delay]", b"[sys/temp]", b"too many", b"throttl", b"again later")
_WAIT = re.compile(rb"LOGIN-DELAY (\d+)", re.IGNORECASE)


class Pop3Session:
    """A signed-in connection. Knows no command that changes anything."""

    def __init__(self, config: SourceConfig, secret: str):
        self._config = config
        self._buffer, self._at = b"", 0
        self._link = Link(config.host, config.port, config.security, config.ca_file, config.timeout)
        try:
            self._greet()
            self._sign_in(secret)
        except BaseException:
            self._link.close()
            raise

    def send(self, line: bytes) -> None:
        """Sends one command line."""
        self._link.send(line + b"\r\n")

    def status(self) -> bytes:
        """The text after +OK. Raises RefusedError for -ERR, ThrottledError for a busy server."""
        line = self._line()
        if line.startswith(b"+OK"):
            return line[3:].strip()
        if not line.startswith(b"-ERR"):
            raise ProtocolError("pop3_unreadable", host=self._config.host)
        if any(word in line.lower() for word in _BUSY):
            raise ThrottledError("throttled", host=self._config.host)
        raise RefusedError("pop3_refused", host=self._config.host)

    def block(self, limit: int) -> bytes | int:
        """A multi-line answer, dots undone; its size when it is larger than `limit`."""
        # The status line's own end, kept in the buffer, counts for a block that is empty.
        start = self._at
        end = self._buffer.find(_END, start - 2)
        if end >= 0:
            self._at = end + len(_END)
            data = self._buffer[start : end + 2]
        else:
            found = self._long_block(limit)
            if isinstance(found, int):
                return found
            data = found
        if data.startswith(b".."):
            data = data[1:]
        return data.replace(b"\r\n..", b"\r\n.") if b"\r\n.." in data else data

    def _long_block(self, limit: int) -> bytes | int:
        """A block that goes on beyond what is buffered; only its size beyond `limit`."""
        pieces = [self._buffer[self._at :]]
        tail = self._buffer[max(0, self._at - 2) :][-4:]
        size = len(pieces[0])
        while True:
            piece = self._link.some()
            joined = tail + piece
            end = joined.find(_END)
            if end >= 0:
                used = end + len(_END) - len(tail)
                self._buffer, self._at = piece, used
                piece = piece[:used]
            size += len(piece)
            if size <= limit + len(_END):
                pieces.append(piece)
            if end >= 0:
                break
            tail = joined[-4:]
        if size > limit + len(_END):
            return size
        return b"".join(pieces)[:-3]

    def lines(self, command: bytes) -> list[bytes]:
        """The lines of a multi-line answer."""
        self.send(command)
        self.status()
        block = self.block(LISTING_LIMIT)
        if isinstance(block, int):
            raise ProtocolError("pop3_unreadable", host=self._config.host)
        return block.split(b"\r\n")[:-1]

    def retrieve(self, number: int) -> None:
        """Asks for a mail; `status` and `block` read it."""
        self.send(b"RETR %d" % number)

    def _line(self) -> bytes:
        """One line, from what is buffered first."""
        while (end := self._buffer.find(b"\n", self._at)) < 0:
            if len(self._buffer) - self._at > LINE_LIMIT:
                raise ProtocolError("pop3_unreadable", host=self._config.host)
            self._buffer = self._buffer[self._at :] + self._link.some()
            self._at = 0
        line = self._buffer[self._at : end]
        self._at = end + 1
        return line.rstrip(b"\r")

    def _greet(self) -> None:
        try:
            with self._link.greeting():
                self.status()
        except ProtocolError as error:
            raise ProtocolError("not_pop3", host=self._config.host) from error
        self.capabilities = self._capa()
        if self._config.security is Security.starttls:
            if b"STLS" not in self.capabilities:
                raise SecurityError("no_starttls", host=self._config.host)
            self.send(b"STLS")
            self.status()
            self._buffer, self._at = b"", 0  # came unprotected: not to be believed
            self._link.start_tls()
            self.capabilities = self._capa()

    def _capa(self) -> frozenset[bytes]:
        try:
            found = [line.upper() for line in self.lines(b"CAPA")]
        except RefusedError:
            return frozenset()  # an old server; it may still have UIDL
        words = {line.split(b" ", 1)[0] for line in found}
        mechanisms = next((line.split()[1:] for line in found if line.startswith(b"SASL ")), [])
        return frozenset(words | {b"SASL " + mechanism for mechanism in mechanisms})

    def _sign_in(self, secret: str) -> None:
        user = self._config.user
        if self._config.auth is Auth.xoauth2:
            if b"SASL XOAUTH2" not in self.capabilities:
                raise SecurityError("no_xoauth2", host=self._config.host)
            self._authenticate(b"XOAUTH2", f"user={user}\1auth=Bearer {secret}\1\1")
        elif b"SASL PLAIN" in self.capabilities:
            self._authenticate(b"PLAIN", f"\0{user}\0{secret}")
        else:
            if any(character in user + secret for character in "\r\n"):
                raise SignInError("sign_in_refused", host=self._config.host, user=user)
            self._signing_in(b"USER " + user.encode())
            self._signing_in(b"PASS " + secret.encode())

    def _authenticate(self, mechanism: bytes, answer: str) -> None:
        self.send(b"AUTH " + mechanism)
        line = self._line()
        if line.startswith(b"+"):
            self.send(base64.b64encode(answer.encode()))
            line = self._line()
            if line.startswith(b"+ "):  # XOAUTH2: the error as a challenge
                self.send(b"")
                line = self._line()
        self._judge(line)

    def _signing_in(self, command: bytes) -> None:
        self.send(command)
        self._judge(self._line())

    def _judge(self, line: bytes) -> None:
        if line.startswith(b"+OK"):
            return
        if any(word in line.lower() for word in _BUSY) and b"[auth]" not in line.lower():
            wait = _WAIT.search(line)
            raise ThrottledError(
                "throttled", wait=float(wait[1]) if wait else None, host=self._config.host
            )
        raise SignInError("sign_in_refused", host=self._config.host, user=self._config.user)

    def close(self) -> None:
        """Hangs up. Not by QUIT: see above."""
        self._link.close()


@dataclass(frozen=True, slots=True)
class _Listed:
    number: int
    key: str
    size: int | None
    named: bool


class Pop3Source:
    """See `model.Source`. One folder: a maildrop has no others."""

    def __init__(self, config: SourceConfig, secret: str):
        self._config = config
        self._secret = secret
        self._session: Pop3Session | None = None
        self._one_by_one = False
        self._strikes: dict[str, int] = {}
        self._wrong_sizes = 0

    def _connected(self) -> Pop3Session:
        if self._session is None:
            self._session = Pop3Session(self._config, self._secret)
        return self._session

    def close(self) -> None:
        """Ends the connection; a later call opens a new one."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def careful(self) -> None:
        """From now on one mail at a time."""
        self._one_by_one = True

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

    def mails(self, folder: Folder, seen: Seen) -> Iterator[Mail | Lost]:
        """Every mail whose UIDL is not known."""
        session = self._connected()
        listing = self._listing(session)
        for start in range(0, len(listing), WINDOW):
            window = listing[start : start + WINDOW]
            known = seen.known([item.key for item in window if item.named])
            todo = [item for item in window if item.key not in known]
            yield from self._retrieved(session, folder, todo)

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
        if self._one_by_one:
            ahead = 1
        lost = [item for item in items if self._strikes.get(item.key, 0) >= STRIKES]
        items = [item for item in items if self._strikes.get(item.key, 0) < STRIKES]
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
        self._one_by_one = False  # the stretch that broke things is behind us

    def _odd(self, item: _Listed, data: bytes) -> bool:
        """True for a size that is not the listed one, until the server is known to misstate."""
        if _fits(item, data):
            self._wrong_sizes = 0
            return False
        self._wrong_sizes += 1
        return self._wrong_sizes <= WRONG_SIZES

    def _read(self, session: Pop3Session, item: _Listed) -> bytes | int | None:
        """The next mail asked for; its size where it is too large, None where refused."""
        try:
            session.status()
            return session.block(MAIL_LIMIT)
        except (DroppedError, ProtocolError):
            if self._one_by_one:
                self._strikes[item.key] = self._strikes.get(item.key, 0) + 1
            raise
        except RefusedError:
            return None


def _fits(item: _Listed, data: bytes) -> bool:
    """Whether the size is the listed one. A mail without a line end at its end gets one on the
    way (the dot must stand on a line of its own), and is listed without."""
    return item.size is None or len(data) - item.size in (0, 2)


def _finished(
    item: _Listed, folder: Folder, data: bytes | int | None, note: str | None
) -> Mail | Lost:
    if data is None:
        return Lost(item.key, "server_refuses")
    if isinstance(data, int):
        return Lost(item.key, "too_large", size=data)
    return Mail(item.key, data, folder.path, folder.special_use, note=note)


def _two(line: bytes) -> tuple[bytes, bytes]:
    """`12 abc` as its two words; the first must be a number."""
    number, _, rest = line.strip().partition(b" ")
    if not number.isdigit() or len(number) > 10 or not rest:
        raise ProtocolError("pop3_unreadable")
    return number, rest.split(b" ")[0] if rest else b""
