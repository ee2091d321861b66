"""The user pool on Cognito. Every refusal becomes a code that tells nothing of the account."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from pyeonji.domain.errors import ConflictError, NotAuthorizedError
from pyeonji.ports import Session

_BUSY = frozenset(
    {"TooManyRequestsException", "LimitExceededException", "TooManyFailedAttemptsException"}
)
#: Any other refusal of a call means the one thing the caller can act on.
_REFUSALS = frozenset(
    {
        "NotAuthorizedException",
        "UserNotFoundException",
        "UserNotConfirmedException",
        "InvalidParameterException",
        "InvalidPasswordException",
        "UserDisabledException",
        "UnauthorizedException",
        "UnsupportedTokenTypeException",
    }
)
_WRONG_CODES = frozenset(
    {"CodeMismatchException", "ExpiredCodeException", "EnableSoftwareTokenMFAException"}
)
_TOTP = "SOFTWARE_TOKEN_MFA"


class CognitoIdentity:
    """ports.Identity. `client` is boto3's cognito-idp; none of its calls here needs IAM rights."""

    def __init__(self, client: Any, client_id: str) -> None:
        self._client = client
        self._client_id = client_id

    def sign_in(self, email: str, password: str) -> Session:
        """Tokens, or the challenge totp. wrong_credentials, password_must_change."""
        answer = _call(
            self._client.initiate_auth,
            "wrong_credentials",
            ClientId=self._client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
        return _session(answer)

    def answer_totp(self, email: str, session: str, code: str) -> Session:
        """Tokens. wrong_code; session_expired when the challenge is no longer open."""
        answer = _call(
            self._client.respond_to_auth_challenge,
            "session_expired",
            ClientId=self._client_id,
            ChallengeName=_TOTP,
            Session=session,
            ChallengeResponses={"USERNAME": email, "SOFTWARE_TOKEN_MFA_CODE": code},
        )
        return _session(answer)

    def refresh(self, refresh_token: str) -> Session:
        """New id and access tokens; the refresh token stays as it is."""
        answer = _call(
            self._client.initiate_auth,
            "session_expired",
            ClientId=self._client_id,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": refresh_token},
        )
        return _session(answer)

    def sign_out(self, refresh_token: str) -> None:
        """Revoke it. A token that is no good any more is signed out already."""
        try:
            _call(
                self._client.revoke_token,
                "session_expired",
                ClientId=self._client_id,
                Token=refresh_token,
            )
        except NotAuthorizedError as error:
            if error.code != "session_expired":
                raise

    def totp_enabled(self, access_token: str) -> bool:
        """Whether a code is asked for at signing in."""
        user = _call(self._client.get_user, "session_expired", AccessToken=access_token)
        return _TOTP in user.get("UserMFASettingList", ())

    def begin_totp(self, access_token: str) -> str:
        """The secret, base32, to be shown once."""
        answer = _call(
            self._client.associate_software_token, "session_expired", AccessToken=access_token
        )
        secret: str = answer["SecretCode"]
        return secret

    def confirm_totp(self, access_token: str, code: str) -> None:
        """Check a first code, then ask for one at every sign-in."""
        answer = _call(
            self._client.verify_software_token,
            "session_expired",
            AccessToken=access_token,
            UserCode=code,
        )
        if answer.get("Status") != "SUCCESS":
            raise NotAuthorizedError("wrong_code")
        _call(
            self._client.set_user_mfa_preference,
            "session_expired",
            AccessToken=access_token,
            SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True},
        )


def _call(operation: Callable[..., dict[str, Any]], refusal: str, **request: Any) -> dict[str, Any]:
    """Call Cognito; raises NotAuthorizedError with `refusal`, or an error that is more exact."""
    try:
        return operation(**request)
    except ParamValidationError:
        # botocore knows the least length of a session (20) and refuses a shorter one by itself.
        raise NotAuthorizedError(refusal) from None
    except ClientError as error:
        code = error.response["Error"]["Code"]
        message = error.response["Error"].get("Message", "")
        # Cognito's lock-out has no class of its own: "Password attempts exceeded".
        if code in _BUSY or "attempts exceeded" in message:
            raise NotAuthorizedError("too_many_attempts") from None
        if code in _WRONG_CODES:
            raise NotAuthorizedError("wrong_code") from None
        if code == "PasswordResetRequiredException":
            raise NotAuthorizedError("password_must_change") from None
        if code == "SoftwareTokenMFANotFoundException":
            raise ConflictError("totp_not_begun") from None
        if code in _REFUSALS:
            raise NotAuthorizedError(refusal) from None
        raise


def _session(answer: dict[str, Any]) -> Session:
    challenge = answer.get("ChallengeName")
    if challenge == _TOTP:
        return Session(challenge="totp", session=answer["Session"])
    if challenge:
        # NEW_PASSWORD_REQUIRED: an administrator made the account and its password is temporary.
        raise NotAuthorizedError("password_must_change")
    result = answer["AuthenticationResult"]
    return Session(
        id_token=result["IdToken"],
        access_token=result["AccessToken"],
        refresh_token=result.get("RefreshToken", ""),
        expires_in=result["ExpiresIn"],
    )
