"""TNEF (`winmail.dat`): what Outlook packs a mail's properties and attachments into ([MS-OXTNEF]).

It is found as a file, and as an attachment of mails in stores, where some server gave up on it.
The reader holds no more than it was given: every value is a part of the content.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from .letter import Attachment, Letter
from .properties import Properties, Tag

#: How every TNEF begins.
SIGNATURE = b"\x78\x9f\x3e\x22"
#: Mails within mails; more is no mail.
MAX_DEPTH = 10
_NAME = re.compile(r"winmail[^/\\]{0,40}\.dat|[^/\\]*\.tnef", re.IGNORECASE)
_HEAD, _ATTRIBUTE = struct.Struct("<IH"), struct.Struct("<BII")
#: Attributes by their number in the lower half ([MS-OXTNEF], 2.1.3.2); the upper is their type.
_FROM, _SUBJECT, _SENT, _RECEIVED, _CLASS = 0x8000, 0x8004, 0x8005, 0x8006, 0x8008
_MESSAGE_ID, _BODY, _DATA, _TITLE, _RENDERING = 0x8009, 0x800C, 0x800F, 0x8010, 0x9002
_PROPERTIES, _RECIPIENTS, _ATTACHMENT, _CODEPAGE = 0x9003, 0x9004, 0x9005, 0x9007
_STRINGS = {_SUBJECT: Tag.subject, _BODY: Tag.body, _MESSAGE_ID: Tag.internet_message_id}
_TIMES = {_SENT: Tag.client_submit_time, _RECEIVED: Tag.message_delivery_time}
#: Bytes of a value, padding included.
_FIXED = {
    0x0001: 4, 0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4,
    0x000B: 4, 0x0014: 8, 0x0040: 8, 0x0048: 16,
}  # fmt: skip
_VARIABLE = {0x000D, 0x001E, 0x001F, 0x0102}
_LONG, _OBJECT, _STRING8, _UNICODE, _TIME = 0x0003, 0x000D, 0x001E, 0x001F, 0x0040
_MULTIPLE, _NAMED = 0x1000, 0x8000
_EMBEDDED = 5
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


class TnefError(ValueError):
    """The content is no TNEF, or is damaged."""


def is_tnef(name: str) -> bool:
    """Whether a file is called as mail programs call it."""
    return _NAME.fullmatch(name) is not None


def read_tnef(content: bytes, depth: int = 0) -> Letter:
    """The mail of a file. Raises TnefError."""
    if not content.startswith(SIGNATURE) or len(content) < _HEAD.size or depth > MAX_DEPTH:
        raise TnefError
    reading = _Reading(depth)
    try:
        for number, data in _attributes(content):
            reading.take(number, data)
        return reading.letter()
    except (struct.error, IndexError) as error:
        raise TnefError from error


def unfolded(letter: Letter) -> Letter:
    """A mail with what its TNEF attachments hold in their place. One that cannot be read stays."""
    attachments: list[Attachment] = []
    properties = letter.properties
    for one in letter.attachments:
        if one.letter is not None:
            attachments.append(replace(one, letter=unfolded(one.letter)))
            continue
        try:
            inside = read_tnef(one.data) if _says_tnef(one) else None
        except TnefError:
            inside = None
        if inside is None:
            attachments.append(one)
            continue
        attachments += unfolded(inside).attachments
        properties = _with_body(properties, inside.properties)
    return replace(letter, properties=properties, attachments=attachments)


def _says_tnef(attachment: Attachment) -> bool:
    return attachment.data.startswith(SIGNATURE)


def _with_body(properties: Properties, inside: Properties) -> Properties:
    """With the richer body of the two; the TNEF has the one that was lost on the way."""
    rich = (Tag.html, Tag.rtf_compressed)
    if any(tag in properties.raw for tag in rich):
        return properties
    taken = {tag: inside.raw[tag] for tag in rich if tag in inside.raw}
    if taken:  # whose bytes are in its code page
        taken[Tag.internet_codepage] = (_LONG, struct.pack("<i", _codepage(inside)))
    if Tag.body not in properties.raw and (text := inside.text(Tag.body)):
        taken[Tag.body] = (_UNICODE, text.encode("utf-16-le", "surrogatepass"))
    return Properties(properties.raw | taken, properties.codepage)


def _codepage(properties: Properties) -> int:
    return properties.integer(Tag.internet_codepage) or properties.codepage


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """(number, data) of each attribute. Checksums are passed over: of twenty public samples three
    have wrong ones, in attributes that read well."""
    at = _HEAD.size
    while at + _ATTRIBUTE.size <= len(content):
        level, attribute, length = _ATTRIBUTE.unpack_from(content, at)
        if level not in (1, 2):  # what some program put behind it
            return
        at += _ATTRIBUTE.size
        data = content[at : at + length]
        if len(data) < length:
            raise TnefError
        at += length + 2
        yield attribute & 0xFFFF, data


@dataclass(slots=True)
class _Attached:
    """An attachment while its attributes are read."""

    properties: Properties
    data: bytes = b""


class _Reading:
    """What was read so far."""

    def __init__(self, depth: int):
        self._depth = depth
        self._codepage = 0
        self._properties = Properties()
        #: From before MAPI; used where no property says the same.
        self._old: dict[int, tuple[int, bytes]] = {}
        self._recipients: list[Properties] = []
        self._attached: list[_Attached] = []

    def take(self, number: int, data: bytes) -> None:
        """One attribute."""
        if number == _CODEPAGE:
            self._codepage = int.from_bytes(data[:4], "little")
        elif number == _PROPERTIES:
            self._properties.raw.update(_Values(data).properties())
        elif number == _RECIPIENTS:
            values = _Values(data)
            self._recipients = [Properties(values.properties()) for _ in range(values.count())]
        elif number == _RENDERING:
            self._attached.append(_Attached(Properties()))
        elif number in (_DATA, _TITLE, _ATTACHMENT):
            self._of_attachment(number, data)
        elif number == _CLASS:
            self._old[Tag.message_class] = (_STRING8, _message_class(data))
        elif number in _STRINGS:
            self._old[_STRINGS[number]] = (_STRING8, data.rstrip(b"\0"))
        elif number in _TIMES and (ticks := _ticks(data)):
            self._old[_TIMES[number]] = (_TIME, ticks)
        elif number == _FROM:
            self._old |= _sender(data)

    def _of_attachment(self, number: int, data: bytes) -> None:
        if not self._attached:
            raise TnefError
        one = self._attached[-1]
        if number == _DATA:
            one.data = data
        elif number == _TITLE:
            one.properties.raw.setdefault(Tag.attach_filename, (_STRING8, data.rstrip(b"\0")))
        else:
            one.properties.raw.update(_Values(data).properties())

    def letter(self) -> Letter:
        """All of it."""
        self._properties.raw = self._old | self._properties.raw
        own = self._properties.integer(Tag.message_codepage)
        codepage = own or self._codepage or self._properties.integer(Tag.internet_codepage)
        for properties in (self._properties, *self._recipients):
            properties.codepage = codepage
        return Letter(
            self._properties, self._recipients,
            [self._attachment(one, codepage) for one in self._attached],
        )  # fmt: skip

    def _attachment(self, one: _Attached, codepage: int) -> Attachment:
        one.properties.codepage = codepage
        kind, value = one.properties.raw.pop(Tag.attach_data, (0, b""))
        inside = value[16:] if kind == _OBJECT else value  # behind the object's interface
        if one.properties.integer(Tag.attach_method) == _EMBEDDED and inside[:4] == SIGNATURE:
            return Attachment(one.properties, b"", read_tnef(inside, self._depth + 1))
        return Attachment(one.properties, one.data or inside)


class _Values:
    """A row of properties ([MS-OXTNEF], 2.1.3.4), padded to four bytes each."""

    def __init__(self, data: bytes):
        self._data, self._at = data, 0

    def count(self) -> int:
        """A number of things; more than there are bytes is none."""
        (found,) = struct.unpack_from("<I", self._data, self._at)
        self._at += 4
        if found > len(self._data):
            raise TnefError
        return int(found)

    def properties(self) -> dict[int, tuple[int, bytes]]:
        """A list of properties. Those with names of their own, or several values, are passed
        over: none of them is in a mail."""
        found = {}
        for _ in range(self.count()):
            kind, identity = struct.unpack_from("<HH", self._data, self._at)
            self._at += 4
            if identity >= _NAMED:
                self._name()
            values = self._values(kind)
            if identity < _NAMED and not kind & _MULTIPLE and values:
                found[identity] = (kind, values[0])
        return found

    def _name(self) -> None:
        self._some(16)
        if self.count() == 0:
            self._some(4)
        else:
            self._some(self.count())

    def _values(self, kind: int) -> list[bytes]:
        plain = kind & ~_MULTIPLE
        if plain in _VARIABLE:
            return [self._some(self.count()) for _ in range(self.count())]
        if plain not in _FIXED:
            raise TnefError
        number = self.count() if kind & _MULTIPLE else 1
        return [self._some(_FIXED[plain]) for _ in range(number)]

    def _some(self, size: int) -> bytes:
        start = self._at
        self._at += size + -size % 4
        if start + size > len(self._data):
            raise TnefError
        return self._data[start : start + size]


def _message_class(data: bytes) -> bytes:
    """Today's name of a class; it is written as Microsoft Mail called it."""
    name = data.rstrip(b"\0")
    if name.lower().startswith(b"ipm.microsoft mail."):
        return b"IPM.Note"
    if name.lower().startswith(b"ipm.microsoft schedule."):
        return b"IPM.Schedule.Meeting"
    return name


def _ticks(data: bytes) -> bytes:
    """A date of seven short numbers as the store's; b"" where it is none."""
    try:
        when = datetime(*struct.unpack_from("<6H", data)).replace(tzinfo=UTC)
    except (ValueError, struct.error):
        return b""
    return ((when - _EPOCH) // timedelta(microseconds=1) * 10).to_bytes(8, "little")


def _sender(data: bytes) -> dict[int, tuple[int, bytes]]:
    """Name and address out of one recipient of Microsoft Mail ([MS-OXTNEF], 2.1.3.3.1)."""
    if len(data) < 8:
        return {}
    _, _, name_size, address_size = struct.unpack_from("<4H", data)
    name = data[8 : 8 + name_size].rstrip(b"\0")
    address = data[8 + name_size : 8 + name_size + address_size].rstrip(b"\0")
    return {
        Tag.sender_name: (_STRING8, name),
        Tag.sender_smtp: (_STRING8, address.rpartition(b":")[2]),
    }
