"""What the stand-in for the service knows: accounts, mailboxes, backups and uploads, in memory.

The shapes are those of the HTTP contract. Things move on by being looked at (each list or item
that is read brings its backups and uploads one step further), so that tests need no sleeping.
"""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

KIB = 1024
MIB = 1024 * KIB
Json = dict[str, Any]


def instant(moment: datetime) -> str:
    """RFC 3339 with Z, as the contract writes instants."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


#: Mail that is kept by the service itself.
HOME: Json = {"kind": "segments", "state": None, "synced_at": None, "failure": None}


@dataclass(slots=True)
class Account:
    """One person who can sign in. `totp`: the secret of the second factor, if there is one."""

    email: str
    password: str
    totp: str | None = None
    pending_totp: str | None = None
    new_password: bool = False
    codes: list[str] = field(default_factory=list)
    mail_ready: bool = True
    not_ready_reason: str | None = None
    notices: str = "on"
    schedule: Json | None = None
    home: Json = field(default_factory=lambda: dict(HOME))
    mailboxes: list[Json] = field(default_factory=list)
    backups: list[Json] = field(default_factory=list)
    uploads: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class World:
    """Everything behind the page. Tests reach in and change it."""

    accounts: dict[str, Account]
    limit_bytes: int = 2048 * MIB
    part_bytes: int = 256 * KIB
    max_backups: int = 5
    moving: bool = True
    steps_a_look: int = 4
    keep_bytes: bool = True
    parts: dict[str, dict[int, int]] = field(default_factory=dict)
    content: dict[str, dict[int, bytes]] = field(default_factory=dict)
    entries: dict[str, list[Json]] = field(default_factory=dict)
    mails: dict[str, list[Any]] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(100))

    def me(self, account: Account) -> Json:
        """GET /me."""
        domain = account.email.partition("@")[2]
        slots = self.slots(account)
        return {
            "email": account.email,
            "company": {
                "domain": domain,
                "name": "에이크미 주식회사" if domain == "acme.example" else "Other Inc.",
            },
            "mail_ready": account.mail_ready,
            "mail_not_ready_reason": account.not_ready_reason,
            "totp_enabled": account.totp is not None,
            "recovery_codes_left": len(account.codes),
            "timezone": "Asia/Seoul",
            "notices": account.notices,
            "home": dict(account.home),
            "limits": {
                "max_backups": self.max_backups,
                "used_backups": slots["used"],
                "next_free_at": slots["next_free_at"],
                "upload_limit_bytes": self.limit_bytes,
                "volume_bytes": 4096 * MIB,
                "message_limit_bytes": 150 * MIB,
                "download_days": 7,
                "purge_days": 14,
                "backup_deadline_hours": 72,
            },
        }

    def slots(self, account: Account) -> Json:
        """Used and free places for backups."""
        live = [
            b
            for b in account.backups
            if b["state"] in {"requested", "planning", "exporting", "ready"}
        ]
        ends = sorted(b["expires_at"] for b in live if b["expires_at"])
        return {
            "used": len(live),
            "limit": self.max_backups,
            "next_free_at": ends[0] if ends else None,
        }

    def looked_at(self, items: list[Json]) -> list[Json]:
        """The items to move on after a look at the list, each as often as it takes steps."""
        return list(items) * self.steps_a_look if self.moving else []

    def chosen(self, account: Account, wanted: list[str] | str) -> list[Json]:
        """The mailboxes a request means."""
        return [m for m in account.mailboxes if wanted == "all" or m["id"] in wanted]

    def add_backup(
        self, account: Account, mailboxes: list[Json], period: Json, **over: Any
    ) -> Json:
        """A backup as requested just now, newest first in the list."""
        now = datetime.now(UTC)
        messages = sum(m["messages"] for m in mailboxes)
        backup: Json = {
            "id": f"B{next(self.numbers):025d}",
            "state": "requested",
            "mailboxes": [{"id": m["id"], "path": m["path"]} for m in mailboxes],
            "period": period,
            "query": None,
            "from": "1970-01-01T00:00:00Z" if period["kind"] == "all" else "2025-12-31T15:00:00Z",
            "to": "2026-11-22T15:00:00Z",
            "messages": messages,
            "bytes": sum(m["bytes"] for m in mailboxes),
            "progress": 0.0,
            "requested_at": instant(now),
            "finished_at": None,
            "expires_at": None,
            "purge_at": None,
            "failure": None,
            "volumes": [],
        }
        backup.update(over)
        account.backups.insert(0, backup)
        return backup

    def move_backup(self, backup: Json) -> None:
        """One step along requested → planning → exporting → ready."""
        state = backup["state"]
        if state == "requested":
            backup["state"] = "planning"
        elif state == "planning":
            backup["state"] = "exporting"
            backup["volumes"] = [volume(backup, i, m) for i, m in enumerate(backup["mailboxes"], 1)]
            backup["progress"] = 0.12
        elif state == "exporting":
            self.move_volumes(backup)

    def move_volumes(self, backup: Json) -> None:
        """Readies the next volume; after the last the backup is ready."""
        now = datetime.now(UTC)
        left = [v for v in backup["volumes"] if v["state"] != "ready"]
        if left:
            end = instant(now + timedelta(days=7))
            left[0].update(state="ready", created_at=instant(now), expires_at=end)
            backup["progress"] = 1 - (len(left) - 1) / len(backup["volumes"])
            if len(left) > 1:
                left[1]["state"] = "writing"
                return
        backup.update(state="ready", progress=1.0, finished_at=instant(now))
        backup["expires_at"] = backup["volumes"][0]["expires_at"]

    def add_upload(self, account: Account, body: Json, **over: Any) -> Json:
        """An upload that waits for its parts."""
        box = next(m for m in account.mailboxes if m["id"] == body["mailbox_id"])
        upload: Json = {
            "id": f"U{next(self.numbers):025d}",
            "state": "receiving",
            "filename": body["filename"],
            "bytes": body["bytes"],
            "mailbox_id": box["id"],
            "mailbox_path": box["path"],
            "part_bytes": self.part_bytes,
            "parts": -(-body["bytes"] // self.part_bytes),
            "progress": 0.0,
            "totals": {"entries": 0, "imported": 0, "duplicate": 0, "rejected": 0, "ignored": 0},
            "failure": None,
            "created_at": instant(datetime.now(UTC)),
            "finished_at": None,
            "purge_at": None,
            "source": None,
        }
        upload.update(over)
        account.uploads.insert(0, upload)
        self.parts.setdefault(upload["id"], {})
        self.content.setdefault(upload["id"], {})
        return upload

    def bring_back(self, account: Account, backup: Json, files: list[Json]) -> Json:
        """An upload of files that are here already."""
        body = {
            "filename": files[0]["filename"],
            "bytes": sum(each["bytes"] for each in files),
            "mailbox_id": backup["mailboxes"][0]["id"],
        }
        upload = self.add_upload(account, body, state="received", parts=0)
        upload.update(mailbox_id=None, mailbox_path=None)
        upload["source"] = {"backup_id": backup["id"], "volumes": [f["number"] for f in files]}
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            for number in range(3):
                archive.writestr(f"mail/{number}.eml", f"Subject: {number}\r\n\r\nx")
        self.content[upload["id"]] = {1: held.getvalue()}
        return upload

    def move_upload(self, upload: Json) -> None:
        """One step along received → inspecting → importing → completed."""
        following = {"received": "inspecting", "inspecting": "importing", "importing": "completed"}
        following["undoing"] = "undone"
        state = upload["state"]
        if state not in following:
            return
        if state == "importing" and upload["progress"] < 0.5:
            upload["progress"] = 0.55
            return
        upload["state"] = following[state]
        if upload["state"] == "completed":
            self.settle(upload)

    def settle(self, upload: Json) -> None:
        """Writes the ledger, much simpler than the service does."""
        data = b"".join(part for _, part in sorted(self.content[upload["id"]].items()))
        rows: list[Json] = []
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                seen: set[bytes] = set()
                rows = [ledger_row(archive, info, seen) for info in archive.infolist()]
        except zipfile.BadZipFile:
            upload.update(state="failed", failure={"code": "not_a_zip", "detail": "…"})
            return
        self.finish(upload, rows)

    def finish(self, upload: Json, rows: list[Json]) -> None:
        """Completes an upload with this ledger."""
        self.entries[upload["id"]] = rows
        totals = {
            name: sum(r["outcome"] == name for r in rows)
            for name in ("imported", "duplicate", "rejected", "ignored")
        }
        upload.update(state="completed", progress=1.0, totals={"entries": len(rows), **totals})
        upload["finished_at"] = instant(datetime.now(UTC))


def volume(backup: Json, number: int, mailbox: Json) -> Json:
    """A volume nobody has begun to write."""
    total = len(backup["mailboxes"])
    name = mailbox["path"].replace("/", "-")
    return {
        "number": number,
        "state": "writing" if number == 1 else "pending",
        "filename": f"acme.example_kim_{name}_20190302-20261122_{number}of{total}.zip",
        "mailbox_id": mailbox["id"],
        "messages": backup["messages"] // total,
        "bytes": backup["bytes"] // total,
        "created_at": None,
        "expires_at": None,
    }


def ledger_row(archive: zipfile.ZipFile, info: zipfile.ZipInfo, seen: set[bytes]) -> Json:
    """What becomes of one member."""
    outcome, reason = "imported", None
    data = b"" if info.is_dir() else archive.read(info)
    if "__MACOSX" in info.filename:
        outcome, reason = "ignored", "system_file"
    elif info.is_dir():
        outcome, reason = "ignored", "folder"
    elif not info.filename.endswith(".eml"):
        outcome, reason = "rejected", "not_eml"
    elif not data:
        outcome, reason = "rejected", "zero_byte"
    elif data in seen:
        outcome, reason = "duplicate", "same_content"
    seen.add(data)
    imported = outcome == "imported"
    return {
        "name": info.filename,
        "outcome": outcome,
        "reason": reason,
        "detail": None,
        "bytes": info.file_size,
        "subject": "회의 일정 안내" if imported else None,
        "date": "2026-03-02T01:10:00Z" if imported else None,
        "date_from": "date" if imported else None,
    }


def demo_world() -> World:
    """The demo company: kim (plain), lee (second factor), choi (not ready), park (elsewhere)."""

    def box(number: int, path: str, use: str | None, messages: int, size: int) -> Json:
        return {
            "id": f"M{number:025d}",
            "path": path,
            "special_use": use,
            "messages": messages,
            "bytes": size,
        }

    boxes = [
        box(1, "받은편지함", "inbox", 312, 48_211_333),
        box(2, "보낸편지함", "sent", 128, 9_400_120),
        box(3, "프로젝트/2025 신제품", None, 54, 12_801_400),
        box(4, "거래처/한빛물산", None, 21, 2_101_000),
        box(5, "휴지통", "trash", 0, 0),
    ]
    people = [
        Account("kim@acme.example", "kim-password", mailboxes=boxes),
        Account(
            "lee@acme.example",
            "lee-password",
            totp="JBSWY3DPEHPK3PXP",
            mailboxes=[dict(b) for b in boxes[:2]],
        ),
        Account(
            "choi@acme.example",
            "choi-password",
            mail_ready=False,
            not_ready_reason="mail_not_set_up",
        ),
        Account(
            "park@other.example",
            "park-password",
            mail_ready=False,
            not_ready_reason="domain_not_connected",
        ),
    ]
    return World({account.email: account for account in people})
