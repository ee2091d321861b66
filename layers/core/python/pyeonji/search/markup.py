"""The text a person reads of an HTML document, in one pass of bounded patterns.

Not a parser: hostile markup makes parsers take seconds (quadratic trees, levels without end), and
words need no tree. Every pattern here is linear in its input.
"""

import html
import re

#: Whose content is not read: found with their end by `_without_hidden`.
_HIDDEN = re.compile(r"<(?:!--|(script|style|title|template|textarea|xmp|iframe)\b)", re.IGNORECASE)
#: Tags inside a word: "회<b>의</b>" is one.
_INLINE = re.compile(
    r"</?(?:a|abbr|acronym|b|bdi|bdo|big|cite|code|del|dfn|em|font|i|ins|kbd|mark|nobr|o:p|q|s|samp"
    r"|small|span|strike|strong|sub|sup|tt|u|var|wbr)(?=[\s/>])[^<>]*+>",
    re.IGNORECASE,
)
# Looked ahead for the tag's end first: one that has none would be read again from every "alt".
_ALT = re.compile(
    r"<img\b(?=[^<>]*+>)[^<>]*?\salt\s*+=\s*+"
    r"(?:\"([^\"<>]*+)\"|'([^'<>]*+)'|([^\s\"'<>]++))[^<>]*+>",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*+>")
_SPACE = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")


def text_of_html(source: str) -> str:
    """The text, a line break where a block begins or ends, character references resolved.

    Pictures are their alternative text. Scripts, styles, comments and the title are no text; what
    is not closed hides what follows, as in a browser.
    """
    text = _without_hidden(source)
    # A line's end in the source is a space; only tags break lines.
    text = text.replace("\r", " ").replace("\n", " ")
    text = _INLINE.sub("", text)
    text = _ALT.sub(lambda match: f"\n{match[1] or match[2] or match[3] or ''}\n", text)
    text = _TAG.sub("\n", text)
    text = html.unescape(text)
    return _LINES.sub("\n", _SPACE.sub(" ", text)).strip()


def text_of_xml(source: str, line_end: str) -> str:
    """The text of Office's XML: `line_end`, a closing tag, ends a line, and no other tag does."""
    text = _TAG.sub("", source.replace(line_end, line_end + "\n"))
    return html.unescape(text)


def _without_hidden(source: str) -> str:
    kept: list[str] = []
    at = 0
    lower = ""
    while match := _HIDDEN.search(source, at):
        kept.append(source[at : match.start()])
        name = match[1]
        if name is None:
            end = source.find("-->", match.end())
            end = end + 3 if end >= 0 else -1
        else:
            # Only ASCII may change: elsewhere lower case can be longer, and places would move.
            lower = lower or source.translate(_LOWER)
            end = lower.find(f"</{name.lower()}", match.end())
        if end < 0:
            return "".join(kept)
        at = end
    kept.append(source[at:])
    return "".join(kept)


_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
