"""Backups that make themselves, and the company's own mail server, on the account's screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.stand_in import StandIn
from tests.browser.steps import open_signed
from tests.browser.world import Account

pytestmark = pytest.mark.browser


@pytest.fixture
def kim(site: StandIn) -> Account:
    return site.world.accounts["kim@acme.example"]


@pytest.fixture
def page(open_page: OpenPage, site: StandIn) -> Page:
    opened = open_signed(open_page, site)
    return opened


def test_a_schedule_is_made_changed_and_ended(page: Page, site: StandIn, kim: Account) -> None:
    page.goto(f"{site.page_url}/acme.example#/account")
    page.get_by_role("button", name="자동 백업 켜기").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("매달").check()
    dialog.get_by_label("휴지통").uncheck()
    dialog.get_by_label("남길 백업").select_option("3")
    dialog.get_by_role("button", name="저장").click()
    said = "매달 편지함 4개에 새로 들어온 메일을 백업하고, 마지막 3개를 남깁니다."
    expect(page.get_by_text(said)).to_be_visible()
    expect(page.get_by_text("다음 백업은 2026년 11월 30일 (월) 01:20 무렵에")).to_be_visible()
    assert kim.schedule is not None
    assert kim.schedule["mailboxes"] == [box["id"] for box in kim.mailboxes[:4]]
    kim.schedule["skipped"] = {
        "code": "too_many_backups",
        "detail": "자리가 없어 만들지 못했습니다.",
    }
    page.get_by_role("button", name="바꾸기").click()
    expect(dialog.get_by_label("매달")).to_be_checked()
    expect(dialog.get_by_label("휴지통")).not_to_be_checked()
    page.keyboard.press("Escape")
    page.reload()
    expect(page.get_by_text("자리가 없어 만들지 못했습니다.")).to_be_visible()
    page.get_by_role("button", name="자동 백업 끄기").click()
    dialog.get_by_role("button", name="자동 백업 끄기").click()
    expect(page.get_by_role("button", name="자동 백업 켜기")).to_be_visible()
    assert kim.schedule is None


def test_a_server_that_cannot_be_reached_is_said(page: Page, site: StandIn, kim: Account) -> None:
    detail = "메일 서버에 로그인하지 못했습니다. 회사의 메일 관리자에게 알려 주세요."
    failure = {"code": "home_sign_in_refused", "detail": detail}
    synced = "2026-11-20T01:00:00Z"
    kim.home = {"kind": "imap", "state": "failing", "synced_at": synced, "failure": failure}
    page.reload()
    page.goto(f"{site.page_url}/acme.example#/account")
    expect(page.get_by_text("가져오지 못함")).to_be_visible()
    expect(page.get_by_text(detail)).to_be_visible()
    expect(page.get_by_text("2026년 11월 20일 (금) 10:00까지의 메일이")).to_be_visible()
    page.get_by_role("button", name="지금 가져오기").click()
    expect(page.get_by_text("최신", exact=True)).to_be_visible()
    expect(page.get_by_text(detail)).to_have_count(0)
