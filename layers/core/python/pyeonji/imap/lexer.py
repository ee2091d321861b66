"""IMAP answers: bytes to values, and values to bytes (RFC 3501, section 9)."""

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from pyeonji.imap.errors import UnreadableError

#: Nested deeper than any answer we ask for; bounds what a hostile server can make us build.
MAX_DEPTH = 16

# Groups: 1 atom, 2 quoted, 3 open, 4 close; told apart by number, which is quicker than by name.
_TOKEN = re.compile(
    rb'\s*(?:((?:[^\s()"\[]|\[[^\]]*\])+)|"((?:[^"\\]|\\.)*)"|(\()|(\)))', re.DOTALL
)
_ATOM, _QUOTED, _OPEN = 1, 2, 3
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_LITERAL = re.compile(rb"~?\{(\d{1,20})\+?\}\r?\n\Z")
_STATUS = re.compile(rb"\S+ (?:OK|NO|BAD|BYE|PREAUTH)\b", re.IGNORECASE)
_CODE = re.compile(rb"\[([^\]\s]+)(?: ([^\]]*))?\]")
_DATE = re.compile(rb" ?(\d{1,2})-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\Z")
_MONTHS = {
    name: number
    for number, name in enumerate(
        b"jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1
    )
}


@dataclass(frozen=True, slots=True)
class Oversized:
    """A literal that was larger than we read; `size` in bytes. It was skipped."""

    size: int


Value = bytes | None | Oversized | list["Value"]


def literal_at_end(line: bytes) -> int | None:
    """The size of the literal that follows `line`, None if none does.

    A status line is human text and may end in anything.
    """
    if not line.endswith(b"}\r\n") and not line.endswith(b"}\n"):
        return None
    match = _LITERAL.search(line)
    if match is None or _STATUS.match(line):
        return None
    return int(match[1])


def without_literal(line: bytes) -> bytes:
    """`line` up to the announcement of its literal."""
    return _LITERAL.sub(b"", line)


def parse(parts: list[bytes | Oversized]) -> list[Value]:
    """The values of a response; `parts` alternates text and literal, text first.

    Raises UnreadableError for text that is no IMAP.
    """
    top: list[Value] = []
    stack = [top]
    token = _TOKEN.match
    for index, part in enumerate(parts):
        if index % 2:
            top.append(part)
            continue
        assert isinstance(part, bytes)
        text = part.strip()
        position, end = 0, len(text)
        while position < end:
            match = token(text, position)
            if match is None:
                raise UnreadableError
            position = match.end()
            kind = match.lastindex
            if kind == _ATOM:
                atom = match[1]
                top.append(None if len(atom) == 3 and atom.upper() == b"NIL" else atom)
            elif kind == _QUOTED:
                quoted_text = match[2]
                if b"\\" in quoted_text:
                    quoted_text = _ESCAPED.sub(rb"\1", quoted_text)
                top.append(quoted_text)
            elif kind == _OPEN:
                inner: list[Value] = []
                top.append(inner)
                stack.append(inner)
                top = inner
                if len(stack) > MAX_DEPTH:
                    raise UnreadableError
            else:
                stack.pop()
                if not stack:
                    raise UnreadableError
                top = stack[-1]
    if len(stack) != 1:
        raise UnreadableError
    return stack[0]


def pairs(items: Value) -> dict[bytes, Value]:
    """`(UID 4 FLAGS (\\Seen))` as a dict with upper-case keys."""
    if not isinstance(items, list) or len(items) % 2:
        raise UnreadableError
    found: dict[bytes, Value] = {}
    for name, value in zip(items[::2], items[1::2], strict=True):
        if not isinstance(name, bytes):
            raise UnreadableError
        found[name.upper()] = value
    return found


def number(value: Value) -> int:
    """A number of at most 20 digits."""
    if not isinstance(value, bytes) or not value.isdigit() or len(value) > 20:
        raise UnreadableError
    return int(value)


def response_code(text: bytes) -> tuple[str, bytes]:
    """`[UIDVALIDITY 3] …` as `("UIDVALIDITY", b"3")`; empty strings when there is none."""
    match = _CODE.match(text.strip())
    if match is None:
        return "", b""
    return match[1].decode("ascii", "replace").upper(), match[2] or b""


def internal_date(value: Value) -> datetime | None:
    """`17-Jul-1996 02:44:25 -0700` in UTC; None for anything that is no date."""
    match = _DATE.match(value) if isinstance(value, bytes) else None
    month = _MONTHS.get(match[2].lower()) if match else None
    if match is None or month is None:
        return None
    minutes = int(match[8]) * 60 + int(match[9])
    offset = timedelta(minutes=minutes if match[7] == b"+" else -minutes)
    try:
        local = datetime(
            int(match[3]), month, int(match[1]), int(match[4]), int(match[5]), int(match[6]),
            tzinfo=timezone(offset),
        )  # fmt: skip
        return local.astimezone(UTC)
    except (ValueError, OverflowError):  # 31 February, +99:99, year 0
        return None


def quoted(text: str) -> bytes | None:
    """`text` as a quoted string; None when it needs a literal."""
    if not text.isascii() or any(ord(character) < 32 or character == "\x7f" for character in text):
        return None
    return b'"' + text.replace("\\", "\\\\").replace('"', '\\"').encode("ascii") + b'"'


def uid_set(uids: list[int]) -> bytes:
    """Sorted uids as `1:3,7`."""
    runs: list[list[int]] = []
    for uid in uids:
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return b",".join(b"%d" % a if a == b else b"%d:%d" % (a, b) for a, b in runs)


def decode_name(name: bytes) -> str:
    """A mailbox name from modified UTF-7 (RFC 3501, 5.1.3). Raw 8-bit names, which no rule allows
    and Korean servers have, are UTF-8 where they decode as such, else CP949."""
    if not name.isascii():
        for encoding in ("utf-8", "cp949"):
            try:
                return name.decode(encoding)
            except UnicodeDecodeError:
                continue
        return name.decode("utf-8", "replace")
    text = name.decode("ascii")
    out: list[str] = []
    position = 0
    while (ampersand := text.find("&", position)) >= 0:
        out.append(text[position:ampersand])
        end = text.find("-", ampersand)
        if end < 0:
            return text
        coded = text[ampersand + 1 : end]
        if not coded:
            out.append("&")
        else:
            try:
                raw = base64.b64decode(coded.replace(",", "/") + "=" * (-len(coded) % 4))
                out.append(raw.decode("utf-16-be"))
            except ValueError:  # not modified UTF-7 after all: show what is there
                return text
        position = end + 1
    out.append(text[position:])
    return "".join(out)


def encode_name(text: str) -> bytes:
    """The inverse of `decode_name`."""
    out: list[bytes] = []
    for run in re.findall(r"[\x20-\x25\x27-\x7e]+|&|[^\x20-\x7e]+", text):
        if run == "&":
            out.append(b"&-")
        elif run.isascii() and run.isprintable():
            out.append(run.encode("ascii"))
        else:
            coded = base64.b64encode(run.encode("utf-16-be")).rstrip(b"=").replace(b"/", b",")
            out.append(b"&" + coded + b"-")
    return b"".join(out)
