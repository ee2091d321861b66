"""Where a company's mail lives: choosing it, and trying it for one account."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from pyeonji.domain.errors import InvalidRequestError, NotFoundError, UnprocessableError
from pyeonji.domain.homes import (
    PORTS,
    Home,
    HomeKind,
    HomeState,
    SignIn,
    home_secret,
    own_secret,
)
from pyeonji.domain.instants import whole_second
from pyeonji.domain.labels import is_label
from pyeonji.imap.folders import ImapFolder, folders_of, own_mail
from pyeonji.usecases.accounts.home_sign_in import SignsIn, signed_in
from pyeonji.worlds import HasAccounts, HasHomes, HasSecrets

#: A secret's length in characters; Secrets Manager takes 64 KiB.
_LONGEST_SECRET = 4_096
_LONGEST_NAME = 320
_MOST_CONNECTIONS = 20
#: A host name or a numeric address, as a resolver takes it; nothing that could be more than that.
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")


class ChoosesHomes(HasAccounts, HasHomes, HasSecrets, Protocol):
    """What choosing a company's home needs."""


class FollowsHomes(HasAccounts, HasHomes, Protocol):
    """What keeping up with a company's accounts needs."""


class ChecksHomes(HasAccounts, SignsIn, Protocol):
    """What trying a home needs."""


@dataclass(frozen=True, slots=True)
class CheckedHome:
    """What a server showed of one account: the folders that would be brought here, in the
    server's order, and those that would not (others' mail, views of other folders)."""

    home: Home
    folders: tuple[ImapFolder, ...]
    left_out: tuple[ImapFolder, ...]
    capabilities: frozenset[str]


def choose_home(world: ChoosesHomes, *, domain: str, home: Home, secret: str | None) -> Home:
    """Keep where the mail of `domain` lives from now on; `home.secret` is set here. `secret` None
    leaves the one that is kept. NotFoundError `company`; InvalidRequestError names a field;
    UnprocessableError `home_secret_needed`.

    The secret is written first: a home that points at none would fail every account.
    """
    if world.accounts.company(domain) is None:
        raise NotFoundError("company")
    name = home_secret(domain)
    if not home.connected:
        world.homes.put(domain, Home())
        world.secrets.delete(name)
        return Home()
    home = _checked(home)
    if home.sign_in is not SignIn.OWN:
        home = replace(home, secret=name)
        if secret is not None:
            world.secrets.write(name, _checked_secret(secret))
        elif world.secrets.read(name) is None:
            raise UnprocessableError("home_secret_needed")
    elif secret is not None:
        raise InvalidRequestError("secret", "unknown_field")
    if not world.homes.put(domain, home):
        raise NotFoundError("company")
    return home


def keep_own_secret(world: ChoosesHomes, *, email: str, secret: str) -> None:
    """The app password an account is signed in with, where each has its own. NotFoundError
    `account`; UnprocessableError `home_needs_no_secret`."""
    if world.accounts.account(email) is None:
        raise NotFoundError("account")
    home = world.homes.of(email.rpartition("@")[2])
    if not home.connected or home.sign_in is not SignIn.OWN:
        raise UnprocessableError("home_needs_no_secret")
    world.secrets.write(own_secret(email), _checked_secret(secret))


def keep_up(world: FollowsHomes, *, domain: str, now: datetime) -> int:
    """Have every account of a connected company brought up to date from now on; how many. Those
    that are kept up with already are left as they are."""
    if not world.homes.of(domain).connected:
        return 0
    return sum(
        keep_up_with(world, email=each.email, now=now) for each in world.accounts.people(domain)
    )


def keep_up_with(world: HasHomes, *, email: str, now: datetime) -> bool:
    """One account, looked at when the rule fires next; False where it is in line already."""
    state = world.homes.state(email)
    if state is not None and state.due_at is not None:
        return False
    at = whole_second(now)
    return world.homes.move(replace(state or HomeState(email), moved_at=at, due_at=at), state)


def check_home(world: ChecksHomes, *, email: str, now: datetime) -> CheckedHome:
    """Sign in for `email` as keeping up would, and look at its folders. HomeError says what is
    wrong; NotFoundError `company`, UnprocessableError `home_is_ours`."""
    domain = email.rpartition("@")[2]
    if world.accounts.company(domain) is None:
        raise NotFoundError("company")
    home = world.homes.of(domain)
    if not home.connected:
        raise UnprocessableError("home_is_ours")
    with signed_in(world, email=email, home=home) as server:
        spaces = server.perform(server.conversation.namespaces())
        listed = server.perform(server.conversation.list_mailboxes())
        capabilities = server.conversation.capabilities
    folders = folders_of(listed, spaces)
    home = replace(home, checked_at=now)
    world.homes.put(domain, home)
    return CheckedHome(
        home,
        tuple(folder for folder in folders if own_mail(folder)),
        tuple(folder for folder in folders if not own_mail(folder)),
        capabilities,
    )


def _checked(home: Home) -> Home:
    """With its port. Raises InvalidRequestError."""
    port = home.port or PORTS[home.security]
    if not _HOST.fullmatch(home.host):
        raise InvalidRequestError("host", "bad_host")
    if not 1 <= port <= 65_535:
        raise InvalidRequestError("port", "out_of_range")
    if not 1 <= home.connections <= _MOST_CONNECTIONS:
        raise InvalidRequestError("connections", "out_of_range")
    needs_user = home.sign_in is not SignIn.OWN
    if needs_user and not home.user:
        raise InvalidRequestError("user", "missing_field")
    if not needs_user and home.user:
        raise InvalidRequestError("user", "unknown_field")
    if len(home.user) > _LONGEST_NAME or not is_label(home.user):
        raise InvalidRequestError("user", "bad_character")
    if home.sign_in is SignIn.CLIENT_CREDENTIALS:
        url = urlsplit(home.token_url)
        if url.scheme != "https" and url.hostname not in ("127.0.0.1", "localhost"):
            raise InvalidRequestError("token_url", "must_be_https")
    elif home.token_url or home.scope:
        raise InvalidRequestError("token_url", "unknown_field")
    return replace(home, kind=HomeKind.IMAP, port=port, checked_at=None)


def _checked_secret(secret: str) -> str:
    """Without the line end it was typed with."""
    secret = secret.rstrip("\r\n")
    if not secret:
        raise InvalidRequestError("secret", "empty")
    if len(secret) > _LONGEST_SECRET:
        raise InvalidRequestError("secret", "too_long")
    # SASL PLAIN ends a password at a NUL; a line end would end the command.
    if any(ord(letter) < 32 for letter in secret):
        raise InvalidRequestError("secret", "bad_character")
    return secret
