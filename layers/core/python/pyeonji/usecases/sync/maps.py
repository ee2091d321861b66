"""The map of a folder: which mail each UID is.

An object in the work bucket, `maps/<account>/<mailbox>/<digest>.jsonl`, named by what is in it and
never written over: a folder's item says which one holds. It is a copy of what the index knows, so
one that is lost is made anew.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pyeonji import json_text
from pyeonji.domain.folders import Folder, Gone, Kept
from pyeonji.domain.formats import check_version
from pyeonji.domain.messages import Message
from pyeonji.usecases.objects import read_if_there
from pyeonji.worlds import HasIndex, HasWork

#: Of a map (docs/formats.md).
VERSION = 1


class ReadsMaps(HasWork, HasIndex, Protocol):
    """What reading a map needs; the index, to make one that is lost."""


@dataclass(slots=True)
class FolderMap:
    """`kept` by UID; `gone` are the mails that are kept here and are there no more."""

    kept: dict[int, Kept] = field(default_factory=dict)
    gone: list[Gone] = field(default_factory=list)


def maps_prefix(account: str, mailbox_id: str) -> str:
    """What the maps of a folder are kept under."""
    return f"maps/{account}/{mailbox_id}/"


def read_map(world: ReadsMaps, folder: Folder) -> FolderMap:
    """The folder's map; of one that was never all here, what the index has of its epoch."""
    data = read_if_there(world.work, folder.map) if folder.map else None
    return _made_of(world, folder) if data is None else decode_map(data)


def write_map(world: HasWork, folder: Folder, content: FolderMap) -> str:
    """Keep it; returns its key."""
    data = encode_map(content)
    digest = hashlib.sha256(data).hexdigest()[:32]
    key = f"{maps_prefix(folder.account, folder.mailbox_id)}{digest}.jsonl"
    world.work.put(key, data, content_type="application/x-ndjson")
    return key


def drop_maps(world: HasWork, folder: Folder) -> None:
    """Every map of a folder but the one that holds."""
    listed = world.work.objects(maps_prefix(folder.account, folder.mailbox_id))
    world.work.delete([found.key for found in listed if found.key != folder.map])


def encode_map(content: FolderMap) -> bytes:
    """`{"v", "kept", "gone"}` with the numbers of lines that follow: `[uid, key, [flag…]]`, then
    `[key, at]`."""
    head = {"v": VERSION, "kept": len(content.kept), "gone": len(content.gone)}
    kept = (content.kept[uid] for uid in sorted(content.kept))
    lines: list[object] = [head, *kept, *sorted(set(content.gone))]
    return b"".join(json_text.encode(line) + b"\n" for line in lines)


def decode_map(data: bytes) -> FolderMap:
    """The inverse. Raises NewerFormatError."""
    lines = iter(data.split(b"\n"))
    head = json_text.decode(next(lines))
    check_version("a folder's map", head["v"], VERSION)
    kept = [json_text.decode(next(lines), Kept) for _ in range(head["kept"])]
    gone = [json_text.decode(next(lines), Gone) for _ in range(head["gone"])]
    return FolderMap({one.uid: one for one in kept}, gone)


def uid_of(message: Message, epoch: str) -> int | None:
    """The UID of a mail under this epoch; None for one that came otherwise."""
    source, _, entry = message.origin.partition("#")
    return int(entry) if source == epoch else None


def _made_of(world: HasIndex, folder: Folder) -> FolderMap:
    made = FolderMap()
    for message in world.index.read(folder.account, folder.mailbox_id):
        uid = uid_of(message, folder.epoch)
        if message.gone:
            made.gone.append(Gone(message.key, message.gone))
        elif uid is not None:
            made.kept[uid] = Kept(uid, message.key, tuple(sorted(message.flags)))
    return made


def messages_by_key(
    world: HasIndex, folder: Folder, keys: Sequence[str]
) -> Iterator[Mapping[str, Message]]:
    """The index's messages of some keys, a thousand at a time."""
    for start in range(0, len(keys), 1000):
        some = keys[start : start + 1000]
        yield world.index.find(folder.account, folder.mailbox_id, some)
