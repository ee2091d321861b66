"""Mailboxes: a tree, in the reader's language, from which mail is backed up and put in."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.stand_in import StandIn
from tests.browser.steps import choose_file, open_signed, sample_zip, switch_language
from tests.browser.world import Account

pytestmark = pytest.mark.browser


@pytest.fixture
def kim(site: StandIn) -> Account:
    return site.world.accounts["kim@acme.example"]


@pytest.fixture
def page(open_page: OpenPage, site: StandIn) -> Page:
    opened = open_signed(open_page, site)
    opened.get_by_role("link", name="편지함", exact=True).click()
    expect(opened.get_by_role("rowheader", name="받은편지함")).to_be_visible()
    return opened


def test_folders_below_each_other(page: Page) -> None:
    names = page.locator("tbody th").all_inner_texts()
    assert [name.split("/")[-1].strip() for name in names] == [
        "받은편지함", "보낸편지함", "프로젝트", "2025 신제품", "거래처", "한빛물산", "휴지통",
    ]  # fmt: skip
    left = [page.locator(".tree-name .icon").nth(place).bounding_box() for place in (4, 5)]
    assert left[0] is not None
    assert left[1] is not None
    assert left[1]["x"] > left[0]["x"]
    expect(page.locator("tfoot")).to_contain_text("515")


def test_system_mailboxes_speak_the_readers_language(page: Page, kim: Account) -> None:
    switch_language(page, "en")
    expect(page.get_by_role("rowheader", name="Inbox")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Trash")).to_be_visible()
    expect(page.get_by_role("rowheader", name="한빛물산")).to_be_visible()
    kim.mailboxes.append({**kim.mailboxes[0], "id": "M9", "path": "INBOX 2"})
    page.reload()
    expect(page.get_by_role("rowheader", name="INBOX 2")).to_be_visible()  # two: by their own names
    expect(page.get_by_role("rowheader", name="받은편지함")).to_be_visible()


def test_back_up_from_a_row(page: Page) -> None:
    page.get_by_role("button", name="백업 거래처", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("거래처/한빛물산")).to_be_checked()
    expect(dialog.get_by_label("받은편지함")).not_to_be_checked()
    expect(dialog.locator(".figure-big")).to_have_text("메일 21통")


def test_upload_from_a_row(page: Page, kim: Account, tmp_path: Path) -> None:
    page.get_by_role("button", name="업로드 거래처/한빛물산").click()
    choose_file(page, sample_zip(tmp_path))
    expect(page.get_by_label("넣을 편지함")).to_have_value(kim.mailboxes[3]["id"])


def test_an_empty_one_is_deleted(page: Page, kim: Account) -> None:
    page.get_by_role("button", name="새 편지함").click()
    page.get_by_label("편지함 이름").fill("잠깐")
    page.keyboard.press("Enter")
    drop = page.get_by_role("button", name="삭제 잠깐")
    expect(drop).to_be_visible()
    expect(page.locator("[data-do=drop-mailbox]")).to_have_count(1)  # and no system mailbox
    drop.click()
    page.get_by_role("dialog").get_by_role("button", name="삭제").click()
    expect(page.get_by_role("rowheader", name="잠깐")).to_have_count(0)
    assert "잠깐" not in {each["path"] for each in kim.mailboxes}


def test_without_spam_and_trash(page: Page) -> None:
    page.get_by_role("link", name="백업", exact=True).click()
    page.get_by_role("button", name="신청하기").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="스팸과 휴지통 빼기").click()
    expect(dialog.get_by_label("휴지통")).not_to_be_checked()
    expect(dialog.get_by_label("거래처/한빛물산")).to_be_checked()
    expect(dialog.locator(".figure-big")).to_have_text("메일 515통")
    branch = dialog.get_by_label("거래처", exact=True)
    branch.uncheck()  # with everything below it
    expect(dialog.get_by_label("거래처/한빛물산")).not_to_be_checked()
