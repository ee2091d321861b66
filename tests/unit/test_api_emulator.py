"""infra/local/emulator: a session is what the sign-in gave, for this user and this challenge, for
three minutes; an error has its class's name."""

import json
from typing import Any

import pytest

from infra.local.emulator import guarded, naming_errors

REFUSED = (400, {}, b"{}")
WEAK = (400, {}, b"weak")
TAKEN = (200, {}, b'{"AuthenticationResult": {}}')


class Pool:
    """An emulator that sets a challenge and then takes any session."""

    def __init__(self, challenge: str = "SOFTWARE_TOKEN_MFA") -> None:
        self.now = 0.0
        self.code_is_right = True
        self.challenge = challenge
        self.initiate, self.respond = guarded(
            self._initiate, self._respond, lambda: REFUSED, self._weak, lambda: self.now
        )

    def _weak(self, data: dict[str, Any]) -> tuple[int, dict[str, str], bytes] | None:
        return WEAK if data["ChallengeResponses"].get("NEW_PASSWORD") == "short" else None

    def _initiate(self, data: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        if data["AuthParameters"]["PASSWORD"] != "right":
            return REFUSED
        said = {"ChallengeName": self.challenge, "Session": "given"}
        return 200, {}, json.dumps(said).encode()

    def _respond(self, data: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        return TAKEN if self.code_is_right else (400, {}, b"mismatch")

    def sign_in(self, password: str = "right") -> None:
        self.initiate({"AuthParameters": {"USERNAME": "Lee@acme.example", "PASSWORD": password}})

    def answer(
        self,
        session: str = "given",
        username: str = "lee@acme.example",
        challenge: str = "SOFTWARE_TOKEN_MFA",
        password: str | None = None,
    ) -> int:
        responses = {"USERNAME": username} | ({"NEW_PASSWORD": password} if password else {})
        data = {"ChallengeName": challenge, "Session": session, "ChallengeResponses": responses}
        return self.respond(data)[0]


def test_a_session_that_was_given_is_taken_once() -> None:
    pool = Pool()
    pool.sign_in()
    pool.code_is_right = False
    assert pool.answer() == 400
    pool.code_is_right = True
    assert [pool.answer(), pool.answer()] == [200, 400]


@pytest.mark.parametrize(
    "given",
    [
        {"session": "made up"},
        {"username": "kim@acme.example"},
        {"challenge": "NEW_PASSWORD_REQUIRED"},
        {"challenge": "SMS_MFA"},
    ],
)
def test_any_other_session_or_user_is_refused(given: dict[str, str]) -> None:
    pool = Pool()
    pool.sign_in()
    assert pool.answer(**given) == 400


def test_a_wrong_password_opens_no_session() -> None:
    pool = Pool()
    pool.sign_in("wrong")
    assert pool.answer() == 400


def test_a_session_ends_after_three_minutes() -> None:
    pool = Pool()
    pool.sign_in()
    pool.now = 180.0
    assert pool.answer() == 400
    pool.sign_in()
    pool.now += 179.0
    assert pool.answer() == 200


def test_a_new_password_wants_its_session_and_the_policy() -> None:
    pool = Pool("NEW_PASSWORD_REQUIRED")
    new = {"challenge": "NEW_PASSWORD_REQUIRED", "password": "long enough"}
    assert pool.answer(**new) == 400
    pool.sign_in()
    assert pool.answer(**new | {"password": "short"}) == 400
    assert [pool.answer(**new), pool.answer(**new)] == [200, 400]


TRACE = 'Traceback (most recent call last):\n  File "app.py", line 1, in handler\n    raise x\n'


@pytest.mark.parametrize(
    ("last", "said", "named"),
    [
        ("pyeonji.domain.errors.PermanentError: segment_missing", "", "PermanentError"),
        ("ValueError", "", "ValueError"),
        ("KeyError: 'a: b'", "", "KeyError"),
        ("nothing that a traceback ends with", "", "Runtime.HandlerError"),
        ("pyeonji.domain.errors.PermanentError: x", "Sandbox.Timedout", "Sandbox.Timedout"),
    ],
)
def test_an_error_is_known_by_the_name_of_its_class(last: str, said: str, named: str) -> None:
    def execute(func: Any, event: Any, request_id: str) -> dict[str, Any]:
        body = {"errorMessage": "x", "errorType": said or "Runtime.HandlerError"}
        return {"body": body, "error": True, "log": f"a line\n{TRACE}{last}\n"}

    assert naming_errors(execute)({}, {}, "1")["body"]["errorType"] == named


def test_what_went_well_is_let_be() -> None:
    answer = {"body": {"errorType": "Mine"}, "log": "ValueError: not raised"}
    assert naming_errors(lambda *_: answer)({}, {}, "1") == answer
