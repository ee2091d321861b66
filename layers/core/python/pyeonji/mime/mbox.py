"""A streaming reader of mbox files: bounded memory, resumable by offset, all four dialects.

Which line begins a message is told in `separators`. The dialects differ in how a line of mail
that begins like one is kept apart:

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
from pyeonji.mime.headers import field_values
from pyeonji.mime.separators import (
    LINE_LIMIT,
    LOOKAHEAD,
    LOOKBEHIND,
    find_candidate,
    first_line,
    is_patch,
    is_separator,
)

Dialect = Literal["auto", "mboxo", "mboxrd", "mboxcl", "mboxcl2"]

MESSAGE_LIMIT = 150 * 1024 * 1024
"""Bytes of one message that are loaded; `MessageLimitBytes` of the template by default."""

_BLOCK = 1024 * 1024
_HEADER = 256 * 1024  # bytes in which a message's `Content-Length` is looked for
_SNIFF = 4 * 1024 * 1024  # a first message longer than this shows `auto` nothing

_QUOTED = re.compile(rb"^>(?=>*+From )", re.MULTILINE)
_QUOTED_CR = re.compile(rb"(?:(?<=\r)|\A)>(?=>*+From )")
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
    """Whether a file that begins so can be an mbox (a single mail may keep its From_ line too).

    `head` is the file's first `separators.LOOKAHEAD` bytes: with fewer, a From_ line whose
    beginning is missing is not known by the header behind it.
    """
    return first_line(head)[1] > 0


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
    body = _first_line(window)[1]
    return "mboxcl2" if _by_content_length(window, body, _SNIFF) else "mboxrd"


def _next_message(window: _Window, dialect: Dialect, limit: int) -> MboxMessage:
    offset = window.position
    line, body = _first_line(window)
    envelope = bytes(window.data[line:body]).strip()
    end = None
    if dialect in ("mboxcl", "mboxcl2"):
        end = _by_content_length(window, body, limit)
    if end is None:
        patches = is_patch(envelope)
        end = _by_separator(window, body, limit, patches=patches)
        if end is None:
            return MboxMessage(offset, _pass_over(window, patches=patches), envelope, None)
    data = _message(memoryview(window.data)[body:end].tobytes(), dialect)
    window.drop(end)
    return MboxMessage(offset, end, envelope, data if len(data) <= limit else None)


def _first_line(window: _Window) -> tuple[int, int]:
    window.fill(LOOKAHEAD)
    return first_line(window.data)


def _by_separator(window: _Window, body: int, limit: int, *, patches: bool) -> int | None:
    """Where the next message's From_ line begins, or the file ends; None beyond the limit."""
    # The line end before the body is part of a blank line, if the message is empty.
    position = body
    while True:
        found, behind = find_candidate(window.data, position)
        if found < 0:
            if len(window.data) - body > limit + LINE_LIMIT:
                return None
            position = max(len(window.data) - LOOKBEHIND, body)
            if not window.fill(len(window.data) + 1):
                return len(window.data)
        else:
            window.fill(found + LOOKAHEAD)
            if found and is_separator(window.data, found, patches=patches):
                return found
            position = behind


def _by_content_length(window: _Window, body: int, limit: int) -> int | None:
    """Where the message ends by its own `Content-Length`, if that is a From_ line or the end."""
    window.fill(body + _HEADER)
    header = _HEADER_END.search(window.data, max(body - 1, 0), body + _HEADER)
    if header is None:
        return None
    field = _CONTENT_LENGTH.search(window.data, max(body - 1, 0), header.end())
    if field is None or int(field[1]) > limit:
        return None
    end = header.end() + int(field[1])
    window.fill(end + LINE_LIMIT)
    if len(window.data) < end:
        return None
    blank = _BLANK_LINES.match(window.data, end)
    following = blank.end() if blank else end
    if following == len(window.data) or window.data.startswith(b"From ", following):
        return following
    return None


def _pass_over(window: _Window, *, patches: bool) -> int:
    """Drops a message that is too large to hold; its length."""
    begin = window.position
    position = LOOKBEHIND
    while True:
        found, behind = find_candidate(window.data, position)
        if found >= 0:
            window.fill(found + LOOKAHEAD)
            if is_separator(window.data, found, patches=patches):
                window.drop(found)
                return window.position - begin
            position = behind
            continue
        # Kept: what may be the beginning of a From_ line, and what is looked at before it.
        window.drop(max(len(window.data) - 2 * LOOKBEHIND, 0))
        position = min(LOOKBEHIND, len(window.data))
        if not window.fill(len(window.data) + 1):
            window.drop(len(window.data))
            return window.position - begin


def _message(data: bytes, dialect: Dialect) -> bytes:
    """The message without the blank line behind it and the quoting of its dialect."""
    cr_lines = b"\n" not in data
    if data.endswith((b"\n\r\n", b"\n\n")):
        data = data[:-2] if data.endswith(b"\r\n") else data[:-1]
    elif cr_lines and data.endswith(b"\r\r"):
        data = data[:-1]
    elif data in (b"\n", b"\r\n", b"\r"):
        data = b""
    if dialect in ("mboxrd", "mboxcl") and b">From " in data:
        data = (_QUOTED_CR if cr_lines else _QUOTED).sub(b"", data)
    return data
