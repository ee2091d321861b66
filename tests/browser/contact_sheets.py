"""Every screen of the page as a picture, for people to look at: `make gallery`.

In Korean and English, at 1440, 768 and 390 pixels, light and dark, each look on a sheet; and the
screens of an earlier page (from git) beside today's. `make gallery ARGS="ko"` makes those whose
name begins so. Written to .local/gallery; index.html there shows all of it.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

import tests.browser.stand_in_mail  # noqa: F401 (registers the routes)
from tests.browser.conftest import NO_PICKER
from tests.browser.gallery import fill_world, walk, walk_special
from tests.browser.stand_in import StandIn

ROOT = Path(__file__).parents[2]
TARGET = Path(os.environ.get("LOCAL_DIR") or ROOT / ".local") / "gallery"
BEFORE = "018b64d"
LOOKS = [
    (language, scheme, width)
    for language in ("ko-KR", "en-GB")
    for width in (1440, 768, 390)
    for scheme in ("light", "dark")
]
#: Of both pages: what stands behind the "#", and what shows that it has come.
SCREENS = {
    "backups": "#/backups",
    "uploads": "#/uploads",
    "mailboxes": "#/mailboxes",
    "move": "#/move",
    "account": "#/account",
}


def look(browser: Browser, language: str, scheme: str, width: int) -> list[Path]:
    """Pictures of every screen in one look."""
    folder = TARGET / f"{language[:2]}-{width}-{scheme}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    site = StandIn().start()
    upload = fill_world(site)
    height = {1440: 900, 768: 1024, 390: 844}[width]
    context = browser.new_context(
        locale=language,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": height},
    )
    context.add_init_script(NO_PICKER)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{site.page_url}/acme.example")
    made: list[Path] = []

    def seen(name: str) -> None:
        page.wait_for_timeout(200)
        made.append(folder / f"{len(made):02}-{name}.png")
        page.screenshot(path=made[-1])

    with tempfile.TemporaryDirectory() as place:
        walk(page, site, upload, Path(place), seen)
        walk_special(page, site, seen)
    context.close()
    site.stop()
    return made


def earlier_page(folder: Path) -> Path:
    """The page of BEFORE, out of git."""
    packed = subprocess.run(
        ["git", "archive", BEFORE, "web"], cwd=ROOT, check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder / "web"


def before_and_after(browser: Browser) -> list[Path]:
    """The same screens of both pages, `<screen>-before.png` and `<screen>-after.png`."""
    folder = TARGET / "before-and-after"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made: list[Path] = []
    with tempfile.TemporaryDirectory() as place:
        for when, web in (("before", earlier_page(Path(place))), ("after", ROOT / "web")):
            site = StandIn(web=web).start()
            upload = fill_world(site)
            page = browser.new_page(locale="ko-KR", viewport={"width": 1280, "height": 800})
            page.goto(f"{site.page_url}/acme.example")
            page.wait_for_timeout(1_000)
            made.append(folder / f"sign-in-{when}.png")
            page.screenshot(path=made[-1])
            sign_in_by_token(page, site)
            for name, address in {**SCREENS, "result": f"#/uploads/{upload['id']}"}.items():
                page.goto(f"{site.page_url}/acme.example{address}")
                page.wait_for_timeout(1_200)
                made.append(folder / f"{name}-{when}.png")
                page.screenshot(path=made[-1])
            page.close()
            site.stop()
    return sorted(made, key=lambda path: (path.name.rpartition("-")[0], "after" in path.name))


def sign_in_by_token(page: Page, site: StandIn) -> None:
    """Both pages keep the session in the same place."""
    email = "kim@acme.example"
    session = site.issue(email) | {
        "email": email,
        "keep": False,
        "expires_at": (time.time() + 3_000) * 1_000,
    }
    page.evaluate("held => sessionStorage.setItem('pyeonji.session', held)", json.dumps(session))
    page.reload()


def sheet(browser: Browser, name: str, pictures: list[Path], width: int) -> None:
    """All the pictures of a look on one, small."""
    images = "".join(
        f'<figure><img src="{path.as_uri()}"><figcaption>{path.stem}</figcaption></figure>'
        for path in pictures
    )
    style = (
        "body{margin:8px;font:12px sans-serif;background:#888}"
        f"main{{display:grid;grid-template-columns:repeat(auto-fill,minmax({width}px,1fr));gap:8px}}"
        "figure{margin:0;background:#fff}img{width:100%;display:block}"
    )
    source = TARGET / f"{name}.html"
    source.write_text(f"<style>{style}</style><main>{images}</main>", "utf-8")
    page = browser.new_page(viewport={"width": 1600, "height": 900})
    page.goto(source.as_uri())
    page.screenshot(path=TARGET / f"{name}.png", full_page=True)
    page.close()


def main() -> int:
    """0 when all were written."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("gallery: chromium is not installed (apt-get install chromium)", file=sys.stderr)
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    names: list[str] = []
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        if "before-and-after".startswith(wanted):
            sheet(browser, "before-and-after", before_and_after(browser), 700)
            names.append("before-and-after")
        for language, scheme, width in LOOKS:
            name = f"{language[:2]}-{width}-{scheme}"
            if name.startswith(wanted):
                pictures = look(browser, language, scheme, width)
                sheet(browser, name, pictures, 220 if width == 390 else 380)
                names.append(name)
        browser.close()
    links = "".join(
        f'<h2>{name}</h2><a href="{name}.html"><img src="{name}.png" width="900"></a>'
        for name in names
    )
    (TARGET / "index.html").write_text(f"<meta charset=utf-8>{links}", "utf-8")
    print(f"{TARGET / 'index.html'}: {len(names)} sheets")
    return 0


if __name__ == "__main__":
    sys.exit(main())
