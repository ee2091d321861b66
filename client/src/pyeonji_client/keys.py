"""Passwords and tokens: in the system's keyring, or nowhere."""

from typing import Protocol

import keyring
import keyring.errors

from .errors import KeyringError

SERVICE = "pyeonji-client"
#: Windows' Credential Manager takes 2,560 bytes of UTF-16; a refresh token is longer.
_PIECE = 1_000


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
            first = keyring.get_password(SERVICE, name)
            if first is None:
                return None
            count, _, secret = first.partition("|")
            for number in range(1, int(count)):
                secret += keyring.get_password(SERVICE, f"{name}/{number}") or ""
        except (keyring.errors.KeyringError, ValueError, OSError):
            return None  # locked, or none at all: the face asks for the password instead
        return secret

    def put(self, name: str, secret: str) -> None:
        """See `Keys`."""
        try:
            pieces = [secret[start : start + _PIECE] for start in range(0, len(secret), _PIECE)]
            for number, piece in list(enumerate(pieces))[1:]:
                keyring.set_password(SERVICE, f"{name}/{number}", piece)
            # The first one last: with it the secret is there as a whole.
            keyring.set_password(SERVICE, name, f"{len(pieces)}|{''.join(pieces[:1])}")
        except (keyring.errors.KeyringError, ValueError, OSError) as error:
            raise KeyringError("no_keyring") from error

    def forget(self, name: str) -> None:
        """See `Keys`."""
        try:
            first = keyring.get_password(SERVICE, name) or "1|"
            for number in range(1, int(first.partition("|")[0])):
                keyring.delete_password(SERVICE, f"{name}/{number}")
            keyring.delete_password(SERVICE, name)
        except (keyring.errors.KeyringError, ValueError, OSError):
            return  # not there, or no keyring: nothing left to forget


def job_secret(job: str) -> str:
    """The name under which a request's password is kept."""
    return f"source:{job}"


def session_secret(url: str, email: str) -> str:
    """The name under which the service's refresh token is kept."""
    return f"session:{email}:{url}"
