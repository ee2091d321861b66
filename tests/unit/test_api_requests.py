"""Backups and uploads over HTTP, on fakes; and that a refused request writes nothing."""

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pyeonji.domain.backups import Volume, volume_key
from pyeonji.domain.ids import new_id
from pyeonji.domain.limits import MIB
from pyeonji.domain.states import BackupState, UploadState, VolumeState
from pyeonji.domain.uploads import upload_key
from tests.support.api import PARK, Api, use
from tests.support.company import KIM, days_ago, deliver, letter_bytes

ALL: dict[str, Any] = {"mailboxes": "all", "period": {"kind": "all"}}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    return use(Api(), monkeypatch)


@pytest.fixture
def filled(api: Api) -> Api:
    """kim's inbox holds three mails."""
    mails = [(letter_bytes(n), days_ago(api.world, 30 + n)) for n in range(3)]
    deliver(api.world, api.inbox, mails)
    return api


def everything(api: Api) -> Any:
    """All that is stored, to be compared."""
    world = api.world
    return copy.deepcopy(
        (
            world.accounts.profiles, world.accounts.boxes, world.index.messages,
            world.backups.items, world.backups.files, world.backups.taken,
            world.uploads.items, world.machines.backups, world.machines.uploads,
            world.mail.data, world.volumes.data, world.zips.data, world.zips.open,
            world.work.data,
        )
    )  # fmt: skip


def seal(api: Api, backup_id: str, account: str = KIM) -> Volume:
    """As the machine would leave it: one volume, ready."""
    world = api.world
    now = world.clock.replace(microsecond=0)
    expires_at = now + timedelta(days=7)
    backup = replace(
        world.backups.items[account, backup_id],
        state=BackupState.READY,
        messages=3,
        finished_at=now,
        expires_at=expires_at,
    )
    world.backups.items[account, backup_id] = backup
    volume = Volume(
        account=account, backup_id=backup_id, number=1, state=VolumeState.READY,
        filename="acme_kim_받은편지함_1of1.zip", key=volume_key(account, backup_id, 1),
        mailbox_id=api.inbox.id, messages=3, bytes=1234, upload_id="", parts=1,
        created_at=now, expires_at=expires_at,
    )  # fmt: skip
    world.backups.files[account, backup_id, 1] = volume
    return volume


# ------------------------------------------------------------------------------- backups


def test_an_estimate_says_the_instants_a_period_comes_to(filled: Api) -> None:
    found = filled.call("POST", "/backups/estimate", ALL).json
    assert (found["messages"], found["volumes"]) == (3, 1)
    # 15 June, noon in Seoul: up to the end of 14 June there.
    assert (found["from"], found["to"]) == ("1970-01-01T00:00:00Z", "2026-06-14T15:00:00Z")
    days = {"kind": "range", "from": "2024-02-29", "to": "2024-02-29"}
    found = filled.call("POST", "/backups/estimate", ALL | {"period": days}).json
    assert (found["from"], found["to"]) == ("2024-02-28T15:00:00Z", "2024-02-29T15:00:00Z")
    assert (found["messages"], found["bytes"], found["volumes"]) == (0, 0, 0)


def test_a_backup_is_asked_for_shown_and_removed(filled: Api) -> None:
    made = filled.call("POST", "/backups", ALL | {"mailboxes": [filled.inbox.id]})
    assert (made.status, made.json["state"], made.json["volumes"]) == (201, "requested", [])
    assert made.json["requested_at"] == "2026-06-15T03:00:00Z"
    assert list(filled.world.machines.backups) == [made.json["id"]]
    path = f"/backups/{made.json['id']}"
    assert filled.call("GET", path).json == made.json
    listed = filled.call("GET", "/backups").json
    assert listed["backups"] == [made.json]
    assert listed["slots"] == {"used": 1, "limit": 5, "next_free_at": None}
    early = filled.call("GET", f"{path}/volumes/1/url")
    assert (early.status, early.code) == (404, "volume_not_found")
    assert filled.call("POST", f"{path}/cancel").json["state"] == "cancelled"
    assert filled.call("GET", "/me").json["limits"]["used_backups"] == 0
    assert filled.call("DELETE", path).status == 204
    assert filled.call("GET", path).code == "backup_not_found"
    assert filled.call("DELETE", path).code == "backup_not_found"


def test_a_download_lives_for_minutes_and_never_past_its_volume(filled: Api) -> None:
    made = filled.call("POST", "/backups", ALL).json
    volume = seal(filled, made["id"])
    path = f"/backups/{made['id']}/volumes/1/url"
    given = filled.call("GET", path).json
    assert given["expires_at"] == "2026-06-15T03:15:00Z"
    assert volume.expires_at is not None
    script = filled.call("GET", path.replace("/url", "/file"))
    assert (script.status, script.headers["Location"]) == (302, given["url"])
    filled.world.clock = volume.expires_at - timedelta(seconds=90)
    assert filled.call("GET", path).json["expires_at"] == "2026-06-22T03:00:00Z"
    filled.world.clock = volume.expires_at
    assert filled.call("GET", path.replace("/url", "/file")).code == "volume_expired"
    gone = filled.call("GET", path)
    assert (gone.status, gone.code) == (410, "volume_expired")
    assert "22 June 2026, 12:00 PM (KST)" in gone.json["detail"]  # in Seoul
    assert gone.json["expired_at"] == "2026-06-22T03:00:00Z"


def test_the_sixth_backup_is_told_which_to_delete(filled: Api) -> None:
    ids = [filled.call("POST", "/backups", ALL).json["id"] for _ in range(5)]
    busy = filled.call("POST", "/backups", ALL)
    assert (busy.status, busy.code, busy.json["limit"]) == (409, "too_many_backups", 5)
    assert "Wait until one has been made" in busy.json["detail"]
    seal(filled, ids[2])
    told = filled.call("POST", "/backups", ALL, language="ko")
    assert told.json["delete_id"] == ids[2]
    assert told.json["next_free_at"] == "2026-06-22T03:00:00Z"
    assert "2026년 6월 22일(월) 오후 12시" in told.json["detail"]
    assert filled.call("GET", "/me").json["limits"]["next_free_at"] == "2026-06-22T03:00:00Z"
    filled.call("DELETE", f"/backups/{ids[2]}")
    assert filled.call("POST", "/backups", ALL).status == 201


def test_a_backup_of_nothing(api: Api) -> None:
    answer = api.call("POST", "/backups", ALL)
    assert (answer.status, answer.code) == (422, "nothing_to_back_up")


def test_a_failed_backup_says_why(filled: Api) -> None:
    made = filled.call("POST", "/backups", ALL).json
    key = KIM, made["id"]
    filled.world.backups.items[key] = replace(
        filled.world.backups.items[key], state=BackupState.FAILED, failure="deadline_passed"
    )
    failure = filled.call("GET", f"/backups/{made['id']}").json["failure"]
    assert failure["code"] == "deadline_passed"
    assert "72 hours" in failure["detail"]


def test_lists_page(filled: Api) -> None:
    ids = [filled.call("POST", "/backups", ALL).json["id"] for _ in range(3)][::-1]
    # Made within one instant, ids are in no order among themselves.
    ids.sort(reverse=True)
    first = filled.call("GET", "/backups?limit=2").json
    assert [one["id"] for one in first["backups"]] == ids[:2]
    second = filled.call("GET", f"/backups?limit=2&after={first['next']}").json
    assert [one["id"] for one in second["backups"]] == ids[2:]
    assert second["next"] is None


# ------------------------------------------------------------------------------- uploads


def new_upload(api: Api, **changes: Any) -> dict[str, Any]:
    return {"filename": "메일.zip", "bytes": 40 * MIB, "mailbox_id": api.inbox.id} | changes


def test_an_upload_from_opening_to_received(api: Api) -> None:
    opened = api.call("POST", "/uploads", new_upload(api))
    assert (opened.status, opened.json["state"]) == (201, "receiving")
    assert (opened.json["part_bytes"], opened.json["parts"]) == (5 * MIB, 8)
    path = f"/uploads/{opened.json['id']}"
    urls = api.call("POST", f"{path}/parts", {"numbers": [1, 3, 1]}).json["urls"]
    assert list(urls) == ["1", "3"]
    assert api.call("GET", f"{path}/parts").json == {"parts": []}
    early = api.call("POST", f"{path}/complete")
    assert (early.status, early.code, early.json["missing"]) == (409, "parts_missing", 8)
    upload = api.world.uploads.items[KIM, opened.json["id"]]
    key = upload_key(KIM, upload.id)
    for number, size in ((number, 5 * MIB) for number in range(1, 9)):
        api.world.zips.put_part(key, upload.multipart_id, number, bytes(size))
    assert len(api.call("GET", f"{path}/parts").json["parts"]) == 8
    received = api.call("POST", f"{path}/complete", {})
    assert (received.status, received.json["state"]) == (202, "received")
    assert api.call("POST", f"{path}/complete").json["state"] == "received"
    shown = api.call("GET", path).json
    assert shown["can_retry"] is False and shown["totals"]["entries"] == 0
    assert api.call("GET", f"{path}/entries").json == {"entries": [], "next": None}
    assert api.call("GET", f"{path}/ledger").code == "ledger_not_ready"
    busy = api.call("DELETE", path)
    assert (busy.status, busy.code, busy.json["state"]) == (409, "wrong_state", "received")


def test_an_upload_is_abandoned_then_taken_off_the_list(api: Api) -> None:
    path = f"/uploads/{api.call('POST', '/uploads', new_upload(api)).json['id']}"
    assert api.call("DELETE", path).status == 204
    assert api.call("GET", path).json["state"] == "abandoned"
    assert api.world.zips.open == {}
    assert api.call("POST", f"{path}/parts", {"numbers": [1]}).code == "wrong_state"
    assert api.call("POST", f"{path}/retry").code == "wrong_state"
    # Not "not ready yet": it never will be.
    assert api.call("GET", f"{path}/ledger").code == "wrong_state"
    assert api.call("DELETE", path).status == 204
    assert api.call("GET", "/uploads").json == {"uploads": [], "next": None}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"filename": "mail.tar"}, 422, "not_a_zip_name"),
        ({"bytes": 2147483648}, 422, "too_large"),
        ({"bytes": 2147483647}, 201, None),
        ({"bytes": 0}, 422, "empty"),
        ({"bytes": -1}, 400, "invalid_request"),
        ({"bytes": True}, 400, "invalid_request"),
        ({"bytes": 1.5}, 400, "invalid_request"),
        ({"bytes": "10"}, 400, "invalid_request"),
        ({"bytes": 10**30}, 422, "too_large"),
        ({"filename": "x" * 252 + ".zip"}, 400, "invalid_request"),
        ({"mailbox_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, 404, "mailbox_not_found"),
        ({"mailbox_id": "../../x"}, 404, "mailbox_not_found"),
        ({"on_duplicate": "replace"}, 400, "invalid_request"),
        ({"on_duplicate": "keep"}, 201, None),
    ],
)
def test_what_is_refused_before_the_first_byte(
    api: Api, changes: dict[str, Any], status: int, code: str | None
) -> None:
    before = everything(api)
    answer = api.call("POST", "/uploads", new_upload(api, **changes))
    assert answer.status == status
    if code:
        assert answer.code == code
        assert everything(api) == before


def test_a_failed_upload_says_why(api: Api) -> None:
    opened = api.call("POST", "/uploads", new_upload(api)).json
    key = KIM, opened["id"]
    api.world.uploads.items[key] = replace(
        api.world.uploads.items[key], state=UploadState.FAILED, failure="not_a_zip"
    )
    shown = api.call("GET", f"/uploads/{opened['id']}", language="ko").json
    assert shown["failure"]["code"] == "not_a_zip"
    assert "ZIP" in shown["failure"]["detail"]
    ledger = api.call("GET", f"/uploads/{opened['id']}/ledger")
    assert (ledger.status, ledger.code, ledger.json["state"]) == (409, "wrong_state", "failed")


# ------------------------------------------------------------------------------- bad input


def period(**fields: Any) -> dict[str, Any]:
    return ALL | {"period": fields}


@pytest.mark.parametrize(
    ("body", "field", "problem"),
    [
        ({"period": {"kind": "all"}}, "mailboxes", "missing_field"),
        (ALL | {"mailboxes": []}, "mailboxes", "empty"),
        (ALL | {"mailboxes": "some"}, "mailboxes", "wrong_type"),
        (ALL | {"mailboxes": [1]}, "mailboxes", "wrong_type"),
        (ALL | {"mailboxes": None}, "mailboxes", "wrong_type"),
        (ALL | {"mailboxes": {"all": True}}, "mailboxes", "wrong_type"),
        (ALL | {"mailboxes": ["x"] * 1001}, "mailboxes", "too_many"),
        ({"mailboxes": "all"}, "period", "missing_field"),
        (ALL | {"period": "all"}, "period", "must_be_object"),
        (ALL | {"period": None}, "period", "must_be_object"),
        (period(), "period.kind", "unknown_value"),
        (period(kind="last_year"), "period.kind", "unknown_value"),
        (period(kind=["all"]), "period.kind", "unknown_value"),
        (period(kind="all", **{"from": "2024-01-01"}), "period.from", "unknown_field"),
        (period(kind="range", to="2024-01-01"), "period.from", "must_be_day"),
        (period(kind="range", **{"from": "2024-02-30"}, to="2024-03-01"), "period.from",
         "no_such_day"),
        (period(kind="range", **{"from": "2023-02-29"}, to="2024-03-01"), "period.from",
         "no_such_day"),
        (period(kind="range", **{"from": "2024-05-02"}, to="2024-05-01"), "period.to",
         "ends_before_it_begins"),
        (period(kind="range", **{"from": "2024-W01-1"}, to="2024-03-01"), "period.from",
         "must_be_day"),
        (period(kind="range", **{"from": "20240101"}, to="2024-03-01"), "period.from",
         "must_be_day"),
        (period(kind="range", **{"from": 20240101}, to="2024-03-01"), "period.from",
         "must_be_day"),
        (period(kind="range", **{"from": "2024-01-01"}, to="9999-12-31"), "period.to",
         "no_such_day"),
        (period(kind="range", **{"from": "٢٠٢٤-٠١-٠١"}, to="2024-03-01"), "period.from",
         "no_such_day"),
        (ALL | {"volume_byte": 5 * MIB}, "volume_byte", "unknown_field"),
        (ALL | {"volume_bytes": "5MB"}, "volume_bytes", "wrong_type"),
        (ALL | {"volume_bytes": 5.5}, "volume_bytes", "wrong_type"),
        (ALL | {"volume_bytes": True}, "volume_bytes", "wrong_type"),
        (ALL | {"volume_bytes": 0}, "volume_bytes", "out_of_range"),
        (ALL | {"volume_bytes": 10**12}, "volume_bytes", "out_of_range"),
        ([ALL], "body", "must_be_object"),
        ("all", "body", "must_be_object"),
        (None, "mailboxes", "missing_field"),
    ],
)  # fmt: skip
def test_a_field_that_is_wrong_is_named_and_nothing_is_written(
    filled: Api, body: Any, field: str, problem: str
) -> None:
    before = everything(filled)
    for path in ("/backups", "/backups/estimate"):
        answer = filled.call("POST", path, body)
        assert (answer.status, answer.code) == (400, "invalid_request")
        assert (answer.json["field"], answer.json["problem"]) == (field, problem)
        assert field in answer.json["detail"]
    assert everything(filled) == before


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        ("not json", 400, "invalid_request"),
        ("{", 400, "invalid_request"),
        ("\x00\xff", 400, "invalid_request"),
        ("[" * 100_000, 400, "invalid_request"),
        ('{"mailboxes": "\\ud800", "period": {"kind": "all"}}', 400, "invalid_request"),
        ('{"mailboxes": NaN, "period": {"kind": "all"}}', 400, "invalid_request"),
        (" " * (256 * 1024) + "{}", 413, "request_too_large"),
    ],
)
def test_a_body_that_is_not_json_or_too_large(
    filled: Api, raw: str, status: int, code: str
) -> None:
    before = everything(filled)
    answer = filled.call("POST", "/backups", raw=raw)
    assert (answer.status, answer.code) == (status, code)
    assert everything(filled) == before


def test_json_that_says_it_is_something_else(filled: Api) -> None:
    raw = '{"mailboxes": "all", "period": {"kind": "all"}}'
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = filled.call("POST", "/backups", raw=raw, headers=form)
    assert (answer.status, answer.code) == (415, "unsupported_media_type")
    fine = {"Content-Type": "application/json; charset=utf-8"}
    assert filled.call("POST", "/backups", raw=raw, headers=fine).status == 201


def test_what_is_somebody_elses_does_not_exist(filled: Api) -> None:
    made = filled.call("POST", "/backups", ALL).json
    seal(filled, made["id"])
    sent = filled.call("POST", "/uploads", new_upload(filled)).json
    before = everything(filled)
    backup, upload = f"/backups/{made['id']}", f"/uploads/{sent['id']}"
    tries: list[tuple[str, str, Any]] = [
        ("GET", backup, None), ("DELETE", backup, None), ("POST", f"{backup}/cancel", None),
        ("GET", f"{backup}/volumes/1/url", None),
        ("GET", f"{backup}/volumes/1/file", None),
        ("GET", upload, None), ("DELETE", upload, None), ("GET", f"{upload}/parts", None),
        ("POST", f"{upload}/parts", {"numbers": [1]}), ("POST", f"{upload}/complete", None),
        ("POST", f"{upload}/retry", None), ("GET", f"{upload}/entries", None),
        ("GET", f"{upload}/ledger", None),
        ("POST", "/backups", ALL | {"mailboxes": [filled.inbox.id]}),
        ("POST", "/backups/estimate", ALL | {"mailboxes": [filled.inbox.id]}),
        ("POST", "/uploads", new_upload(filled)),
    ]  # fmt: skip
    for method, path, body in tries:
        mine = filled.call(method, path, body, account=PARK)
        assert mine.status == 404, (method, path)
        # It looks exactly like an id that nobody ever had.
        never = new_id(filled.world.clock)
        for known in (made["id"], sent["id"]):
            path = path.replace(known, never)
        if body is None:
            assert filled.call(method, path, body, account=PARK) == mine
    assert everything(filled) == before
    assert filled.call("GET", "/backups", account=PARK).json["backups"] == []
    assert filled.call("GET", "/uploads", account=PARK).json["uploads"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/backups/x", "/backups/01ARZ3NDEKTSV4RRFFQ69G5FAV#VOLUME#0001", "/backups/%2e%2e",
        "/uploads/x", "/backups/01arz3ndektsv4rrffq69g5fav", "/uploads/٠١٢٣٤٥٦٧٨٩",
        "/backups/01ARZ3NDEKTSV4RRFFQ69G5FAV/volumes/x/url",
        "/backups/01ARZ3NDEKTSV4RRFFQ69G5FAV/volumes/-1/url",
        "/backups/01ARZ3NDEKTSV4RRFFQ69G5FAV/volumes/99999999999/url",
    ],
)  # fmt: skip
def test_an_id_of_another_form_is_nothing_of_anybodys(api: Api, path: str) -> None:
    assert api.call("GET", path.replace("#", "%23")).status == 404


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/backups?limit=0", "limit"), ("/backups?limit=201", "limit"),
        ("/backups?limit=x", "limit"), ("/backups?after=x", "after"),
        ("/backups?page=2", "page"), ("/me?x=1", "x"), ("/uploads?limit=9999999999", "limit"),
    ],
)  # fmt: skip
def test_a_query_that_is_wrong(api: Api, path: str, field: str) -> None:
    answer = api.call("GET", path)
    assert (answer.status, answer.json["field"]) == (400, field)


def test_a_query_of_entries(api: Api) -> None:
    path = f"/uploads/{api.call('POST', '/uploads', new_upload(api)).json['id']}/entries"
    assert api.call("GET", f"{path}?outcome=rejected&limit=1000").status == 200
    for wrong in ("outcome=lost", "limit=1001", "after=-1", "after=x", "outcom=rejected"):
        answer = api.call("GET", f"{path}?{wrong}")
        assert (answer.status, answer.json["field"]) == (400, wrong.partition("=")[0])


def test_part_numbers(api: Api) -> None:
    path = f"/uploads/{api.call('POST', '/uploads', new_upload(api)).json['id']}/parts"
    for wrong in ([], [0], [9], ["1"], [1.5], "all", list(range(1001)), None, [True]):
        answer = api.call("POST", path, {"numbers": wrong})
        assert answer.status == 400
        assert answer.json["field"].startswith("numbers")
