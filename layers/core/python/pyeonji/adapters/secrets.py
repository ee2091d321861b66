"""Passwords of mail servers in Secrets Manager. No value is part of an error or a log line."""

from typing import Any

from botocore.exceptions import ClientError


class SecretsManager:
    """ports.Secrets. The names of all begin with `prefix`, which the roles name."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def read(self, name: str) -> str | None:
        """None when it was never written, or is on its way out."""
        try:
            answer = self._client.get_secret_value(SecretId=self._id(name))
        except ClientError as error:
            if is_gone(error):
                return None
            raise
        value: str = answer["SecretString"]
        return value

    def write(self, name: str, value: str) -> None:
        """A new version of it, or a new one."""
        if not self.replace(name, value):
            self.create(name, value)

    def replace(self, name: str, value: str) -> bool:
        """False when there is none."""
        try:
            self._client.put_secret_value(SecretId=self._id(name), SecretString=value)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return False
            raise
        return True

    def create(self, name: str, value: str) -> None:
        """One that is not there."""
        self._client.create_secret(Name=self._id(name), SecretString=value)

    def delete(self, name: str) -> None:
        """At once: a password that was given back is not kept for a week."""
        try:
            self._client.delete_secret(SecretId=self._id(name), ForceDeleteWithoutRecovery=True)
        except ClientError as error:
            if not is_gone(error):
                raise

    def _id(self, name: str) -> str:
        return f"{self._prefix}/{name}"


def is_gone(error: ClientError) -> bool:
    """Not there. `InvalidRequestException` is what one on its way out is answered with."""
    return error.response["Error"]["Code"] in (
        "ResourceNotFoundException",
        "InvalidRequestException",
    )
