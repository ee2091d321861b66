"""Writes mail the way mailers of different years and countries did, byte by byte.

Not with `email`, which writes one modern way only: a backup service meets EUC-KR bodies, raw
8-bit headers, file names in three encodings.
"""

import base64
import binascii
import quopri
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import quote

Words = Literal["b", "q", "raw"]
Naming = Literal["2231", "2047", "raw"]
Encoding = Literal["base64", "quoted-printable", "8bit"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Style:
    """How one mailer writes: charset of text, encoding of headers, bodies and file names."""

    charset: str = "utf-8"
    words: Words = "b"
    body: Encoding = "base64"
    naming: Naming = "2231"
    mailer: str | None = None


MODERN = Style(mailer="Pyeonji Webmail 4.2")
QUOTED = Style(words="q", body="quoted-printable", mailer="Apple Mail (2.3774.600.62)")
EUC_KR = Style("euc-kr", "b", "base64", "2047", "Microsoft Outlook Express 6.00.2900.5931")
CP949_RAW = Style("cp949", "raw", "8bit", "raw", "KMail-Bulk 1.0")
UTF8_RAW = Style("utf-8", "raw", "8bit", "2231", "Mutt/2.2.9")


@dataclass(frozen=True, slots=True)
class Part:
    """A finished MIME part: its header lines and its encoded body."""

    header: bytes
    body: bytes

    def raw(self) -> bytes:
        """As it stands between boundaries."""
        return self.header + b"\r\n" + self.body


def field(name: str, value: str, style: Style) -> bytes:
    """A header field with its line end."""
    return b"%b: %b\r\n" % (name.encode("ascii"), encode_words(value, style, len(name) + 2))


def encode_words(text: str, style: Style, used: int = 0) -> bytes:
    """`text` for a header: as it is if ASCII, else RFC 2047 words (or raw, as some do)."""
    if text.isascii():
        return text.encode("ascii")
    charset = "utf-8" if not _fits(text, style.charset) else style.charset
    if style.words == "raw":
        return text.encode(charset)
    lines: list[bytes] = []
    chunk = ""
    room = 75 - used - len(charset) - 7
    for character in text:
        if len(_word_text(chunk + character, charset, style.words)) > room:
            lines.append(_word(chunk, charset, style.words))
            chunk = ""
            room = 74 - len(charset) - 7
        chunk += character
    lines.append(_word(chunk, charset, style.words))
    return b"\r\n ".join(lines)


def address(name: str, mail: str, style: Style) -> bytes:
    """`name <mail>`; an ASCII name in quotes."""
    if name.isascii():
        return f'"{name}" <{mail}>'.encode("ascii")
    return encode_words(name, style, 10) + f" <{mail}>".encode("ascii")


def date_text(when: datetime) -> bytes:
    """RFC 5322, with English names whatever the locale."""
    return (
        f"{_DAYS[when.weekday()]}, {when.day:02} {_MONTHS[when.month - 1]} {when.year} "
        f"{when:%H:%M:%S %z}"
    ).encode("ascii")


def text(content: str, style: Style, subtype: str = "plain") -> Part:
    """A text part in the style's charset (UTF-8 where that cannot hold it)."""
    charset = style.charset if _fits(content, style.charset) else "utf-8"
    data = content.replace("\n", "\r\n").encode(charset)
    # CP949 calls itself by the name Microsoft gave it.
    label = "ks_c_5601-1987" if charset == "cp949" else charset
    header = (
        f'Content-Type: text/{subtype}; charset="{label}"\r\n'
        f"Content-Transfer-Encoding: {style.body}\r\n"
    )
    return Part(header.encode("ascii"), _encode(data, style.body))


def attachment(
    name: str, kind: str, data: bytes, style: Style, content_id: str | None = None
) -> Part:
    """A file in base64; inline where it has a `content_id`."""
    disposition = b"inline" if content_id else b"attachment"
    header = b"Content-Type: %b;\r\n\t%b\r\n" % (
        kind.encode("ascii"),
        _parameter("name", name, style),
    )
    header += b"Content-Transfer-Encoding: base64\r\nContent-Disposition: %b;\r\n\t%b\r\n" % (
        disposition,
        _parameter("filename", name, style),
    )
    if content_id:
        header += f"Content-ID: <{content_id}>\r\n".encode("ascii")
    return Part(header, _encode(data, "base64"))


def embedded(message: bytes) -> Part:
    """A forwarded mail as a part."""
    return Part(b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n", message)


def multipart(subtype: str, parts: Sequence[Part], boundary: str, extra: str = "") -> Part:
    """Parts joined by a boundary that none of them holds (it has an id in it)."""
    line = boundary.encode("ascii")
    body = b"".join(b"--%b\r\n%b\r\n" % (line, part.raw()) for part in parts)
    header = f'Content-Type: multipart/{subtype};{extra}\r\n\tboundary="{boundary}"\r\n'
    return Part(header.encode("ascii"), body + b"--%b--\r\n" % line)


def _encode(data: bytes, encoding: Encoding) -> bytes:
    if encoding == "base64":
        return base64.encodebytes(data).replace(b"\n", b"\r\n")
    if encoding == "quoted-printable":
        lines = quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
        return lines if lines.endswith(b"\r\n") else lines + b"\r\n"
    return data if data.endswith(b"\r\n") else data + b"\r\n"


def _parameter(key: str, name: str, style: Style) -> bytes:
    charset = style.charset if _fits(name, style.charset) else "utf-8"
    if name.isascii():
        return f'{key}="{name}"'.encode("ascii")
    if style.naming == "2231":
        return f"{key}*={charset.upper()}''{quote(name.encode(charset), safe='')}".encode("ascii")
    if style.naming == "raw":
        return b'%b="%b"' % (key.encode("ascii"), name.encode(charset))
    # Not allowed by RFC 2047, and what Outlook wrote for twenty years.
    return b'%b="%b"' % (key.encode("ascii"), _word(name, charset, "b"))


def _word(text: str, charset: str, words: Words) -> bytes:
    return f"=?{charset.upper()}?{words.upper()}?{_word_text(text, charset, words)}?=".encode(
        "ascii"
    )


def _word_text(text: str, charset: str, words: Words) -> str:
    data = text.encode(charset)
    if words == "q":
        return "".join(
            chr(byte) if chr(byte).isascii() and chr(byte).isalnum() else f"={byte:02X}"
            for byte in data
        ).replace("=20", "_")
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def _fits(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True
