"""Make some parts of a volume: copied inside S3 where they can be, gathered where they must."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol

from pyeonji.domain.backups import Volume
from pyeonji.domain.errors import PermanentError
from pyeonji.domain.states import VolumeState
from pyeonji.ports import MissingObjectError, ObjectStore
from pyeonji.usecases.backups.copying import CopyPart, GatherPart, Range, fetches_of
from pyeonji.usecases.backups.end import record_failure
from pyeonji.usecases.backups.plan_files import ReadsPlans, lost, read_parts
from pyeonji.usecases.objects import size_if_there
from pyeonji.worlds import HasMail, HasVolumes, HasWork

#: UploadPartCopy takes a second or so and no CPU: several wait at once.
_COPIES_AT_ONCE = 8


class ReadsMail(HasMail, HasWork, Protocol):
    """What reading segments needs."""


class ExportsParts(ReadsPlans, HasMail, HasVolumes, Protocol):
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
        parts = read_parts(world, volume, start, length)

        def copy(part: CopyPart) -> None:
            source = part.range
            world.volumes.copy_part(
                volume.key, volume.upload_id, part.number,
                _bucket_of(world, source.source).name, source.source, source.start, source.length,
            )  # fmt: skip

        try:
            with ThreadPoolExecutor(_COPIES_AT_ONCE) as pool:
                # list(): the first error is raised here, after the others have ended.
                list(pool.map(copy, (part for part in parts if isinstance(part, CopyPart))))
            for part in parts:
                if isinstance(part, GatherPart):
                    data = gather(world, part.ranges)
                    world.volumes.put_part(volume.key, volume.upload_id, part.number, data)
        except MissingObjectError:
            # Whole: put together by an earlier run that died before it could say so.
            if size_if_there(world.volumes, volume.key) != volume.bytes:
                code = "segment_missing" if _is_open(world, volume) else "backup_failed_internally"
                raise lost(world, volume, code) from None


@contextmanager
def _written_down(world: HasWork, backup_id: str) -> Iterator[None]:
    """The reason of a failure, because a Distributed Map says only that one of its items failed."""
    try:
        yield
    except PermanentError as error:
        record_failure(world, backup_id, error.code)
        raise


def _is_open(world: HasVolumes, volume: Volume) -> bool:
    """Whether the multipart upload is there: then it was a segment that is not."""
    try:
        world.volumes.parts(volume.key, volume.upload_id)
    except MissingObjectError:
        return False
    return True


def _bucket_of(world: ReadsMail, segment: str) -> ObjectStore:
    """Where a segment stands: what was put together for this backup alone, beside its plan."""
    return world.work if segment.startswith("plans/") else world.mail


def gather(world: ReadsMail, ranges: Iterable[Range]) -> bytes:
    """The bytes of these ranges of segments, one after the other.

    Raises PermanentError segment_missing when they are not all there.
    """
    data = bytearray()
    for fetch in fetches_of(ranges):
        try:
            bucket = _bucket_of(world, fetch.range.source)
            answer = bucket.read(fetch.range.source, fetch.range.start, fetch.range.length)
        except MissingObjectError:
            answer = b""
        if len(answer) != fetch.range.length:
            raise PermanentError("segment_missing")
        view = memoryview(answer)
        for start, length in fetch.wanted:
            data += view[start : start + length]
    return bytes(data)
