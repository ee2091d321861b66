"""A real Dovecot for tests of homes: two accounts, a master user, TLS with its own certificate."""

import contextlib
import socket
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from infra.local import dovecot

KIM, KIM_PASSWORD = "kim@acme.example", "kim's own 비밀"
LEE, LEE_PASSWORD = "lee@acme.example", "lee's own"
MASTER_PASSWORD = "open-every-door-7f3a"


@contextlib.contextmanager
def dovecot_server(
    base: Path, *, tls: bool = False, connections: int = 20, quota: str = "0",
    people: Mapping[str, str] | None = None,
) -> Iterator[dovecot.MailServer]:  # fmt: skip
    """It runs below `base`, on ports nobody has; `people`: address → password."""
    with dovecot.running(
        base,
        _free_pair(),
        people or {KIM: KIM_PASSWORD, LEE: LEE_PASSWORD},
        master_password=MASTER_PASSWORD,
        certificate=self_signed(base) if tls else None,
        connections=connections,
        quota=quota,
    ) as server:
        yield server


def _free_pair() -> int:
    """A port of 127.0.0.1 with its next one free, too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port


def self_signed(base: Path, name: str = "localhost") -> tuple[Path, Path]:
    """(certificate, key) that nobody trusts."""
    base.mkdir(parents=True, exist_ok=True)
    certificate, key = base / "cert.pem", base / "key.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
            "-keyout", str(key), "-out", str(certificate),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return certificate, key
