"""A keyring in memory, and one that is not there."""

from pyeonji_client.errors import KeyringError


class MemoryKeys:
    """See `pyeonji_client.keys.Keys`."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self.secrets.get(name)

    def put(self, name: str, secret: str) -> None:
        self.secrets[name] = secret

    def forget(self, name: str) -> None:
        self.secrets.pop(name, None)


class NoKeys(MemoryKeys):
    """A system without a keyring."""

    def put(self, name: str, secret: str) -> None:
        raise KeyringError("no_keyring")
