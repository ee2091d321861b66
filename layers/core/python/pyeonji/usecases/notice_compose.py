"""From a request as it stands to the text of its notice."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from pyeonji.domain.accounts import Account, Company
from pyeonji.domain.backups import Volume
from pyeonji.domain.due import WARN_BEFORE
from pyeonji.domain.limits import Limits
from pyeonji.domain.periods import PeriodKind, days_of
from pyeonji.usecases.notice_facts import BackupStory, NoticeKind, Story, UploadStory
from pyeonji.usecases.notice_texts import Facts, Notice, render
from pyeonji.words import say


def compose(
    kind: NoticeKind,
    story: Story,
    person: Account,
    company: Company | None,
    limits: Limits,
    page_url: str,
) -> Notice:
    """The notice `kind` of `story` in the language of `person`, times in the service's zone."""
    name = company.name if company is not None else person.domain
    if isinstance(story, UploadStory):
        facts = _upload_facts(story, person, name, limits, page_url)
    else:
        facts = _backup_facts(kind, story, person, name, limits, page_url)
    return render(kind, person.language, facts)


def _backup_facts(
    kind: NoticeKind, story: BackupStory, person: Account, name: str, limits: Limits, page_url: str
) -> Facts:
    backup = story.request
    first, last = days_of(backup.span, limits.zone)
    files = story.untouched if kind is NoticeKind.BACKUP_EXPIRING else story.volumes
    ends = _ends(files, limits.zone)
    return Facts(
        account=person.email,
        company=name,
        page_url=page_url,
        mailboxes=tuple(mailbox.path for mailbox in backup.mailboxes),
        first_day=None if backup.period.kind is PeriodKind.ALL else first,
        last_day=last,
        requested=backup.requested_at.astimezone(limits.zone),
        messages=backup.messages,
        bytes=backup.bytes,
        volumes=backup.volumes,
        until=min(ends, default=None),
        until_last=max(ends, default=None),
        # Volumes of one backup are made minutes apart: one warning speaks of all of a day.
        waiting=sum(end < min(ends) + WARN_BEFORE for end in ends),
        failure=say(backup.failure, person.language, hours=limits.backup_deadline_hours)
        if backup.failure is not None
        else None,
    )


def _ends(files: Sequence[Volume], zone: tzinfo) -> list[datetime]:
    return [file.expires_at.astimezone(zone) for file in files if file.expires_at is not None]


def _upload_facts(
    story: UploadStory, person: Account, name: str, limits: Limits, page_url: str
) -> Facts:
    upload, totals = story.request, story.request.totals
    return Facts(
        account=person.email,
        company=name,
        page_url=page_url,
        mailboxes=(upload.mailbox_path,),
        filename=upload.filename,
        imported=totals.imported,
        duplicate=totals.duplicate,
        rejected=totals.rejected,
        ignored=totals.ignored,
        failure=say(upload.failure, person.language, limit_bytes=limits.upload_limit_bytes)
        if upload.failure is not None
        else None,
    )
