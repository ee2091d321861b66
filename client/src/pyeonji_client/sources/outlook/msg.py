"""`.msg`: one mail of Outlook in a compound file ([MS-OXMSG])."""

import io
import struct

import olefile

from .letter import Attachment, Letter
from .properties import Properties, Tag

#: Mails within mails; more is no mail.
MAX_DEPTH = 10
_FIXED = {0x0002: 2, 0x0003: 4, 0x000B: 2, 0x0014: 8, 0x0040: 8}
_PROPERTIES = "__properties_version1.0"
_EMBEDDED = "__substg1.0_3701000D"


class MsgError(ValueError):
    """The file is no mail of Outlook, or is damaged."""


def read_msg(content: bytes) -> Letter:
    """The mail of a file. Raises MsgError."""
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as ole:
            return _Storages(ole).letter((), 0)
    except (OSError, ValueError, IndexError, struct.error, AttributeError, TypeError) as error:
        raise MsgError from error  # olefile raises all of these for a damaged file


class _Storages:
    def __init__(self, ole: olefile.OleFileIO):
        self._ole = ole
        self._paths = [tuple(path) for path in ole.listdir(streams=True, storages=True)]
        self._names = set(self._paths)

    def letter(self, at: tuple[str, ...], depth: int) -> Letter:
        """The mail in the storage `at`."""
        if (*at, _PROPERTIES) not in self._names or depth > MAX_DEPTH:
            raise MsgError
        properties = self._properties(at, 24 if at else 32, 0)
        codepage = properties.integer(Tag.message_codepage) or properties.integer(
            Tag.internet_codepage
        )
        properties.codepage = codepage
        recipients = [self._properties(path, 8, codepage) for path in self._below(at, "__recip")]
        attachments = [
            self._attachment(path, codepage, depth) for path in self._below(at, "__attach")
        ]
        return Letter(properties, recipients, attachments)

    def _below(self, at: tuple[str, ...], prefix: str) -> list[tuple[str, ...]]:
        return sorted(
            path
            for path in self._paths
            if len(path) == len(at) + 1 and path[:-1] == at and path[-1].startswith(prefix)
        )

    def _attachment(self, at: tuple[str, ...], codepage: int, depth: int) -> Attachment:
        properties = self._properties(at, 8, codepage)
        if (*at, _EMBEDDED, _PROPERTIES) in self._names:
            return Attachment(properties, b"", self.letter((*at, _EMBEDDED), depth + 1))
        return Attachment(properties, properties.binary(Tag.attach_data))

    def _properties(self, at: tuple[str, ...], header: int, codepage: int) -> Properties:
        found = Properties(codepage=codepage)
        fixed = self._read((*at, _PROPERTIES))
        for start in range(header, len(fixed) - 15, 16):
            tag, _flags, value = struct.unpack_from("<II8s", fixed, start)
            size = _FIXED.get(tag & 0xFFFF)
            if size is not None:
                found.raw[tag >> 16] = (tag & 0xFFFF, value[:size])
        for path in self._below(at, "__substg1.0_"):
            name = path[-1][12:]
            try:
                tag = int(name, 16)
            except ValueError:  # one value of a list of them
                continue
            if len(name) == 8 and tag & 0xFFFF != 0x000D:
                found.raw[tag >> 16] = (tag & 0xFFFF, self._read(path))
        return found

    def _read(self, path: tuple[str, ...]) -> bytes:
        if path not in self._names:
            return b""
        with self._ole.openstream(list(path)) as stream:
            return bytes(stream.read())
