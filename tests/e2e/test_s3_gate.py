"""What S3 refuses, the local S3 refuses: the gate of infra/local/s3_gate.py in front of it."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.places import REGION
from infra.local.s3_gate import FAULTS_PATH
from pyeonji.domain.uploads import upload_key
from tests.support.local_cloud import LocalCloud
from tests.support.upload_client import KIM, ended, new_mailbox, open_upload, send
from tests.support.zip_makers import Made, archive

pytestmark = pytest.mark.e2e

BODY = b"PK" + bytes(998)


def ask(
    url: str, method: str = "PUT", body: bytes | None = BODY, **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named.setdefault("Content-Type", "application/octet-stream")
    request = urllib.request.Request(url, method=method, data=body, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), dict(error.headers)


@pytest.fixture
def part_url(local_cloud: LocalCloud) -> Iterator[str]:
    """Where the only part of an upload of 1,000 bytes goes."""
    upload = open_upload(local_cloud, new_mailbox(local_cloud, "문"), len(BODY))
    path = f"/uploads/{upload['id']}"
    urls = local_cloud.call("POST", f"{path}/parts", {"numbers": [1]}, as_=KIM).body["urls"]
    yield urls["1"]
    assert local_cloud.call("DELETE", path, as_=KIM).status == 204


def test_the_part_and_nothing_but_the_part_is_taken(part_url: str) -> None:
    assert ask(part_url, body=BODY + b"x")[0] == 403, "longer than was signed"
    assert ask(part_url, body=BODY[1:])[0] == 403, "shorter than was signed"
    assert ask(part_url)[0] == 200


@pytest.mark.parametrize("name", ["Content-MD5", "x-amz-copy-source", "x-amz-acl"])
def test_headers_that_were_not_signed(part_url: str, name: str, local_cloud: LocalCloud) -> None:
    status, body, headers = ask(part_url, **{name: "x"}, Origin=local_cloud.web_url)
    assert status == 403
    assert f"<HeadersNotSigned>{name.lower()}</HeadersNotSigned>".encode() in body
    assert headers["access-control-allow-origin"] == local_cloud.web_url, "the page may read it"


def test_another_host_part_or_method(part_url: str) -> None:
    for url in (
        part_url.replace("127.0.0.1", "localhost"),
        part_url.replace("partNumber=1", "partNumber=2"),
    ):
        status, body, _ = ask(url)
        assert (status, b"SignatureDoesNotMatch" in body) == (403, True)
    assert ask(part_url, "GET", None)[0] == 403


def client(cloud: LocalCloud, secret: str = "test", region: str = REGION) -> Any:
    return boto3.client(
        "s3", endpoint_url=cloud.places.cloud_url, region_name=region,
        aws_access_key_id="test", aws_secret_access_key=secret,
    )  # fmt: skip


def test_a_wrong_secret_in_a_signed_header(local_cloud: LocalCloud) -> None:
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        client(local_cloud, secret="wrong").list_objects_v2(
            Bucket=local_cloud.outputs["MailBucketName"]
        )


def test_parts_in_order_large_enough_and_some(local_cloud: LocalCloud) -> None:
    s3, bucket = client(local_cloud), local_cloud.outputs["WorkBucketName"]
    where = {"Bucket": bucket, "Key": "gate"}
    where["UploadId"] = s3.create_multipart_upload(**where)["UploadId"]
    etags = [
        s3.upload_part(**where, PartNumber=number, Body=bytes(size))["ETag"]
        for number, size in ((1, 5 << 20), (2, 100), (3, 100))
    ]
    part = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, start=1)]
    for parts, code in (
        (part, "EntityTooSmall"),
        (part[1::-1], "InvalidPartOrder"),
        ([], "MalformedXML"),
    ):
        with pytest.raises(ClientError, match=code):
            s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": part[:2]})
    assert s3.head_object(Bucket=bucket, Key="gate")["ContentLength"] == (5 << 20) + 100
    s3.delete_object(Bucket=bucket, Key="gate")


@pytest.fixture
def faults(local_cloud: LocalCloud) -> Iterator[Any]:
    """Orders a fault; what is left of them at the end goes."""
    url = local_cloud.places.cloud_url + FAULTS_PATH

    def order(operation: str, fault: str, times: int = 1, key: str = "") -> None:
        said = {"operation": operation, "fault": fault, "times": times, "key": key}
        status, body, _ = ask(
            url, "POST", json.dumps(said).encode(), Content_Type="application/json"
        )
        assert status == 200, body

    yield order
    left = json.loads(ask(url, "GET", None)[1])
    assert ask(url, "DELETE", None)[0] == 200
    assert all(each.endswith(" 0") for each in left), f"never met: {left}"


@pytest.mark.parametrize("fault", ["slow_down", "internal_error", "reset", "reset_after", "cut"])
def test_an_upload_outlives_the_bad_days_of_s3(
    local_cloud: LocalCloud, faults: Any, fault: str
) -> None:
    """Each met by a step of the machine or by the API; the person sees a completed upload."""
    faults("GetObject", fault, key="uploads/")
    faults("PutObject", fault, key="segments/")
    if fault != "cut":
        faults("CompleteMultipartUpload", fault, key="uploads/")
    mails = [
        Made(b"%d.eml" % n, b"From: a@b.example\r\nSubject: %d\r\n\r\nx" % n) for n in range(3)
    ]
    upload = send(local_cloud, new_mailbox(local_cloud, f"고장 {fault}"), archive(mails))
    said = ended(local_cloud, upload)
    assert (said["state"], said["totals"]["imported"]) == ("completed", 3)


def test_a_completion_that_says_200_and_means_no(local_cloud: LocalCloud, faults: Any) -> None:
    """S3 may answer CompleteMultipartUpload with 200 and an error in the body."""
    zips = local_cloud.services.zips
    key = upload_key(KIM, "01JFAULT0000000000000000AA")
    multipart = zips.open_multipart(key)
    zips.put_part(key, multipart, 1, BODY)
    faults("CompleteMultipartUpload", "error_in_200")
    zips.complete(key, multipart, zips.parts(key, multipart))
    assert zips.size(key) == len(BODY), "it was tried again"
    zips.delete([key])
