"""The same page in Firefox: signing in, a request, an upload and its result."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import SCREENS
from tests.browser.firefox import Firefox
from tests.browser.stand_in import StandIn
from tests.browser.steps import mail, zip_bytes

pytestmark = pytest.mark.browser

#: In a page's own words: nothing of what the test knows by other ways.
TEXT = "document.body.innerText"


@pytest.fixture
def firefox(profile: Path) -> Iterator[Firefox]:
    if not (shutil.which("firefox-esr") or shutil.which("firefox")):
        pytest.skip("firefox is not installed (apt-get install firefox-esr)")
    running = Firefox(profile)
    yield running
    running.close()


def until(firefox: Firefox, condition: str, seconds: float = 20) -> None:
    """Waits for the page."""
    deadline = time.monotonic() + seconds
    while firefox.evaluate(f"String(Boolean({condition}))") != "true":
        assert time.monotonic() < deadline, firefox.evaluate(TEXT)
        time.sleep(0.1)


def test_the_way_through(firefox: Firefox, site: StandIn) -> None:
    firefox.open(f"{site.page_url}/acme.example")
    firefox.evaluate("localStorage['pyeonji.language'] = 'ko', ''")
    firefox.open(f"{site.page_url}/acme.example?")
    until(firefox, "document.activeElement?.id === 'signin-id'")
    firefox.type("kim\n")
    until(firefox, "document.activeElement?.id === 'signin-password'")
    firefox.picture(SCREENS / "firefox-sign-in.png")
    firefox.type("kim-password\n")
    until(firefox, "document.querySelector('.empty')")
    firefox.evaluate("document.querySelector('[data-do=ask]').click(), ''")
    until(firefox, "document.querySelector('.figure-big')")
    firefox.picture(SCREENS / "firefox-request.png")
    firefox.evaluate("document.querySelector('dialog form').requestSubmit(), ''")
    until(firefox, f"{TEXT}.includes('다운로드 (~')")
    firefox.picture(SCREENS / "firefox-backups.png")

    firefox.evaluate("location.hash = '#/uploads', ''")
    until(firefox, "document.querySelector('.drop')")
    data = json.dumps(list(zip_bytes({"1.eml": mail(1), "2.txt": b"x"})))
    firefox.evaluate(
        f"(() => {{ const held = new DataTransfer();"
        f"held.items.add(new File([new Uint8Array({data})], '불여우.zip'));"
        "const what = {dataTransfer: held, bubbles: true, cancelable: true};"
        "document.querySelector('.drop').dispatchEvent(new DragEvent('drop', what));"
        "return ''; })()"
    )
    until(firefox, f"{TEXT}.includes('메일 1통을 보냅니다')")
    firefox.evaluate("document.querySelector('dialog form').requestSubmit(), ''")
    until(firefox, "document.querySelector('.row-link')")
    firefox.evaluate("document.querySelector('.row-link').click(), ''")
    until(firefox, "document.querySelector('.entry')")
    firefox.picture(SCREENS / "firefox-result.png")
    assert "EML 파일이 아닙니다" in firefox.evaluate(TEXT)
