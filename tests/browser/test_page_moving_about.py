"""Going from screen to screen faster than the service answers, with several windows, and to
addresses that lead nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.stand_in import Fault, StandIn
from tests.browser.steps import choose_file, open_signed, sample_zip, sign_in, signed_in
from tests.browser.world import KIB, Account

pytestmark = pytest.mark.browser


@pytest.fixture
def kim(site: StandIn) -> Account:
    return site.world.accounts["kim@acme.example"]


@pytest.fixture
def page(open_page: OpenPage, site: StandIn) -> Page:
    opened = open_signed(open_page, site)
    return opened


def slow(site: StandIn, path: str, seconds: float, times: int = 1) -> None:
    """The next answers come late, but they come."""
    site.faults.append(Fault("GET", path, times=times, delay=seconds))


def drop_zip(page: Page, where: str) -> None:
    transfer = page.evaluate_handle(
        "() => { const held = new DataTransfer();"
        "held.items.add(new File(['PK'], '늦은.zip')); return held; }"
    )
    page.dispatch_event(where, "drop", {"dataTransfer": transfer})


def finished(site: StandIn, kim: Account) -> str:
    body = {"filename": "끝난.zip", "bytes": 10**6, "mailbox_id": kim.mailboxes[0]["id"]}
    upload = site.world.add_upload(kim, body)
    site.world.finish(upload, [{"name": "1.eml", "outcome": "imported", "bytes": 10}])
    return str(upload["id"])


def test_a_late_result_is_not_drawn_over_a_later_screen(
    page: Page, site: StandIn, kim: Account
) -> None:
    upload = finished(site, kim)
    slow(site, f"/uploads/{upload}$", 1.0)
    page.goto(f"{site.page_url}/acme.example#/uploads/{upload}")
    page.get_by_role("link", name="백업", exact=True).click()
    signed_in(page)
    page.wait_for_timeout(1_500)
    signed_in(page)
    expect(page.get_by_role("link", name="백업", exact=True)).to_have_attribute(
        "aria-current", "page"
    )


def test_a_screen_left_before_its_list_came_is_left(page: Page, site: StandIn) -> None:
    slow(site, "/uploads$", 1.0)
    page.get_by_role("link", name="업로드", exact=True).click()
    expect(page.get_by_role("button", name="파일 선택")).to_be_visible()
    page.get_by_role("link", name="편지함", exact=True).click()
    expect(page.get_by_role("heading", name="편지함", level=1)).to_be_visible()
    page.wait_for_timeout(1_500)
    drop_zip(page, "footer")
    page.wait_for_timeout(300)
    expect(page.get_by_role("dialog")).to_have_count(0)
    asked = site.count("GET", "/uploads")
    page.evaluate("window.dispatchEvent(new Event('online'))")  # what wakes every list on show
    page.wait_for_timeout(500)
    assert site.count("GET", "/uploads") == asked


def test_a_result_waited_for_comes_by_itself(page: Page, site: StandIn, kim: Account) -> None:
    site.world.moving = False
    body = {"filename": "아직.zip", "bytes": 10**6, "mailbox_id": kim.mailboxes[0]["id"]}
    upload = site.world.add_upload(kim, body, state="importing")
    page.goto(f"{site.page_url}/acme.example#/uploads/{upload['id']}")
    expect(page.get_by_text("아직 넣는 중입니다")).to_be_visible()
    site.world.finish(upload, [{"name": "1.eml", "outcome": "imported", "bytes": 10}])
    expect(page.get_by_role("button", name="자세히 보기")).to_be_visible(timeout=10_000)
    expect(page.get_by_text("아직 넣는 중입니다")).to_have_count(0)
    expect(page.locator("#said")).to_have_text("아직.zip 업로드가 끝났습니다.")


def test_a_place_freed_in_another_window_is_seen(page: Page, site: StandIn, kim: Account) -> None:
    end = "2099-01-01T00:00:00Z"
    for _ in range(5):
        site.world.add_backup(
            kim, kim.mailboxes[:1], {"kind": "all"}, state="ready", expires_at=end
        )
    page.reload()
    expect(page.get_by_text("5건 중 5건 사용 중")).to_be_visible()
    kim.backups.pop()  # deleted elsewhere; this window has not asked since
    page.get_by_role("button", name="신청하기").click()
    expect(page.get_by_role("dialog")).to_contain_text("백업 신청")


@pytest.mark.parametrize("where", ["acme.example#/uploads/%E0%A4%A", "%zz"])
def test_an_address_that_was_cut_short_still_opens_the_page(
    open_page: OpenPage, site: StandIn, where: str
) -> None:
    page = open_page(f"{site.page_url}/{where}")
    expect(page.get_by_label(re.compile("아이디|메일 주소"))).to_be_visible()
    if "#" in where:
        sign_in(page)
        expect(page.get_by_role("alert")).to_contain_text(re.compile("업로드"))


def test_several_files_dropped_at_once_are_all_taken(page: Page) -> None:
    page.get_by_role("link", name="업로드", exact=True).click()
    expect(page.get_by_role("button", name="파일 선택")).to_be_visible()
    transfer = page.evaluate_handle(
        "() => { const held = new DataTransfer();"
        "for (const name of ['하나.zip', '둘.zip']) held.items.add(new File(['PK'], name));"
        "return held; }"
    )
    page.dispatch_event(".drop", "drop", {"dataTransfer": transfer})
    for name in ("하나.zip", "둘.zip"):
        expect(page.get_by_role("dialog").get_by_text(name)).to_be_visible()


@pytest.fixture
def download(page: Page, kim: Account, site: StandIn) -> Locator:
    """The button of a file that is ready."""
    site.world.moving = False
    backup = site.world.add_backup(kim, kim.mailboxes[:1], {"kind": "all"})
    for _ in range(4):
        site.world.move_backup(backup)
    return page.get_by_role("button", name="다운로드")


def test_a_download_does_not_ask_to_leave_what_is_being_sent(
    page: Page, site: StandIn, download: Locator, tmp_path: Path
) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    site.bytes_per_second = 60_000
    page.get_by_role("link", name="업로드", exact=True).click()
    choose_file(page, sample_zip(tmp_path, mails=50, size=100 * KIB))
    page.get_by_role("button", name="신청하기").click()
    expect(page.get_by_text("보내는 중")).to_be_visible()
    page.get_by_role("link", name="백업", exact=True).click()
    with page.expect_download() as begun:
        download.click()
    assert begun.value.suggested_filename == "1.zip"
    assert asked == []


@pytest.mark.parametrize("status", [404, 0])
def test_a_download_that_fails_leaves_the_page_where_it_is(
    page: Page, site: StandIn, download: Locator, status: int
) -> None:
    page.reload()
    site.faults.append(Fault("GET", "/1.zip$", status=status, times=9))
    download.click()
    expect(page.get_by_text("파일을 내려받지 못했습니다").first).to_be_visible()
    expect(download).to_be_visible()
