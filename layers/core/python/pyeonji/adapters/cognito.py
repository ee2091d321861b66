"""The user pool on Cognito. Every refusal becomes a code that tells nothing of the account.

Passwords and codes go by the calls that need IAM rights (AdminInitiateAuth,
AdminRespondToAuthChallenge), and the pool's client allows no others: so nobody can try passwords
but through our API, which counts how often.
"""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from pyeonji.domain.errors import (
    ConflictError,
    NotAuthorizedError,
    PyeonjiError,
    UnprocessableError,
)
from pyeonji.domain.limits import MIN_PASSWORD_LENGTH
from pyeonji.ports import Login, Session

#: Any of these refusals of a call means the one thing the caller of it can act on.
_REFUSALS = frozenset(
    {
        "InvalidParameterException",
        "MFAMethodNotFoundException",
        "NotAuthorizedException",
        "UnauthorizedException",
        "UnsupportedTokenTypeException",
        "UserDisabledException",
        "UserNotConfirmedException",
        "UserNotFoundException",
    }
)
_BUSY = frozenset(
    {"LimitExceededException", "TooManyFailedAttemptsException", "TooManyRequestsException"}
)
_WRONG_CODES = frozenset(
    {"CodeMismatchException", "EnableSoftwareTokenMFAException", "ExpiredCodeException"}
)
_TOTP = "SOFTWARE_TOKEN_MFA"
_NEW_PASSWORD = "NEW_PASSWORD_REQUIRED"  # noqa: S105 - a challenge
_CHALLENGES = {_TOTP: "totp", _NEW_PASSWORD: "new_password"}


class CognitoIdentity:
    """ports.Identity. `client` is boto3's cognito-idp."""

    def __init__(self, client: Any, pool_id: str, client_id: str) -> None:
        self._client = client
        self._pool = {"UserPoolId": pool_id}
        self._app = {"ClientId": client_id}

    def sign_in(self, email: str, password: str) -> Session:
        """Tokens, or a challenge. wrong_credentials, password_must_change."""
        answer = _call(
            self._client.admin_initiate_auth,
            "wrong_credentials",
            **self._pool,
            **self._app,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
        return _session(answer)

    def answer_totp(self, email: str, session: str, code: str) -> Session:
        """Tokens. wrong_code; session_expired when the challenge is no longer open."""
        return self._answer(_TOTP, session, USERNAME=email, SOFTWARE_TOKEN_MFA_CODE=code)

    def set_first_password(self, email: str, session: str, password: str) -> Session:
        """Tokens, or the challenge totp. password_too_weak, password_used_before."""
        return self._answer(_NEW_PASSWORD, session, USERNAME=email, NEW_PASSWORD=password)

    def _answer(self, challenge: str, session: str, **responses: str) -> Session:
        answer = _call(
            self._client.admin_respond_to_auth_challenge,
            "session_expired",
            **self._pool,
            **self._app,
            ChallengeName=challenge,
            Session=session,
            ChallengeResponses=responses,
        )
        return _session(answer)

    def refresh(self, refresh_token: str) -> Session:
        """New id and access tokens; the refresh token stays as it is."""
        answer = _call(
            self._client.initiate_auth,
            "session_expired",
            **self._app,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": refresh_token},
        )
        return _session(answer)

    def sign_out(self, refresh_token: str) -> None:
        """Revoke it. A token that is no good any more is signed out already."""
        try:
            _call(self._client.revoke_token, "session_expired", **self._app, Token=refresh_token)
        except NotAuthorizedError as error:
            if error.code != "session_expired":
                raise

    def sign_out_everywhere(self, access_token: str) -> None:
        """Revoke every refresh and access token of the person. Id tokens live out their hour."""
        _call(self._client.global_sign_out, "session_expired", AccessToken=access_token)

    def login(self, access_token: str) -> Login:
        """Whom the token is for; Cognito checks its signature."""
        user = _call(self._client.get_user, "session_expired", AccessToken=access_token)
        return Login(user["Username"].lower(), _TOTP in user.get("UserMFASettingList", ()))

    def begin_totp(self, access_token: str) -> str:
        """The secret, base32, to be shown once."""
        answer = _call(
            self._client.associate_software_token, "session_expired", AccessToken=access_token
        )
        secret: str = answer["SecretCode"]
        return secret

    def confirm_totp(self, access_token: str, code: str) -> None:
        """Check a first code, then ask for one at every sign-in."""
        self.check_code(access_token, code)
        _call(
            self._client.set_user_mfa_preference,
            "session_expired",
            AccessToken=access_token,
            SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True},
        )

    def check_code(self, access_token: str, code: str) -> None:
        """Against the secret given out last: the one in force, unless a new one was begun."""
        answer = _call(
            self._client.verify_software_token,
            "session_expired",
            AccessToken=access_token,
            UserCode=code,
        )
        if answer.get("Status") != "SUCCESS":
            raise NotAuthorizedError("wrong_code")

    def end_totp(self, email: str) -> None:
        """No code is asked for any more."""
        _call(
            self._client.admin_set_user_mfa_preference,
            "session_expired",
            **self._pool,
            Username=email,
            SoftwareTokenMfaSettings={"Enabled": False, "PreferredMfa": False},
        )


def _call(operation: Callable[..., dict[str, Any]], refusal: str, **request: Any) -> dict[str, Any]:
    """Call Cognito; raises NotAuthorizedError with `refusal`, or an error that is more exact.

    What is left as it is, is ours: a pool or a client that is not set up as the template does it.
    """
    try:
        return operation(**request)
    except ParamValidationError:
        # botocore knows the least length of a session (20) and refuses a shorter one by itself.
        raise NotAuthorizedError(refusal) from None
    except ClientError as error:
        meant = _meaning(error.response["Error"], refusal)
        if meant is None:
            raise
        raise meant from None


def _meaning(error: dict[str, str], refusal: str) -> PyeonjiError | None:
    code, message = error["Code"], error.get("Message", "")
    # Two things have no class of their own: the lock-out, and a temporary password that was not
    # used in its days.
    if code in _BUSY or "attempts exceeded" in message:
        return NotAuthorizedError("too_many_attempts")
    if code == "PasswordResetRequiredException" or "Temporary password has expired" in message:
        return NotAuthorizedError("password_must_change")
    if code == "InvalidPasswordException":
        return UnprocessableError("password_too_weak", min_length=MIN_PASSWORD_LENGTH)
    if code == "PasswordHistoryPolicyViolationException":
        return UnprocessableError("password_used_before")
    if code in _WRONG_CODES:
        return NotAuthorizedError("wrong_code")
    if code == "SoftwareTokenMFANotFoundException":
        return ConflictError("totp_not_begun")
    if code in _REFUSALS:
        return NotAuthorizedError(refusal)
    return None


def _session(answer: dict[str, Any]) -> Session:
    if challenge := answer.get("ChallengeName"):
        if challenge not in _CHALLENGES:
            # A second factor by SMS or mail, a passkey: nothing the template's pool has.
            raise NotAuthorizedError("sign_in_unsupported")
        return Session(challenge=_CHALLENGES[challenge], session=answer["Session"])
    result = answer["AuthenticationResult"]
    return Session(
        id_token=result["IdToken"],
        access_token=result["AccessToken"],
        refresh_token=result.get("RefreshToken", ""),
        expires_in=result["ExpiresIn"],
    )
