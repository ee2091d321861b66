"""The template on the local cloud: tokens, permissions, events, starting and stopping."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.cloud import check_port
from infra.local.places import REGION, ROOT, STACK, Places
from infra.local.running import endpoints
from tests.support.local_cloud import LocalCloud, started

pytestmark = pytest.mark.e2e

KIM = "kim@acme.example"


def as_function(cloud: LocalCloud, function: str, service: str) -> Any:
    """A client with the permissions of one function and no others."""
    settings = cloud.client("lambda").get_function_configuration(FunctionName=f"{STACK}-{function}")
    role = cloud.client("sts").assume_role(RoleArn=settings["Role"], RoleSessionName="test")
    keys = role["Credentials"]
    return boto3.client(
        service,
        endpoint_url=cloud.places.cloud_url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name=REGION,
    )


def denied(call: Any, **arguments: Any) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"].startswith("AccessDenied")
        return True
    return False


def test_endpoints_name_the_demo_people(local_cloud: LocalCloud) -> None:
    people = {each["email"]: each for each in local_cloud.said["accounts"]}
    assert people[KIM]["password"]
    assert people["lee@acme.example"]["totp_secret"]
    assert people["park@other.example"]["password"]
    assert people["choi@acme.example"]["mail_ready"] is False


@pytest.mark.parametrize("token", [None, "", "x", "a.b.c"])
def test_no_token_or_a_forged_one_is_401_in_the_contracts_shape(
    local_cloud: LocalCloud, token: str | None
) -> None:
    answer = local_cloud.call("GET", "/me", token=token)
    assert answer.status == 401
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.body["code"] == "unauthorized"


def test_a_token_with_another_name_in_it_is_401(local_cloud: LocalCloud) -> None:
    header, _, signature = local_cloud.token(KIM).split(".")
    _, claims, _ = local_cloud.token("park@other.example").split(".")
    answer = local_cloud.call("GET", "/me", token=f"{header}.{claims}.{signature}")
    assert answer.status == 401


def test_a_route_that_does_not_exist_is_404(local_cloud: LocalCloud) -> None:
    answer = local_cloud.call("GET", "/nothing", as_=KIM)
    assert answer.status == 404
    assert answer.body["code"] == "route_not_found"


def test_a_function_can_do_its_own_work_and_nobody_elses(local_cloud: LocalCloud) -> None:
    outputs = local_cloud.outputs
    mail = {"Bucket": outputs["MailBucketName"], "Key": "segments/test/permissions"}
    local_cloud.client("s3").put_object(**mail, Body=b"x")
    assert not denied(as_function(local_cloud, "backup-part", "s3").get_object, **mail)
    assert denied(as_function(local_cloud, "backup-part", "s3").delete_object, **mail)
    # The API hands out a mail that its owner opens, and changes none.
    assert not denied(as_function(local_cloud, "api", "s3").get_object, **mail)
    for call in ("put_object", "delete_object"):
        assert denied(getattr(as_function(local_cloud, "api", "s3"), call), **mail)
    assert denied(as_function(local_cloud, "notice", "s3").get_object, **mail)
    # Mail is only ever added by an import, and what nobody wants any more is sealed by nobody.
    for call in ("get_object", "delete_object"):
        assert denied(getattr(as_function(local_cloud, "upload-import", "s3"), call), **mail)
    assert not denied(as_function(local_cloud, "upload-import", "s3").put_object, **mail)
    volume = {"Bucket": outputs["VolumeBucketName"], "Key": "volumes/test/permissions"}
    local_cloud.client("s3").put_object(**volume, Body=b"x")
    assert not denied(as_function(local_cloud, "backup-part", "s3").head_object, **volume)
    assert denied(as_function(local_cloud, "backup-part", "s3").delete_object, **volume)
    assert not denied(as_function(local_cloud, "backup-seal", "s3").delete_object, **volume)
    local_cloud.client("s3").delete_object(**mail)

    table = {"TableName": outputs["TableName"]}
    for function in ("api", "retention", "upload-import"):
        assert denied(as_function(local_cloud, function, "dynamodb").scan, **table)
    due = {
        "IndexName": "due",
        "KeyConditionExpression": "due_pk = :day",
        "ExpressionAttributeValues": {":day": {"S": "DUE#2000-01-01"}},
    }
    assert not denied(as_function(local_cloud, "retention", "dynamodb").query, **table, **due)
    assert denied(as_function(local_cloud, "api", "dynamodb").query, **table, **due)

    start = {"stateMachineArn": outputs["BackupMachineArn"], "input": "{}"}
    assert denied(as_function(local_cloud, "notice", "stepfunctions").start_execution, **start)


def test_a_part_put_from_the_page_passes_cors_and_another_key_does_not(
    local_cloud: LocalCloud,
) -> None:
    bucket, key = local_cloud.outputs["UploadBucketName"], "uploads/test@acme.example/cors.zip"
    s3 = as_function(local_cloud, "api", "s3")
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    part = {"Bucket": bucket, "Key": key, "UploadId": upload}
    url = s3.generate_presigned_url("upload_part", Params={**part, "PartNumber": 1}, ExpiresIn=60)
    request = urllib.request.Request(
        url, data=b"part", method="PUT", headers={"Origin": local_cloud.web_url}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == local_cloud.web_url
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    elsewhere = urllib.request.Request(
        url.replace("cors.zip", "other.zip"), data=b"part", method="PUT"
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(elsewhere)
    with refused.value as answer:
        assert answer.code in (403, 404)
    s3.abort_multipart_upload(**part)


def test_a_machine_whose_first_step_fails_ends_in_its_failure_branch(
    local_cloud: LocalCloud,
) -> None:
    machines = local_cloud.client("stepfunctions")
    run = machines.start_execution(
        stateMachineArn=local_cloud.outputs["BackupMachineArn"],
        input=json.dumps({"account": KIM, "backup_id": "0" * 26}),
    )["executionArn"]
    deadline = time.monotonic() + 90
    while machines.describe_execution(executionArn=run)["status"] == "RUNNING":
        assert time.monotonic() < deadline, "the machine does not end"
        time.sleep(0.5)
    ended = machines.describe_execution(executionArn=run)
    assert (ended["status"], ended["error"]) == ("FAILED", "BackupFailed")


def run_up(folder: Path, port: int, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PORT_BASE": str(port), "LOCAL_DIR": str(folder), **more}
    environment["PYEONJI_OFFER"] = "no"
    environment["PYTHONPATH"] = f"{ROOT / 'layers/core/python'}{os.pathsep}{ROOT}"
    return subprocess.run(
        [sys.executable, "-m", "infra.local.up"],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode != 0
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def test_a_taken_port_is_one_clear_line(local_cloud: LocalCloud, tmp_path: Path) -> None:
    said = one_line(run_up(tmp_path / "other", local_cloud.places.cloud_port))
    assert f"port {local_cloud.places.cloud_port}" in said


def test_a_folder_in_use_is_one_clear_line(local_cloud: LocalCloud) -> None:
    said = one_line(run_up(local_cloud.places.folder, 31_990))
    assert "already" in said


def test_a_folder_that_cannot_be_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be used" in one_line(run_up(tmp_path / "file", 31_992))


def test_a_parameter_the_template_does_not_know_is_one_clear_line(tmp_path: Path) -> None:
    said = one_line(run_up(tmp_path / "wrong", 31_994, PARAMS="NoSuchThing=1"))
    assert "NoSuchThing" in said


@contextlib.contextmanager
def made(folder: Path, port: int) -> Iterator[LocalCloud]:
    """`make run`, stopped by a signal to make alone: a terminal would tell the whole group."""
    environment = {**os.environ, "PORT_BASE": str(port), "LOCAL_DIR": str(folder)}
    # Whoever runs the tests in the background has SIGINT ignored, and make would take that over.
    with subprocess.Popen(
        ["make", "run"], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as make:  # fmt: skip
        assert make.stdout is not None
        assert any(line.startswith("Pyeonji is ready: ") for line in make.stdout)
        places = Places(port, port + 1, folder, {})
        said = endpoints(places)
        assert said is not None
        try:
            yield LocalCloud(places, said)
        finally:
            make.send_signal(signal.SIGINT)
            make.wait(60)


def test_stopped_killed_and_started_again_everything_is_still_there(tmp_path: Path) -> None:
    """One folder through three starts, because a start is what takes the time."""
    folder, port = tmp_path / "kept", 31_996
    with made(folder, port) as cloud:
        assert cloud.call("POST", "/mailboxes", {"path": "보관/2026"}, as_=KIM).status == 201
        before = cloud.call("GET", "/mailboxes", as_=KIM).body
        secret = cloud.person("lee@acme.example")["totp_secret"]
        half = {"Bucket": cloud.outputs["UploadBucketName"], "Key": "uploads/half-sent.zip"}
        half["UploadId"] = cloud.client("s3").create_multipart_upload(**half)["UploadId"]
        cloud.client("s3").upload_part(**half, PartNumber=3, Body=b"a part")
    assert not (folder / "endpoints.json").exists()
    check_port(port, "cloud")
    check_port(port + 1, "page")

    with started(folder, "DownloadDays=3", port=port) as cloud:
        assert cloud.call("GET", "/mailboxes", as_=KIM).body == before
        assert cloud.person("lee@acme.example")["totp_secret"] == secret
        assert cloud.call("GET", "/me", as_="lee@acme.example").status == 200
        assert cloud.call("GET", "/me", as_=KIM).body["limits"]["download_days"] == 3
        (part,) = cloud.client("s3").list_parts(**half)["Parts"]
        assert (part["PartNumber"], part["Size"]) == (3, 6)

    # What SIGKILL leaves at the first start: the objects, and no table. The demo mail comes again.
    for saved in (folder / "state").glob("*.json"):
        saved.unlink()
    with started(folder, port=port) as cloud:
        again = cloud.call("GET", "/mailboxes", as_=KIM).body["mailboxes"]
    assert counts(again) == {
        path: count for path, count in counts(before["mailboxes"]).items() if path != "보관/2026"
    }
    assert sum(counts(again).values()) > 100

    state = next(iter((folder / "state").glob("dynamodb*.json")))
    state.write_text('{"half a')
    assert "make reset" in one_line(run_up(folder, port))


def counts(mailboxes: list[dict[str, Any]]) -> dict[str, int]:
    """Mails by path."""
    return {box["path"]: box["messages"] for box in mailboxes}
