"""Finding the replies of a server in the bytes that arrive, literals included."""

from dataclasses import dataclass

from pyeonji.imap import lexer
from pyeonji.imap.errors import UnreadableError

#: A line is human text or a short answer; nothing that is asked for has a longer one.
LINE_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """One response. `parts` alternates text and literals, text first; `tag` is `*`, `+` or a
    command's."""

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


class ReplyReader:
    """Takes bytes in any pieces and hands out replies. Holds at most one reply and what was fed.

    A literal of more than `literal_limit` bytes is passed over and stands as `lexer.Oversized`.
    """

    def __init__(self, literal_limit: int):
        self._limit = literal_limit
        self._buffer = bytearray()
        self._at = 0
        self._searched = 0
        self._tag: bytes | None = None
        self._parts: list[bytes | lexer.Oversized] = []
        self._pieces: list[bytes] = []
        self._literal: int | None = None
        self._missing = 0

    def feed(self, data: bytes) -> None:
        """More of what arrived."""
        if self._at:
            del self._buffer[: self._at]
            self._searched -= self._at
            self._at = 0
        self._buffer += data

    def next(self) -> Reply | None:
        """The next reply, None where it is not all there yet. Raises UnreadableError."""
        while True:
            if self._literal is not None and not self._literal_read():
                return None
            line = self._line()
            if line is None:
                return None
            size = lexer.literal_at_end(line)  # with its tag: a status line is human text
            if self._tag is None:
                tag, _, line = line.partition(b" ")
                self._tag = tag.strip()
            if size is None:
                self._parts.append(line)
                reply = Reply(self._tag, self._parts)
                self._tag, self._parts = None, []
                return reply
            self._parts.append(lexer.without_literal(line))
            self._literal = self._missing = size

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\n", max(self._at, self._searched))
        if end < 0:
            self._searched = len(self._buffer)
            if self._searched - self._at > LINE_LIMIT:
                raise UnreadableError
            return None
        if end - self._at > LINE_LIMIT:
            raise UnreadableError
        line = bytes(self._buffer[self._at : end + 1])
        self._at = self._searched = end + 1
        return line

    def _literal_read(self) -> bool:
        """Whether the literal that is being read is complete."""
        assert self._literal is not None
        end = min(self._at + self._missing, len(self._buffer))
        fits = self._literal <= self._limit
        if fits:
            self._pieces.append(bytes(memoryview(self._buffer)[self._at : end]))
        self._missing -= end - self._at
        self._at = self._searched = end
        if self._missing:
            return False
        self._parts.append(b"".join(self._pieces) if fits else lexer.Oversized(self._literal))
        self._pieces, self._literal = [], None
        return True
