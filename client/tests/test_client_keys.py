"""The system's keyring, stood in for by one that is as narrow as Windows'."""

from collections.abc import Iterator

import keyring
import keyring.backend
import keyring.errors
import pytest

from pyeonji_client.errors import KeyringError
from pyeonji_client.keys import SystemKeys


class Narrow(keyring.backend.KeyringBackend):
    """Takes 2,560 bytes of UTF-16 a secret."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        if len(password.encode("utf-16-le")) > 2560:
            raise OSError(1783, "The stub received bad data")
        self.secrets[username] = password

    def delete_password(self, service: str, username: str) -> None:
        if username not in self.secrets:
            raise keyring.errors.PasswordDeleteError(username)
        del self.secrets[username]


class Broken(Narrow):
    """Cannot be written to."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise keyring.errors.PasswordSetError("locked")


@pytest.fixture
def narrow() -> Iterator[Narrow]:
    before, backend = keyring.get_keyring(), Narrow()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.mark.parametrize(
    "secret", ["", "x", "비밀|번호", "a" * 999, "a" * 1000, "b" * 4321, "한" * 2001]
)
def test_a_secret_of_any_length_comes_back_and_goes(narrow: Narrow, secret: str) -> None:
    keys = SystemKeys()
    keys.put("name", secret)
    assert keys.get("name") == secret
    keys.forget("name")
    assert keys.get("name") is None and not narrow.secrets
    keys.forget("name")


def test_a_keyring_that_cannot_keep_says_so(narrow: Narrow) -> None:
    keyring.set_keyring(Broken())
    with pytest.raises(KeyringError):
        SystemKeys().put("name", "secret")
    assert SystemKeys().get("name") is None
