"""A mailbox as a list of mails, one mail read, mails found: by mouse, by keyboard, and safely."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.hostile_mail import EvilServer, evil_mail, evil_server, huge_mails, nested_mail
from tests.browser.stand_in import Fault, StandIn
from tests.browser.stand_in_mail import fill_mailbox, put_mail
from tests.browser.steps import open_signed, sign_in, signed_in
from tests.browser.world import Account, Json

pytestmark = pytest.mark.browser

Enter = Callable[..., Page]


@pytest.fixture
def kim(site: StandIn) -> Account:
    return site.world.accounts["kim@acme.example"]


@pytest.fixture
def inbox(kim: Account) -> Json:
    return kim.mailboxes[0]


@pytest.fixture
def enter(open_page: OpenPage, site: StandIn) -> Enter:
    def go(place: str) -> Page:
        page = open_signed(open_page, site)
        page.goto(f"{site.page_url}/acme.example#/{place}")
        return page

    return go


def text_of(page: Page) -> str:
    """What stands in the opened mail's frame."""
    page.locator("iframe[data-filled]").wait_for()
    return page.frame_locator("iframe.mail-frame").locator("body").inner_text()


def test_a_mailbox_is_a_list_of_mails(enter: Enter, site: StandIn, inbox: Json) -> None:
    fill_mailbox(site, inbox, 120)
    page = enter("mailboxes")
    page.get_by_role("link", name="받은편지함").click()
    rows = page.locator(".mail-link")
    expect(rows.first).to_be_visible()
    expect(page.get_by_role("heading", name="받은편지함", level=1)).to_be_focused()
    expect(rows.first.locator("bdi").first).to_have_text("한빛물산 박지훈")
    expect(rows.nth(4)).to_contain_text("첨부 파일 1개")
    expect(rows.nth(7)).to_contain_text("별표")
    expect(rows.nth(7)).to_contain_text("읽지 않음")
    expect(rows.nth(1)).not_to_contain_text("읽지 않음")
    times = page.locator(".mail-link time").evaluate_all("all => all.map(e => e.dateTime)")
    assert times == sorted(times, reverse=True)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(rows).to_have_count(100)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.get_by_text("메일 120통을 모두 보았습니다.")).to_be_visible()
    assert site.count("GET", "/messages") == 3


def test_by_keyboard_to_a_mail_and_back(enter: Enter, site: StandIn, inbox: Json) -> None:
    fill_mailbox(site, inbox, 60)
    page = enter(f"mailboxes/{inbox['id']}")
    rows = page.locator(".mail-link")
    rows.first.focus()
    for _ in range(20):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(rows.nth(19)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert "납기는 12월 둘째 주로" in text_of(page)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "[한빛물산] 견적서 회신 20차 — 납기와 단가 조정 건"
    )
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("heading", level=1)).to_contain_text("(19)")
    text_of(page)
    page.keyboard.press("Escape")
    expect(rows.nth(19)).to_be_focused()
    expect(rows.nth(19)).to_be_in_viewport()
    page.go_back()
    expect(page.locator(".reader")).to_be_visible()


def test_a_mail_by_its_address_alone(enter: Enter, site: StandIn, inbox: Json) -> None:
    fill_mailbox(site, inbox, 120)
    last = site.world.mails[inbox["id"]][-1].row
    page = enter(f"mailboxes/{inbox['id']}/{last['key']}")
    expect(page.get_by_role("heading", level=1)).to_have_text(last["subject"])
    assert "고맙습니다." in text_of(page)
    page.goto(f"{site.page_url}/acme.example#/mailboxes/{inbox['id']}/{'0' * 64}")
    expect(page.get_by_role("alert")).to_be_visible()


KOREAN = "안녕하세요. 똠방각하 펲시콜라"


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("ks_c_5601-1987", "cp949"),
        ("euc-kr", "cp949"),
        ("utf-8", "cp949"),
        ("us-ascii", "utf-8"),
        (None, "cp949"),
    ],
)
def test_korean_is_read_whatever_it_says_it_is(
    enter: Enter, site: StandIn, inbox: Json, label: str | None, codec: str
) -> None:
    said = f"; charset={label}" if label else ""
    head = f"From: a@b.example\r\nSubject: x\r\nContent-Type: text/plain{said}\r\n"
    head += "Content-Transfer-Encoding: 8bit\r\n\r\n"
    row = put_mail(site, inbox, head.encode() + KOREAN.encode(codec))
    page = enter(f"mailboxes/{inbox['id']}/{row['key']}")
    assert text_of(page).rstrip() == KOREAN


def test_attachments_source_and_saving(
    enter: Enter, site: StandIn, inbox: Json, tmp_path: Path
) -> None:
    message = EmailMessage()
    message["From"] = "김민수 <min@hanbit.example>"
    message["Subject"] = "규격서"
    message.set_content("여기 https://hanbit.example/a?b=1 를 보세요.")
    message.add_attachment(b"%PDF-1.7 x", "application", "pdf", filename="../규격서.pdf")
    data = message.as_bytes()
    row = put_mail(site, inbox, data)
    page = enter(f"mailboxes/{inbox['id']}/{row['key']}")
    assert "여기" in text_of(page)
    link = page.frame_locator("iframe.mail-frame").get_by_role("link")
    expect(link).to_have_attribute("href", "https://hanbit.example/a?b=1")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    with page.expect_download() as download:
        page.locator("[data-do=attachment]").click()
    assert download.value.suggested_filename == "_규격서.pdf"  # the browser takes dots away
    download.value.save_as(tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == b"%PDF-1.7 x"
    page.locator("[data-do=mail-menu]").click()
    with page.expect_download() as download:
        page.locator("[data-do=save]").click()
    assert download.value.suggested_filename == "규격서.eml"
    download.value.save_as(tmp_path / "a.eml")
    assert (tmp_path / "a.eml").read_bytes() == data
    page.locator("[data-do=mail-menu]").click()
    page.locator("[data-do=source]").click()
    expect(page.locator(".mail-source")).to_contain_text(
        "From: =?utf-8?b?6rmA66+87IiY?= <min@hanbit.example>"
    )
    page.emulate_media(media="print")
    expect(page.locator(".bar")).to_be_hidden()
    expect(page.locator(".reader h1")).to_be_visible()


def test_a_lost_line_is_said_and_tried_again(enter: Enter, site: StandIn, inbox: Json) -> None:
    fill_mailbox(site, inbox, 3)
    page = enter(f"mailboxes/{inbox['id']}")
    site.faults.append(Fault("GET", r"\.eml$"))
    page.locator(".mail-link").first.click()
    page.get_by_role("alert").get_by_role("button", name="다시 시도").click()
    assert "고맙습니다." in text_of(page)


@pytest.fixture
def evil() -> Iterator[EvilServer]:
    with evil_server() as server:
        yield server


def test_hostile_mail_runs_nothing_and_fetches_nothing(
    browser: Browser, site: StandIn, inbox: Json, evil: EvilServer
) -> None:
    """Watched on the wire: what the browser asks for, of anybody, while such a mail is open."""
    rows = [put_mail(site, inbox, data) for data in (evil_mail(1, evil.address), nested_mail())]
    context = browser.new_context(locale="ko-KR")
    page = context.new_page()
    page.set_default_timeout(8_000)
    happened: list[str] = []
    page.on("dialog", lambda dialog: (happened.append(dialog.message), dialog.dismiss())[0])
    context.on("page", lambda other: happened.append(other.url))
    page.goto(f"{site.page_url}/acme.example")
    sign_in(page)
    signed_in(page)
    asked: list[str] = []
    context.on("requestfinished", lambda request: asked.append(request.url))
    context.on(
        "requestfailed",
        lambda request: request.failure == "csp" or asked.append(request.url),
    )
    for row in reversed(rows):
        page.goto(f"{site.page_url}/acme.example#/mailboxes/{inbox['id']}/{row['key']}")
        text_of(page)
        page.wait_for_timeout(800)
    assert "보이는 글" in text_of(page)
    ours = (site.page_url, site.store_url, "data:", "blob:")
    assert [url for url in asked if not url.startswith(ours)] == []
    assert evil.asked == [] and happened == []
    assert page.title().startswith("<script>document.title=")  # the subject, as text
    frame = page.locator("iframe.mail-frame")
    assert "allow-scripts" not in (frame.get_attribute("sandbox") or "")
    held = frame.evaluate("frame => frame.contentDocument.body.innerHTML").lower()
    for piece in ("<script", "onerror", "onload", "javascript:", "<form", "<iframe", "<svg"):
        assert piece not in held
    assert "data:image/png" in held
    page.get_by_role("button", name="그림 보기").click()
    page.wait_for_timeout(800)
    assert evil.asked and all(path.endswith(".png") for path in evil.asked)
    assert happened == []
    context.close()


def test_mail_made_to_hang_does_not(enter: Enter, site: StandIn, inbox: Json) -> None:
    rows = [
        put_mail(site, inbox, data, subject=f"큰 메일 {n}") for n, data in enumerate(huge_mails())
    ]
    page = enter(f"mailboxes/{inbox['id']}")
    page.evaluate("import('/js/reading.js').then(({ parser }) => void (parser.patience = 3_000))")
    for row in rows:
        page.goto(f"{site.page_url}/acme.example#/mailboxes/{inbox['id']}/{row['key']}")
        shown = page.locator(".reader iframe[data-filled], .reader .note.bad")
        shown.first.wait_for(timeout=30_000)
        page.keyboard.press("Escape")
        expect(page.locator(".mail-link")).to_have_count(len(rows))


def test_search_from_anywhere(enter: Enter, site: StandIn, kim: Account) -> None:
    fill_mailbox(site, kim.mailboxes[0], 10)
    fill_mailbox(site, kim.mailboxes[3], 6)
    page = enter("account")
    expect(page.get_by_role("heading", name="내 계정")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_label("메일 찾기")).to_be_focused()
    page.keyboard.type("견적서\n")
    rows = page.get_by_role("list", name="찾은 메일").get_by_role("link")
    expect(rows).to_have_count(4)
    expect(page.get_by_role("heading", name="‘견적서’ 찾기")).to_be_focused()
    expect(rows.first).to_contain_text(re.compile("받은편지함|거래처/한빛물산"))
    expect(page.locator("mark").first).to_have_text("견적서")
    rows.first.click()
    assert "납기는" in text_of(page)
    expect(page.locator(".people")).to_contain_text(re.compile("받은편지함|거래처/한빛물산"))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="찾은 메일 백업").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("찾을 말 (선택)")).to_have_value("견적서")
    expect(dialog.get_by_label("모든 편지함")).to_be_checked()
    dialog.get_by_role("button", name="신청하기").click()
    expect(page.locator(".rows .row").first).to_contain_text("‘견적서’ 찾은 메일")
    assert kim.backups[0]["query"] == "견적서"


def test_a_search_that_finds_nothing_or_makes_no_sense(enter: Enter, site: StandIn) -> None:
    page = enter("search/" + "zzz")
    expect(page.get_by_text("찾은 메일이 없습니다")).to_be_visible()
    expect(page.get_by_text("보낸사람:김민수")).to_be_visible()
    field = page.get_by_label("메일 찾기")
    field.fill("before:soon")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("날짜를 알 수 없습니다. 이전:2024-01-31처럼")
