"""Uploads in the table."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from pyeonji import json_text
from pyeonji.adapters.dynamodb import keys
from pyeonji.adapters.dynamodb.client import (
    begins,
    get,
    once,
    put_if,
    query,
    state_in,
    update_if,
    write,
)
from pyeonji.adapters.dynamodb.codec import Item, Reader, due_attributes, epoch, versioned
from pyeonji.adapters.dynamodb.due import set_some
from pyeonji.adapters.dynamodb.index import MARKERS_LIVE
from pyeonji.domain.due import due_of_upload
from pyeonji.domain.ids import instant_of
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import BroughtBack, Folders, OnDuplicate, Source, Totals, Upload


class DynamoUploads:
    """ports.Uploads."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def create(self, upload: Upload) -> None:
        """Write a new upload."""
        write(self._client.put_item, TableName=self._table, Item=upload_item(upload))

    def get(self, account: str, upload_id: str) -> Upload | None:
        """The upload, or None."""
        item = get(self._client, self._table, keys.upload(account, upload_id))
        return None if item is None else read_upload(item)

    def all(self, account: str) -> list[Upload]:
        """Newest first."""
        request = begins(self._table, keys.account_pk(account), "UPLOAD#")
        return [read_upload(item) for item in query(self._client, **request)][::-1]

    def move(self, upload: Upload, was: Upload) -> bool:
        """The whole item, if state and attempt still are those of `was`."""
        condition, names, values = _still(was)
        return put_if(
            self._client,
            TableName=self._table,
            Item=upload_item(upload),
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )

    def renew(self, upload: Upload, run: int, at: datetime) -> bool:
        """Count a rescue, or only note that the machine was seen at work."""
        item = upload_item(replace(upload, run=run, moved_at=at))
        where = {
            "state": upload.state.value,
            "attempt": upload.attempt,
            "run": upload.run,
        }
        return update_if(self._client, **set_some(self._table, item, ("run", "moved_at"), where))

    def mark_noticed(self, upload: Upload, at: datetime) -> None:
        """The person was told of this end, or it was found that they are not to be."""
        item = upload_item(replace(upload, noticed_at=at))
        where = {"state": upload.state.value, "attempt": upload.attempt}
        update_if(self._client, **set_some(self._table, item, ("noticed_at",), where))

    def mark_zip_gone(self, upload: Upload) -> None:
        """The ZIP has been deleted; the upload and its ledger stay."""
        item = upload_item(replace(upload, kept=False))
        where = {"state": upload.state.value, "attempt": upload.attempt}
        update_if(self._client, **set_some(self._table, item, ("kept",), where))

    def delete(self, upload: Upload) -> None:
        """Off the list."""
        write(
            self._client.delete_item,
            TableName=self._table,
            Key=keys.upload(upload.account, upload.id),
        )

    def add_settled(self, upload: Upload, chunk: str, entries: int) -> None:
        """The marker and the counter in one transaction, so a chunk run twice counts once."""
        marker = keys.progress(upload.id, chunk) | versioned(
            {"entries": entries, "ttl": epoch(instant_of(upload.id) + MARKERS_LIVE)}
        )
        condition, names, values = _still(upload)
        # Not written: counted before, or the upload has come further, or is off the list.
        once(
            self._client,
            self._table,
            marker,
            {
                "Key": keys.upload(upload.account, upload.id),
                "UpdateExpression": "ADD settled :entries",
                "ConditionExpression": condition,
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": values | {":entries": {"N": str(entries)}},
            },
        )


def _still(upload: Upload) -> tuple[str, dict[str, str], dict[str, Any]]:
    """A condition on state and attempt: (expression, names, values)."""
    condition, names, values = state_in([upload.state.value])
    values |= {":attempt": {"N": str(upload.attempt)}}
    return f"{condition} AND attempt = :attempt", names, values


def upload_item(upload: Upload) -> Item:
    """The attributes of an upload."""
    key = keys.upload(upload.account, upload.id)
    return key | versioned(
        {
            "account": upload.account,
            "state": upload.state.value,
            "filename": upload.filename,
            "bytes": upload.bytes,
            "mailbox_id": upload.mailbox_id,
            "mailbox_path": upload.mailbox_path,
            "on_duplicate": upload.on_duplicate.value,
            "folders": upload.folders.value,
            "mail_keys": upload.mail_keys,
            "created_at": upload.created_at,
            "multipart_id": upload.multipart_id,
            "part_bytes": upload.part_bytes,
            "parts": upload.parts,
            "entries": upload.entries,
            "settled": upload.settled,
            "imported": upload.totals.imported,
            "duplicate": upload.totals.duplicate,
            "rejected": upload.totals.rejected,
            "ignored": upload.totals.ignored,
            "failure": upload.failure,
            "failure_kind": upload.failure_kind,
            "received_at": upload.received_at,
            "finished_at": upload.finished_at,
            "purge_at": upload.purge_at,
            "moved_at": upload.moved_at,
            "attempt": upload.attempt,
            "kept": upload.kept,
            "begun_at": upload.begun_at,
            "run": upload.run,
            "noticed_at": upload.noticed_at,
            "source": None if upload.source is None else _source_text(upload.source),
            "ledger": upload.ledger or None,
            **due_attributes(due_of_upload(upload), f"{upload.account}#{key['sk']['S']}"),
        }
    )


def _source_text(source: Source) -> str:
    volumes = [[one.number, one.bytes, one.mailbox_id] for one in source.volumes]
    return json_text.encode({"backup": source.backup_id, "volumes": volumes}).decode()


def _read_source(text: str | None) -> Source | None:
    if text is None:
        return None
    said = json_text.decode(text.encode())
    return Source(said["backup"], tuple(BroughtBack(*volume) for volume in said["volumes"]))


def read_upload(item: Item) -> Upload:
    """The inverse of `upload_item`."""
    read = Reader(item)
    return Upload(
        id=read.text("sk").removeprefix("UPLOAD#"),
        account=read.text("account"),
        state=UploadState(read.text("state")),
        filename=read.text("filename"),
        bytes=read.number("bytes"),
        mailbox_id=read.text("mailbox_id"),
        mailbox_path=read.text("mailbox_path"),
        on_duplicate=OnDuplicate(read.text("on_duplicate")),
        mail_keys=read.number("mail_keys", 1),
        folders=Folders(read.maybe_text("folders") or Folders.ONE),
        created_at=read.instant("created_at"),
        multipart_id=read.text("multipart_id"),
        part_bytes=read.number("part_bytes"),
        parts=read.number("parts"),
        entries=read.maybe_number("entries"),
        settled=read.number("settled", 0),
        totals=Totals(
            imported=read.number("imported"),
            duplicate=read.number("duplicate"),
            rejected=read.number("rejected"),
            ignored=read.number("ignored"),
        ),
        failure=read.maybe_text("failure"),
        failure_kind=read.maybe_text("failure_kind"),
        received_at=read.maybe_instant("received_at"),
        finished_at=read.maybe_instant("finished_at"),
        purge_at=read.maybe_instant("purge_at"),
        moved_at=read.maybe_instant("moved_at"),
        attempt=read.number("attempt"),
        kept=read.flag("kept", default=True),
        begun_at=read.maybe_instant("begun_at"),
        run=read.number("run"),
        noticed_at=read.maybe_instant("noticed_at"),
        source=_read_source(read.maybe_text("source")),
        ledger=read.maybe_text("ledger") or "",
    )
