"""Requests for backups, their volumes and the slots they hold, in the table."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pyeonji.adapters.dynamodb import keys
from pyeonji.adapters.dynamodb.client import (
    ConditionFailedError,
    batches,
    begins,
    get,
    put_if,
    query,
    state_in,
    transact,
    update_if,
)
from pyeonji.adapters.dynamodb.codec import Item, Reader, due_attributes, versioned
from pyeonji.adapters.dynamodb.due import set_some
from pyeonji.domain.backups import Backup, ChosenMailbox, Volume
from pyeonji.domain.due import due_of_backup, due_of_volume
from pyeonji.domain.instants import rfc3339
from pyeonji.domain.periods import Period, Span
from pyeonji.domain.states import (
    LIVE_BACKUP,
    VOLUME_MOVES,
    BackupState,
    VolumeState,
)


class DynamoBackups:
    """ports.Backups."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def request(self, backup: Backup, limit: int) -> bool:
        """Slot and request in one transaction: no two requests can take the last slot."""
        take = {
            "TableName": self._table,
            "Key": keys.slots(backup.account),
            "UpdateExpression": "ADD ids :id",
            "ConditionExpression": "attribute_not_exists(ids) OR size(ids) < :limit",
            "ExpressionAttributeValues": {
                ":id": {"SS": [backup.id]},
                ":limit": {"N": str(limit)},
            },
        }
        write = {
            "TableName": self._table,
            "Item": backup_item(backup),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        try:
            transact(self._client, [{"Update": take}, {"Put": write}])
        except ConditionFailedError:
            return False
        return True

    def get(self, account: str, backup_id: str) -> Backup | None:
        """The request, or None."""
        item = self._get(keys.backup(account, backup_id))
        return None if item is None else read_backup(item)

    def volumes(self, account: str, backup_id: str) -> list[Volume]:
        """In the order of their numbers."""
        request = begins(self._table, keys.account_pk(account), f"BACKUP#{backup_id}#VOLUME#")
        return [read_volume(item) for item in query(self._client, **request)]

    def volume(self, account: str, backup_id: str, number: int) -> Volume | None:
        """One volume, or None."""
        item = self._get(keys.volume(account, backup_id, number))
        return None if item is None else read_volume(item)

    def all(self, account: str) -> list[tuple[Backup, list[Volume]]]:
        """Newest first, each with its volumes."""
        found: list[tuple[Backup, list[Volume]]] = []
        for item in query(self._client, **begins(self._table, keys.account_pk(account), "BACKUP#")):
            if "#VOLUME#" in item["sk"]["S"]:
                volume = read_volume(item)
                # A request deleted while it was planned may leave a volume for a moment.
                if found and found[-1][0].id == volume.backup_id:
                    found[-1][1].append(volume)
            else:
                found.append((read_backup(item), []))
        return found[::-1]

    def slots(self, account: str) -> frozenset[str]:
        """The ids of the backups that hold one."""
        item = self._get(keys.slots(account))
        return frozenset(item["ids"]["SS"]) if item and "ids" in item else frozenset()

    def move(self, backup: Backup, leaves: frozenset[BackupState]) -> bool:
        """The whole item, if its state is in `leaves`; frees the slot when it no longer counts."""
        condition, names, values = state_in([state.value for state in leaves])
        write = {
            "TableName": self._table,
            "Item": backup_item(backup),
            "ConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
        if backup.state in LIVE_BACKUP:
            return put_if(self._client, **write)
        try:
            transact(self._client, [{"Put": write}, {"Update": self._free(backup)}])
        except ConditionFailedError:
            return False
        return True

    def _free(self, backup: Backup) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Key": keys.slots(backup.account),
            "UpdateExpression": "DELETE ids :id",
            "ExpressionAttributeValues": {":id": {"SS": [backup.id]}},
        }

    def begin_plan(self, backup: Backup) -> bool:
        """requested, collecting or planning -> planning, with a plan of its own."""
        request = set_some(self._table, backup_item(backup), ("state", "plan", "moved_at"), {})
        request["ConditionExpression"] = "#state IN (:requested, :collecting, :state)"
        request["ExpressionAttributeValues"] |= {
            ":requested": {"S": BackupState.REQUESTED.value},
            ":collecting": {"S": BackupState.COLLECTING.value},
        }
        return update_if(self._client, **request)

    def put_volume(self, volume: Volume) -> bool:
        """Write a pending volume of the plan in force."""
        write = {
            "TableName": self._table,
            "Item": volume_item(volume),
            "ConditionExpression": "attribute_not_exists(pk) OR #state = :pending",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": {":pending": {"S": VolumeState.PENDING.value}},
        }
        in_force = self._in_force(volume.account, volume.backup_id, volume.plan)
        return self._all_or_none([in_force, {"Put": write}])

    def drop_surplus(self, backup: Backup, volumes: Sequence[Volume]) -> bool:
        """Items of volumes that the plan in force has not."""
        in_force = self._in_force(backup.account, backup.id, backup.plan)
        return all(
            self._all_or_none([in_force, *map(self._removal, batch)])
            for batch in batches(volumes, 99)
        )

    def finish_plan(self, backup: Backup) -> bool:
        """planning -> exporting."""
        names = ("state", "moved_at", "messages", "bytes", "volumes")
        request = set_some(self._table, backup_item(backup), names, {"plan": backup.plan})
        request["ConditionExpression"] += " AND #state = :planning"
        request["ExpressionAttributeValues"][":planning"] = {"S": BackupState.PLANNING.value}
        return update_if(self._client, **request)

    def _in_force(self, account: str, backup_id: str, plan: str) -> dict[str, Any]:
        """A condition among others: the backup is being planned, and this is its plan."""
        return {
            "ConditionCheck": {
                "TableName": self._table,
                "Key": keys.backup(account, backup_id),
                "ConditionExpression": "#state = :planning AND #plan = :plan",
                "ExpressionAttributeNames": {"#state": "state", "#plan": "plan"},
                "ExpressionAttributeValues": {
                    ":planning": {"S": BackupState.PLANNING.value},
                    ":plan": {"S": plan},
                },
            }
        }

    def _all_or_none(self, actions: Sequence[dict[str, Any]]) -> bool:
        try:
            transact(self._client, actions)
        except ConditionFailedError:
            return False
        return True

    def start_volume(self, account: str, backup_id: str, number: int) -> bool:
        """pending -> writing."""
        return update_if(
            self._client,
            TableName=self._table,
            Key=keys.volume(account, backup_id, number),
            UpdateExpression="SET #state = :writing",
            ConditionExpression="#state = :pending",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={
                ":writing": {"S": VolumeState.WRITING.value},
                ":pending": {"S": VolumeState.PENDING.value},
            },
        )

    def move_volume(self, volume: Volume) -> bool:
        """The whole item, if the state it is in may move to the new one, or is it already."""
        leaves = [
            state.value
            for state, targets in VOLUME_MOVES.items()
            if volume.state in targets or volume.state is state
        ]
        condition, names, values = state_in(leaves)
        return put_if(
            self._client,
            TableName=self._table,
            Item=volume_item(volume),
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )

    def mark_downloaded(self, account: str, backup_id: str, number: int, at: datetime) -> None:
        """Remember that a download was asked for: no warning is due then."""
        update_if(
            self._client,
            TableName=self._table,
            Key=keys.volume(account, backup_id, number),
            UpdateExpression="SET downloaded_at = :at",
            ConditionExpression="attribute_exists(pk) AND attribute_not_exists(downloaded_at)",
            ExpressionAttributeValues={":at": {"S": rfc3339(at)}},
        )

    def renew(self, backup: Backup, run: int, at: datetime) -> bool:
        """Count a rescue, or only note that the machine was seen at work."""
        item = backup_item(replace(backup, run=run, moved_at=at))
        where = {"state": backup.state.value, "run": backup.run}
        return update_if(self._client, **set_some(self._table, item, ("run", "moved_at"), where))

    def mark_noticed(self, backup: Backup, at: datetime) -> None:
        """The person was told of this end, or it was found that they are not to be."""
        item = backup_item(replace(backup, noticed_at=at))
        where = {"state": backup.state.value}
        update_if(self._client, **set_some(self._table, item, ("noticed_at",), where))

    def drop_volumes(self, volumes: Sequence[Volume]) -> None:
        """What is not there is no error."""
        for batch in batches(volumes, 100):
            transact(self._client, [self._removal(volume) for volume in batch])

    def _removal(self, volume: Volume) -> dict[str, Any]:
        key = keys.volume(volume.account, volume.backup_id, volume.number)
        return {"Delete": {"TableName": self._table, "Key": key}}

    def delete(self, backup: Backup, volumes: Sequence[Volume]) -> None:
        """Volumes first, the request with its slot last: killed half-way it can be repeated."""
        self.drop_volumes(volumes)
        remove = {"TableName": self._table, "Key": keys.backup(backup.account, backup.id)}
        transact(self._client, [{"Delete": remove}, {"Update": self._free(backup)}])

    def _get(self, key: keys.Key) -> Item | None:
        return get(self._client, self._table, key)


def backup_item(backup: Backup) -> Item:
    """The attributes of a request."""
    key = keys.backup(backup.account, backup.id)
    return key | versioned(
        {
            "account": backup.account,
            "state": backup.state.value,
            "mailboxes": [[box.id, box.path] for box in backup.mailboxes],
            "period": backup.period.to_json(),
            "span_start": backup.span.start,
            "span_end": backup.span.end,
            "volume_bytes": backup.volume_bytes,
            "requested_at": backup.requested_at,
            "messages": backup.messages,
            "bytes": backup.bytes,
            "volumes": backup.volumes,
            "finished_at": backup.finished_at,
            "expires_at": backup.expires_at,
            "purge_at": backup.purge_at,
            "failure": backup.failure,
            "moved_at": backup.moved_at,
            "run": backup.run,
            "noticed_at": backup.noticed_at,
            "query": backup.query,
            "plan": backup.plan or None,
            "collects": backup.collects or None,
            "everything": backup.everything or None,
            "include_gone": backup.include_gone or None,
            "scheduled": backup.scheduled or None,
            "follows": backup.follows,
            **due_attributes(due_of_backup(backup), f"{backup.account}#{key['sk']['S']}"),
        }
    )


def read_backup(item: Item) -> Backup:
    """The inverse of `backup_item`."""
    read = Reader(item)
    return Backup(
        id=read.text("sk").removeprefix("BACKUP#"),
        account=read.text("account"),
        state=BackupState(read.text("state")),
        mailboxes=tuple(ChosenMailbox(*box) for box in read.json("mailboxes")),
        period=Period.from_json(read.json("period")),
        span=Span(read.instant("span_start"), read.instant("span_end")),
        volume_bytes=read.number("volume_bytes"),
        requested_at=read.instant("requested_at"),
        messages=read.number("messages"),
        bytes=read.number("bytes"),
        volumes=read.number("volumes"),
        finished_at=read.maybe_instant("finished_at"),
        expires_at=read.maybe_instant("expires_at"),
        purge_at=read.maybe_instant("purge_at"),
        failure=read.maybe_text("failure"),
        moved_at=read.maybe_instant("moved_at"),
        run=read.number("run"),
        noticed_at=read.maybe_instant("noticed_at"),
        query=read.maybe_text("query"),
        plan=read.maybe_text("plan") or "",
        collects=read.flag("collects", default=False),
        everything=read.flag("everything", default=False),
        include_gone=read.flag("include_gone", default=False),
        scheduled=read.flag("scheduled", default=False),
        follows=read.maybe_text("follows"),
    )


def volume_item(volume: Volume) -> Item:
    """The attributes of a volume."""
    key = keys.volume(volume.account, volume.backup_id, volume.number)
    return key | versioned(
        {
            "account": volume.account,
            "backup_id": volume.backup_id,
            "number": volume.number,
            "state": volume.state.value,
            "filename": volume.filename,
            "key": volume.key,
            "mailbox_id": volume.mailbox_id,
            "messages": volume.messages,
            "bytes": volume.bytes,
            "upload_id": volume.upload_id,
            "parts": volume.parts,
            "created_at": volume.created_at,
            "expires_at": volume.expires_at,
            "downloaded_at": volume.downloaded_at,
            "warned_at": volume.warned_at,
            "plan": volume.plan or None,
            **due_attributes(due_of_volume(volume), f"{volume.account}#{key['sk']['S']}"),
        }
    )


def read_volume(item: Item) -> Volume:
    """The inverse of `volume_item`."""
    read = Reader(item)
    return Volume(
        account=read.text("account"),
        backup_id=read.text("backup_id"),
        number=read.number("number"),
        state=VolumeState(read.text("state")),
        filename=read.text("filename"),
        key=read.text("key"),
        mailbox_id=read.text("mailbox_id"),
        messages=read.number("messages"),
        bytes=read.number("bytes"),
        upload_id=read.text("upload_id"),
        parts=read.number("parts"),
        created_at=read.maybe_instant("created_at"),
        expires_at=read.maybe_instant("expires_at"),
        downloaded_at=read.maybe_instant("downloaded_at"),
        warned_at=read.maybe_instant("warned_at"),
        plan=read.maybe_text("plan") or "",
    )
