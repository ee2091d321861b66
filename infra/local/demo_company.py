"""Fills the demo company's mailboxes, once."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from infra.local.aws import client
from infra.local.demo_mail import DemoMailbox, demo_mailboxes
from infra.local.importing import Incoming, import_into, mailbox_at
from infra.local.package import ARTIFACTS
from infra.local.places import Places
from pyeonji.bootstrap import Services
from pyeonji.domain.manifest import Listed

#: Everybody whose mail is set up.
_ACCOUNTS = ("kim@acme.example", "lee@acme.example", "park@other.example")


def fill_mailboxes(where: Places, services: Services) -> None:
    """Generate and import the demo mail of every account that has not had it yet."""
    s3 = client(where, "s3")
    today = datetime.now(services.settings.limits.zone).date()
    for account in _ACCOUNTS:
        # Named by the table: a new table has no mail, whatever the bucket remembers.
        done = f"demo/{services.settings.table_name}/{account}.done"
        if _exists(s3, done):
            continue
        totals = {}
        for demo in demo_mailboxes(account, today):
            mailbox = mailbox_at(services, account, demo.path, demo.special_use)
            ledger = where.folder / "ledgers" / f"demo-{mailbox.id}.jsonl"
            totals[demo.path] = import_into(
                services, account, mailbox, _incoming(demo), ledger
            ).to_json()
        s3.put_object(Bucket=ARTIFACTS, Key=done, Body=json.dumps(totals).encode())


def _incoming(demo: DemoMailbox) -> Iterator[Incoming]:
    for number, message in enumerate(demo.messages, 1):
        name = f"{number:05d}.eml"
        listed = Listed(filename=name, flags=message.flags, received=message.received)
        yield Incoming(name, message.data, len(message.data), manifest=listed)


def _exists(s3: Any, key: str) -> bool:
    listed = s3.list_objects_v2(Bucket=ARTIFACTS, Prefix=key, MaxKeys=1)
    return bool(listed.get("KeyCount"))
