"""Who can sign in, on Cognito, with the rights of an operator; no function has them."""

from typing import Any

from botocore.exceptions import ClientError

from pyeonji.domain.errors import NotFoundError, UnprocessableError
from pyeonji.domain.limits import MIN_PASSWORD_LENGTH


class CognitoLogins:
    """ports.Logins. `client` is boto3's cognito-idp."""

    def __init__(self, client: Any, pool_id: str) -> None:
        self._client = client
        self._pool = {"UserPoolId": pool_id}

    def create(self, email: str) -> bool:
        """Cognito sends no mail: the operator hands the password over."""
        try:
            self._client.admin_create_user(**self._pool, Username=email, MessageAction="SUPPRESS")
        except ClientError as error:
            if error.response["Error"]["Code"] == "UsernameExistsException":
                return False
            raise
        return True

    def set_password(self, email: str, password: str, *, permanent: bool) -> None:
        """Over whatever there was."""
        try:
            self._client.admin_set_user_password(
                **self._pool, Username=email, Password=password, Permanent=permanent
            )
        except ClientError as error:
            match error.response["Error"]["Code"]:
                case "InvalidPasswordException":
                    raise UnprocessableError(
                        "password_too_weak", min_length=MIN_PASSWORD_LENGTH
                    ) from None
                case "UserNotFoundException":
                    raise NotFoundError("account") from None
            raise
