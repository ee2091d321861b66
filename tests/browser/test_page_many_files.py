"""Many at once: a backup's files by one press, several ZIPs, loose mails and folders in a drop."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Download, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.stand_in import Fault, StandIn
from tests.browser.steps import choose_file, mail, sample_zip, sign_in, signed_in, zip_bytes
from tests.browser.world import KIB, Account, Json

pytestmark = pytest.mark.browser

#: A folder that is really the origin's private file system: writable without a window that no test
#: can operate.
FOLDER = """window.showDirectoryPicker = () => navigator.storage.getDirectory();"""
HELD = """async () => {
  const root = await navigator.storage.getDirectory();
  const found = {};
  for await (const [name, handle] of root.entries()) found[name] = (await handle.getFile()).size;
  return found;
}"""


@pytest.fixture
def kim(site: StandIn) -> Account:
    return site.world.accounts["kim@acme.example"]


@pytest.fixture
def page(open_page: OpenPage, site: StandIn) -> Page:
    opened: Page = open_page("about:blank")
    opened.context.add_init_script("delete window.showDirectoryPicker")
    opened.goto(f"{site.page_url}/acme.example")
    sign_in(opened)
    signed_in(opened)
    return opened


def ready(site: StandIn, kim: Account, files: int) -> Json:
    """A finished backup of many files, as large as the stand-in hands them out."""
    site.world.moving = False
    for number in range(files - len(kim.mailboxes)):
        path = f"거래처/{number:02}"
        box = {"id": f"N{number:025}", "path": path, "special_use": None}
        kim.mailboxes.append({**box, "messages": 3, "bytes": 9_000})
    backup = site.world.add_backup(kim, kim.mailboxes[:files], {"kind": "all"})
    while backup["state"] != "ready":
        site.world.move_backup(backup)
    for volume in backup["volumes"]:
        volume["bytes"] = 22
    return backup


def test_six_files_by_one_press(page: Page, site: StandIn, kim: Account) -> None:
    ready(site, kim, 6)
    page.reload()
    row = page.get_by_role("listitem").filter(has_text="모든 편지함 (6)").first
    got: list[Download] = []
    page.on("download", lambda download: got.append(download))
    row.get_by_role("button", name="모두 다운로드").click()
    expect(row.get_by_text("6개 중 1번째 받는 중")).to_be_visible()
    expect(row.get_by_text("6개 중 6개 받음")).to_be_visible(timeout=60_000)
    assert len({each.url for each in got}) == 6


def test_it_is_remembered_which_files_were_had(page: Page, site: StandIn, kim: Account) -> None:
    ready(site, kim, 5)
    page.reload()
    page.get_by_text("파일 5개", exact=True).click()
    with page.expect_download():
        page.get_by_role("button", name="1of5.zip").click()
    expect(page.get_by_text("5개 중 1개 받음")).to_be_visible()
    page.reload()
    expect(page.get_by_text("5개 중 1개 받음")).to_be_visible()
    page.get_by_role("button", name="나머지 다운로드").click()
    page.get_by_role("button", name="멈추기").click()
    expect(page.get_by_role("button", name="나머지 다운로드")).to_be_visible()
    assert site.count("GET", "/volumes/1/url") == 1


def test_into_a_folder_going_on_after_a_break(
    open_page: OpenPage, site: StandIn, kim: Account
) -> None:
    ready(site, kim, 5)
    page = open_page("about:blank")
    page.context.add_init_script(FOLDER)
    page.goto(f"{site.page_url}/acme.example")
    sign_in(page)
    signed_in(page)
    site.faults.append(Fault("GET", r"/2\.zip$"))
    page.get_by_role("button", name="모두 다운로드").click()
    expect(page.get_by_text("5개 중 5개 받음")).to_be_visible(timeout=30_000)
    held = page.evaluate(HELD)
    assert len(held) == 5
    assert set(held.values()) == {22}
    assert site.count("GET", r"/2\.zip$") == 2


def drop(page: Page, files: dict[str, bytes]) -> None:
    held = page.evaluate_handle(
        """files => {
          const held = new DataTransfer();
          for (const [name, data] of files)
            held.items.add(new File(
              [Uint8Array.from(atob(data), (one) => one.charCodeAt(0))],
              name, {lastModified: 1.7e12},
            ));
          return held;
        }""",
        # Not a list of numbers: each would be an object on its way into the browser.
        [[name, base64.b64encode(data).decode()] for name, data in files.items()],
    )
    page.dispatch_event(".drop", "drop", {"dataTransfer": held})


def test_zips_and_loose_mails_in_one_drop_go_up_one_after_the_other(
    page: Page, site: StandIn, kim: Account
) -> None:
    page.get_by_role("link", name="업로드", exact=True).click()
    files = {f"{name}.zip": zip_bytes({f"{name}.eml": mail(ord(name))}) for name in "ab"}
    drop(
        page, {**files, "하나.eml": mail(1), "둘.eml": mail(2), "메모.txt": b"x", ".DS_Store": b"x"}
    )
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("메일 2통을 보냅니다")).to_be_visible()
    expect(dialog.get_by_text("메일 1통을 보냅니다")).to_have_count(2)
    expect(dialog).to_contain_text("뺀 파일이 1개")
    dialog.get_by_role("button", name="신청하기").click()
    expect(page.get_by_role("link", name="결과 보기")).to_have_count(3, timeout=20_000)
    assert site.most_at_once == 1
    packed = next(each for each in kim.uploads if each["filename"] == "메일.zip")
    data = b"".join(part for _, part in sorted(site.world.content[packed["id"]].items()))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {n: archive.read(n) for n in archive.namelist()} == {
            "하나.eml": mail(1),
            "둘.eml": mail(2),
        }


def test_a_folder_with_everything_in_it(
    page: Page, site: StandIn, kim: Account, tmp_path: Path
) -> None:
    folder = tmp_path / "옛 메일"
    (folder / "2019").mkdir(parents=True)
    for number in range(3):
        (folder / "2019" / f"{number}.eml").write_bytes(mail(number))
    (folder / "묶음.zip").write_bytes(zip_bytes({"9.eml": mail(9)}))
    page.get_by_role("link", name="업로드", exact=True).click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="폴더 선택").click()
    chooser.value.set_files(folder)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("옛 메일.zip")).to_be_visible()
    expect(dialog.get_by_text("묶음.zip")).to_be_visible()
    dialog.get_by_role("button", name="신청하기").click()
    expect(page.get_by_role("link", name="결과 보기")).to_have_count(2, timeout=20_000)
    names = [row["name"] for row in site.world.entries[kim.uploads[1]["id"]]]
    names += [row["name"] for row in site.world.entries[kim.uploads[0]["id"]]]
    assert "옛 메일/2019/0.eml" in names


def test_files_dropped_again_go_on_where_they_stopped(
    page: Page, site: StandIn, kim: Account
) -> None:
    page.get_by_role("link", name="업로드", exact=True).click()
    site.bytes_per_second = 500_000
    files = {f"{n}.eml": mail(n, 200 * KIB) for n in range(12)}
    drop(page, files)
    page.get_by_role("dialog").get_by_role("button", name="신청하기").click()
    expect(page.get_by_text(re.compile(r"[1-9]\d% · "))).to_be_visible(timeout=15_000)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.get_by_text("보내다 멈춤")).to_be_visible()
    page.get_by_role("button", name="이어서 보내기").click()
    expect(page.get_by_role("alert")).to_contain_text("다시 여기에 끌어다")
    site.bytes_per_second = 0
    drop(page, files)  # nothing is asked: it is known
    expect(page.get_by_role("link", name="결과 보기")).to_be_visible(timeout=20_000)
    assert len(kim.uploads) == 1


def test_the_mailbox_a_backup_of_ours_came_from_is_chosen(
    page: Page, site: StandIn, kim: Account, tmp_path: Path
) -> None:
    path = tmp_path / "돌아온.zip"
    folder = "mail/거래처/한빛물산"
    members = {f"{folder}/1.eml": mail(1), f"{folder}/folder.json": b"{}", "archive.json": b"{}"}
    path.write_bytes(zip_bytes(members))
    page.get_by_role("link", name="업로드", exact=True).click()
    choose_file(page, path)
    chosen = page.get_by_label("넣을 편지함")
    expect(chosen).to_have_value(kim.mailboxes[3]["id"])


def test_how_far_it_is_stands_in_the_title_and_on_the_tab(
    page: Page, site: StandIn, tmp_path: Path
) -> None:
    site.bytes_per_second = 300_000
    page.get_by_role("link", name="업로드", exact=True).click()
    choose_file(page, sample_zip(tmp_path, mails=50, size=100 * KIB))
    page.get_by_role("dialog").get_by_role("button", name="신청하기").click()
    page.get_by_role("link", name="백업", exact=True).click()
    expect(page.locator(".tab-part")).to_have_text(re.compile(r"\d+%"))
    expect(page).to_have_title(re.compile(r"^\d+% · 백업 목록"))
    site.bytes_per_second = 0
    expect(page.locator(".tab-part")).to_have_count(0, timeout=20_000)
    expect(page).to_have_title(re.compile("^백업 목록"))


def test_pausing_lets_what_is_on_its_way_arrive(page: Page, site: StandIn, tmp_path: Path) -> None:
    site.bytes_per_second = 200_000
    page.get_by_role("link", name="업로드", exact=True).click()
    path = sample_zip(tmp_path, mails=50, size=100 * KIB)
    choose_file(page, path)
    page.get_by_role("dialog").get_by_role("button", name="신청하기").click()
    expect(page.get_by_text("보내는 중")).to_be_visible()
    page.wait_for_timeout(500)
    page.get_by_role("button", name="일시 중지").click()
    expect(page.get_by_text("일시 중지", exact=True).first).to_be_visible(timeout=15_000)
    site.bytes_per_second = 0
    page.get_by_role("button", name="이어서 보내기").click()
    expect(page.get_by_role("link", name="결과 보기")).to_be_visible(timeout=20_000)
    assert site.count("PUT", "/") == -(-path.stat().st_size // (256 * KIB)), "nothing is sent twice"


def test_an_upload_is_undone(page: Page, site: StandIn, kim: Account) -> None:
    body = {"filename": "되돌릴.zip", "bytes": 10**6, "mailbox_id": kim.mailboxes[0]["id"]}
    upload = site.world.add_upload(kim, body)
    site.world.finish(upload, [{"name": "1.eml", "outcome": "imported", "bytes": 10}])
    page.get_by_role("link", name="업로드", exact=True).click()
    page.get_by_role("button", name="되돌릴.zip 메뉴").click()
    page.get_by_role("button", name="업로드 되돌리기").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("메일 1통을 편지함에서 지웁니다")
    expect(dialog).to_contain_text("다른 업로드로도 들어온 같은 메일은 그대로")
    dialog.get_by_role("button", name="업로드 되돌리기").click()
    expect(page.get_by_text("되돌림", exact=True)).to_be_visible(timeout=15_000)
    expect(page.locator("#said")).to_contain_text("되돌렸습니다")
