"""Uploads on the local cloud when processes die: the same ledger at the end."""

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pyeonji.domain.instants import rfc3339
from tests.support.company import letter_bytes
from tests.support.local_cloud import LocalCloud
from tests.support.upload_client import KIM, ended, entries, mailbox, new_mailbox, send
from tests.support.uploading import zip_of

pytestmark = pytest.mark.e2e

MAILS = 4000
TOTALS = {"entries": 4002, "imported": 4000, "duplicate": 1, "rejected": 1, "ignored": 0}


@pytest.fixture(scope="module")
def many_mails() -> bytes:
    """Small mails, so many that importing them takes seconds in which to be killed."""
    mails = {f"{n:04d}.eml": letter_bytes(n) for n in range(MAILS)}
    return zip_of({**mails, "again.eml": mails["0000.eml"], "x.txt": b"x"})


def workers(cloud: LocalCloud, function: str) -> Iterator[int]:
    """Process ids of a function's workers."""
    mark = f"{cloud.places.folder}/tmp/ministack-lambda-pyeonji-{function}-".encode()
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                command = (process / "cmdline").read_bytes()
            except OSError:
                continue
            if mark in command:
                yield int(process.name)


def check(cloud: LocalCloud, box: str, upload_id: str) -> None:
    upload = ended(cloud, upload_id, 240)
    assert (upload["state"], upload["totals"]) == ("completed", TOTALS)
    reasons = [row["reason"] for row in entries(cloud, upload_id) if row["reason"]]
    assert reasons == ["same_content", "not_eml"]
    index = list(cloud.services.index.read(KIM, box))
    there = mailbox(cloud, box)
    assert (there["messages"], there["bytes"]) == (MAILS, sum(each.size for each in index))
    assert len({each.digest for each in index}) == len(index) == MAILS


@pytest.mark.parametrize("function", ["upload-inspect", "upload-import", "upload-settle"])
def test_a_step_whose_process_is_killed_runs_again(
    local_cloud: LocalCloud, many_mails: bytes, function: str
) -> None:
    box = new_mailbox(local_cloud, f"e2e/끊김 {function}")
    upload_id = send(local_cloud, box, many_mails)
    deadline = time.monotonic() + 30
    killed = 0
    state = ""
    while killed < 3 and time.monotonic() < deadline and state not in ("completed", "failed"):
        state = local_cloud.call("GET", f"/uploads/{upload_id}", as_=KIM).body["state"]
        for process in workers(local_cloud, function):
            os.kill(process, signal.SIGKILL)
            killed += 1
        time.sleep(0.3)
    assert killed, "there was nobody to kill"
    check(local_cloud, box, upload_id)


def test_a_machine_that_is_gone_is_started_again(
    local_cloud: LocalCloud, many_mails: bytes
) -> None:
    box = new_mailbox(local_cloud, "e2e/멈춤")
    upload_id = send(local_cloud, box, many_mails)
    machine = local_cloud.services.settings.upload_machine_arn
    states = local_cloud.client("stepfunctions")
    name = f"{machine.replace(':stateMachine:', ':execution:')}:{upload_id}-1"
    deadline = time.monotonic() + 30
    while not local_cloud.services.machines.upload_running(f"{upload_id}-1"):
        assert time.monotonic() < deadline, "it never started"
        time.sleep(0.05)
    time.sleep(0.5)
    states.stop_execution(executionArn=name, error="Stopped", cause="a test")
    time.sleep(3)  # what a running chunk may still write, it writes
    later = datetime.now(UTC) + timedelta(minutes=31)
    local_cloud.invoke("retention", {"time": rfc3339(later)})
    check(local_cloud, box, upload_id)
