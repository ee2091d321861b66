"""A real browser (Debian's Chromium, driven by Playwright) and something to point it at."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    sync_playwright,
)

import tests.browser.stand_in_mail  # noqa: F401 (registers the routes)
from pyeonji.domain.accounts import Account
from tests.browser.stand_in import StandIn
from tests.support.local_cloud import LocalCloud

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: Of newcomers.
PASSWORD = "Pyeonji-New-2026"
# make hands an empty LOCAL_DIR on where none was given.
SCREENS = Path(os.environ.get("LOCAL_DIR") or Path(__file__).parents[2] / ".local") / "screens"


def chromium_path() -> str:
    """Debian's browser, or a skip that says so."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    return found


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(
        executable_path=chromium_path(), headless=True, args=ARGUMENTS
    )
    yield launched
    launched.close()


@pytest.fixture
def profile() -> Iterator[Path]:
    """A fresh user-data-dir."""
    with tempfile.TemporaryDirectory(
        prefix="pyeonji-profile-", ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


@pytest.fixture
def site() -> Iterator[StandIn]:
    running = StandIn().start()
    yield running
    running.stop()


OpenPage = Callable[..., Page]

#: The picker for handles cannot be driven; without it the page uses the plain file field.
NO_PICKER = "delete window.showOpenFilePicker"


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens a page in a context of its own: `open_page(url, language=…, scheme=…, width=…)`. At the
    end no page may have logged an error or been stopped by the Content-Security-Policy."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_it(
        url: str,
        *,
        language: str = "ko-KR",
        scheme: Literal["light", "dark"] = "light",
        width: int = 1280,
        height: int = 900,
        mobile: bool = False,
    ) -> Page:
        context = browser.new_context(
            locale=language,
            color_scheme=scheme,
            viewport={"width": width, "height": height},
            device_scale_factor=2 if mobile else 1,
            has_touch=mobile,
            accept_downloads=True,
        )
        contexts.append(context)
        context.add_init_script(NO_PICKER)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complain(message, complaints))
        page.set_default_timeout(8_000)
        page.goto(url)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []


def complain(message: ConsoleMessage, complaints: list[str]) -> None:
    """Failed requests are what many tests are about; anything else red is a mistake of ours."""
    if message.type == "error" and "Failed to load resource" not in message.text:
        complaints.append(message.text)


#: Makes somebody new and answers the address.
Newcomer = Callable[[str], str]


@pytest.fixture
def newcomer(local_cloud: LocalCloud) -> Newcomer:
    """People of one's own, so that tests do not meet in one account."""

    def make(name: str) -> str:
        email = f"{name}-{os.getpid()}-{time.monotonic_ns()}@acme.example"
        cognito = local_cloud.client("cognito-idp")
        pool = local_cloud.services.settings.user_pool_id
        cognito.admin_create_user(UserPoolId=pool, Username=email, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True
        )
        local_cloud.services.accounts.put_account(Account(email))
        answer = local_cloud.call("POST", "/session", {"email": email, "password": PASSWORD})
        token = answer.body["id_token"]
        local_cloud.call("POST", "/mailboxes", {"path": "받은편지함"}, token=token)
        return email

    return make
