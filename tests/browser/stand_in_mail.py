"""Mail of the stand-in: lists, single mails, searches, as the contract has them."""

from __future__ import annotations

import email.policy
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any

from tests.browser.stand_in import Answer, RefusedError, StandIn
from tests.browser.stand_in_routes import Query, on
from tests.browser.world import Account, Json, instant

PAGE = 50
SENDERS = ("한빛물산 박지훈", "김민수", "Emma Brown", "이서연", "정하늘 (회계팀)")
SUBJECTS = (
    "[한빛물산] 견적서 회신 {n}차 — 납기와 단가 조정 건",
    "11월 {n}일 주간 회의록",
    "Re: Delivery schedule, week {n}",
    "출장비 정산 안내 ({n}건)",
    "신제품 사진과 규격서를 보내 드립니다 ({n})",
)
TEXT = (
    "안녕하세요.\n\n요청하신 견적서를 보내 드립니다. 납기는 12월 둘째 주로 조정했습니다.\n\n"
    "고맙습니다.\n"
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of a mailbox: its row and its bytes."""

    row: Json
    data: bytes


def put_mail(site: StandIn, mailbox: Json, data: bytes, **over: Any) -> Json:
    """Puts a mail into a mailbox, as the newest of those of its date; answers its row."""
    parsed = email.message_from_bytes(data, policy=email.policy.compat32)
    row = {
        "key": hashlib.sha256(data).hexdigest(),
        "mailbox_id": mailbox["id"],
        "uid": len(site.world.mails.get(mailbox["id"], ())) + 1,
        **{name: said(parsed[name]) for name in ("subject", "from", "to")},
        "received": instant(datetime(2026, 11, 25, 9, 0, tzinfo=UTC)),
        "bytes": len(data),
        "flags": [],
        "attachments": 0,
        **over,
    }
    held = site.world.mails.setdefault(mailbox["id"], [])
    held.append(Mail(row, data))
    held.sort(key=lambda mail: mail.row["received"], reverse=True)
    return row


def said(header: str | None) -> str | None:
    """What a header says, decoded."""
    return None if header is None else str(make_header(decode_header(header)))


def letter(number: int) -> bytes:
    """A mail like those of an office; every fifth has a file attached."""
    message = EmailMessage()
    message["From"] = f"{SENDERS[number % 5]} <sender{number % 5}@hanbit.example>"
    message["To"] = "김하나 <kim@acme.example>"
    message["Subject"] = SUBJECTS[number % 5].format(n=number)
    message["Message-ID"] = f"<{number}@hanbit.example>"
    message.set_content(TEXT)
    if number % 5 == 4:
        message.add_attachment(
            b"%PDF-1.7\n" + bytes(9000), "application", "pdf", filename="규격서.pdf"
        )
    return message.as_bytes()


def fill_mailbox(site: StandIn, mailbox: Json, count: int) -> None:
    """Puts `count` letters into it, one every five hours back from now."""
    now = datetime.now(UTC)
    for number in range(count):
        put_mail(
            site,
            mailbox,
            letter(number),
            subject=SUBJECTS[number % 5].format(n=number),
            received=instant(now - timedelta(hours=5 * number)),
            flags=["\\Seen"] if number % 7 else (["\\Flagged"] if number else []),
            attachments=int(number % 5 == 4),
            **{"from": f"{SENDERS[number % 5]} <sender{number % 5}@hanbit.example>"},
        )
    mailbox["messages"] = len(site.world.mails[mailbox["id"]])


def page_of(mails: list[Json], query: Query) -> Json:
    """Fifty of them, and where the next ones begin."""
    start = int(query.get("after", ["0"])[0])
    end = start + PAGE
    return {"messages": mails[start:end], "next": str(end) if end < len(mails) else None}


def find(site: StandIn, account: Account, mailbox: str, key: str) -> Mail:
    """A mail of this account, else 404."""
    if mailbox in {box["id"] for box in account.mailboxes}:
        for mail in site.world.mails.get(mailbox, ()):
            if mail.row["key"] == key:
                return mail
    raise RefusedError(404, "message_not_found")


@on("GET", "/mailboxes/{}/messages")
def list_mails(site: StandIn, account: Account, ids: Any, query: Query, _body: Json) -> Answer:
    if ids[0] not in {box["id"] for box in account.mailboxes}:
        raise RefusedError(404, "mailbox_not_found")
    return 200, page_of([mail.row for mail in site.world.mails.get(ids[0], ())], query)


@on("GET", "/mailboxes/{}/messages/{}")
def one_mail(site: StandIn, account: Account, ids: Any, *_: Any) -> Answer:
    return 200, find(site, account, *ids).row


@on("GET", "/mailboxes/{}/messages/{}/eml")
def eml(site: StandIn, account: Account, ids: Any, *_: Any) -> Answer:
    mail = find(site, account, *ids)
    path = f"/{mail.row['key']}.eml"
    site.world.objects[path] = mail.data
    return 200, {"url": site.store_url + path, "expires_at": instant(datetime.now(UTC))}


@on("GET", "/search")
def search(site: StandIn, account: Account, _ids: Any, query: Query, _body: Json) -> Answer:
    wanted = query["q"][0]
    if wanted.startswith("before:"):
        raise RefusedError(400, "invalid_request", field="q", problem="query_date")
    found = [
        mail.row
        | {"snippet": "…요청하신 견적서를 보내 드립니다. 납기는 12월 둘째 주로 조정했습니다."}
        for box in account.mailboxes
        for mail in site.world.mails.get(box["id"], ())
        if wanted in f"{mail.row['subject']} {mail.row['from']}"
    ]
    found.sort(key=lambda row: str(row["received"]), reverse=True)
    return 200, page_of(found, query) | {"waiting": 0}
