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
from pyeonji.usecases.mail.candidates import cover
from pyeonji.worlds import HasIndexing, HasMail

#: A file of fewer mails is put together with others: SQLite's own pages are 28 KB.
_FEW = 1000
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

    def __call__(self, messages: Sequence[Message]) -> list[bytes]:
        """The contents of the search files of `messages`."""
        chosen: dict[str, set[int]] = {}
        for message in messages:
            chosen.setdefault(message.segment, set()).add(message.offset)
        files: list[bytes] = []
        parts: list[tuple[bytes, frozenset[int]]] = []
        waiting = 0
        for content, offsets, whole in self._contents(chosen):
            if whole and len(offsets) >= _FEW:
                files.append(content)
                continue
            if waiting + len(offsets) > _MANY and parts:
                files.append(cut_search_file(parts))
                parts, waiting = [], 0
            parts.append((content, offsets))
            waiting += len(offsets)
        if parts:
            files.append(cut_search_file(parts))
        return files

    def _contents(
        self, chosen: Mapping[str, set[int]]
    ) -> Iterator[tuple[bytes, frozenset[int], bool]]:
        """(content, offsets wanted of it, whether that is all of it)."""
        for segment, offsets in chosen.items():
            key = self._keys.get(segment)
            if key is None:
                continue
            try:
                content = unpack_search_file(self._world.mail.get(key))
                file = SearchFile(content)
            except (MissingObjectError, NotASearchFileError):
                continue  # gone, or of a version to come
            whole = {row.offset for row in file.rows()} == offsets
            file.close()
            yield content, frozenset(offsets), whole
