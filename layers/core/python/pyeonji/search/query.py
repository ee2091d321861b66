"""What a person asks for: `회의록 from:kim -초안 after:2024-03 has:attachment "분기 보고"`.

A query is a list of terms, all of which must hold, and bounds. A term is one canonical text that
must stand in a mail (or in one of its fields), or must not. Whether it does is decided twice: by
the words of the search file, which never miss a mail but may name too many, and, where they may
(`Term.exact` is False), by the text of the mail itself.

Keys are English or Korean; `docs/search.md` lists them.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from itertools import pairwise

from pyeonji.search.text import MailText
from pyeonji.search.words import (
    WORD_LENGTH,
    canonical,
    is_east_asian,
    phrase_pattern,
    runs_of,
)

QUERY_LENGTH = 500
"""Characters of a query."""

#: What stands before a word of one field in a search file: no word begins with such a sign.
FIELD_SIGNS = {"from": "«", "to": "»", "subject": "§", "filename": "¶"}

_FIELDS = {
    "from": "from", "보낸사람": "from", "보낸이": "from", "발신": "from", "발신자": "from",
    "to": "to", "cc": "to", "받는사람": "to", "받는이": "to", "수신": "to", "수신자": "to",
    "subject": "subject", "제목": "subject",
    "filename": "filename", "파일": "filename", "파일명": "filename", "파일이름": "filename",
    "첨부파일": "filename",
}  # fmt: skip
_BOUNDS = {
    "before": "before", "이전": "before",
    "after": "after", "이후": "after", "부터": "after",
    "larger": "larger", "크기": "larger", "초과": "larger",
    "smaller": "smaller", "미만": "smaller",
    "has": "has", "첨부": "has",
    "is": "is", "상태": "is",
}  # fmt: skip
_ATTACHMENT = frozenset({"attachment", "attachments", "첨부", "첨부파일", "있음"})
_FLAGS = {
    "unread": ("\\Seen", False), "안읽음": ("\\Seen", False), "읽지않음": ("\\Seen", False),
    "read": ("\\Seen", True), "읽음": ("\\Seen", True),
    "starred": ("\\Flagged", True), "flagged": ("\\Flagged", True), "별표": ("\\Flagged", True),
    "중요": ("\\Flagged", True),
    "answered": ("\\Answered", True), "답장함": ("\\Answered", True),
}  # fmt: skip

_QUOTES = '"\u201c\u201d\u201e\uff02'
_ITEM = re.compile(
    rf"(?P<minus>[-\u2212])?(?:(?P<key>[^\W\d_]+)[:\uff1a])?"
    rf"(?:[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}]?|(?P<word>[^\s{_QUOTES}]+))?"
)
_DATE = re.compile(r"(\d{4})(?:[-./년]\s*(\d{1,2})(?:[-./월]\s*(\d{1,2})일?)?월?)?[-./년월일]?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([kmg]?)(?:i?b|바이트)?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


class QueryError(ValueError):
    """A query that cannot be understood. `code` names the sentence, `value` the piece of it."""

    def __init__(self, code: str, value: str = "") -> None:
        super().__init__(f"{code}: {value}" if value else code)
        self.code = code
        self.value = value


@dataclass(frozen=True, slots=True)
class Term:
    """`text`, canonical, must stand in `field` ("" is anywhere), or must not (`minus`)."""

    text: str
    field: str = ""
    minus: bool = False

    @property
    def exact(self) -> bool:
        """Whether the words of a search file say all: one word, not cut, of two syllables at
        most. Three and more are the pairs of other words too often (42 to 61 of 100)."""
        if " " in self.text or len(list(runs_of(self.text))) > 1:
            return False
        return len(self.text) <= (2 if is_east_asian(self.text) else WORD_LENGTH)

    def expression(self) -> str:
        """The words of it, as FTS5 is asked for them."""
        sign = FIELD_SIGNS.get(self.field, "")
        asked: dict[str, None] = {}
        for run in runs_of(self.text):
            if not is_east_asian(run):
                asked[f'"{sign}{run[:WORD_LENGTH]}"'] = None
            elif len(run) == 1:
                # Alone, or the first of a pair: the beginning of some word.
                asked[f'"{sign}{run}"*'] = None
            else:
                for first, second in pairwise(run):
                    asked[f'"{sign}{first}{second}"'] = None
        return " AND ".join(asked)

    def holds(self, mail: MailText) -> bool:
        """Whether the mail is as the term wants it."""
        texts: tuple[str, ...]
        if self.field == "from":
            texts = (mail.sender,)
        elif self.field == "to":
            texts = (mail.recipients,)
        elif self.field == "subject":
            texts = (mail.subject,)
        elif self.field == "filename":
            texts = mail.files
        else:
            texts = (mail.subject, mail.sender, mail.recipients, *mail.files, mail.body)
        pattern = phrase_pattern(self.text)
        return any(pattern.search(canonical(text)) for text in texts) is not self.minus


@dataclass(frozen=True, slots=True)
class Query:
    """All of it must hold. Instants in epoch seconds, `after` included and `before` not; sizes
    in bytes, strictly; `flags` are (IMAP flag, whether it is set)."""

    terms: tuple[Term, ...] = ()
    after: int | None = None
    before: int | None = None
    larger: int | None = None
    smaller: int | None = None
    attachment: bool | None = None
    flags: tuple[tuple[str, bool], ...] = ()

    @property
    def exact(self) -> bool:
        """Whether a search file's answer needs no look at the mails themselves."""
        return all(term.exact for term in self.terms)

    def expression(self) -> str | None:
        """What must be there, for FTS5; None where the query names no such word."""
        asked = [term.expression() for term in self.terms if not term.minus]
        return " AND ".join(asked) if asked else None

    def exclusions(self) -> list[str]:
        """What must not be there, where the words alone can tell."""
        return [term.expression() for term in self.terms if term.minus and term.exact]

    def matches(self, mail: MailText) -> bool:
        """Whether the text of a mail is what was asked for; bounds and flags are not looked at."""
        return all(term.holds(mail) for term in self.terms)

    def allows(self, flags: tuple[str, ...]) -> bool:
        """Whether a mail with these IMAP flags may be in the answer."""
        there = {flag.lower() for flag in flags}
        return all((flag.lower() in there) is wanted for flag, wanted in self.flags)


def parse_query(source: str, zone: tzinfo) -> Query:
    """A query as a person types it; days begin in `zone`. Raises QueryError."""
    if len(source) > QUERY_LENGTH:
        raise QueryError("query_too_long")
    terms: dict[Term, None] = {}
    bounds: dict[str, int] = {}
    attachment: bool | None = None
    flags: dict[str, bool] = {}
    at = 0
    while at < len(source):
        match = _ITEM.match(source, at)
        assert match is not None, "every part of the pattern may be missing"
        at = max(match.end(), at + 1)
        minus = match["minus"] is not None
        key = (match["key"] or "").lower()
        value = match["phrase"] if match["phrase"] is not None else match["word"] or ""
        bound = _BOUNDS.get(key)
        if bound in ("before", "after"):
            bounds[bound] = _day(value, zone)
        elif bound in ("larger", "smaller"):
            bounds[bound] = _size(value)
        elif bound == "has":
            if value.lower() not in _ATTACHMENT | {"없음"}:
                raise QueryError("query_value", value)
            attachment = minus is (value == "없음")
        elif bound == "is":
            if value.lower() not in _FLAGS:
                raise QueryError("query_value", value)
            flag, wanted = _FLAGS[value.lower()]
            flags[flag] = wanted is not minus
        else:
            field = _FIELDS.get(key, "")
            # "http://…" or "회신:" are words like any other.
            text = canonical(value if field or not key else f"{key} {value}")
            if text:
                terms[Term(text, field, minus)] = None
            elif field:
                raise QueryError("query_value", key)
    if not (terms or bounds or flags or attachment is not None):
        raise QueryError("query_empty")
    return Query(
        terms=tuple(terms), attachment=attachment, flags=tuple(sorted(flags.items())), **bounds
    )


def _day(value: str, zone: tzinfo) -> int:
    match = _COMPACT_DATE.fullmatch(value) or _DATE.fullmatch(value.strip())
    if match is None:
        raise QueryError("query_date", value)
    year, month, day = (int(number) if number else 1 for number in match.groups())
    try:
        return int(datetime.combine(date(year, month, day), time(), zone).timestamp())
    except (ValueError, OverflowError):
        raise QueryError("query_date", value) from None


def _size(value: str) -> int:
    match = _SIZE.fullmatch(value.strip())
    if match is None:
        raise QueryError("query_size", value)
    return int(float(match[1]) * _UNITS[match[2].lower()])
