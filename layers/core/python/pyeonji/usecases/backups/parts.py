"""Make some parts of a volume: copied inside S3 where they can be, gathered where they must."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol

from pyeonji.domain.backups import Volume
from pyeonji.domain.errors import PermanentError
from pyeonji.domain.states import VolumeState
from pyeonji.ports import MissingObjectError, ObjectStore
from pyeonji.usecases.backups.copying import CopyPart, Fetch, GatherPart, Range, fetches_of
from pyeonji.usecases.backups.end import record_failure
from pyeonji.usecases.backups.plan_files import ReadsPlans, lost, read_parts
from pyeonji.usecases.objects import size_if_there
from pyeonji.worlds import HasMail, HasVolumes, HasWork

#: UploadPartCopy takes a second or so and no CPU: S3 does 48 MiB in 0.7 s, however many wait.
_COPIES_AT_ONCE = 32
#: Each holds a part of 32 MiB, and what it was read from.
_GATHERS_AT_ONCE = 4
_READS_AT_ONCE = 4


class ReadsMail(HasMail, HasWork, Protocol):
    """What reading segments needs."""


class ExportsParts(ReadsPlans, HasMail, HasVolumes, Protocol):
    """What making parts needs."""


def export_parts(
    world: ExportsParts,
    *,
    account: str,
    backup_id: str,
    number: int,
    start: int = 0,
    length: int | None = None,
) -> None:
    """The parts whose lines stand at `start`, `length` bytes, in the volume's part list; without a
    `length` all of them.

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

        def fill(part: GatherPart) -> None:
            data = gather(world, part.ranges)
            world.volumes.put_part(volume.key, volume.upload_id, part.number, data)

        try:
            with (
                ThreadPoolExecutor(_COPIES_AT_ONCE) as copies,
                ThreadPoolExecutor(_GATHERS_AT_ONCE) as gathers,
            ):
                copied = copies.map(copy, (part for part in parts if isinstance(part, CopyPart)))
                filled = gathers.map(fill, (part for part in parts if isinstance(part, GatherPart)))
                # list(): the first error is raised here, after the others have ended.
                list(copied)
                list(filled)
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

    def read(fetch: Fetch) -> bytes:
        try:
            bucket = _bucket_of(world, fetch.range.source)
            answer = bucket.read(fetch.range.source, fetch.range.start, fetch.range.length)
        except MissingObjectError:
            answer = b""
        if len(answer) != fetch.range.length:
            raise PermanentError("segment_missing")
        view = memoryview(answer)
        return b"".join(view[start : start + length] for start, length in fetch.wanted)

    fetches = fetches_of(ranges)
    if len(fetches) == 1:
        return read(fetches[0])
    with ThreadPoolExecutor(_READS_AT_ONCE) as pool:
        return b"".join(pool.map(read, fetches))
