"""Buckets, made of dictionaries."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from pyeonji.ports import MissingObjectError, OpenMultipart, StoredObject, StoredPart

MIN_PART = 5 * 1024 * 1024


class FakeStore:
    """A bucket that enforces S3's rules on parts, and counts the bytes that pass through it."""

    def __init__(self, name: str, buckets: dict[str, "FakeStore"], now: object) -> None:
        self._name = name
        self._buckets = buckets
        self._now = now
        self.data: dict[str, bytes] = {}
        self.modified: dict[str, datetime] = {}
        self.open: dict[str, tuple[str, dict[int, bytes], datetime]] = {}
        self.bytes_read = 0
        self.bytes_written = 0
        self.requests = 0
        buckets[name] = self

    @property
    def name(self) -> str:
        return self._name

    def _time(self) -> datetime:
        return self._now()  # type: ignore[operator,no-any-return]

    def put(self, key: str, data: bytes, *, content_type: str = "") -> None:
        self.requests += 1
        self.bytes_written += len(data)
        self.data[key] = bytes(data)
        self.modified[key] = self._time()

    def get(self, key: str) -> bytes:
        return self.read(key, 0, self.size(key))

    def read(self, key: str, start: int, length: int) -> bytes:
        self.requests += 1
        if key not in self.data:
            raise MissingObjectError(key)
        piece = self.data[key][start : start + length]
        self.bytes_read += len(piece)
        return piece

    def size(self, key: str) -> int:
        if key not in self.data:
            raise MissingObjectError(key)
        return len(self.data[key])

    def objects(self, prefix: str) -> Iterator[StoredObject]:
        for key in sorted(self.data):
            if key.startswith(prefix):
                yield StoredObject(key, len(self.data[key]), self.modified[key])

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.data.pop(key, None)
            self.modified.pop(key, None)

    def open_multipart(self, key: str, *, content_type: str = "") -> str:
        upload_id = f"multipart-{len(self.open) + 1}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
        while upload_id in self.open:
            upload_id += "x"
        self.open[upload_id] = (key, {}, self._time())
        return upload_id

    def put_part(self, key: str, upload_id: str, number: int, data: bytes) -> StoredPart:
        self.bytes_written += len(data)
        return self._part(key, upload_id, number, bytes(data))

    def copy_part(
        self,
        key: str,
        upload_id: str,
        number: int,
        source: str,
        source_key: str,
        start: int,
        length: int,
    ) -> StoredPart:
        bucket = self._buckets[source]
        if source_key not in bucket.data:
            raise MissingObjectError(source_key)
        whole = bucket.data[source_key]
        assert len(whole) > MIN_PART, "a ranged copy wants a source of more than 5 MiB"
        assert start + length <= len(whole), "range beyond the source"
        return self._part(key, upload_id, number, whole[start : start + length])

    def _part(self, key: str, upload_id: str, number: int, data: bytes) -> StoredPart:
        self.requests += 1
        if upload_id not in self.open or self.open[upload_id][0] != key:
            raise MissingObjectError(upload_id)
        assert 1 <= number <= 10_000
        self.open[upload_id][1][number] = data
        return StoredPart(number, len(data), hashlib.sha256(data).hexdigest())

    def parts(self, key: str, upload_id: str) -> list[StoredPart]:
        if upload_id not in self.open:
            raise MissingObjectError(upload_id)
        return [
            StoredPart(number, len(data), hashlib.sha256(data).hexdigest())
            for number, data in sorted(self.open[upload_id][1].items())
        ]

    def complete(self, key: str, upload_id: str, parts: Sequence[StoredPart]) -> None:
        if upload_id not in self.open:
            raise MissingObjectError(upload_id)
        stored = self.open[upload_id][1]
        assert parts, "no parts"
        assert [part.number for part in parts] == sorted(part.number for part in parts)
        for part in parts[:-1]:
            assert len(stored[part.number]) >= MIN_PART, "EntityTooSmall"
        self.data[key] = b"".join(stored[part.number] for part in parts)
        self.modified[key] = self._time()
        del self.open[upload_id]

    def abort(self, key: str, upload_id: str) -> None:
        self.open.pop(upload_id, None)

    def open_multiparts(self, prefix: str) -> Iterator[OpenMultipart]:
        for upload_id, (key, _, started) in sorted(self.open.items()):
            if key.startswith(prefix):
                yield OpenMultipart(key, upload_id, started)

    def url(self, key: str, *, seconds: int, filename: str) -> str:
        return f"https://{self._name}.example/{key}?expires={seconds}&name={filename}"

    def part_url(self, key: str, upload_id: str, number: int, *, length: int, seconds: int) -> str:
        return f"https://{self._name}.example/{key}?part={number}&bytes={length}&expires={seconds}"
