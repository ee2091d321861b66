"""What is known of the folders of connected accounts, in the table."""

from typing import Any

from pyeonji.adapters.dynamodb import keys
from pyeonji.adapters.dynamodb.client import begins, put_if, query
from pyeonji.adapters.dynamodb.codec import Item, Reader, versioned
from pyeonji.domain.folders import Folder, FolderStatus


class DynamoFolders:
    """ports.Folders."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def all(self, account: str) -> list[Folder]:
        """Every folder that was ever seen."""
        request = begins(self._table, keys.account_pk(account), "FOLDER#")
        return [read_folder(item, account) for item in query(self._client, **request)]

    def put(self, folder: Folder) -> bool:
        """One conditional write of the whole item."""
        request: dict[str, Any] = {"TableName": self._table, "Item": folder_item(folder)}
        if folder.revision == 1:
            request["ConditionExpression"] = "attribute_not_exists(pk)"
        else:
            request["ConditionExpression"] = "#revision = :was"
            request["ExpressionAttributeNames"] = {"#revision": "revision"}
            request["ExpressionAttributeValues"] = {":was": {"N": str(folder.revision - 1)}}
        return put_if(self._client, **request)


def folder_item(folder: Folder) -> Item:
    """A folder as an item."""
    status = folder.status
    return keys.folder(folder.account, folder.mailbox_id) | versioned(
        {
            "name": folder.name,
            "epoch": folder.epoch,
            "validity": status.validity,
            "next_uid": status.next_uid,
            "messages": status.messages,
            "unseen": status.unseen,
            "modseq": status.modseq,
            "identity": status.identity or None,
            "map": folder.map or None,
            "listed_at": folder.listed_at,
            "missing": folder.missing or None,
            "strays": folder.strays or None,
            "gone_at": folder.gone_at or None,
            "revision": folder.revision,
        }
    )


def read_folder(item: Item, account: str) -> Folder:
    """The inverse of `folder_item`."""
    read = Reader(item)
    return Folder(
        account=account,
        mailbox_id=read.text("sk").removeprefix("FOLDER#"),
        name=read.text("name"),
        epoch=read.text("epoch"),
        status=FolderStatus(
            read.number("validity"),
            read.number("next_uid"),
            read.number("messages"),
            read.number("unseen"),
            read.number("modseq"),
            read.maybe_text("identity") or "",
        ),
        map=read.maybe_text("map") or "",
        listed_at=read.maybe_instant("listed_at"),
        missing=read.flag("missing", default=False),
        strays=read.flag("strays", default=False),
        gone_at=read.number("gone_at", 0),
        revision=read.number("revision"),
    )
