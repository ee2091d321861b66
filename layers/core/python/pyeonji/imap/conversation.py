"""One conversation with an IMAP server, sans-IO: what may be said when, and what answers mean.

A step that sends and waits is a generator: it yields bytes to send, or None for the next reply,
which is sent into it; its result is what it returns. `until` a command ends, replies that belong
to it are taken one by one with `reply` and `ends`, so that nothing large is collected.

    greeted ── authenticate ──▶ signed in ── EXAMINE, SELECT ──▶ selected
       └────────────────────── BYE, LOGOUT ─────────────────────────┴──▶ ended
"""

import base64
from collections.abc import Generator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

from pyeonji.imap import lexer
from pyeonji.imap.errors import (
    BusyError,
    EndedError,
    ImapError,
    NotOfferedError,
    NotServedError,
    RefusedError,
    RejectedError,
    SignInError,
    UnreadableError,
    words_of,
)
from pyeonji.imap.replies import Reply, ReplyReader

T = TypeVar("T")
Steps = Generator[bytes | None, Reply | None, T]

_BUSY_CODES = {"UNAVAILABLE", "LIMIT", "INUSE", "OVERQUOTA", "THROTTLED"}
# Not "try again" alone: that is what some say of a wrong password.
_BUSY_WORDS = (
    b"too many", b"throttl", b"bandwidth", b"again later", b"maximum number", b"rate limit",
)  # fmt: skip
# Exchange lets an account in whose mailbox has IMAP switched off, and answers everything with it.
_NOT_SERVED = (b"authenticated but not connected",)
#: Gone for good, whatever else the server thinks of the name (RFC 5530).
_NONEXISTENT = {"NONEXISTENT", "TRYCREATE"}


class State(Enum):
    """How far a conversation is."""

    greeted = auto()
    signed_in = auto()
    selected = auto()
    ended = auto()


_ANYTIME = frozenset({State.greeted, State.signed_in, State.selected})
_INSIDE = frozenset({State.signed_in, State.selected})
#: In which states a command makes sense (RFC 3501, section 3). What is not here is not ours.
_ALLOWED = {
    b"CAPABILITY": _ANYTIME, b"NOOP": _ANYTIME, b"LOGOUT": _ANYTIME, b"ID": _ANYTIME,
    b"STARTTLS": frozenset({State.greeted}), b"AUTHENTICATE": frozenset({State.greeted}),
    b"LOGIN": frozenset({State.greeted}), b"NAMESPACE": _INSIDE, b"LIST": _INSIDE,
    b"STATUS": _INSIDE, b"EXAMINE": _INSIDE, b"SELECT": _INSIDE, b"APPEND": _INSIDE,
    b"CREATE": _INSIDE, b"FETCH": frozenset({State.selected}), b"UID": frozenset({State.selected}),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Selected:
    """What EXAMINE said. `validity` (UIDVALIDITY) is 0 where the server promises none, and
    `next_uid` (UIDNEXT) where it does not say."""

    messages: int
    validity: int
    next_uid: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """One mailbox: its raw name, what stands between levels, attributes in lower case."""

    name: bytes
    delimiter: bytes | None
    attributes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Prefixes of names, as the server spells them: one's own, other people's, shared ones."""

    personal: tuple[bytes, ...] = ()
    others: tuple[bytes, ...] = ()
    shared: tuple[bytes, ...] = ()


class Conversation:
    """`literal_limit`: bytes of one literal that are read; larger ones are passed over."""

    def __init__(self, literal_limit: int):
        self.state = State.greeted
        self.capabilities: frozenset[str] = frozenset()
        #: EXPUNGE or VANISHED came since the folder was opened.
        self.expunged = False
        self._literal_limit = literal_limit
        self._reader = ReplyReader(literal_limit)
        self._tags = 0
        self._ended: dict[bytes, Reply] = {}
        self._served = False

    # --- what arrives

    def receive(self, data: bytes) -> None:
        """More bytes from the server."""
        self._reader.feed(data)

    def reply(self) -> Reply | None:
        """The next reply; None where more bytes are needed. Raises EndedError, BusyError."""
        reply = self._reader.next()
        if reply is not None and reply.tag == b"*":
            text = reply.text
            if len(reply.parts) == 1 and text[:1] not in b"0123456789(":
                word = reply.word
                if word == b"BYE":
                    self.state = State.ended
                    raise _busy(text) or EndedError(said_of(reply))
                self.expunged = self.expunged or word == b"VANISHED"
            elif text[-9:].strip().upper() == b"EXPUNGE":
                self.expunged = True
        return reply

    def ended_early(self, tag: bytes) -> bool:
        """True (and judged) when a command ended while another was listened to."""
        early = self._ended.pop(tag, None)
        if early is not None:
            self._judge(early)
        return early is not None

    def ends(self, reply: Reply, tag: bytes) -> bool:
        """Whether `reply` ends the command `tag`, which is then judged: raises RefusedError (NO),
        RejectedError (BAD), BusyError or NotServedError. The end of another is kept for it."""
        if reply.tag == tag:
            self._judge(reply)
            return True
        if reply.tag not in (b"*", b"+"):
            self._ended[reply.tag] = reply
        return False

    def _judge(self, reply: Reply) -> None:
        if reply.word == b"OK":
            self._served = self._served or self.state is not State.greeted
            return
        said, inside = said_of(reply), self.state in _INSIDE
        if inside and any(words in reply.text.lower() for words in _NOT_SERVED):
            raise NotServedError(said)
        busy = _busy(reply.text)
        if busy:
            raise busy
        if reply.word == b"NO":
            raise RefusedError(said, code_of(reply))
        if reply.word == b"BAD":
            if inside and not self._served:
                raise NotServedError(said)
            raise RejectedError(said)
        raise UnreadableError

    # --- what is sent

    @property
    def commands(self) -> int:
        """Commands so far."""
        return self._tags

    def command(self, *pieces: bytes) -> tuple[bytes, bytes]:
        """(tag, bytes to send) of one command."""
        word = b"".join(pieces).split(b" ", 1)[0].upper()
        assert self.state in _ALLOWED[word], f"{word!r} while {self.state}"
        self._tags += 1
        tag = b"P%d" % self._tags
        return tag, tag + b" " + b"".join(pieces) + b"\r\n"

    def run(self, *pieces: bytes) -> Steps[list[Reply]]:
        """A command from start to end; its untagged replies."""
        tag, sent = self.command(*pieces)
        yield sent
        return (yield from self._until(tag))

    def _until(self, tag: bytes) -> Steps[list[Reply]]:
        found: list[Reply] = []
        if self.ended_early(tag):
            return found
        while True:
            reply = yield None
            assert reply is not None
            if self.ends(reply, tag):
                return found
            if reply.tag == b"*":
                found.append(reply)

    def _continued(self, tag: bytes) -> Steps[None]:
        """Waits for the server to say go on."""
        while True:
            reply = yield None
            assert reply is not None
            if reply.tag == b"+":
                return
            if self.ends(reply, tag):
                raise UnreadableError

    def named(self, before: bytes, name: bytes, after: bytes = b"") -> Steps[list[Reply]]:
        """A command with a mailbox name in it, quoted or (8-bit names) as a literal."""
        word = lexer.quoted(name.decode("ascii")) if name.isascii() else None
        if word is not None:
            return (yield from self.run(before, word, after))
        tag, sent = self.command(before, b"{%d}" % len(name))
        yield sent
        yield from self._continued(tag)
        yield name + after + b"\r\n"
        return (yield from self._until(tag))

    # --- beginning

    def greet(self) -> Steps[None]:
        """The server's first words and what it can do."""
        greeting = yield None
        assert greeting is not None
        if greeting.tag != b"*" or greeting.word not in (b"OK", b"PREAUTH"):
            raise UnreadableError
        if greeting.word == b"PREAUTH":
            self.state = State.signed_in
        yield from self._capability()

    def start_tls(self) -> Steps[None]:
        """Asks for TLS. After it the connection is wrapped, and `protected` goes on."""
        if "STARTTLS" not in self.capabilities or self.state is not State.greeted:
            raise NotOfferedError("starttls")
        yield from self.run(b"STARTTLS")

    def protected(self) -> Steps[None]:
        """TLS stands: what was said before it came unprotected and is not to be believed."""
        self._reader, self._ended = ReplyReader(self._literal_limit), {}
        yield from self._capability()

    def _capability(self) -> Steps[None]:
        self.capabilities = frozenset()
        for reply in (yield from self.run(b"CAPABILITY")):
            if reply.word == b"CAPABILITY":
                words = reply.text.decode("ascii", "replace").upper().split()
                self.capabilities = frozenset(words[1:])

    def sign_in(self, user: str, secret: str, *, token: bool, acting_for: str = "") -> Steps[None]:
        """With a password, or with an OAuth 2 access token (XOAUTH2). `acting_for`: the account
        that `user` signs in for (SASL PLAIN's authorization identity). Raises SignInError."""
        if self.state is not State.greeted:
            return
        if token:
            if "AUTH=XOAUTH2" not in self.capabilities:
                raise NotOfferedError("xoauth2")
            answer = f"user={user}\1auth=Bearer {secret}\1\1".encode()
            yield from self._authenticate(b"XOAUTH2", answer)
        elif "AUTH=PLAIN" in self.capabilities:
            yield from self._authenticate(b"PLAIN", f"{acting_for}\0{user}\0{secret}".encode())
        elif acting_for:
            raise NotOfferedError("plain")
        elif "LOGINDISABLED" in self.capabilities:
            raise NotOfferedError("login")
        else:
            yield from self._login(user, secret)
        self.state = State.signed_in
        try:
            yield from self._capability()
        except (RefusedError, RejectedError) as error:
            raise NotServedError(error.said) from error
        self._served = False  # the first thing of the account itself is still to come

    def _authenticate(self, mechanism: bytes, answer: bytes) -> Steps[None]:
        coded = base64.b64encode(answer)
        if "SASL-IR" in self.capabilities:
            tag, sent = self.command(b"AUTHENTICATE ", mechanism, b" ", coded)
            yield sent
        else:
            tag, sent = self.command(b"AUTHENTICATE ", mechanism)
            yield sent
            yield from self._signing(self._continued(tag))
            yield coded + b"\r\n"
        while True:
            reply = yield None
            assert reply is not None
            if reply.tag == b"+":  # XOAUTH2: the error as a challenge, to be answered with nothing
                yield b"\r\n"
            elif self._signed(reply, tag):
                return

    def _login(self, user: str, secret: str) -> Steps[None]:
        pieces, tag = [b"LOGIN"], b""
        for text in (user, secret):
            word = lexer.quoted(text)
            if word is not None:
                pieces.append(b" " + word)
                continue
            raw = text.encode()
            pieces.append(b" {%d}" % len(raw))
            if tag:
                yield b"".join(pieces) + b"\r\n"
            else:
                tag, sent = self.command(*pieces)
                yield sent
            yield from self._signing(self._continued(tag))
            pieces = [raw]
        if tag:
            yield b"".join(pieces) + b"\r\n"
        else:
            tag, sent = self.command(*pieces)
            yield sent
        while True:
            reply = yield None
            assert reply is not None
            if self._signed(reply, tag):
                return

    def _signing(self, steps: Steps[None]) -> Steps[None]:
        try:
            yield from steps
        except (RefusedError, RejectedError) as error:
            code = error.code if isinstance(error, RefusedError) else ""
            raise SignInError(error.said, code) from error

    def _signed(self, reply: Reply, tag: bytes) -> bool:
        """Whether the sign-in ended, and well. Raises SignInError, or BusyError for a server that
        only asks for a rest."""
        if reply.tag != tag:
            return False
        if reply.word == b"OK":
            return True
        code = code_of(reply)
        if code == "SERVERBUG":  # nothing a person typed
            raise BusyError(said_of(reply))
        busy = _busy(reply.text)
        if busy and code not in ("AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED"):
            raise busy
        raise SignInError(said_of(reply), code)

    # --- looking

    def identify(self, **fields: str) -> Steps[None]:
        """Says who we are (RFC 2971), where that is offered: some open no folder before."""
        if "ID" not in self.capabilities:
            return
        listed = b" ".join(
            word
            for name, value in fields.items()
            for word in (lexer.quoted(name), lexer.quoted(value))
            if word is not None
        )
        try:
            yield from self.run(b"ID (", listed, b")")
        except (RefusedError, RejectedError, NotServedError):
            return  # no harm: whoever minds will say so at the first folder

    def namespaces(self) -> Steps[Namespaces]:
        """Whose mailboxes names belong to; nothing where the server does not say."""
        if "NAMESPACE" not in self.capabilities:
            return Namespaces()
        try:
            replies = yield from self.run(b"NAMESPACE")
        except (RefusedError, RejectedError, NotServedError):
            return Namespaces()
        for reply in replies:
            if reply.word == b"NAMESPACE":
                kinds = (lexer.parse(reply.parts)[1:] + [None] * 3)[:3]
                return Namespaces(*(_prefixes(kind) for kind in kinds))
        return Namespaces()

    def list_mailboxes(self) -> Steps[list[Listed]]:
        """Every mailbox. Raises NotServedError where not even that is answered."""
        command = b'LIST "" "*"'
        if "SPECIAL-USE" in self.capabilities and "LIST-EXTENDED" in self.capabilities:
            command += b" RETURN (SPECIAL-USE)"
        try:
            replies = yield from self.run(command)
        except (RefusedError, RejectedError) as error:
            raise NotServedError(error.said) from error
        return [_listed(reply) for reply in replies if reply.word == b"LIST"]

    def status(self, name: bytes) -> Steps[tuple[int, int | None]]:
        """Messages and, where the server can say it cheaply (RFC 8438), bytes."""
        items = b" (MESSAGES SIZE)" if "STATUS=SIZE" in self.capabilities else b" (MESSAGES)"
        for reply in (yield from self.named(b"STATUS ", name, items)):
            if reply.word == b"STATUS":
                found = lexer.pairs(lexer.parse(reply.parts)[-1])
                size = found.get(b"SIZE")
                messages = lexer.number(found.get(b"MESSAGES"))
                return messages, lexer.number(size) if size is not None else None
        raise UnreadableError

    def examine(self, name: bytes) -> Steps[Selected]:
        """Opens a mailbox for reading only."""
        messages = validity = next_uid = 0
        for reply in (yield from self.named(b"EXAMINE ", name)):
            words = reply.text.split()
            if len(words) > 1 and words[1].upper() == b"EXISTS":
                messages = lexer.number(words[0])
            elif reply.word == b"OK":
                code, value = lexer.response_code(reply.text.partition(b" ")[2])
                if code == "UIDVALIDITY" and value.isdigit():
                    validity = int(value)
                elif code == "UIDNEXT" and value.isdigit():
                    next_uid = int(value)
        self.state, self.expunged = State.selected, False
        return Selected(messages, validity, next_uid)


def is_gone(error: RefusedError) -> bool:
    """Whether a refused mailbox is not there, as far as the server says why."""
    return error.code in _NONEXISTENT


def fetched(parts: list[bytes | lexer.Oversized]) -> dict[bytes, lexer.Value] | None:
    """The items of a FETCH response by their names in upper case, None for any other response."""
    first = parts[0]
    assert isinstance(first, bytes)
    if first.split(b" ", 2)[1:2] not in ([b"FETCH"], [b"fetch"], [b"Fetch"]):
        return None
    return lexer.pairs(lexer.parse(parts)[-1])


def _listed(reply: Reply) -> Listed:
    values = lexer.parse(reply.parts)
    if len(values) < 4 or not isinstance(values[1], list):
        raise UnreadableError
    name, delimiter = values[3], values[2]
    return Listed(
        name if isinstance(name, bytes) else b"NIL",  # an unquoted mailbox called NIL
        delimiter if isinstance(delimiter, bytes) and delimiter else None,
        frozenset(
            item.decode("ascii", "replace").lower() for item in values[1] if isinstance(item, bytes)
        ),
    )


def _prefixes(kind: lexer.Value) -> tuple[bytes, ...]:
    """`(("user/" "/") ("Public/" "/"))` as its prefixes."""
    items = kind if isinstance(kind, list) else []
    return tuple(
        item[0] for item in items if isinstance(item, list) and item and isinstance(item[0], bytes)
    )


def said_of(reply: Reply) -> str:
    """The server's words after OK, NO or BAD, one line."""
    return words_of(reply.text.partition(b" ")[2])


def code_of(reply: Reply) -> str:
    """The response code in brackets (RFC 5530), upper case, or empty."""
    return lexer.response_code(reply.text.partition(b" ")[2])[0]


def _busy(text: bytes) -> ImapError | None:
    """The answer as a request to come back later, if it is one."""
    code, _ = lexer.response_code(text.partition(b" ")[2])
    if code in _BUSY_CODES or any(word in text.lower() for word in _BUSY_WORDS):
        return BusyError(words_of(text.partition(b" ")[2]))
    return None
