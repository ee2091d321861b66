"""What an entry is called: bytes to text, the way Korean archives need it."""

import struct
from collections.abc import Iterator
from typing import Final

from isal import isal_zlib

_FIELD: Final = struct.Struct("<HH")
UNICODE_PATH: Final = 0x7075  # APPNOTE 4.6.9
_UNICODE_HEAD: Final = struct.Struct("<BI")


def extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """(id, data) of each extra field; stops at padding and at what is cut short."""
    at = 0
    while at + _FIELD.size <= len(extra):
        field, length = _FIELD.unpack_from(extra, at)
        at += _FIELD.size
        if at + length > len(extra):
            return
        yield field, extra[at : at + length]
        at += length


def decode_name(raw: bytes, extra: bytes = b"") -> str:
    """The name as its writer meant it; never raises.

    A Unicode path field whose checksum is that of the plain name wins. Then UTF-8 if it decodes
    as such (Linux and macOS write it without the flag), then CP949 (Korean Windows), then CP437,
    in which every byte means something. The UTF-8 flag need not be asked: where it is set the
    name is UTF-8, or was flagged in error and is guessed like any other. The name is a label:
    slashes, dots and drive letters are left as they are.
    """
    if b"up" in extra:  # the field's id: a look at the bytes is cheaper than going through them
        path = unicode_path(raw, extra)
        if path is not None:
            return path
    if raw.isascii():
        return raw.decode("ascii")
    for encoding in ("utf-8", "cp949"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("cp437")


def unicode_path(raw: bytes, extra: bytes) -> str | None:
    """What a Unicode path field says the name `raw` is; None where none says so soundly."""
    for field, data in extra_fields(extra):
        if field != UNICODE_PATH or len(data) <= _UNICODE_HEAD.size:
            continue
        version, crc = _UNICODE_HEAD.unpack_from(data)
        if version != 1 or crc != isal_zlib.crc32(raw):
            continue  # the name was changed by a program that does not know the field
        try:
            return data[_UNICODE_HEAD.size :].decode()
        except UnicodeDecodeError:
            continue
    return None
