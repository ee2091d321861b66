"""adapters/cognito: what Cognito says, in our codes. Its refusals are the documented ones:
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/"""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pyeonji.adapters.cognito import CognitoIdentity
from pyeonji.domain.errors import PyeonjiError
from pyeonji.domain.reasons import API_ERRORS
from pyeonji.ports import Login

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
    return CognitoIdentity(FakeCognito(answer, code, message), "pool", "client")


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
        (
            "NotAuthorizedException",
            "Temporary password has expired and must be reset by an administrator.",
            "password_must_change",
        ),
    ],
)
def test_signing_in_refused(refusal: str, message: str, code: str) -> None:
    assert code_of(lambda: identity(None, refusal, message).sign_in("kim", "x")) == code


def test_signing_in() -> None:
    session = identity(TOKENS).sign_in("kim@acme.example", "x")
    assert (session.id_token, session.refresh_token, session.expires_in) == ("id", "refresh", 3600)
    asked = identity({"ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": "s"}).sign_in("kim", "x")
    assert (asked.challenge, asked.session, asked.id_token) == ("totp", "s", "")
    first = identity({"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "s"}).sign_in("kim", "x")
    assert (first.challenge, first.session, first.id_token) == ("new_password", "s", "")
    other = identity({"ChallengeName": "SMS_MFA", "Session": "s"})
    assert code_of(lambda: other.sign_in("kim", "x")) == "sign_in_unsupported"


def test_a_first_password_is_set() -> None:
    cognito = FakeCognito(TOKENS)
    session = CognitoIdentity(cognito, "pool", "client").set_first_password("kim", "s", "New-1234")
    assert session.id_token == "id"
    (request,) = cognito.requests
    assert request["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert request["ChallengeResponses"] == {"USERNAME": "kim", "NEW_PASSWORD": "New-1234"}
    then = identity({"ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": "t"})
    assert then.set_first_password("kim", "s", "New-1234").challenge == "totp"


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        ("InvalidPasswordException", "password_too_weak"),
        ("PasswordHistoryPolicyViolationException", "password_used_before"),
        ("NotAuthorizedException", "session_expired"),
        ("InvalidParameterException", "session_expired"),
        ("TooManyRequestsException", "too_many_attempts"),
    ],
)
def test_a_first_password_refused(refusal: str, code: str) -> None:
    refused = identity(None, refusal)
    assert code_of(lambda: refused.set_first_password("kim", "s", "x")) == code


#: What the model says can go wrong and only the template's own mistake brings about: a pool that
#: is not there, triggers and SMS it does not have. Answered with 500, and an alarm.
OURS = {
    *("ForbiddenException", "ResourceNotFoundException", "OperationNotEnabledException"),
    *("InvalidUserPoolConfigurationException", "UnsupportedOperationException"),
    *("UnexpectedLambdaException", "UserLambdaValidationException"),
    *("InvalidLambdaResponseException", "InvalidSmsRoleAccessPolicyException"),
    *("InvalidEmailRoleAccessPolicyException", "InvalidSmsRoleTrustRelationshipException"),
    "AliasExistsException",
}
#: Answered with 503 as busy; see functions/api.
PASSING = {"ConcurrentModificationException", "InternalErrorException"}
OPERATIONS: dict[str, Callable[[Any], object]] = {
    "AdminInitiateAuth": lambda who: who.sign_in("kim", "x"),
    "AdminRespondToAuthChallenge": lambda who: who.answer_totp("kim", "s", "123456"),
    "InitiateAuth": lambda who: who.refresh("x"),
    "GetUser": lambda who: who.login("x"),
    "AssociateSoftwareToken": lambda who: who.begin_totp("x"),
    "VerifySoftwareToken": lambda who: who.check_code("x", "123456"),
    "AdminSetUserMFAPreference": lambda who: who.end_totp("kim"),
    "GlobalSignOut": lambda who: who.sign_out_everywhere("x"),
    "SetUserMFAPreference": lambda who: who.confirm_totp("x", "123456"),
    "RevokeToken": lambda who: who.sign_out("x"),
}


def client() -> Any:
    return boto3.client(
        "cognito-idp",
        region_name="ap-northeast-2",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_error_of_the_service_model_is_a_code_of_ours(operation: str) -> None:
    names = [
        shape.name for shape in client().meta.service_model.operation_model(operation).error_shapes
    ]
    assert len(names) > 5
    for name in names:
        try:
            OPERATIONS[operation](identity(None, name))
        except PyeonjiError as error:
            assert error.code in API_ERRORS
            assert name not in OURS | PASSING
        except ClientError:
            assert name in OURS | PASSING, name
        else:
            assert operation == "RevokeToken"  # what is no token is signed out already


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
    with_totp = {"Username": "Kim@Acme.example", "UserMFASettingList": ["SOFTWARE_TOKEN_MFA"]}
    assert identity(with_totp).login("token") == Login("kim@acme.example", True)
    assert identity({"Username": "kim"}).login("token") == Login("kim", False)
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
    short = CognitoIdentity(client(), "ap-northeast-2_pool", "client")
    assert code_of(lambda: short.answer_totp("kim", "abc", "123456")) == "session_expired"
