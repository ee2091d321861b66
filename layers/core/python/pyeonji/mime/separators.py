"""Which lines of an mbox begin a message: the rule, and the reason for each part of it.

mbox has no grammar. A message begins at a From_ line, and a paragraph of a mail may begin with
"From " as well, so a line is believed by three things together:

1. *Before it*, a blank line (or the file's beginning): every writer ends a message with one. Only
   a From_ line of the exact old shape, and Thunderbird's bare one, are believed without.
2. *Its own shape*: with a date (`From kim@acme.example Mon Jan  2 15:04:05 2006`, and looser), a
   sender alone (`From MAILER-DAEMON`), bare (`From ` and nothing else: Thunderbird since 115), or
   torn (any beginning of the dated shape: a writer that was stopped). Prose has none of these
   shapes: `From now on we meet at ten` has neither a date nor the form of one.
3. *Behind it*, header fields: a message begins with its header. The less the line says by itself,
   the more its fields must say.

A line that fulfils all three is a separator, also where it is a quotation of one: writers put ">"
before a line of content that begins so, and taking a real separator for content makes one mail of
many, while the other error makes two mails of one with no byte lost. A header that is quoted
without a From_ line ("From: …" after a blank line, as Outlook quotes) is content.

Line ends are LF, CRLF or CR, and each file may have all of them; a byte order mark may stand
before a From_ line, where files were joined.
"""

import re

LINE_LIMIT = 1024
"""Bytes of a From_ line; a longer one is text."""

LOOKAHEAD = 4 * LINE_LIMIT
"""Bytes from a candidate on that `is_separator` may look at."""

LOOKBEHIND = 16
"""Bytes before a candidate that it may look at: a byte order mark and two line ends."""

# The engine finds a pattern fast (a gigabyte a second) that begins with a literal.
_CANDIDATE = re.compile(rb"From(?<=[\r\n\xbf]From)[ \t\r\n]")
BOM = b"\xef\xbb\xbf"

_LINE = re.compile(rb"[^\r\n]*+")
_LINE_END = re.compile(rb"\r*\n|\r")
# Two line ends; "\r\n" is one, and so is "\r\r\n", which bad conversions leave.
_BLANK_BEFORE = re.compile(rb"(?:\n\r*\n|[\r\n]\r)\Z")

_WEEKDAY_MONTH_DAY = rb"[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2}"
# "From kim@acme.example Mon Jan  2 15:04:05 2006", and the same with a zone.
_EXACT = re.compile(
    rb"From \S+ +" + _WEEKDAY_MONTH_DAY + rb" \d{2}:\d{2}(?::\d{2})? "
    rb"(?:[A-Z]{3,4} |[+-]\d{4} )?\d{4}(?: [+-]\d{4})?"
)
_CLOCK_TIME = re.compile(rb"\d{1,2}:\d{2}")
_YEAR_OR_MONTH = re.compile(
    rb"\b(?:(?:19|20)\d\d|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*)\b"
)
_BARE = re.compile(rb"From[ \t]*")
# The exact shape, cut off anywhere behind its sender.
_TORN = re.compile(
    rb"From \S+ +[A-Z][a-z]{0,2}(?: (?:[A-Z][a-z]{0,2}(?: +(?:\d{1,2}(?: [\d:]{0,8}[ \d]*)?)?)?)?)?"
)
_SENDER = re.compile(rb"From (?:[^\s@]+@\S+|MAILER-DAEMON|-)[ \t]*")
_WORD = re.compile(rb"From \S+[ \t]*")
# What is left of the exact shape, or of the bare one, when its beginning is cut off.
_TORN_HEAD = re.compile(
    rb"r?o?m[ \t]*"
    rb"| *(?:(?:(?:r?o?m +)?\S+ +)?(?:[A-Za-z]{1,3} +){1,2}\d{1,2} +|\d{1,2} +)?(?:[\d:]{1,8} +)?"
    rb"(?:[A-Z]{3,4} |[+-]\d{4} )?\d{1,4}(?: [+-]\d{4})?[ \t]*"
)

# What git puts before a patch, always with this date: a patch inside a mail, never a new mail.
_PATCH = re.compile(rb"From [0-9a-f]{40} Mon Sep 17 00:00:00 2001")

_FIELD = re.compile(rb">?From |[!-9;-~]++[ \t]*+:")
_MAIL_FIELD = re.compile(
    rb"(?:from|to|cc|bcc|subject|date|received|return-path|delivered-to|reply-to|sender|status"
    rb"|message-id|in-reply-to|references|mime-version|content-[!-9;-~]++|x-[!-9;-~]++"
    rb"|dkim-signature|arc-[!-9;-~]++|authentication-results|received-spf|envelope-to|list-[!-9;-~]++"
    rb"|thread-[!-9;-~]++|importance|precedence|user-agent)[ \t]*+:",
    re.IGNORECASE,
)
_THUNDERBIRD = re.compile(rb"x-mozilla-status2?:", re.IGNORECASE)


def find_candidate(data: bytes | bytearray, position: int) -> tuple[int, int]:
    """Where, from `position` on, the next line begins that may be a From_ line, and where to look
    for the one after it; -1 for nowhere.

    It is a line's first byte: the first of its byte order marks if there are any, else the "F".
    """
    for match in _CANDIDATE.finditer(data, position):
        start = match.start()
        while data[max(start - 3, 0) : start] == BOM:
            start -= 3
        if start and data[start - 1] in b"\r\n":
            return start, match.end()
    return -1, len(data)


def is_separator(data: bytes | bytearray, start: int, *, patches: bool = False) -> bool:
    """Whether the line at `start`, found by `find_candidate`, begins a message.

    `data` holds `LOOKBEHIND` bytes before it and `LOOKAHEAD` from it on, or all there are.
    `patches`: the message before began with git's line, so such a line begins the next one.
    """
    begin = start
    while data.startswith(BOM, begin):
        begin += 3
    line, behind = _line_at(data, begin)
    if line is None or (is_patch(line) and not patches):
        return False
    fields = _Fields(bytes(data[behind : start + LOOKAHEAD]))
    exact = _EXACT.fullmatch(line) is not None
    if not _BLANK_BEFORE.search(data, max(start - LOOKBEHIND, 0), start):
        return fields.mail_first if exact else bool(_BARE.fullmatch(line)) and fields.thunderbird
    if exact:
        return fields.first or fields.nothing
    if _BARE.fullmatch(line) or _SENDER.fullmatch(line) or _TORN.fullmatch(line):
        return fields.mail_first or fields.header
    if _CLOCK_TIME.search(line) and _YEAR_OR_MONTH.search(line):
        return fields.header
    return _WORD.fullmatch(line) is not None and fields.known >= 2


def first_line(data: bytes | bytearray) -> tuple[int, int]:
    """Where the first From_ line of a file stands, and where the message behind it begins.

    The blank lines and byte order marks before it are passed over. Both are 0 where the file
    begins with something else. A line whose beginning is missing (the file was cut) is one too,
    if header fields follow.
    """
    start = 0
    while data.startswith((BOM, b"\r", b"\n"), start):
        start += 3 if data.startswith(BOM, start) else 1
    line, behind = _line_at(data, start)
    if line is None:
        return 0, 0
    if line.startswith(b"From ") or line == b"From":
        return start, behind
    if _TORN_HEAD.fullmatch(line) and _Fields(bytes(data[behind:LOOKAHEAD])).known >= 2:
        return start, behind
    return 0, 0


def is_patch(line: bytes) -> bool:
    """Whether a From_ line is the one that git puts before a patch."""
    return _PATCH.fullmatch(line) is not None


def _line_at(data: bytes | bytearray, start: int) -> tuple[bytes | None, int]:
    """The line there and where the next one begins; None if it is too long."""
    match = _LINE.match(data, start, start + LINE_LIMIT)
    end = match.end() if match else start
    if end - start >= LINE_LIMIT:
        return None, start
    line_end = _LINE_END.match(data, end)
    return bytes(data[start:end]), line_end.end() if line_end else end


class _Fields:
    """What the lines behind a candidate are."""

    def __init__(self, text: bytes) -> None:
        lines = _LINE_END.split(text, maxsplit=20)
        first = lines[0]
        self.nothing = not first
        """A blank line, or the end."""
        self.first = bool(_FIELD.match(first))
        self.mail_first = bool(_MAIL_FIELD.match(first))
        self.thunderbird = bool(_THUNDERBIRD.match(first))
        self.known = 0
        """Fields that mail has, up to the first line that is none."""
        fields = 0
        whole = True
        for line in lines:
            if not line:
                break
            if _FIELD.match(line):
                fields += 1
                self.known += bool(_MAIL_FIELD.match(line))
            elif not (fields and line[:1] in b" \t"):
                whole = False
                break
        self.header = bool(self.known) and (whole or self.known >= 2)
        """A header up to its blank line (as far as is looked), or two fields of mail at least."""
