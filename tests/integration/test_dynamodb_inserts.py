"""Batches of inserts, which are written and signed here: what leaves, what each answer means."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

from infra.local.partiql import asking_for_inserts, parsing_once
from pyeonji.adapters.dynamodb import client as dynamodb
from pyeonji.adapters.dynamodb.inserting import insert
from pyeonji.adapters.dynamodb.signed import SignedCalls
from pyeonji.adapters.passing import is_passing

ITEMS = [
    {"pk": {"S": "MAIL#김"}, "sk": {"S": f'"{n:02}'}, "m": {"S": '[1,"\\\\"]'}} for n in range(60)
]


class Answered(AWSResponse):
    def __init__(self, url: str, status: int, said: object) -> None:
        super().__init__(url, status, {}, None)
        self._content = json.dumps(said).encode()


class Table:
    """Takes what is not there; `answers` are given first, an exception is raised."""

    def __init__(self) -> None:
        self.client = boto3.client(
            "dynamodb",
            region_name="ap-northeast-2",
            aws_access_key_id="AKID",
            aws_secret_access_key="secret",
            aws_session_token="token",
            config=Config(parameter_validation=False),
        )
        self.client.meta.events.register("before-send.dynamodb", self._answer)
        self.answers: list[Any] = []
        self.requests: list[Any] = []
        self.held: dict[str, list[Any]] = {}

    def _answer(self, request: Any, **_: object) -> AWSResponse:
        self.requests.append(request)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            if not isinstance(answer, dict):
                return Answered(request.url, *answer)
        else:
            answer = {}
        said = []
        for statement in json.loads(request.body)["Statements"]:
            key = statement["Parameters"][1]["S"]
            code = answer.get(key) or ("DuplicateItem" if key in self.held else None)
            if code is None:
                self.held[key] = statement["Parameters"]
            said.append({"Error": {"Code": code}} if code else {"TableName": "tab"})
        return Answered(request.url, 200, {"Responses": said})

    def insert(self, items: list[dict[str, Any]] = ITEMS) -> list[str]:
        return sorted(insert(SignedCalls(self.client), "tab", items))


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setattr(dynamodb.time, "sleep", lambda seconds: None)
    yield Table()


def test_each_item_once_and_whoever_was_there_is_named(table: Table) -> None:
    assert table.insert() == []
    assert table.held == {item["sk"]["S"]: [*item.values()] for item in ITEMS}
    assert table.insert(ITEMS[:3]) == [item["sk"]["S"] for item in ITEMS[:3]]
    sizes = [len(json.loads(request.body)["Statements"]) for request in table.requests]
    assert sorted(sizes) == [3, 10, 25, 25], "25 a batch is what AWS takes"


def test_the_request_is_one_that_botocore_would_sign(table: Table) -> None:
    table.insert(ITEMS[:1])
    table.client.batch_execute_statement(
        Statements=json.loads(table.requests[0].body)["Statements"]
    )
    ours, theirs = table.requests
    assert json.loads(ours.body) == json.loads(theirs.body)
    assert ours.url == theirs.url
    for name in ("X-Amz-Target", "Content-Type", "X-Amz-Security-Token"):
        assert str(ours.headers[name]) == str(theirs.headers[name].decode()
            if isinstance(theirs.headers[name], bytes) else theirs.headers[name])  # fmt: skip
    scope = "/ap-northeast-2/dynamodb/aws4_request, SignedHeaders="
    assert scope in str(ours.headers["Authorization"]) and scope in str(
        theirs.headers["Authorization"]
    )


@pytest.mark.parametrize(
    "code",
    [
        "InternalServerError", "ProvisionedThroughputExceeded", "RequestLimitExceeded",
        "ThrottlingError", "TransactionConflict",
    ],
)  # fmt: skip
def test_a_statement_that_had_no_room_is_sent_again_alone(table: Table, code: str) -> None:
    table.answers = [{'"01': code, '"03': code}]
    assert table.insert(ITEMS[:5]) == []
    assert len(table.held) == 5
    assert [len(json.loads(one.body)["Statements"]) for one in table.requests] == [5, 2]


@pytest.mark.parametrize("code", ["ValidationError", "ResourceNotFound", "AccessDenied"])
def test_a_statement_that_is_refused_is_an_error(table: Table, code: str) -> None:
    table.answers = [{'"01': code}]
    with pytest.raises(ClientError) as raised:
        table.insert(ITEMS[:5])
    assert is_passing(raised.value) is (code != "ValidationError"), (
        "a mail's fault, or the service's"
    )


def error(code: str, status: int = 400) -> tuple[int, dict[str, str]]:
    return status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "?"}


@pytest.mark.parametrize(
    "answer",
    [
        error("RequestLimitExceeded"), error("ThrottlingException"),
        error("ProvisionedThroughputExceededException"), error("InternalServerError", 500),
        (503, {}), EndpointConnectionError(endpoint_url="https://aws"),
    ],
    ids=str,
)  # fmt: skip
def test_what_goes_away_by_itself_is_waited_for(table: Table, answer: Any) -> None:
    table.answers = [answer, answer]
    assert table.insert(ITEMS[:2]) == []
    assert len(table.held) == 2
    table.answers = [answer] * 100
    with pytest.raises((ClientError, EndpointConnectionError)) as raised:
        table.insert(ITEMS[2:4])
    assert is_passing(raised.value)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_what_does_not_is_not(table: Table, code: str) -> None:
    table.answers = [error(code)]
    with pytest.raises(ClientError, match=code):
        table.insert(ITEMS[:2])
    assert len(table.requests) == 1


def test_the_emulator_parses_a_statement_once_and_like_its_own() -> None:
    from ministack.services import dynamodb as emulated

    asked: list[str] = []

    def parse(statement: str, parameters: list[Any]) -> Any:
        asked.append(statement)
        return emulated._parse_partiql(statement, parameters)

    once = parsing_once(parse, lambda value: "no such type" if "X" in value else None)
    text = """INSERT INTO "tab" VALUE {'pk':?,'sk':?,'m':?}"""
    for item in ITEMS[:3]:
        parameters = [*item.values()]
        assert once(text, parameters)["item"] == emulated._parse_partiql(text, parameters)["item"]
    assert asked == [text]
    with pytest.raises(ValueError, match="no such type"):
        once(text, [{"X": 1}, {"S": "a"}, {"S": "b"}])
    other = """SELECT * FROM "tab" WHERE pk=?"""
    for _ in range(2):
        assert once(other, [{"S": "a"}])["op"] == "SELECT"
    assert asked == [text, other, other]


def test_the_emulator_asks_for_the_action_of_iam() -> None:
    asked = asking_for_inserts(lambda *args: [("theirs", args[0])])
    insert = json.dumps({"Statements": [{"Statement": "INSERT INTO \"tab\" VALUE {'pk':?}"}] * 2})
    batch = "dynamodb:BatchExecuteStatement"
    assert asked(batch, insert.encode(), "r", "1") == [
        ("dynamodb:PartiQLInsert", "arn:aws:dynamodb:r:1:table/tab")
    ]
    other = json.dumps({"Statements": [{"Statement": 'DELETE FROM "tab"'}]})
    assert asked(batch, other.encode(), "r", "1") == [], "by its own name, which no role has"
    assert asked("dynamodb:X", b"", "r", "1") == [("theirs", "dynamodb:X")]
