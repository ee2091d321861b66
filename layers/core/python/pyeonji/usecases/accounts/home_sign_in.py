"""Connections to the server a company's mail lives on, signed in for one of its accounts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from pyeonji.domain.errors import HomeError
from pyeonji.domain.homes import Home, secret_name
from pyeonji.ports import MailServer
from pyeonji.worlds import HasHomes, HasMailServers, HasSecrets


class SignsIn(HasHomes, HasSecrets, HasMailServers, Protocol):
    """What signing in to a company's mail server needs."""


@contextmanager
def signed_in(world: SignsIn, *, email: str, home: Home | None = None) -> Iterator[MailServer]:
    """A connection for this account, closed at the end. `home`: the company's, where it is known
    already. Raises HomeError; `home_secret_missing` where no password was ever given."""
    home = home or world.homes.of(email.rpartition("@")[2])
    secret = world.secrets.read(secret_name(home, email))
    if secret is None:
        raise HomeError("home_secret_missing", host=home.host)
    server = world.mail_servers.open(home, email, secret)
    try:
        yield server
    finally:
        server.close()
