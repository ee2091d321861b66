"""Header bytes → text: RFC 2047 encoded words, raw 8-bit headers, the charsets of Korean mail.

Why not `email.header`: it raises on some real mails and decodes every encoded word by itself,
while Korean mailers cut a line in the middle of a character, so neighbours must be joined first.
"""

import base64
import binascii
import codecs
import re
from functools import lru_cache

VALUE_LIMIT = 16 * 1024
"""Bytes of one header value that are looked at; RFC 5322 lines are 998 at most."""

_FOLD = re.compile(rb"\r*\n[ \t]*|\r")
# RFC 2047 allows neither spaces nor "?" in the text, but mailers write spaces in Q words.
_WORD = re.compile(rb"=\?([!->@-~]{1,64})\?([bBqQ])\?([^?\n]*)\?=(?:[ \t]+(?==\?))?")
_Q_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
# Control characters, and lone surrogates (UTF-7 can spell them), which no encoder accepts.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

# CP949 holds all of EUC-KR and GB18030 all of GB2312, and mailers name the smaller one while
# using the larger; the same holds for Windows-1252 and Latin-1.
_SUPERSETS = {
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "iso8859-1": "cp1252",
}
_NAMES = {
    "ks_c_5601": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "ks_c_5601_1987": "cp949",
    "euckr": "cp949",
    "x-windows-949": "cp949",
    "x-euc-kr": "cp949",
    "windows-949": "cp949",
    "utf8mb4": "utf-8",
}
# Text codecs that are no charset of mail; "idna" and "punycode" take quadratic time.
_NO_CHARSETS = {
    "idna", "punycode", "undefined", "unicode_escape", "raw-unicode-escape", "unicode-escape",
    "raw_unicode_escape", "mbcs", "oem",
}  # fmt: skip


def decode_header(value: bytes, limit: int) -> str:
    """The text of a header value (unfolded here), at most `limit` characters; never raises.

    Encoded words are decoded, neighbours of one charset together; other bytes are UTF-8 if they
    decode as such, else CP949, else Latin-1. Control characters become spaces and runs of white
    space one space.
    """
    # Nearly every value is one line: without its CRLF there is nothing to unfold.
    value = value[:VALUE_LIMIT].strip()
    if b"\n" in value or b"\r" in value:
        value = _FOLD.sub(b" ", value)
    text = _decode_words(value) if b"=?" in value else decode_raw(value)
    if not text.isprintable():
        text = _UNPRINTABLE.sub(" ", text)
    return " ".join(text.split())[:limit].rstrip()


def decode_raw(data: bytes) -> str:
    """8-bit text that names no charset: UTF-8, else CP949, else Latin-1."""
    for charset in ("utf-8", "cp949"):
        try:
            return data.decode(charset)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def decode_charset(data: bytes, charset: str) -> str:
    """`data` in the charset a mail names; what it cannot mean becomes U+FFFD. Never raises."""
    codec = _codec(charset.lower())
    if codec is None:
        return decode_raw(data)
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        cut_short = error.start >= len(data) - 3
    except ValueError:  # what some stateful codecs raise instead
        return decode_raw(data)
    # A character cut off at the end is no sign of another charset.
    if not cut_short:
        for other in ("utf-8", "cp949"):
            try:
                return data.decode(other)
            except UnicodeDecodeError:
                continue
    return data.decode(codec, "replace")


@lru_cache(maxsize=256)
def _codec(charset: str) -> str | None:
    # RFC 2231 lets a language follow the charset: "=?utf-8*ko?B?...".
    charset = charset.split("*", 1)[0]
    try:
        name = codecs.lookup(_NAMES.get(charset, charset)).name
        # Codecs from bytes to bytes ("hex", "zip") refuse here instead of inside a mail.
        b"aaaa".decode(name, "replace")
    except (LookupError, ValueError):
        return None
    name = _SUPERSETS.get(name, name)
    # ASCII with the high bit set is some charset nobody named.
    return None if name in _NO_CHARSETS or name == "ascii" else name


def _decode_words(value: bytes) -> str:
    whole = _WORD.fullmatch(value)
    if whole:  # and mostly it is one word: half the time of what follows
        return decode_charset(_word_bytes(whole[2], whole[3]), whole[1].decode("ascii"))
    out: list[str] = []
    pending: list[bytes] = []  # bytes of neighbouring words of one charset
    charset = ""
    position = 0
    for match in _WORD.finditer(value):
        between = value[position : match.start()]
        name = match[1].decode("ascii")
        if pending and (between or name.lower() != charset.lower()):
            out.append(decode_charset(b"".join(pending), charset))
            pending.clear()
        if between:
            out.append(decode_raw(between))
        charset = name
        pending.append(_word_bytes(match[2], match[3]))
        position = match.end()
    if pending:
        out.append(decode_charset(b"".join(pending), charset))
    if position < len(value):
        out.append(decode_raw(value[position:]))
    return "".join(out)


def _word_bytes(encoding: bytes, text: bytes) -> bytes:
    if encoding in b"qQ":
        text = text.replace(b"_", b" ")
        return _Q_ESCAPE.sub(lambda m: bytes((int(m[1], 16),)), text) if b"=" in text else text
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:  # lenient below: some mailers pad wrongly, or not at all
        digits = _NOT_BASE64.sub(b"", text)
    if len(digits) % 4 == 1:  # a lone digit holds no byte
        digits = digits[:-1]
    try:
        return base64.b64decode(digits + b"=" * (-len(digits) % 4))
    except binascii.Error:
        return text
