"""The piece of a mail's text that shows why it was found."""

import re
import unicodedata

from pyeonji.search.query import Query
from pyeonji.search.text import MailText
from pyeonji.search.words import phrase_pattern

SNIPPET_LENGTH = 160
"""Characters, about two lines of a list."""
_BEFORE = 40
_SPACE = re.compile(r"\s+")


def snippet_of(mail: MailText, query: Query) -> str:
    """Some of the body around the first term that stands there, else how the body begins."""
    body = mail.body
    for term in query.terms:
        if term.minus or term.field:
            continue
        # The canonical text has lost its places; this finds the same in the text itself.
        source = phrase_pattern(term.text).pattern.replace("\\ ", r"[\W_]+")
        text = (
            body if unicodedata.is_normalized("NFC", body) else unicodedata.normalize("NFC", body)
        )
        found = re.compile(source, re.IGNORECASE).search(text)
        if found:
            return _cut(text, found.start())
    return _cut(body, 0)


def _cut(text: str, at: int) -> str:
    start = max(0, at - _BEFORE)
    piece = text[start : start + 3 * SNIPPET_LENGTH]
    piece = _SPACE.sub(" ", piece).strip()
    shown = piece[:SNIPPET_LENGTH]
    return ("…" if start else "") + shown + ("…" if len(piece) > len(shown) else "")
