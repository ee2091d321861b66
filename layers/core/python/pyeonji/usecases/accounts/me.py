"""Who is asking, what they may do, and what stands in the way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import quote, urlencode

from pyeonji.domain.accounts import LANGUAGES, Account, Company
from pyeonji.domain.errors import (
    InvalidRequestError,
    NotAuthorizedError,
    NotFoundError,
    UnprocessableError,
)
from pyeonji.usecases.accounts.readiness import mail_problem
from pyeonji.usecases.accounts.sign_in import six_digits
from pyeonji.usecases.accounts.slots import slot_use
from pyeonji.worlds import HasAccounts, HasBackups, HasIdentity

#: What an authenticator app shows beside the address.
ISSUER = "Pyeonji"


class ShowsPeople(HasAccounts, HasBackups, HasIdentity, Protocol):
    """What showing a person to themselves needs."""


@dataclass(frozen=True, slots=True)
class Me:
    """`next_free_at` is the instant the next slot frees by itself, None when none is known."""

    account: Account
    company: Company
    #: None when mail can be backed up and uploaded; else mail_not_set_up or domain_not_connected.
    not_ready_reason: str | None
    used_backups: int
    next_free_at: datetime | None
    totp_enabled: bool


def show_me(world: ShowsPeople, *, email: str, now: datetime, access_token: str = "") -> Me:
    """Everything the page needs to greet somebody.

    An account the user pool knows and the mail store does not is one whose mail is not set up:
    it signs in, and is told so. Only an access token can tell whether a second factor is on;
    without one `totp_enabled` is False.
    """
    account, company = _known(world, email)
    slots = slot_use(world, email, now)
    return Me(
        account=account,
        company=company,
        not_ready_reason=mail_problem(account, company),
        used_backups=slots.used,
        next_free_at=slots.next_free_at,
        totp_enabled=bool(access_token) and world.identity.totp_enabled(access_token),
    )


def choose_language(world: HasAccounts, *, email: str, language: str) -> None:
    """The language of notices from now on."""
    if language not in LANGUAGES:
        raise InvalidRequestError("language", "unknown_value")
    if not world.accounts.set_language(email, language):
        raise NotFoundError("account")


def begin_totp(world: HasIdentity, *, email: str, access_token: str) -> tuple[str, str]:
    """(secret, otpauth URI) for an authenticator app; not in force until confirmed."""
    if not access_token:
        raise InvalidRequestError("X-Access-Token", "missing_field")
    secret = world.identity.begin_totp(access_token)
    # https://github.com/google/google-authenticator/wiki/Key-Uri-Format
    label = quote(f"{ISSUER}:{email}", safe=":")
    return secret, f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': ISSUER})}"


def confirm_totp(world: HasIdentity, *, access_token: str, code: str) -> None:
    """From now on a code is asked for. UnprocessableError `wrong_code`: the session itself is
    sound, and a refusal of it would sign the person out."""
    if not access_token:
        raise InvalidRequestError("X-Access-Token", "missing_field")
    try:
        world.identity.confirm_totp(access_token, six_digits(code))
    except NotAuthorizedError as error:
        if error.code != "wrong_code":
            raise
        raise UnprocessableError("wrong_code") from None


def _known(world: HasAccounts, email: str) -> tuple[Account, Company]:
    account = world.accounts.account(email) or Account(email, mail_ready=False)
    company = world.accounts.company(account.domain)
    return account, company or Company(account.domain, account.domain, domain_connected=False)
