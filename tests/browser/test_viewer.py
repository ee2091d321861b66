"""viewer.html from a disk: a backup is listed, searched, read; hostile mail does nothing."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page

from infra.local.demo_mail import demo_mailboxes
from infra.viewer import TARGET
from pyeonji.domain.ids import new_id
from pyeonji.domain.limits import MIB
from pyeonji.domain.manifest import Listed
from pyeonji.domain.uploads import OnDuplicate
from pyeonji.mime.naming import unique_of
from pyeonji.usecases.mail.importing import Letter, count_mail, import_letters
from pyeonji.usecases.mail.indexing import index_segment
from pyeonji.usecases.mail.storing import ImportJob
from pyeonji.zipio.member import pack
from tests.browser.hostile_mail import EvilServer, evil_mail, evil_server, nested_mail
from tests.support.company import KIM, BackupMachine, ask, days_ago, deliver, found_company
from tests.support.fakes import World
from tests.support.plain_scan import occurs, queries_of, scan_text
from tests.support.worlds import limited

pytestmark = pytest.mark.browser

VECTORS = Path(__file__).parents[1] / "vectors" / "words.json"
_ALL = """async (source) => {
  await search(source);
  while (!document.getElementById("more").hidden) await more();
  return [...document.querySelectorAll(".row")].map((row) => row.dataset.mark);
}"""


def _volume(folder: Path, mails: list[tuple[bytes, datetime]], *, indexed: bool = True) -> Path:
    world = World()
    box = found_company(world)
    deliver(world, box, mails[::2], chunk="00001")
    deliver(world, box, mails[1::2], chunk="00002")
    if indexed:
        for key in list(world.mail.data):
            index_segment(world, segment=key)
    backup = ask(world)
    BackupMachine(world, backup.id).run()
    (volume,) = world.backups.volumes(KIM, backup.id)
    target = folder / "backup.zip"
    target.write_bytes(world.volumes.data[volume.key])
    return target


@pytest.fixture
def viewer(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="ko-KR", bypass_csp=False)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(TARGET.as_uri())
    yield page
    context.close()
    assert not errors


def _open(viewer: Page, volume: Path) -> None:
    viewer.set_input_files("#file", str(volume))
    viewer.wait_for_selector(".row, .wrong", timeout=30_000)


def test_words_are_those_of_python(viewer: Page) -> None:
    for vector in json.loads(VECTORS.read_text("utf-8")):
        made = viewer.evaluate(
            "(text) => ({words: [...wordsOf(text)], canonical: canonical(text)})", vector["text"]
        )
        assert sorted(made["words"]) == vector["words"], vector["text"]
        assert made["canonical"] == vector["canonical"]


def test_what_is_found_is_what_stands_there(viewer: Page, tmp_path: Path) -> None:
    boxes = demo_mailboxes(KIM, date(2026, 1, 2))
    mails = [(m.data, m.received) for box in boxes for m in box.messages]
    texts = {mail: scan_text(mail) for mail, _ in mails}
    _open(viewer, _volume(tmp_path, mails))
    assert viewer.inner_text("#total") == f"메일 {len(texts)}통"
    marks = {unique_of(hashlib.sha256(mail).digest()): mail for mail in texts}
    right = wrong = missed = 0
    for source, wanted in queries_of(list(texts.values()), 20, seed=4):
        found = {marks[mark] for mark in viewer.evaluate(_ALL, source)}
        expected = {mail for mail, text in texts.items() if occurs(wanted, text)}
        right += len(found & expected)
        wrong += len(found - expected)
        missed += len(expected - found)
    print(f"{right} right, {wrong} wrong, {missed} missed")
    assert missed == 0 and right / (right + wrong) >= 0.98


def test_bounds_and_newest_first(viewer: Page, tmp_path: Path) -> None:
    world = World()
    mails = [
        (f"From: a@b.example\r\nSubject: s{n}\r\n\r\n회의 {n}\r\n".encode(), days_ago(world, n + 1))
        for n in range(9)
    ]
    _open(viewer, _volume(tmp_path, mails))
    subjects = "() => [...document.querySelectorAll('.subject')].map((s) => s.textContent)"
    assert viewer.evaluate(subjects) == [f"s{n}" for n in range(9)]
    for source, count in (("회의 after:2026-06-10", 5), ("이전:2026-06-10 회", 4), ("larger:1M", 0),
                          ("-회의", 0), ("subject:s3", 1), ("has:attachment", 0)):  # fmt: skip
        assert len(viewer.evaluate(_ALL, source)) == count, source
    viewer.evaluate("search('before:soon')")
    viewer.wait_for_selector(".wrong")


def test_a_volume_without_search_files_is_listed(viewer: Page, tmp_path: Path) -> None:
    world = World()
    mails = [(f"Subject: s{n}\r\n\r\nx\r\n".encode(), days_ago(world, n + 1)) for n in range(5)]
    _open(viewer, _volume(tmp_path, mails, indexed=False))
    assert viewer.locator(".row").count() == 5
    assert viewer.is_visible("#bare") and viewer.is_disabled("#query")
    viewer.locator(".row").first.click()
    viewer.wait_for_selector("iframe[data-filled]")
    assert viewer.inner_text("#subject") == "s0"


def test_what_is_no_backup_is_said(viewer: Page, tmp_path: Path) -> None:
    wrong = tmp_path / "x.zip"
    wrong.write_bytes(b"hello" * 1000)
    _open(viewer, wrong)
    assert "백업 ZIP" in viewer.inner_text("#status")


@pytest.fixture
def evil() -> Iterator[EvilServer]:
    with evil_server() as server:
        yield server


def test_hostile_mail_runs_nothing_and_fetches_nothing(
    viewer: Page, tmp_path: Path, evil: EvilServer
) -> None:
    world = World()
    mails = [
        (evil_mail(1, evil.address), days_ago(world, 1)),
        (nested_mail(), days_ago(world, 2)),
    ]
    dialogs: list[str] = []
    viewer.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    _open(viewer, _volume(tmp_path, mails))
    title = viewer.title()
    for row in range(2):
        viewer.locator(".row").nth(row).click()
        viewer.wait_for_timeout(1500)
    viewer.locator(".row").first.click()
    viewer.wait_for_selector("iframe[data-filled]")
    viewer.wait_for_timeout(1500)
    assert "보이는 글" in viewer.frame_locator("iframe").locator("body").inner_text()
    assert evil.asked == [] and dialogs == [] and viewer.title() == title
    html = viewer.evaluate("document.querySelector('iframe').contentDocument.body.innerHTML")
    for piece in (
        "<script",
        "onerror",
        "onload",
        "javascript:",
        "<form",
        "<iframe",
        "<object",
        "<svg",
    ):
        assert piece not in html.lower()
    assert "data:image/png" in html
    assert "allow-scripts" not in (viewer.get_attribute("iframe", "sandbox") or "")
    assert viewer.locator("#files a").last.get_attribute("download") == ".._.._a.html"
    # Asked for, pictures come, and nothing else does.
    viewer.click("#remote")
    viewer.wait_for_timeout(1500)
    assert evil.asked and all(path.endswith(".png") for path in evil.asked)
    assert dialogs == [] and viewer.title() == title


@pytest.mark.parametrize("indexed", [True, False])
def test_days_are_those_of_the_account(viewer: Page, tmp_path: Path, indexed: bool) -> None:
    """New York, whose clocks change on 8 March 2026: not Seoul, and not where the browser is."""
    zone = "America/New_York"
    world = World(datetime(2026, 4, 1, tzinfo=UTC))
    box = found_company(world)
    hours = [
        datetime(2026, 3, day, hour, tzinfo=ZoneInfo(zone)) for day in (7, 8, 9) for hour in (0, 23)
    ]
    job = ImportJob(
        account=KIM, mailbox_id=box.id, mailbox_path=box.path,
        upload_id=new_id(world.clock), chunk="00001",
        on_duplicate=OnDuplicate.SKIP, zone=ZoneInfo(zone), message_limit=MIB,
    )  # fmt: skip
    letters = [
        Letter(
            index=place,
            name=f"{place}.eml",
            message=(mail := f"Subject: {at:%d-%H}\r\n\r\nx\r\n".encode()),
            packed=pack(mail),
            manifest=Listed(f"{place}.eml", (), received=at.astimezone(UTC)),
        )
        for place, at in enumerate(hours)
    ]
    count_mail(world, job, import_letters(world, job, letters))
    there = limited(world, timezone=zone)
    if indexed:
        for key in list(world.mail.data):
            index_segment(there, segment=key)
    backup = ask(world, timezone=zone)
    BackupMachine(world, backup.id, timezone=zone).run()
    (volume,) = world.backups.volumes(KIM, backup.id)
    target = tmp_path / "backup.zip"
    target.write_bytes(world.volumes.data[volume.key])
    _open(viewer, target)
    rows = viewer.locator(".row")
    assert rows.locator(".date").all_inner_texts() == [
        f"26. 3. {at.day}." for at in reversed(hours)
    ]
    if indexed:
        subjects = "() => [...document.querySelectorAll('.subject')].map((s) => s.textContent)"
        viewer.evaluate(_ALL, "after:2026-03-08 before:2026-03-09")
        assert viewer.evaluate(subjects) == ["08-23", "08-00"]


@pytest.mark.slow
def test_what_is_found_is_checked_and_read_without_the_whole_directory(
    viewer: Page, tmp_path: Path
) -> None:
    world = World()
    mails = [
        (f"Subject: s{n}\r\n\r\n정기회의록 {n}번\r\n".encode(), days_ago(world, 1 + n / 50))
        for n in range(8_000)
    ]
    volume = _volume(tmp_path, mails)
    with zipfile.ZipFile(volume) as archive:
        directory = sum(46 + len(info.filename.encode()) for info in archive.infolist())
    _open(viewer, volume)
    viewer.evaluate("search('회의록')")
    viewer.wait_for_function("globalThis.lastSearch.shown === 50 && lastSearch.bytesRead > 0")
    subjects = "() => [...document.querySelectorAll('.subject')].map((s) => s.textContent)"
    assert viewer.evaluate(subjects) == [f"s{n}" for n in range(50)]
    viewer.locator(".row").nth(7).click()
    viewer.wait_for_selector("iframe")
    assert viewer.inner_text("#subject") == "s7"
    viewer.evaluate("search('정기회의')")
    viewer.wait_for_timeout(500)
    assert viewer.evaluate("globalThis.lastSearch.bytesRead") < directory
