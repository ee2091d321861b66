"""Fills the demo company's mailboxes, once."""

from collections.abc import Iterator
from datetime import datetime

from infra.local.aws import client
from infra.local.demo_mail import DemoMailbox, demo_mailboxes
from infra.local.importing import Incoming, import_into, mailbox_at
from infra.local.mail_home import DOMAIN
from infra.local.package import ARTIFACTS
from infra.local.places import Places
from pyeonji.bootstrap import Services
from pyeonji.domain.homes import HomeKind
from pyeonji.domain.manifest import Listed

#: Everybody whose mail is set up.
_ACCOUNTS = ("kim@acme.example", "lee@acme.example", "park@other.example")


def fill_mailboxes(where: Places, services: Services, home: HomeKind) -> None:
    """Generate and import the demo mail of every account that has not had it yet, and whose mail
    is kept here: acme.example's is not where it has a home of its own."""
    table = client(where, "dynamodb")
    for account in _ACCOUNTS:
        if home is HomeKind.IMAP and account.endswith(f"@{DOMAIN}"):
            continue
        # In the table it speaks of: killed before it was saved, both are gone together.
        mark = {"pk": {"S": "DEMO"}, "sk": {"S": account}}
        if "Item" in table.get_item(TableName=services.settings.table_name, Key=mark):
            continue
        if not _filled_by_1_0(where, services, account):
            _fill(where, services, account)
        table.put_item(TableName=services.settings.table_name, Item=mark)


def _filled_by_1_0(where: Places, services: Services, account: str) -> bool:
    """1.0.0 kept its mark in a bucket, where it outlived the table; then there is no mail."""
    key = f"demo/{services.settings.table_name}/{account}.done"
    listed = client(where, "s3").list_objects_v2(Bucket=ARTIFACTS, Prefix=key, MaxKeys=1)
    boxes = services.accounts.mailboxes(account)
    return bool(listed.get("KeyCount")) and any(box.messages for box in boxes)


def _fill(where: Places, services: Services, account: str) -> None:
    today = datetime.now(services.settings.limits.zone).date()
    for demo in demo_mailboxes(account, today):
        mailbox = mailbox_at(services, account, demo.path, demo.special_use)
        ledger = where.folder / "ledgers" / f"demo-{mailbox.id}.jsonl"
        import_into(services, account, mailbox, _incoming(demo), ledger)


def _incoming(demo: DemoMailbox) -> Iterator[Incoming]:
    for number, message in enumerate(demo.messages, 1):
        name = f"{number:05d}.eml"
        listed = Listed(filename=name, flags=message.flags, received=message.received)
        yield Incoming(name, message.data, len(message.data), manifest=listed)
