"""Mails and search by HTTP; every answer is held against the document."""

from datetime import timedelta

import pytest

from pyeonji.usecases.mail.indexing import index_segment
from tests.support.api import PARK, Api, use
from tests.support.company import days_ago, deliver, letter_bytes


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    made = use(Api(), monkeypatch)
    mails = [
        (letter_bytes(n, subject="회의록 공유"), days_ago(made.world, 5 - n)) for n in range(5)
    ]
    deliver(made.world, made.inbox, mails)
    for key in list(made.world.mail.data):
        index_segment(made.world, segment=key)
    return made


def test_list_show_and_fetch(api: Api) -> None:
    path = f"/mailboxes/{api.inbox.id}/messages"
    page = api.call("GET", f"{path}?limit=2").json
    assert [row["subject"] for row in page["messages"]] == ["회의록 공유 4", "회의록 공유 3"]
    row = page["messages"][0]
    assert row["to"] == "kim@acme.example" and row["attachments"] == 0
    rest = api.call("GET", f"{path}?limit=50&after={page['next']}").json
    assert len(rest["messages"]) == 3 and rest["next"] is None
    assert api.call("GET", f"{path}/{row['key']}").json == row
    eml = api.call("GET", f"{path}/{row['key']}/eml")
    assert row["key"] in eml.json["url"]
    day = (api.world.clock - timedelta(days=2)).date()
    assert len(api.call("GET", f"{path}?from={day}&to={day}").json["messages"]) == 1


def test_search(api: Api) -> None:
    page = api.call("GET", "/search?q=회의&limit=3").json
    assert len(page["messages"]) == 3 and page["waiting"] == 0
    assert {row["mailbox_id"] for row in page["messages"]} == {api.inbox.id}
    rest = api.call("GET", f"/search?q=회의&limit=3&after={page['next']}").json
    assert len(rest["messages"]) == 2 and rest["next"] is None
    found = api.call("GET", f'/search?q=제목:"공유 3"&mailbox={api.inbox.id}').json
    assert [row["subject"] for row in found["messages"]] == ["회의록 공유 3"]


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/search", 400, "q"),
        ("/search?q=", 400, "q"),
        ("/search?q=before:soon", 400, "q"),
        ("/search?q=x&limit=0", 400, "limit"),
        ("/search?q=x&after=x", 400, "after"),
        ("/search?q=x&colour=red", 400, "colour"),
        ("/search?q=x&mailbox=nobody", 404, None),
        ("/mailboxes/{box}/messages?from=yesterday", 400, "from"),
        ("/mailboxes/{box}/messages?to=2024-02-30", 400, "to"),
        ("/mailboxes/{box}/messages?after=x", 400, "after"),
        ("/mailboxes/nobody/messages", 404, None),
        ("/mailboxes/{box}/messages/x", 404, None),
        ("/mailboxes/{box}/messages/x/eml", 404, None),
    ],
)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_is_wrong_is_said(
    api: Api, path: str, status: int, field: str | None, language: str
) -> None:
    answer = api.call("GET", path.replace("{box}", api.inbox.id), language=language)
    assert answer.status == status
    assert answer.json.get("field") == field


def test_anothers_mail_is_not_there(api: Api) -> None:
    path = f"/mailboxes/{api.inbox.id}/messages"
    key = api.call("GET", path).json["messages"][0]["key"]
    for wanted in (
        path,
        f"{path}/{key}",
        f"{path}/{key}/eml",
        f"/search?q=회의&mailbox={api.inbox.id}",
    ):
        assert api.call("GET", wanted, account=PARK).status == 404
    assert api.call("GET", "/search?q=회의", account=PARK).json["messages"] == []
