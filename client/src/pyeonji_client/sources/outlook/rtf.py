"""Outlook's compressed RTF, and the HTML or text that stands in it.

Decompression is [MS-OXRTFCP]; HTML inside RTF is [MS-OXRTFEX]: `\\fromhtml1`, tags in `\\htmltag`
groups, what is only for RTF between `\\htmlrtf` and `\\htmlrtf0`.
"""

import re
import struct

from .properties import decoded

#: RTF of a mail is never larger; bounds what a crafted header may ask for.
LIMIT = 64 * 1024 * 1024
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])"
    rb"|[\r\n]+|([^\\{}\r\n]+)"
)
#: Groups that hold no text of the mail.
_APART = {
    b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"themedata", b"listtable",
    b"listoverridetable", b"rsidtbl", b"generator", b"latentstyles", b"datastore", b"xmlnstbl",
    b"mhtmltag",
}  # fmt: skip
_CHARACTERS = {
    b"par": "\r\n", b"line": "\r\n", b"tab": "\t", b"lquote": "‘", b"rquote": "’",
    b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"endash": "–", b"emdash": "—",
}  # fmt: skip
_CHARSETS = {
    129: 949, 128: 932, 134: 936, 136: 950, 130: 1361, 238: 1250, 204: 1251, 161: 1253, 162: 1254,
    177: 1255, 178: 1256, 186: 1257, 163: 1258, 222: 874,
}  # fmt: skip


def decompressed(data: bytes) -> bytes:
    """The RTF of PidTagRtfCompressed; b"" where it is none."""
    if len(data) < 16:
        return b""
    size, raw_size, kind, _ = struct.unpack_from("<IIII", data)
    body = data[16 : 4 + size] if 12 <= size <= len(data) else data[16:]
    if raw_size > LIMIT:
        return b""
    if kind == 0x414C454D:  # MELA: as it is
        return body[:raw_size]
    if kind != 0x75465A4C:  # LZFu
        return b""
    window = bytearray(_DICTIONARY.ljust(4096, b" "))
    write, position, out = len(_DICTIONARY), 0, bytearray()
    while position < len(body) and len(out) < raw_size:
        control = body[position]
        position += 1
        for bit in range(8):
            if position >= len(body):
                break
            if not control >> bit & 1:
                value = body[position]
                position += 1
                out.append(value)
                window[write] = value
                write = (write + 1) % 4096
                continue
            if position + 1 >= len(body):
                return bytes(out[:raw_size])
            pair = body[position] << 8 | body[position + 1]
            position += 2
            offset, length = pair >> 4, (pair & 15) + 2
            if offset == write:  # the end
                return bytes(out[:raw_size])
            for step in range(length):
                value = window[(offset + step) % 4096]
                out.append(value)
                window[write] = value
                write = (write + 1) % 4096
    return bytes(out[:raw_size])


def html_or_text(rtf: bytes) -> tuple[str | None, str]:
    """(the HTML that was put into this RTF, if any; else its text)."""
    from_html = b"\\fromhtml" in rtf[:4096]
    text = _Reader(rtf, html=from_html).text()
    return (text, "") if from_html else (None, text.strip("\r\n"))


class _Reader:
    """Walks through RTF once. Groups that are destinations are skipped, HTML's are read."""

    def __init__(self, rtf: bytes, *, html: bool):
        self._rtf, self._html = rtf, html
        self._codepage, self._fonts = 0, dict[int, int]()
        self._out: list[str] = []
        self._pending = bytearray()
        self._unicode_skip, self._skip = 1, 0

    def text(self) -> str:
        # (skipping, in an htmltag, hidden by htmlrtf, font)
        stack: list[tuple[bool, bool, bool, int]] = []
        skipping, tag, hidden, font = False, False, False, 0
        fonts, current_font, starred = 0, 0, False
        for token in _TOKEN.finditer(self._rtf):
            word, number, hexed, symbol, brace, plain = token.groups()
            if brace == b"{":
                stack.append((skipping, tag, hidden, font))
                continue
            if brace == b"}":
                if fonts > len(stack):
                    fonts = 0
                if stack:
                    skipping, tag, hidden, font = stack.pop()
                starred = False
                continue
            if symbol == b"*":
                starred = True
                continue
            if word is not None:
                value = int(number) if number else None
                if word == b"fonttbl":
                    fonts, skipping = len(stack), True
                elif fonts and word == b"f":
                    current_font = value or 0
                elif fonts and word == b"fcharset":
                    self._fonts[current_font] = _CHARSETS.get(value or 0, 0)
                elif word == b"ansicpg":
                    self._codepage = value or 0
                elif word == b"htmltag":
                    tag, skipping = True, False
                elif word == b"htmlrtf":
                    hidden = value != 0
                elif starred or word in _APART:
                    skipping = True
                elif word == b"f":
                    self._flush(font)
                    font = value or 0
                elif word == b"uc":
                    self._unicode_skip = value if value is not None else 1
                elif not skipping and not hidden:
                    self._word(word, value, font)
                starred = False
                continue
            starred = False
            if skipping or hidden:
                continue
            if hexed is not None:
                if self._skip:
                    self._skip -= 1
                else:
                    self._pending.append(int(hexed, 16))
            elif symbol is not None:
                self._symbol(symbol, font)
            elif plain is not None:
                cut = min(self._skip, len(plain))
                self._skip -= cut
                self._pending += plain[cut:]
        self._flush(font)
        return "".join(self._out)

    def _word(self, word: bytes, value: int | None, font: int) -> None:
        if word == b"u" and value is not None:
            self._flush(font)
            self._out.append(chr(value & 0xFFFF))
            self._skip = self._unicode_skip
        elif word in _CHARACTERS:
            self._flush(font)
            self._out.append(_CHARACTERS[word])

    def _symbol(self, symbol: bytes, font: int) -> None:
        if symbol in (b"\\", b"{", b"}"):
            self._pending += symbol
        elif symbol == b"~":
            self._flush(font)
            self._out.append("&nbsp;" if self._html else "\u00a0")
        elif symbol in (b"\r", b"\n"):
            self._flush(font)
            self._out.append("\r\n")

    def _flush(self, font: int) -> None:
        if self._pending:
            codepage = self._fonts.get(font) or self._codepage
            self._out.append(decoded(bytes(self._pending), codepage))
            self._pending.clear()
