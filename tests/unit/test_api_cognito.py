"""adapters/cognito: what Cognito says, in our codes. Its refusals are the documented ones:
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/"""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pyeonji.adapters.cognito import CognitoIdentity
from pyeonji.domain.errors import PyeonjiError

TOKENS = {
    "AuthenticationResult": {
        "IdToken": "id", "AccessToken": "access", "RefreshToken": "refresh", "ExpiresIn": 3600
    }
}  # fmt: skip


class FakeCognito:
    """Answers every call with one answer, or refuses it with one error."""

    def __init__(self, answer: dict[str, Any] | None = None, code: str = "", message: str = ""):
        self.answer = answer or {}
        self.error = (code, message) if code else None
        self.requests: list[dict[str, Any]] = []

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        def call(**request: Any) -> dict[str, Any]:
            self.requests.append(request)
            if self.error:
                code, message = self.error
                raise ClientError({"Error": {"Code": code, "Message": message}}, name)
            return self.answer

        return call


def identity(answer: dict[str, Any] | None = None, code: str = "", message: str = "") -> Any:
    return CognitoIdentity(FakeCognito(answer, code, message), "client")


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(PyeonjiError) as caught:
        call()
    return caught.value.code


@pytest.mark.parametrize(
    ("refusal", "message", "code"),
    [
        ("NotAuthorizedException", "Incorrect username or password.", "wrong_credentials"),
        ("NotAuthorizedException", "User is disabled.", "wrong_credentials"),
        ("NotAuthorizedException", "Password attempts exceeded", "too_many_attempts"),
        ("UserNotFoundException", "User does not exist.", "wrong_credentials"),
        ("UserNotConfirmedException", "", "wrong_credentials"),
        ("InvalidParameterException", "", "wrong_credentials"),
        ("PasswordResetRequiredException", "", "password_must_change"),
        ("TooManyRequestsException", "", "too_many_attempts"),
        ("LimitExceededException", "", "too_many_attempts"),
    ],
)
def test_signing_in_refused(refusal: str, message: str, code: str) -> None:
    assert code_of(lambda: identity(None, refusal, message).sign_in("kim", "x")) == code


def test_signing_in() -> None:
    session = identity(TOKENS).sign_in("kim@acme.example", "x")
    assert (session.id_token, session.refresh_token, session.expires_in) == ("id", "refresh", 3600)
    asked = identity({"ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": "s"}).sign_in("kim", "x")
    assert (asked.challenge, asked.session, asked.id_token) == ("totp", "s", "")
    first = {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "s"}
    assert code_of(lambda: identity(first).sign_in("kim", "x")) == "password_must_change"


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        ("CodeMismatchException", "wrong_code"),
        ("ExpiredCodeException", "wrong_code"),
        ("NotAuthorizedException", "session_expired"),
        ("TooManyFailedAttemptsException", "too_many_attempts"),
    ],
)
def test_a_code_refused(refusal: str, code: str) -> None:
    assert code_of(lambda: identity(None, refusal).answer_totp("kim", "s", "123456")) == code


def test_a_refresh_refused() -> None:
    refused = identity(None, "NotAuthorizedException", "Invalid Refresh Token")
    assert code_of(lambda: refused.refresh("x")) == "session_expired"
    # A refresh brings no new refresh token.
    kept = {"AuthenticationResult": {k: v for k, v in TOKENS["AuthenticationResult"].items()
                                     if k != "RefreshToken"}}  # fmt: skip
    assert identity(kept).refresh("x").refresh_token == ""


def test_signing_out_of_what_is_signed_out_is_no_error() -> None:
    identity(None, "UnsupportedTokenTypeException").sign_out("x")
    identity(None, "NotAuthorizedException").sign_out("x")
    busy = identity(None, "TooManyRequestsException")
    assert code_of(lambda: busy.sign_out("x")) == "too_many_attempts"


def test_enrolling() -> None:
    assert identity({"SecretCode": "ABC"}).begin_totp("token") == "ABC"
    assert identity({"UserMFASettingList": ["SOFTWARE_TOKEN_MFA"]}).totp_enabled("token")
    assert not identity({}).totp_enabled("token")
    identity({"Status": "SUCCESS"}).confirm_totp("token", "123456")
    failed = identity({"Status": "ERROR"})
    assert code_of(lambda: failed.confirm_totp("token", "123456")) == "wrong_code"
    mismatch = identity(None, "EnableSoftwareTokenMFAException")
    assert code_of(lambda: mismatch.confirm_totp("token", "123456")) == "wrong_code"
    early = identity(None, "SoftwareTokenMFANotFoundException")
    assert code_of(lambda: early.confirm_totp("token", "123456")) == "totp_not_begun"


def test_what_is_not_a_refusal_is_raised_as_it_is() -> None:
    with pytest.raises(ClientError):
        identity(None, "ResourceNotFoundException").sign_in("kim", "x")


def test_what_botocore_refuses_by_itself_is_a_refusal_too() -> None:
    """A session of fewer than 20 characters never reaches Cognito."""
    client = boto3.client(
        "cognito-idp",
        region_name="ap-northeast-2",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    short = CognitoIdentity(client, "client")
    assert code_of(lambda: short.answer_totp("kim", "abc", "123456")) == "session_expired"
