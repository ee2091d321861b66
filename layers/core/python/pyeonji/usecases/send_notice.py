"""Tell a person what became of their request, once.

A claim is taken before the mail is sent and settled after it. Two deliveries at once: the second
finds the claim and leaves. Killed in between: after CLAIM_LIFE the claim is anybody's and the mail
may go out a second time, because twice is a nuisance and never is a broken promise. Who sends it
then is retention: a request that ended and was not told of stays in the due index.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pyeonji.domain.backups import Backup
from pyeonji.domain.limits import Limits
from pyeonji.domain.uploads import Upload
from pyeonji.ports import (
    Accounts,
    Backups,
    Mailer,
    NoticeClaim,
    Notices,
    NotSentError,
    Uploads,
)
from pyeonji.usecases.notice_compose import compose
from pyeonji.usecases.notice_facts import (
    BackupStory,
    NoticeKind,
    Story,
    UploadStory,
    find_story,
)


class Told(StrEnum):
    """What came of it."""

    SENT = "sent"
    #: The address bounced or complained before: nothing goes to it any more.
    STOPPED = "stopped"
    #: It went out, or was found not to be sent, before.
    DONE = "done"
    #: Somebody is sending it at this moment, or died doing so.
    HELD = "held"
    #: The request is gone, or has not come to what the notice would say.
    MOOT = "moot"
    #: The mail service did not take it.
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class NoticePorts:
    """What sending needs. `page_url` is the page's address, without a slash at its end."""

    accounts: Accounts
    backups: Backups
    uploads: Uploads
    notices: Notices
    mailer: Mailer
    limits: Limits
    page_url: str


def send_notice(
    ports: NoticePorts, *, kind: NoticeKind, account: str, request_id: str, now: datetime
) -> Told:
    """Send the notice `kind` of one backup or upload. Raises NotSentError when it was refused."""
    story = find_story(kind, ports.backups, ports.uploads, account, request_id)
    if story is None:
        return Told.MOOT
    claim = ports.notices.claim(story.notice_id, kind, now)
    if claim is NoticeClaim.HELD:
        return Told.HELD
    told = Told.DONE if claim is NoticeClaim.DONE else _deliver(ports, kind, story, now)
    _mark(ports, kind, story.request, now)
    return told


def give_up_notice(
    ports: NoticePorts, *, kind: NoticeKind, request: Backup | Upload, now: datetime
) -> None:
    """Record that a notice cannot be delivered, so that it is not tried for ever."""
    story = UploadStory(request) if isinstance(request, Upload) else BackupStory(request, ())
    ports.notices.settle(story.notice_id, kind, "undeliverable", now)
    _mark(ports, kind, request, now)


def _deliver(ports: NoticePorts, kind: NoticeKind, story: Story, now: datetime) -> Told:
    person = ports.accounts.account(story.request.account)
    if person is None or not person.notices:
        ports.notices.settle(story.notice_id, kind, Told.STOPPED, now)
        return Told.STOPPED
    company = ports.accounts.company(person.domain)
    notice = compose(kind, story, person, company, ports.limits, ports.page_url)
    try:
        ports.mailer.send(person.email, notice.subject, notice.text, notice.html)
    except NotSentError:
        ports.notices.release(story.notice_id, kind)
        raise
    ports.notices.settle(story.notice_id, kind, Told.SENT, now)
    return Told.SENT


def _mark(ports: NoticePorts, kind: NoticeKind, request: Backup | Upload, now: datetime) -> None:
    if kind is NoticeKind.BACKUP_EXPIRING:
        return
    if isinstance(request, Upload):
        ports.uploads.mark_noticed(request, now)
    else:
        ports.backups.mark_noticed(request, now)
