"""Every route once on the local cloud, in the order a person would: each answer is held against
docs/openapi.yaml, so the document is true of the API that runs, gateway included."""

import io
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import urllib3

from infra.local.api import Api, put
from pyeonji.domain.ids import new_id
from tests.support.api import check_answer, load_app, resource_of
from tests.support.local_cloud import LocalCloud

pytestmark = pytest.mark.e2e

#: Not kim: other tests count on her slots.
PARK = "park@other.example"
DAYS = {"kind": "range", "from": "2000-01-01", "to": "2025-12-31"}


@pytest.fixture
def asked() -> set[tuple[str, str]]:
    """The routes that were called."""
    return set()


@pytest.fixture
def call(local_cloud: LocalCloud, asked: set[tuple[str, str]]) -> Callable[..., Any]:
    """A call as park that is checked; its body."""
    person = local_cloud.person(PARK)
    tokens = local_cloud.call("POST", "/session", {"email": PARK, "password": person["password"]})

    def checked(method: str, path: str, body: object = None, status: int = 200) -> Any:
        answer = local_cloud.call(
            method, path, body, token=tokens.body["id_token"],
            headers={"X-Access-Token": tokens.body["access_token"]},
        )  # fmt: skip
        assert answer.status == status, answer.body
        template, _ = resource_of(method, path.partition("?")[0])
        check_answer(method, template, answer.status, answer.headers, answer.body)
        asked.add((method, template))
        return answer.body

    return checked


def test_every_route_answers_as_the_document_says(
    local_cloud: LocalCloud,
    call: Callable[..., Any],
    asked: set[tuple[str, str]],
    tmp_path: Path,
) -> None:
    api = Api(local_cloud.api_url, local_cloud.token(PARK))

    # Signing in: a session of its own, because it is ended here.
    password = local_cloud.person(PARK)["password"]
    session = call("POST", "/session", {"email": PARK, "password": password})
    refresh = {"refresh_token": session["refresh_token"]}
    call("POST", "/session/refresh", refresh)
    call("POST", "/session/totp", {"email": PARK, "session": "x" * 40, "code": "123456"}, 401)
    new = {"email": PARK, "session": "x" * 40, "password": "Pyeonji-New-2026"}
    call("POST", "/session/new-password", new, 401)
    # Without a second factor the password alone does.
    call("POST", "/session/recovery", {"email": PARK, "password": password, "code": "none"})
    call("DELETE", "/session", refresh, 204)

    call("GET", "/me")
    call("PUT", "/me", {"language": "en", "notices": "on"})
    call("POST", "/me/totp", {})
    call("POST", "/me/totp/confirm", {"code": "000000"}, 422)
    call("POST", "/me/recovery-codes", {"password": password}, 409)
    call("DELETE", "/me/totp", {})
    boxes = call("GET", "/mailboxes")["mailboxes"]
    box = min((box for box in boxes if box["messages"] > 10), key=lambda box: box["bytes"])
    path = f"문서 {new_id(local_cloud.services.now())}"
    empty = call("POST", "/mailboxes", {"path": path}, 201)

    # From a mailbox to a volume ...
    chosen = {"mailboxes": [box["id"]], "period": DAYS}
    expected = call("POST", "/backups/estimate", chosen)
    backup = call("POST", "/backups", chosen, 201)
    there = f"/backups/{backup['id']}"
    api.wait(there, "ready", seconds=120)
    made = call("GET", there)
    assert (made["messages"], made["progress"]) == (expected["messages"], 1.0)
    assert made["id"] in [each["id"] for each in call("GET", "/backups?limit=5")["backups"]]
    url = call("GET", f"{there}/volumes/1/url")["url"]
    with urllib.request.urlopen(url) as answer:
        volume = answer.read()
    # A script's link: it does not wear out, and goes on where a download broke.
    script = urllib3.request(
        "GET", f"{api.url}{there}/volumes/1/file", redirect=False,
        headers={"Authorization": api.token or ""},
    )  # fmt: skip
    route = "/backups/{id}/volumes/{n}/file"
    check_answer("GET", route, script.status, dict(script.headers), None)
    asked.add(("GET", route))
    rest = urllib3.request("GET", script.headers["Location"], headers={"Range": "bytes=100-"})
    assert (script.status, rest.status, rest.data) == (302, 206, volume[100:])
    names = zipfile.ZipFile(io.BytesIO(volume)).namelist()
    assert sum(name.endswith(".eml") for name in names) == made["volumes"][0]["messages"]

    # ... and from the volume into an empty mailbox.
    new = {"filename": "volume.zip", "bytes": len(volume), "mailbox_id": empty["id"]}
    upload = call("POST", "/uploads", new, 201)
    here = f"/uploads/{upload['id']}"
    call("POST", f"{here}/complete", None, 409)
    urls = call("POST", f"{here}/parts", {"numbers": list(range(1, upload["parts"] + 1))})["urls"]
    for number, url in urls.items():
        start = (int(number) - 1) * upload["part_bytes"]
        put(url, volume[start : start + upload["part_bytes"]])
    assert len(call("GET", f"{here}/parts")["parts"]) == upload["parts"]
    call("POST", f"{here}/complete", {}, 202)
    api.wait(here, "completed", seconds=120)
    done = call("GET", here)
    assert done["totals"]["imported"] == made["messages"]
    assert done["totals"]["ignored"] == len(names) - made["messages"]
    call("GET", "/uploads")
    rows = call("GET", f"{here}/entries?outcome=imported&limit=3")
    assert len(rows["entries"]) == 3 and rows["next"]
    more = call("GET", f"{here}/entries?outcome=imported&limit=3&after={rows['next']}")
    assert more["entries"][0]["index"] > rows["entries"][-1]["index"]
    ignored = call("GET", f"{here}/entries?outcome=ignored")["entries"]
    assert {row["reason"] for row in ignored} == {"manifest"} and ignored[0]["detail"]
    with urllib.request.urlopen(call("GET", f"{here}/ledger")["url"]) as answer:
        assert answer.read(3) == b"\xef\xbb\xbf"
    call("POST", f"{here}/retry", None, 409)

    # Mail is listed, found and read.
    listed = call("GET", f"/mailboxes/{empty['id']}/messages?limit=3")
    key = listed["messages"][0]["key"]
    call("GET", f"/mailboxes/{empty['id']}/messages/{key}")
    call("GET", f"/mailboxes/{empty['id']}/messages/{key}/eml")
    call("GET", "/search?q=from:example&limit=3")

    # What came in goes out again, and the mailbox with it.
    call("POST", f"{here}/undo", None, 202)
    api.wait(here, "undone", seconds=120)
    call("DELETE", f"/mailboxes/{empty['id']}", None, 204)

    # The backup goes back where it came from; everything is still there.
    brought = call("POST", f"{there}/restore", {"volumes": [1]}, 202)
    api.wait(f"/uploads/{brought['id']}", "completed", seconds=120)
    done = call("GET", f"/uploads/{brought['id']}")
    assert done["totals"]["duplicate"] == made["volumes"][0]["messages"]
    assert done["source"] == {"backup_id": made["id"], "volumes": [1]}
    call("DELETE", f"/uploads/{brought['id']}", None, 204)

    # By itself; and whoever's mail is kept here has no server to be brought up to date with.
    call("GET", "/schedule", None, 404)
    nightly = {"mailboxes": [box["id"]], "every": "month", "what": "new", "keep": 2}
    call("PUT", "/schedule", nightly)
    assert call("GET", "/schedule")["every"] == "month"
    call("DELETE", "/schedule", None, 204)
    call("POST", "/sync", None, 409)
    call("POST", "/restores", {"mailbox_id": box["id"], "keys": [key]}, 409)

    # What was done is written down.
    done_here = {record["action"] for record in call("GET", "/audit?limit=100")["records"]}
    assert done_here >= {"mail_read", "searched", "upload_undone", "schedule_deleted"}

    # The ends.
    call("POST", f"{there}/cancel", None, 409)
    call("DELETE", there, None, 204)
    call("GET", there, None, 404)
    call("DELETE", here, None, 204)
    call("DELETE", "/me/sessions", None, 204)
    local_cloud.token(PARK, fresh=True)
    assert asked == {
        (method, template) for template, methods in load_app().routes.items() for method in methods
    }
