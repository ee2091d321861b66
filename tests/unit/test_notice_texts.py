"""The notices: both languages say the facts, nothing hostile gets through, nothing secret in."""

from dataclasses import replace
from datetime import date, datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from pyeonji.usecases.notice_facts import NoticeKind
from pyeonji.usecases.notice_texts import LISTED, Facts, render
from pyeonji.usecases.notice_words import LONGEST_NAME, day_text, size_text, time_text

SEOUL = ZoneInfo("Asia/Seoul")
FACTS = Facts(
    account="kim@acme.example",
    company="에이크미",
    page_url="https://mail.acme.example/",
    mailboxes=("받은편지함", "프로젝트/2025 신제품"),
    first_day=date(2024, 1, 1),
    last_day=date(2024, 12, 31),
    requested=datetime(2026, 11, 23, 9, 0, tzinfo=SEOUL),
    messages=1234,
    bytes=50_541_363,
    volumes=3,
    until=datetime(2026, 11, 30, 15, 20, tzinfo=SEOUL),
    waiting=2,
    failure="예상하지 못한 문제가 생겼습니다.",
    filename="옛 메일.zip",
    imported=1000,
    duplicate=20,
    rejected=3,
    ignored=1,
)


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


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_notice_in_both_languages(kind: NoticeKind, language: str) -> None:
    notice = render(kind, language, FACTS)
    page = read(notice.html)
    assert notice.subject.startswith("[에이크미] ")
    assert "\n" not in notice.subject
    assert page.links == [FACTS.page_url]
    assert f'lang="{language}"' in notice.html
    assert "받은편지함" in notice.text
    seen = page.text + FACTS.page_url
    for line in notice.text.splitlines():
        words = line.strip().lstrip("*- ").rstrip(":")
        label, _, value = words.partition(": ")
        assert words in seen or (label in seen and value in seen)
    assert len(notice.html.encode()) < 20_000  # Gmail cuts at 102 KB


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
            [FACTS.failure or "", "2026년 11월 23일(월) 오전 9시"],
            [FACTS.failure or "", "Monday, 23 November 2026, 9:00 AM (KST)"],
        ),
        (
            NoticeKind.BACKUP_EXPIRING,
            ["백업 파일 2개", "오후 3시 20분까지"],
            ["2 backup files", "3:20 PM"],
        ),
        (
            NoticeKind.UPLOAD_COMPLETED,
            ["옛 메일.zip", "전체 항목: 1,024개", "가져온 메일: 1,000개", "이미 있던 메일: 20개", "가져오지 못한 항목: 3개"],
            ["옛 메일.zip", "Entries in all: 1,024", "Imported: 1,000", "Already there: 20", "Not imported: 3"],
        ),
        (
            NoticeKind.UPLOAD_FAILED,
            [FACTS.failure or "", "1,000통은 편지함에 그대로"],
            [FACTS.failure or "", "1,000 messages imported before that stay"],
        ),
    ],
)  # fmt: skip
def test_the_facts_are_said(kind: NoticeKind, korean: list[str], english: list[str]) -> None:
    for language, words in (("ko", korean), ("en", english)):
        text = render(kind, language, FACTS).text
        for word in words:
            assert word in text


def test_files_made_on_different_days_expire_on_different_days() -> None:
    facts = replace(FACTS, until_last=datetime(2026, 12, 2, 0, 0, tzinfo=SEOUL))
    text = render(NoticeKind.BACKUP_READY, "ko", facts).text
    assert "먼저 만든 파일: 2026년 11월 30일(월) 오후 3시 20분까지" in text
    assert "마지막 파일: 2026년 12월 2일(수) 오전 12시까지" in text


def test_a_period_from_the_beginning() -> None:
    facts = replace(FACTS, first_day=None)
    assert (
        "2024년 12월 31일까지 받은 모든 메일" in render(NoticeKind.BACKUP_READY, "ko", facts).text
    )
    assert "Everything up to 31 December 2024" in render(NoticeKind.BACKUP_READY, "en", facts).text


@pytest.mark.parametrize("count", [LISTED, LISTED + 1, 50])
def test_many_mailboxes_are_counted(count: int) -> None:
    facts = replace(FACTS, mailboxes=tuple(f"상자 {number}" for number in range(count)))
    text = render(NoticeKind.BACKUP_READY, "ko", facts).text
    assert (f"외 {count - LISTED}개" in text) is (count > LISTED)
    assert text.count("상자 ") == LISTED


def test_one_is_singular() -> None:
    facts = replace(FACTS, messages=1, volumes=1, waiting=1, imported=1, mailboxes=("a",))
    assert "1 message (" in render(NoticeKind.BACKUP_READY, "en", facts).text
    assert "1 ZIP file\n" in render(NoticeKind.BACKUP_READY, "en", facts).text
    assert "Mailbox: a" in render(NoticeKind.BACKUP_READY, "en", facts).text
    assert "1 message from the file" in render(NoticeKind.UPLOAD_COMPLETED, "en", facts).text


def test_an_upload_that_brought_nothing_new_says_so() -> None:
    facts = replace(FACTS, imported=0, ignored=0)
    assert "새로 가져온 메일은 없습니다" in render(NoticeKind.UPLOAD_COMPLETED, "ko", facts).text
    assert "No new messages" in render(NoticeKind.UPLOAD_COMPLETED, "en", facts).text
    assert "이미 가져온" not in render(NoticeKind.UPLOAD_FAILED, "ko", facts).text


def test_an_upload_without_rejects_does_not_speak_of_them() -> None:
    notice = render(NoticeKind.UPLOAD_COMPLETED, "ko", replace(FACTS, rejected=0))
    assert notice.subject == "[에이크미] 메일 업로드가 완료되었습니다"
    assert "CSV" not in notice.text


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_hostile_names_are_only_text(kind: NoticeKind) -> None:
    bad = "<script>alert(1)</script>\"'&\r\nBcc: all@acme.example\u202e" + "x" * 300
    facts = replace(FACTS, company=bad, account=bad, mailboxes=(bad,), filename=bad, failure=bad)
    notice = render(kind, "ko", facts)
    page = read(notice.html)
    assert "script" not in page.open
    assert "<script" not in notice.html
    assert "\r" not in notice.subject + notice.html
    assert "\n" not in notice.subject
    assert "\u202e" not in notice.subject + notice.text + notice.html
    assert len(notice.subject) < LONGEST_NAME + 60


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "", "https:///x", "https://bucket.example/a.zip?X-Amz-Signature=1"],
)
def test_a_page_that_is_no_page(url: str) -> None:
    with pytest.raises(ValueError, match="page_url"):
        render(NoticeKind.BACKUP_READY, "ko", replace(FACTS, page_url=url))


def test_words_for_sizes_days_and_times() -> None:
    assert size_text(1_288_490_189, True) == "1.2GB"
    assert size_text(1_288_490_189, False) == "1.2 GB"
    assert size_text(300, True) == "300바이트"
    assert day_text(date(2026, 1, 2), False) == "2 January 2026"
    noon = datetime(2026, 1, 2, 12, 0, tzinfo=ZoneInfo("UTC"))
    assert time_text(noon, True) == "2026년 1월 2일(금) 오후 12시 (UTC)"
    assert time_text(noon, False) == "Friday, 2 January 2026, 12:00 PM (UTC)"
