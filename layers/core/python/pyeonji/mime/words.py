"""Header bytes → text: RFC 2047 encoded words, raw 8-bit headers, the charsets of Korean mail.

Why not `email.header`: it raises on some real mails and decodes every encoded word by itself,
while Korean mailers cut a line in the middle of a character, so neighbours must be joined first.
"""

import base64
import binascii
import re

from pyeonji.mime.charsets import decode_charset, decode_raw, decode_shifted

VALUE_LIMIT = 16 * 1024
"""Bytes of one header value that are looked at; RFC 5322 lines are 998 at most."""

_FOLD = re.compile(rb"\r*\n[ \t]*|\r")
# RFC 2047 allows neither spaces nor "?" in the text, but mailers write spaces in Q words.
_WORD = re.compile(rb"=\?([!->@-~]{1,64})\?([bBqQ])\?([^?\n]*)\?=(?:[ \t]+(?==\?))?")
_Q_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
# Control characters, and lone surrogates (UTF-7 can spell them), which no encoder accepts.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def decode_header(value: bytes, limit: int) -> str:
    """The text of a header value (unfolded here), at most `limit` characters; never raises.

    Encoded words are decoded, neighbours of one charset together; other bytes are UTF-8 if they
    decode as such, else CP949, else Latin-1, or what the shifts of ISO-2022 say. Control
    characters become spaces and runs of white space one space.
    """
    # Nearly every value is one line: without its CRLF there is nothing to unfold.
    value = value[:VALUE_LIMIT].strip()
    if b"\n" in value or b"\r" in value:
        value = _FOLD.sub(b" ", value)
    text = _decode_words(value) if b"=?" in value else decode_raw(value)
    if not text.isprintable():
        if b"=?" not in value:
            text = decode_shifted(value) or text
        text = _UNPRINTABLE.sub(" ", text)
    return " ".join(text.split())[:limit].rstrip()


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
            out.append(decode_shifted(between) or decode_raw(between))
        charset = name
        pending.append(_word_bytes(match[2], match[3]))
        position = match.end()
    if pending:
        out.append(decode_charset(b"".join(pending), charset))
    if position < len(value):
        rest = value[position:]
        out.append(decode_shifted(rest) or decode_raw(rest))
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
