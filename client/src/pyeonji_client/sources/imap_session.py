"""One IMAP connection: sign in, look at folders read-only, fetch. RFC 3501 and few extensions."""

import base64
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from ..errors import (
    DroppedError,
    MissingSourceError,
    ProtocolError,
    RefusedError,
    SecurityError,
    SignInError,
    SourceError,
    ThrottledError,
)
from ..model import MAIL_LIMIT, Auth, Security, SourceConfig
from . import imap_lexer as lexer
from .net import Link

#: Answers other than literals: we ask for nothing whose line would be longer.
LINE_LIMIT = 1024 * 1024
#: Read in blocks of this when a literal is skipped.
_SKIP = 1024 * 1024
_BUSY_CODES = {"UNAVAILABLE", "LIMIT", "INUSE", "OVERQUOTA", "THROTTLED"}
# Not "try again" alone: that is what some say of a wrong password.
_BUSY_WORDS = (
    b"too many", b"throttl", b"bandwidth", b"again later", b"maximum number", b"rate limit",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Selected:
    """What EXAMINE said. `validity` is 0 where the server promises none."""

    messages: int
    validity: int


@dataclass(frozen=True, slots=True)
class Reply:
    """One response. `parts` alternates text and literals; `tag` is `*`, `+` or a command's."""

    tag: bytes
    parts: list[bytes | lexer.Oversized]

    @property
    def text(self) -> bytes:
        """The first line after the tag."""
        first = self.parts[0]
        assert isinstance(first, bytes)
        return first

    @property
    def word(self) -> bytes:
        """The first word after the tag, upper case: OK, NO, BYE, FLAGS, or a number."""
        return self.text.split(b" ", 1)[0].strip().upper()


class ImapSession:
    """A signed-in connection. Never selects for writing, never sends a command that changes."""

    def __init__(self, config: SourceConfig, secret: str):
        self._config = config
        self._tags = 0
        self._ended: dict[bytes, Reply] = {}
        self._link = Link(
            config.host,
            config.port,
            config.security,
            config.ca_file,
            config.timeout,
        )
        try:
            self._greet()
            self._sign_in(secret)
        except BaseException:
            self._link.close()
            raise

    # --- replies

    def reply(self) -> Reply:
        """The next response, literals included. A BYE is raised as what it means."""
        line = self._link.line(LINE_LIMIT)
        tag, _, rest = line.partition(b" ")
        parts: list[bytes | lexer.Oversized] = []
        while True:
            if not line.endswith(b"\n"):
                raise ProtocolError("imap_line_too_long")
            size = lexer.literal_at_end(line)
            text = rest if not parts else line
            if size is None:
                parts.append(text)
                break
            parts.append(lexer.without_literal(text))
            if size > MAIL_LIMIT:
                self._skip(size)
                parts.append(lexer.Oversized(size))
            else:
                parts.append(self._link.exactly(size))
            line = self._link.line(LINE_LIMIT)
        reply = Reply(tag.strip(), parts)
        if reply.tag == b"*" and reply.word == b"BYE":
            raise _busy(reply.text, self._config.host) or DroppedError(
                "server_bye", host=self._config.host
            )
        return reply

    def _skip(self, size: int) -> None:
        while size:
            size -= len(self._link.exactly(min(size, _SKIP)))

    def send(self, *pieces: bytes) -> bytes:
        """Sends one command and returns its tag. A piece that begins with `{` is a literal."""
        self._tags += 1
        tag = b"P%d" % self._tags
        self._link.send(tag + b" " + b"".join(pieces) + b"\r\n")
        return tag

    def until(self, tag: bytes) -> Iterator[Reply]:
        """Untagged replies up to the command's own end, which is checked.

        Raises ThrottledError, ProtocolError (BAD) or RefusedError (NO).
        """
        early = self._ended.pop(tag, None)
        if early is not None:
            self._check(early)
            return
        while True:
            reply = self.reply()
            if reply.tag == tag:
                self._check(reply)
                return
            if reply.tag == b"*":
                yield reply
            else:  # another command under way ended first
                self._ended[reply.tag] = reply

    def _check(self, reply: Reply) -> None:
        if reply.word == b"OK":
            return
        busy = _busy(reply.text, self._config.host)
        if busy:
            raise busy
        if reply.word == b"NO":
            raise RefusedError("imap_refused", host=self._config.host)
        raise ProtocolError("imap_unreadable", host=self._config.host)

    def run(self, *pieces: bytes) -> list[Reply]:
        """A command from start to end."""
        return list(self.until(self.send(*pieces)))

    # --- sign in

    def _greet(self) -> None:
        with self._link.greeting():
            greeting = self.reply()
        if greeting.tag != b"*" or greeting.word not in (b"OK", b"PREAUTH"):
            raise ProtocolError("not_imap", host=self._config.host)
        self._signed_in = greeting.word == b"PREAUTH"
        self.capabilities = self._capability()
        if self._config.security is Security.starttls:
            if "STARTTLS" not in self.capabilities or self._signed_in:
                raise SecurityError("no_starttls", host=self._config.host)
            self.run(b"STARTTLS")
            self._link.start_tls()
            self.capabilities = self._capability()

    def _capability(self) -> frozenset[str]:
        for reply in self.run(b"CAPABILITY"):
            if reply.word == b"CAPABILITY":
                return frozenset(reply.text.decode("ascii", "replace").upper().split()[1:])
        return frozenset()

    def _sign_in(self, secret: str) -> None:
        if self._signed_in:
            return
        user = self._config.user
        if self._config.auth is Auth.xoauth2:
            if "AUTH=XOAUTH2" not in self.capabilities:
                raise SecurityError("no_xoauth2", host=self._config.host)
            self._authenticate(b"XOAUTH2", f"user={user}\1auth=Bearer {secret}\1\1".encode())
        elif "AUTH=PLAIN" in self.capabilities:
            self._authenticate(b"PLAIN", f"\0{user}\0{secret}".encode())
        elif "LOGINDISABLED" in self.capabilities:
            raise SecurityError("login_disabled", host=self._config.host)
        else:
            self._login(user, secret)
        self.capabilities = self._capability()

    def _authenticate(self, mechanism: bytes, answer: bytes) -> None:
        coded = base64.b64encode(answer)
        if "SASL-IR" in self.capabilities:
            tag = self.send(b"AUTHENTICATE ", mechanism, b" ", coded)
        else:
            tag = self.send(b"AUTHENTICATE ", mechanism)
            self._continued(tag)
            self._link.send(coded + b"\r\n")
        while True:
            reply = self.reply()
            if reply.tag == b"+":  # XOAUTH2: the error as a challenge, to be answered with nothing
                self._link.send(b"\r\n")
            elif reply.tag == tag:
                self._check_sign_in(reply)
                return

    def _login(self, user: str, secret: str) -> None:
        pieces = [b"LOGIN"]
        tag = b""
        for text in (user, secret):
            word = lexer.quoted(text)
            if word is not None:
                pieces.append(b" " + word)
                continue
            raw = text.encode()
            pieces.append(b" {%d}" % len(raw))
            if tag:
                self._link.send(b"".join(pieces) + b"\r\n")
            else:
                tag = self.send(*pieces)
            self._continued(tag)
            pieces = [raw]
        if tag:
            self._link.send(b"".join(pieces) + b"\r\n")
        else:
            tag = self.send(*pieces)
        while True:
            reply = self.reply()
            if reply.tag == tag:
                self._check_sign_in(reply)
                return

    def _continued(self, tag: bytes) -> None:
        while True:
            reply = self.reply()
            if reply.tag == b"+":
                return
            if reply.tag == tag:
                self._check_sign_in(reply)
                raise ProtocolError("imap_unreadable", host=self._config.host)

    def _check_sign_in(self, reply: Reply) -> None:
        if reply.word == b"OK":
            return
        code, _ = lexer.response_code(reply.text.partition(b" ")[2])
        busy = _busy(reply.text, self._config.host)
        if code == "SERVERBUG":  # nothing a person typed
            busy = ThrottledError("throttled", host=self._config.host)
        if busy and code not in ("AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED"):
            raise busy
        raise SignInError("sign_in_refused", host=self._config.host, user=self._config.user)

    # --- looking

    def list_folders(self) -> list[tuple[bytes, bytes | None, frozenset[str]]]:
        """(raw name, hierarchy delimiter, attributes in lower case) of every mailbox."""
        command = b'LIST "" "*"'
        if "SPECIAL-USE" in self.capabilities and "LIST-EXTENDED" in self.capabilities:
            command += b" RETURN (SPECIAL-USE)"
        found = []
        for reply in self.run(command):
            if reply.word != b"LIST":
                continue
            values = lexer.parse(reply.parts)
            if len(values) < 4 or not isinstance(values[1], list):
                raise ProtocolError("imap_unreadable", host=self._config.host)
            name, delimiter = values[3], values[2]
            if not isinstance(name, bytes):  # an unquoted mailbox called NIL
                name = b"NIL"
            attributes = frozenset(
                item.decode("ascii", "replace").lower()
                for item in values[1]
                if isinstance(item, bytes)
            )
            found.append((name, delimiter if isinstance(delimiter, bytes) else None, attributes))
        return found

    def status(self, name: bytes) -> tuple[int, int | None]:
        """Messages and, where the server can say it cheaply (RFC 8438), bytes."""
        items = b"(MESSAGES SIZE)" if "STATUS=SIZE" in self.capabilities else b"(MESSAGES)"
        for reply in self._named(b"STATUS ", name, b" " + items):
            if reply.word == b"STATUS":
                found = lexer.pairs(lexer.parse(reply.parts)[-1])
                size = found.get(b"SIZE")
                messages = lexer.number(found.get(b"MESSAGES"))
                return messages, lexer.number(size) if size is not None else None
        raise ProtocolError("imap_unreadable", host=self._config.host)

    def examine(self, name: bytes) -> Selected:
        """Opens a folder for reading only."""
        messages = validity = 0
        try:
            replies = self._named(b"EXAMINE ", name, b"")
        except RefusedError as error:
            raise MissingSourceError("folder_gone", folder=lexer.decode_name(name)) from error
        for reply in replies:
            words = reply.text.split()
            if len(words) > 1 and words[1].upper() == b"EXISTS":
                messages = lexer.number(words[0])
            elif reply.word == b"OK":
                code, value = lexer.response_code(reply.text.partition(b" ")[2])
                if code == "UIDVALIDITY" and value.isdigit():
                    validity = int(value)
        return Selected(messages, validity)

    def _named(self, before: bytes, name: bytes, after: bytes) -> list[Reply]:
        """A command with a mailbox name in it, quoted or (8-bit names) as a literal."""
        word = lexer.quoted(name.decode("ascii")) if name.isascii() else None
        if word is not None:
            return self.run(before, word, after)
        tag = self.send(before, b"{%d}" % len(name))
        self._continued(tag)
        self._link.send(name + after + b"\r\n")
        return list(self.until(tag))

    def close(self) -> None:
        """Says goodbye if the line still stands."""
        with suppress(SourceError):
            self.send(b"LOGOUT")
        self._link.close()


def _busy(text: bytes, host: str) -> ThrottledError | None:
    """The answer as a request to come back later, if it is one."""
    code, _ = lexer.response_code(text.partition(b" ")[2])
    if code in _BUSY_CODES or any(word in text.lower() for word in _BUSY_WORDS):
        return ThrottledError("throttled", host=host)
    return None
