"""Search files, opened once and kept while there is room: a function lives for many searches."""

from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from pyeonji.ports import MissingObjectError, ObjectStore
from pyeonji.search.file import SearchFile
from pyeonji.search.packing import NotASearchFileError, unpack_search_file

#: Bytes of search files kept open: those of some 700,000 mails.
ROOM = 300 * 1024 * 1024
_AT_ONCE = 8


class SearchShelf:
    """Opened search files by key, the least used closed first. Their keys begin with the account,
    and a caller asks only for keys of its own."""

    def __init__(self, mail: ObjectStore, room: int = ROOM) -> None:
        self._mail = mail
        self._room = room
        self._open: OrderedDict[str, tuple[SearchFile, int]] = OrderedDict()

    def open(self, keys: Iterable[str]) -> dict[str, SearchFile]:
        """Those of `keys` that are there and can be read; several are fetched at once."""
        wanted = list(dict.fromkeys(keys))
        missing = [key for key in wanted if key not in self._open]
        if missing:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                for key, content in zip(missing, pool.map(self._fetch, missing), strict=True):
                    self._keep(key, content)
        found = {}
        for key in wanted:
            if key in self._open:
                self._open.move_to_end(key)
                found[key] = self._open[key][0]
        self._make_room(set(wanted))
        return found

    def _fetch(self, key: str) -> bytes:
        try:
            return unpack_search_file(self._mail.get(key))
        except (MissingObjectError, NotASearchFileError):
            return b""

    def _keep(self, key: str, content: bytes) -> None:
        try:
            self._open[key] = (SearchFile(content), len(content))
        except NotASearchFileError:
            return  # gone, or of a version to come: its segment counts as not yet searchable

    def _make_room(self, wanted: set[str]) -> None:
        taken = sum(size for _, size in self._open.values())
        for key in list(self._open):
            if taken <= self._room:
                return
            if key not in wanted:
                file, size = self._open.pop(key)
                file.close()
                taken -= size
