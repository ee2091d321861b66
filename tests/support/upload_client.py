"""What the page and the client do to upload a ZIP: calls of the API, and PUTs to S3."""

import time
import urllib.request
from typing import Any

from tests.support.local_cloud import LocalCloud

KIM = "kim@acme.example"
ENDED = ("completed", "failed", "abandoned")


def new_mailbox(cloud: LocalCloud, path: str, email: str = KIM) -> str:
    """The id of a new mailbox; the path gets a number, for a cloud that is used again."""
    path = f"{path} {time.time_ns():x}"
    answer = cloud.call("POST", "/mailboxes", {"path": path}, as_=email)
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def mailbox(cloud: LocalCloud, mailbox_id: str, email: str = KIM) -> dict[str, Any]:
    """As the list has it."""
    boxes = cloud.call("GET", "/mailboxes", as_=email).body["mailboxes"]
    found: dict[str, Any] = next(box for box in boxes if box["id"] == mailbox_id)
    return found


def open_upload(
    cloud: LocalCloud,
    mailbox_id: str,
    size: int,
    *,
    email: str = KIM,
    on_duplicate: str = "skip",
    filename: str = "메일.zip",
) -> dict[str, Any]:
    """POST /uploads."""
    answer = cloud.call(
        "POST",
        "/uploads",
        {
            "filename": filename,
            "bytes": size,
            "mailbox_id": mailbox_id,
            "on_duplicate": on_duplicate,
        },
        as_=email,
    )
    assert answer.status == 201, answer.body
    body: dict[str, Any] = answer.body
    return body


def put_part(cloud: LocalCloud, upload: dict[str, Any], number: int, data: bytes) -> None:
    """One part, straight to S3."""
    path = f"/uploads/{upload['id']}/parts"
    answer = cloud.call("POST", path, {"numbers": [number]}, as_=KIM)
    assert answer.status == 200, answer.body
    start = (number - 1) * upload["part_bytes"]
    request = urllib.request.Request(
        answer.body["urls"][str(number)],
        method="PUT",
        # urllib would call it a form, and the emulator would read it as one.
        headers={"Content-Type": "application/octet-stream"},
        data=data[start : start + upload["part_bytes"]],
    )
    with urllib.request.urlopen(request, timeout=120) as response:
        assert response.status == 200


def send(cloud: LocalCloud, mailbox_id: str, data: bytes, **options: Any) -> str:
    """Everything up to and with `complete`; the upload's id."""
    upload = open_upload(cloud, mailbox_id, len(data), **options)
    for number in range(1, upload["parts"] + 1):
        put_part(cloud, upload, number, data)
    answer = cloud.call("POST", f"/uploads/{upload['id']}/complete", {}, as_=KIM)
    assert answer.status == 202, answer.body
    return str(upload["id"])


def ended(cloud: LocalCloud, upload_id: str, seconds: float = 90) -> dict[str, Any]:
    """The upload once it has ended."""
    deadline = time.monotonic() + seconds
    while True:
        answer = cloud.call("GET", f"/uploads/{upload_id}", as_=KIM)
        assert answer.status == 200, answer.body
        if answer.body["state"] in ENDED:
            body: dict[str, Any] = answer.body
            return body
        assert time.monotonic() < deadline, f"still {answer.body['state']}"
        time.sleep(0.3)


def entries(cloud: LocalCloud, upload_id: str, query: str = "") -> list[dict[str, Any]]:
    """Every row, page after page."""
    rows: list[dict[str, Any]] = []
    after = ""
    while True:
        path = f"/uploads/{upload_id}/entries?limit=100{query}{after}"
        page = cloud.call("GET", path, as_=KIM).body
        rows += page["entries"]
        if page["next"] is None:
            return rows
        after = f"&after={page['next']}"
