"""One POP3 connection. RFC 1939, 2449 (CAPA), 2595 (STLS).

DELE is never sent, and QUIT (`leave`) only to see whether the server shows everything or because a
person asked for it: only QUIT lets a server change anything (RFC 1939, section 6: without it the
UPDATE state is not entered).
`poplib` is not used: it gives up on lines over 2,048 bytes, which one real mail in forty has, and
cannot pipeline.
"""

import base64
import re
from contextlib import suppress

from pyeonji.imap.errors import words_of

from ..errors import (
    ProtocolError,
    RefusedError,
    SecurityError,
    SignInError,
    SourceError,
    ThrottledError,
    TokenError,
)
from ..model import Auth, Security, SourceConfig
from .net import Link

LINE_LIMIT = 64 * 1024
#: UIDL of a whole maildrop: a million lines of 80 bytes.
LISTING_LIMIT = 128 * 1024 * 1024

_END = b"\r\n.\r\n"
_BUSY = (b"[in-use]", b"[login-delay]", b"[sys/temp]", b"too many", b"throttl", b"again later")
_WAIT = re.compile(rb"LOGIN-DELAY (\d+)", re.IGNORECASE)


class Pop3Session:
    """A signed-in connection. Knows no command that deletes."""

    def __init__(self, config: SourceConfig, secret: str):
        self._config = config
        self._buffer, self._at = b"", 0
        self._link = Link(
            config.host, config.port, config.security, config.ca_file, config.timeout, config.proxy
        )
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
            raise ThrottledError("throttled", host=self._config.host, said=words_of(line[4:]))
        raise RefusedError("pop3_refused", host=self._config.host, said=words_of(line[4:]))

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
                #: What the server calls itself; by what it offers, too.
                self.named = self.status()
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
        words |= {line for line in found if line.startswith(b"EXPIRE ")}
        self.named += b"".join(line for line in found if line.startswith(b"IMPLEMENTATION "))
        return frozenset(words | {b"SASL " + mechanism for mechanism in mechanisms})

    def _sign_in(self, secret: str) -> None:
        user = self._config.user
        if self._config.auth is not Auth.password:
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
                "throttled", wait=float(wait[1]) if wait else None, host=self._config.host,
                said=words_of(line[4:]),
            )  # fmt: skip
        facts = {"host": self._config.host, "user": self._config.user, "said": words_of(line[4:])}
        if self._config.auth is not Auth.password:
            raise TokenError("token_refused", **facts)
        raise SignInError("sign_in_refused", **facts)

    def leave(self) -> None:
        """QUIT, for servers that show the rest only then (`pop3_proof`, `sessions`). Never after a
        DELE, which we have not."""
        with suppress(SourceError):
            self.send(b"QUIT")
            self.status()
        self._link.close()

    def close(self) -> None:
        """Hangs up. Not by QUIT: see above."""
        self._link.close()
