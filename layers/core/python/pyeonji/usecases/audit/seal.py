"""Seal a company's chains once a day, tell its administrators, and look whether all is whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Protocol

from pyeonji.domain.accounts import Role
from pyeonji.domain.audit import (
    NOTHING,
    Break,
    BreakKind,
    ChainHead,
    Seal,
    breaks_of_chain,
    decode_seal,
    encode_seal,
    seal_hash,
)
from pyeonji.domain.errors import NotFoundError
from pyeonji.ports import NotSentError
from pyeonji.usecases.objects import read_if_there
from pyeonji.words.audit import SEALED
from pyeonji.worlds import HasAccounts, HasAudit, HasLimits, HasMailer, HasSeals

#: The table takes up to two days to take away what is too old.
_TTL_LATE = timedelta(days=3)


class ChecksAudit(HasAudit, HasSeals, HasAccounts, HasLimits, Protocol):
    """What looking needs."""


class SealsAudit(ChecksAudit, HasMailer, Protocol):
    """What sealing needs."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """What came of a day: companies sealed, administrators told, mails that did not go out."""

    companies: int = 0
    told: int = 0
    not_told: int = 0


def seal_prefix(domain: str) -> str:
    """Where the seals of a company stand in the bucket of seals."""
    return f"seals/{domain}/"


def seal_all(world: SealsAudit, *, now: datetime) -> Sealing:
    """Every company. A day that is sealed already stays as it is, and nobody is told twice."""
    companies = told = not_told = 0
    for company in world.accounts.companies():
        sealed = _seal(world, company.domain, now)
        if sealed is None:
            continue
        companies += 1
        day, data = sealed
        for account in world.accounts.people(company.domain):
            if account.role is not Role.ADMIN or not account.notices:
                continue
            facts = {
                "company": company.name,
                "day": day,
                "chains": len(decode_seal(data).heads),
                "hash": seal_hash(data),
            }
            subject = SEALED.say("subject", account.language, **facts)
            text = SEALED.say("text", account.language, **facts)
            try:
                world.mailer.send(account.email, subject, text, f"<pre>{escape(text)}</pre>")
                told += 1
            except NotSentError:
                not_told += 1
    return Sealing(companies, told, not_told)


def _seal(world: SealsAudit, domain: str, now: datetime) -> tuple[str, bytes] | None:
    day = now.date().isoformat()
    key = f"{seal_prefix(domain)}{day}.jsonl"
    before = [found.key for found in world.seals.objects(seal_prefix(domain)) if found.key < key]
    if read_if_there(world.seals, key) is not None:
        return None
    heads = [
        head for account in world.audit.accounts(domain) if (head := world.audit.head(account))
    ]
    if not heads and not before:
        return None
    last = seal_hash(world.seals.get(max(before))) if before else NOTHING
    data = encode_seal(Seal(domain, day, last, tuple(heads)))
    world.seals.put(key, data, content_type="application/x-ndjson")
    return day, data


def check_company(world: ChecksAudit, *, domain: str, now: datetime) -> list[Break]:
    """What is not whole of a company's chains and seals. NotFoundError `company`."""
    if world.accounts.company(domain) is None:
        raise NotFoundError("company")
    found: list[Break] = []
    days: list[tuple[datetime, dict[str, ChainHead]]] = [
        (
            datetime.fromisoformat(one.day).replace(tzinfo=UTC),
            {head.account: head for head in one.heads},
        )
        for one in _seals(world, domain, found)
    ]
    named = {account for _, heads in days for account in heads}
    kept_since = now - timedelta(days=world.limits.audit_days) + _TTL_LATE
    for account in sorted({*named, *world.audit.accounts(domain)}):
        found += breaks_of_chain(
            account,
            world.audit.all(account),
            world.audit.head(account),
            [(day, heads.get(account)) for day, heads in days],
            kept_since,
        )
    return found


def _seals(world: ChecksAudit, domain: str, found: list[Break]) -> Iterator[Seal]:
    """Those that are there, oldest first; what is wrong between them goes to `found`."""
    before: str | None = None
    for key in sorted(stored.key for stored in world.seals.objects(seal_prefix(domain))):
        day = key.rpartition("/")[2].removesuffix(".jsonl")
        data = world.seals.get(key)
        try:
            one = decode_seal(data)
        except (ValueError, KeyError, TypeError):
            found.append(Break(BreakKind.SEAL_CHANGED, domain, day=day))
            before = None
            continue
        if (one.domain, one.day) != (domain, day):
            found.append(Break(BreakKind.SEAL_CHANGED, domain, day=day))
        elif before is not None and one.before != before:
            found.append(Break(BreakKind.SEAL_MISSING, domain, day=day))
        before = seal_hash(data)
        yield one
