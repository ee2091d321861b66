"""What each command does: one use case, and the lines that say what came of it."""

import argparse
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Protocol

from infra.admin.arguments import DEFAULT_QUOTA
from pyeonji.domain.accounts import Account, Company, Role
from pyeonji.domain.errors import ConflictError
from pyeonji.domain.homes import Home, HomeKind
from pyeonji.domain.instants import rfc3339
from pyeonji.usecases.accounts.companies import (
    MakesPeople,
    NewPerson,
    change_person,
    domain_of,
    give_password,
    list_companies,
    list_people,
    put_company,
    take_in,
)
from pyeonji.usecases.accounts.homes import (
    check_home,
    choose_home,
    keep_own_secret,
    keep_up,
)
from pyeonji.usecases.accounts.sign_in import address_of
from pyeonji.usecases.audit.record import company_deeds
from pyeonji.usecases.audit.seal import ChecksAudit, check_company
from pyeonji.usecases.sync.request import request_sync
from pyeonji.words.audit import DEEDS
from pyeonji.words.catalogue import Catalogue
from pyeonji.words.operator import DONE
from pyeonji.worlds import (
    HasLimits,
    HasMachines,
    HasMailServers,
    HasSecrets,
)

_SAY = Catalogue(DONE).say


class Operates(
    MakesPeople, ChecksAudit, HasSecrets, HasMailServers, HasMachines, HasLimits, Protocol
):
    """What all commands need."""

    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to say: for programs an object, for people lines."""

    fields: Mapping[str, object]
    lines: tuple[str, ...]


@dataclass(slots=True)
class Call:
    """A command as it was given. `secret` reads standard input, once."""

    given: argparse.Namespace
    language: str
    secret: Callable[[], str]
    zone: tzinfo = UTC

    def say(self, code: str, **facts: object) -> str:
        """A sentence in the language of the operator."""
        return _SAY(code, self.language, **facts)


def run(world: Operates, call: Call) -> Iterator[Told]:
    """Do it. Raises what the use cases raise."""
    return _COMMANDS[call.given.command](world, call)


def _company_put(world: Operates, call: Call) -> Iterator[Told]:
    given = call.given
    company = put_company(world, domain=given.domain, name=given.name, connected=given.connected)
    yield _company(world, call, company)


def _company_list(world: Operates, call: Call) -> Iterator[Told]:
    found = False
    for company in list_companies(world):
        found = True
        yield _company(world, call, company)
    if not found:
        yield Told({}, (call.say("nobody"),))


def _company(world: Operates, call: Call, company: Company) -> Told:
    home = world.homes.of(company.domain)
    connected = "connected" if company.domain_connected else "not_connected"
    line = call.say(
        "company", domain=company.domain, name=company.name, connected=call.say(connected)
    )
    fields = {
        "domain": company.domain,
        "name": company.name,
        "connected": company.domain_connected,
        "home": home.kind.value,
    }
    return Told(fields, (line,))


def _home_show(world: Operates, call: Call) -> Iterator[Told]:
    domain = domain_of(call.given.domain)
    yield _home(call, domain, world.homes.of(domain))


def _home_segments(world: Operates, call: Call) -> Iterator[Told]:
    domain = domain_of(call.given.domain)
    yield _home(call, domain, choose_home(world, domain=domain, home=Home(), secret=None))


def _home_imap(world: Operates, call: Call) -> Iterator[Told]:
    given, domain = call.given, domain_of(call.given.domain)
    home = Home(
        HomeKind.IMAP,
        given.host,
        given.port,
        given.security,
        given.sign_in,
        user=given.user,
        login=given.login,
        separator=given.separator,
        token_url=given.token_url,
        scope=given.scope,
        connections=given.connections,
    )
    secret = call.secret() if given.stdin else None
    chosen = choose_home(world, domain=domain, home=home, secret=secret)
    keep_up(world, domain=domain, now=world.now())
    yield _home(call, domain, chosen)


def _home(call: Call, domain: str, home: Home) -> Told:
    fields: dict[str, object] = {"domain": domain, "kind": home.kind.value}
    if not home.connected:
        return Told(fields, (call.say("home_segments", domain=domain),))
    fields |= {
        "host": home.host,
        "port": home.port,
        "security": home.security.value,
        "sign_in": home.sign_in.value,
        "user": home.user or None,
        "login": home.login.value,
        "connections": home.connections,
        "checked_at": rfc3339(home.checked_at) if home.checked_at else None,
    }
    line = call.say(
        "home_imap",
        domain=domain,
        host=home.host,
        port=str(home.port),
        security=home.security.value,
        sign_in=home.sign_in.value,
    )
    return Told(fields, (line,))


def _home_check(world: Operates, call: Call) -> Iterator[Told]:
    email = address_of(call.given.email)
    checked = check_home(world, email=email, now=world.now())
    lines = [
        call.say(
            "home_checked",
            email=email,
            host=checked.home.host,
            folders=len(checked.folders),
            left_out=len(checked.left_out),
        )
    ]
    lines += [
        call.say("folder", path=folder.path, use=folder.special_use or "").rstrip()
        for folder in checked.folders
    ]
    lines += [call.say("folder_left_out", path=folder.path) for folder in checked.left_out]
    fields = {
        "email": email,
        "host": checked.home.host,
        "folders": [
            {"path": folder.path, "special_use": folder.special_use} for folder in checked.folders
        ],
        "left_out": [folder.path for folder in checked.left_out],
        "capabilities": sorted(checked.capabilities),
    }
    yield Told(fields, tuple(lines))


def _home_secret(world: Operates, call: Call) -> Iterator[Told]:
    email = address_of(call.given.email)
    keep_own_secret(world, email=email, secret=call.secret())
    yield Told({"email": email, "secret": "kept"}, (call.say("secret_kept", email=email),))


def _sync(world: Operates, call: Call) -> Iterator[Told]:
    email = address_of(call.given.email)
    state = request_sync(world, account=email, now=world.now())
    synced = state.synced_at.astimezone(call.zone) if state.synced_at else None
    lines = [call.say("sync_started", email=email)]
    if synced is not None:
        lines.append(call.say("synced_until", at=synced))
    fields = {
        "email": email,
        "state": state.state.value,
        "synced_at": rfc3339(state.synced_at) if state.synced_at else None,
        "failure": state.failure,
        "said": state.said or None,
    }
    yield Told(fields, tuple(lines))


def _person_add(world: Operates, call: Call) -> Iterator[Told]:
    given = call.given
    person = NewPerson(
        given.email,
        given.language,
        given.ready,
        Role.ADMIN if given.admin else Role.PERSON,
        call.secret().rstrip("\r\n") if given.stdin else None,
    )
    taken = take_in(world, person=person, now=world.now())
    told = _person(call, taken.account)
    fields = {**told.fields, "created": taken.created}
    lines = list(told.lines)
    if taken.first_password is not None:
        fields["first_password"] = taken.first_password
        lines.append(call.say("first_password", password=taken.first_password))
    elif not taken.created:
        lines.append(call.say("password_kept" if person.password is None else "password_set"))
    yield Told(fields, tuple(lines))


def _person_set(world: Operates, call: Call) -> Iterator[Told]:
    given = call.given
    changes: dict[str, object] = {
        name: value
        for name, value in (
            ("mail_ready", given.ready), ("role", given.role), ("language", given.language),
        )
        if value is not None
    }  # fmt: skip
    if given.quota is not None:
        changes["quota_bytes"] = None if given.quota == DEFAULT_QUOTA else given.quota
    yield _person(call, change_person(world, email=given.email, changes=changes))


def _person_password(world: Operates, call: Call) -> Iterator[Told]:
    email = address_of(call.given.email)
    password = call.secret().rstrip("\r\n") if call.given.stdin else None
    first = give_password(world, email=email, password=password)
    if first is None:
        yield Told({"email": email, "password": "set"}, (call.say("password_set"),))
    else:
        line = call.say("first_password", password=first)
        yield Told({"email": email, "first_password": first}, (line,))


def _audit(world: Operates, call: Call) -> Iterator[Told]:
    domain = domain_of(call.given.domain)
    if call.given.check:
        breaks = check_company(world, domain=domain, now=world.now())
        for each in breaks:
            where = each.day or str(each.number)
            line = call.say(
                "audit_break", account=each.account, where=where, kind=call.say(each.kind.value)
            )
            yield Told(
                {"kind": each.kind.value, "account": each.account, "number": each.number,
                 "day": each.day}, (line,),
            )  # fmt: skip
        if breaks:
            raise ConflictError("audit_not_whole")
        yield Told({"domain": domain, "whole": True}, (call.say("audit_whole", domain=domain),))
        return
    header = ("number", "at", "account", "action", "text", "target", "address", "request", "hash")
    # Nothing, to a program.
    yield Told({}, (_csv(header),))
    for record in company_deeds(world, domain=domain):
        deed = record.deed
        text = DEEDS.say(deed.action, call.language)
        row = (
            record.number, rfc3339(record.at), deed.account, deed.action, text, deed.target,
            deed.address, deed.request, record.hash,
        )  # fmt: skip
        yield Told(dict(zip(header, row, strict=True)), (_csv(row),))


def _csv(row: Iterable[object]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(row)
    return buffer.getvalue()


def _person_list(world: Operates, call: Call) -> Iterator[Told]:
    found = False
    for account in list_people(world, domain=call.given.domain):
        found = True
        yield _person(call, account)
    if not found:
        yield Told({}, (call.say("nobody"),))


def _person(call: Call, account: Account) -> Told:
    fields = {
        "email": account.email,
        "language": account.language,
        "mail_ready": account.mail_ready,
        "role": account.role.value,
        "quota_bytes": account.quota_bytes,
    }
    line = call.say(
        "person",
        email=account.email,
        role=call.say(f"role_{account.role.value}"),
        ready=call.say("ready" if account.mail_ready else "not_ready"),
    )
    if account.quota_bytes is not None:
        quota = "quota" if account.quota_bytes else "no_quota"
        line += "  " + call.say(quota, quota_bytes=account.quota_bytes)
    return Told(fields, (line,))


_COMMANDS: Mapping[str, Callable[[Any, Call], Iterator[Told]]] = {
    "company add": _company_put,
    "company set": _company_put,
    "company list": _company_list,
    "home show": _home_show,
    "home segments": _home_segments,
    "home imap": _home_imap,
    "home check": _home_check,
    "home secret": _home_secret,
    "sync": _sync,
    "person add": _person_add,
    "person set": _person_set,
    "person password": _person_password,
    "person list": _person_list,
    "audit": _audit,
}
