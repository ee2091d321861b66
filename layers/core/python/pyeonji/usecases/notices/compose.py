"""From a request as it stands to the mail that tells of it.

Pure: values in, words out. A notice says what happened, in figures, and where to go on. It never
holds a presigned URL or a password.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from pyeonji.domain.accounts import Account, Company
from pyeonji.domain.backups import Volume
from pyeonji.domain.due import WARN_BEFORE
from pyeonji.domain.limits import Limits
from pyeonji.domain.notices import NoticeKind
from pyeonji.domain.periods import PeriodKind, days_of
from pyeonji.domain.schedules import Schedule
from pyeonji.domain.states import UploadState
from pyeonji.usecases.notices.layout import Body, Frame, Row, as_html, as_text
from pyeonji.usecases.notices.report import BackupReport, Report, UploadReport
from pyeonji.words import say, short_name
from pyeonji.words.notices import NOTICES

LISTED = 8
"""Mailboxes named one by one; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail ready to be sent."""

    subject: str
    text: str
    html: str


def compose(
    kind: NoticeKind,
    report: Report,
    person: Account,
    company: Company | None,
    limits: Limits,
    page_url: str,
) -> Notice:
    """The notice `kind` of `report` in the language of `person`, times in the service's zone.

    ValueError for a page that is not an http(s) address or carries a query: a presigned URL does.
    """
    _check_page(page_url)
    tell = _teller(person.language)
    body = (
        _of_upload(report, tell, person.language, limits)
        if isinstance(report, UploadReport)
        else _of_backup(kind, report, tell, person.language, limits)
    )
    return _framed(body, person, company, page_url)


def compose_skipped(
    schedule: Schedule, person: Account, company: Company | None, limits: Limits, page_url: str
) -> Notice:
    """The notice that a schedule could not make a backup: why, and when it will try again."""
    _check_page(page_url)
    tell = _teller(person.language)
    next_at = schedule.next_at.astimezone(limits.zone)
    body = Body(
        tone="warning",
        heading=tell("schedule_skipped_heading"),
        paragraphs=(
            tell("schedule_skipped_lead"),
            say(schedule.skipped or "internal_error", person.language, limit=limits.max_backups),
        ),
        rows=(Row(tell("label_next"), (tell("instant", at=next_at),)),),
        remarks=(tell("schedule_skipped_remark"),),
        button=tell("button_backups"),
    )
    return _framed(body, person, company, page_url)


def _check_page(page_url: str) -> None:
    address = urlsplit(page_url)
    if address.scheme not in ("http", "https") or not address.netloc or address.query:
        raise ValueError("page_url must be a plain http(s) address")


def _teller(language: str) -> "_Tell":
    def tell(code: str, /, **facts: object) -> str:
        return NOTICES.say(code, language, **facts)

    return tell


def _framed(body: Body, person: Account, company: Company | None, page_url: str) -> Notice:
    tell = _teller(person.language)
    name = short_name(company.name if company is not None else person.domain)
    frame = Frame(
        language="ko" if person.language == "ko" else "en",
        company=name,
        subject=f"[{name}] {body.heading}",
        url=page_url,
        footer=(
            tell("footer_why", account=short_name(person.email)),
            tell("footer_stop"),
            tell("footer_no_reply"),
        ),
    )
    return Notice(frame.subject, as_text(frame, body), as_html(frame, body))


class _Tell(Protocol):
    """NOTICES.say in the language of the notice."""

    def __call__(self, code: str, /, **facts: object) -> str: ...


def _of_backup(
    kind: NoticeKind, report: BackupReport, tell: _Tell, language: str, limits: Limits
) -> Body:
    backup = report.request
    scope = _scope(report, tell, limits)
    amount = Row(
        tell("label_mail"), (tell("amount", messages=backup.messages, bytes=backup.bytes),)
    )
    match kind:
        case NoticeKind.BACKUP_FAILED:
            requested = backup.requested_at.astimezone(limits.zone)
            failure = say(
                backup.failure or "backup_failed_internally",
                language,
                hours=limits.backup_deadline_hours,
            )
            return Body(
                tone="bad",
                heading=tell("backup_failed_heading"),
                paragraphs=(failure,),
                rows=(*scope, Row(tell("label_requested"), (tell("instant", at=requested),))),
                remarks=(tell("backup_failed_remark"),),
                button=tell("button_backup_again"),
            )
        case NoticeKind.BACKUP_EXPIRING:
            ends = _ends(report.untouched, limits)
            # Volumes of one backup are made minutes apart: one warning speaks of all of a day.
            waiting = sum(end < min(ends) + WARN_BEFORE for end in ends) or backup.volumes
            return Body(
                tone="warning",
                heading=tell("backup_expiring_heading"),
                paragraphs=(tell("backup_expiring_lead", files=waiting),),
                rows=(*scope, amount, *_deadline(ends, tell)),
                remarks=(tell("backup_expiring_remark"), tell("no_link")),
                button=tell("button_backups"),
            )
        case _:
            return Body(
                tone="good",
                heading=tell("backup_ready_heading"),
                paragraphs=(tell("backup_ready_lead"),),
                rows=(
                    *scope,
                    amount,
                    Row(tell("label_files"), (tell("zip_files", files=backup.volumes),)),
                    *_deadline(_ends(report.volumes, limits), tell),
                ),
                remarks=(tell("backup_ready_remark"), tell("no_link")),
                button=tell("button_backups"),
            )


def _scope(report: BackupReport, tell: _Tell, limits: Limits) -> list[Row]:
    """Which mailboxes and which days."""
    backup = report.request
    names = [short_name(mailbox.path) for mailbox in backup.mailboxes[:LISTED]]
    if (more := len(backup.mailboxes) - LISTED) > 0:
        names.append(tell("and_more", more=more))
    first, last = days_of(backup.span, limits.zone)
    period = (
        tell("everything_up_to", last=last)
        if backup.period.kind is PeriodKind.ALL
        else tell("from_to", first=first, last=last)
    )
    return [
        Row(tell("label_mailboxes", n=len(names)), tuple(names)),
        Row(tell("label_period"), (period,)),
    ]


def _ends(volumes: Sequence[Volume], limits: Limits) -> list[datetime]:
    ends = (volume.expires_at for volume in volumes if volume.expires_at is not None)
    return sorted(end.astimezone(limits.zone) for end in ends)


def _deadline(ends: list[datetime], tell: _Tell) -> list[Row]:
    if not ends:
        return []
    values: tuple[str, ...] = (tell("until", at=ends[0]),)
    if ends[-1].date() > ends[0].date():
        values = (tell("first_until", at=ends[0]), tell("last_until", at=ends[-1]))
    return [Row(tell("label_download"), values)]


class _Codes(NamedTuple):
    """What an upload's notice says, in its parts."""

    file: str
    completed: str
    lead: str
    nothing: str
    partly: str
    refused: str
    failed: str
    left: str


_SENT = _Codes(
    "label_file",
    "upload_completed_heading",
    "upload_completed_lead",
    "upload_nothing_lead",
    "upload_partly_heading",
    "upload_partly_remark",
    "upload_failed_heading",
    "upload_failed_remark",
)
_BROUGHT_BACK = _Codes(
    "label_files",
    "restore_completed_heading",
    "restore_completed_lead",
    "restore_nothing_lead",
    "restore_partly_heading",
    "restore_partly_remark",
    "restore_failed_heading",
    "restore_failed_remark",
)


def _of_upload(report: UploadReport, tell: _Tell, language: str, limits: Limits) -> Body:
    upload, totals = report.request, report.request.totals
    codes = _SENT if upload.source is None else _BROUGHT_BACK
    target: tuple[Row, ...] = (Row(tell(codes.file), (short_name(upload.filename),)),)
    if upload.mailbox_path:  # there is none where the ZIP's own folders became mailboxes
        target += (Row(tell("label_mailboxes", n=1), (short_name(upload.mailbox_path),)),)
    if upload.state is UploadState.FAILED:
        failure = upload.failure or "upload_failed_internally"
        return Body(
            tone="bad",
            heading=tell(codes.failed),
            paragraphs=(
                say(
                    failure,
                    language,
                    limit_bytes=limits.upload_limit_bytes,
                    kind=upload.failure_kind,
                ),
            ),
            rows=target,
            remarks=(tell(codes.left, messages=totals.imported),) if totals.imported else (),
            button=tell("button_uploads"),
        )
    some_refused = totals.rejected > 0
    counts = (
        Row(tell(label), (tell(count, n=number),))
        for label, count, number in (
            ("label_entries", "pieces", totals.entries),
            ("label_imported", "mails", totals.imported),
            ("label_duplicate", "mails", totals.duplicate),
            ("label_rejected", "pieces", totals.rejected),
            ("label_ignored", "pieces", totals.ignored),
        )
    )
    return Body(
        tone="warning" if some_refused else "good",
        heading=tell(codes.partly if some_refused else codes.completed),
        paragraphs=(
            tell(codes.lead, messages=totals.imported) if totals.imported else tell(codes.nothing),
        ),
        rows=(*target, *counts),
        remarks=(tell(codes.refused),) if some_refused else (),
        button=tell("button_result"),
    )
