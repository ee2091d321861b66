"""Values of the domain to DynamoDB attributes and back: pure functions, nothing is sent here."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pyeonji import json_text
from pyeonji.domain.formats import NewerFormatError, check_version
from pyeonji.domain.instants import from_rfc3339, rfc3339
from pyeonji.domain.messages import Holder, Message

Item = dict[str, Any]

#: Of every item but a message's (docs/formats.md); absent is 1.
ITEM_VERSION = 1
#: Of a message's item. Version 1 has no likeness, and its key is always the digest of its bytes.
_MESSAGE_VERSION = 2
#: What both versions have in front; likeness and, of gone mail, the instant stand behind.
_FIELDS = 14
#: What `read_holder` needs of a message's item.
HOLDER = "sk, o, h"


def versioned(fields: Mapping[str, object]) -> Item:
    """`encode`, for an item that outlives a deployment: with the version of its shape."""
    return encode({"v": ITEM_VERSION, **fields})


def encode(fields: Mapping[str, object]) -> Item:
    """Attributes of `fields`; None is left out, lists and dictionaries become JSON text."""
    return {name: _attribute(value) for name, value in fields.items() if value is not None}


def _attribute(value: object) -> dict[str, object]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"S": str(value)}
    if isinstance(value, datetime):
        return {"S": rfc3339(value)}
    return {"S": json.dumps(value, ensure_ascii=False, separators=(",", ":"))}


class Reader:
    """Typed reads from one item. A missing required attribute is a KeyError: a broken table.

    Raises NewerFormatError for an item of a version not known here.
    """

    def __init__(self, item: Item) -> None:
        self._item = item
        if "v" in item:
            check_version("an item", self.number("v"), ITEM_VERSION)

    def text(self, name: str) -> str:
        """A string that must be there."""
        return str(self._item[name]["S"])

    def maybe_text(self, name: str) -> str | None:
        """A string, or None."""
        attribute = self._item.get(name)
        return None if attribute is None else str(attribute["S"])

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number; KeyError when it is missing and has no default."""
        if default is not None and name not in self._item:
            return default
        return int(self._item[name]["N"])

    def maybe_number(self, name: str) -> int | None:
        """A whole number, or None."""
        return int(self._item[name]["N"]) if name in self._item else None

    def flag(self, name: str, default: bool) -> bool:
        """A boolean."""
        return bool(self._item[name]["BOOL"]) if name in self._item else default

    def instant(self, name: str) -> datetime:
        """An instant that must be there."""
        return from_rfc3339(self.text(name))

    def maybe_instant(self, name: str) -> datetime | None:
        """An instant, or None."""
        return self.instant(name) if name in self._item else None

    def json(self, name: str) -> Any:
        """What was stored as JSON text."""
        return json.loads(self.text(name))


def message_item(key: Item, message: Message) -> Item:
    """A message's item: beside its key its origin, and everything else as one JSON array.

    One attribute instead of fourteen: botocore takes 15 µs an attribute to write and as much to
    read, and an export reads every message of a mailbox. For the same reason the version stands in
    the array: from 2 on it is the first value, where version 1 has a segment's name. `h` is the
    digest of the bytes where the key is not it.
    """
    fields = (
        _MESSAGE_VERSION,
        message.segment,
        message.offset,
        message.method,
        message.crc,
        message.compressed,
        message.size,
        message.dos_time,
        message.name,
        message.received,
        message.received_from,
        message.flags,
        message.subject,
        message.sender,
        message.uid,
        message.likeness,
        *((message.gone,) if message.gone else ()),
    )
    item = key | {"o": {"S": message.origin}, "m": {"S": json_text.encode(fields).decode()}}
    return item | {"h": {"S": message.sha256}} if message.sha256 else item


def first_array(message: Message) -> str:
    """`m` as version 1 wrote it, for comparing with what may be of that version."""
    return json_text.encode(json_text.decode(message_item({}, message)["m"]["S"])[1:15]).decode()


def read_message(item: Item) -> Message:
    """The inverse of `message_item`. Raises NewerFormatError."""
    fields = json_text.decode(item["m"]["S"])
    behind: list[int] = []
    if not isinstance(fields[0], str):
        version, *fields = fields
        if version != _MESSAGE_VERSION:
            raise NewerFormatError("an index item", version)
        fields, behind = fields[:_FIELDS], fields[_FIELDS:]
    fields[10] = tuple(fields[10])
    fields += [item["h"]["S"] if "h" in item else None, *behind]
    return Message(item["sk"]["S"], item["o"]["S"], *fields)


def read_holder(item: Item) -> Holder:
    """Of a message's item, whole or no more than its `HOLDER` attributes."""
    digest = item["h"]["S"] if "h" in item else item["sk"]["S"][:64]
    return Holder(item["o"]["S"], digest)


def due_attributes(due: datetime | None, sk: str) -> dict[str, object]:
    """The keys of the due index; an item without them is not in it."""
    if due is None:
        return {}
    instant = rfc3339(due)
    return {"due_pk": f"DUE#{instant[:10]}", "due_sk": f"{instant}#{sk}"}


def epoch(instant: datetime) -> int:
    """Seconds since 1970, as TTL wants them."""
    return int(instant.astimezone(UTC).timestamp())
