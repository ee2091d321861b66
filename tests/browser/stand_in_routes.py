"""The calls of the contract, as the stand-in answers them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.browser.stand_in import ROUTES, Answer, RefusedError, Route, StandIn, right_code
from tests.browser.world import Account, Json

Query = dict[str, list[str]]
PAGE = 50


def on(method: str, path: str) -> Callable[[Route], Route]:
    """Registers a route; `{}` in the path is one segment."""
    pattern = re.escape(path).replace(r"\{\}", "([^/]+)")

    def add(act: Route) -> Route:
        ROUTES.append((method, pattern, act))
        return act

    return add


def of(items: list[Json], key: str) -> Json:
    """The backup or upload of that id, else 404."""
    for item in items:
        if item["id"] == key:
            return item
    what = "backup" if key.startswith("B") else "upload"
    raise RefusedError(404, f"{what}_not_found")


def page_of(items: list[Json], query: Query) -> tuple[list[Json], str | None]:
    """A page of a list, newest first, and the id it ended with if there is more."""
    after = query.get("after", [""])[0]
    rest = [dict(item) for item in items if not after or item["id"] < after]
    return rest[:PAGE], rest[PAGE - 1]["id"] if len(rest) > PAGE else None


def ready(account: Account) -> None:
    """403 while mail is not set up."""
    if not account.mail_ready:
        raise RefusedError(403, account.not_ready_reason or "mail_not_set_up")


@on("GET", "/me")
def me(site: StandIn, account: Account, *_: Any) -> Answer:
    return 200, site.world.me(account)


@on("PUT", "/me")
def change_me(site: StandIn, account: Account, _ids: Any, _query: Query, body: Json) -> Answer:
    account.notices = body.get("notices", account.notices)
    return 200, site.world.me(account)


CODES = [f"ABCD-EFGH-{number:04}" for number in range(10)]


def proved(account: Account, body: Json) -> None:
    """By a code of the moment or the password."""
    if "code" in body and not right_code(account.totp or "", body["code"]):
        raise RefusedError(422, "wrong_code")
    if "password" in body and body["password"] != account.password:
        raise RefusedError(422, "wrong_credentials")


@on("DELETE", "/me/totp")
def end_totp(_site: StandIn, account: Account, _ids: Any, _query: Query, body: Json) -> Answer:
    proved(account, body)
    account.totp, account.codes = None, []
    return 200, {"totp_enabled": False}


@on("POST", "/me/recovery-codes")
def new_codes(_site: StandIn, account: Account, _ids: Any, _query: Query, body: Json) -> Answer:
    proved(account, body)
    account.codes = list(CODES)
    return 200, {"recovery_codes": account.codes}


@on("DELETE", "/me/sessions")
def end_sessions(site: StandIn, account: Account, *_: Any) -> Answer:
    site.refreshes.pop(f"refresh.{account.email}", None)
    return 204, None


@on("POST", "/me/totp")
def start_totp(_site: StandIn, account: Account, *_: Any) -> Answer:
    account.pending_totp = "KRSXG5CTMVRXEZLU"
    uri = f"otpauth://totp/Pyeonji:{account.email}?secret={account.pending_totp}&issuer=Pyeonji"
    return 200, {"secret": account.pending_totp, "otpauth_uri": uri}


@on("POST", "/me/totp/confirm")
def confirm_totp(_site: StandIn, account: Account, _ids: Any, _query: Query, body: Json) -> Answer:
    if account.pending_totp is None or not right_code(account.pending_totp, body["code"]):
        raise RefusedError(422, "wrong_code")
    account.totp, account.codes = account.pending_totp, list(CODES)
    return 200, {"totp_enabled": True, "recovery_codes": account.codes}


@on("GET", "/schedule")
def schedule(_site: StandIn, account: Account, *_: Any) -> Answer:
    if account.schedule is None:
        return 404, {"code": "schedule_not_found", "status": 404}
    return 200, account.schedule


@on("PUT", "/schedule")
def set_schedule(_site: StandIn, account: Account, _ids: Any, _query: Query, body: Json) -> Answer:
    account.schedule = {
        "volume_bytes": None,
        **body,
        "next_at": "2026-11-29T16:20:00Z",
        "last": None,
        "skipped": None,
    }
    return 200, account.schedule


@on("DELETE", "/schedule")
def end_schedule(_site: StandIn, account: Account, *_: Any) -> Answer:
    account.schedule = None
    return 204, None


@on("POST", "/sync")
def sync(_site: StandIn, account: Account, *_: Any) -> Answer:
    account.home.update(state="current", synced_at="2026-11-26T01:00:00Z", failure=None)
    return 202, {"home": account.home}


@on("GET", "/mailboxes")
def mailboxes(_site: StandIn, account: Account, *_: Any) -> Answer:
    return 200, {"mailboxes": account.mailboxes}


@on("POST", "/mailboxes")
def make_mailbox(site: StandIn, account: Account, _ids: Any, _query: Query, body: Json) -> Answer:
    if any(m["path"] == body["path"] for m in account.mailboxes):
        raise RefusedError(409, "mailbox_exists")
    made = {
        "id": f"M{next(site.world.numbers):025d}",
        "path": body["path"],
        "special_use": None,
        "messages": 0,
        "bytes": 0,
    }
    account.mailboxes.append(made)
    return 201, made


@on("DELETE", "/mailboxes/{}")
def delete_mailbox(_site: StandIn, account: Account, ids: Any, *_: Any) -> Answer:
    [found] = [m for m in account.mailboxes if m["id"] == ids[0]]
    if found["messages"]:
        raise RefusedError(409, "mailbox_not_empty")
    account.mailboxes.remove(found)
    return 204, None


@on("POST", "/backups/estimate")
def estimate(site: StandIn, account: Account, _ids: Any, _query: Query, body: Json) -> Answer:
    ready(account)
    boxes = site.world.chosen(account, body["mailboxes"])
    total = sum(m["messages"] for m in boxes)
    if not total:
        raise RefusedError(422, "nothing_to_back_up")
    part = 1.0 if body["period"]["kind"] == "all" else 0.4
    return 200, {
        "messages": int(total * part),
        "bytes": int(sum(m["bytes"] for m in boxes) * part),
        "volumes": sum(m["messages"] > 0 for m in boxes),
        "from": "1970-01-01T00:00:00Z" if part == 1.0 else "2025-12-31T15:00:00Z",
        "to": "2026-11-22T15:00:00Z",
    }


@on("POST", "/backups")
def request_backup(site: StandIn, account: Account, _ids: Any, _query: Query, body: Json) -> Answer:
    ready(account)
    slots = site.world.slots(account)
    if slots["used"] >= slots["limit"]:
        raise RefusedError(409, "too_many_backups")
    chosen = site.world.chosen(account, body["mailboxes"])
    asked = {"volume_bytes": body.get("volume_bytes"), "query": body.get("query")}
    return 201, site.world.add_backup(account, chosen, body["period"], **asked)


@on("GET", "/backups")
def backups(site: StandIn, account: Account, _ids: Any, query: Query, _body: Json) -> Answer:
    page, following = page_of(account.backups, query)
    answer = {"backups": page, "slots": site.world.slots(account), "next": following}
    for backup in site.world.looked_at(account.backups):
        site.world.move_backup(backup)
    return 200, answer


@on("POST", "/backups/{}/cancel")
def cancel(_site: StandIn, account: Account, ids: Any, *_: Any) -> Answer:
    backup = of(account.backups, ids[0])
    backup.update(state="cancelled", purge_at="2026-12-07T03:00:00Z")
    return 200, backup


@on("DELETE", "/backups/{}")
def delete_backup(_site: StandIn, account: Account, ids: Any, *_: Any) -> Answer:
    account.backups.remove(of(account.backups, ids[0]))
    return 204, None


@on("GET", "/backups/{}")
def backup(_site: StandIn, account: Account, ids: Any, *_: Any) -> Answer:
    return 200, of(account.backups, ids[0])


@on("POST", "/backups/{}/restore")
def restore(site: StandIn, account: Account, ids: Any, _query: Query, body: Json) -> Answer:
    source = of(account.backups, ids[0])
    files = [each for each in source["volumes"] if each["number"] in body["volumes"]]
    if any(each["state"] != "ready" for each in files):
        raise RefusedError(409, "volume_not_ready")
    return 202, site.world.bring_back(account, source, files)


@on("GET", "/backups/{}/volumes/{}/url")
def volume_url(site: StandIn, account: Account, ids: Any, *_: Any) -> Answer:
    backup = of(account.backups, ids[0])
    volume = backup["volumes"][int(ids[1]) - 1]
    return 200, {
        "url": f"{site.store_url}/{volume['number']}.zip",
        "expires_at": volume["expires_at"],
    }


@on("POST", "/uploads")
def create_upload(site: StandIn, account: Account, _ids: Any, _query: Query, body: Json) -> Answer:
    ready(account)
    return 201, site.world.add_upload(account, body)


@on("GET", "/uploads")
def uploads(site: StandIn, account: Account, _ids: Any, query: Query, _body: Json) -> Answer:
    page, following = page_of(account.uploads, query)
    for upload in site.world.looked_at(account.uploads):
        site.world.move_upload(upload)
    return 200, {"uploads": page, "next": following}


@on("GET", "/uploads/{}")
def upload(_site: StandIn, account: Account, ids: Any, *_: Any) -> Answer:
    item = of(account.uploads, ids[0])
    return 200, item | {"can_retry": item["state"] == "failed"}


@on("POST", "/uploads/{}/parts")
def part_urls(site: StandIn, account: Account, ids: Any, _query: Query, body: Json) -> Answer:
    of(account.uploads, ids[0])
    return 200, {"urls": {str(n): f"{site.store_url}/{ids[0]}/{n}" for n in body["numbers"]}}


@on("GET", "/uploads/{}/parts")
def arrived(site: StandIn, account: Account, ids: Any, *_: Any) -> Answer:
    of(account.uploads, ids[0])
    held = site.world.parts[ids[0]]
    return 200, {"parts": [{"number": n, "bytes": size} for n, size in sorted(held.items())]}


@on("POST", "/uploads/{}/complete")
def complete(site: StandIn, account: Account, ids: Any, *_: Any) -> Answer:
    item = of(account.uploads, ids[0])
    if sum(site.world.parts[ids[0]].values()) != item["bytes"]:
        raise RefusedError(409, "parts_missing")
    item["state"] = "received"
    return 202, item


@on("GET", "/uploads/{}/entries")
def entries(site: StandIn, account: Account, ids: Any, query: Query, _body: Json) -> Answer:
    of(account.uploads, ids[0])
    wanted = query.get("outcome", [""])[0]
    start = int(query.get("after", ["0"])[0])
    rows = [r for r in site.world.entries.get(ids[0], []) if not wanted or r["outcome"] == wanted]
    following = start + PAGE
    return 200, {
        "entries": rows[start:following],
        "next": str(following) if following < len(rows) else None,
    }


@on("GET", "/uploads/{}/ledger")
def ledger(site: StandIn, account: Account, ids: Any, *_: Any) -> Answer:
    of(account.uploads, ids[0])
    return 200, {"url": f"{site.store_url}/ledger.csv"}


@on("POST", "/uploads/{}/retry")
def retry(_site: StandIn, account: Account, ids: Any, *_: Any) -> Answer:
    item = of(account.uploads, ids[0])
    item.update(state="inspecting", failure=None)
    return 202, item


@on("POST", "/uploads/{}/undo")
def undo(_site: StandIn, account: Account, ids: Any, *_: Any) -> Answer:
    item = of(account.uploads, ids[0])
    item["state"] = "undoing"
    return 202, item


@on("DELETE", "/uploads/{}")
def delete_upload(_site: StandIn, account: Account, ids: Any, *_: Any) -> Answer:
    account.uploads.remove(of(account.uploads, ids[0]))
    return 204, None
