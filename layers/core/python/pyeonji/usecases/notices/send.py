"""Tell a person what became of their request, once.

A claim is taken before the mail is sent and settled after it. Two deliveries at once: the second
finds the claim and leaves. Killed in between: after CLAIM_LIFE the claim is anybody's and the mail
may go out a second time, because twice is a nuisance and never is a broken promise. Who sends it
then is retention: a request that ended and was not told of stays in the due index.
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pyeonji.domain.backups import Backup
from pyeonji.domain.notices import NoticeKind
from pyeonji.domain.uploads import Upload
from pyeonji.ports import NoticeClaim, NotSentError
from pyeonji.usecases.notices.compose import compose
from pyeonji.usecases.notices.report import HasRequests, Report, claim_id, find_report
from pyeonji.worlds import HasAccounts, HasLimits, HasMailer, HasNotices


class Told(StrEnum):
    """What came of it."""

    SENT = "sent"
    #: The person wants no notices, or the address bounced or complained before.
    STOPPED = "stopped"
    #: It went out, or was found not to be sent, before.
    DONE = "done"
    #: Somebody is sending it at this moment, or died doing so.
    HELD = "held"
    #: The request is gone, or has not come to what the notice would say.
    MOOT = "moot"
    #: The mail service did not take it.
    REFUSED = "refused"


class SendsNotices(HasRequests, HasAccounts, HasNotices, HasMailer, HasLimits, Protocol):
    """What sending needs. `page_url` is the page's address, without a slash at its end."""

    @property
    def page_url(self) -> str: ...


class RecordsNotices(HasRequests, HasNotices, Protocol):
    """What recording the end of a notice needs."""


def send_notice(
    world: SendsNotices, *, kind: NoticeKind, account: str, request_id: str, now: datetime
) -> Told:
    """Send the notice `kind` of one backup or upload. Raises NotSentError when it was refused."""
    report = find_report(world, kind=kind, account=account, request_id=request_id)
    if report is None:
        return Told.MOOT
    claim = world.notices.claim(claim_id(report.request), kind, now)
    if claim is NoticeClaim.HELD:
        return Told.HELD
    told = Told.DONE if claim is NoticeClaim.DONE else _deliver(world, kind, report, now)
    _mark(world, kind, report.request, now)
    return told


def give_up_notice(
    world: RecordsNotices, *, kind: NoticeKind, request: Backup | Upload, now: datetime
) -> None:
    """Record that a notice cannot be delivered, so that it is not tried for ever."""
    world.notices.settle(claim_id(request), kind, "undeliverable", now)
    _mark(world, kind, request, now)


def _deliver(world: SendsNotices, kind: NoticeKind, report: Report, now: datetime) -> Told:
    claimed = claim_id(report.request)
    person = world.accounts.account(report.request.account)
    quiet = _is_quiet(report.request)
    if person is None or not (person.notices and person.wants_notices) or quiet:
        world.notices.settle(claimed, kind, Told.STOPPED, now)
        return Told.STOPPED
    company = world.accounts.company(person.domain)
    notice = compose(kind, report, person, company, world.limits, world.page_url)
    try:
        world.mailer.send(person.email, notice.subject, notice.text, notice.html)
    except NotSentError:
        world.notices.release(claimed, kind)
        raise
    world.notices.settle(claimed, kind, Told.SENT, now)
    return Told.SENT


def _is_quiet(request: Backup | Upload) -> bool:
    """A scheduled backup of what is new, on a day on which nothing was: no news to anybody. Of a
    connected account that is seen only when it was asked."""
    return (
        isinstance(request, Backup)
        and request.scheduled
        and request.failure == "nothing_to_back_up"
    )


def _mark(world: HasRequests, kind: NoticeKind, request: Backup | Upload, now: datetime) -> None:
    if kind is NoticeKind.BACKUP_EXPIRING:
        return
    if isinstance(request, Upload):
        world.uploads.mark_noticed(request, now)
    else:
        world.backups.mark_noticed(request, now)
