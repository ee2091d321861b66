"""What a person does on the page, in their words."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import time
import zipfile
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page, Playwright, expect

from tests.browser.conftest import ARGUMENTS, SCREENS, OpenPage, chromium_path
from tests.browser.stand_in import StandIn
from tests.support.local_cloud import LocalCloud


def sign_in(page: Page, name: str = "kim", password: str | None = None) -> None:
    """From the company's own address to the first screen."""
    page.get_by_label("아이디").fill(name)
    page.get_by_role("button", name="다음").click()
    page.get_by_label("비밀번호", exact=True).fill(password or f"{name}-password")
    page.get_by_role("button", name="로그인", exact=True).click()


def signed_in(page: Page) -> None:
    """Waits for the list of backups."""
    expect(page.get_by_role("heading", name="백업 목록", level=1)).to_be_visible()


#: Once a tab, and not in the frames of mails.
_SESSION = """if (window.top === window && location.protocol === "http:" && window.name === "") {{
    window.name = "signed in";
    sessionStorage.setItem("pyeonji.session", JSON.stringify({session}));
}}"""


def open_signed(open_page: OpenPage, site: StandIn, name: str = "kim", **look: Any) -> Page:
    """The list of backups in a tab whose person signed in a moment ago. Signing in itself has tests
    of its own, and takes as long as many a test."""
    email = f"{name}@acme.example"
    session = {"email": email, "keep": False, **site.issue(email)}
    session["expires_at"] = int((time.time() + site.lifetime) * 1000)
    page = open_page("about:blank", **look)
    page.add_init_script(_SESSION.format(session=json.dumps(session)))
    page.goto(f"{site.page_url}/acme.example")
    signed_in(page)
    return page


def enter(page: Page, email: str, password: str) -> None:
    """Signs in on the screen that is open, by the keyboard."""
    page.locator("#signin-id").fill(email)
    page.keyboard.press("Enter")
    page.locator("#signin-password").fill(password)
    page.keyboard.press("Enter")


def open_menu(page: Page) -> None:
    """The account's menu: language, account, signing out."""
    page.locator("[data-do=account-menu]").click()


def sign_out(page: Page) -> None:
    """By the menu, as far as the question that may come."""
    open_menu(page)
    page.locator("[data-do=sign-out]").click()


def switch_language(page: Page, language: str) -> None:
    """By the menu; "ko" or "en"."""
    open_menu(page)
    page.locator(f"[data-do=language-{language}]").click()
    page.keyboard.press("Escape")


def here(cloud: LocalCloud, place: str = "") -> str:
    """The company's own address on the local cloud."""
    return f"{cloud.web_url}/acme.example{place}"


def shot(page: Page, name: str) -> None:
    """A picture of the screen for people to look at."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(
        path=SCREENS / f"{name}.png", full_page=page.locator("dialog[open]").count() == 0
    )


def wire_bytes(page: Page, *, fonts: bool = False) -> int:
    """What has come over the network since the page was opened, headers and all: the fonts, or
    everything else."""
    kinds = "['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))"
    chosen = f"{kinds}.filter((each) => each.name.includes('/fonts/') === {str(fonts).lower()})"
    total: int = page.evaluate(f"{chosen}.reduce((sum, each) => sum + each.transferSize, 0)")
    return total


def mail(number: int, size: int = 400) -> bytes:
    """A small message that does not compress."""
    head = (
        f"From: a@acme.example\r\nSubject: {number}\r\nDate: Mon, 2 Mar 2026 10:10:00 +0900\r\n\r\n"
    )
    body = b"".join((number * 7919 + i).to_bytes(4, "big").hex().encode() for i in range(size // 8))
    return head.encode() + body


def zip_bytes(members: dict[str, bytes]) -> bytes:
    """A stored ZIP of these members (stored, so that its size is known)."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return held.getvalue()


def sample_zip(folder: Path, *, mails: int = 12, size: int = 400, name: str = "편지.zip") -> Path:
    """A ZIP with mails and one of each thing that is not."""
    members = {f"받은편지함/{n:04d}.eml": mail(n, size) for n in range(mails)}
    members |= {
        "받은편지함/": b"",
        "받은편지함/빈 메일.eml": b"",
        "받은편지함/메모.txt": b"not mail",
        "받은편지함/0000 복사본.eml": mail(0, size),
        "__MACOSX/._0000.eml": b"junk",
    }
    path = folder / name
    path.write_bytes(zip_bytes(members))
    return path


def choose_file(page: Page, path: Path, button: str = "파일 선택") -> None:
    """Chooses a file by the button of the upload screen."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=button).click()
    chooser.value.set_files(path)


def launch(
    playwright: Playwright, profile: Path, url: str, script: str
) -> tuple[BrowserContext, Page]:
    """A browser of its own that keeps its data in `profile`."""
    context = playwright.chromium.launch_persistent_context(
        profile, executable_path=chromium_path(), locale="ko-KR", headless=True, args=ARGUMENTS
    )
    context.add_init_script(script)
    page = context.pages[0]
    page.set_default_timeout(10_000)
    page.goto(url)
    return context, page


def kill(context: BrowserContext, profile: Path) -> None:
    """SIGKILL to every process of the browser that runs on this profile."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(profile) in (folder / "cmdline").read_text():
                os.kill(int(folder.name), signal.SIGKILL)
    with contextlib.suppress(Error):
        context.close()
    time.sleep(0.5)
    for name in ("SingletonLock", "SingletonSocket", "SingletonCookie"):
        (profile / name).unlink(missing_ok=True)
