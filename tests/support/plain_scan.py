"""What a search must find, decided without any of the search's own code: the standard library's
`email` and `html.parser` read each mail, and a query is looked for in the text as it stands."""

import base64
import codecs
import email
import email.message
import random
import re
import unicodedata
from collections.abc import Iterator, Sequence
from email.header import decode_header
from html.parser import HTMLParser

# fmt: off
_BLOCKS = frozenset({
    "p", "div", "br", "tr", "td", "th", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "pre", "blockquote", "body", "html", "center", "dt", "dd", "dl", "img", "input",
    "button", "form", "fieldset", "legend", "select", "option", "caption", "thead", "tbody",
    "tfoot", "map", "area", "address", "section", "article", "header", "footer", "nav", "figure",
    "label", "object", "param", "iframe", "embed", "meta", "link", "basefont", "base", "title",
    "style", "script", "head", "col", "colgroup",
})
# fmt: on
_HIDDEN = frozenset(("script", "style", "title", "template", "textarea", "xmp", "iframe"))
_FIELDS = frozenset(("subject", "from", "to", "cc", "bcc"))
_FALLBACKS = ("utf-8", "cp949")


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self.hidden += 1
        if tag in _BLOCKS:
            self.pieces.append("\n")
        if tag == "img":
            self.pieces.append(f"{dict(attrs).get('alt') or ''}\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in _HIDDEN:
            self.hidden -= 1

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN and self.hidden:
            self.hidden -= 1
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.pieces.append(data)


def _decode(data: bytes, charset: str | None) -> str:
    labels = [charset] if charset and charset.lower() not in ("us-ascii", "ascii") else []
    for label in (*labels, *_FALLBACKS):
        try:
            name = codecs.lookup(label.strip("\"' ")).name
            return data.decode({"euc_kr": "cp949", "gb2312": "gb18030"}.get(name, name))
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1")


def _header(value: object) -> str:
    text = str(value).encode("utf-8", "surrogateescape").replace(b"\r", b"").replace(b"\n", b"")
    try:
        pieces = decode_header(text.decode("latin-1"))
    except (ValueError, LookupError):
        return _decode(text, None)
    out = []
    for piece, charset in pieces:
        raw = piece if isinstance(piece, bytes) else piece.encode("latin-1", "replace")
        out.append(_decode(raw, charset))
    return " ".join(out)


def _walk(parsed: email.message.Message) -> Iterator[email.message.Message]:
    """Every part. A message attached in base64, which RFC 2045 forbids and mailers do, `email`
    takes for a message whose text is the digits."""
    yield parsed
    if parsed.get_content_type() == "message/rfc822" and "base64" in str(
        parsed.get("content-transfer-encoding", "")
    ):
        digits = parsed.as_bytes().partition(b"\n\n")[2].replace(b"\r", b"")
        yield from _walk(email.message_from_bytes(base64.b64decode(digits)))
        return
    if parsed.is_multipart():
        for part in parsed.get_payload():
            assert isinstance(part, email.message.Message)
            yield from _walk(part)


def scan_text(message: bytes) -> str:
    """All text of a mail, composed and in lower case. Raises where `email` does."""
    parsed = email.message_from_bytes(message)
    pieces: list[str] = []
    for part in _walk(parsed):
        pieces += [_header(value) for name, value in part.raw_items() if name.lower() in _FIELDS]
        filename = part.get_filename()
        if filename:
            pieces.append(_header(filename))
        if part.get_content_maintype() == "text" and not part.is_multipart():
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            text = _decode(payload, part.get_content_charset())
            if part.get_content_subtype() == "html":
                reader = _Text()
                reader.feed(text)
                reader.close()
                text = "".join(reader.pieces)
            pieces.append(text)
    return unicodedata.normalize("NFC", "\n".join(pieces)).lower()


_KOREAN = re.compile("[가-힣]{2,}")
_ENGLISH = re.compile("(?<![^\\W_])[a-z]{3,}(?![^\\W_])")


def queries_of(texts: Sequence[str], count: int, seed: int) -> list[tuple[str, str]]:
    """`count` queries of two syllables or more that occur: (what is typed, what stands there).

    Half of them Korean where there is Korean, of two to five syllables out of a word; the others
    words of English; every sixth a phrase of two words.
    """
    rng = random.Random(seed)
    korean = sorted({word for text in texts for word in _KOREAN.findall(text)})
    english = sorted({word for text in texts for word in _ENGLISH.findall(text)})
    pairs = sorted({m[0] for text in texts for m in re.finditer("[가-힣]{2,} [가-힣]{2,}", text)})
    found: list[tuple[str, str]] = []
    while len(found) < count:
        turn = len(found) % 6
        if turn == 0 and pairs:
            phrase = rng.choice(pairs)
            found.append((f'"{phrase}"', phrase))
        elif turn % 2 and korean:
            word = rng.choice(korean)
            length = rng.randint(2, min(5, len(word)))
            start = rng.randint(0, len(word) - length)
            piece = word[start : start + length]
            found.append((piece, piece))
        else:
            word = rng.choice(english)
            found.append((word, word))
    return found


def occurs(wanted: str, text: str) -> bool:
    """Whether `wanted` stands in a scanned text: Korean anywhere, other words whole; the words of
    a phrase next to each other, whatever punctuation or line end is between them."""
    if wanted not in text and " " not in wanted:
        return False
    edge = "" if _KOREAN.match(wanted) else r"(?<![^\W_\u3131-\u318e가-힣一-鿿ぁ-ヺー])"
    end = "" if _KOREAN.match(wanted[-1] * 2) else r"(?![^\W_\u3131-\u318e가-힣一-鿿ぁ-ヺー])"
    pattern = r"[\W_]+".join(re.escape(word) for word in wanted.split(" "))
    return re.search(edge + pattern + end, text) is not None
