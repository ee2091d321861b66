"""The plan of a volume as it is kept: written by planning, read by the parts and by the seal.

Under `plans/<backup>/<token>-<nnnn>`, or `plans/<backup>/<nnnn>` of what was planned before there
were tokens:

    .parts.jsonl   a line a part: {"v", "number", "copy" or "gather": [source, start, length]…}
    .items.jsonl   what the machine maps over: {"start", "length"} of some lines above
    .tail          manifest members, directory, end records
    .seal.json     what the sealed volume must come to
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pyeonji.domain.backups import Volume, plan_prefix
from pyeonji.domain.errors import PermanentError
from pyeonji.domain.formats import check_version
from pyeonji.domain.limits import MIB
from pyeonji.domain.states import BackupState
from pyeonji.ports import MissingObjectError
from pyeonji.usecases.backups.copying import CopyPart, GatherPart, Part, Range
from pyeonji.usecases.backups.layout import Layout
from pyeonji.worlds import HasBackups, HasWork

#: Of every line of `.parts.jsonl` and of the seal; absent in what 1.0.0 wrote.
_VERSION = 1
#: One invocation copies so many parts inside S3, or moves so many bytes by itself: a volume of
#: whole segments is one, three rounds of 0.7 s.
_COPIES_AT_ONCE = 128
_GATHER_AT_ONCE = 128 * MIB


class ReadsPlans(HasBackups, HasWork, Protocol):
    """What reading a plan needs; the backup, to say why one is not there."""


@dataclass(frozen=True, slots=True)
class PlannedVolume:
    """What the machine needs of a volume: where its items stand, and how many there are."""

    number: int
    items_key: str
    items: int


@dataclass(frozen=True, slots=True)
class SealPlan:
    """What sealing needs: the ranges before the `tail` in the last part, which has the number
    `last_number`, and (number, bytes) of every part before it."""

    last: tuple[Range, ...]
    last_number: int
    parts: tuple[tuple[int, int], ...]
    tail: bytes


def write_plan(
    world: HasWork, backup_id: str, plan: str, number: int, layout: Layout
) -> PlannedVolume:
    """Keep what the plan with the token `plan` says of volume `number`. No other try to plan
    writes to these places."""
    lines = [_part_line(part) for part in layout.plan.parts]
    items = list(_items(layout.plan.parts, lines))
    seal = {
        "v": _VERSION,
        "last": [_row(piece) for piece in layout.plan.last],
        "parts": [[part.number, part.length] for part in layout.plan.parts],
        "last_number": layout.plan.last_number,
        "bytes": layout.bytes,
    }
    for name, data in (
        ("parts.jsonl", b"".join(lines)),
        ("items.jsonl", b"".join(items)),
        ("tail", layout.tail),
        ("seal.json", _json(seal)),
    ):
        world.work.put(_key(backup_id, plan, number, name), data)
    return PlannedVolume(number, _key(backup_id, plan, number, "items.jsonl"), len(items))


def planned_before(world: ReadsPlans, volume: Volume) -> PlannedVolume:
    """What `write_plan` answered."""
    key = _key_of(volume, "items.jsonl")
    items = _kept(world, volume, lambda: world.work.get(key))
    return PlannedVolume(volume.number, key, len(items.splitlines()))


def read_parts(world: ReadsPlans, volume: Volume, start: int, length: int | None) -> list[Part]:
    """The parts whose lines stand in `length` bytes from `start` on, None for all of them.
    PermanentError as `lost`."""
    key = _key_of(volume, "parts.jsonl")

    def read() -> bytes:
        return world.work.get(key) if length is None else world.work.read(key, start, length)

    lines = _kept(world, volume, read)
    return [_part(json.loads(line)) for line in lines.splitlines()]


def read_seal(world: ReadsPlans, volume: Volume) -> SealPlan:
    """PermanentError as `lost`."""
    seal_key, tail_key = _key_of(volume, "seal.json"), _key_of(volume, "tail")
    seal = json.loads(_kept(world, volume, lambda: world.work.get(seal_key)))
    check_version("a plan", seal.get("v"), _VERSION)
    return SealPlan(
        last=tuple(Range(*piece) for piece in seal["last"]),
        last_number=seal["last_number"],
        parts=tuple((number, size) for number, size in seal["parts"]),
        tail=_kept(world, volume, lambda: world.work.get(tail_key)),
    )


def lost(
    world: HasBackups, volume: Volume, code: str = "backup_failed_internally"
) -> PermanentError:
    """Why something of a volume is not there any more: it was given up (`wrong_state`), or it is
    our own loss, which `code` tells."""
    there = world.backups.volume(volume.account, volume.backup_id, volume.number)
    backup = world.backups.get(volume.account, volume.backup_id)
    if there is None or backup is None or backup.state is not BackupState.EXPORTING:
        return PermanentError("wrong_state")
    return PermanentError(code)


def _kept(world: ReadsPlans, volume: Volume, read: Callable[[], bytes]) -> bytes:
    try:
        return read()
    except MissingObjectError:
        raise lost(world, volume) from None


def _key_of(volume: Volume, name: str) -> str:
    return _key(volume.backup_id, volume.plan, volume.number, name)


def _key(backup_id: str, plan: str, number: int, name: str) -> str:
    token = f"{plan}-" if plan else ""
    return f"{plan_prefix(backup_id)}{token}{number:04d}.{name}"


def _part_line(part: Part) -> bytes:
    if isinstance(part, CopyPart):
        how: dict[str, object] = {"copy": _row(part.range)}
    else:
        how = {"gather": [_row(piece) for piece in part.ranges]}
    return _json({"v": _VERSION, "number": part.number, **how}) + b"\n"


def _part(line: dict[str, Any]) -> Part:
    check_version("a plan", line.get("v"), _VERSION)
    if "copy" in line:
        return CopyPart(line["number"], Range(*line["copy"]))
    return GatherPart(line["number"], tuple(Range(*piece) for piece in line["gather"]))


def _items(parts: Sequence[Part], lines: Sequence[bytes]) -> Iterator[bytes]:
    """Parts that follow each other, put together into as much as one invocation should do."""
    start = length = copies = gathered = 0
    for part, line in zip(parts, lines, strict=True):
        copy = isinstance(part, CopyPart)
        if length and (
            copies >= _COPIES_AT_ONCE or (not copy and gathered + part.length > _GATHER_AT_ONCE)
        ):
            yield _json({"start": start, "length": length}) + b"\n"
            start, length, copies, gathered = start + length, 0, 0, 0
        length += len(line)
        copies += copy
        gathered += 0 if copy else part.length
    if length:
        yield _json({"start": start, "length": length}) + b"\n"


def _row(piece: Range) -> list[object]:
    return [piece.source, piece.start, piece.length]


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
