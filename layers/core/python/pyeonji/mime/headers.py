"""The few header fields the mail index keeps, read from any bytes at all without raising.

A bounded scan with one regular expression: about 30 µs a mail where the `email` package takes
93 (and raises on some) to 577. It reads at most `HEADER_LIMIT` bytes.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pyeonji.mime.clock import parse_date, parse_received
from pyeonji.mime.words import VALUE_LIMIT, decode_header

HEADER_LIMIT = 256 * 1024
"""Bytes of a message searched for its header; the longest in public corpora is about 60 KiB."""

SUBJECT_LIMIT = 500
SENDER_LIMIT = 320
MESSAGE_ID_LIMIT = 500
"""Characters kept of each; an index item is a few hundred bytes and must stay far below 400 KB."""

_END = re.compile(rb"\n\r*+\n")
# What may stand before the header: a byte order mark, blank lines, the line an mbox puts there.
_PREFACE = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*(?:>?From [^\n]*\n)?")
# A line is known by the LF before it: a literal the engine finds fast, unlike "^".
_FIELD = re.compile(
    rb"\n(?:(subject|from|message-id|date|received)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)"
    rb"|[!-9;-~]++[ \t]*+:)",
    re.IGNORECASE,
)
_FIRST_FIELD = re.compile(rb"\s*+[!-9;-~]++[ \t]*+:")
# The second field behind CRs, with what of the first is folded.
_CR_FIELD = re.compile(rb"(?:\r[ \t][^\r\n]*+)*+\r[!-9;-~]++[ \t]*+:")
_KNOWN_FIELD = re.compile(
    rb"\n(?:from|to|cc|subject|date|received|return-path|delivered-to|reply-to|sender"
    rb"|message-id|mime-version|content-[!-9;-~]++|x-[!-9;-~]++)[ \t]*+:",
    re.IGNORECASE,
)
_MESSAGE_ID = re.compile(r"<[^<>]+>")


class Dated(Protocol):
    """Anything that knows the dates of a message."""

    @property
    def date(self) -> datetime | None:
        """From `Date:`, in UTC."""

    @property
    def received(self) -> datetime | None:
        """From the topmost `Received:`, in UTC."""


@dataclass(frozen=True, slots=True)
class Headers:
    """What a message says of itself; `None` where it says nothing (readable)."""

    subject: str | None
    sender: str | None
    """The whole `From:` as text: `김편지 <kim@acme.example>`."""
    message_id: str | None
    """With its angle brackets, where it has them."""
    date: datetime | None
    """From `Date:`, in UTC."""
    received: datetime | None
    """From the topmost `Received:`, in UTC."""
    fields: int
    """Header fields seen; 0 means these bytes are no message."""


def header_block(message: bytes) -> bytes:
    """The header, each line with an LF before it, at most `HEADER_LIMIT` bytes.

    Lines that end in CR alone (old Macs) come out as lines too.
    """
    preface = _PREFACE.match(message, 0, HEADER_LIMIT)
    start = preface.end() if preface else 0
    end = _END.search(message, start, start + HEADER_LIMIT)
    block = message[start : end.start() if end else start + HEADER_LIMIT]
    if _has_cr_lines(block):
        block = block.split(b"\r\r", 1)[0].replace(b"\r", b"\n")
    return b"\n" + block


def _has_cr_lines(block: bytes) -> bool:
    """Whether lines end in CR alone: LFs there may be too, in a body that came from elsewhere."""
    cr = block.find(b"\r")
    if cr < 0 or block.startswith(b"\n", cr + 1) or b"\n" in block[:cr]:
        return False
    return b"\n" not in block or _CR_FIELD.match(block, cr) is not None


@dataclass(frozen=True, slots=True)
class HeaderFields:
    """`Headers` whose values are read when asked for: an import needs neither the id nor, where
    there is a `Received:`, the `Date:`, and both were a fifth of a header's time."""

    found: dict[bytes, bytes]
    """Name in lower case → the bytes behind its colon, `VALUE_LIMIT` at most."""
    fields: int
    """As in `Headers`."""

    @property
    def subject(self) -> str | None:
        """As in `Headers`."""
        return _text(self.found.get(b"subject"), SUBJECT_LIMIT)

    @property
    def sender(self) -> str | None:
        """As in `Headers`."""
        return _text(self.found.get(b"from"), SENDER_LIMIT)

    @property
    def message_id(self) -> str | None:
        """As in `Headers`."""
        return _message_id(self.found.get(b"message-id"))

    @property
    def date(self) -> datetime | None:
        """As in `Headers`."""
        value = self.found.get(b"date")
        return parse_date(value) if value else None

    @property
    def received(self) -> datetime | None:
        """As in `Headers`."""
        value = self.found.get(b"received")
        return parse_received(value) if value else None


def read_headers(message: bytes) -> Headers:
    """The wanted fields of a message; any bytes will do, and the first field of a name counts."""
    headers = find_headers(message)
    return Headers(
        subject=headers.subject,
        sender=headers.sender,
        message_id=headers.message_id,
        date=headers.date,
        received=headers.received,
        fields=headers.fields,
    )


def find_headers(message: bytes) -> HeaderFields:
    """The same, each value read when it is asked for."""
    found: dict[bytes, bytes] = {}
    fields = 0
    block = header_block(message)
    for match in _FIELD.finditer(block):
        fields += 1
        if match.lastindex:
            name, value = match.groups()
            found.setdefault(name.lower(), value[:VALUE_LIMIT])
    # A picture has a line like "x:" somewhere. Where the first line is no field, only names that
    # mail uses show that a header follows.
    if fields and not _FIRST_FIELD.match(block):
        fields = sum(1 for _ in _KNOWN_FIELD.finditer(block))
    return HeaderFields(found, fields)


def field_values(message: bytes, name: str) -> list[str]:
    """Every value of one field of the header as text, topmost first (`VALUE_LIMIT` of each)."""
    pattern = re.compile(
        rb"\n" + re.escape(name.encode("ascii")) + rb"[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)",
        re.IGNORECASE,
    )
    return [decode_header(m[1], VALUE_LIMIT) for m in pattern.finditer(header_block(message))]


def _text(value: bytes | None, limit: int) -> str | None:
    return (decode_header(value, limit) or None) if value is not None else None


def _message_id(value: bytes | None) -> str | None:
    text = _text(value, VALUE_LIMIT)
    if text is None:
        return None
    match = _MESSAGE_ID.search(text)
    return (match[0] if match else text)[:MESSAGE_ID_LIMIT]
