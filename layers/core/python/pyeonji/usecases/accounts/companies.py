"""Companies and the people in them, as an operator makes and changes them.

Everything may be done twice and comes to the same: whoever was stopped half-way does it again.
"""

import re
import secrets
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from pyeonji.domain.accounts import LANGUAGES, Account, Company, Mailbox, Role, SpecialUse
from pyeonji.domain.errors import InvalidRequestError, NotFoundError
from pyeonji.domain.ids import new_id
from pyeonji.domain.labels import is_label
from pyeonji.usecases.accounts.homes import keep_up_with
from pyeonji.usecases.accounts.sign_in import address_of
from pyeonji.words.operator import INBOX
from pyeonji.worlds import HasAccounts, HasHomes, HasLogins

_LONGEST_NAME = 200
#: RFC 1035's letters, digits and hyphens; names in other scripts in their `xn--` form.
_DOMAIN = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\Z")
#: Characters of a first password: none that is taken for another when it is read aloud.
_LEGIBLE = [
    "".join(sorted(set(letters) - set("0O1lIo")))
    for letters in (string.ascii_lowercase, string.ascii_uppercase, string.digits)
]


class MakesPeople(HasAccounts, HasHomes, HasLogins, Protocol):
    """What taking somebody in needs."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody to take in. `password` None: one is made up, for the first sign-in only. `mailbox`:
    whether they get a first mailbox, where mail lives here and they have none."""

    email: str
    language: str = "ko"
    mail_ready: bool = True
    role: Role = Role.PERSON
    password: str | None = None
    mailbox: bool = True


@dataclass(frozen=True, slots=True)
class TakenIn:
    """`created`: there was no login before. `first_password`: the one made up, to be handed over;
    it is kept nowhere and shown once."""

    account: Account
    created: bool
    first_password: str | None = None


def domain_of(text: str) -> str:
    """A domain as it is kept. Raises InvalidRequestError."""
    domain = text.strip().lower().rstrip(".")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            raise InvalidRequestError("domain", "bad_domain") from None
    if not _DOMAIN.match(domain):
        raise InvalidRequestError("domain", "bad_domain")
    return domain


def put_company(
    world: HasAccounts, *, domain: str, name: str | None = None, connected: bool | None = None
) -> Company:
    """Make a company, or change one that is there; None leaves what there is (a new one needs a
    name, and is connected)."""
    domain = domain_of(domain)
    there = world.accounts.company(domain)
    if name is None and there is None:
        raise NotFoundError("company")
    if name is not None and (not name.strip() or len(name) > _LONGEST_NAME or not is_label(name)):
        raise InvalidRequestError("name", "bad_character" if name.strip() else "empty")
    company = there or Company(domain, "")
    company = replace(company, name=company.name if name is None else name.strip())
    if connected is not None:
        company = replace(company, domain_connected=connected)
    world.accounts.put_company(company)
    return company


def list_companies(world: HasAccounts) -> Iterator[Company]:
    """All of them, by their domain."""
    return world.accounts.companies()


def list_people(world: HasAccounts, *, domain: str) -> Iterator[Account]:
    """The accounts of a company, by their address. NotFoundError `company`."""
    domain = domain_of(domain)
    if world.accounts.company(domain) is None:
        raise NotFoundError("company")
    return world.accounts.people(domain)


def take_in(world: MakesPeople, *, person: NewPerson, now: datetime) -> TakenIn:
    """An account, its first mailbox (where mail lives here) and a login. NotFoundError `company`;
    UnprocessableError `password_too_weak`.

    Somebody who is there already keeps their mail, notices and password, unless one is given. The
    login comes last: who can sign in finds everything.
    """
    email = address_of(person.email)
    domain = email.rpartition("@")[2]
    if world.accounts.company(domain) is None:
        raise NotFoundError("company")
    if person.language not in LANGUAGES:
        raise InvalidRequestError("language", "unknown_value")
    account = _profile(world, email, person)
    ours = not world.homes.of(domain).connected
    if not ours:
        keep_up_with(world, email=email, now=now)
    if person.mailbox and ours and not world.accounts.mailboxes(email):
        path = INBOX[LANGUAGES.index(person.language)]
        world.accounts.create_mailbox(email, Mailbox(new_id(now), path, SpecialUse.INBOX.value))
    created = world.logins.create(email)
    if person.password is not None:
        world.logins.set_password(email, person.password, permanent=True)
        return TakenIn(account, created)
    if not created:
        return TakenIn(account, created)
    first = first_password()
    world.logins.set_password(email, first, permanent=False)
    return TakenIn(account, created, first)


def _profile(world: HasAccounts, email: str, person: NewPerson) -> Account:
    there = world.accounts.account(email)
    if there is None:
        account = Account(email, person.language, person.mail_ready, role=person.role)
        world.accounts.put_account(account)
        return account
    changes: dict[str, object] = {"mail_ready": person.mail_ready, "role": person.role}
    return change_person(world, email=email, changes=changes)


def change_person(world: HasAccounts, *, email: str, changes: Mapping[str, object]) -> Account:
    """`mail_ready`, `role`, `quota_bytes`, `language` of an account; the others stay. NotFoundError
    `account`."""
    email = address_of(email)
    if changes.get("language", "ko") not in LANGUAGES:
        raise InvalidRequestError("language", "unknown_value")
    quota = changes.get("quota_bytes")
    if isinstance(quota, int) and quota < 0:
        raise InvalidRequestError("quota", "out_of_range")
    if not world.accounts.change_account(email, changes):
        raise NotFoundError("account")
    account = world.accounts.account(email)
    assert account is not None, "it was there a moment ago"
    return account


def give_password(world: HasLogins, *, email: str, password: str | None) -> str | None:
    """Another password for somebody; without one a first password is made up and returned.
    NotFoundError `account`; UnprocessableError `password_too_weak`."""
    email = address_of(email)
    if password is not None:
        world.logins.set_password(email, password, permanent=True)
        return None
    first = first_password()
    world.logins.set_password(email, first, permanent=False)
    return first


def first_password() -> str:
    """Sixteen letters and digits, of each kind some: 90 bits, to be typed once."""
    every = "".join(_LEGIBLE)
    while True:
        made = "".join(secrets.choice(every) for _ in range(16))
        if all(set(made) & set(kind) for kind in _LEGIBLE):
            return "-".join(made[place : place + 4] for place in range(0, 16, 4))
