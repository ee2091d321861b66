"""Passwords and tokens: in the system's keyring, or nowhere."""

from typing import Protocol

import keyring
import keyring.errors

from .errors import KeyringError

SERVICE = "pyeonji-client"


class Keys(Protocol):
    """What keeps secrets, each under a name."""

    def get(self, name: str) -> str | None:
        """A secret, None when there is none (or no keyring)."""
        ...

    def put(self, name: str, secret: str) -> None:
        """Keeps a secret. Raises KeyringError where that cannot be done."""
        ...

    def forget(self, name: str) -> None:
        """Removes a secret, if it is there."""
        ...


class SystemKeys:
    """Windows Credential Manager, macOS Keychain, Secret Service or KWallet."""

    def get(self, name: str) -> str | None:
        """See `Keys`."""
        try:
            return keyring.get_password(SERVICE, name)
        except keyring.errors.KeyringError:
            return None  # locked, or none at all: the face asks for the password instead

    def put(self, name: str, secret: str) -> None:
        """See `Keys`."""
        try:
            keyring.set_password(SERVICE, name, secret)
        except (keyring.errors.KeyringError, ValueError) as error:
            raise KeyringError("no_keyring") from error

    def forget(self, name: str) -> None:
        """See `Keys`."""
        try:
            keyring.delete_password(SERVICE, name)
        except keyring.errors.KeyringError:
            return  # not there, or no keyring: nothing left to forget


def job_secret(job: str) -> str:
    """The name under which a request's password is kept."""
    return f"source:{job}"


def session_secret(url: str, email: str) -> str:
    """The name under which the service's refresh token is kept."""
    return f"session:{email}:{url}"
