"""Puts mail into a mailbox through the import use case, in chunks, with a ledger."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from pyeonji.bootstrap import Services
from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.ids import new_id
from pyeonji.domain.manifest import Listed
from pyeonji.domain.uploads import LedgerRow, OnDuplicate, Outcome, Totals
from pyeonji.usecases.mail.importing import (
    Letter,
    count_mail,
    import_letters,
    totals_of,
)
from pyeonji.usecases.mail.storing import ImportJob
from pyeonji.usecases.uploads.ledger import encode_rows
from pyeonji.zipio.member import pack

#: A chunk holds a segment's worth of mail or so; its rows and index items stay small.
_CHUNK_BYTES = 64 * 1024 * 1024
_CHUNK_MESSAGES = 10_000


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message to import. `data` is None when it was not loaded, and `refused` why."""

    name: str
    data: bytes | None
    size: int
    modified: datetime | None = None
    manifest: Listed | None = None
    refused: str = "too_large"


def mailbox_at(
    services: Services, account: str, path: str, special_use: str | None = None
) -> Mailbox:
    """The mailbox of that path, made if it is not there."""
    accounts = services.accounts
    for _ in range(2):
        for mailbox in accounts.mailboxes(account):
            if mailbox.path == path:
                return mailbox
        accounts.create_mailbox(
            account, Mailbox(id=new_id(datetime.now(UTC)), path=path, special_use=special_use)
        )
    raise RuntimeError("a mailbox that was just made is not there")


def import_into(
    services: Services,
    account: str,
    mailbox: Mailbox,
    incoming: Iterable[Incoming],
    ledger: Path,
) -> Totals:
    """Import, chunk by chunk; the ledger is written beside it. Totals over all rows."""
    limits = services.settings.limits
    upload_id = new_id(datetime.now(UTC))
    totals = Totals()
    ledger.parent.mkdir(parents=True, exist_ok=True)
    with ledger.open("wb") as rows:
        for number, chunk in enumerate(_chunks(incoming), 1):
            job = ImportJob(
                account=account,
                mailbox_id=mailbox.id,
                mailbox_path=mailbox.path,
                upload_id=upload_id,
                chunk=f"1-{number:05d}",
                on_duplicate=OnDuplicate.SKIP,
                zone=ZoneInfo(limits.timezone),
                message_limit=limits.message_limit_bytes,
            )
            totals += _import_chunk(services, job, chunk, rows)
    return totals


def _import_chunk(
    services: Services, job: ImportJob, chunk: list[tuple[int, Incoming]], ledger: BinaryIO
) -> Totals:
    letters = (
        Letter(index, each.name, each.data, pack(each.data), each.manifest, partial(_time_of, each))
        for index, each in chunk
        if each.data is not None
    )
    imported = import_letters(services, job, letters)
    count_mail(services, job, imported)
    refused = [
        LedgerRow(index, each.name, Outcome.REJECTED, each.refused, each.size)
        for index, each in chunk
        if each.data is None
    ]
    rows = sorted([*imported, *refused], key=lambda row: row.index)
    ledger.write(encode_rows(rows))
    return totals_of(rows)


def _time_of(incoming: Incoming) -> datetime | None:
    return incoming.modified


def _chunks(incoming: Iterable[Incoming]) -> Iterator[list[tuple[int, Incoming]]]:
    chunk: list[tuple[int, Incoming]] = []
    size = 0
    for index, each in enumerate(incoming):
        chunk.append((index, each))
        size += len(each.data or b"")
        if size >= _CHUNK_BYTES or len(chunk) >= _CHUNK_MESSAGES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
