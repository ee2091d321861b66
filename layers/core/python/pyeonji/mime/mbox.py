"""A streaming reader of mbox files: bounded memory, resumable by offset, all four dialects.

A new message begins at a From_ line: "From " with a sender and a date, after a blank line (some
writers forget it, so a line of the exact old shape before a header will do). The dialects differ
in how a line of mail that begins so is kept apart:

- `mboxo` writes ">From " and cannot be undone: left as it stands.
- `mboxrd` puts one more ">" before "From ", ">From ", …: one is taken away. Gmail Takeout.
- `mboxcl` does as mboxrd and adds `Content-Length`.
- `mboxcl2` only adds `Content-Length` and quotes nothing.

`auto` is mboxcl2 where the first message has a `Content-Length` that lands on the next message
or the end, else mboxrd: a line ">From " was "From " in the mail almost always.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Literal

from pyeonji.mime.clock import parse_date
from pyeonji.mime.headers import HEADER_LIMIT, field_values

Dialect = Literal["auto", "mboxo", "mboxrd", "mboxcl", "mboxcl2"]

MESSAGE_LIMIT = 150 * 1024 * 1024
"""Bytes of one message that are loaded; `MessageLimitBytes` of the template by default."""

_BLOCK = 1024 * 1024
_LINE = 1024  # bytes of a From_ line, or of the line after it, that are looked at
_SNIFF = 4 * 1024 * 1024  # a first message longer than this shows `auto` nothing

_FROM = b"From "
_SEPARATOR = b"\nFrom "
# "From kim@acme.example Mon Jan  2 15:04:05 2006", and the same with a zone.
_EXACT_LINE = re.compile(
    rb"From \S+ +[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} \d{2}:\d{2}(?::\d{2})? "
    rb"(?:[A-Z]{3,4} |[+-]\d{4} )?\d{4}(?: [+-]\d{4})?\r?$"
)
# What git puts before a patch, always with this date: a patch inside a mail, never a new mail.
_PATCH_LINE = re.compile(rb"From [0-9a-f]{40} Mon Sep 17 00:00:00 2001\r?$")
_CLOCK_TIME = re.compile(rb"\d{1,2}:\d{2}")
_FIELD_LINE = re.compile(rb">?From |[!-9;-~]++[ \t]*+:")
_MAIL_FIELD_LINE = re.compile(
    rb"(?:from|to|cc|subject|date|received|return-path|delivered-to|reply-to|sender|status"
    rb"|message-id|mime-version|content-[!-9;-~]++|x-[!-9;-~]++|dkim-signature)[ \t]*+:",
    re.IGNORECASE,
)
_QUOTED = re.compile(rb"^>(?=>*+From )", re.MULTILINE)
_HEADER_END = re.compile(rb"\n\r?\n")
_CONTENT_LENGTH = re.compile(rb"\ncontent-length:[ \t]*+(\d{1,15})[ \t]*\r?(?=\n)", re.IGNORECASE)
_BLANK_LINES = re.compile(rb"(?:\r?\n)*+")
_LABEL = re.compile(r'\s*(?:"([^"]*)"|([^,]*))\s*(?:,|$)')


@dataclass(frozen=True, slots=True)
class MboxMessage:
    """One message of an mbox. Reading goes on at `offset + length`."""

    offset: int
    """Of its From_ line, in bytes from the start of the file."""
    length: int
    """Of all that belongs to it in the file, From_ line and blank line behind it included."""
    envelope: bytes
    """The From_ line without its line end; empty for text before the first one."""
    data: bytes | None
    """The message as it was before it was put in the mbox; None where it is over the limit."""

    @property
    def envelope_date(self) -> datetime | None:
        """What the From_ line says about when it came: no better than a file's time."""
        return parse_date(self.envelope)


def read_mbox(
    stream: BinaryIO, start: int = 0, dialect: Dialect = "auto", limit: int = MESSAGE_LIMIT
) -> Iterator[MboxMessage]:
    """The messages of an mbox from byte `start` on (0, or where an earlier message ended).

    The stream stands at its beginning, and need not be seekable; `auto` can look at the first
    message again only where it is. Holds one message of at most `limit` bytes (and a block), a
    larger one is passed over and reported with `data` None.
    """
    if dialect == "auto" and start and stream.seekable():
        stream.seek(0)
        dialect = _sniff(_Window(stream))
    if start and stream.seekable():
        stream.seek(start)
    else:
        _skip(stream, start)
    window = _Window(stream, start)
    if dialect == "auto":
        dialect = "mboxrd" if start else _sniff(window)
    while not window.empty():
        yield _next_message(window, dialect, limit)


def looks_like_mbox(head: bytes) -> bool:
    """Whether a file that begins so can be an mbox (a single mail may keep its From_ line too)."""
    return head.lstrip(b"\r\n").startswith(_FROM)


def gmail_labels(message: bytes) -> tuple[str, ...]:
    """The labels Gmail Takeout writes into a message (`X-Gmail-Labels`), without repetitions."""
    text = ",".join(field_values(message, "X-Gmail-Labels"))
    labels = (match[1] or match[2] or "" for match in _LABEL.finditer(text))
    return tuple(dict.fromkeys(label.strip() for label in labels if label.strip()))


class _Window:
    """The bytes of a stream from a position on, as far as they are needed."""

    def __init__(self, stream: BinaryIO, position: int = 0) -> None:
        self.position = position
        self.data = bytearray()
        self._stream = stream
        self._ended = False

    def fill(self, size: int) -> bool:
        """Whether `size` bytes are there; reads as many as that takes."""
        while len(self.data) < size and not self._ended:
            block = self._stream.read(max(_BLOCK, size - len(self.data)))
            self._ended = not block
            self.data += block
        return len(self.data) >= size

    def drop(self, size: int) -> None:
        del self.data[:size]
        self.position += size

    def empty(self) -> bool:
        return not self.fill(1)


def _skip(stream: BinaryIO, size: int) -> None:
    while size > 0:
        block = stream.read(min(_BLOCK, size))
        if not block:
            return
        size -= len(block)


def _sniff(window: _Window) -> Dialect:
    body = _first_line_end(window)
    return "mboxcl2" if _by_content_length(window, body, _SNIFF) else "mboxrd"


def _next_message(window: _Window, dialect: Dialect, limit: int) -> MboxMessage:
    offset = window.position
    body = _first_line_end(window)
    envelope = bytes(window.data[:body]).strip()
    end = None
    if dialect in ("mboxcl", "mboxcl2"):
        end = _by_content_length(window, body, limit)
    if end is None:
        end = _by_separator(window, body, limit)
    if end is None:
        return MboxMessage(offset, _pass_over(window), envelope, None)
    data = _message(memoryview(window.data)[body:end].tobytes(), dialect)
    window.drop(end)
    return MboxMessage(offset, end, envelope, data if len(data) <= limit else None)


def _first_line_end(window: _Window) -> int:
    """Where the message begins: behind the From_ line (and blank lines before it), if any."""
    window.fill(_LINE)
    blank = _BLANK_LINES.match(window.data)
    start = blank.end() if blank else 0
    if not window.data.startswith(_FROM, start):
        return 0
    end = window.data.find(b"\n", start)
    return len(window.data) if end < 0 else end + 1


def _by_separator(window: _Window, body: int, limit: int) -> int | None:
    """Where the next message's From_ line begins, or the file ends; None beyond the limit."""
    # The line end before the body is part of a blank line, if the message is empty.
    position = max(body - 1, 0)
    while True:
        found = window.data.find(_SEPARATOR, position)
        if found < 0:
            if len(window.data) - body > limit + _LINE:
                return None
            position = max(len(window.data) - len(_SEPARATOR), body - 1, 0)
            if not window.fill(len(window.data) + 1):
                return len(window.data)
        elif _is_separator(window, found + 1):
            return found + 1
        else:
            position = found + 1


def _is_separator(window: _Window, start: int) -> bool:
    """Whether the "From " here begins a message: by itself, what is before it and behind it."""
    window.fill(start + 2 * _LINE)
    line_end = window.data.find(b"\n", start, start + _LINE)
    if line_end < 0:  # the last line of the file, or one too long to be this
        line_end = len(window.data)
        if line_end >= start + _LINE:
            return False
    line = bytes(window.data[start:line_end])
    after = bytes(window.data[line_end + 1 : line_end + 1 + _LINE])
    if _PATCH_LINE.match(line) and not _PATCH_LINE.match(bytes(window.data[: len(line)])):
        return False
    before = bytes(window.data[max(start - 3, 0) : start])
    if not before.endswith((b"\n\n", b"\n\r\n")):
        return bool(_EXACT_LINE.match(line) and _MAIL_FIELD_LINE.match(after))
    if _CLOCK_TIME.search(line):
        return after[:1] in b"\r\n" or bool(_FIELD_LINE.match(after))
    return len(line.split()) == 2 and bool(_MAIL_FIELD_LINE.match(after))


def _by_content_length(window: _Window, body: int, limit: int) -> int | None:
    """Where the message ends by its own `Content-Length`, if that is a From_ line or the end."""
    window.fill(body + HEADER_LIMIT)
    header = _HEADER_END.search(window.data, max(body - 1, 0), body + HEADER_LIMIT)
    if header is None:
        return None
    field = _CONTENT_LENGTH.search(window.data, max(body - 1, 0), header.end())
    if field is None or int(field[1]) > limit:
        return None
    end = header.end() + int(field[1])
    window.fill(end + _LINE)
    if len(window.data) < end:
        return None
    blank = _BLANK_LINES.match(window.data, end)
    following = blank.end() if blank else end
    if following == len(window.data) or window.data.startswith(_FROM, following):
        return following
    return None


def _pass_over(window: _Window) -> int:
    """Drops a message that is too large to hold; its length."""
    begin = window.position
    while True:
        found = window.data.find(_SEPARATOR, 2)
        while found >= 0 and not _is_separator(window, found + 1):
            found = window.data.find(_SEPARATOR, found + 1)
        if found >= 0:
            window.drop(found + 1)
            return window.position - begin
        # Kept: what may be the beginning of a separator and the blank line before it.
        window.drop(max(len(window.data) - len(_SEPARATOR) - 3, 0))
        if not window.fill(len(window.data) + 1):
            window.drop(len(window.data))
            return window.position - begin


def _message(data: bytes, dialect: Dialect) -> bytes:
    """The message without the blank line behind it and the quoting of its dialect."""
    if data.endswith((b"\n\r\n", b"\n\n")):
        data = data[:-2] if data.endswith(b"\r\n") else data[:-1]
    elif data in (b"\n", b"\r\n"):
        data = b""
    if dialect in ("mboxrd", "mboxcl") and b">From " in data:
        data = _QUOTED.sub(b"", data)
    return data
