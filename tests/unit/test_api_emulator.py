"""infra/local/emulator: a session is what the sign-in gave, for this user and this challenge, for
three minutes."""

import json
from typing import Any

import pytest

from infra.local.emulator import guarded

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
