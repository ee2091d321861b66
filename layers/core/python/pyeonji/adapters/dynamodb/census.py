"""The whole table in one scan, and the mending of what reconciliation found."""

from collections.abc import Iterator
from typing import Any

from pyeonji.adapters.dynamodb import keys
from pyeonji.adapters.dynamodb.accounts import read_mailbox
from pyeonji.adapters.dynamodb.backups import read_backup, read_volume
from pyeonji.adapters.dynamodb.client import (
    ConditionFailedError,
    delete_if,
    state_in,
    transact,
    update_if,
)
from pyeonji.adapters.dynamodb.codec import Item, encode, read_message
from pyeonji.adapters.dynamodb.uploads import read_upload
from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.states import LIVE_BACKUP
from pyeonji.domain.uploads import Upload
from pyeonji.ports import CensusTaken

_LIVE = sorted(state.value for state in LIVE_BACKUP)


class DynamoCensus:
    """ports.Census. 23 µs of CPU an item (measured): ten million mails in four minutes."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def take(self) -> CensusTaken:
        """One scan. Of messages only sums and segments are kept."""
        backups: dict[tuple[str, str], Backup] = {}
        volumes: list[Volume] = []
        uploads: dict[tuple[str, str], Upload] = {}
        slots: dict[str, frozenset[str]] = {}
        mailboxes: dict[tuple[str, str], Mailbox] = {}
        counted: dict[tuple[str, str], tuple[int, int]] = {}
        segments: set[str] = set()
        for item in self._scan():
            kind, _, rest = item["pk"]["S"].partition("#")
            if kind == "MAIL":
                account, mailbox_id, _ = rest.rsplit("#", 2)
                message = read_message(item)
                segments.add(message.segment)
                if message.gone:
                    continue
                messages, size = counted.get((account, mailbox_id), (0, 0))
                counted[account, mailbox_id] = messages + 1, size + message.size
                continue
            if kind != "ACCOUNT":
                continue
            sort = item["sk"]["S"]
            if "#VOLUME#" in sort:
                volumes.append(read_volume(item))
            elif sort.startswith("BACKUP#"):
                backup = read_backup(item)
                backups[rest, backup.id] = backup
            elif sort.startswith("UPLOAD#"):
                upload = read_upload(item)
                uploads[rest, upload.id] = upload
            elif sort.startswith("MAILBOX#"):
                mailbox = read_mailbox(item)
                mailboxes[rest, mailbox.id] = mailbox
            elif sort == "SLOTS":
                slots[rest] = frozenset(item["ids"]["SS"]) if "ids" in item else frozenset()
        return CensusTaken(
            backups, volumes, uploads, slots, mailboxes, counted, frozenset(segments)
        )

    def _scan(self) -> Iterator[Item]:
        request: dict[str, Any] = {"TableName": self._table, "ConsistentRead": True}
        while True:
            page = self._client.scan(**request)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def free_slot(self, account: str, backup_id: str) -> bool:
        """If the backup still is gone or holds none."""
        condition, names, values = state_in(_LIVE)
        return self._slot(
            account,
            backup_id,
            "DELETE ids :id",
            f"attribute_not_exists(pk) OR NOT ({condition})",
            names,
            values,
        )

    def hold_slot(self, account: str, backup_id: str) -> bool:
        """If the backup still lives."""
        condition, names, values = state_in(_LIVE)
        return self._slot(account, backup_id, "ADD ids :id", condition, names, values)

    def _slot(
        self,
        account: str,
        backup_id: str,
        change: str,
        condition: str,
        names: dict[str, str],
        values: dict[str, Any],
    ) -> bool:
        check = {
            "TableName": self._table,
            "Key": keys.backup(account, backup_id),
            "ConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
        update = {
            "TableName": self._table,
            "Key": keys.slots(account),
            "UpdateExpression": change,
            "ExpressionAttributeValues": {":id": {"SS": [backup_id]}},
        }
        try:
            transact(self._client, [{"ConditionCheck": check}, {"Update": update}])
        except ConditionFailedError:
            return False
        return True

    def set_counts(self, account: str, was: Mailbox, messages: int, size: int) -> bool:
        """If they still are what they were."""
        values = {
            ":messages": messages,
            ":bytes": size,
            ":was_messages": was.messages,
            ":was_bytes": was.bytes,
        }
        return update_if(
            self._client,
            TableName=self._table,
            Key=keys.mailbox(account, was.id),
            UpdateExpression="SET messages = :messages, #bytes = :bytes",
            ConditionExpression="messages = :was_messages AND #bytes = :was_bytes",
            ExpressionAttributeNames={"#bytes": "bytes"},
            ExpressionAttributeValues=encode(values),
        )

    def drop_volume(self, volume: Volume) -> bool:
        """If it still is in the state it was seen in; nothing brings its backup back."""
        return delete_if(
            self._client,
            TableName=self._table,
            Key=keys.volume(volume.account, volume.backup_id, volume.number),
            ConditionExpression="#state = :state",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues=encode({":state": volume.state.value}),
        )
