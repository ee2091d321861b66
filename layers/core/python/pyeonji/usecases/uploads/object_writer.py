"""Write an object of unknown size without holding it whole."""

from types import TracebackType

from pyeonji.domain.limits import MIB
from pyeonji.ports import ObjectStore, StoredPart

#: S3 wants 5 MiB a part; twice that costs half the requests.
_PART = 10 * MIB


class ObjectWriter:
    """Collects bytes into parts; the object is there, whole, once the `with` block has ended well.

    What fits into one part is put at once. When the block ends with an exception nothing is left.
    """

    def __init__(
        self, store: ObjectStore, key: str, content_type: str = "application/x-ndjson"
    ) -> None:
        self._store = store
        self._key = key
        self._type = content_type
        self._waiting = bytearray()
        self._multipart = ""
        self._parts: list[StoredPart] = []
        #: Bytes written so far.
        self.size = 0

    def write(self, data: bytes) -> None:
        """Append `data`."""
        self._waiting += data
        self.size += len(data)
        if len(self._waiting) >= _PART:
            self._send()

    def _send(self) -> None:
        if not self._multipart:
            self._multipart = self._store.open_multipart(self._key, content_type=self._type)
        number = len(self._parts) + 1
        data = bytes(self._waiting)
        self._parts.append(self._store.put_part(self._key, self._multipart, number, data))
        self._waiting.clear()

    def __enter__(self) -> "ObjectWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            if self._multipart:
                self._store.abort(self._key, self._multipart)
        elif self._multipart:
            if self._waiting:
                self._send()
            self._store.complete(self._key, self._multipart, self._parts)
        else:
            self._store.put(self._key, bytes(self._waiting), content_type=self._type)
