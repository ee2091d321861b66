"""The search files a volume carries: of whole segments as they are, of parts of segments made anew,
so that no word of a mail that is not in the volume is anywhere in its bytes."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.messages import Message
from pyeonji.ports import MissingObjectError
from pyeonji.search.file import SearchFile, cut_search_file
from pyeonji.search.packing import NotASearchFileError, unpack_search_file
from pyeonji.usecases.backups.layout import Searchable, places_in_volume
from pyeonji.usecases.mail.candidates import cover
from pyeonji.worlds import HasIndexing, HasMail

#: A file of fewer bytes is put together with others: SQLite's own pages are 28 KB, and who searches
#: a volume asks each file for some. That of a full segment has more, and needs no work.
_SMALL = 256 * 1024
#: Mails of one file that is put together: their words are held in memory, some 10 KB a mail.
_MANY = 10_000


class CarriesSearch(HasMail, HasIndexing, Protocol):
    """What carrying search files needs."""


def search_files_of(
    world: CarriesSearch, account: str, mailbox: Mailbox, now: datetime
) -> "SegmentSearch":
    """Those of a mailbox; what has none yet is asked for and left out: a backup reads no mail."""
    covered = cover(world, account, [mailbox], now)
    if covered.late:
        world.indexing.ask(covered.late)
    return SegmentSearch(world, {file.segment: file.key for file in covered.files})


class SegmentSearch:
    """Search files by segment; called with messages it gives the files of just those."""

    def __init__(self, world: HasMail, keys: Mapping[str, str]) -> None:
        self._world = world
        self._keys = keys

    def __call__(self, messages: Sequence[Message]) -> list[Searchable]:
        """The search files of a volume with `messages`, in this order."""
        chosen: dict[str, dict[int, int]] = {}
        for message, place in zip(messages, places_in_volume(messages), strict=True):
            chosen.setdefault(message.segment, {})[message.offset] = place
        files: list[Searchable] = []
        parts: list[tuple[bytes, Mapping[int, int]]] = []
        waiting = 0
        for content, places, whole in self._contents(chosen):
            shifts = {place - offset for offset, place in places.items()}
            if whole and len(content) >= _SMALL and len(shifts) == 1:
                files.append(Searchable(content, shifts.pop()))
                continue
            if waiting + len(places) > _MANY and parts:
                files.append(Searchable(cut_search_file(parts), 0))
                parts, waiting = [], 0
            parts.append((content, places))
            waiting += len(places)
        if parts:
            files.append(Searchable(cut_search_file(parts), 0))
        return files

    def _contents(
        self, chosen: Mapping[str, dict[int, int]]
    ) -> Iterator[tuple[bytes, Mapping[int, int], bool]]:
        """(content, offsets wanted of it and their places, whether that is all of it)."""
        for segment, places in chosen.items():
            key = self._keys.get(segment)
            if key is None:
                continue
            try:
                content = unpack_search_file(self._world.mail.get(key))
                file = SearchFile(content)
            except (MissingObjectError, NotASearchFileError):
                continue  # gone, or of a version to come
            whole = {row.offset for row in file.rows()} == places.keys()
            file.close()
            yield content, places, whole
