"""The notices: both languages say the facts, nothing hostile gets through, nothing secret in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from pyeonji.domain.accounts import Account, Company
from pyeonji.domain.backups import Backup, ChosenMailbox, Volume
from pyeonji.domain.notices import NoticeKind
from pyeonji.domain.periods import BEGINNING, Period, PeriodKind, Span
from pyeonji.domain.schedules import Every, Schedule, What
from pyeonji.domain.states import BackupState, UploadState, VolumeState
from pyeonji.domain.uploads import BroughtBack, OnDuplicate, Source, Totals, Upload
from pyeonji.usecases.notices.compose import LISTED, Notice, compose, compose_skipped
from pyeonji.usecases.notices.report import BackupReport, Report, UploadReport
from pyeonji.words import say
from pyeonji.words.catalogue import fields_of
from pyeonji.words.notices import NOTICES
from pyeonji.words.values import LONGEST_NAME
from tests.support.company import KIM, limits

ROOT = Path(__file__).resolve().parents[2]
PAGE_URL = "https://mail.acme.example/"
ACME = Company("acme.example", "에이크미")
LIMITS = limits()
#: Three in the afternoon and twenty minutes in Seoul.
ENDS = datetime(2026, 11, 30, 6, 20, tzinfo=UTC)
BACKUP = Backup(
    id="b",
    account=KIM,
    state=BackupState.READY,
    mailboxes=(ChosenMailbox("1", "받은편지함"), ChosenMailbox("2", "프로젝트/2025 신제품")),
    period=Period(PeriodKind.RANGE),
    span=Span(datetime(2023, 12, 31, 15, tzinfo=UTC), datetime(2024, 12, 31, 15, tzinfo=UTC)),
    volume_bytes=1 << 30,
    requested_at=datetime(2026, 11, 23, tzinfo=UTC),
    messages=1234,
    bytes=50_541_363,
    volumes=3,
)
UPLOAD = Upload(
    id="u",
    account=KIM,
    state=UploadState.COMPLETED,
    filename="옛 메일.zip",
    bytes=1,
    mailbox_id="1",
    mailbox_path="받은편지함",
    on_duplicate=OnDuplicate.SKIP,
    created_at=ENDS,
    multipart_id="m",
    part_bytes=1,
    parts=1,
    totals=Totals(imported=1000, duplicate=20, rejected=3, ignored=1),
)


def volume(number: int, ends: datetime = ENDS, downloaded: datetime | None = None) -> Volume:
    return Volume(
        account=KIM,
        backup_id="b",
        number=number,
        state=VolumeState.READY,
        filename=f"{number}.zip",
        key=f"volumes/{number}",
        mailbox_id="1",
        messages=1,
        bytes=1,
        upload_id="",
        parts=1,
        expires_at=ends,
        downloaded_at=downloaded,
    )


#: The third of the volumes was downloaded.
REPORTS: dict[NoticeKind, Report] = {
    NoticeKind.BACKUP_READY: BackupReport(BACKUP, (volume(1), volume(2), volume(3))),
    NoticeKind.BACKUP_FAILED: BackupReport(
        replace(BACKUP, state=BackupState.FAILED, failure="segment_missing"), ()
    ),
    NoticeKind.BACKUP_EXPIRING: BackupReport(
        BACKUP, (volume(1), volume(2), volume(3, downloaded=ENDS))
    ),
    NoticeKind.UPLOAD_COMPLETED: UploadReport(UPLOAD),
    NoticeKind.UPLOAD_FAILED: UploadReport(
        replace(UPLOAD, state=UploadState.FAILED, failure="timed_out")
    ),
}


def notice(
    kind: NoticeKind, language: str, *, company: Company | None = ACME, **changes: Any
) -> Notice:
    """The notice of REPORTS[kind], its request changed."""
    report = REPORTS[kind]
    report = replace(report, request=replace(report.request, **changes))  # type: ignore[arg-type]
    return compose(kind, report, Account(KIM, language=language), company, LIMITS, PAGE_URL)


class Reader(HTMLParser):
    """Checks that what opens is closed, and collects what a person sees."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def test_nothing_is_left_unsaid_and_both_languages_say_the_same_facts() -> None:
    source = (ROOT / "layers/core/python/pyeonji/usecases/notices/compose.py").read_text("utf-8")
    for code in NOTICES:
        assert f'"{code}"' in source
        for korean, english in NOTICES.pairs(code):
            # Korean knows no plural, so a word that only counts may not need its number.
            assert fields_of(korean) <= fields_of(english)
            assert fields_of(english) - fields_of(korean) <= {"n"}


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("kind", list(REPORTS))
def test_every_notice_in_both_languages(kind: NoticeKind, language: str) -> None:
    made = notice(kind, language)
    page = read(made.html)
    assert made.subject.startswith("[에이크미] ")
    assert "\n" not in made.subject
    assert page.links == [PAGE_URL]
    assert f'lang="{language}"' in made.html
    assert "받은편지함" in made.text
    assert "$" not in made.html
    seen = page.text + PAGE_URL
    for line in made.text.splitlines():
        words = line.strip().lstrip("*- ").rstrip(":")
        label, _, value = words.partition(": ")
        assert words in seen or (label in seen and value in seen)
    assert len(made.html.encode()) < 20_000  # Gmail cuts at 102 KB


@pytest.mark.parametrize(
    ("kind", "korean", "english"),
    [
        (
            NoticeKind.BACKUP_READY,
            ["1,234통 (48.2MB)", "ZIP 파일 3개", "2026년 11월 30일(월) 오후 3시 20분까지", "2024년 1월 1일 ~ 2024년 12월 31일"],
            ["1,234 messages (48.2 MB)", "3 ZIP files", "Until Monday, 30 November 2026, 3:20 PM (KST)", "1 January 2024 – 31 December 2024"],
        ),
        (
            NoticeKind.BACKUP_FAILED,
            [say("segment_missing", "ko"), "2026년 11월 23일(월) 오전 9시"],
            [say("segment_missing", "en"), "Monday, 23 November 2026, 9:00 AM (KST)"],
        ),
        (
            NoticeKind.BACKUP_EXPIRING,
            ["백업 파일 2개", "오후 3시 20분까지"],
            ["2 backup files", "download them in time", "3:20 PM"],
        ),
        (
            NoticeKind.UPLOAD_COMPLETED,
            ["옛 메일.zip", "전체 항목: 1,024개", "가져온 메일: 1,000통", "이미 있던 메일: 20통", "가져오지 못한 항목: 3개", "등): 1개"],
            ["옛 메일.zip", "Entries in all: 1,024", "Imported: 1,000", "Already there: 20", "Not imported: 3", "files): 1"],
        ),
        (
            NoticeKind.UPLOAD_FAILED,
            [say("timed_out", "ko"), "1,000통은 편지함에 그대로"],
            [say("timed_out", "en"), "1,000 messages imported before that stay"],
        ),
    ],
)  # fmt: skip
def test_the_facts_are_said(kind: NoticeKind, korean: list[str], english: list[str]) -> None:
    for language, words in (("ko", korean), ("en", english)):
        text = notice(kind, language).text
        for word in words:
            assert word in text


def test_files_made_on_different_days_expire_on_different_days() -> None:
    late = volume(2, datetime(2026, 12, 1, 15, tzinfo=UTC))
    report = BackupReport(BACKUP, (late, volume(1)))
    text = compose(
        NoticeKind.BACKUP_READY, report, Account(KIM, language="ko"), ACME, LIMITS, PAGE_URL
    ).text
    assert "먼저 만든 파일: 2026년 11월 30일(월) 오후 3시 20분까지" in text
    assert "마지막 파일: 2026년 12월 2일(수) 오전 12시까지" in text


@pytest.mark.parametrize(("hours", "spoken_of"), [(23, 2), (24, 1)])
def test_a_warning_speaks_of_what_expires_within_a_day_of_the_first(
    hours: int, spoken_of: int
) -> None:
    report = BackupReport(BACKUP, (volume(1), volume(2, ENDS + timedelta(hours=hours))))
    text = compose(
        NoticeKind.BACKUP_EXPIRING, report, Account(KIM, language="ko"), ACME, LIMITS, PAGE_URL
    ).text
    assert f"백업 파일 {spoken_of}개" in text


def test_a_period_from_the_beginning() -> None:
    changes: dict[str, Any] = {
        "period": Period(PeriodKind.ALL),
        "span": Span(BEGINNING, BACKUP.span.end),
    }
    kind = NoticeKind.BACKUP_READY
    assert "2024년 12월 31일까지 받은 모든 메일" in notice(kind, "ko", **changes).text
    assert "Everything up to 31 December 2024" in notice(kind, "en", **changes).text


@pytest.mark.parametrize("count", [LISTED, LISTED + 1, 50])
def test_many_mailboxes_are_counted(count: int) -> None:
    boxes = tuple(ChosenMailbox(str(number), f"상자 {number}") for number in range(count))
    text = notice(NoticeKind.BACKUP_READY, "ko", mailboxes=boxes).text
    assert (f"외 {count - LISTED}개" in text) is (count > LISTED)
    assert text.count("상자 ") == LISTED


def test_one_is_singular() -> None:
    one: dict[str, Any] = {"messages": 1, "volumes": 1, "mailboxes": BACKUP.mailboxes[:1]}
    text = notice(NoticeKind.BACKUP_READY, "en", **one).text
    assert "1 message (" in text
    assert "1 ZIP file\n" in text
    assert "Mailbox: 받은편지함" in text
    report = BackupReport(BACKUP, (volume(1),))
    expiring = compose(
        NoticeKind.BACKUP_EXPIRING, report, Account(KIM, language="en"), ACME, LIMITS, PAGE_URL
    )
    assert "1 backup file you have not downloaded yet" in expiring.text
    assert "download it in time" in expiring.text
    imported = notice(NoticeKind.UPLOAD_COMPLETED, "en", totals=Totals(imported=1))
    assert "1 message from the file you uploaded is now" in imported.text


def test_an_upload_that_brought_nothing_new_says_so() -> None:
    nothing: dict[str, Any] = {"totals": Totals(duplicate=2)}
    assert (
        "새로 가져온 메일은 없습니다" in notice(NoticeKind.UPLOAD_COMPLETED, "ko", **nothing).text
    )
    assert "No new messages" in notice(NoticeKind.UPLOAD_COMPLETED, "en", **nothing).text
    assert "이미 가져온" not in notice(NoticeKind.UPLOAD_FAILED, "ko", **nothing).text


def test_an_upload_without_rejects_does_not_speak_of_them() -> None:
    made = notice(NoticeKind.UPLOAD_COMPLETED, "ko", totals=Totals(imported=3))
    assert made.subject == "[에이크미] 메일 업로드가 완료되었습니다"
    assert "CSV" not in made.text


@pytest.mark.parametrize("kind", list(REPORTS))
def test_hostile_names_are_only_text(kind: NoticeKind) -> None:
    bad = "<script>alert(1)</script>\"'&\r\nBcc: all@acme.example\u202e$url" + "x" * 300
    if isinstance(REPORTS[kind], UploadReport):
        changes: dict[str, Any] = {"mailbox_path": bad, "filename": bad}
    else:
        changes = {"mailboxes": (ChosenMailbox("1", bad),)}
    made = notice(kind, "ko", company=Company("acme.example", bad), **changes)
    page = read(made.html)
    assert "script" not in page.open
    assert "<script" not in made.html
    assert page.links == [PAGE_URL]
    assert "\r" not in made.subject + made.html
    assert "\n" not in made.subject
    assert "\u202e" not in made.subject + made.text + made.html
    assert len(made.subject) < LONGEST_NAME + 60


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "", "https:///x", "https://bucket.example/a.zip?X-Amz-Signature=1"],
)
def test_a_page_that_is_no_page(url: str) -> None:
    kind = NoticeKind.BACKUP_READY
    with pytest.raises(ValueError, match="page_url"):
        compose(kind, REPORTS[kind], Account(KIM), ACME, LIMITS, url)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_backup_that_was_brought_back_is_told_of_as_one(language: str) -> None:
    source = Source("01J", (BroughtBack(1, 100, "box"),))
    for kind, changes in (
        (NoticeKind.UPLOAD_COMPLETED, {"totals": Totals(imported=3)}),
        (NoticeKind.UPLOAD_COMPLETED, {"totals": Totals(duplicate=3)}),
        (NoticeKind.UPLOAD_COMPLETED, {"totals": Totals(imported=3, rejected=1)}),
        (
            NoticeKind.UPLOAD_FAILED,
            {"state": UploadState.FAILED, "failure": "backup_gone", "totals": Totals(imported=3)},
        ),
    ):
        made = notice(kind, language, source=source, **changes)
        said = made.subject + made.text.partition("https://")[0]
        assert ("복원" if language == "ko" else "brought back") in said or "bring back" in said
        assert "올리신" not in said and "you uploaded" not in said


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_schedule_that_could_not_is_told_with_its_reason(language: str) -> None:
    skipped = Schedule(
        KIM, Every.DAY, What.ALL, 2, set_at=ENDS, next_at=ENDS, skipped="too_many_backups"
    )
    bad = Company("acme.example", "<script>$url\r\nBcc: all@acme.example")
    person = Account(KIM, language=language)
    made = compose_skipped(skipped, person, bad, LIMITS, PAGE_URL)
    assert "<script>" not in made.html and "\n" not in made.subject
    for text in (made.text, made.html):
        assert say("too_many_backups", language, limit=LIMITS.max_backups) in text
    assert ("예약된" in made.subject) is (language == "ko")
    Reader().feed(made.html)
