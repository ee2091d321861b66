"""What a run is to do, as it is kept: written by looking, read by fetching and by settling.

Under `sync/<account>/<run>/` in the work bucket, `<d>` a digest of what is in it:

    <d>-folders.jsonl   a line a folder that changed: what it is now, what is gone, which flags
    <d>-chunks.jsonl    a line a chunk of mails to be fetched: what the machine maps over
    <chunk>.jsonl       what became of a chunk: once it is there the chunk is done
    <chunk>-taken.json  mails of a chunk that were here already, under another epoch
    failure.json        why the run must end
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from pyeonji import json_text
from pyeonji.domain.errors import HomeError
from pyeonji.domain.folders import FolderStatus, uids_of
from pyeonji.domain.formats import check_version
from pyeonji.ports import ObjectStore
from pyeonji.usecases.objects import read_if_there

#: Of every line of a run's files.
VERSION = 1
#: The reason of a row that says nothing: its folder could not be opened as it was looked at.
AGAIN = "again"


@dataclass(frozen=True, slots=True)
class FolderWork:
    """What is to be done about a folder, called `name` now. `revision` is that of its item as it
    was looked at; `status` and `epoch` are what it has when all is done.

    `gone`: ranges of UIDs that are there no more. `flags`: UID and flags of those that changed.
    `listed`: all flags were compared. `missing`: the folder itself is gone.
    """

    mailbox_id: str
    name: str
    epoch: str
    status: FolderStatus
    revision: int
    gone: tuple[tuple[int, int], ...] = ()
    flags: tuple[tuple[int, tuple[str, ...]], ...] = ()
    listed: bool = False
    missing: bool = False
    v: int = VERSION

    def __post_init__(self) -> None:
        check_version("a run's plan", self.v, VERSION)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some mails of one folder to be fetched: `ranges` of their UIDs, `bytes` as the server states.
    `name` is the folder's on the server, `chunk` this piece's own."""

    chunk: str
    mailbox_id: str
    mailbox_path: str
    name: str
    epoch: str
    validity: int
    ranges: tuple[tuple[int, int], ...]
    bytes: int
    v: int = VERSION

    def __post_init__(self) -> None:
        check_version("a run's plan", self.v, VERSION)

    @property
    def uids(self) -> list[int]:
        """Every one of them, ascending."""
        return uids_of(self.ranges)

    @classmethod
    def from_json(cls, line: dict[str, object]) -> "Chunk":
        """The chunk in a machine's payload. Raises ValueError for anything else."""
        return msgspec.convert(line, cls)


class Fetched(NamedTuple):
    """What became of one mail of a chunk. `key` is "" for one the server did not give out, with the
    `reason` and the server's words. `weight` is what the chunk counts of it (domain.messages.Weight
    as a row); None: it was counted before."""

    uid: int
    key: str
    flags: tuple[str, ...] = ()
    weight: tuple[int, int, int, int, int] | None = None
    reason: str | None = None
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A run's plan."""

    folders: tuple[FolderWork, ...] = ()
    chunks: tuple[Chunk, ...] = field(default=())


def run_prefix(account: str, run: str) -> str:
    """What everything of a run is kept under."""
    return f"sync/{account}/{run}/"


def write_plan(work: ObjectStore, account: str, run: str, plan: Plan) -> str:
    """Keep it; returns the key of its chunks."""
    folders = b"".join(json_text.encode(line) + b"\n" for line in plan.folders)
    chunks = b"".join(json_text.encode(line) + b"\n" for line in plan.chunks)
    digest = hashlib.sha256(folders + b"\n" + chunks).hexdigest()[:16]
    key = f"{run_prefix(account, run)}{digest}-chunks.jsonl"
    work.put(folders_key(key), folders, content_type="application/x-ndjson")
    work.put(key, chunks, content_type="application/x-ndjson")
    return key


def folders_key(chunks: str) -> str:
    """Where the folders of a plan stand, by the key of its chunks."""
    return chunks.removesuffix("-chunks.jsonl") + "-folders.jsonl"


def read_plan(work: ObjectStore, key: str) -> Plan:
    """By the key of its chunks; an empty one where it is gone."""
    folders = read_if_there(work, folders_key(key)) or b""
    chunks = read_if_there(work, key) or b""
    return Plan(
        tuple(json_text.decode(line, FolderWork) for line in folders.split(b"\n") if line),
        tuple(json_text.decode(line, Chunk) for line in chunks.split(b"\n") if line),
    )


def run_of(plan: str) -> str:
    """Whose plan it is, by its key."""
    return plan.rsplit("/", 2)[1]


def read_fetched(work: ObjectStore, account: str, run: str, chunk: str) -> list[Fetched] | None:
    """What became of a chunk; None while it is not done."""
    data = read_if_there(work, f"{run_prefix(account, run)}{chunk}.jsonl")
    if data is None:
        return None
    head, *lines = data.split(b"\n")
    check_version("a fetched chunk", json_text.decode(head)["v"], VERSION)
    return [json_text.decode(line, Fetched) for line in lines if line]


def write_fetched(
    work: ObjectStore, account: str, run: str, chunk: str, rows: Iterable[Fetched]
) -> None:
    """Say that a chunk is done."""
    lines = [json_text.encode({"v": VERSION}), *map(json_text.encode, rows)]
    key = f"{run_prefix(account, run)}{chunk}.jsonl"
    work.put(key, b"\n".join(lines) + b"\n", content_type="application/x-ndjson")


def read_taken(work: ObjectStore, account: str, run: str, chunk: str) -> frozenset[int]:
    """UIDs of a chunk whose mail was here already, counted, when its first try looked."""
    data = read_if_there(work, f"{run_prefix(account, run)}{chunk}-taken.json")
    return frozenset(() if data is None else json_text.decode(data)["uids"])


def write_taken(work: ObjectStore, account: str, run: str, chunk: str, uids: Sequence[int]) -> None:
    """Before any of them is taken over."""
    data = json_text.encode({"v": VERSION, "uids": sorted(uids)})
    work.put(f"{run_prefix(account, run)}{chunk}-taken.json", data)


def record_failure(work: ObjectStore, account: str, run: str, error: HomeError) -> None:
    """Say what is wrong with the server; `settle` finds it if nothing better comes."""
    data = json_text.encode({"v": VERSION, "code": error.code, "said": error.said})
    work.put(f"{run_prefix(account, run)}failure.json", data)


def recorded_failure(work: ObjectStore, account: str, run: str) -> tuple[str, str] | None:
    """What `record_failure` said: code, words."""
    data = read_if_there(work, f"{run_prefix(account, run)}failure.json")
    said = None if data is None else json_text.decode(data)
    return None if said is None else (said["code"], said["said"])


def drop_run(work: ObjectStore, account: str, run: str) -> None:
    """Everything of a run whose plan has been settled."""
    work.delete([found.key for found in work.objects(run_prefix(account, run))])
