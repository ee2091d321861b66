"""Looking into a finished backup where it lies, and bringing it back."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest
from playwright.sync_api import Page, expect

from infra.local.demo_mail import demo_mailboxes
from pyeonji.usecases.mail.indexing import index_segment
from tests.browser.conftest import OpenPage
from tests.browser.stand_in import StandIn
from tests.browser.steps import open_signed
from tests.browser.world import Account, Json
from tests.support.company import KIM, BackupMachine, ask, deliver, found_company
from tests.support.fakes import World

pytestmark = pytest.mark.browser


@pytest.fixture
def kim(site: StandIn) -> Account:
    return site.world.accounts["kim@acme.example"]


@pytest.fixture
def backup(site: StandIn, kim: Account) -> Json:
    """A finished one, whose file is a real one of the demo company's mail."""
    site.world.moving = False
    made = site.world.add_backup(kim, kim.mailboxes[:1], {"kind": "all"})
    for _ in range(4):
        site.world.move_backup(made)
    [volume] = made["volumes"]
    data = real_volume()
    site.world.objects["/1.zip"] = data
    volume["bytes"] = len(data)
    return made


@cache
def real_volume() -> bytes:
    world = World()
    box = found_company(world)
    mails = [
        (m.data, m.received)
        for each in demo_mailboxes(KIM, date(2026, 1, 2))
        for m in each.messages
    ]
    deliver(world, box, mails[:150:2], chunk="00001")
    deliver(world, box, mails[1:150:2], chunk="00002")
    for key in list(world.mail.data):
        index_segment(world, segment=key)
    asked = ask(world)
    BackupMachine(world, asked.id).run()
    [volume] = world.backups.volumes(KIM, asked.id)
    return world.volumes.data[volume.key]


@pytest.fixture
def page(open_page: OpenPage, site: StandIn, backup: Json) -> Page:
    opened = open_signed(open_page, site)
    return opened


def test_a_finished_file_is_looked_into_where_it_lies(
    page: Page, site: StandIn, backup: Json
) -> None:
    page.locator("[data-do=look]").click()
    rows = page.locator(".mail-link")
    expect(rows).to_have_count(50, timeout=30_000)  # SQLite is fetched and begun
    expect(page.get_by_role("heading", level=1)).to_have_text(backup["volumes"][0]["filename"])
    field = page.get_by_label("이 파일에서 찾기")
    field.fill("제목:견적")
    field.press("Enter")
    expect(page.get_by_text("모두 보았습니다")).to_be_visible()
    expect(rows.first).to_contain_text("견적")
    expect(rows.filter(has_not_text="견적")).to_have_count(0)
    rows.first.click()
    page.locator("iframe[data-filled]").wait_for()
    assert page.frame_locator("iframe.mail-frame").locator("body").inner_text().strip()
    page.keyboard.press("Escape")
    expect(rows.first).to_be_focused()
    field.fill("before:soon")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("이전:2024-01-31")
    with site.lock:
        reads = [path for method, path in site.requests if method == "GET" and path == "/1.zip"]
    assert len(reads) < 40
    sent = page.evaluate(
        "performance.getEntriesByType('resource').filter(e => e.name.endsWith('.zip')).length"
    )
    assert sent == 0  # the worker's own: never the whole file by the page


def test_a_file_that_is_gone_is_said(page: Page, site: StandIn, backup: Json) -> None:
    del site.world.objects["/1.zip"]
    page.locator("[data-do=look]").click()
    expect(page.get_by_role("alert")).to_contain_text("이 파일을 열 수 없습니다", timeout=30_000)


def test_a_backup_is_brought_back(page: Page, site: StandIn, kim: Account, backup: Json) -> None:
    page.get_by_role("button", name="편지함에 다시 넣기").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("메일 312통을 원래 있던 편지함에 넣습니다")
    site.world.moving = True
    dialog.get_by_role("button", name="편지함에 다시 넣기").click()
    row = page.locator(".rows .row").first
    expect(row).to_contain_text("백업에서")
    expect(row).to_contain_text("성공 3")
    assert kim.uploads[0]["source"] == {"backup_id": backup["id"], "volumes": [1]}


def test_the_viewer_is_handed_out(page: Page) -> None:
    with page.expect_download() as download:
        page.get_by_role("link", name="뷰어 받기").click()
    assert download.value.suggested_filename == "편지 뷰어.html"
    assert download.value.path().stat().st_size > 500_000
