"""Make some parts of a volume: copied inside S3 where they can be, gathered where they must."""

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol

from pyeonji.domain.backups import Volume, plan_prefix
from pyeonji.domain.errors import PermanentError
from pyeonji.domain.states import VolumeState
from pyeonji.ports import MissingObjectError, ObjectStore
from pyeonji.usecases.backups.end import record_failure
from pyeonji.worlds import HasBackups, HasMail, HasVolumes, HasWork
from pyeonji.zipio.plan import Range, fetches_of

#: UploadPartCopy takes a second or so and no CPU: several wait at once.
_COPIES_AT_ONCE = 8


class ExportsParts(HasBackups, HasMail, HasVolumes, HasWork, Protocol):
    """What making parts needs."""


def export_parts(
    world: ExportsParts, *, account: str, backup_id: str, number: int, start: int, length: int
) -> None:
    """The parts whose lines stand at `start`, `length` bytes, in the volume's part list.

    A part made twice replaces itself. Raises PermanentError when the backup was given up
    meanwhile, or a segment is gone.
    """
    with _written_down(world, backup_id):
        volume = world.backups.volume(account, backup_id, number)
        if volume is None:
            raise PermanentError("wrong_state")
        if volume.state not in (VolumeState.PENDING, VolumeState.WRITING):
            return
        world.backups.start_volume(account, backup_id, number)
        lines = world.work.read(f"{plan_prefix(backup_id)}{number:04d}.parts.jsonl", start, length)
        parts = [json.loads(line) for line in lines.splitlines()]

        def copy(part: dict[str, object]) -> None:
            copied: list[object] = part["copy"]  # type: ignore[assignment]
            source, begin, size = _range(copied)
            world.volumes.copy_part(
                volume.key, volume.upload_id, _number(part), world.mail.name, source, begin, size
            )

        copies = [part for part in parts if "copy" in part]
        try:
            with ThreadPoolExecutor(_COPIES_AT_ONCE) as pool:
                # list(): the first error is raised here, after the others have ended.
                list(pool.map(copy, copies))
            for part in parts:
                if "gather" in part:
                    data = gather(world.mail, part["gather"])
                    world.volumes.put_part(volume.key, volume.upload_id, part["number"], data)
        except MissingObjectError:
            if not _is_whole(world, volume):
                raise _gone(world, volume) from None


@contextmanager
def _written_down(world: HasWork, backup_id: str) -> Iterator[None]:
    """The reason of a failure, because a Distributed Map says only that one of its items failed."""
    try:
        yield
    except PermanentError as error:
        record_failure(world, backup_id, error.code)
        raise


def _is_whole(world: HasVolumes, volume: Volume) -> bool:
    """Put together by an earlier run that died before it could say so; sealing will find it."""
    try:
        return world.volumes.size(volume.key) == volume.bytes
    except MissingObjectError:
        return False


def gather(mail: ObjectStore, ranges: Iterable[Sequence[object]]) -> bytes:
    """The bytes of `[source, start, length]` ranges, one after the other.

    Raises PermanentError segment_missing when they are not all there.
    """
    data = bytearray()
    for fetch in fetches_of(Range(*_range(piece)) for piece in ranges):
        try:
            answer = mail.read(fetch.range.source, fetch.range.start, fetch.range.length)
        except MissingObjectError:
            answer = b""
        if len(answer) != fetch.range.length:
            raise PermanentError("segment_missing")
        view = memoryview(answer)
        for start, length in fetch.wanted:
            data += view[start : start + length]
    return bytes(data)


def _gone(world: HasBackups, volume: Volume) -> PermanentError:
    """Either the multipart upload is gone (cancelled) or a segment (our own loss)."""
    there = world.backups.volume(volume.account, volume.backup_id, volume.number)
    backup = world.backups.get(volume.account, volume.backup_id)
    if there is None or backup is None or backup.state.value != "exporting":
        return PermanentError("wrong_state")
    return PermanentError("segment_missing")


def _range(piece: Sequence[object]) -> tuple[str, int, int]:
    source, start, length = piece
    assert isinstance(source, str) and isinstance(start, int) and isinstance(length, int)
    return source, start, length


def _number(part: dict[str, object]) -> int:
    number = part["number"]
    assert isinstance(number, int)
    return number
