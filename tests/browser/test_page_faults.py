"""What went wrong once: each with the look of it from outside."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.gallery import fill_world, walk
from tests.browser.stand_in import Fault, StandIn
from tests.browser.steps import (
    open_menu,
    open_signed,
    sign_in,
    sign_out,
    signed_in,
    switch_language,
)
from tests.browser.world import Account

pytestmark = pytest.mark.browser


@pytest.fixture
def kim(site: StandIn) -> Account:
    return site.world.accounts["kim@acme.example"]


@pytest.fixture
def page(open_page: OpenPage, site: StandIn) -> Page:
    opened = open_signed(open_page, site)
    return opened


def enter_whole(page: Page) -> None:
    page.locator("#signin-id").fill("kim@acme.example")
    page.keyboard.press("Enter")
    page.locator("#signin-password").fill("kim-password")
    page.keyboard.press("Enter")
    signed_in(page)


@pytest.mark.parametrize("path", ["//evil.example", "//evil.example/x", "/\\evil.example"])
def test_another_sites_name_in_the_address_leads_nowhere(
    open_page: OpenPage, site: StandIn, path: str
) -> None:
    page = open_page(f"{site.page_url}{path}")
    brand = page.locator(".brand")
    expect(brand).to_be_visible()
    assert brand.evaluate("link => link.origin") == site.page_url
    enter_whole(page)
    sign_out(page)
    expect(page.locator("#signin-id")).to_be_visible()  # a URL the browser refuses broke this
    assert page.evaluate("location.origin") == site.page_url


def test_a_row_of_the_second_page_that_is_removed_is_gone(
    page: Page, site: StandIn, kim: Account
) -> None:
    body = {"filename": "끝.zip", "bytes": 10**6, "mailbox_id": kim.mailboxes[0]["id"]}
    for number in range(60):
        site.world.add_upload(kim, body | {"filename": f"{number:02}.zip"}, state="abandoned")
    page.get_by_role("link", name="업로드", exact=True).click()
    rows = page.locator(".rows > li")
    expect(rows).to_have_count(50)
    page.get_by_role("button", name="더 보기").click()
    expect(rows).to_have_count(60)
    page.get_by_role("button", name="05.zip 메뉴").click()
    page.get_by_role("button", name="목록에서 지우기 05.zip").click()
    page.get_by_role("dialog").get_by_role("button", name="목록에서 지우기").click()
    expect(rows).to_have_count(59)
    expect(page.get_by_text("05.zip")).to_have_count(0)
    kim.uploads.pop()  # the oldest one, elsewhere
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.get_by_role("button", name="06.zip 메뉴").click()
    page.get_by_role("button", name="목록에서 지우기 06.zip").click()
    page.get_by_role("dialog").get_by_role("button", name="목록에서 지우기").click()
    expect(rows).to_have_count(57)


def test_what_was_opened_stays_open_while_a_backup_runs(
    page: Page, site: StandIn, kim: Account
) -> None:
    site.world.moving = False
    backup = site.world.add_backup(kim, kim.mailboxes[:3], {"kind": "all"})
    for _ in range(2):
        site.world.move_backup(backup)
    page.reload()
    page.get_by_text("편지함 3개 모두 보기").click()
    inside = page.locator(".chosen li").first
    expect(inside).to_be_visible()
    for count in (1, 2):
        site.world.move_volumes(backup)
        expect(page.get_by_role("button", name="다운로드 (~")).to_have_count(count, timeout=12_000)
        expect(inside).to_be_visible()


def test_a_service_that_hangs_is_said_in_seconds(
    open_page: OpenPage, site: StandIn, kim: Account
) -> None:
    page = open_signed(open_page, site)
    site.faults.append(Fault("GET", "/me$", delay=40, times=9))
    page.reload()
    loading = page.locator(".loading")
    expect(loading.locator(".bone").first).to_be_visible()  # no empty sliver
    expect(loading).to_contain_text("대답이 늦어지고", timeout=6_000)
    expect(page.get_by_role("alert")).to_contain_text("대답하지 않습니다", timeout=15_000)
    site.faults.clear()
    page.get_by_role("button", name="다시 시도").click()
    signed_in(page)


def test_a_screen_that_was_not_loaded_before_the_network_went(page: Page, site: StandIn) -> None:
    def gone(route: Route, _: Request) -> None:
        route.abort()

    page.route(re.compile("views/(move|result)"), gone)
    page.reload()
    signed_in(page)
    page.get_by_role("link", name="메일 가져오기").click()
    expect(page.get_by_role("alert")).to_contain_text("인터넷 연결을 확인하고")
    page.unroute(re.compile("views/(move|result)"))
    page.get_by_role("button", name="다시 시도").click()
    expect(page.get_by_role("heading", name="다른 메일에서 가져오기")).to_be_visible()


def test_an_empty_period_says_why_the_button_is_grey(page: Page, kim: Account) -> None:
    page.get_by_role("button", name="신청하기").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("받은편지함").uncheck()
    dialog.get_by_label("휴지통").check()
    expect(dialog.get_by_role("button", name="신청하기")).to_be_disabled()
    expect(dialog.locator(".lacking")).to_contain_text("메일이 없습니다")
    dialog.get_by_label("기간 지정").check()
    dialog.get_by_label("시작일").fill("")
    expect(dialog.locator(".lacking")).to_contain_text("시작일과 종료일을 모두")


def test_the_estimate_says_what_is_left_out_and_why(page: Page, kim: Account) -> None:
    page.get_by_role("button", name="신청하기").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".figure-big")).to_have_text("메일 312통")
    kim.mailboxes[0]["messages"] = 314  # two more than the service counts up to yesterday
    page.keyboard.press("Escape")
    page.route(
        "**/api/backups/estimate",
        lambda route: route.fulfill(
            json={
                "messages": 312, "bytes": 3 * 1024**3, "volumes": 1,
                "from": "1970-01-01T00:00:00Z", "to": "2026-11-22T15:00:00Z",
            }
        ),
    )  # fmt: skip
    page.get_by_role("button", name="신청하기").click()
    expect(dialog).to_contain_text("오늘 받은 2통은 제외됩니다")
    expect(dialog.locator(".note.warn")).to_contain_text("다시 업로드할 수 없습니다")
    dialog.get_by_label("파일 크기").select_option(index=1)
    expect(dialog.locator(".note.warn")).to_have_count(0)


def test_no_field_of_the_api_stands_in_a_sentence(page: Page, site: StandIn) -> None:
    page.get_by_role("link", name="편지함", exact=True).click()
    page.get_by_role("button", name="새 편지함").click()
    page.route(
        "**/api/mailboxes",
        lambda route: route.fulfill(
            status=400,
            json={
                "code": "invalid_request",
                "field": "path",
                "detail": "path: 길이가 …",
                "status": 400,
            },
        ),
    )
    page.get_by_label("편지함 이름").fill("/")
    page.keyboard.press("Enter")
    alert = page.get_by_role("dialog").get_by_role("alert")
    expect(alert).to_contain_text("이 이름은 쓸 수 없습니다")
    expect(alert).not_to_contain_text("path")


def test_a_backup_that_was_cancelled_first_counts_nothing(
    page: Page, site: StandIn, kim: Account
) -> None:
    site.world.moving = False
    box = kim.mailboxes[:1]
    site.world.add_backup(kim, box, {"kind": "all"}, state="cancelled", messages=0, bytes=0)
    page.reload()
    row = page.get_by_role("listitem").filter(has_text="취소됨")
    expect(row).to_be_visible()
    expect(row).not_to_contain_text("통")


def test_an_upload_nobody_sends_is_not_said_to_be_sent(
    page: Page, site: StandIn, kim: Account
) -> None:
    body = {"filename": "pc.zip", "bytes": 10**6, "mailbox_id": kim.mailboxes[0]["id"]}
    site.world.add_upload(kim, body)
    page.get_by_role("link", name="업로드", exact=True).click()
    row = page.get_by_role("listitem").filter(has_text="pc.zip")
    expect(row).to_contain_text("다 오지 않음")
    expect(row).not_to_contain_text("보내는 중")


#: Buttons and links whose accessible name lacks the words that are seen on them (WCAG 2.5.3).
UNLIKE = """() => [...document.querySelectorAll("button, a[href], [role=button]")]
  .filter((node) => node.checkVisibility() && node.hasAttribute("aria-label"))
  .map((node) => [node.innerText.trim(), node.getAttribute("aria-label")])
  .filter(([seen, named]) => seen && !named.toLowerCase().includes(seen.toLowerCase()))"""


def test_every_label_holds_the_words_that_are_seen(
    open_page: OpenPage, site: StandIn, tmp_path: object
) -> None:
    upload = fill_world(site)
    page = open_page(f"{site.page_url}/acme.example", language="en-GB")
    found: list[object] = []
    walk(page, site, upload, tmp_path, lambda name: found.extend(page.evaluate(UNLIKE)))  # type: ignore[arg-type]
    assert found == []
    page.goto(f"{site.page_url}/acme.example#/uploads")
    page.get_by_role("button", name="Menu of naver-export-4.zip").click()
    expect(page.get_by_role("button", name=re.compile("^Remove from list"))).to_be_visible()


def test_names_that_turn_the_direction_around(page: Page, site: StandIn, kim: Account) -> None:
    name = "보고서\u202egpj.exe.zip"
    body = {"filename": name, "bytes": 10**6, "mailbox_id": kim.mailboxes[0]["id"]}
    upload = site.world.add_upload(kim, body)
    rows = [{"name": "a\u202efdp.eml", "outcome": "rejected", "reason": "not_eml", "bytes": 1}]
    site.world.finish(upload, rows)
    page.get_by_role("link", name="업로드", exact=True).click()
    title = page.locator(".row-title bdi").first
    expect(title).to_have_text("보고서gpj.exe.zip")
    page.get_by_role("link", name="결과 보기").click()
    expect(page.locator("h1 bdi")).to_have_text("보고서gpj.exe.zip")
    expect(page.locator(".entry-name bdi")).to_have_text("afdp.eml")
    assert "\u202e" not in page.evaluate("document.documentElement.outerHTML + document.title")


def test_a_proxy_that_answers_long_after_the_last_byte(open_page: OpenPage, site: StandIn) -> None:
    """It passes a part on only when it has all of it; the clock is put forward, not waited for."""
    page = open_page("about:blank")
    page.clock.install()
    page.goto(f"{site.page_url}/acme.example")
    ended = page.evaluate_handle(
        """async () => {
          const { put } = await import("/js/upload/put.js");
          window.XMLHttpRequest = class {
            upload = {};
            open() {}
            send() { window.request = this; }
            abort() { this.status = 0; this.onloadend(); }
          };
          const state = { ended: null };
          const { signal } = new AbortController();
          put("/part", new Blob(["x".repeat(100)]), { progress() {}, signal })
            .then(() => (state.ended = "done"), () => (state.ended = "given up"));
          return state;
        }"""
    )
    page.evaluate("window.request.upload.onprogress({ loaded: 100 })")
    page.clock.run_for(90_000)
    assert ended.evaluate("state => state.ended") is None
    page.evaluate("window.request.status = 200; window.request.onloadend()")
    page.clock.run_for(10)
    assert ended.evaluate("state => state.ended") == "done"


def test_what_was_typed_survives_a_change_of_language(open_page: OpenPage, site: StandIn) -> None:
    page = open_page(f"{site.page_url}/acme.example")
    page.get_by_label("아이디").fill("kim")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_label("ID")).to_have_value("kim")
    page.keyboard.press("Enter")
    page.locator("#signin-id").press("Enter")
    page.locator("#signin-password").fill("kim-password")
    page.get_by_role("button", name="한국어").click()
    expect(page.get_by_label("비밀번호", exact=True)).to_have_value("kim-password")
    page.locator("#signin-password").press("Enter")
    signed_in(page)
    switch_language(page, "en")
    expect(page.get_by_role("heading", name="Backups")).to_be_visible()


def test_the_first_password_is_set_here(open_page: OpenPage, site: StandIn, kim: Account) -> None:
    kim.new_password = True
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page)
    first = page.get_by_label("새 비밀번호", exact=True)
    expect(first).to_be_focused()
    first.fill("Pyeonji-New-2026")
    again = page.get_by_label("새 비밀번호 다시 입력")
    again.fill("Pyeonji-New-2027")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("서로 다릅니다")
    expect(again).to_be_focused()
    again.fill("Pyeonji-New-2026")
    page.keyboard.press("Enter")
    signed_in(page)
    assert kim.password == "Pyeonji-New-2026"


def test_the_password_can_be_looked_at(open_page: OpenPage, site: StandIn) -> None:
    page = open_page(f"{site.page_url}/acme.example")
    page.get_by_label("아이디").fill("kim")
    page.keyboard.press("Enter")
    field = page.locator("#signin-password")
    field.fill("kim-password")
    expect(field).to_have_attribute("type", "password")
    page.get_by_role("button", name="비밀번호 보기").click()
    expect(field).to_have_attribute("type", "text")
    expect(field).to_have_value("kim-password")


def test_the_menu_closes_by_escape_and_gives_the_focus_back(page: Page) -> None:
    open_menu(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator("[data-do=account-menu]")).to_be_focused()
    expect(page.locator(".menu-list")).to_have_count(0)
