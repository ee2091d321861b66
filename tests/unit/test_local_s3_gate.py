"""infra/local/s3_gate: asks the rules of every request to S3, and fails as ordered."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.local.s3_gate import FAULTS, FAULTS_PATH, Gate
from infra.local.s3_rules import Key, Request
from tests.unit.test_local_s3_rules import completion

TRACE = {"access-control-allow-origin": "http://here"}


class Emulator:
    """An S3 that takes everything and remembers what it was sent."""

    region = "ap-northeast-2"

    def __init__(self) -> None:
        self.arrived: list[bytes] = []
        self.sizes: dict[int, int] = {}

    def is_s3(self, request: Request) -> bool:
        return request.path.startswith("/zips")

    def key(self, key_id: str) -> Key | None:
        return Key("secret") if key_id == "AKIDADMIN" else None

    def parts(self, upload_id: str) -> Mapping[int, int]:
        return self.sizes

    def cors_headers(self, request: Request) -> dict[str, str]:
        return TRACE

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message["body"]
            if not message["more_body"]:
                break
        self.arrived.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"taken"})


class Line:
    """One client's requests through the gate."""

    def __init__(self) -> None:
        self.emulator = Emulator()
        self.gate = Gate(self.emulator, self.emulator)

    def ask(self, request: Request, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
        pieces = [body[: len(body) // 2], body[len(body) // 2 :]]
        messages = [{"type": "http.request", "body": each, "more_body": False} for each in pieces]
        messages[0]["more_body"] = True
        said: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return messages.pop(0)

        async def send(message: dict[str, Any]) -> None:
            said.append(message)

        scope = {
            "type": "http",
            "method": request.method,
            "path": request.path,
            "raw_path": request.path.encode(),
            "query_string": request.query.encode(),
            "headers": [(k.encode(), v.encode()) for k, v in request.headers.items()],
        }
        asyncio.run(self.gate(scope, receive, send))
        assert messages == [], "who sends a body hears the answer only when it was read"
        headers = {name.decode(): value.decode() for name, value in said[0]["headers"]}
        return said[0]["status"], headers, b"".join(each.get("body", b"") for each in said[1:])

    def order(self, **fault: Any) -> int:
        headers = {"content-type": "application/json"}
        request = Request("POST", FAULTS_PATH, "", headers)
        return self.ask(request, json.dumps(fault).encode())[0]


def signed(method: str, target: str, body: bytes) -> Request:
    """As clients without our settings sign: the body's hash is among what is signed."""
    made = AWSRequest(method, f"http://127.0.0.1{target}", data=body)
    made.headers["host"] = "127.0.0.1"
    S3SigV4Auth(Credentials("AKIDADMIN", "secret"), "s3", Emulator.region).add_auth(made)
    headers = {name.lower(): value for name, value in made.headers.items()}
    assert headers["x-amz-content-sha256"] == hashlib.sha256(body).hexdigest()
    path, _, query = target.partition("?")
    return Request(method, path, query, headers)


def put(body: bytes = b"mail") -> Request:
    return signed("PUT", "/zips/uploads/a.zip", body)


def test_what_is_signed_goes_through_and_what_is_not_never_arrives() -> None:
    line = Line()
    assert line.ask(put(), b"mail")[0] == 200
    asked = put()
    status, headers, body = line.ask(
        Request(asked.method, asked.path, asked.query, {**asked.headers, "content-md5": "x"}), b"m"
    )
    assert (status, b"HeadersNotSigned" in body) == (403, True)
    # A browser may read a refusal only with the bucket's CORS headers on it.
    assert headers.items() >= TRACE.items()
    assert line.emulator.arrived == [b"mail"]


def test_another_body_than_was_signed_is_not_stored() -> None:
    line = Line()
    status, _, body = line.ask(put(b"mail"), b"liam")
    assert (status, b"XAmzContentSHA256Mismatch" in body) == (400, True)
    assert line.emulator.arrived == []


def test_a_completion_is_read_before_it_is_passed_on() -> None:
    for numbers, sizes, status in (
        ((1, 2), {1: 6 << 20, 2: 1}, 200),
        ((1, 2), {1: 1, 2: 1}, 400),
        ((2, 1), {1: 6 << 20, 2: 6 << 20}, 400),
        ((), {}, 400),
    ):
        line = Line()
        line.emulator.sizes = sizes
        body = completion(*numbers)
        assert line.ask(signed("POST", "/zips/k?uploadId=u", body), body)[0] == status
        assert len(line.emulator.arrived) == (status == 200)


def test_other_services_pass_and_preflights_too() -> None:
    line = Line()
    assert line.ask(Request("POST", "/", "", {}))[0] == 200
    assert line.ask(Request("OPTIONS", "/zips/k", "", {}))[0] == 200


@pytest.mark.parametrize(
    ("fault", "status", "word"),
    [
        ("slow_down", 503, b"SlowDown"),
        ("internal_error", 500, b"InternalError"),
        ("error_in_200", 200, b"<Error>"),
    ],
)
def test_a_fault_happens_as_often_as_it_was_ordered(fault: str, status: int, word: bytes) -> None:
    line = Line()
    assert line.order(operation="PutObject", fault=fault, times=2, key="uploads/") == 200
    for _ in range(2):
        answer = line.ask(put(), b"mail")
        assert (answer[0], word in answer[2]) == (status, True)
    assert line.emulator.arrived == []
    assert line.ask(put(), b"mail")[0] == 200


def test_faults_are_for_one_operation_and_one_kind_of_key() -> None:
    line = Line()
    line.order(operation="UploadPart", fault="slow_down")
    line.order(operation="PutObject", fault="slow_down", key="segments/")
    assert line.ask(put(), b"mail")[0] == 200
    assert line.ask(Request("GET", FAULTS_PATH, "", {}))[2].count(b"slow_down") == 2
    line.ask(Request("DELETE", FAULTS_PATH, "", {}))
    assert line.ask(Request("GET", FAULTS_PATH, "", {}))[2] == b"[]"


def test_an_order_that_is_none_is_said_to_be() -> None:
    line = Line()
    assert line.order(operation="PutObject", fault="no such") == 400
    assert line.order(nothing=1) == 400
    assert line.ask(Request("POST", FAULTS_PATH, "", {}), b"{}")[0] == 405
    assert len(FAULTS) == 6
