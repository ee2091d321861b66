"""Write down what was done, and show it to whose mail it was."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from pyeonji.domain.audit import AuditRecord, Deed, chained
from pyeonji.domain.errors import BusyError, NotFoundError
from pyeonji.domain.instants import whole_second
from pyeonji.worlds import HasAccounts, HasAudit

#: Two calls of one person at the same moment want the same place; each try lets one through.
_TRIES = 20


class ReadsAudit(HasAudit, HasAccounts, Protocol):
    """What showing a company's needs."""


def record_deed(world: HasAudit, *, deed: Deed, now: datetime) -> AuditRecord:
    """Append it to the account's chain. BusyError: not written, and so nothing may be answered."""
    for _ in range(_TRIES):
        head = world.audit.head(deed.account)
        at = whole_second(now)
        if head is not None:
            # Another function's clock may be a little ahead of ours.
            at = max(at, head.at)
        record = chained(deed, at, head)
        if world.audit.append(record):
            return record
    raise BusyError("service_busy")


def list_deeds(
    world: HasAudit, *, account: str, before: int | None, limit: int
) -> tuple[list[AuditRecord], int | None]:
    """One page of one's own, newest first, and the number behind which the next begins."""
    found = world.audit.newest(account, before, limit + 1)
    page = found[:limit]
    return page, page[-1].number if len(found) > limit else None


def company_deeds(world: ReadsAudit, *, domain: str) -> Iterator[AuditRecord]:
    """Everything that is kept of a company, account by account. NotFoundError `company`."""
    if world.accounts.company(domain) is None:
        raise NotFoundError("company")
    for account in world.audit.accounts(domain):
        yield from world.audit.all(account)
