"""The manifest of a volume, in the shape of the IETF's Personal Data Portability Archive.

`archive.json` says what the archive is, `mail/<path>/folder.json` lists a folder's messages
(draft-ietf-mailmaint-pdparchive-00, sections on archive and folder metadata). What the draft has
no field for (SHA-256, received date, size) stands under `pyeonji`, so its own fields keep their
shape and another reader can pass ours over.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pyeonji.domain.accounts import path_problem
from pyeonji.domain.instants import from_rfc3339, rfc3339
from pyeonji.domain.labels import is_label

ARCHIVE_NAME = "archive.json"
FOLDER_NAME = "folder.json"
#: Beside a volume's search files: where the chunks they are packed in begin.
CHUNKS_NAME = "chunks.json"
GENERATOR = "Pyeonji"
VERSION = "PDPA v1.0"
#: Of what stands under `pyeonji`; absent is 1. A reader takes no facts from a later one.
OUR_VERSION = 1

#: IMAP system flags (RFC 9051) by the keywords JMAP and the draft use (RFC 8621, 4.1.1).
_KEYWORDS = {
    "\\Seen": "$seen",
    "\\Flagged": "$flagged",
    "\\Answered": "$answered",
    "\\Draft": "$draft",
}
#: Made once: json.dumps with arguments makes an encoder a call, and a volume has 200,000 mails.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
#: 32 bits (RFC 9051, 2.3.1.1); int() refuses text of more than 4,300 digits.
_UID = re.compile(r"[0-9]{1,10}")
#: The first line of a folder.json of ours has less than 4 KiB; another's is read whole up to this.
_HEAD = 8 * 1024
_WHOLE = 1024 * 1024
_FLAGS = {keyword: flag for flag, keyword in _KEYWORDS.items()}


@dataclass(frozen=True, slots=True)
class Listed:
    """One message in a folder.json. `flags` are IMAP's; `received` is None in foreign manifests."""

    filename: str
    flags: tuple[str, ...]
    uid: int | None = None
    sha256: str | None = None
    received: datetime | None = None
    size: int | None = None


def archive_json(
    *, identity: str, name: str, made: datetime, account: str, timezone: str,
    follows: str | None = None,
) -> bytes:  # fmt: skip
    """The bytes of archive.json.

    Always of a partial archive: a volume is what one unit holds of one mailbox's mail of some days,
    and "everything" ends the day before the request. Who restores from it must not take it for all.
    `follows`: the id of the backup before, where this one holds only what came since.
    """
    ours = {"pyeonji": {"version": OUR_VERSION, "follows": follows}} if follows else {}
    return _dump(
        {
            "archive": {
                "id": identity,
                "name": name,
                "timestamp": rfc3339(made),
                "version": VERSION,
                "generator": GENERATOR,
            },
            "dataset": {
                "extent": "PARTIAL",
                "selector": "folder, date, size",
                "datatypes": ["MAIL"],
                "languagetag": "ko",
                "timezone": timezone,
            },
            "datasource": {"account": account},
            **ours,
        }
    )


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """A message's two lines of a folder.json, UTF-8: the draft's own, and ours."""

    item: bytes
    file: bytes


def folder_entry(message: Listed) -> FolderEntry:
    """What `folder_json` writes of a message; its length is what the message costs."""
    item = {
        "uid": str(message.uid),
        "filename": message.filename,
        "flags": [_KEYWORDS.get(flag, flag) for flag in message.flags],
    }
    facts = {
        "sha256": message.sha256,
        "received": rfc3339(message.received) if message.received else None,
        "size": message.size,
    }
    return FolderEntry(_dump(item), _dump(message.filename) + b":" + _dump(facts))


def folder_json(
    *,
    path: str,
    identity: str,
    special_use: str | None,
    validity: int,
    last_uid: int,
    entries: Sequence[FolderEntry],
    comment: str | None = None,
) -> bytes:
    """The bytes of a folder.json: a head of less than 4 KiB, and each entry with two bytes more
    a line. `filename` in the entries is relative to the folder it stands in."""
    head: dict[str, object] = {
        "name": path.rpartition("/")[2],
        "original_name": path,
        "uid": identity,
        "uidvalidity": validity,
        "last_uid": last_uid,
        "is_subscribed": True,
    }
    if special_use:
        head["special_use"] = "\\" + special_use.capitalize()
    if comment:
        head["comment"] = comment
    # A line a message: a person can read it, and a reader can go through it line by line.
    return b"".join(
        (
            _dump(head)[:-1],
            b',"items":[\n',
            b",\n".join(entry.item for entry in entries),
            b'\n],"pyeonji":{"version":%d,"files":{\n' % OUR_VERSION,
            b",\n".join(entry.file for entry in entries),
            b"\n}}}\n",
        )
    )


def folder_path(data: bytes) -> str | None:
    """The mailbox path a folder.json names; None where it names none that can be one.

    Ours has it in its first line, so a large one is not parsed whole.
    """
    head = data[: data.find(b"\n")] if b"\n" in data[:_HEAD] else data
    if head.endswith(b',"items":['):
        head = head[: -len(b',"items":[')] + b"}"
    if len(head) > _WHOLE:
        return None
    try:
        folder = json.loads(head)
    except (ValueError, RecursionError):
        return None
    named = folder.get("original_name") if isinstance(folder, dict) else None
    return named if isinstance(named, str) and path_problem(named) is None else None


def read_folder_json(data: bytes) -> dict[str, Listed]:
    """file name -> what a folder.json says of it; {} when it is not one we understand.

    A manifest is a help, never a condition: whatever is wrong in it is passed over.
    """
    try:
        folder = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(folder, dict):
        return {}
    ours = folder.get("pyeonji")
    if not isinstance(ours, dict) or ours.get("version", 1) != OUR_VERSION:
        ours = {}
    files = ours.get("files")
    if not isinstance(files, dict):
        files = {}
    items = folder.get("items")
    listed: dict[str, Listed] = {}
    for item in items if isinstance(items, list) else ():
        filename = item.get("filename") if isinstance(item, dict) else None
        if isinstance(filename, str):
            facts = files.get(filename)
            listed[filename] = _listed(filename, item, facts if isinstance(facts, dict) else {})
    return listed


def _listed(filename: str, item: dict[str, object], facts: dict[str, object]) -> Listed:
    uid = item.get("uid")
    sha256, received, size = facts.get("sha256"), facts.get("received"), facts.get("size")
    return Listed(
        filename=filename,
        flags=_flags(item.get("flags")),
        uid=int(uid) if isinstance(uid, str) and _UID.fullmatch(uid) else None,
        sha256=sha256 if isinstance(sha256, str) else None,
        received=_instant(received),
        size=size if isinstance(size, int) else None,
    )


def _flags(keywords: object) -> tuple[str, ...]:
    """Those that can be one: DynamoDB, for one, takes no half of a surrogate pair."""
    if not isinstance(keywords, list):
        return ()
    return tuple(
        _FLAGS.get(keyword.lower(), keyword)
        for keyword in keywords
        if isinstance(keyword, str) and len(keyword) <= 64 and is_label(keyword)
    )[:64]


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return from_rfc3339(value)
    except (ValueError, OverflowError):
        return None


def _dump(value: object) -> bytes:
    return _encode(value).encode("utf-8", "surrogatepass")
