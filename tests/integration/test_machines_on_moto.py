"""The state machines as written, run by moto's interpreter, which knows an error by its class.

The functions are played: what matters is who is called with what, how often, and how it ends.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws

from infra.lint_machines import MACHINES
from infra.local.places import REGION

lambda_calls = pytest.importorskip(
    "moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils",
    reason="moto's interpreter needs moto[stepfunctions]",
)

ACCOUNT, ID = "kim@acme.example", "01TEST"
PART_LINES = "plans/01TEST/0001"


class FunctionError(Exception):
    """What a played function raises; the machine sees `kind` as the class."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Stage:
    """Plays the functions and remembers who was called with what."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.parts: dict[str, Callable[[dict[str, Any]], Any]] = {}

    def invoke(self, parameters: dict[str, Any], **_: object) -> dict[str, Any]:
        name = parameters["FunctionName"].rsplit(":", 1)[-1].removesuffix("Function")
        payload = parameters["Payload"]
        payload = json.loads(payload) if isinstance(payload, (str, bytes)) else payload
        self.calls.append((name, payload))
        answer: dict[str, Any] = {"StatusCode": 200, "ExecutedVersion": "$LATEST"}
        try:
            return {**answer, "Payload": self.parts.get(name, lambda _: {})(payload)}
        except FunctionError as error:
            failed = {"errorType": error.kind, "errorMessage": "played"}
            return {**answer, "FunctionError": error.kind, "Payload": failed}

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def payloads(self, name: str) -> list[dict[str, Any]]:
        return [payload for each, payload in self.calls if each == name]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    played = Stage()
    monkeypatch.setattr(lambda_calls, "_invoke_lambda_function", played.invoke)
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        s3 = boto3.client("s3", region_name=REGION)
        place = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket="work", CreateBucketConfiguration=place)
        lines = json.dumps([{"part": number} for number in (1, 2, 3)])
        s3.put_object(Bucket="work", Key=PART_LINES, Body=lines.encode())
        yield played


def run(kind: str, payload: dict[str, Any]) -> tuple[str, str | None]:
    """How the machine ends: its status, and its error."""
    machine = next(path for path in MACHINES if path.stem.startswith(kind))
    text = re.sub(
        r"\$\{(\w+)\}",
        rf"arn:aws:lambda:{REGION}:123456789012:function:\1",
        machine.read_text("utf-8"),
    )
    # moto reads a JSON array where it should read JSON Lines; the local cloud reads the lines.
    text = text.replace("InputType: JSONL", "InputType: JSON")
    # Nobody waits for a retry here.
    text = re.sub(r"IntervalSeconds: \d+", "IntervalSeconds: 1", text)
    text = re.sub(r"BackoffRate: \d+", "BackoffRate: 1", text)
    machines = boto3.client("stepfunctions", region_name=REGION)
    made = machines.create_state_machine(
        name=kind,
        definition=json.dumps(yaml.safe_load(text)),
        roleArn="arn:aws:iam::123456789012:role/machine",
    )
    started = machines.start_execution(
        stateMachineArn=made["stateMachineArn"], input=json.dumps(payload)
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = machines.describe_execution(executionArn=started["executionArn"])
        if found["status"] != "RUNNING":
            return found["status"], found.get("error")
        time.sleep(0.02)
    raise TimeoutError(kind)


def backup() -> tuple[str, str | None]:
    return run("backup", {"account": ACCOUNT, "backup_id": ID})


def items(count: int) -> dict[str, Any]:
    return {"bucket": "work", "key": PART_LINES, "count": count}


def raising(kind: str, times: int = 1000) -> Callable[[dict[str, Any]], Any]:
    left = [times]

    def play(_: dict[str, Any]) -> Any:
        if left[0] > 0:
            left[0] -= 1
            raise FunctionError(kind)
        return {}

    return play


def test_volume_after_volume_its_parts_then_its_seal_then_the_notice(stage: Stage) -> None:
    stage.parts["Plan"] = lambda _: {
        "volumes": [{"number": 1, "items": items(3)}, {"number": 2, "items": items(0)}]
    }
    assert backup() == ("SUCCEEDED", None)
    names = stage.names()
    assert (names[0], names[-3:]) == ("Plan", ["Seal", "Seal", "Notice"])
    assert sorted(names[1:4]) == ["Part", "Part", "Part"]
    parts = stage.payloads("Part")
    assert sorted(part["item"]["part"] for part in parts) == [1, 2, 3]
    assert {(part["account"], part["backup_id"], part["number"]) for part in parts} == {
        (ACCOUNT, ID, 1)
    }
    assert stage.payloads("Seal") == [
        {"account": ACCOUNT, "backup_id": ID, "number": number} for number in (1, 2)
    ]
    assert stage.payloads("Notice")[0]["kind"] == "backup_ready"


def test_what_cannot_be_mended_is_not_tried_again(stage: Stage) -> None:
    stage.parts["Plan"] = raising("PermanentError")
    assert backup() == ("FAILED", "BackupFailed")
    assert stage.names() == ["Plan", "Fail", "Notice"]
    assert stage.payloads("Fail")[0]["error"]["Error"] == "PermanentError"
    assert stage.payloads("Notice")[0]["kind"] == "backup_failed"


def test_what_passes_is_tried_again(stage: Stage) -> None:
    stage.parts["Plan"] = lambda _: {"volumes": [{"number": 1, "items": items(0)}]}
    stage.parts["Seal"] = raising("StepFailedError", times=2)
    assert backup() == ("SUCCEEDED", None)
    assert stage.names() == ["Plan", "Seal", "Seal", "Seal", "Notice"]


def test_a_mail_that_cannot_be_sent_does_not_undo_the_files(stage: Stage) -> None:
    stage.parts["Plan"] = lambda _: {"volumes": []}
    stage.parts["Notice"] = raising("PermanentError")
    assert backup() == ("SUCCEEDED", None)
    assert "Fail" not in stage.names()


def upload() -> tuple[str, str | None]:
    return run("upload", {"account": ACCOUNT, "upload_id": ID, "attempt": 1})


NAMED = {"account": ACCOUNT, "upload_id": ID, "attempt": 1}


def inspected(count: int) -> dict[str, Any]:
    return {**NAMED, "chunks": {"bucket": "work", "key": PART_LINES}, "chunk_count": count}


def test_every_chunk_is_imported_then_settled(stage: Stage) -> None:
    stage.parts["Settle"] = lambda _: {"notice": "upload_completed"}
    stage.parts["Inspect"] = lambda _: inspected(3)
    assert upload() == ("SUCCEEDED", None)
    names = stage.names()
    assert names == ["Inspect", "Import", "Import", "Import", "Settle", "Notice"]
    assert sorted(each["chunk"]["part"] for each in stage.payloads("Import")) == [1, 2, 3]
    assert stage.payloads("Notice")[0]["kind"] == "upload_completed"


def test_a_directory_that_settles_everything_needs_no_import(stage: Stage) -> None:
    stage.parts["Settle"] = lambda _: {"notice": "upload_completed"}
    stage.parts["Inspect"] = lambda _: inspected(0)
    assert upload() == ("SUCCEEDED", None)
    assert stage.names() == ["Inspect", "Settle", "Notice"]


def test_a_file_that_is_no_zip_is_the_users_matter_and_no_alarm(stage: Stage) -> None:
    failure = {"code": "not_a_zip"}
    stage.parts["Inspect"] = lambda _: {**NAMED, "failure": failure}
    assert upload() == ("SUCCEEDED", None)
    assert stage.payloads("Settle") == [{**NAMED, "error": failure}]
    assert stage.payloads("Notice")[0]["kind"] == "upload_failed"


def test_a_settling_that_breaks_is_settled_with_its_error(stage: Stage) -> None:
    stage.parts["Inspect"] = lambda _: inspected(0)
    stage.parts["Settle"] = raising("PermanentError", times=1)
    assert upload() == ("FAILED", "UploadFailed")
    first, second = stage.payloads("Settle")
    assert "error" not in first
    assert second["error"]["Error"] == "PermanentError"
    assert stage.payloads("Notice")[0]["kind"] == "upload_failed"


@pytest.mark.parametrize(
    ("settled", "notices"),
    [({}, []), ({"notice": "upload_failed"}, ["upload_failed"])],
)
def test_what_settling_found_decides_who_is_told(
    stage: Stage, settled: dict[str, str], notices: list[str]
) -> None:
    stage.parts["Inspect"] = lambda _: inspected(0)
    stage.parts["Settle"] = lambda _: settled
    assert upload() == ("SUCCEEDED", None)
    assert [each["kind"] for each in stage.payloads("Notice")] == notices
