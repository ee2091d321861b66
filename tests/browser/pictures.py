"""The pictures of the page in the README: `make pictures`, wherever Chromium is.

The page against the stand-in for the service, with a company that looks like one at work.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

import tests.browser.stand_in_mail  # noqa: F401 (registers the routes)
from tests.browser.gallery import ledger_row
from tests.browser.stand_in import StandIn
from tests.browser.steps import sign_in, signed_in

TARGET = Path(__file__).parents[2] / "docs" / "pictures"


def at_work(site: StandIn) -> str:
    """Backups and uploads of kim's; the id of the upload whose result is shown."""
    world, kim = site.world, site.world.accounts["kim@acme.example"]
    world.moving = False
    world.add_backup(kim, kim.mailboxes[1:2], {"kind": "all"}, state="expired")
    for mailboxes, steps in ((kim.mailboxes[:2], 4), (kim.mailboxes[:4], 4)):
        backup = world.add_backup(kim, mailboxes, {"kind": "this_year"})
        for _ in range(steps):
            world.move_backup(backup)
    for volume in kim.backups[1]["volumes"]:
        volume["bytes"] = int(volume["bytes"] * 0.61)
    box = kim.mailboxes[3]["id"]
    body = {"filename": "한빛물산 2019-2024.zip", "bytes": 11_400_320, "mailbox_id": box}
    upload = world.add_upload(kim, body)
    rows = [ledger_row(n) for n in range(480)]
    for number, row in enumerate(rows):
        if row["outcome"] == "rejected":
            subject = f"[한빛물산] 거래명세서 {2019 + number % 6}년 {number % 12 + 1}월분"
            row.update(ledger_row(0), name=row["name"], subject=subject)
    world.finish(upload, rows)
    return str(upload["id"])


def take(page: Page, site: StandIn, upload: str) -> None:
    """The list with a request on it, and a result."""
    page.goto(f"{site.page_url}/acme.example")
    sign_in(page)
    signed_in(page)
    page.locator(".rows .row").first.wait_for()
    page.wait_for_timeout(2_000)  # the letters of names
    page.screenshot(path=TARGET / "backups.png")
    page.goto(f"{site.page_url}/acme.example#/uploads/{upload}")
    page.locator(".entry").first.wait_for()
    page.wait_for_timeout(500)
    page.screenshot(path=TARGET / "result.png")


def main() -> int:
    """0 when both are written."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("pictures: chromium is not installed (apt-get install chromium)", file=sys.stderr)
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    site = StandIn().start()
    upload = at_work(site)
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(locale="ko-KR", viewport={"width": 1200, "height": 750})
        take(page, site, upload)
        browser.close()
    site.stop()
    for path in sorted(TARGET.glob("*.png")):
        print(f"{path.name}: {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
