"""infra/local/emulator: a session is what the sign-in gave, for this user, for three minutes."""

import json
from typing import Any

import pytest

from infra.local.emulator import guarded

REFUSED = (400, {}, b"{}")
TAKEN = (200, {}, b'{"AuthenticationResult": {}}')


class Pool:
    """An emulator that asks for a code and then takes any session."""

    def __init__(self) -> None:
        self.now = 0.0
        self.code_is_right = True
        self.initiate, self.respond = guarded(
            self._initiate, self._respond, lambda: REFUSED, lambda: self.now
        )

    def _initiate(self, data: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        if data["AuthParameters"]["PASSWORD"] != "right":
            return REFUSED
        said = {"ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": "given"}
        return 200, {}, json.dumps(said).encode()

    def _respond(self, data: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        return TAKEN if self.code_is_right else (400, {}, b"mismatch")

    def sign_in(self, password: str = "right") -> None:
        self.initiate({"AuthParameters": {"USERNAME": "Lee@acme.example", "PASSWORD": password}})

    def answer(self, session: str = "given", username: str = "lee@acme.example") -> int:
        data = {
            "ChallengeName": "SOFTWARE_TOKEN_MFA",
            "Session": session,
            "ChallengeResponses": {"USERNAME": username},
        }
        return self.respond(data)[0]


def test_a_session_that_was_given_is_taken_once() -> None:
    pool = Pool()
    pool.sign_in()
    pool.code_is_right = False
    assert pool.answer() == 400
    pool.code_is_right = True
    assert [pool.answer(), pool.answer()] == [200, 400]


@pytest.mark.parametrize("given", [{"session": "made up"}, {"username": "kim@acme.example"}])
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


def test_other_challenges_pass() -> None:
    assert Pool().respond({"ChallengeName": "NEW_PASSWORD_REQUIRED"}) == TAKEN
