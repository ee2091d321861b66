"""infra/local/s3_rules: what S3 refuses. URLs and signatures are boto3's, by our own adapter."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest

from infra.local.s3_rules import (
    MIN_PART_BYTES,
    Key,
    Request,
    body_refusal,
    completion_refusal,
    operation,
    refusal,
)
from pyeonji.adapters.s3 import S3Bucket
from pyeonji.bootstrap import _S3_CONFIG

REGION = "ap-northeast-2"
KEYS = {"AKIDADMIN": Key("secret"), "ASIASESSION": Key("fleeting", "token")}
OBJECT = "uploads/kim@acme.example/01 한글+%25.zip"
MULTIPART = "an upload"


@cache
def client(key_id: str = "AKIDADMIN", secret: str | None = None, region: str = REGION) -> Any:
    key = KEYS.get(key_id, Key("?"))
    return boto3.session.Session(key_id, secret or key.secret, key.token, region).client(
        "s3", config=_S3_CONFIG, endpoint_url=f"https://s3.{region}.amazonaws.com"
    )


def part_url(**options: Any) -> str:
    bucket = S3Bucket(client(**options), "zips")
    return bucket.part_url(OBJECT, MULTIPART, 1, length=1000, seconds=900)


def request(url: str, method: str = "PUT", **headers: str) -> Request:
    parts = urlsplit(url)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    given = {"host": parts.netloc, "content-length": "1000", **named}
    return Request(method, parts.path, parts.query, given)


def code(asked: Request, now: datetime | None = None, region: str = REGION) -> str:
    found = refusal(
        asked, key_of=KEYS.get, region=region, now=datetime.now(UTC) if now is None else now
    )
    return "" if found is None else f"{found.status} {found.code}"


@pytest.mark.parametrize("key_id", KEYS)
def test_a_part_url_as_the_service_signs_it_is_taken(key_id: str) -> None:
    assert code(request(part_url(key_id=key_id))) == ""
    # What a browser adds by itself.
    sent = request(part_url(), origin="http://here", user_agent="x", content_type="application/zip")
    assert code(sent) == ""


def test_a_download_as_the_service_signs_it_is_taken_with_a_range() -> None:
    url = S3Bucket(client(), "volumes").url(OBJECT, seconds=60, filename='가 "나".zip')
    assert code(request(url, "GET", range="bytes=5-")) == ""


REFUSED = {
    "content-md5": "403 AccessDenied",
    "x-amz-copy-source": "403 AccessDenied",
    "x-amz-acl": "403 AccessDenied",
    "x-amz-meta-anything": "403 AccessDenied",
    "x-amz-checksum-crc32": "403 AccessDenied",
    "x-amz-security-token": "403 AccessDenied",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_header_of_amazon_s_that_was_not_signed_is_refused_by_name(name: str) -> None:
    asked = request(part_url(), **{name: "x"})
    assert code(asked) == REFUSED[name]
    found = refusal(asked, key_of=KEYS.get, region=REGION, now=datetime.now(UTC))
    assert found is not None
    assert f"<HeadersNotSigned>{name}</HeadersNotSigned>".encode() in found.body("/zips")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"content_length": "1001"}, "403 SignatureDoesNotMatch"),
        ({"content_length": "999"}, "403 SignatureDoesNotMatch"),
        ({"host": "other.s3.ap-northeast-2.amazonaws.com"}, "403 SignatureDoesNotMatch"),
        ({"method": "GET"}, "403 SignatureDoesNotMatch"),
        ({"authorization": "AWS4-HMAC-SHA256 Credential=x"}, "400 InvalidArgument"),
    ],
)
def test_what_was_signed_cannot_be_changed(change: dict[str, str], expected: str) -> None:
    assert code(request(part_url(), **change)) == expected


@pytest.mark.parametrize(
    ("part", "other"),
    [("partNumber=1", "partNumber=2"), ("/zips", "/zips2"), ("Expires=900", "Expires=9000"),
     ("01%20", "02%20"), ("X-Amz-Signature=", "X-Amz-Signature=0"), ("an%20upload", "another")],
)  # fmt: skip
def test_nor_can_the_url(part: str, other: str) -> None:
    path_style = boto3.session.Session("AKIDADMIN", "secret", region_name=REGION).client(
        "s3", config=_S3_CONFIG, endpoint_url="https://127.0.0.1:9000"
    )
    url = S3Bucket(path_style, "zips").part_url(OBJECT, MULTIPART, 1, length=1000, seconds=900)
    assert code(request(url)) == ""
    assert part in url
    assert code(request(url.replace(part, other))) == "403 SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"secret": "wrong"}, "403 SignatureDoesNotMatch"),
        ({"key_id": "AKIDNOBODY"}, "403 InvalidAccessKeyId"),
        ({"region": "us-east-1"}, "400 AuthorizationQueryParametersError"),
    ],
)
def test_keys_and_regions_of_presigned_urls(options: dict[str, str], expected: str) -> None:
    assert code(request(part_url(**options))) == expected


def test_a_session_s_key_without_its_token_is_none() -> None:
    url = part_url(key_id="ASIASESSION").replace("X-Amz-Security-Token=token&", "")
    assert code(request(url)) == "400 InvalidToken"


def test_expiry_is_to_the_second() -> None:
    asked = request(part_url())
    date = datetime.strptime(asked.parameters["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert code(asked, date + timedelta(seconds=900)) == ""
    assert code(asked, date + timedelta(seconds=901)) == "403 AccessDenied"
    assert code(asked, date - timedelta(minutes=16)) == "403 AccessDenied"


def test_no_url_lives_longer_than_a_week() -> None:
    bucket = S3Bucket(client(), "volumes")
    week = 7 * 24 * 3600
    assert code(request(bucket.url("k", seconds=week, filename="a.zip"), "GET")) == ""
    longer = request(bucket.url("k", seconds=week + 1, filename="a.zip"), "GET")
    assert code(longer) == "400 AuthorizationQueryParametersError"


def test_nobody_comes_without_a_signature() -> None:
    assert code(request("https://zips.s3.ap-northeast-2.amazonaws.com/a")) == "403 AccessDenied"
    half = part_url().replace("X-Amz-Expires=900&", "")
    assert code(request(half)) == "400 AuthorizationQueryParametersError"


class Sent:
    """What boto3 puts on the wire, caught before it goes."""

    def __init__(self, **options: Any) -> None:
        self.client = client(**options)
        self.prepared: list[AWSPreparedRequest] = []

    def _catch(self, request: AWSPreparedRequest, **_: object) -> Any:
        self.prepared.append(request)
        raise _CaughtError

    def call(self, method: str, **parameters: Any) -> Request:
        events = self.client.meta.events
        events.register("before-send.s3", self._catch)
        with pytest.raises(_CaughtError):
            getattr(self.client, method)(Bucket="zips", **parameters)
        events.unregister("before-send.s3", self._catch)
        prepared = self.prepared.pop()
        parts = urlsplit(prepared.url)
        headers = {name.lower(): _text(value) for name, value in prepared.headers.items()}
        return Request(prepared.method, parts.path, parts.query, {"host": parts.netloc, **headers})


class _CaughtError(Exception):
    pass


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def calls() -> Iterator[tuple[str, dict[str, Any]]]:
    """One of each that adapters/s3.py makes."""
    multipart = {"Key": OBJECT, "UploadId": MULTIPART}
    yield "put_object", {"Key": OBJECT, "Body": b"x", "ChecksumCRC32": "AAAAAA=="}
    yield "get_object", {"Key": OBJECT, "Range": "bytes=0-1"}
    yield "head_object", {"Key": OBJECT}
    yield "list_objects_v2", {"Prefix": "uploads/ 한/"}
    yield "delete_objects", {"Delete": {"Objects": [{"Key": OBJECT}], "Quiet": True}}
    yield "create_multipart_upload", {"Key": OBJECT, "ContentType": "application/zip"}
    yield "upload_part", {**multipart, "PartNumber": 1, "Body": b"x", "ContentMD5": "AAAA"}
    yield "upload_part_copy", {**multipart, "PartNumber": 1, "CopySourceRange": "bytes=0-1",
                               "CopySource": {"Bucket": "mail", "Key": OBJECT}}  # fmt: skip
    yield "list_parts", {**multipart, "PartNumberMarker": 0}
    parts = {"Parts": [{"PartNumber": 1, "ETag": '"x"'}]}
    yield "complete_multipart_upload", {**multipart, "MultipartUpload": parts}
    yield "abort_multipart_upload", multipart
    yield "list_multipart_uploads", {"Prefix": "uploads/"}


@pytest.mark.parametrize(("method", "parameters"), list(calls()), ids=lambda each: str(each)[:30])
def test_every_call_of_the_adapter_is_signed_as_s3_wants_it(
    method: str, parameters: dict[str, Any]
) -> None:
    for key_id in KEYS:
        asked = Sent(key_id=key_id).call(method, **parameters)
        assert code(asked) == ""
    assert code(Sent(secret="wrong").call(method, **parameters)) == "403 SignatureDoesNotMatch"
    assert code(asked, region="us-east-1") == "400 AuthorizationHeaderMalformed"
    assert code(asked, datetime.now(UTC) + timedelta(minutes=16)) == "403 RequestTimeTooSkewed"
    more = Request(asked.method, asked.path, asked.query, {**asked.headers, "x-amz-acl": "private"})
    assert code(more) == "403 AccessDenied"


def test_a_body_is_what_its_header_says() -> None:
    named = Request("PUT", "/zips/k", "", {"x-amz-content-sha256": "0" * 64})
    assert body_refusal(named, "0" * 64) is None
    found = body_refusal(named, "1" * 64)
    assert found is not None
    assert (found.status, found.code) == (400, "XAmzContentSHA256Mismatch")


def completion(*numbers: int) -> bytes:
    parts = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>x</ETag></Part>" for n in numbers)
    space = "http://s3.amazonaws.com/doc/2006-03-01/"
    return f'<CompleteMultipartUpload xmlns="{space}">{parts}</CompleteMultipartUpload>'.encode()


@pytest.mark.parametrize(
    ("body", "sizes", "expected"),
    [
        (completion(1), {1: 0}, ""),
        (completion(1, 2), {1: MIN_PART_BYTES, 2: 1}, ""),
        (completion(1, 2), {1: MIN_PART_BYTES - 1, 2: 1}, "EntityTooSmall"),
        (completion(1, 2, 3), {1: MIN_PART_BYTES, 2: 1, 3: 1}, "EntityTooSmall"),
        (completion(2, 1), {1: MIN_PART_BYTES, 2: MIN_PART_BYTES}, "InvalidPartOrder"),
        (completion(1, 1), {1: MIN_PART_BYTES}, "InvalidPartOrder"),
        (completion(), {}, "MalformedXML"),
        (b"", {}, "MalformedXML"),
        (b"<CompleteMultipartUpload>", {}, "MalformedXML"),
    ],
)
def test_what_is_put_together_is_in_order_and_large_enough(
    body: bytes, sizes: dict[int, int], expected: str
) -> None:
    found = completion_refusal(body, sizes)
    assert ("" if found is None else found.code) == expected


def test_operations_are_told_apart() -> None:
    assert operation(request("https://h/zips/k?uploadId=1&partNumber=1")) == "UploadPart"
    copy = request("https://h/zips/k?uploadId=1&partNumber=1", **{"x-amz-copy-source": "/a/b"})
    assert operation(copy) == "UploadPartCopy"
    assert operation(request("https://h/zips/k?uploadId=1", "POST")) == "CompleteMultipartUpload"
    assert operation(request("https://h/zips?delete", "POST")) == "DeleteObjects"
    assert operation(request("https://h/zips/k?uploads", "POST")) == "CreateMultipartUpload"
    assert operation(request("https://h/zips/k", "GET")) == "GetObject"
