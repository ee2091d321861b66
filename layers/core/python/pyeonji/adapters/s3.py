"""A bucket."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError
from isal import isal_zlib

from pyeonji.adapters.attachment import attachment
from pyeonji.ports import MissingObjectError, OpenMultipart, StoredObject, StoredPart

_MISSING = frozenset({"NoSuchKey", "NoSuchUpload", "404", "NotFound"})
#: DeleteObjects takes 1,000 keys.
_DELETE_BATCH = 1000


class S3Bucket:
    """ports.ObjectStore on one bucket."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    @property
    def name(self) -> str:
        """The bucket's name, as a copy from another bucket needs it."""
        return self._bucket

    def put(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> None:
        """The whole object in one request."""
        self._call(
            "put_object",
            Key=key,
            Body=data,
            ContentType=content_type,
            ChecksumCRC32=_crc32(data),
        )

    def get(self, key: str) -> bytes:
        """The whole object."""
        answer = self._call("get_object", Key=key)
        body: bytes = answer["Body"].read()
        return body

    def read(self, key: str, start: int, length: int) -> bytes:
        """`length` bytes from `start`; fewer at the end of the object."""
        if length <= 0:
            return b""
        answer = self._call("get_object", Key=key, Range=f"bytes={start}-{start + length - 1}")
        body: bytes = answer["Body"].read()
        return body

    def size(self, key: str) -> int:
        """Bytes of the object."""
        return int(self._call("head_object", Key=key)["ContentLength"])

    def objects(self, prefix: str) -> Iterator[StoredObject]:
        """Every object under `prefix`."""
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
            for entry in page.get("Contents", ()):
                yield StoredObject(entry["Key"], entry["Size"], entry["LastModified"])

    def delete(self, keys: Iterable[str]) -> None:
        """What is not there is no error."""
        waiting = list(keys)
        for start in range(0, len(waiting), _DELETE_BATCH):
            batch = [{"Key": key} for key in waiting[start : start + _DELETE_BATCH]]
            answer = self._call("delete_objects", Delete={"Objects": batch, "Quiet": True})
            errors = answer.get("Errors", ())
            if errors:
                raise RuntimeError(f"{len(errors)} objects were not deleted: {errors[0]['Code']}")

    def open_multipart(self, key: str, *, content_type: str = "application/zip") -> str:
        """A new multipart upload."""
        answer = self._call("create_multipart_upload", Key=key, ContentType=content_type)
        return str(answer["UploadId"])

    def put_part(self, key: str, upload_id: str, number: int, data: bytes) -> StoredPart:
        """Send a part; sending it again replaces it."""
        answer = self._call(
            "upload_part",
            Key=key,
            UploadId=upload_id,
            PartNumber=number,
            Body=data,
            ContentMD5=_md5(data),
        )
        return StoredPart(number, len(data), answer["ETag"])

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
        """A part copied inside S3 from bytes of `source_key` in the bucket `source`."""
        answer = self._call(
            "upload_part_copy",
            Key=key,
            UploadId=upload_id,
            PartNumber=number,
            CopySource={"Bucket": source, "Key": source_key},
            CopySourceRange=f"bytes={start}-{start + length - 1}",
        )
        return StoredPart(number, length, answer["CopyPartResult"]["ETag"])

    def parts(self, key: str, upload_id: str) -> list[StoredPart]:
        """Those that have arrived, by number."""
        found: list[StoredPart] = []
        marker = 0
        while True:
            answer = self._call("list_parts", Key=key, UploadId=upload_id, PartNumberMarker=marker)
            found += [
                StoredPart(part["PartNumber"], part["Size"], part["ETag"])
                for part in answer.get("Parts", ())
            ]
            if not answer.get("IsTruncated"):
                return found
            marker = answer["NextPartNumberMarker"]

    def complete(self, key: str, upload_id: str, parts: Sequence[StoredPart]) -> None:
        """Put the parts together; the object is there, whole, afterwards."""
        self._call(
            "complete_multipart_upload",
            Key=key,
            UploadId=upload_id,
            MultipartUpload={
                "Parts": [{"PartNumber": part.number, "ETag": part.etag} for part in parts]
            },
        )

    def abort(self, key: str, upload_id: str) -> None:
        """Give a multipart upload up; one that is gone already is no error."""
        try:
            self._call("abort_multipart_upload", Key=key, UploadId=upload_id)
        except MissingObjectError:
            return

    def open_multiparts(self, prefix: str) -> Iterator[OpenMultipart]:
        """Those neither completed nor aborted, under `prefix`."""
        pages = self._client.get_paginator("list_multipart_uploads")
        for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
            for entry in page.get("Uploads", ()):
                yield OpenMultipart(entry["Key"], entry["UploadId"], entry["Initiated"])

    def url(self, key: str, *, seconds: int, filename: str) -> str:
        """A presigned download that is saved under `filename`."""
        return self._presign(
            "get_object",
            seconds,
            Key=key,
            ResponseContentDisposition=attachment(filename),
        )

    def part_url(self, key: str, upload_id: str, number: int, *, length: int, seconds: int) -> str:
        """A presigned PUT of one part of exactly `length` bytes: `Content-Length` is signed too, or
        S3 would take 5 GiB where 16 MiB were asked for."""
        return self._presign(
            "upload_part",
            seconds,
            Key=key,
            UploadId=upload_id,
            PartNumber=number,
            ContentLength=length,
        )

    def _presign(self, operation: str, seconds: int, **parameters: object) -> str:
        return str(
            self._client.generate_presigned_url(
                operation, Params={"Bucket": self._bucket, **parameters}, ExpiresIn=seconds
            )
        )

    def _call(self, operation: str, **parameters: object) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(
                Bucket=self._bucket, **parameters
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                raise MissingObjectError(operation) from None
            raise
        return answer


def _crc32(data: bytes) -> str:
    # As below, at a twentieth of MD5's time; S3 keeps it with the object. (A part may only carry
    # one where its multipart upload was opened with the algorithm, hence MD5 there.)
    return base64.b64encode(isal_zlib.crc32(data).to_bytes(4, "big")).decode()


def _md5(data: bytes) -> str:
    # S3 compares it with what arrived: a part damaged on the way is refused and sent again.
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
