"""What keeping up with a server, and putting mail there, needs beside reading it.

STATUS and EXAMINE with CONDSTORE's numbers (RFC 7162) and OBJECTID's (RFC 8474); APPEND with
UIDPLUS (RFC 4315), LITERAL+ (RFC 7888) and BINARY's literals (RFC 3516).
"""

import re
from datetime import datetime
from typing import NamedTuple

from pyeonji.imap import lexer
from pyeonji.imap.conversation import Conversation, State, Steps, code_of, said_of
from pyeonji.imap.errors import RefusedError, UnreadableError
from pyeonji.imap.replies import Reply

_OBJECTID = re.compile(rb"[A-Za-z0-9_-]{1,255}")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class Numbers(NamedTuple):
    """Of a folder; 0 or b"" where the server does not say."""

    validity: int = 0
    next_uid: int = 0
    messages: int = 0
    unseen: int = 0
    modseq: int = 0
    identity: bytes = b""


class Appended(NamedTuple):
    """Where a mail went, 0 and 0 where the server does not say (UIDPLUS)."""

    validity: int
    uid: int


def status_of(conversation: Conversation, name: bytes) -> Steps[Numbers]:
    """STATUS of one folder. Raises RefusedError where it is gone or closed to us."""
    offered = conversation.capabilities
    items = [b"MESSAGES", b"UIDNEXT", b"UIDVALIDITY", b"UNSEEN"]
    if "CONDSTORE" in offered or "QRESYNC" in offered:
        items.append(b"HIGHESTMODSEQ")
    if "OBJECTID" not in offered:
        return (yield from _asked(conversation, name, items))
    try:
        return (yield from _asked(conversation, name, [*items, b"MAILBOXID"]))
    except UnreadableError:
        # Cyrus 3.6 answers with whatever stands in its memory, when it looks into its cache.
        return (yield from _asked(conversation, name, items))


def _asked(conversation: Conversation, name: bytes, items: list[bytes]) -> Steps[Numbers]:
    asked = b" (" + b" ".join(items) + b")"
    for reply in (yield from conversation.named(b"STATUS ", name, asked)):
        if reply.word == b"STATUS":
            return _numbers(lexer.pairs(lexer.parse(reply.parts)[-1]))
    raise UnreadableError


def _numbers(found: dict[bytes, lexer.Value]) -> Numbers:
    def number(item: bytes) -> int:
        value = found.get(item)
        return 0 if value is None else lexer.number(value)

    identity = found.get(b"MAILBOXID")
    return Numbers(
        number(b"UIDVALIDITY"),
        number(b"UIDNEXT"),
        number(b"MESSAGES"),
        number(b"UNSEEN"),
        number(b"HIGHESTMODSEQ"),
        _identity(identity[0] if isinstance(identity, list) and len(identity) == 1 else None),
    )


def _identity(said: lexer.Value) -> bytes:
    """RFC 8474, 7: letters, digits, `_` and `-`; anything else is none."""
    return said if isinstance(said, bytes) and _OBJECTID.fullmatch(said) else b""


def open_folder(conversation: Conversation, name: bytes) -> Steps[Numbers]:
    """EXAMINE, for reading only. `unseen` is not said here."""
    condstore = b" (CONDSTORE)" if "CONDSTORE" in conversation.capabilities else b""
    messages, codes = 0, dict[str, bytes]()
    for reply in (yield from conversation.named(b"EXAMINE ", name, condstore)):
        words = reply.text.split()
        if len(words) > 1 and words[1].upper() == b"EXISTS":
            messages = lexer.number(words[0])
        elif reply.word == b"OK":
            code, value = lexer.response_code(reply.text.partition(b" ")[2])
            codes[code] = value
    conversation.state, conversation.expunged = State.selected, False

    def number(code: str) -> int:
        value = codes.get(code, b"")
        return int(value) if value.isdigit() and len(value) <= 20 else 0

    return Numbers(
        number("UIDVALIDITY"),
        number("UIDNEXT"),
        messages,
        0,
        number("HIGHESTMODSEQ"),
        _identity(codes.get("MAILBOXID", b"").strip(b"()")),
    )


def create(conversation: Conversation, name: bytes) -> Steps[None]:
    """CREATE; one that is there already is no error."""
    try:
        yield from conversation.named(b"CREATE ", name)
    except RefusedError as error:
        if error.code != "ALREADYEXISTS" and "exists" not in error.said.lower():
            raise


def append(
    conversation: Conversation,
    name: bytes,
    message: bytes,
    flags: tuple[str, ...],
    received: datetime | None,
) -> Steps[Appended]:
    """Puts a mail into a folder with flags and date. Raises RefusedError with the server's words:
    for good, also where its code says that there is no room."""
    word = lexer.quoted(name.decode("ascii")) if name.isascii() else None
    where = word if word is not None else b"{%d+}\r\n" % len(name) + name
    if word is None and "LITERAL+" not in conversation.capabilities:
        raise UnreadableError  # such names are listed by servers that take them as literals
    pieces = [b"APPEND ", where, b" (", b" ".join(flag.encode() for flag in flags), b")"]
    if received is not None:
        pieces.append(b' "' + internal_date(received) + b'"')
    binary = b"~" if b"\0" in message and "BINARY" in conversation.capabilities else b""
    at_once = "LITERAL+" in conversation.capabilities
    size = b"%d" % len(message)
    pieces.append(b" " + binary + b"{" + size + (b"+}" if at_once else b"}"))
    tag, sent = conversation.command(*pieces)
    yield sent
    if not at_once:
        while True:
            reply = yield None
            assert reply is not None
            if reply.tag == b"+":
                break
            if reply.tag == tag:
                raise _refusal(reply)
    yield message
    yield b"\r\n"
    while True:
        reply = yield None
        assert reply is not None
        if reply.tag == tag:
            return _appended(reply)


def _appended(reply: Reply) -> Appended:
    if reply.word != b"OK":
        raise _refusal(reply)
    code, value = lexer.response_code(reply.text.partition(b" ")[2])
    words = value.split()
    if code == "APPENDUID" and len(words) == 2 and all(word.isdigit() for word in words):
        return Appended(int(words[0]), int(words[1]))
    return Appended(0, 0)


def _refusal(reply: Reply) -> RefusedError:
    return RefusedError(said_of(reply), code_of(reply))


def internal_date(instant: datetime) -> bytes:
    """As APPEND wants it, `17-Jul-1996 02:44:25 +0000`, in the instant's own zone."""
    return (
        f"{instant.day:02d}-{_MONTHS[instant.month - 1]}-{instant.year:04d} {instant:%H:%M:%S %z}"
    ).encode("ascii")
