"""Requests whose members pyeonji writes as JSON itself: what leaves is what botocore would send."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

from pyeonji.adapters.dynamodb.client import ConditionFailedError, send_written, transact

PUT = {
    "TableName": "pyeonji",
    "Item": {"pk": {"S": "MAIL#김"}, "sk": {"S": '"\\\u2028'}, "n": {"N": "7"}},
    "ConditionExpression": "attribute_not_exists(pk)",
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}
KEYS = {"pyeonji": {"Keys": [{"pk": {"S": "a"}, "sk": {"S": "b"}}], "ConsistentRead": True}}


class Wire:
    """A DynamoDB client whose requests end here: each is kept, and answered by the next answer,
    the last again and again."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.answers: list[tuple[int, dict[str, Any]]] = [(200, {})]
        self.client = boto3.client(
            "dynamodb",
            region_name="ap-northeast-2",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=Config(parameter_validation=False, retries={"mode": "standard"}),
        )
        self.client.meta.events.register("before-send.dynamodb", self._answer)

    def _answer(self, request: Any, **_: object) -> AWSResponse:
        self.bodies.append(json.loads(request.body))
        status, answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return _Answered(request.url, status, {}, json.dumps(answer).encode())


class _Answered(AWSResponse):
    def __init__(self, url: str, status: int, headers: dict[str, str], body: bytes) -> None:
        super().__init__(url, status, headers, None)
        self._content = body


@pytest.fixture
def wire() -> Iterator[Wire]:
    yield Wire()


def test_a_transaction_is_sent_as_botocore_sends_it(wire: Wire) -> None:
    wire.client.transact_write_items(TransactItems=[{"Put": PUT}])
    transact(wire.client, [{"Put": PUT}])
    theirs, ours = wire.bodies
    # Each with a token of its own, which makes a retry safe.
    assert len({theirs.pop("ClientRequestToken"), ours.pop("ClientRequestToken")}) == 2
    assert ours == theirs == {"TransactItems": [{"Put": PUT}]}


def test_a_batch_of_reads_is_sent_as_botocore_sends_it(wire: Wire) -> None:
    wire.client.batch_get_item(RequestItems=KEYS)
    send_written(wire.client, "batch_get_item", {"RequestItems": KEYS})
    assert wire.bodies == [{"RequestItems": KEYS}] * 2


def test_a_plain_call_of_the_same_client_stays_what_it_was(wire: Wire) -> None:
    transact(wire.client, [{"Put": PUT}])
    wire.client.transact_write_items(TransactItems=[{"Delete": {"TableName": "t", "Key": {}}}])
    assert wire.bodies[1]["TransactItems"] == [{"Delete": {"TableName": "t", "Key": {}}}]


def test_a_retry_sends_the_same_items_and_token(wire: Wire) -> None:
    throttled = {"__type": "com.amazonaws.dynamodb#ThrottlingException", "message": "slow down"}
    wire.answers = [(400, throttled), (200, {})]
    transact(wire.client, [{"Put": PUT}])
    first, second = wire.bodies
    assert first == second
    assert first["TransactItems"] == [{"Put": PUT}]


def test_a_failed_condition_tells_the_item_that_stood_there(wire: Wire) -> None:
    cancelled = {
        "__type": "com.amazonaws.dynamodb#TransactionCanceledException",
        "CancellationReasons": [{"Code": "ConditionalCheckFailed", "Item": {"o": {"S": "x#1"}}}],
    }
    wire.answers = [(400, cancelled)]
    with pytest.raises(ConditionFailedError) as raised:
        transact(wire.client, [{"Put": PUT}])
    assert raised.value.failed == {0: {"o": {"S": "x#1"}}}


def test_a_refusal_is_botocores_own_error(wire: Wire) -> None:
    wire.answers = [(400, {"__type": "com.amazonaws.dynamodb#ValidationException"})]
    with pytest.raises(ClientError) as raised:
        send_written(wire.client, "batch_get_item", {"RequestItems": KEYS})
    assert raised.value.response["Error"]["Code"] == "ValidationException"
