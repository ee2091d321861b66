"""Fixtures of the client's tests: a real Dovecot, a journal in a folder of its own."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.tests import dovecot
from pyeonji_client.journal import Journal


@pytest.fixture(scope="session")
def mail_server() -> Iterator[dovecot.Dovecot]:
    """Dovecot with nobody's mail in it yet; tests take users of their own, or clean up."""
    reason = dovecot.unavailable()
    if reason:
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="pyeonji-dovecot-") as base:
        server = dovecot.start(Path(base))
        yield server
        server.stop()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """An empty journal."""
    opened = Journal(tmp_path / "download")
    yield opened
    opened.close()
