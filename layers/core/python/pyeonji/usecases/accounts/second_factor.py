"""Two-step sign-in: on, off, another app, and the codes for the day the app is lost.

Whoever changes a second factor that is in force shows that they are its owner: by the code their
app shows now, or by their password. A session somebody left open is not enough.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import quote, urlencode

from pyeonji.domain import recovery
from pyeonji.domain.errors import ConflictError, NotAuthorizedError, UnprocessableError
from pyeonji.usecases.accounts.attempts import Caller, Guess, counted, used_once
from pyeonji.usecases.accounts.sign_in import own_login, six_digits
from pyeonji.worlds import HasAttempts, HasIdentity, HasRecoveryCodes

#: What an authenticator app shows beside the address.
ISSUER = "Pyeonji"


class ProvesIdentity(HasIdentity, HasAttempts, Protocol):
    """What looking at a code or a password needs."""


class ChangesSecondFactor(ProvesIdentity, HasRecoveryCodes, Protocol):
    """What changing the second factor needs."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows who asks: the six digits their app shows now, or their password."""

    code: str | None = None
    password: str | None = None


def begin_totp(
    world: ProvesIdentity, *, caller: Caller, access_token: str, proof: Proof, now: datetime
) -> tuple[str, str]:
    """(secret, otpauth URI) for an authenticator app; not in force until confirmed.

    `proof` is looked at where one is in force already.
    """
    if own_login(world, caller.email, access_token).totp_enabled:
        _prove(world, caller, access_token, proof, now)
    secret = world.identity.begin_totp(access_token)
    # https://github.com/google/google-authenticator/wiki/Key-Uri-Format
    label = quote(f"{ISSUER}:{caller.email}", safe=":")
    return secret, f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': ISSUER})}"


def confirm_totp(
    world: ChangesSecondFactor, *, caller: Caller, access_token: str, code: str, now: datetime
) -> list[str]:
    """From now on a code is asked for. Recovery codes, to be shown once.

    UnprocessableError `wrong_code`: the session itself is sound, and a refusal of it would sign
    the person out.
    """
    own_login(world, caller.email, access_token)
    digits = six_digits(code)
    try:
        with counted(world, Guess.CODE, caller, now):
            world.identity.confirm_totp(access_token, digits)
    except NotAuthorizedError as error:
        raise _meant(error, "wrong_code") from None
    return _new_codes(world, caller.email)


def end_totp(
    world: ChangesSecondFactor, *, caller: Caller, access_token: str, proof: Proof, now: datetime
) -> None:
    """No code is asked for any more, and the recovery codes are gone. Done twice it is done."""
    if own_login(world, caller.email, access_token).totp_enabled:
        _prove(world, caller, access_token, proof, now)
        world.identity.end_totp(caller.email)
    world.recovery_codes.delete(caller.email)


def renew_recovery_codes(
    world: ChangesSecondFactor, *, caller: Caller, access_token: str, proof: Proof, now: datetime
) -> list[str]:
    """New ones, to be shown once; the older ones are worthless. ConflictError `totp_not_enabled`
    without a second factor."""
    if not own_login(world, caller.email, access_token).totp_enabled:
        raise ConflictError("totp_not_enabled")
    _prove(world, caller, access_token, proof, now)
    return _new_codes(world, caller.email)


def _prove(
    world: ProvesIdentity, caller: Caller, access_token: str, proof: Proof, now: datetime
) -> None:
    """UnprocessableError `proof_needed`, `wrong_code`, `wrong_password`."""
    if proof.code is not None:
        digits = six_digits(proof.code)
        try:
            with (
                counted(world, Guess.CODE, caller, now),
                used_once(world, caller.email, digits, now),
            ):
                world.identity.check_code(access_token, digits)
        except NotAuthorizedError as error:
            raise _meant(error, "wrong_code") from None
    elif proof.password is not None:
        try:
            with counted(world, Guess.PASSWORD, caller, now):
                world.identity.sign_in(caller.email, proof.password)
        except NotAuthorizedError as error:
            raise _meant(error, "wrong_password") from None
    else:
        raise UnprocessableError("proof_needed")


def _meant(error: NotAuthorizedError, wrong: str) -> NotAuthorizedError | UnprocessableError:
    """A wrong guess as what it is here: a mistake in the request, not the end of the session."""
    if error.code in ("wrong_code", "wrong_credentials"):
        return UnprocessableError(wrong)
    return error


def _new_codes(world: HasRecoveryCodes, email: str) -> list[str]:
    codes, kept = recovery.new_codes()
    world.recovery_codes.put(email, kept)
    return codes
