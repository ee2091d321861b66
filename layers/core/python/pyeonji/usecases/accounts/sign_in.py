"""Signing in and out. The user pool does the checking; nothing here knows a password is right."""

from datetime import datetime
from typing import Protocol

from pyeonji.domain import recovery
from pyeonji.domain.errors import ForbiddenError, InvalidRequestError, NotAuthorizedError
from pyeonji.ports import Login, Session
from pyeonji.usecases.accounts.attempts import Caller, Guess, counted, used_once
from pyeonji.worlds import HasAttempts, HasIdentity, HasRecoveryCodes

#: RFC 5321, 4.5.3.1: a path is at most 256 octets, two of which are its brackets.
MAX_ADDRESS_LENGTH = 254


class SignsIn(HasIdentity, HasAttempts, Protocol):
    """What signing in needs."""


class Recovers(SignsIn, HasRecoveryCodes, Protocol):
    """What signing in without the authenticator app needs."""


def address_of(text: str) -> str:
    """The account an address names: addresses differ only in case for nobody here.

    Raises InvalidRequestError for what cannot be an address.
    """
    address = text.strip().lower()
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or not address.isprintable() or " " in address:
        raise InvalidRequestError("email", "bad_address")
    if len(address) > MAX_ADDRESS_LENGTH:
        raise InvalidRequestError("email", "too_long")
    return address


def sign_in(world: SignsIn, *, caller: Caller, password: str, now: datetime) -> Session:
    """Tokens, or a challenge: `totp`, or `new_password` for one that an administrator gave.

    A refusal never says whether the account exists.
    """
    with counted(world, Guess.PASSWORD, caller, now):
        return world.identity.sign_in(caller.email, password)


def answer_totp(
    world: SignsIn, *, caller: Caller, session: str, code: str, now: datetime
) -> Session:
    """Tokens for the six digits of an authenticator app, which are good once."""
    digits = six_digits(code)
    with counted(world, Guess.CODE, caller, now), used_once(world, caller.email, digits, now):
        return world.identity.answer_totp(caller.email, session, digits)


def six_digits(code: str) -> str:
    """A code without the spaces that apps show in it. InvalidRequestError for anything else."""
    digits = "".join(code.split())
    if not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
        raise InvalidRequestError("code", "bad_code")
    return digits


def set_first_password(world: HasIdentity, *, email: str, session: str, password: str) -> Session:
    """Tokens, or the challenge `totp`, for the password that takes a temporary one's place.

    UnprocessableError `password_too_weak`, `password_used_before`; the session stays good.
    """
    return world.identity.set_first_password(email, session, password)


def recover(world: Recovers, *, caller: Caller, password: str, code: str, now: datetime) -> Session:
    """Tokens for the password and a recovery code. The second factor is off afterwards, for the
    app that it was on is lost, and the other recovery codes are worthless.

    The code is struck out first: killed behind that, the person still has the others.
    """
    email = caller.email
    session = sign_in(world, caller=caller, password=password, now=now)
    if session.challenge != "totp":
        return session
    with counted(world, Guess.CODE, caller, now):
        kept, typed = world.recovery_codes.get(email), recovery.plain(code)
        if kept is None or typed is None:
            raise NotAuthorizedError("wrong_recovery_code")
        if not world.recovery_codes.use(email, recovery.hash_of(typed, kept.salt)):
            raise NotAuthorizedError("wrong_recovery_code")
    world.identity.end_totp(email)
    world.recovery_codes.delete(email)
    return world.identity.sign_in(email, password)


def refresh(world: HasIdentity, *, refresh_token: str) -> Session:
    """A new id token. NotAuthorizedError `session_expired` when the token is no longer good."""
    return world.identity.refresh(refresh_token)


def sign_out(world: HasIdentity, *, refresh_token: str) -> None:
    """The refresh token and the access tokens made of it are worthless from now on."""
    world.identity.sign_out(refresh_token)


def sign_out_everywhere(world: HasIdentity, *, email: str, access_token: str) -> None:
    """The refresh and access tokens of every device are worthless from now on. An id token is good
    for the rest of its hour: the gateway looks at its signature only."""
    own_login(world, email, access_token)
    world.identity.sign_out_everywhere(access_token)


def own_login(world: HasIdentity, email: str, access_token: str) -> Login:
    """Whom `access_token` is for: `email`, or ForbiddenError. Two tokens that belong to different
    people would let one of them change the other's second factor."""
    if not access_token:
        raise InvalidRequestError("X-Access-Token", "missing_field")
    login = world.identity.login(access_token)
    if login.email != email:
        raise ForbiddenError("forbidden")
    return login
