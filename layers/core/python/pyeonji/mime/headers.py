"""The few header fields the mail index keeps, read from any bytes at all without raising.

A bounded scan with one regular expression: about 30 µs a mail where the `email` package takes
93 (and raises on some) to 577. It reads at most `HEADER_LIMIT` bytes.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple, Protocol

from pyeonji.mime.clock import parse_date, parse_received
from pyeonji.mime.words import VALUE_LIMIT, decode_header

HEADER_LIMIT = 8 * 1024 * 1024
"""Bytes of a message searched for its header: a `To:` of 200,000 addresses. What reading all of
one costs is bounded by the bytes of mail a chunk may inflate to, not by this."""

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
# The wanted ones alone: told apart by the engine, not in Python, a header takes half the time.
_WANTED = re.compile(
    rb"\n(subject|from|message-id|date|received)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)",
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
_FIRST_FIELD_BEHIND = re.compile(rb"[\r\n]{0,64}+([!-9;-~]++[ \t]*+:)")
# Nothing but fields, from the first line to the last.
_ONLY_FIELDS = re.compile(rb"(?:\n[!-9;-~]++[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+)++\r*+")
_STRAY_LINES = 16
"""Blank lines inside a header that are looked behind, and at most these bytes after each:"""
_STRAY_BYTES = 64 * 1024


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
    return _header(message)[0]


def _header(message: bytes) -> tuple[bytes, int]:
    """`header_block`, and where the body begins; -1 where there is none, or lines end in CR."""
    preface = _PREFACE.match(message, 0, HEADER_LIMIT)
    start = preface.end() if preface else 0
    end = _END.search(message, start, start + HEADER_LIMIT)
    block = message[start : end.start() if end else start + HEADER_LIMIT]
    body = end.end() if end else -1
    if _has_cr_lines(block):
        block, body = block.split(b"\r\r", 1)[0].replace(b"\r", b"\n"), -1
    return b"\n" + block, body


def _has_cr_lines(block: bytes) -> bool:
    """Whether lines end in CR alone: LFs there may be too, in a body that came from elsewhere."""
    cr = block.find(b"\r")
    if cr in (-1, len(block) - 1) or block.startswith(b"\n", cr + 1) or b"\n" in block[:cr]:
        return False
    return b"\n" not in block or _CR_FIELD.match(block, cr) is not None


class HeaderFields(NamedTuple):
    """`Headers` whose values are read when asked for: an import needs neither the id nor, where
    there is a `Received:`, the `Date:`, and both were a fifth of a header's time."""

    found: dict[bytes, bytes]
    """Name in lower case → the bytes behind its colon, `VALUE_LIMIT` at most."""
    fields: bool
    """Whether there is any; False means these bytes are no message."""
    zone: tzinfo = UTC
    """Where a date without a zone was written."""

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
        return parse_date(value, self.zone) if value else None

    @property
    def received(self) -> datetime | None:
        """As in `Headers`."""
        value = self.found.get(b"received")
        return parse_received(value, self.zone) if value else None


def read_headers(message: bytes) -> Headers:
    """The wanted fields of a message; any bytes will do, and the first field of a name counts."""
    headers = find_headers(message)
    return Headers(
        subject=headers.subject,
        sender=headers.sender,
        message_id=headers.message_id,
        date=headers.date,
        received=headers.received,
        fields=_count(message) if headers.fields else 0,
    )


def _count(message: bytes) -> int:
    block = header_block(message)
    known = _FIELD if _FIRST_FIELD.match(block) else _KNOWN_FIELD
    return sum(1 for _ in known.finditer(block))


def find_headers(message: bytes, zone: tzinfo = UTC) -> HeaderFields:
    """The same, each value read when it is asked for; a date that names no zone is of `zone`."""
    found: dict[bytes, bytes] = {}
    block, body = _header(message)
    for name, value in _WANTED.findall(block):
        found.setdefault(name.lower(), value[:VALUE_LIMIT])
    fields = bool(found) or _FIELD.search(block) is not None
    # A picture has a line like "x:" somewhere. Where the first line is no field, only names that
    # mail uses show that a header follows.
    if fields and not _FIRST_FIELD.match(block):
        fields = _KNOWN_FIELD.search(block) is not None
    if fields and body > 0 and (b"from" not in found or b"date" not in found):
        for name, value in _behind_blank_line(message, body, found).items():
            found.setdefault(name, value)
    return HeaderFields(found, fields, zone)


def _behind_blank_line(message: bytes, body: int, found: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """Fields that stand behind blank lines which some program wrote into the header.

    Taken for the rest of a header are lines that are fields and nothing else up to the next blank
    line, if among them are two that mail has, and a sender or a date (which every mail has, RFC
    5322 3.6) that was missing so far. A mail quoted in the body names a date otherwise, or stands
    behind a line of text.
    """
    missing = {b"from", b"date"} - found.keys()
    rest: dict[bytes, bytes] = {}
    known = 0
    for _ in range(_STRAY_LINES):
        first = _FIRST_FIELD_BEHIND.match(message, body, body + _STRAY_BYTES)
        if first is None:
            break
        body = first.start(1)
        end = _END.search(message, body, body + _STRAY_BYTES)
        block = b"\n" + message[body : end.start() if end else body + _STRAY_BYTES]
        if not _ONLY_FIELDS.fullmatch(block):
            break
        known += sum(1 for _ in _KNOWN_FIELD.finditer(block))
        for match in _FIELD.finditer(block):
            if match.lastindex:
                rest.setdefault(match[1].lower(), match[2][:VALUE_LIMIT])
        if end is None:
            break
        body = end.end()
    return rest if known >= 2 and missing & rest.keys() else {}


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
