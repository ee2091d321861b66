"""What a backup is to hold: which mailboxes, what time, in volumes of what size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.backups import ChosenMailbox
from pyeonji.domain.errors import InvalidRequestError, NotFoundError
from pyeonji.domain.limits import MIN_VOLUME_BYTES, Limits
from pyeonji.domain.periods import Period, Span, resolve
from pyeonji.usecases.accounts.readiness import require_mail
from pyeonji.worlds import HasAccounts, HasLimits

if TYPE_CHECKING:
    from pyeonji.search.query import Query


class SelectsMail(HasAccounts, HasLimits, Protocol):
    """What selecting needs."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """As a person says it: `mailboxes` by id, None for all; a volume of `volume_bytes`, None for
    the service's unit; only what `query` finds, None for all mail; `include_gone`: with the mail
    that is gone from a connected server."""

    mailboxes: Sequence[str] | None
    period: Period
    volume_bytes: int | None = None
    query: str | None = None
    include_gone: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """As it was found to be: mailboxes that are there, instants, bytes."""

    mailboxes: tuple[Mailbox, ...]
    span: Span
    volume_bytes: int
    query: "Query | None" = None

    @property
    def chosen(self) -> tuple[ChosenMailbox, ...]:
        """The mailboxes as a request keeps them."""
        return tuple(ChosenMailbox(mailbox.id, mailbox.path) for mailbox in self.mailboxes)


def select(world: SelectsMail, account: str, wanted: Wanted, now: datetime) -> Selection:
    """Raises InvalidRequestError, NotFoundError for a mailbox that is not the account's, and
    ForbiddenError where the account has no mail yet."""
    require_mail(world, account)
    # What can be said without looking at anybody's mailboxes comes first.
    unit = _unit_of(wanted.volume_bytes, world.limits)
    query = None if wanted.query is None else _query_of(world, wanted.query)
    existing = {mailbox.id: mailbox for mailbox in world.accounts.mailboxes(account)}
    ids = list(existing) if wanted.mailboxes is None else list(dict.fromkeys(wanted.mailboxes))
    if wanted.mailboxes is not None and not ids:
        raise InvalidRequestError("mailboxes", "empty")
    if not existing.keys() >= set(ids):
        raise NotFoundError("mailbox")
    return Selection(
        tuple(existing[mailbox_id] for mailbox_id in ids),
        resolve(wanted.period, now, world.limits.zone),
        unit,
        query,
    )


def _query_of(world: SelectsMail, source: str) -> "Query":
    # Here, as in `estimate`: few requests have one.
    from pyeonji.usecases.mail.searching import read_query

    return read_query(source, world, "query")


def _unit_of(volume_bytes: int | None, limits: Limits) -> int:
    if volume_bytes is None:
        return limits.volume_bytes
    if not min(MIN_VOLUME_BYTES, limits.volume_bytes) <= volume_bytes <= limits.volume_bytes:
        raise InvalidRequestError("volume_bytes", "out_of_range")
    return volume_bytes
