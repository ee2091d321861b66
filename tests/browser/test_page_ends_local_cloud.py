"""What ends otherwise than well, on the local cloud: failed, tried again, expired, off the list.
The ends are the service's own; only clocks are put back, and one segment is taken away."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from pyeonji.domain.instants import rfc3339
from pyeonji.domain.states import BackupState
from tests.browser.conftest import PASSWORD, Newcomer, OpenPage
from tests.browser.steps import (
    choose_file,
    enter,
    here,
    sample_zip,
    shot,
    switch_language,
    zip_bytes,
)
from tests.browser.test_page_strings import ENGLISH, KOREAN
from tests.support.company import letter_bytes
from tests.support.local_cloud import LocalCloud

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

DAY = timedelta(days=1)
MAILS = 2_500  # take a moment to import, in which the machine can be stopped
WORDS = {"en": ENGLISH, "ko": KOREAN}


def send(page: Page, path: Path) -> Locator:
    """Uploads it; its card in the list."""
    choose_file(page, path)
    page.get_by_role("button", name="신청하기").click()
    return page.locator(".rows > li").filter(has_text=path.name)


def ask(page: Page) -> Locator:
    """Requests what the dialog proposes; the card of the new backup."""
    page.locator("dialog .primary").click(timeout=15_000)
    expect(page.get_by_role("dialog")).to_have_count(0)
    return page.locator(".rows > li").first


def in_both_languages(page: Page, name: str, wanted: dict[str, str]) -> None:
    """What the first card says at these places, and a picture; Korean at the end."""
    for language, words in WORDS.items():
        switch_language(page, language)
        card = page.locator(".rows > li").first
        for place, key in wanted.items():
            expect(card.locator(place)).to_have_text(words[key])
        shot(page, f"cloud-{language}-{name}")


def retention(cloud: LocalCloud) -> None:
    cloud.invoke("retention", {"time": rfc3339(datetime.now(UTC))})


@contextlib.contextmanager
def without_segments(cloud: LocalCloud, email: str) -> Iterator[None]:
    """The account's mail is lost for a while."""
    store = cloud.services.mail
    held = {each.key: store.get(each.key) for each in store.objects("") if email in each.key}
    assert held
    store.delete(held)
    try:
        yield
    finally:
        for key, data in held.items():
            store.put(key, data)


def test_a_backup_that_fails_is_asked_for_again_and_expires(
    open_page: OpenPage, local_cloud: LocalCloud, newcomer: Newcomer, tmp_path: Path
) -> None:
    email = newcomer("failing")
    page = open_page(here(local_cloud, "#/uploads"))
    enter(page, email, PASSWORD)
    send(page, sample_zip(tmp_path)).get_by_role("link").wait_for(timeout=60_000)
    page.goto(here(local_cloud, "#/backups"))
    with without_segments(local_cloud, email):
        page.locator("[data-do=ask]").click()
        card = ask(page)
        expect(card.locator(".badge")).to_have_text("실패", timeout=60_000)
    expect(page.locator(".slots")).to_have_text("5건 중 0건 사용 중")
    in_both_languages(page, "failed", {".badge": "backup.state.failed"})
    expect(card.locator(".reason")).to_contain_text("회사의 메일 관리자에게 알려 주세요")

    card.get_by_role("button", name="다시 신청").click()
    expect(page.locator(".estimate")).to_contain_text("12")
    card = ask(page)
    download = card.get_by_role("button", name=re.compile(r"\.zip$"))
    download.wait_for(timeout=60_000)
    expect(page.locator(".rows > li")).to_have_count(2)

    made_eight_days_ago(local_cloud, email)
    page.reload()
    gone = {".badge": "backup.state.expired", ".file-state": "volume.state.expired"}
    in_both_languages(page, "expired", gone)  # by the clock
    retention(local_cloud)  # and for good
    page.reload()
    in_both_languages(page, "expired", gone)
    expect(download).to_have_count(0)
    expect(card.get_by_role("button", name="다시 신청")).to_be_visible()


def made_eight_days_ago(cloud: LocalCloud, email: str) -> None:
    cloud.settle()  # its notice writes down when it is due again, by what it read
    backups = cloud.services.backups
    (ready, files), *_ = (found for found in backups.all(email) if found[1])
    for file in files:
        assert file.created_at is not None
        assert file.expires_at is not None
        assert backups.move_volume(
            replace(
                file, created_at=file.created_at - 8 * DAY, expires_at=file.expires_at - 8 * DAY
            )
        )
    assert ready.expires_at is not None
    older = replace(ready, expires_at=ready.expires_at - 8 * DAY)
    assert backups.move(older, frozenset({BackupState.READY}))


def test_an_upload_that_fails_is_tried_again(
    open_page: OpenPage, local_cloud: LocalCloud, newcomer: Newcomer, tmp_path: Path
) -> None:
    email = newcomer("retrying")
    path = tmp_path / "많은 메일.zip"
    path.write_bytes(zip_bytes({f"{n}.eml": letter_bytes(n) for n in range(MAILS)}))
    page = open_page(here(local_cloud, "#/uploads"))
    enter(page, email, PASSWORD)
    card = send(page, path)
    stopped_a_day_ago(local_cloud, email)
    expect(card.locator(".badge")).to_have_text("실패", timeout=30_000)
    why = {".badge": "upload.state.failed", ".reason": "failure.timed_out"}
    in_both_languages(page, "upload-failed", why)
    card.get_by_role("button", name="다시 시도").click()
    card.get_by_role("link", name="결과 보기").click(timeout=60_000)
    expect(page.locator(".figure-number").first).to_have_text(f"{MAILS:,}")
    page.goto(here(local_cloud, "#/mailboxes"))
    expect(page.locator("tbody tr td:nth-child(2)")).to_have_text([f"{MAILS:,}"])


def stopped_a_day_ago(cloud: LocalCloud, email: str) -> None:
    """Its machine is stopped by hand, and nobody looks for a day."""
    its = cloud.services
    deadline = time.monotonic() + 30
    while not any(its.machines.upload_running(each.execution) for each in its.uploads.all(email)):
        assert time.monotonic() < deadline, "it never started"
        time.sleep(0.1)
    (upload,) = its.uploads.all(email)
    machine = its.settings.upload_machine_arn.replace(":stateMachine:", ":execution:")
    states = cloud.client("stepfunctions")
    states.stop_execution(executionArn=f"{machine}:{upload.execution}")
    time.sleep(2)  # what a running step may still write, it writes
    (upload,) = its.uploads.all(email)
    assert upload.received_at is not None
    before = upload.received_at - timedelta(hours=25)
    older = replace(upload, received_at=before, moved_at=before)
    assert its.uploads.move(older, upload)
    retention(cloud)
