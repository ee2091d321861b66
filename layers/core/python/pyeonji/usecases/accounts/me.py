"""Who is asking, what they may do, and what stands in the way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pyeonji.domain.accounts import LANGUAGES, Account, Company
from pyeonji.domain.errors import InvalidRequestError, NotFoundError
from pyeonji.domain.homes import Home, HomeState
from pyeonji.usecases.accounts.readiness import mail_problem
from pyeonji.usecases.accounts.sign_in import own_login
from pyeonji.usecases.accounts.slots import slot_use
from pyeonji.worlds import HasAccounts, HasBackups, HasHomes, HasIdentity, HasRecoveryCodes

#: What PUT /me takes for `notices`.
_NOTICES = {"on": True, "off": False}


class ShowsPeople(HasAccounts, HasBackups, HasIdentity, HasRecoveryCodes, HasHomes, Protocol):
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
    #: None without a second factor.
    recovery_codes_left: int | None
    home: Home
    #: None before a connected account was ever looked at, and where the mail lives with us.
    home_state: HomeState | None


def show_me(world: ShowsPeople, *, email: str, now: datetime, access_token: str = "") -> Me:
    """Everything the page needs to greet somebody.

    An account the user pool knows and the mail store does not is one whose mail is not set up:
    it signs in, and is told so. Only an access token can tell whether a second factor is on;
    without one `totp_enabled` is False.
    """
    account, company = _known(world, email)
    totp_enabled = bool(access_token) and own_login(world, email, access_token).totp_enabled
    codes = world.recovery_codes.get(email) if totp_enabled else None
    slots = slot_use(world, email, now)
    home = world.homes.of(account.domain)
    return Me(
        account=account,
        company=company,
        not_ready_reason=mail_problem(account, company),
        used_backups=slots.used,
        next_free_at=slots.next_free_at,
        totp_enabled=totp_enabled,
        recovery_codes_left=(len(codes.hashes) if codes else 0) if totp_enabled else None,
        home=home,
        home_state=world.homes.state(email) if home.connected else None,
    )


def change_me(world: HasAccounts, *, email: str, language: str | None, notices: str | None) -> None:
    """The language of notices, and whether there are any (`on`, `off`); None leaves it as it is."""
    if language is None and notices is None:
        raise InvalidRequestError("body", "empty")
    if language is not None and language not in LANGUAGES:
        raise InvalidRequestError("language", "unknown_value")
    if notices is not None and notices not in _NOTICES:
        raise InvalidRequestError("notices", "unknown_value")
    if language is not None and not world.accounts.set_language(email, language):
        raise NotFoundError("account")
    if notices is not None and not world.accounts.set_notices(email, _NOTICES[notices]):
        raise NotFoundError("account")


def _known(world: HasAccounts, email: str) -> tuple[Account, Company]:
    account = world.accounts.account(email) or Account(email, mail_ready=False)
    company = world.accounts.company(account.domain)
    return account, company or Company(account.domain, account.domain, domain_connected=False)
