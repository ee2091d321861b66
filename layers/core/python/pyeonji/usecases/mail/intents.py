"""What an import is about to add to the index, written down before it does.

Index items are written one by one, not in a transaction with the marker that says whether their
chunk still takes mail: that would double what an upload costs. So an import that has been given up
may still be writing. Before it writes, it puts what it will write into the work bucket and
registers that with the chunk, which a closed chunk refuses. Whoever closes a chunk writes what was
intended itself: from then on every key the straggler may still write is taken, and it adds nothing.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Protocol

from pyeonji import json_text
from pyeonji.domain.formats import check_version
from pyeonji.domain.messages import Holder, Message
from pyeonji.domain.uploads import chunk_prefix
from pyeonji.usecases.objects import read_if_there
from pyeonji.worlds import HasIndex, HasWork

#: Of the file.
VERSION = 1

_fields_of = attrgetter(*Message.__dataclass_fields__)


class AddsMail(HasIndex, HasWork, Protocol):
    """What adding mail to the index needs."""


def add_intended(
    world: AddsMail,
    account: str,
    mailbox_id: str,
    chunk: tuple[str, str],
    messages: Sequence[Message],
) -> dict[str, Holder]:
    """Add the messages of one segment, those whose keys are free; key -> holder of the others.
    `chunk` is the upload's id and the chunk's name. Raises ChunkClosedError, with none added."""
    upload_id, name = chunk
    intent = _name_of(messages[0].segment)
    key = _key(upload_id, name, intent)
    lines = [json_text.encode({"v": VERSION}), *map(json_text.encode, map(_fields_of, messages))]
    world.work.put(key, b"\n".join(lines), content_type="application/x-ndjson")
    world.index.intend(upload_id, name, intent)
    lost = world.index.add(account, mailbox_id, messages)
    world.index.fulfil(upload_id, name, intent)
    world.work.delete([key])
    return lost


def complete_intents(
    world: AddsMail, account: str, mailbox_id: str, upload_id: str, chunk: str
) -> None:
    """Add what runs of a closed chunk intended and may not have added, or may still be adding.

    The intents stay: they say that somebody may still be at it.
    """
    for name, intent in world.index.intents(upload_id):
        if name == chunk:
            data = read_if_there(world.work, _key(upload_id, chunk, intent))
            # It is written before it is registered. Where it is gone, another run with the very
            # same mail has added all of it.
            if data is not None:
                world.index.add(account, mailbox_id, _decode(data))


def _decode(data: bytes) -> list[Message]:
    head, *lines = data.split(b"\n")
    check_version("an intent", json_text.decode(head)["v"], VERSION)
    return [_message(json_text.decode(line)) for line in lines]


def _message(fields: list[object]) -> Message:
    # What has been added to it since has a default.
    named = dict(zip(Message.__dataclass_fields__, fields, strict=False))
    return Message(**named | {"flags": tuple(named["flags"])})  # type: ignore[arg-type]


def _name_of(segment: str) -> str:
    """The digest in a segment's key: another set of mail is another intent."""
    return segment.rpartition("-")[2].removesuffix(".seg")


def _key(upload_id: str, chunk: str, intent: str) -> str:
    return f"{chunk_prefix(upload_id)}{chunk}-{intent}.jsonl"
