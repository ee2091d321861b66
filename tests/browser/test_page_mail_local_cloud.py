"""Mail on the page against the local cloud: folders become mailboxes, a mail is found and read, a
finished backup is looked into by ranges and brought back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, Newcomer, OpenPage
from tests.browser.steps import choose_file, enter, here, mail, zip_bytes
from tests.support.local_cloud import LocalCloud

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

LETTER = (
    "From: 김민수 <min@hanbit.example>\r\nTo: kim@acme.example\r\nSubject: 납기 조정\r\n"
    "Date: Mon, 2 Mar 2026 10:10:00 +0900\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    "단가는 그대로 두고 납기만 옮깁니다.\r\n"
).encode()


def test_folders_become_mailboxes_and_their_mail_is_found_read_and_brought_back(
    open_page: OpenPage, local_cloud: LocalCloud, newcomer: Newcomer, tmp_path: Path
) -> None:
    path = tmp_path / "폴더.zip"
    path.write_bytes(
        zip_bytes({"거래처/한빛/a.eml": LETTER, "거래처/b.eml": mail(2), "개인/c.eml": mail(3)})
    )
    page = open_page(here(local_cloud))
    enter(page, newcomer("mails"), PASSWORD)
    page.get_by_role("link", name="업로드", exact=True).click()
    choose_file(page, path)
    page.get_by_label("폴더마다 편지함 만들기").check()
    page.get_by_label("이 편지함 아래에").select_option("")
    page.get_by_role("button", name="신청하기").click()
    page.get_by_role("link", name="결과 보기").wait_for(timeout=90_000)

    page.get_by_role("link", name="편지함", exact=True).click()
    expect(page.get_by_role("link", name="한빛")).to_be_visible(timeout=15_000)
    names = [text.split("/")[-1].strip() for text in page.locator("tbody th").all_inner_texts()]
    assert {"한빛", "거래처", "개인"} <= set(names)
    page.get_by_role("link", name="한빛").click()
    page.locator(".mail-link", has_text="납기 조정").click(timeout=15_000)
    page.locator("iframe[data-filled]").wait_for(timeout=30_000)
    body = page.frame_locator("iframe.mail-frame").locator("body")
    expect(body).to_have_text("단가는 그대로 두고 납기만 옮깁니다.\n")

    found = page.locator(".mail-link", has_text="납기 조정")
    for _ in range(20):  # the search file is made beside the import
        page.goto(here(local_cloud, "#/search"))
        page.get_by_label("메일 찾기").fill("단가")
        page.keyboard.press("Enter")
        page.locator(".mail-link, .empty").first.wait_for(timeout=30_000)
        if found.count():
            break
        page.wait_for_timeout(1_500)
    expect(found).to_contain_text("거래처/한빛")
    page.get_by_role("button", name="찾은 메일 백업").click()
    expect(page.locator(".figure-big")).to_have_text("메일 1통", timeout=30_000)
    page.locator("dialog .primary").click()

    page.locator("[data-do=look]").click(timeout=90_000)
    page.locator(".mail-link", has_text="납기 조정").click(timeout=60_000)
    page.locator("iframe[data-filled]").wait_for(timeout=30_000)
    expect(body).to_have_text("단가는 그대로 두고 납기만 옮깁니다.\n")
    page.get_by_role("link", name="백업", exact=True).click()
    page.locator("[data-do=bring-back]").click()
    page.locator("dialog .primary").click()
    row = page.locator(".rows > li").filter(has_text="백업에서")
    expect(row.locator(".tally")).to_contain_text("중복 1", timeout=90_000)
