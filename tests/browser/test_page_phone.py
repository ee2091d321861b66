"""On a phone: nothing lies over anything else, nothing that was asked for is out of sight."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.stand_in import Fault, StandIn
from tests.browser.steps import (
    choose_file,
    open_menu,
    open_signed,
    sample_zip,
    switch_language,
)

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page: OpenPage, site: StandIn) -> Page:
    opened = open_signed(open_page, site, width=360, height=740, mobile=True)
    return opened


def box(place: Locator) -> tuple[float, float]:
    """Top and bottom."""
    found = place.bounding_box()
    assert found is not None
    return found["y"], found["y"] + found["height"]


def test_what_the_zip_holds_does_not_lie_over_the_mailbox(page: Page, tmp_path: Path) -> None:
    page.get_by_role("link", name="업로드", exact=True).click()
    choose_file(page, sample_zip(tmp_path))
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".figures")).to_be_visible()
    for summary in dialog.locator("summary").all():
        summary.click()
    last = dialog.get_by_text("보낸 뒤에 내용을 하나하나 다시 확인")
    assert box(last)[1] <= box(dialog.get_by_text("넣을 편지함"))[0]


def test_days_to_choose_come_into_sight(page: Page) -> None:
    page.get_by_role("button", name="신청하기").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".figures")).to_be_visible()
    dialog.get_by_label("기간 지정").check()
    assert box(dialog.get_by_label("종료일"))[1] <= box(dialog.locator(".dialog-aside"))[0]


def test_a_badge_is_one_line(page: Page) -> None:
    switch_language(page, "en")
    open_menu(page)
    page.locator("[data-do=account]").click()
    top, bottom = box(page.locator(".badge").last)
    assert bottom - top < 30


def test_a_button_at_work_looks_so(page: Page, site: StandIn) -> None:
    """A finger leaves no cursor behind that could say it."""
    site.faults.append(Fault("GET", "/mailboxes$", delay=2, times=2))
    button = page.get_by_role("main").get_by_role("button", name="신청하기")
    line = "node => getComputedStyle(node, '::after').visibility"
    look = "node => getComputedStyle(node, '::after').content"
    assert button.evaluate(look) == "none"
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    page.wait_for_timeout(500)
    assert (button.evaluate(look), button.evaluate(line)) == ('""', "visible")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert button.evaluate(look) == "none"
