"""Every screen in both languages, light and dark, on a desktop and a phone: accessible, readable,
nothing sticking out; a picture of each is written to `.local/screens`."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.gallery import fill_world, walk, walk_special
from tests.browser.stand_in import StandIn
from tests.browser.steps import open_signed, shot, signed_in

pytestmark = pytest.mark.browser

LOOKS = [
    ("ko-KR", "light", 1280),
    ("ko-KR", "dark", 360),
    ("en-GB", "dark", 1280),
    ("en-GB", "light", 360),
]
#: Wider than the window, or a text that names no sentence of the tables.
CHECKS = """async () => {
  const wide = document.documentElement.scrollWidth > innerWidth;
  const table = (await import("/js/strings.ko.js")).default;
  const areas = new Set(Object.keys(table).map((key) => key.split(".")[0]));
  const words = document.body.innerText.match(/\\b[a-z]+(_[a-z]+)*(\\.[a-z_]+)+\\b/g) ?? [];
  const undone = document.body.innerText.match(/\\{\\w+\\}/g) ?? [];
  return {wide, words: words.filter((w) => areas.has(w.split(".")[0])), undone};
}"""


@pytest.mark.parametrize(("language", "scheme", "width"), LOOKS)
def test_every_screen(
    open_page: OpenPage, site: StandIn, tmp_path: Path, language: str, scheme: str, width: int
) -> None:
    upload = fill_world(site)
    page: Page = open_page(
        f"{site.page_url}/acme.example", language=language, scheme=scheme, width=width
    )
    axe = Axe()
    found: list[str] = []

    def seen(name: str) -> None:
        page.wait_for_timeout(150)
        shot(page, f"{language[:2]}-{scheme}-{width}-{name}")
        for violation in axe.run(page).response["violations"]:
            nodes = [node["html"][:160] for node in violation["nodes"][:3]]
            found.append(f"{name}: {violation['impact']} {violation['id']} {nodes}")
        check = page.evaluate(CHECKS)
        if check["wide"] or check["words"] or check["undone"]:
            found.append(f"{name}: {check}")

    walk(page, site, upload, tmp_path, seen)
    walk_special(page, site, seen)
    assert found == []


def test_the_tab_order_is_the_reading_order(open_page: OpenPage, site: StandIn) -> None:
    fill_world(site)
    page = open_signed(open_page, site)
    expect(page.locator(".rows > li").first).to_be_visible()
    page.reload()  # the focus stands at the very beginning
    expect(page.locator(".rows > li").first).to_be_visible()
    places = []
    for _ in range(40):
        page.keyboard.press("Tab")
        place = page.evaluate(
            "() => { const e = document.activeElement; const b = e.getBoundingClientRect();"
            "return e === document.body ? null :"
            "[Math.round(b.top + scrollY), Math.round(b.left), e.className, e.matches('.skip')]; }"
        )
        if place is None:
            break
        places.append(place)
    assert places[0][3], "the first stop is the way past the frame"
    rows = [place for place in places[1:] if place]
    for before, after in itertools.pairwise(rows):
        below = after[0] > before[0] - 24  # controls of one line differ by a few pixels
        assert below, f"{after} comes after {before}"
    assert len(rows) > 12


def test_with_the_keyboard_alone(open_page: OpenPage, site: StandIn) -> None:
    page: Page = open_page(f"{site.page_url}/acme.example")
    expect(page.get_by_label("아이디")).to_be_focused()
    page.keyboard.type("kim\n")
    expect(page.get_by_label("비밀번호")).to_be_focused()
    page.keyboard.type("kim-password\n")
    signed_in(page)
    expect(page.get_by_role("heading", name="백업 목록")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="신청하기")).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="백업 신청")).to_be_focused()
    expect(dialog).to_contain_text("메일 312통 ·")
    page.keyboard.press("Shift+Tab")  # within the dialog: from the heading back to its last button
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="신청하기")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("메일 312통 ·")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "신청하기":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("listitem").filter(has_text="받은편지함").first).to_be_visible()


def test_a_screen_reader_hears_what_changes(open_page: OpenPage, site: StandIn) -> None:
    page = open_signed(open_page, site)
    expect(page.locator(".empty")).to_be_visible()  # the list has come, and is not asked for again
    kim = site.world.accounts["kim@acme.example"]
    site.world.add_backup(kim, kim.mailboxes[:1], {"kind": "all"})
    page.reload()
    expect(page.locator("#said")).to_have_text("받은편지함 백업이 준비되었습니다.", timeout=60_000)


@pytest.mark.parametrize("width", [320, 640])
def test_at_200_percent(open_page: OpenPage, site: StandIn, width: int) -> None:
    """200 % zoom halves the page's width and height (WCAG 1.4.10 asks for 320 px)."""
    fill_world(site)
    page = open_signed(open_page, site, width=width, height=380)
    expect(page.locator(".rows > li").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="신청하기").first.click()
    submit = page.get_by_role("dialog").get_by_role("button", name="신청하기")
    expect(submit).to_be_enabled()
    submit.scroll_into_view_if_needed()
    expect(submit).to_be_in_viewport()
    shot(page, f"zoom-{width}-request")
