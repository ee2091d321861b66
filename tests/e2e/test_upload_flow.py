"""Uploads on the local cloud: the page's calls, real events, the real machine."""

import csv
import io
import json
import time
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pyeonji.domain.uploads import upload_key
from tests.support.company import letter_bytes
from tests.support.local_cloud import LocalCloud
from tests.support.upload_client import (
    KIM,
    ended,
    entries,
    mailbox,
    new_mailbox,
    open_upload,
    put_part,
    send,
)
from tests.support.uploading import zip_of

pytestmark = pytest.mark.e2e

EVENTS = Path(__file__).parents[2] / "events"


def mails(count: int, size: int = 800) -> dict[str, bytes]:
    return {f"메일/{n:04d}.eml": letter_bytes(n, size) for n in range(count)}


def full_read(cloud: LocalCloud, mailbox_id: str) -> tuple[int, int]:
    """Messages and bytes, by reading the whole index."""
    messages = list(cloud.services.index.read(KIM, mailbox_id))
    assert len({message.digest for message in messages}) == len(messages)
    return len(messages), sum(message.size for message in messages)


def test_every_entry_is_accounted_for_and_the_person_is_told(local_cloud: LocalCloud) -> None:
    box = new_mailbox(local_cloud, "e2e/모든 경우")
    sent = mails(120)
    local_cloud.settle()
    before = len(local_cloud.mails())
    upload_id = send(
        local_cloud,
        box,
        zip_of(
            {
                **sent,
                "again.eml": sent["메일/0007.eml"],
                "빈 파일.eml": b"",
                "사진.jpg": b"\xff\xd8",
                "__MACOSX/._a.eml": b"x",
                "폴더/": b"",
            }
        ),
    )
    upload = ended(local_cloud, upload_id)
    assert upload["state"] == "completed", upload
    assert upload["totals"] == {
        "entries": 125, "imported": 120, "duplicate": 1, "rejected": 2, "ignored": 2,
    }  # fmt: skip
    assert upload["progress"] == 1.0 and upload["failure"] is None
    rows = entries(local_cloud, upload_id)
    assert len(rows) == 125
    rejected = entries(local_cloud, upload_id, "&outcome=rejected")
    assert {row["name"]: row["reason"] for row in rejected} == {
        "빈 파일.eml": "zero_byte", "사진.jpg": "not_eml",
    }  # fmt: skip
    assert all(row["detail"] for row in rejected)
    there = mailbox(local_cloud, box)
    assert (there["messages"], there["bytes"]) == full_read(local_cloud, box)
    assert there["messages"] == 120

    url = local_cloud.call("GET", f"/uploads/{upload_id}/ledger", as_=KIM).body["url"]
    with urllib.request.urlopen(url, timeout=30) as response:
        data = response.read()
    assert data.startswith(b"\xef\xbb\xbf")
    assert len(list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))) == 126
    local_cloud.settle()
    assert len(local_cloud.mails()) == before + 1


def test_a_client_that_went_away_goes_on_where_it_was(local_cloud: LocalCloud) -> None:
    box = new_mailbox(local_cloud, "e2e/이어 올리기")
    data = zip_of(mails(20, 700_000), zipfile.ZIP_STORED)
    upload = open_upload(local_cloud, box, len(data))
    assert upload["parts"] == 3
    path = f"/uploads/{upload['id']}"
    put_part(local_cloud, upload, 2, data)
    early = local_cloud.call("POST", f"{path}/complete", {}, as_=KIM)
    assert (early.status, early.body["code"]) == (409, "parts_missing")
    # Another browser, another day: it asks what is there and sends the rest.
    there = local_cloud.call("GET", f"{path}/parts", as_=KIM).body["parts"]
    assert there == [{"number": 2, "bytes": upload["part_bytes"]}]
    for number in (3, 1):
        put_part(local_cloud, upload, number, data)
    for _ in range(2):
        assert local_cloud.call("POST", f"{path}/complete", {}, as_=KIM).status == 202
    assert ended(local_cloud, upload["id"])["totals"]["imported"] == 20
    assert mailbox(local_cloud, box)["messages"] == 20


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"From: a@b\r\n\r\nnot a zip at all", "not_a_zip"), (zip_of({}), "empty")],
)
def test_a_file_that_is_no_mail_archive_says_what_to_do(
    local_cloud: LocalCloud, data: bytes, code: str
) -> None:
    box = new_mailbox(local_cloud, f"e2e/{code}")
    upload_id = send(local_cloud, box, data)
    upload = ended(local_cloud, upload_id)
    assert (upload["state"], upload["failure"]["code"]) == ("failed", code)
    english = upload["failure"]["detail"]
    korean = local_cloud.call("GET", f"/uploads/{upload_id}", as_=KIM, language="ko").body
    assert korean["failure"]["detail"] != english
    again = local_cloud.call("POST", f"/uploads/{upload_id}/retry", {}, as_=KIM)
    assert (again.status, again.body["code"]) == (409, "nothing_to_retry")


def test_two_overlapping_uploads_at_once(local_cloud: LocalCloud) -> None:
    box = new_mailbox(local_cloud, "e2e/동시에")
    sent = list(mails(900).items())
    halves = [zip_of(sent[:600]), zip_of(sent[300:])]
    with ThreadPoolExecutor(2) as pool:
        ids = list(pool.map(lambda data: send(local_cloud, box, data), halves))
    totals = [ended(local_cloud, upload_id)["totals"] for upload_id in ids]
    assert sum(each["imported"] for each in totals) == 900
    assert sum(each["duplicate"] for each in totals) == 300
    there = mailbox(local_cloud, box)
    assert (there["messages"], there["bytes"]) == full_read(local_cloud, box)
    assert there["messages"] == 900


def arrival(cloud: LocalCloud, upload_id: str) -> dict[str, Any]:
    """The SQS event of events/, for this upload."""
    event: dict[str, Any] = json.loads((EVENTS / "upload_received.json").read_text())
    body = json.loads(event["Records"][0]["body"])
    body["detail"]["object"]["key"] = upload_key(KIM, upload_id)
    event["Records"][0]["body"] = json.dumps(body)
    return event


def test_events_twice_late_and_of_nobody(local_cloud: LocalCloud) -> None:
    box = new_mailbox(local_cloud, "e2e/두 번")
    upload_id = send(local_cloud, box, zip_of(mails(5)))
    for _ in range(2):
        done = local_cloud.invoke("upload-received", arrival(local_cloud, upload_id))
        assert done == {"batchItemFailures": []}
    upload = ended(local_cloud, upload_id)
    assert local_cloud.invoke("upload-received", arrival(local_cloud, upload_id)) == done
    strange = json.loads((EVENTS / "upload_received.json").read_text())
    assert local_cloud.invoke("upload-received", strange) == done
    assert upload["totals"]["imported"] == 5
    assert mailbox(local_cloud, box)["messages"] == 5
    machine = local_cloud.services.settings.upload_machine_arn
    runs = local_cloud.client("stepfunctions").list_executions(stateMachineArn=machine)
    assert [run["name"] for run in runs["executions"]].count(f"{upload_id}-1") == 1


def test_a_broken_event_comes_back_alone(local_cloud: LocalCloud) -> None:
    event = json.loads((EVENTS / "upload_received.json").read_text())
    broken = {**event["Records"][0], "messageId": "broken", "body": "{}"}
    answer = local_cloud.invoke("upload-received", {"Records": [broken, *event["Records"]]})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "broken"}]}


def test_a_volume_of_ours_comes_back_whole(local_cloud: LocalCloud) -> None:
    source, target = new_mailbox(local_cloud, "e2e/원본"), new_mailbox(local_cloud, "e2e/복원")
    ended(local_cloud, send(local_cloud, source, zip_of(mails(40, 20_000))))
    backup = local_cloud.call(
        "POST",
        "/backups",
        {
            "mailboxes": [source],
            "period": {"kind": "range", "from": "1980-01-01", "to": "2100-01-01"},
        },
        as_=KIM,
    )
    assert backup.status == 201, backup.body
    path = f"/backups/{backup.body['id']}"
    deadline = time.monotonic() + 90
    while (state := local_cloud.call("GET", path, as_=KIM).body["state"]) != "ready":
        assert state not in ("failed", "cancelled") and time.monotonic() < deadline, state
        time.sleep(0.5)
    url = local_cloud.call("GET", f"{path}/volumes/1/url", as_=KIM).body["url"]
    with urllib.request.urlopen(url, timeout=60) as response:
        volume = response.read()
    upload = ended(local_cloud, send(local_cloud, target, volume))
    assert upload["totals"]["imported"] == 40 and upload["totals"]["ignored"] >= 4
    index = local_cloud.services.index
    first, second = (
        {(m.digest, m.received, m.flags) for m in index.read(KIM, box)} for box in (source, target)
    )
    assert first == second
    local_cloud.call("DELETE", path, as_=KIM)


def test_deleting_while_receiving_and_after_the_end(local_cloud: LocalCloud) -> None:
    box = new_mailbox(local_cloud, "e2e/지우기")
    upload = open_upload(local_cloud, box, 1000)
    path = f"/uploads/{upload['id']}"
    assert local_cloud.call("DELETE", path, as_=KIM).status == 204
    assert local_cloud.call("GET", path, as_=KIM).body["state"] == "abandoned"
    assert local_cloud.call("DELETE", path, as_=KIM).status == 204
    assert local_cloud.call("GET", path, as_=KIM).status == 404
    done = send(local_cloud, box, zip_of(mails(3)))
    ended(local_cloud, done)
    assert local_cloud.call("GET", f"/uploads/{done}", as_="lee@acme.example").status == 404
    assert local_cloud.call("DELETE", f"/uploads/{done}", as_="lee@acme.example").status == 404
    assert local_cloud.call("DELETE", f"/uploads/{done}", as_=KIM).status == 204
    assert mailbox(local_cloud, box)["messages"] == 3
