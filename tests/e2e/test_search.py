"""Mail that comes in on the local cloud is found, listed and read: events, queue, function, API."""

import hashlib
import time
import urllib.parse
import urllib.request
from typing import Any

import pytest

from tests.support.local_cloud import LocalCloud
from tests.support.upload_client import KIM, ended, new_mailbox, send
from tests.support.uploading import zip_of

pytestmark = pytest.mark.e2e


def _mail(number: int) -> bytes:
    return (
        f"From: lee@acme.example\r\nTo: {KIM}\r\nSubject: Zebra {number}\r\n"
        f"Date: Mon, {number + 1:02} Jan 2024 10:00:00 +0900\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=euc-kr\r\n\r\n"
    ).encode() + f"정기회의록을 공유합니다 {number}번째\r\n".encode("cp949")


def _search(cloud: LocalCloud, query: str, **more: str) -> Any:
    asked = urllib.parse.urlencode({"q": query, **more})
    answer = cloud.call("GET", f"/search?{asked}", as_=KIM)
    assert answer.status == 200, answer.body
    return answer.body


def test_uploaded_mail_is_found_listed_and_read(local_cloud: LocalCloud) -> None:
    box = new_mailbox(local_cloud, "e2e/검색")
    sent = {f"{n}.eml": _mail(n) for n in range(12)}
    ended(local_cloud, send(local_cloud, box, zip_of(sent)))
    deadline = time.monotonic() + 60
    while _search(local_cloud, "회의", mailbox=box)["waiting"]:
        assert time.monotonic() < deadline, "the segment was not indexed"
        time.sleep(0.5)
    for query in ("회의", "회의록", '"공유합니다 3번째" OR', "zebra"):
        found = _search(local_cloud, query.removesuffix(" OR"), mailbox=box, limit="50")
        expected = 1 if query.startswith('"') else 12
        assert len(found["messages"]) == expected, query
    page = local_cloud.call("GET", f"/mailboxes/{box}/messages?limit=5", as_=KIM).body
    assert [row["subject"] for row in page["messages"]] == [f"Zebra {n}" for n in range(11, 6, -1)]
    row = page["messages"][0]
    assert row["to"] == KIM and row["attachments"] == 0
    url = local_cloud.call("GET", f"/mailboxes/{box}/messages/{row['key']}/eml", as_=KIM).body[
        "url"
    ]
    with urllib.request.urlopen(url) as answer:
        content = answer.read()
        assert "attachment" in answer.headers["Content-Disposition"]
    assert content == _mail(11)
    assert hashlib.sha256(content).hexdigest() == row["key"]


def test_what_the_demo_company_has_is_searchable(local_cloud: LocalCloud) -> None:
    deadline = time.monotonic() + 60
    while _search(local_cloud, "회의")["waiting"]:
        assert time.monotonic() < deadline, "the demo mail was not indexed"
        time.sleep(0.5)
    found = _search(local_cloud, "회의 -is:starred", limit="20")
    assert found["messages"]
    assert all(row["received"] for row in found["messages"])


def test_a_backup_goes_back_where_it_came_from(local_cloud: LocalCloud) -> None:
    """By the API, with the roles of the template: emptied by undoing, brought back, twice."""
    box = new_mailbox(local_cloud, "e2e/복원")
    sent = {f"{n}.eml": _mail(n) for n in range(12)}
    upload = ended(local_cloud, send(local_cloud, box, zip_of(sent)))

    def mails() -> list[Any]:
        page = local_cloud.call("GET", f"/mailboxes/{box}/messages?limit=50", as_=KIM)
        assert page.status == 200, page.body
        return [
            {name: row[name] for name in ("key", "received", "flags", "bytes", "subject")}
            for row in page.body["messages"]
        ]

    before = mails()
    assert len(before) == 12
    wanted = {"mailboxes": [box], "period": {"kind": "all"}}
    backup = local_cloud.call("POST", "/backups", wanted, as_=KIM).body
    there = f"/backups/{backup['id']}"
    _wait(local_cloud, there, "ready")
    local_cloud.call("POST", f"/uploads/{upload['id']}/undo", as_=KIM)
    _wait(local_cloud, f"/uploads/{upload['id']}", "undone")
    assert mails() == []
    for imported, duplicate in ((12, 0), (0, 12)):
        asked = local_cloud.call("POST", f"{there}/restore", as_=KIM)
        assert asked.status == 202 and asked.body["state"] == "received", asked.body
        done = _wait(local_cloud, f"/uploads/{asked.body['id']}", "completed")
        totals = done["totals"]
        assert (totals["imported"], totals["duplicate"]) == (imported, duplicate)
        assert mails() == before
    assert local_cloud.call("DELETE", there, as_=KIM).status == 204


def _wait(cloud: LocalCloud, path: str, state: str) -> Any:
    deadline = time.monotonic() + 120
    while True:
        found = cloud.call("GET", path, as_=KIM).body
        if found["state"] == state:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.3)
