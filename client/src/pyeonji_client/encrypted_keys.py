"""Passwords in an encrypted file, for computers without a keyring; only where somebody asks for it.

The file is JSON: version, salt, and for each secret its name, a nonce and the ciphertext. The key
is made of a passphrase by scrypt (RFC 7914; 64 MiB, a tenth of a second), the secrets are sealed
with AES-256-GCM, their names as associated data, so that none can be put in another's place.
"""

import base64
import hashlib
import json
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .errors import KeyringError, UsageError

_VERSION = 1
_SCRYPT = {"n": 2**16, "r": 8, "p": 1, "maxmem": 128 * 1024 * 1024, "dklen": 32}
_CHECK = "check"


class EncryptedKeys:
    """See `keys.Keys`. Raises UsageError for a wrong passphrase or another kind of file."""

    def __init__(self, path: Path, passphrase: str):
        self._path = path
        found = self._read()
        self._salt = base64.b64decode(found["salt"]) if found else secrets.token_bytes(16)
        key = hashlib.scrypt(passphrase.encode(), salt=self._salt, **_SCRYPT)
        self._cipher = AESGCM(key)
        self._sealed: dict[str, str] = dict(found["secrets"]) if found else {}
        if found:
            try:
                self._opened(_CHECK)
            except InvalidTag as error:
                raise UsageError("wrong_passphrase", path=str(path)) from error
        else:
            self.put(_CHECK, "")

    def _read(self) -> dict | None:  # type: ignore[type-arg]
        if not self._path.exists():
            return None
        try:
            found = json.loads(self._path.read_text("utf-8"))
            right = found["version"] == _VERSION and found["salt"] and _CHECK in found["secrets"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError("keys_unreadable", path=str(self._path)) from error
        if not right:
            raise UsageError("keys_unreadable", path=str(self._path))
        return dict(found)

    def _opened(self, name: str) -> str:
        raw = base64.b64decode(self._sealed[name])
        return self._cipher.decrypt(raw[:12], raw[12:], name.encode()).decode()

    def get(self, name: str) -> str | None:
        """See `Keys`."""
        try:
            return self._opened(name) if name in self._sealed else None
        except (InvalidTag, ValueError):
            return None  # somebody meddled with it: the face asks for the password instead

    def put(self, name: str, secret: str) -> None:
        """See `Keys`."""
        nonce = secrets.token_bytes(12)
        sealed = nonce + self._cipher.encrypt(nonce, secret.encode(), name.encode())
        self._sealed[name] = base64.b64encode(sealed).decode()
        self._write()

    def forget(self, name: str) -> None:
        """See `Keys`."""
        if self._sealed.pop(name, None) is not None:
            self._write()

    def _write(self) -> None:
        salt = base64.b64encode(self._salt).decode()
        text = json.dumps({"version": _VERSION, "salt": salt, "secrets": self._sealed})
        part = self._path.with_name(f"{self._path.name}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
        except OSError as error:
            raise KeyringError("no_keyring") from error
