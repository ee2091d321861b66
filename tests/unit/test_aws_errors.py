"""Every error AWS's own models name, of every operation the service calls: what becomes of each.

The operations are those `infra.roles` finds in the source; the errors are those of botocore's
service models, and the common ones that no model names. None may look like a mail's fault to an
import, none is a 500 of the API, and none of those that mean something is taken for trouble.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from botocore.stub import Stubber

from infra.roles.needs import _ACTIONS
from pyeonji.adapters.cloudfront import SignedDownloads
from pyeonji.adapters.dynamodb import client as dynamodb
from pyeonji.adapters.passing import is_passing
from pyeonji.adapters.s3 import S3Bucket
from pyeonji.adapters.secrets import SecretsManager
from pyeonji.adapters.ses import SesMailer
from pyeonji.adapters.sqs import IndexQueue
from pyeonji.adapters.stepfunctions import StateMachines
from pyeonji.domain.errors import PyeonjiError
from pyeonji.ports import MissingObjectError, NotSentError
from pyeonji_api import answers

_SERVICES = {
    "s3": "s3", "dynamodb": "dynamodb", "states": "stepfunctions", "ses": "sesv2",
    "cognito-idp": "cognito-idp", "sqs": "sqs",
    "secretsmanager": "secretsmanager",
}  # fmt: skip
#: What no service model names and every service may say ("Common Errors").
COMMON = (
    "InternalError", "InternalFailure", "InternalServerError", "RequestExpired", "RequestTimeout",
    "ServiceUnavailable", "SlowDown", "Throttling", "ThrottlingException", "503", "500",
    "AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException",
    "RequestLimitExceeded", "RequestTimeTooSkewed", "OperationAborted", "KMS.ThrottlingException",
)  # fmt: skip
LOST = (
    EndpointConnectionError(endpoint_url="https://aws"),
    ConnectTimeoutError(endpoint_url="https://aws"),
    ReadTimeoutError(endpoint_url="https://aws"),
    ConnectionClosedError(endpoint_url="https://aws"),
    IncompleteReadError(actual_bytes=1, expected_bytes=2),
    ResponseStreamingError(error="reset"),
)


@cache
def client(service: str) -> Any:
    return boto3.session.Session("AKID", "secret", region_name="ap-northeast-2").client(service)


def operations() -> Iterator[tuple[str, str]]:
    """(service, method of boto3)."""
    for method, actions in _ACTIONS.items():
        if method[0].islower():
            yield _SERVICES[actions[0].partition(":")[0]], method
    yield "dynamodb", "transact_write_items"
    yield "dynamodb", "batch_execute_statement"
    yield from (
        ("cognito-idp", name)
        for name in (
            "initiate_auth",
            "get_user",
            "revoke_token",
            "global_sign_out",
            "verify_software_token",
        )
    )


def errors() -> Iterator[tuple[str, str, str]]:
    """(service, method, code) of every operation times every error."""
    for service, method in operations():
        known = client(service)
        model = known.meta.service_model.operation_model(known.meta.method_to_api_mapping[method])
        modelled = [
            shape.metadata.get("error", {}).get("code", shape.name) for shape in model.error_shapes
        ]
        for code in dict.fromkeys([*modelled, *COMMON]):
            yield service, method, code


MATRIX = list(errors())


def failed(method: str, code: str) -> ClientError:
    """As botocore raises it."""
    said: dict[str, Any] = {"Error": {"Code": code, "Message": "?"}}
    return ClientError(said, method)


def test_the_matrix_is_as_large_as_the_models_say() -> None:
    modelled = {(method, code) for _, method, code in MATRIX if code not in COMMON}
    assert len(dict.fromkeys((s, m) for s, m, _ in MATRIX)) >= 24
    assert len(modelled) >= 80
    assert ("update_item", "TransactionConflictException") in modelled
    assert ("get_object", "InvalidObjectState") in modelled
    assert ("start_execution", "ExecutionLimitExceeded") in modelled


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
def test_a_lost_connection_is_nobodys_mail(error: BotoCoreError) -> None:
    assert is_passing(error)
    answer = answers.failure(error, "en", UTC)
    assert answer.status_code == 503


def test_no_error_of_aws_is_a_500() -> None:
    for _, method, code in MATRIX:
        answer = answers.failure(failed(method, code), "ko", UTC)
        assert answer.status_code == 503, (method, code)
        assert answer.headers["Retry-After"]
        assert "service_busy" in str(answer.body)


def test_no_error_of_aws_is_a_mails_fault() -> None:
    """An import tells its own trouble from a poison entry by this."""
    lasting = {"InvalidRequest", "ValidationException", "EncryptionTypeMismatch"}
    wrong = [
        (method, code)
        for _, method, code in MATRIX
        if code not in lasting and not is_passing(failed(method, code))
    ]
    assert wrong == []


def adapters() -> Iterator[tuple[str, str, Callable[[Any], object]]]:
    """The adapters' calls, one of each operation of S3, Step Functions and SES."""
    yield "s3", "put_object", lambda c: S3Bucket(c, "b").put("k", b"x")
    yield "s3", "get_object", lambda c: S3Bucket(c, "b").get("k")
    yield "s3", "head_object", lambda c: S3Bucket(c, "b").size("k")
    yield "s3", "list_objects_v2", lambda c: list(S3Bucket(c, "b").objects("p"))
    yield "s3", "delete_objects", lambda c: S3Bucket(c, "b").delete(["k"])
    yield "s3", "create_multipart_upload", lambda c: S3Bucket(c, "b").open_multipart("k")
    yield "s3", "upload_part", lambda c: S3Bucket(c, "b").put_part("k", "u", 1, b"x")
    yield (
        "s3",
        "upload_part_copy",
        lambda c: S3Bucket(c, "b").copy_part("k", "u", 1, "s", "k", 0, 1),
    )
    yield "s3", "list_parts", lambda c: S3Bucket(c, "b").parts("k", "u")
    yield "s3", "complete_multipart_upload", lambda c: S3Bucket(c, "b").complete("k", "u", [])
    yield "s3", "abort_multipart_upload", lambda c: S3Bucket(c, "b").abort("k", "u")
    yield "s3", "list_multipart_uploads", lambda c: list(S3Bucket(c, "b").open_multiparts("p"))
    arns = [f"arn:aws:states:r:1:stateMachine:{name}" for name in ("backup", "upload", "sync")]
    yield (
        "stepfunctions",
        "start_execution",
        lambda c: StateMachines(c, *arns).start_backup("n", {}),
    )
    yield "stepfunctions", "stop_execution", lambda c: StateMachines(c, *arns).stop_upload("n", "r")
    yield (
        "stepfunctions",
        "describe_execution",
        lambda c: StateMachines(c, *arns).upload_running("n"),
    )
    until = datetime(2026, 1, 1, tzinfo=UTC)
    yield (
        "secretsmanager",
        "get_secret_value",
        lambda c: SignedDownloads(c, "d", "K", "s").url("k", until=until, filename="f"),
    )
    yield "sqs", "send_message_batch", lambda c: IndexQueue(c, "https://sqs/q").ask(["segments/1"])
    secrets = "secretsmanager"
    yield secrets, "get_secret_value", lambda c: SecretsManager(c, "p").read("n")
    yield secrets, "create_secret", lambda c: SecretsManager(c, "p").create("n", "v")
    yield secrets, "put_secret_value", lambda c: SecretsManager(c, "p").replace("n", "v")
    yield secrets, "delete_secret", lambda c: SecretsManager(c, "p").delete("n")
    yield "sesv2", "send_email", lambda c: SesMailer(c, "a@b", "set").send("c@d", "s", "t", "h")


#: What a code means to the adapter: an answer, or an error of ours. All else goes on as it came.
MEANT: dict[tuple[str, str], object] = {
    ("get_object", "NoSuchKey"): MissingObjectError,
    ("head_object", "NoSuchKey"): MissingObjectError,
    ("abort_multipart_upload", "NoSuchUpload"): None,
    ("start_execution", "ExecutionAlreadyExists"): None,
    ("stop_execution", "ExecutionDoesNotExist"): None,
    ("stop_execution", "ValidationException"): None,
    ("describe_execution", "ExecutionDoesNotExist"): False,
    ("get_secret_value", "ResourceNotFoundException"): None,
    ("get_secret_value", "InvalidRequestException"): None,
    ("put_secret_value", "ResourceNotFoundException"): False,
    ("delete_secret", "ResourceNotFoundException"): None,
    ("delete_secret", "InvalidRequestException"): None,
}


@pytest.mark.parametrize(
    ("service", "method", "call"),
    [pytest.param(*each, id=f"{each[0]}-{each[1]}") for each in adapters()],
)
def test_what_an_adapter_makes_of_each(
    service: str, method: str, call: Callable[[Any], object]
) -> None:
    aws = client(service)
    for code in [code for _, name, code in MATRIX if name == method]:
        meant = NotSentError if method == "send_email" else MEANT.get((method, code), ClientError)
        with Stubber(aws) as stub:
            stub.add_client_error(method, code, http_status_code=400)
            if isinstance(meant, type):
                with pytest.raises(meant):
                    call(aws)
            else:
                assert call(aws) is meant, (method, code)


def test_whatever_one_step_meets_its_machine_tries_again() -> None:
    """A step raises AWS's error as StepFailedError, which no retrier leaves out."""
    for _, method, code in MATRIX:
        assert not isinstance(failed(method, code), PyeonjiError)


class Table:
    """A client whose writes meet a transaction so many times."""

    def __init__(self, times: int, code: str) -> None:
        self.times, self.code = times, code

    def put_item(self, **_: object) -> dict[str, object]:
        if self.times:
            self.times -= 1
            raise failed("PutItem", self.code)
        return {}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr(dynamodb.time, "sleep", waited.append)
    return waited


def test_twenty_chunks_at_one_mailbox_wait_for_each_other(pauses: list[float]) -> None:
    dynamodb.write(Table(20, "TransactionConflictException").put_item)
    assert len(pauses) == 20
    assert sum(pauses) < 15, "half of what the API's function has"
    with pytest.raises(ClientError, match="TransactionConflict"):
        dynamodb.write(Table(24, "TransactionConflictException").put_item)


def test_what_no_wait_mends_is_not_waited_for(pauses: list[float]) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        dynamodb.write(Table(1, "AccessDeniedException").put_item)
    assert pauses == []
    assert (
        dynamodb.put_if(
            type("T", (), {"put_item": Table(1, "ConditionalCheckFailedException").put_item})()
        )
        is False
    )
