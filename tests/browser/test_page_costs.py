"""What the page costs: bytes on the wire, time until usable, layout shift, long lists, memory."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.gallery import fill_world
from tests.browser.stand_in import Fault, StandIn
from tests.browser.stand_in_mail import fill_mailbox
from tests.browser.steps import choose_file, sign_in, signed_in, wire_bytes
from tests.browser.world import MIB

pytestmark = pytest.mark.browser

#: What the first screen took until it could be used.
FIRST_SCREEN = """() => {
  const usable = performance.getEntriesByName("usable")[0].startTime;
  const asked = performance.getEntriesByType("resource").filter((each) => each.startTime < usable);
  return {requests: asked.length + 1, nodes: document.querySelectorAll("*").length};
}"""
WATCH_SHIFT = """
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
  }).observe({type: "layout-shift", buffered: true});
"""
#: Scrolls to the end: frames, changes of the document on the way, rows, and how many of them the
#: browser drew in the middle of it.
SCROLL = """async (rows) => {
  const frame = () => new Promise(requestAnimationFrame);
  let frames = 0, changes = 0;
  scrollTo(0, 0);
  await frame();
  const seen = new MutationObserver((list) => (changes += list.length));
  seen.observe(document.body, {subtree: true, childList: true, attributes: true});
  for (let y = 0; y < document.body.scrollHeight; y += 600) {
    scrollTo(0, y);
    await frame();
    frames += 1;
  }
  seen.disconnect();
  scrollTo(0, document.body.scrollHeight / 2);
  await frame();
  await frame();
  const all = [...document.querySelectorAll(rows)];
  const asked = {contentVisibilityAuto: true};
  const drawn = all.filter((row) => row.firstElementChild.checkVisibility(asked));
  return {frames, changes, rows: all.length, drawn: drawn.length};
}"""
#: Of everything the first screen needs: how many were asked for only after another had come.
ROUNDS = """() => {
  const usable = performance.getEntriesByName("usable")[0].startTime;
  const came = ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
    .filter((each) => each.startTime < usable)
    .sort((a, b) => a.responseEnd - b.responseEnd);
  let rounds = 0, last = -1;
  for (const {startTime, responseEnd} of came)
    if (startTime >= last) [rounds, last] = [rounds + 1, responseEnd];
  return rounds;
}"""


def test_the_first_load_is_small_and_quick(open_page: OpenPage, site: StandIn) -> None:
    page = open_page(f"{site.page_url}/acme.example")
    expect(page.get_by_label("아이디")).to_be_visible()
    first = wire_bytes(page)
    requests = page.evaluate("performance.getEntriesByType('resource').map((e) => e.name)")
    assert all(name.startswith(site.page_url) for name in requests), "no third parties"
    sign_in(page)
    signed_in(page)
    expect(page.get_by_text("5건 중 0건 사용 중")).to_be_visible()
    whole = wire_bytes(page)
    letters = wire_bytes(page, fonts=True)
    print(f"\nfirst load {first:,} B, with the list of backups {whole:,} B, fonts {letters:,} B")
    assert first < 60_000
    assert whole < 100_000
    assert letters < 250_000


def test_the_first_screen_is_little_to_do(open_page: OpenPage, site: StandIn) -> None:
    """How soon it is usable follows from what has to be fetched, run and laid out; those repeat."""
    page = open_page(f"{site.page_url}/acme.example")
    wire = page.context.new_cdp_session(page)
    wire.send("Performance.enable")
    page.reload()
    expect(page.get_by_label("아이디")).to_be_focused()
    did = page.evaluate(FIRST_SCREEN)
    print(f"\n{did}, {layouts(wire)} layouts")
    assert did["requests"] <= 24
    assert did["nodes"] <= 120
    assert layouts(wire) <= 12


def test_the_first_screen_on_a_line_of_150_ms(open_page: OpenPage, site: StandIn) -> None:
    """Cold: an empty cache, every request 150 ms on its way; nothing moves while it is built."""
    times, rounds, shifts = [], [], []
    for _ in range(3):
        page = open_page("about:blank")
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        limits = {"latency": 150, "downloadThroughput": 2_000_000, "uploadThroughput": 500_000}
        wire.send("Network.emulateNetworkConditions", {"offline": False, **limits})
        page.add_init_script(WATCH_SHIFT)
        page.goto(f"{site.page_url}/acme.example")
        expect(page.get_by_label("아이디")).to_be_focused()
        times.append(page.evaluate("performance.getEntriesByName('usable')[0].startTime"))
        rounds.append(page.evaluate(ROUNDS))
        page.wait_for_timeout(1_000)
        shifts.append(page.evaluate("window.shift"))
    print(
        f"\nat 150 ms: usable after {[round(t) for t in times]} ms, {rounds} rounds,"
        f" layout shift {max(shifts):.4f}"
    )
    assert min(rounds) <= 3
    assert max(shifts) < 0.01


def test_a_thousand_uploads_and_two_hundred_mailboxes(open_page: OpenPage, site: StandIn) -> None:
    kim = site.world.accounts["kim@acme.example"]
    site.world.moving = False
    body = {"filename": "묶음.zip", "bytes": 10**6, "mailbox_id": kim.mailboxes[0]["id"]}
    for number in range(1_000):
        upload = site.world.add_upload(kim, body | {"filename": f"{number:04}.zip"})
        site.world.finish(upload, [{"name": "1.eml", "outcome": "imported", "bytes": 10}])
    for number in range(200):
        path = f"거래처/{number // 20}/{number:03}"
        kim.mailboxes.append({**kim.mailboxes[2], "id": f"N{number:025}", "path": path})
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page)
    signed_in(page)
    page.get_by_role("link", name="업로드", exact=True).click()
    expect(page.get_by_role("button", name="더 보기")).to_be_visible()
    page.evaluate(
        """async () => {
          const count = () => document.querySelectorAll(".rows > li").length;
          const frame = () => new Promise(requestAnimationFrame);
          while (count() < 1000) {
            const before = count();
            [...document.querySelectorAll("button")].find((b) => b.innerText === "더 보기").click();
            while (count() === before) await frame();
          }
        }"""
    )
    expect(page.locator(".rows > li")).to_have_count(1_000)
    smooth(page, ".rows > li", drawn=100)
    page.get_by_role("link", name="편지함", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(217)
    # A table's rows are all drawn: what keeps it smooth is how little a row is.
    smooth(page, "tbody tr", drawn=None)
    assert page.locator("tbody *").count() / 217 < 28


def smooth(page: Page, rows: str, *, drawn: int | None) -> None:
    """What a frame costs while `rows` scroll by, counted and not timed, so that it repeats: nothing
    of ours runs, the browser lays out at most once a frame, and draws no more rows than `drawn`."""
    wire = page.context.new_cdp_session(page)
    wire.send("Performance.enable")
    before = layouts(wire)
    counted = page.evaluate(SCROLL, rows)
    often = (layouts(wire) - before) / counted["frames"]
    print(f"\n{rows}: {counted}, {often:.2f} layouts a frame")
    assert counted["changes"] == 0
    assert often < 1.1
    if drawn is not None:
        assert counted["drawn"] <= drawn < counted["rows"]


def layouts(wire: CDPSession) -> int:
    """How often the browser has laid this page out."""
    found = wire.send("Performance.getMetrics")["metrics"]
    return int(next(each["value"] for each in found if each["name"] == "LayoutCount"))


def test_nothing_jumps_when_progress_comes_in(open_page: OpenPage, site: StandIn) -> None:
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page)
    signed_in(page)
    kim = site.world.accounts["kim@acme.example"]
    site.world.moving = False
    backup = site.world.add_backup(kim, kim.mailboxes[:3], {"kind": "all"})
    for _ in range(2):
        site.world.move_backup(backup)
    page.reload()
    expect(page.get_by_text("12%")).to_be_visible()
    page.evaluate(WATCH_SHIFT)
    page.wait_for_timeout(300)
    page.evaluate("window.shift = 0")
    for part in (0.25, 0.5, 0.75):
        backup["progress"] = part
        expect(page.get_by_text(f"{int(part * 100)}%")).to_be_visible(timeout=12_000)
    site.world.move_volumes(backup)
    expect(page.get_by_role("button", name="다운로드 (~")).to_be_visible(timeout=12_000)
    shift = page.evaluate("window.shift")
    print(f"\nlayout shift {shift:.4f}")
    assert shift < 0.01


def test_500_rows_scroll_smoothly(open_page: OpenPage, site: StandIn) -> None:
    upload = fill_world(site)
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page)
    signed_in(page)
    page.goto(f"{site.page_url}/acme.example#/uploads/{upload['id']}")
    page.get_by_label("전체").check()
    page.evaluate(
        """async () => {
          while (document.querySelectorAll(".entry").length < 500) {
            scrollTo(0, document.body.scrollHeight);
            await new Promise(requestAnimationFrame);
          }
        }"""
    )
    expect(page.get_by_text("500건을 모두 보았습니다")).to_be_visible()
    smooth(page, ".entry", drawn=100)


def test_a_thousand_mails_scroll_smoothly(open_page: OpenPage, site: StandIn) -> None:
    inbox = site.world.accounts["kim@acme.example"].mailboxes[0]
    fill_mailbox(site, inbox, 1_000)
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page)
    signed_in(page)
    page.goto(f"{site.page_url}/acme.example#/mailboxes/{inbox['id']}")
    expect(page.locator(".mail-link").first).to_be_visible()
    page.evaluate(
        """async () => {
          while (document.querySelectorAll(".mail-link").length < 1000) {
            scrollTo(0, document.body.scrollHeight);
            await new Promise(requestAnimationFrame);
          }
        }"""
    )
    expect(page.get_by_text("1,000통을 모두 보았습니다")).to_be_visible()
    smooth(page, ".mails > li", drawn=120)


@pytest.mark.slow
def test_a_gigabyte_goes_up_in_flat_memory(
    browser: Browser, open_page: OpenPage, site: StandIn, tmp_path: Path
) -> None:
    site.world.keep_bytes = False
    site.world.part_bytes = 5 * MIB
    site.faults.append(Fault("PUT", "/9$", status=500))
    page = open_page(f"{site.page_url}/acme.example")
    sign_in(page)
    signed_in(page)
    page.get_by_role("link", name="업로드", exact=True).click()
    path = sparse_zip(tmp_path / "1GB.zip")
    choose_file(page, path)
    expect(page.get_by_role("dialog")).to_contain_text("메일 8통을 보냅니다")
    before = resident(browser)
    page.get_by_role("button", name="신청하기").click()
    most = before
    parts = -(-path.stat().st_size // (5 * MIB))
    while site.count("POST", "/complete") == 0:
        page.wait_for_timeout(100)
        most = max(most, resident(browser))
    print(
        f"\n{path.stat().st_size / MIB:.0f} MiB: "
        f"memory {before / MIB:.0f} → at most {most / MIB:.0f} MiB"
    )
    assert most - before < 160 * MIB
    assert site.most_at_once >= 3
    assert site.count("PUT", "/") == parts + 1
    assert site.count("PUT", "/9$") == 2


def resident(browser: Browser) -> int:
    """Proportional memory of all of the browser's processes, in bytes."""
    session = browser.new_browser_cdp_session()
    found: dict[str, Any] = session.send("SystemInfo.getProcessInfo")
    session.detach()
    total = 0
    for process in found["processInfo"]:
        rollup = Path(f"/proc/{process['id']}/smaps_rollup")
        if rollup.exists():
            line = next(each for each in rollup.read_text().splitlines() if each.startswith("Pss:"))
            total += int(line.split()[1]) * 1024
    return total


def sparse_zip(path: Path) -> Path:
    """Eight stored members of 128 MiB, all holes: a gigabyte that costs no disk."""
    size = 128 * MIB
    central = b""
    with path.open("wb") as file:
        for number in range(8):
            name = f"{number}.eml".encode()
            offset = file.tell()
            fixed = (20, 0, 0, 0, 0x5A21, 0, size, size, len(name), 0)
            file.write(struct.pack("<4s5H3I2H", b"PK\3\4", *fixed) + name)
            file.seek(size, 1)
            central += struct.pack("<4sH5H3I5H2I", b"PK\1\2", 20, *fixed, 0, 0, 0, 0, offset) + name
        start = file.tell()
        file.write(central)
        file.write(struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 8, 8, len(central), start, 0))
    return path
