"""What an upload reads: the ZIP that was sent, or volumes of a backup where they stand.

Several are read as if they stood one behind the other: an entry's index and offset count through
all of them, so that importing and settling know nothing of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from pyeonji.domain.backups import volume_key
from pyeonji.domain.uploads import Upload, upload_key
from pyeonji.ports import MissingObjectError
from pyeonji.usecases.objects import size_if_there
from pyeonji.worlds import HasVolumes, HasZips
from pyeonji.zipio.listing import Directory, Entry


class ReadsArchives(HasZips, HasVolumes, Protocol):
    """What reading them needs."""


@dataclass(frozen=True, slots=True)
class Archive:
    """One of them: its key, where it begins among all, how long it is said to be, and the mailbox
    its mail was in (None: a ZIP that was sent)."""

    key: str
    start: int
    bytes: int
    mailbox_id: str | None = None


def archives_of(upload: Upload) -> list[Archive]:
    """Everything an upload reads, in order."""
    if upload.source is None:
        return [Archive(upload_key(upload.account, upload.id), 0, upload.bytes)]
    found: list[Archive] = []
    start = 0
    for volume in upload.source.volumes:
        key = volume_key(upload.account, upload.source.backup_id, volume.number)
        found.append(Archive(key, start, volume.bytes, volume.mailbox_id))
        start += volume.bytes
    return found


def size_of_archive(world: ReadsArchives, archive: Archive) -> int | None:
    """Bytes of what stands there, or None."""
    if archive.mailbox_id is None:
        return size_if_there(world.zips, archive.key)
    return size_if_there(world.volumes, archive.key)


def read_archive(world: ReadsArchives, archive: Archive, start: int, length: int) -> bytes:
    """`length` bytes from `start` on, counted through all. Raises MissingObjectError."""
    if archive.mailbox_id is None:
        return world.zips.read(archive.key, start - archive.start, length)
    return world.volumes.read(archive.key, start - archive.start, length)


def read_upload(world: ReadsArchives, upload: Upload, start: int, length: int) -> bytes:
    """The same, of whichever archive holds them. No range reaches from one into the next."""
    for archive in archives_of(upload):
        if archive.start <= start and start + length <= archive.start + archive.bytes:
            return read_archive(world, archive, start, length)
    raise MissingObjectError(f"{length} bytes from {start} on")


class Entries:
    """The entries of one archive, by their index among those of all; the first is `first`."""

    #: A directory of this many entries is turned into objects once and held, some 40 MB; a longer
    #: one is read through twice.
    HELD = 100_000

    def __init__(self, directory: Directory, first: int, start: int) -> None:
        self._listed = list(directory) if len(directory) <= self.HELD else directory
        self._first = first
        self._start = start

    def __len__(self) -> int:
        return len(self._listed)

    def __iter__(self) -> Iterator[Entry]:
        return map(self._moved, self._listed) if self._first or self._start else iter(self._listed)

    def __getitem__(self, index: int) -> Entry:
        return self._moved(self._listed[index - self._first])

    def _moved(self, entry: Entry) -> Entry:
        if not (self._first or self._start):
            return entry
        return entry._replace(index=entry.index + self._first, offset=entry.offset + self._start)
