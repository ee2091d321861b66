"""A ZIP with a password is opened on the person's computer; the password leaves it in no form."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import OpenPage
from tests.browser.stand_in import StandIn
from tests.browser.steps import choose_file, mail, open_signed
from tests.support.locked_zips import aes_zip, old_zip

pytestmark = pytest.mark.browser

PASSWORD = "비밀Q1-swordfish"
MEMBERS = {"받은편지함/a.eml": mail(1), "받은편지함/b.eml": mail(2), "보낸편지함/c.eml": mail(3)}


@pytest.fixture
def page(open_page: OpenPage, site: StandIn) -> Page:
    opened = open_signed(open_page, site)
    opened.get_by_role("link", name="업로드", exact=True).click()
    return opened


@pytest.mark.parametrize(
    ("make", "spelling"), [(aes_zip, "utf-8"), (aes_zip, "cp949"), (old_zip, "cp949")]
)
def test_it_is_opened_here_and_sent_without_a_password(
    page: Page, site: StandIn, tmp_path: Path, make: Callable[..., Path], spelling: str
) -> None:
    sent: list[bytes] = []

    def note(request: Request) -> None:
        held = request.post_data_buffer or b""
        sent.append(request.url.encode() + repr(request.headers).encode() + held)

    page.on("request", note)
    choose_file(page, make(tmp_path / "잠긴 메일.zip", MEMBERS, PASSWORD.encode(spelling)))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("받을 수 없는 파일 3건")
    field = dialog.get_by_label("ZIP의 암호")
    field.fill("틀림")
    field.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("암호가 맞지 않습니다")
    expect(field).to_be_focused()
    field.fill(PASSWORD)
    dialog.get_by_role("button", name="암호 풀기").click()
    expect(dialog).to_contain_text("메일 3통을 보냅니다")
    expect(field).to_have_count(0)
    dialog.get_by_role("button", name="신청하기").click()
    expect(page.locator(".rows .row").first).to_contain_text("성공 3")
    [upload] = site.world.accounts["kim@acme.example"].uploads
    data = b"".join(part for _, part in sorted(site.world.content[upload["id"]].items()))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {info.filename: archive.read(info) for info in archive.infolist()} == MEMBERS
    kept = page.evaluate(
        "async () => JSON.stringify([{...localStorage}, {...sessionStorage},"
        " (await indexedDB.databases()).map((each) => each.name)])"
    )
    for secret in (PASSWORD.encode(), PASSWORD.encode("utf-16-le"), b"swordfish"):
        assert not any(secret in each for each in [*sent, data, kept.encode()])
    assert len(sent) > 3
