"""Every screen of the page once, in one language, colour scheme and width."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page

from tests.browser.stand_in import StandIn
from tests.browser.stand_in_mail import fill_mailbox
from tests.browser.steps import sample_zip
from tests.browser.world import Account, Json, instant

#: Called with the name of each screen when it stands.
Seen = Callable[[str], None]


def fill_world(site: StandIn) -> Json:
    """Backups and uploads in every state; answers the upload whose result is looked at."""
    world, kim = site.world, site.world.accounts["kim@acme.example"]
    world.moving = False
    boxes = kim.mailboxes
    later = "2026-12-07T03:00:00Z"
    failure = {"code": "timed_out", "detail": "…"}
    world.add_backup(
        kim, boxes[:1], {"kind": "all"}, state="failed", failure=failure, purge_at=later
    )
    world.add_backup(kim, boxes[1:2], {"kind": "all"}, state="cancelled", purge_at=later)
    world.add_backup(kim, boxes[1:2], {"kind": "all"}, state="expired", purge_at=later)
    for mailboxes, steps in ((boxes[2:4], 4), (boxes[:3], 3), (boxes[:1], 0)):
        backup = world.add_backup(kim, mailboxes, {"kind": "this_year"})
        for _ in range(steps):
            world.move_backup(backup)
    add_uploads(site, kim)
    fill_mailbox(site, boxes[0], 30)
    body = {"filename": "한빛물산.zip", "bytes": 11_400_320, "mailbox_id": boxes[3]["id"]}
    upload = world.add_upload(kim, body)
    world.finish(upload, [ledger_row(number) for number in range(500)])
    return upload


def add_uploads(site: StandIn, kim: Account) -> None:
    box = kim.mailboxes[0]["id"]
    for name, state, failure in (
        ("2019-2023 거래처 메일 모음.zip", "importing", None),
        ("naver-export-4.zip", "failed", {"code": "split_archive", "detail": "…"}),
        ("outlook.zip", "inspecting", None),
        ("pc.zip", "receiving", None),
        ("old.zip", "abandoned", None),
    ):
        body = {"filename": name, "bytes": 734_003_200, "mailbox_id": box}
        site.world.add_upload(kim, body, state=state, failure=failure, progress=0.63)


def ledger_row(number: int) -> Json:
    """Rows of every outcome."""
    outcome, reason = (
        ("imported", None),
        ("duplicate", "same_content"),
        ("rejected", "crc_mismatch"),
        ("ignored", "system_file"),
        ("rejected", "zero_byte"),
    )[number % 5]
    known = outcome in {"imported", "duplicate"}
    return {
        "name": f"한빛물산/{number:04}.eml",
        "outcome": outcome,
        "reason": reason,
        "detail": None,
        "bytes": 4_000 + number * 311,
        "subject": f"[한빛물산] 견적서 회신 {number}차 — 납기와 단가 조정 건" if known else None,
        "date": instant(datetime(2025, 4, 11, 2, 20, tzinfo=UTC)) if known else None,
        "date_from": "received" if known else None,
    }


def walk(page: Page, site: StandIn, upload: Json, folder: Path, seen: Seen) -> None:
    """Opens every screen and dialog, by what does not depend on the language."""
    here = f"{site.page_url}/acme.example"
    seen("sign-in")
    page.locator("#signin-id").fill("kim")
    page.keyboard.press("Enter")
    page.locator("#signin-password").fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    seen("password")
    page.locator("#signin-password").fill("kim-password")
    page.keyboard.press("Enter")
    page.locator(".rows .row").first.wait_for()
    seen("backups")
    page.locator("[data-do=ask]").click()
    page.locator("#period-range").check()
    page.locator(".figure-big").wait_for()
    seen("request")
    page.keyboard.press("Escape")
    page.locator("[data-do=delete]").first.click()
    page.locator("dialog").wait_for()
    seen("delete")
    page.keyboard.press("Escape")
    page.goto(f"{here}#/uploads")
    page.locator(".rows .row").first.wait_for()
    seen("uploads")
    with page.expect_file_chooser() as chooser:
        page.locator("[data-do=choose]").click()
    chooser.value.set_files(sample_zip(folder))
    page.locator(".estimate details").first.wait_for()
    page.locator(".estimate summary").first.click()
    seen("before-upload")
    page.keyboard.press("Escape")
    page.goto(f"{here}#/uploads/{upload['id']}")
    page.locator(".entry").first.wait_for()
    page.locator(".entry button").first.click()
    seen("result")
    page.goto(f"{here}#/mailboxes")
    page.locator("tbody tr").first.wait_for()
    seen("mailboxes")
    page.locator("[data-do=add-mailbox]").click()
    seen("new-mailbox")
    page.keyboard.press("Escape")
    walk_mail(page, site, seen)
    page.goto(f"{here}#/move")
    page.locator(".provider").first.wait_for()
    page.locator(".provider summary").first.click()
    seen("bring-mail")
    page.goto(f"{here}#/account")
    page.locator("[data-do=enrol]").wait_for()
    seen("account")
    page.locator("[data-do=schedule]").click()
    page.locator("dialog").wait_for()
    seen("schedule")
    page.keyboard.press("Escape")
    page.locator("[data-do=enrol]").click()
    page.locator(".qr").wait_for()
    seen("second-factor")
    page.keyboard.press("Escape")


def walk_mail(page: Page, site: StandIn, seen: Seen) -> None:
    """A mailbox, a mail, what a search finds, and how one may search."""
    here = f"{site.page_url}/acme.example"
    inbox = site.world.accounts["kim@acme.example"].mailboxes[0]["id"]
    page.goto(f"{here}#/mailboxes/{inbox}")
    page.locator(".mail-link").first.wait_for()
    seen("mails")
    page.locator(".mail-link").nth(4).click()
    page.locator("iframe[data-filled]").wait_for()
    seen("mail")
    page.locator("[data-do=mail-menu]").click()
    page.locator("[data-do=source]").click()
    seen("mail-source")
    page.goto(f"{here}#/search/{quote('견적서')}")
    page.locator(".mail-link mark").first.wait_for()
    seen("search")
    page.goto(f"{here}#/search")
    page.locator("main code").first.wait_for()
    seen("search-ways")


def walk_special(page: Page, site: StandIn, seen: Seen) -> None:
    """An account whose mail is not set up, and nothing to show yet."""
    kim = site.world.accounts["kim@acme.example"]
    held = kim.backups, kim.uploads
    kim.backups, kim.uploads = [], []
    kim.mail_ready, kim.not_ready_reason, kim.notices = False, "mail_not_set_up", "bounced"
    page.reload()
    page.goto(f"{site.page_url}/acme.example#/backups")
    page.locator(".note.warn h2").wait_for()
    seen("not-ready")
    kim.mail_ready, kim.notices = True, "on"
    page.reload()
    page.locator(".empty").wait_for()
    seen("nothing-yet")
    kim.backups, kim.uploads = held
