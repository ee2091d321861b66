"""All that was logged and metered while the local cloud was tested holds nothing of anybody's."""

import json
import time
import urllib.parse
from typing import Any

import pytest

from tests.support.local_cloud import LocalCloud
from tests.support.upload_client import KIM, ended, new_mailbox, send
from tests.support.uploading import zip_of

pytestmark = pytest.mark.e2e

#: Each stands in one place of the story below and in no code.
BOX, FILE, ENTRY, SUBJECT, SENDER, BODY, QUERY, PASSWORD, TOKEN = (
    f"표지{place}-q7z{place}" for place in "abcdefghi"
)
MAIL = (
    f"From: {SENDER} <{SENDER.rpartition('-')[2]}@sender.example>\r\nTo: {KIM}\r\n"
    f"Subject: {SUBJECT}\r\nDate: Mon, 1 Jan 2024 10:00:00 +0900\r\n\r\n{BODY}\r\n"
).encode()


def test_no_log_and_no_metric_has_anybodys_mail_name_or_secret(local_cloud: LocalCloud) -> None:
    before = _logged(local_cloud)
    _live_through_everything(local_cloud)
    _start_what_does_not_exist(local_cloud)
    said = _logged(local_cloud)

    # A missing backup is nobody's fault, and whoever is on call is not woken for it.
    assert _errors(said) == _errors(before)
    assert any('"_aws"' in line for line in said), "metrics are written as log lines"
    assert len(said) > len(before) + 100, "the logs of this very story are searched"
    for name, secrets in _secrets(local_cloud).items():
        for secret in secrets:
            for form in {secret, json.dumps(secret)[1:-1], urllib.parse.quote(secret)}:
                where = [line[:60] for line in said if form in line]
                assert not where, f"{name} in {len(where)} lines: {where[0]}"


def _errors(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("{") and '"level":"ERROR"' in line]


def _secrets(cloud: LocalCloud) -> dict[str, list[str]]:
    people = cloud.said["accounts"]
    marks = [BOX, FILE, ENTRY, SUBJECT, SENDER, BODY, QUERY, PASSWORD, TOKEN]
    return {
        "a mark": [*marks, *(mark.rpartition("-")[2] for mark in marks)],
        "an address": [person["email"] for person in people],
        "a password": [person["password"] for person in people],
        "a second factor": [
            person["totp_secret"] for person in people if person.get("totp_secret")
        ],
        "a token": [cloud.token(KIM), cloud.token(KIM).rpartition(".")[2]],
    }


def _live_through_everything(cloud: LocalCloud) -> None:
    """A refused sign-in, a forged token, an upload with a broken entry, a search, a backup."""
    assert cloud.call("POST", "/session", {"email": KIM, "password": PASSWORD}).status == 401
    assert cloud.call("GET", "/me", token=TOKEN.rpartition("-")[2]).status == 401
    box = new_mailbox(cloud, BOX)
    sent = {f"{ENTRY}.eml": MAIL, f"{ENTRY}-2.eml": b"\x00" * 80}
    upload = ended(cloud, send(cloud, box, zip_of(sent), filename=f"{FILE}.zip"))
    totals = upload["totals"]
    assert (totals["imported"], totals["rejected"]) == (1, 1)
    query = urllib.parse.urlencode({"q": QUERY, "mailbox": box})
    assert cloud.call("GET", f"/search?{query}", as_=KIM).status == 200
    asked = {"mailboxes": [box], "period": {"kind": "all"}}
    made = cloud.call("POST", "/backups", asked, as_=KIM)
    assert made.status == 201, made.body
    path = f"/backups/{made.body['id']}"
    deadline = time.monotonic() + 90
    while (backup := cloud.call("GET", path, as_=KIM).body)["state"] != "ready":
        assert time.monotonic() < deadline, backup
        time.sleep(0.5)
    assert cloud.call("GET", f"{path}/volumes/1/url", as_=KIM).status == 200
    cloud.settle()
    assert cloud.call("DELETE", path, as_=KIM).status == 204


def _start_what_does_not_exist(cloud: LocalCloud) -> None:
    machines = cloud.client("stepfunctions")
    run = machines.start_execution(
        stateMachineArn=cloud.outputs["BackupMachineArn"],
        input=json.dumps({"account": KIM, "backup_id": "1" * 26}),
    )["executionArn"]
    deadline = time.monotonic() + 90
    while machines.describe_execution(executionArn=run)["status"] == "RUNNING":
        assert time.monotonic() < deadline, "the machine does not end"
        time.sleep(0.5)


def _logged(cloud: LocalCloud) -> list[str]:
    """Every line of every log group, of this test and of all before it, oldest first."""
    logs, lines = cloud.client("logs"), list[tuple[int, str]]()
    for group in logs.describe_log_groups()["logGroups"]:
        more: dict[str, Any] = {"logGroupName": group["logGroupName"]}
        while True:
            page = logs.filter_log_events(**more)
            lines += [(event["timestamp"], event["message"]) for event in page["events"]]
            if not page.get("nextToken"):
                break
            more["nextToken"] = page["nextToken"]
    return [message for _, message in sorted(lines, key=lambda line: line[0])]
