"""A small company in a fake world, and the backup machine run by hand."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pyeonji.domain.accounts import Account, Company, Mailbox
from pyeonji.domain.backups import Backup
from pyeonji.domain.ids import new_id
from pyeonji.domain.limits import MIB
from pyeonji.domain.manifest import Listed
from pyeonji.domain.periods import Period, PeriodKind
from pyeonji.domain.uploads import LedgerRow, OnDuplicate
from pyeonji.usecases.backups.end import fail_backup
from pyeonji.usecases.backups.parts import export_parts
from pyeonji.usecases.backups.plan import plan_backup
from pyeonji.usecases.backups.request import request_backup
from pyeonji.usecases.backups.seal import seal_volume
from pyeonji.usecases.backups.selection import Wanted
from pyeonji.usecases.mail.importing import Letter, count_mail, import_letters
from pyeonji.usecases.mail.storing import ImportJob
from pyeonji.zipio.member import pack
from tests.support.fakes import World
from tests.support.worlds import limited, limits

__all__ = ["limits"]

KIM = "kim@acme.example"
SEOUL = ZoneInfo("Asia/Seoul")
ALL = Period(PeriodKind.ALL)


def found_company(world: World, account: str = KIM) -> Mailbox:
    """acme.example with kim, or another, and an empty inbox."""
    world.accounts.put_company(Company("acme.example", "Acme", True))
    world.accounts.put_account(Account(account))
    mailbox = Mailbox(new_id(world.clock - timedelta(days=900)), "받은편지함", "inbox")
    world.accounts.create_mailbox(account, mailbox)
    return mailbox


def letter_bytes(number: int, size: int = 600, subject: str = "안녕하세요") -> bytes:
    """A mail of about `size` bytes that no compressor shrinks by much."""
    noise = hashlib.shake_256(str(number).encode()).hexdigest(max(1, size // 2))
    return (
        f"From: lee@acme.example\r\nTo: {KIM}\r\nSubject: {subject} {number}\r\n"
        f"Message-ID: <{number}@acme.example>\r\n\r\n{noise}\r\n"
    ).encode()


def deliver(
    world: World,
    mailbox: Mailbox,
    mails: Iterable[tuple[bytes, datetime]],
    *,
    upload_id: str | None = None,
    chunk: str = "00001",
    on_duplicate: OnDuplicate = OnDuplicate.SKIP,
    account: str = KIM,
) -> list[LedgerRow]:
    """Import mails received at given instants, as one chunk."""
    job = ImportJob(
        account=account,
        mailbox_id=mailbox.id,
        mailbox_path=mailbox.path,
        upload_id=upload_id or new_id(world.clock),
        chunk=chunk,
        on_duplicate=on_duplicate,
        zone=SEOUL,
        message_limit=150 * MIB,
    )
    letters = [
        Letter(
            index=place,
            name=f"{place}.eml",
            message=data,
            packed=pack(data),
            manifest=Listed(f"{place}.eml", ("\\Seen",), received=received),
        )
        for place, (data, received) in enumerate(mails)
    ]
    rows = import_letters(world, job, letters)
    count_mail(world, job, rows)
    return rows


def ask(
    world: World,
    *,
    period: Period = ALL,
    mailboxes: Sequence[str] | None = None,
    volume_bytes: int | None = None,
    query: str | None = None,
    **changes: object,
) -> Backup:
    """POST /backups."""
    return request_backup(
        limited(world, **changes),
        account=KIM,
        wanted=Wanted(mailboxes, period, volume_bytes, query),
        now=world.clock,
    )


class BackupMachine:
    """What infra/statemachines/backup.asl.yaml does, step by step, with retries left out."""

    def __init__(self, world: World, backup_id: str, **changes: object) -> None:
        self.world = limited(world, **changes)
        self.backup_id = backup_id

    def run(self) -> None:
        """To its end."""
        for number, items in self.plan():
            for start, length in items:
                self.part(number, start, length)
            self.seal(number)

    def plan(self) -> list[tuple[int, list[tuple[int, int]]]]:
        """(number, items) of every volume."""
        w = self.world
        planned = plan_backup(w, account=KIM, backup_id=self.backup_id, now=w.clock)
        found = []
        for volume in planned:
            lines = [json.loads(line) for line in w.work.get(volume.items_key).splitlines()]
            assert len(lines) == volume.items
            found.append((volume.number, [(line["start"], line["length"]) for line in lines]))
        return found

    def part(self, number: int, start: int, length: int) -> None:
        w = self.world
        export_parts(
            w, account=KIM, backup_id=self.backup_id, number=number, start=start, length=length
        )

    def seal(self, number: int) -> None:
        w = self.world
        seal_volume(w, account=KIM, backup_id=self.backup_id, number=number, now=w.clock)

    def fail(self, reason: str = "backup_failed_internally") -> bool:
        w = self.world
        return fail_backup(w, account=KIM, backup_id=self.backup_id, reason=reason, now=w.clock)


def days_ago(world: World, days: float) -> datetime:
    """An instant in the past of a world."""
    return (world.clock - timedelta(days=days)).astimezone(UTC)
