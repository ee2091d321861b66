"""Sending a ZIP: what it holds, what is refused, and everything that can go wrong on the way."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pyeonji.words import say
from tests.browser.conftest import OpenPage
from tests.browser.stand_in import Fault, StandIn
from tests.browser.steps import (
    choose_file,
    mail,
    open_signed,
    sample_zip,
    sign_in,
    sign_out,
    signed_in,
    zip_bytes,
)
from tests.browser.world import KIB, Account

pytestmark = pytest.mark.browser


@pytest.fixture
def kim(site: StandIn) -> Account:
    return site.world.accounts["kim@acme.example"]


@pytest.fixture
def page(open_page: OpenPage, site: StandIn) -> Page:
    opened = open_signed(open_page, site)
    opened.get_by_role("link", name="업로드", exact=True).click()
    return opened


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A ZIP of some 5 MB: twenty parts of the stand-in's."""
    return sample_zip(tmp_path, mails=50, size=100 * KIB)


def begin(page: Page, path: Path) -> None:
    choose_file(page, path)
    page.get_by_role("button", name="신청하기").click()


def test_what_the_zip_holds_is_said_before_anything_is_sent(
    page: Page, site: StandIn, tmp_path: Path
) -> None:
    choose_file(page, sample_zip(tmp_path))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("메일 13통을 보냅니다")
    dialog.get_by_text("받을 수 없는 파일 2건").click()
    expect(dialog.get_by_text("내용이 없는 0바이트 파일입니다")).to_be_visible()
    expect(dialog.get_by_text("받은편지함/메모.txt")).to_be_visible()
    dialog.get_by_text("제외할 항목 2건").click()
    expect(dialog.get_by_text("__MACOSX/._0000.eml")).to_be_visible()
    assert site.count("POST", "/uploads") == 0


def test_from_the_choice_to_the_result(
    page: Page, site: StandIn, kim: Account, large: Path
) -> None:
    begin(page, large)
    row = page.get_by_role("listitem").filter(has_text="편지.zip")
    expect(row).to_contain_text("완료", timeout=20_000)
    expect(row).to_contain_text("성공 50 · 중복 1 · 제외 2 · 실패 2")
    sent = b"".join(part for _, part in sorted(site.world.content[kim.uploads[0]["id"]].items()))
    assert hashlib.sha256(sent).digest() == hashlib.sha256(large.read_bytes()).digest()
    assert site.most_at_once > 1, "parts go up in parallel"
    row.get_by_role("link", name="결과 보기").click()
    entry = page.get_by_role("listitem").filter(has_text="빈 메일.eml")
    expect(entry).to_contain_text("내용이 없는 0바이트 파일입니다")
    entry.get_by_role("button", name="자세히 보기").click()
    expect(entry).to_contain_text("다시 내보내 주세요")
    page.get_by_label("중복").check()
    expect(page.get_by_text("이 편지함에 똑같은 메일이 이미 있습니다")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV로 받기").click()
    assert download.value.suggested_filename == "ledger.csv"


def test_dropping_a_file(page: Page, tmp_path: Path) -> None:
    data = list(zip_bytes({"a.eml": mail(1)}))
    transfer = page.evaluate_handle(
        "data => { const held = new DataTransfer();"
        "held.items.add(new File([new Uint8Array(data)], '끌어온.zip')); return held; }",
        data,
    )
    page.dispatch_event(".drop", "drop", {"dataTransfer": transfer})
    expect(page.get_by_role("dialog")).to_contain_text("메일 1통을 보냅니다")


def test_a_new_mailbox_on_the_way(page: Page, kim: Account, tmp_path: Path) -> None:
    choose_file(page, sample_zip(tmp_path))
    page.get_by_role("button", name="새 편지함").click()
    page.get_by_label("편지함 이름").fill("받은편지함")
    page.get_by_role("button", name="만들기").click()
    expect(page.get_by_role("dialog").last.get_by_role("alert")).to_contain_text("이미 있")
    page.get_by_label("편지함 이름").fill("옛 메일 / 2019")
    page.keyboard.press("Enter")
    page.get_by_label("둘 다 보관하기").check()
    page.get_by_role("button", name="신청하기").click()
    expect(page.get_by_text("옛 메일/2019")).to_be_visible()
    assert kim.uploads[0]["mailbox_path"] == "옛 메일/2019"


def test_too_large_or_not_a_zip_is_refused_before_the_first_byte(
    page: Page, site: StandIn, tmp_path: Path
) -> None:
    big = tmp_path / "큰 파일.zip"
    with big.open("wb") as file:
        file.truncate(2048 * 1024 * KIB)  # sparse: 2 GiB on paper
    choose_file(page, big)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2GB 이상인 ZIP은 올릴 수 없으니")
    page.keyboard.press("Escape")
    other = tmp_path / "메일.alz"
    other.write_bytes(b"ALZ")
    choose_file(page, other)
    expect(dialog).to_contain_text("EML 파일(.eml)만")
    assert site.count("POST", "/uploads") == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"this is no archive at all", "ZIP 파일이 아니거나"),
        (b"PK\5\6" + bytes(18), "안에 아무것도 없는 파일"),
        (b"PK\5\6\1\0\1\0\1\0\1\0" + bytes(10), "여러 조각으로 나뉜 ZIP"),
        (zip_bytes({"사진.jpg": b"x"}), "넣을 수 있는 메일(.eml)이 없습니다"),
    ],
)
def test_what_cannot_be_read_is_said_at_once(
    page: Page, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "이상한.zip"
    path.write_bytes(content)
    choose_file(page, path)
    expect(page.get_by_role("dialog")).to_contain_text(words)
    expect(page.get_by_role("button", name="신청하기")).to_be_disabled()


def test_a_failed_part_is_sent_again_alone(page: Page, site: StandIn, large: Path) -> None:
    site.faults += [
        Fault("PUT", "/3$", status=500),
        Fault("PUT", "/5$"),
        Fault("PUT", "/7$", status=403),
    ]
    begin(page, large)
    expect(page.get_by_role("link", name="결과 보기")).to_be_visible(timeout=20_000)
    parts = -(-large.stat().st_size // (256 * KIB))
    assert site.count("PUT", "/") == parts + 3
    for number in (3, 5, 7):
        assert site.count("PUT", f"/{number}$") == 2


def test_pausing_and_going_on(page: Page, site: StandIn, large: Path) -> None:
    site.bytes_per_second = 200_000  # not over before a slow machine pauses it
    begin(page, large)
    row = page.get_by_role("listitem").filter(has_text="편지.zip")
    expect(row).to_contain_text(re.compile(r"초당 .* 남음"), timeout=10_000)
    row.get_by_role("button", name="일시 중지").click()
    resume = row.get_by_role("button", name="이어서 보내기")
    expect(resume).to_be_focused()
    # What was on its way has arrived, however long that took.
    expect(row.get_by_text("일시 중지", exact=True).first).to_be_visible(timeout=15_000)
    held = site.count("PUT", "/")
    page.wait_for_timeout(800)
    assert site.count("PUT", "/") == held
    site.bytes_per_second = 0
    resume.click()
    expect(page.get_by_role("link", name="결과 보기")).to_be_visible(timeout=20_000)


def test_the_network_gone_in_the_middle(page: Page, site: StandIn, large: Path) -> None:
    site.bytes_per_second = 400_000
    begin(page, large)
    row = page.get_by_role("listitem").filter(has_text="편지.zip")
    expect(row).to_contain_text("보내는 중")
    page.wait_for_timeout(1_500)
    page.context.set_offline(True)
    expect(page.get_by_text("인터넷 연결이 끊겼습니다")).to_be_visible()
    expect(row).to_contain_text("연결되면 이어서 보냅니다", timeout=10_000)
    page.wait_for_timeout(1_000)
    site.bytes_per_second = 0
    page.context.set_offline(False)  # nobody presses anything
    expect(page.get_by_role("link", name="결과 보기")).to_be_visible(timeout=20_000)


def test_the_session_ends_in_the_middle(page: Page, site: StandIn, large: Path) -> None:
    site.bytes_per_second = 400_000
    begin(page, large)
    expect(page.get_by_text("보내는 중")).to_be_visible()
    site.forget_tokens(refresh_too=True)
    expect(page.get_by_text("오래 쓰지 않아 로그아웃되었습니다")).to_be_visible(timeout=15_000)
    site.bytes_per_second = 0
    sign_in(page)
    expect(page.get_by_role("link", name="결과 보기")).to_be_visible(timeout=20_000)


def test_it_goes_on_while_other_screens_are_shown(page: Page, site: StandIn, large: Path) -> None:
    site.bytes_per_second = 800_000
    begin(page, large)
    expect(page.get_by_text("보내는 중")).to_be_visible()
    page.get_by_role("link", name="편지함", exact=True).click()
    expect(page.get_by_role("heading", name="편지함", level=1)).to_be_visible()
    page.wait_for_timeout(2_500)
    page.get_by_role("link", name="업로드", exact=True).click()
    expect(page.get_by_role("link", name="결과 보기")).to_be_visible(timeout=20_000)


def test_a_second_tab_does_not_send_the_same_file(page: Page, site: StandIn, large: Path) -> None:
    site.bytes_per_second = 60_000
    begin(page, large)
    expect(page.get_by_text("보내는 중")).to_be_visible()
    other = page.context.new_page()
    other.goto(f"{site.page_url}/acme.example")
    sign_in(other)
    signed_in(other)
    other.get_by_role("link", name="업로드", exact=True).click()
    row = other.get_by_role("listitem").filter(has_text="편지.zip")
    expect(row).to_contain_text("다른 탭에서 보내는 중")
    expect(row.get_by_role("button", name="이어서 보내기")).to_have_count(0)
    page.close()
    expect(row).to_contain_text("보내다 멈춤", timeout=15_000)
    expect(row.get_by_role("button", name="이어서 보내기")).to_be_visible()


def test_signing_out_in_the_middle_asks_first(page: Page, site: StandIn, large: Path) -> None:
    site.bytes_per_second = 60_000
    begin(page, large)
    expect(page.get_by_text("보내는 중")).to_be_visible()
    sign_out(page)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("아직 보내는 중입니다")
    dialog.get_by_role("button", name="돌아가기").click()
    expect(page.get_by_text("보내는 중")).to_be_visible()
    sign_out(page)
    dialog.get_by_role("button", name="로그아웃").click()
    expect(page.get_by_label("아이디")).to_be_visible()
    site.bytes_per_second = 0
    sign_in(page)
    page.get_by_role("link", name="업로드", exact=True).click()
    page.get_by_role("button", name="이어서 보내기").click()
    expect(page.get_by_role("link", name="결과 보기")).to_be_visible(timeout=20_000)


def test_giving_up_an_upload(page: Page, site: StandIn, kim: Account, large: Path) -> None:
    site.bytes_per_second = 60_000
    begin(page, large)
    page.get_by_role("button", name="취소 편지.zip").click()
    expect(page.get_by_role("dialog")).to_contain_text("처음부터 보내야 합니다")
    page.get_by_role("button", name="업로드 취소", exact=True).click()
    expect(page.get_by_role("listitem").filter(has_text="편지.zip")).to_have_count(0)
    assert kim.uploads == []


def test_a_file_changed_on_the_way_is_noticed(page: Page, site: StandIn, large: Path) -> None:
    site.bytes_per_second = 300_000
    begin(page, large)
    expect(page.get_by_text("보내는 중")).to_be_visible()
    large.write_bytes(b"something else entirely")
    expect(page.get_by_text("파일을 읽을 수 없습니다")).to_be_visible(timeout=20_000)


def test_one_sent_from_elsewhere_can_only_be_given_up(
    page: Page, site: StandIn, kim: Account
) -> None:
    site.world.add_upload(
        kim, {"filename": "pc.zip", "bytes": 10**6, "mailbox_id": kim.mailboxes[0]["id"]}
    )
    page.reload()
    row = page.get_by_role("listitem").filter(has_text="pc.zip")
    expect(row).to_contain_text("다 오지 않음")
    expect(row.get_by_role("button", name="이어서 보내기")).to_have_count(0)
    expect(row.get_by_role("button", name="취소 pc.zip")).to_be_visible()


def test_a_failed_upload_says_why_and_can_be_tried_again(
    page: Page, site: StandIn, kim: Account
) -> None:
    site.world.moving = False
    body = {"filename": "늦음.zip", "bytes": 10**6, "mailbox_id": kim.mailboxes[0]["id"]}
    site.world.add_upload(kim, body, state="failed", failure={"code": "timed_out", "detail": "…"})
    page.reload()
    row = page.get_by_role("listitem").filter(has_text="늦음.zip")
    expect(row).to_contain_text("제한 시간 안에 끝내지 못했습니다")
    row.get_by_role("button", name="다시 시도").click()
    expect(row).to_contain_text("확인 중")


def test_a_failed_one_that_got_somewhere_has_a_result(
    page: Page, site: StandIn, kim: Account
) -> None:
    site.world.moving = False
    body = {"filename": "반쯤.zip", "bytes": 10**6, "mailbox_id": kim.mailboxes[0]["id"]}
    upload = site.world.add_upload(kim, body)
    rows = [{"name": "1.eml", "outcome": "rejected", "reason": "over_quota", "bytes": 10}]
    site.world.finish(upload, rows)
    upload.update(state="failed", failure={"code": "timed_out", "detail": "…"})
    page.reload()
    page.get_by_role("link", name="결과 보기").click()
    expect(page.get_by_text("편지함 용량이 가득 찼습니다")).to_be_visible()
    page.get_by_role("button", name="다시 시도").click()
    expect(page.get_by_role("heading", name="업로드 목록")).to_be_visible()
    expect(page.get_by_text("확인 중")).to_be_visible()


def test_a_result_that_is_not_there_yet(page: Page, site: StandIn, kim: Account) -> None:
    site.world.moving = False
    body = {"filename": "아직.zip", "bytes": 10**6, "mailbox_id": kim.mailboxes[0]["id"]}
    upload = site.world.add_upload(kim, body, state="importing")
    page.goto(f"{site.page_url}/acme.example#/uploads/{upload['id']}")
    expect(page.get_by_text("아직 넣는 중입니다")).to_be_visible()
    page.goto(f"{site.page_url}/acme.example#/uploads/U0000")
    expect(page.get_by_role("alert")).to_contain_text(say("upload_not_found", "ko"))


def test_a_long_list_comes_in_pages(page: Page, site: StandIn, kim: Account) -> None:
    body = {"filename": "하나.zip", "bytes": 10**6, "mailbox_id": kim.mailboxes[0]["id"]}
    for _ in range(120):
        site.world.add_upload(kim, body, state="abandoned")
    page.reload()
    rows = page.locator(".rows > li")
    for count in (50, 100):
        expect(rows).to_have_count(count)
        page.get_by_role("button", name="더 보기").click()
    expect(rows).to_have_count(120)
    expect(page.get_by_role("button", name="더 보기")).to_be_hidden()


def test_a_file_dropped_beside_its_place(page: Page, site: StandIn) -> None:
    transfer = page.evaluate_handle(
        "() => { const held = new DataTransfer();"
        "held.items.add(new File(['PK'], '옆.zip')); return held; }"
    )
    expect(page.get_by_role("button", name="파일 선택")).to_be_visible()
    page.dispatch_event("footer", "drop", {"dataTransfer": transfer})
    expect(page.get_by_role("dialog")).to_contain_text("ZIP 파일이 아니거나")
