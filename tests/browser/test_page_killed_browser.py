"""The browser killed in the middle of an upload: the next one goes on where it stopped."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from tests.browser.conftest import NO_PICKER
from tests.browser.stand_in import StandIn
from tests.browser.steps import choose_file, kill, launch, sample_zip, sign_in
from tests.browser.world import KIB

pytestmark = pytest.mark.browser

#: A picker that answers with a file of the origin's private file system: a real handle, which
#: can be kept in IndexedDB and opened again, without a window that no test can operate.
PICKER = """
window.showOpenFilePicker = async () => {
  const root = await navigator.storage.getDirectory();
  return [await root.getFileHandle("편지.zip")];
};
"""


def start(
    playwright: Playwright, profile: Path, site: StandIn, script: str
) -> tuple[BrowserContext, Page]:
    context, page = launch(playwright, profile, f"{site.page_url}/acme.example#/uploads", script)
    sign_in(page)
    expect(page.get_by_role("heading", name="업로드 목록")).to_be_visible()
    return context, page


def sent_half(page: Page, site: StandIn, total: int) -> int:
    """Waits until about a third of the parts has arrived; how many."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        page.wait_for_timeout(100)
        arrived = sum(len(parts) for parts in site.world.parts.values())
        if arrived >= total // 3:
            return arrived
    raise AssertionError("the upload does not move")


@pytest.fixture
def large(tmp_path: Path) -> Path:
    return sample_zip(tmp_path, mails=50, size=100 * KIB)


def parts_of(path: Path) -> int:
    return -(-path.stat().st_size // (256 * KIB))


def test_resume_by_choosing_the_file_again(
    playwright: Playwright, profile: Path, site: StandIn, large: Path, tmp_path: Path
) -> None:
    site.bytes_per_second = 500_000
    context, page = start(playwright, profile, site, NO_PICKER)
    choose_file(page, large)
    page.get_by_role("button", name="신청하기").click()
    arrived = sent_half(page, site, parts_of(large))
    kill(context, profile)
    site.bytes_per_second = 0
    time.sleep(1)  # what was in flight has been let go
    before = site.count("PUT", "/")
    context, page = start(playwright, profile, site, NO_PICKER)
    row = page.get_by_role("listitem").filter(has_text="편지.zip")
    expect(row).to_contain_text("보내다 멈춤")
    resume = row.get_by_role("button", name="이어서 보내기")
    other = large.read_bytes()[:-40] + b"x" * 40
    (tmp_path / "다른.zip").write_bytes(other)  # the same size, another end
    with page.expect_file_chooser() as chooser:
        resume.click()
    chooser.value.set_files(tmp_path / "다른.zip")
    expect(page.get_by_role("alert")).to_contain_text("처음에 고른 파일과 다릅니다")
    with page.expect_file_chooser() as chooser:
        resume.click()
    chooser.value.set_files(large)
    expect(page.get_by_role("link", name="결과 보기")).to_be_visible(timeout=20_000)
    assert site.count("PUT", "/") - before <= parts_of(large) - arrived, "nothing is sent twice"
    assert site.world.accounts["kim@acme.example"].uploads[0]["totals"]["imported"] == 50
    context.close()


def test_resume_with_the_file_remembered(
    playwright: Playwright, profile: Path, site: StandIn, large: Path
) -> None:
    site.bytes_per_second = 500_000
    context, page = start(playwright, profile, site, PICKER)
    page.evaluate(
        """async ([name, text]) => {
          const root = await navigator.storage.getDirectory();
          const file = await root.getFileHandle(name, {create: true});
          const writer = await file.createWritable();
          await writer.write(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
          await writer.close();
        }""",
        ["편지.zip", base64_of(large)],
    )
    page.get_by_role("button", name="파일 선택").click()
    page.get_by_role("button", name="신청하기").click()
    sent_half(page, site, parts_of(large))
    kill(context, profile)
    site.bytes_per_second = 0
    context, page = start(playwright, profile, site, PICKER)
    page.get_by_role("button", name="이어서 보내기").click()  # and nothing has to be chosen
    expect(page.get_by_role("link", name="결과 보기")).to_be_visible(timeout=20_000)
    context.close()


def base64_of(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
