"""Asking for backups, following them, downloading, cancelling, deleting."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from pyeonji.words import say
from tests.browser.conftest import OpenPage
from tests.browser.stand_in import Fault, StandIn
from tests.browser.steps import open_signed, sign_in, signed_in
from tests.browser.world import Account

pytestmark = pytest.mark.browser


@pytest.fixture
def kim(site: StandIn) -> Account:
    return site.world.accounts["kim@acme.example"]


@pytest.fixture
def page(open_page: OpenPage, site: StandIn) -> Page:
    opened = open_signed(open_page, site)
    return opened


def ask(page: Page) -> None:
    page.get_by_role("button", name="신청하기").first.click()
    expect(page.locator(".figure-big")).to_be_visible()


def submit(page: Page) -> None:
    page.get_by_role("dialog").get_by_role("button", name="신청하기").click()


def test_from_the_request_to_the_file(page: Page, site: StandIn) -> None:
    site.world.steps_a_look = 1  # every state is to be seen
    ask(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("받은편지함")).to_be_checked()
    dialog.get_by_label("보낸편지함").check()
    expect(dialog).to_contain_text("압축 전 54.9MB · 파일 2개")
    expect(dialog).to_contain_text("2026년 11월 22일 (일) 23:59까지 받은 모든 메일")
    submit(page)
    row = page.get_by_role("listitem").filter(has_text="받은편지함 외 1개")
    expect(row).to_contain_text("신청됨")
    expect(row).to_contain_text("만드는 중", timeout=15_000)
    first = row.get_by_role("button", name="1of2.zip")  # as soon as it is there, not at the end
    expect(first).to_be_visible(timeout=15_000)
    expect(row.get_by_text("완료", exact=True)).to_be_visible(timeout=15_000)
    expect(row.get_by_role("button", name="다운로드 (~")).to_have_count(2)
    with page.expect_download() as download:
        first.click()
    assert download.value.suggested_filename.endswith(".zip")
    expect(page.get_by_text("5건 중 1건 사용 중 · 다음 자리는")).to_be_visible()


def test_the_estimate_follows_the_choice(page: Page) -> None:
    ask(page)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("받은편지함").uncheck()
    expect(dialog).to_contain_text("편지함을 하나 이상 골라 주세요")
    expect(dialog.get_by_role("button", name="신청하기")).to_be_disabled()
    dialog.get_by_label("휴지통").check()
    expect(dialog).to_contain_text("메일이 없습니다")
    expect(dialog.get_by_role("button", name="신청하기")).to_be_disabled()
    dialog.get_by_label("모든 편지함").check()
    expect(dialog).to_contain_text("메일 515통")
    dialog.get_by_label("기간 지정").check()
    dialog.get_by_label("시작일").fill("2026-05-02")
    dialog.get_by_label("종료일").fill("2026-05-01")
    expect(dialog).to_contain_text("종료일이 시작일보다 빠릅니다")
    dialog.get_by_label("종료일").fill("2026-05-31")
    expect(dialog).to_contain_text("메일 206통")
    expect(dialog.get_by_role("button", name="신청하기")).to_be_enabled()


def test_a_backup_can_be_asked_for_without_an_estimate(page: Page, site: StandIn) -> None:
    site.faults.append(Fault("POST", "/estimate$", status=504))
    page.get_by_role("button", name="신청하기").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("예상 크기를 계산하지 못했습니다")
    submit(page)
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("listitem").filter(has_text="받은편지함")).to_be_visible()


def test_while_it_is_counted_nothing_old_is_said(page: Page, site: StandIn) -> None:
    site.faults.append(Fault("POST", "/estimate$", delay=1.5))
    page.get_by_role("button", name="신청하기").first.click()
    estimate = page.locator(".estimate")
    expect(estimate).to_contain_text("세고 있습니다")
    expect(estimate).to_contain_text("메일 312통")
    site.faults.append(Fault("POST", "/estimate$", delay=3))
    page.get_by_label("모든 편지함").check()
    expect(estimate).to_contain_text("메일 312통")  # greyed for a moment, so that nothing flickers
    expect(estimate).to_contain_text("세고 있습니다")
    expect(estimate).to_contain_text("메일 515통")


def test_the_days_proposed_on_new_years_day(open_page: OpenPage, site: StandIn) -> None:
    page = open_page("about:blank")
    page.clock.set_fixed_time("2027-01-01T01:00:00Z")  # ten in the morning in Seoul
    page.goto(f"{site.page_url}/acme.example")
    sign_in(page)
    signed_in(page)
    ask(page)
    page.get_by_label("기간 지정").check()
    expect(page.get_by_label("시작일")).to_have_value("2026-01-01")
    expect(page.get_by_label("종료일")).to_have_value("2026-12-31")


def test_the_sixth_request_says_what_to_delete(page: Page, site: StandIn, kim: Account) -> None:
    site.world.moving = False
    for _ in range(4):
        full_backup(site, kim)
    page.get_by_role("link", name="업로드", exact=True).click()
    page.get_by_role("link", name="백업", exact=True).click()
    ask(page)
    full_backup(site, kim)  # somebody else was faster
    submit(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text(say("too_many_backups", "ko"))
    expect(dialog.get_by_role("alert").get_by_role("button", name="삭제")).to_have_count(5)
    expect(dialog.get_by_role("alert")).to_contain_text("파일 1개")  # what tells them apart
    page.keyboard.press("Escape")
    # The list is asked for again once the answer was no.
    expect(page.get_by_text("5건 중 5건 사용 중")).to_be_visible()
    page.get_by_role("button", name="신청하기").first.click()
    expect(dialog).to_contain_text("더 신청할 수 없습니다")
    dialog.get_by_role("button", name="삭제").first.click()
    page.get_by_role("button", name="돌아가기").wait_for()
    page.locator("dialog").last.get_by_role("button", name="삭제").click()
    expect(page.get_by_text("5건 중 4건 사용 중")).to_be_visible()
    expect(dialog.get_by_role("heading", name="백업 신청")).to_be_visible()  # it goes on by itself


def full_backup(site: StandIn, kim: Account) -> None:
    backup = site.world.add_backup(kim, kim.mailboxes[:1], {"kind": "all"})
    while backup["state"] != "ready":
        site.world.move_backup(backup)


def test_cancelling_asks_first(page: Page, site: StandIn, kim: Account) -> None:
    site.world.moving = False
    ask(page)
    submit(page)
    page.get_by_role("button", name="취소 받은편지함").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="돌아가기").click()
    expect(page.get_by_role("button", name="취소 받은편지함")).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="백업 취소").click()
    expect(page.get_by_text("취소됨")).to_be_visible()
    assert kim.backups[0]["state"] == "cancelled"


def test_deleting_warns_plainly(page: Page, site: StandIn, kim: Account) -> None:
    full_backup(site, kim)
    page.reload()
    page.get_by_role("button", name="삭제 받은편지함").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("파일 1개(46MB)도 함께 지워지며, 되돌릴 수 없습니다")
    expect(dialog).to_contain_text("편지함의 메일은 그대로 남습니다")
    dialog.get_by_role("button", name="삭제").click()
    expect(page.get_by_text("아직 신청한 백업이 없습니다")).to_be_visible()
    assert kim.backups == []


def test_a_failed_one_says_why_and_is_asked_for_again(
    page: Page, site: StandIn, kim: Account
) -> None:
    period = {"kind": "range", "from": "2026-03-01", "to": "2026-03-31"}
    site.world.add_backup(
        kim,
        kim.mailboxes[1:3],
        period,
        state="failed",
        purge_at="2026-12-07T03:00:00Z",
        failure={"code": "timed_out", "detail": "…"},
    )
    page.reload()
    expect(page.get_by_text("제한 시간 안에 만들지 못했습니다")).to_be_visible()
    expect(page.get_by_text("2026년 12월 7일에 목록에서 사라집니다")).to_be_visible()
    page.get_by_role("button", name="다시 신청").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("보낸편지함")).to_be_checked()
    expect(dialog.get_by_label("받은편지함")).not_to_be_checked()
    expect(dialog.get_by_label("시작일")).to_have_value("2026-03-01")
    expect(dialog.get_by_label("종료일")).to_have_value("2026-03-31")


def test_a_service_in_trouble_is_a_sentence_with_a_next_step(page: Page, site: StandIn) -> None:
    ask(page)
    site.faults.append(Fault("POST", "/backups$", status=500))
    submit(page)
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text(
        "조금 뒤 다시 시도해 주세요"
    )
    submit(page)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_lost_network_is_mentioned_and_the_list_comes_back(page: Page) -> None:
    page.context.set_offline(True)
    expect(page.get_by_text("인터넷 연결이 끊겼습니다")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("인터넷 연결이 끊겼습니다")).to_have_count(0)
    expect(page.get_by_text("아직 신청한 백업이 없습니다")).to_be_visible()


def test_the_focus_and_open_details_survive_a_refresh(
    page: Page, site: StandIn, kim: Account
) -> None:
    site.world.moving = False
    backup = site.world.add_backup(kim, kim.mailboxes[:3], {"kind": "all"})
    site.world.move_backup(backup)
    site.world.move_backup(backup)
    page.reload()
    cancel = page.get_by_role("button", name="취소 받은편지함 외 2개")
    cancel.focus()
    site.world.move_volumes(backup)
    expect(page.get_by_role("button", name="다운로드 (~")).to_be_visible(timeout=10_000)
    expect(cancel).to_be_focused()


def test_polling_rests_while_nobody_looks(page: Page, site: StandIn, kim: Account) -> None:
    site.world.moving = False
    site.world.add_backup(kim, kim.mailboxes[:1], {"kind": "all"})
    page.reload()
    expect(page.get_by_text("신청됨")).to_be_visible()
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {get: () => true, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    page.wait_for_timeout(300)
    before = site.count("GET", "/backups$")
    page.wait_for_timeout(4_000)
    assert site.count("GET", "/backups$") == before
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(500)
    assert site.count("GET", "/backups$") > before


def test_files_small_enough_to_be_uploaded_again(page: Page, kim: Account) -> None:
    ask(page)
    page.get_by_label("파일 크기").select_option(label="다시 업로드할 수 있는 크기 (최대 1.8GB)")
    submit(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert kim.backups[0]["volume_bytes"] == int(2 * 1024**3 * 0.9)


def test_a_press_that_fails_is_answered(page: Page, site: StandIn) -> None:
    expect(page.get_by_text("아직 신청한 백업이 없습니다")).to_be_visible()
    site.faults.append(Fault("GET", "/mailboxes$", status=500))
    page.get_by_role("button", name="신청하기").click()
    expect(page.get_by_role("alert")).to_contain_text("서버에 잠시 문제가 있습니다")
    page.get_by_role("button", name="신청하기").click()
    expect(page.get_by_role("dialog")).to_be_visible()
