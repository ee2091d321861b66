"""MAPI properties: their numbers, and their values as Python's ([MS-OXPROPS], [MS-OXCDATA])."""

import codecs
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum


class Tag(IntEnum):
    """Property ids, by the names of [MS-OXPROPS] without their prefix."""

    message_class = 0x001A
    subject = 0x0037
    client_submit_time = 0x0039
    sent_representing_name = 0x0042
    sent_representing_email = 0x0065
    transport_headers = 0x007D
    recipient_type = 0x0C15
    sender_name = 0x0C1A
    sender_email = 0x0C1F
    message_delivery_time = 0x0E06
    message_flags = 0x0E07
    body = 0x1000
    rtf_compressed = 0x1009
    html = 0x1013
    internet_message_id = 0x1035
    internet_references = 0x1039
    in_reply_to = 0x1042
    flag_status = 0x1090
    icon_index = 0x1080
    last_verb = 0x1081
    display_name = 0x3001
    email_address = 0x3003
    creation_time = 0x3007
    container_class = 0x3613
    attach_data = 0x3701
    attach_filename = 0x3704
    attach_method = 0x3705
    attach_long_filename = 0x3707
    attach_mime_tag = 0x370E
    attach_content_id = 0x3712
    smtp_address = 0x39FE
    internet_codepage = 0x3FDE
    message_codepage = 0x3FFD
    sender_smtp = 0x5D01
    sent_representing_smtp = 0x5D02


_STRING8, _UNICODE, _BINARY, _TIME = 0x001E, 0x001F, 0x0102, 0x0040
_INTEGERS = {0x0002: "<h", 0x0003: "<i", 0x0014: "<q"}
_BOOLEAN = 0x000B
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
#: Windows' code pages whose names Python does not make of their numbers.
_CODECS = {
    65001: "utf-8", 20127: "ascii", 28591: "iso-8859-1", 28592: "iso-8859-2", 20866: "koi8-r",
    51949: "euc-kr", 50225: "iso-2022-kr", 50220: "iso-2022-jp", 50221: "iso-2022-jp",
    51932: "euc-jp", 936: "gb18030", 54936: "gb18030", 52936: "hz", 1361: "johab",
}  # fmt: skip


def codec_of(codepage: int) -> str | None:
    """Python's name for a code page of Windows, None where it knows none."""
    for name in (_CODECS.get(codepage, ""), f"cp{codepage}"):
        try:
            return codecs.lookup(name).name if name else None or codecs.lookup(f"cp{codepage}").name
        except LookupError:
            continue
    return None


def decoded(raw: bytes, codepage: int) -> str:
    """Text of a store from before Unicode: by its code page, else what reads as such."""
    for name in (codec_of(codepage) if codepage else None, "utf-8", "cp949"):
        if name is not None:
            try:
                return raw.decode(name)
            except UnicodeDecodeError:
                continue
    return raw.decode("cp1252", "replace")


@dataclass(slots=True)
class Properties:
    """(type, raw bytes) by property id. `codepage`: of text that is not Unicode, 0 if unknown."""

    raw: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    codepage: int = 0

    def text(self, tag: Tag) -> str:
        """A string without what cannot stand in one line of a header; "" where there is none."""
        kind, data = self.raw.get(tag, (0, b""))
        if kind == _UNICODE:
            return data.decode("utf-16-le", "replace").rstrip("\0")
        if kind == _STRING8:
            return decoded(data.rstrip(b"\0"), self.codepage)
        return ""

    def binary(self, tag: Tag) -> bytes:
        """Bytes, also of what is kept as a string of them."""
        kind, data = self.raw.get(tag, (0, b""))
        if kind == _UNICODE:
            return data.decode("utf-16-le", "replace").rstrip("\0").encode()
        return data if kind in (_BINARY, _STRING8, 0x000D) else b""

    def integer(self, tag: Tag) -> int:
        """A number; 0 where there is none."""
        kind, data = self.raw.get(tag, (0, b""))
        if kind == _BOOLEAN:
            return int(data[:1] not in (b"", b"\0"))
        shape = _INTEGERS.get(kind)
        if shape is None or len(data) < struct.calcsize(shape):
            return 0
        return int(struct.unpack_from(shape, data)[0])

    def time(self, tag: Tag) -> datetime | None:
        """An instant; None where there is none or it is impossible."""
        kind, data = self.raw.get(tag, (0, b""))
        if kind != _TIME or len(data) < 8:
            return None
        ticks = int.from_bytes(data[:8], "little")
        try:
            return _EPOCH + timedelta(microseconds=ticks // 10) if ticks else None
        except OverflowError:
            return None
