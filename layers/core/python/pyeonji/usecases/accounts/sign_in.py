"""Signing in and out. The user pool does the checking; nothing here knows a password is right."""

from pyeonji.domain.errors import InvalidRequestError
from pyeonji.ports import Session
from pyeonji.worlds import HasIdentity

#: RFC 5321, 4.5.3.1: a path is at most 256 octets, two of which are its brackets.
MAX_ADDRESS_LENGTH = 254


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


def sign_in(world: HasIdentity, *, email: str, password: str) -> Session:
    """Tokens, or the challenge `totp`. A refusal never says whether the account exists."""
    return world.identity.sign_in(address_of(email), password)


def answer_totp(world: HasIdentity, *, email: str, session: str, code: str) -> Session:
    """Tokens for the six digits of an authenticator app."""
    return world.identity.answer_totp(address_of(email), session, six_digits(code))


def six_digits(code: str) -> str:
    """A code without the spaces that apps show in it. InvalidRequestError for anything else."""
    digits = "".join(code.split())
    if not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
        raise InvalidRequestError("code", "bad_code")
    return digits


def refresh(world: HasIdentity, *, refresh_token: str) -> Session:
    """A new id token. NotAuthorizedError `session_expired` when the token is no longer good."""
    return world.identity.refresh(refresh_token)


def sign_out(world: HasIdentity, *, refresh_token: str) -> None:
    """The refresh token and the access tokens made of it are worthless from now on."""
    world.identity.sign_out(refresh_token)
