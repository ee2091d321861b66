"""Signing in and out, the second factor, sessions that end, accounts that are not ready."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from infra.local.people import totp
from pyeonji.words import say
from tests.browser.conftest import OpenPage
from tests.browser.stand_in import StandIn
from tests.browser.steps import open_menu, sign_in, sign_out, signed_in

pytestmark = pytest.mark.browser


def test_two_steps_at_the_companys_own_address(open_page: OpenPage, site: StandIn) -> None:
    page = open_page(f"{site.page_url}/acme.example")
    expect(page.get_by_text("@acme.example")).to_be_visible()
    expect(page.get_by_label("아이디")).to_be_focused()
    sign_in(page)
    signed_in(page)
    expect(page.get_by_text("에이크미 주식회사")).to_be_visible()
    assert page.url.endswith("/acme.example#/backups")


def test_without_the_companys_address_it_is_asked_for(open_page: OpenPage, site: StandIn) -> None:
    page = open_page(site.page_url)
    page.get_by_role("button", name="다음").click()
    expect(page.get_by_role("alert")).to_contain_text("kim@acme.example처럼")
    address = page.get_by_label("메일 주소")
    address.fill("kim")
    page.get_by_role("button", name="다음").click()
    expect(page.get_by_role("alert")).to_contain_text("kim@acme.example처럼")
    expect(address).to_be_focused()
    page.keyboard.type("KIM@ACME.example\n")
    page.get_by_label("비밀번호", exact=True).fill("kim-password")
    page.keyboard.press("Enter")
    signed_in(page)


def test_a_whole_address_is_understood_as_id(open_page: OpenPage, site: StandIn) -> None:
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page, "kim@acme.example", "kim-password")
    signed_in(page)


def test_a_wrong_password_says_so_and_keeps_the_place(open_page: OpenPage, site: StandIn) -> None:
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page, password="wrong")
    expect(page.get_by_role("alert")).to_contain_text(say("wrong_credentials", "ko"))
    expect(page.get_by_label("비밀번호", exact=True)).to_be_focused()
    page.keyboard.type("kim-password")
    page.keyboard.press("Enter")
    signed_in(page)


def test_the_one_time_code(open_page: OpenPage, site: StandIn) -> None:
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page, "lee")
    code = page.get_by_label("인증 코드 6자리")
    expect(code).to_be_focused()
    code.fill("000000")  # sends itself when it is complete
    expect(page.get_by_role("alert")).to_contain_text(say("wrong_code", "ko"))
    code.fill(totp("JBSWY3DPEHPK3PXP", time.time()))
    signed_in(page)


def test_enrolling_a_second_factor(open_page: OpenPage, site: StandIn) -> None:
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page)
    open_menu(page)
    page.get_by_role("link", name="내 계정").click()
    page.get_by_role("button", name="2단계 인증 켜기").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("img", name="QR 코드")).to_be_visible()
    dialog.get_by_text("키를 직접 입력하기").click()
    secret = dialog.locator("code").inner_text().replace(" ", "")
    dialog.get_by_label("6자리 코드를 입력합니다").fill("123456")
    dialog.get_by_role("button", name="확인").click()
    expect(dialog.get_by_role("alert")).to_contain_text(say("wrong_code", "ko"))
    dialog.get_by_label("6자리 코드를 입력합니다").fill(totp(secret, time.time()))
    dialog.get_by_role("button", name="확인").click()
    expect(dialog.locator(".codes li")).to_have_count(10)  # shown this once
    dialog.get_by_role("button", name="보관했습니다").click()
    expect(page.get_by_text("사용 중", exact=True)).to_be_visible()
    expect(page.get_by_text("복구 코드 10개가 남아 있습니다")).to_be_visible()
    assert site.world.accounts["kim@acme.example"].totp == secret


def account_of(page: Page) -> None:
    open_menu(page)
    page.get_by_role("link", name="내 계정").click()
    expect(page.get_by_role("heading", name="내 계정")).to_be_visible()


def test_without_the_phone_by_a_recovery_code(open_page: OpenPage, site: StandIn) -> None:
    lee = site.world.accounts["lee@acme.example"]
    lee.codes = ["ABCD-EFGH-0001"]
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page, "lee")
    page.get_by_role("button", name="복구 코드로 로그인").click()
    page.get_by_label("복구 코드").fill("ABCD")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("복구 코드").fill("ABCD-EFGH-0001")
    page.keyboard.press("Enter")
    signed_in(page)
    assert lee.totp is None


def test_the_second_factor_is_turned_off_by_whoever_it_is(
    open_page: OpenPage, site: StandIn
) -> None:
    kim = site.world.accounts["kim@acme.example"]
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page)
    signed_in(page)
    kim.totp = "JBSWY3DPEHPK3PXP"
    page.reload()
    account_of(page)
    page.get_by_role("button", name="복구 코드 새로 만들기").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("인증 앱의 6자리 코드 또는").fill(totp(kim.totp, time.time()))
    page.keyboard.press("Enter")
    expect(dialog.locator(".codes li")).to_have_count(10)
    dialog.get_by_role("button", name="보관했습니다").click()
    page.get_by_role("button", name="2단계 인증 끄기").click()
    dialog.get_by_label("인증 앱의 6자리 코드 또는").fill("not-my-password")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_label("인증 앱의 6자리 코드 또는").fill("kim-password")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("2단계 인증을 껐습니다.")
    second_factor = page.locator("section", has=page.get_by_role("heading", name="2단계 인증"))
    expect(second_factor.get_by_text("사용 안 함", exact=True)).to_be_visible()
    assert kim.totp is None


def test_notices_off_and_every_device_out(open_page: OpenPage, site: StandIn) -> None:
    kim = site.world.accounts["kim@acme.example"]
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page)
    signed_in(page)
    account_of(page)
    page.get_by_label("메일로 알려 받기").uncheck()
    expect(page.locator("#said")).to_have_text("메일 알림을 껐습니다.")
    assert kim.notices == "off"
    page.get_by_role("button", name="모든 기기에서 로그아웃").click()
    page.get_by_role("dialog").get_by_role("button", name="모든 기기에서 로그아웃").click()
    expect(page.get_by_label("아이디")).to_be_visible()
    assert site.refreshes == {}


def test_a_session_renews_itself(open_page: OpenPage, site: StandIn) -> None:
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page)
    signed_in(page)
    site.forget_tokens(refresh_too=False)
    page.get_by_role("link", name="편지함", exact=True).click()
    expect(page.get_by_role("rowheader", name="받은편지함")).to_be_visible()
    assert site.count("POST", "/session/refresh") == 1


def test_a_token_is_renewed_before_it_ends(open_page: OpenPage, site: StandIn) -> None:
    site.lifetime = 61  # renewed a minute before its end
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page)
    signed_in(page)
    time.sleep(1.1)
    page.get_by_role("link", name="편지함", exact=True).click()
    expect(page.get_by_role("rowheader", name="받은편지함")).to_be_visible()
    assert site.count("POST", "/session/refresh") >= 1


def test_a_session_that_ended_leads_back_to_where_one_was(
    open_page: OpenPage, site: StandIn
) -> None:
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page)
    signed_in(page)
    page.wait_for_load_state("networkidle")  # what the first screen still asks for would end it too
    site.forget_tokens(refresh_too=True)
    page.get_by_role("link", name="편지함", exact=True).click()
    expect(page.get_by_text("오래 쓰지 않아 로그아웃되었습니다")).to_be_visible()
    sign_in(page)
    expect(page.get_by_role("heading", name="편지함", level=1)).to_be_visible()


def test_signing_out_forgets_everything(open_page: OpenPage, site: StandIn) -> None:
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page)
    signed_in(page)
    sign_out(page)
    expect(page.get_by_label("아이디")).to_be_visible()
    page.wait_for_function("sessionStorage.length === 0 && !localStorage['pyeonji.session']")
    page.reload()
    expect(page.get_by_label("아이디")).to_be_visible()
    assert site.refreshes == {}


def test_staying_signed_in_is_asked_for(open_page: OpenPage, site: StandIn) -> None:
    page = open_page(f"{site.page_url}/acme.example")
    page.get_by_label("아이디").fill("kim")
    page.get_by_role("button", name="다음").click()
    page.get_by_label("로그인 유지").check()
    page.get_by_label("비밀번호", exact=True).fill("kim-password")
    page.get_by_role("button", name="로그인", exact=True).click()
    signed_in(page)
    other = page.context.new_page()
    other.goto(f"{site.page_url}/acme.example")
    signed_in(other)
    sign_out(other)
    expect(page.get_by_label("아이디")).to_be_visible()  # the first tab hears of it


@pytest.mark.parametrize(
    ("who", "company", "title"),
    [
        ("choi", "acme.example", "아직 메일이 준비되지 않은 계정입니다"),
        ("park", "other.example", "회사 도메인이 아직 연결되지 않았습니다"),
    ],
)
def test_who_cannot_start_yet_is_told_what_to_do(
    open_page: OpenPage, site: StandIn, who: str, company: str, title: str
) -> None:
    page = open_page(f"{site.page_url}/{company}")
    sign_in(page, who)
    signed_in(page)
    for tab, screen in (
        ("백업", "백업 목록"),
        ("업로드", "업로드 목록"),
        ("편지함", "편지함"),
        ("메일 가져오기", "다른 메일에서 가져오기"),
    ):
        page.get_by_role("link", name=tab, exact=True).click()
        expect(page.get_by_role("heading", name=screen, level=1)).to_be_visible()
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        expect(page.locator(".note").first).to_contain_text("메일 관리자에게")
    expect(
        page.get_by_role("button", name=re.compile("신청하기|ZIP 파일 선택|새 편지함"))
    ).to_have_count(0)


def test_notices_that_came_back_are_mentioned(open_page: OpenPage, site: StandIn) -> None:
    site.world.accounts["kim@acme.example"].notices = "bounced"
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page)
    expect(page.get_by_text("안내 메일이 되돌아와서")).to_be_visible()


def test_the_language_is_the_browsers_and_can_be_switched(
    open_page: OpenPage, site: StandIn
) -> None:
    page: Page = open_page(f"{site.page_url}/acme.example", language="en-GB")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_role("button", name="한국어").click()
    expect(page.get_by_role("heading", name="로그인")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="로그인")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "ko"
