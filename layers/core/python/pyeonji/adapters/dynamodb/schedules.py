"""Schedules in the table: one item an account, in the due index by when it must be looked at."""

from typing import Any

from pyeonji.adapters.dynamodb import keys
from pyeonji.adapters.dynamodb.client import delete_if, get, put_if, write
from pyeonji.adapters.dynamodb.codec import Item, Reader, due_attributes, encode, versioned
from pyeonji.domain.schedules import Every, Schedule, What, due_of_schedule


class DynamoSchedules:
    """ports.Schedules."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, account: str) -> Schedule | None:
        """The account's, or None."""
        item = get(self._client, self._table, keys.schedule(account))
        return None if item is None else read_schedule(item)

    def put(self, schedule: Schedule) -> None:
        """The whole item, over an older one."""
        write(self._client.put_item, TableName=self._table, Item=schedule_item(schedule))

    def move(self, schedule: Schedule, was: Schedule) -> bool:
        """One conditional write of the whole item."""
        condition = "set_at = :set AND next_at = :next"
        values: dict[str, object] = {":set": was.set_at, ":next": was.next_at}
        for name in ("backup", "seen_at"):
            value = getattr(was, name)
            if value is None:
                condition += f" AND attribute_not_exists(#{name})"
            else:
                condition += f" AND #{name} = :{name}"
                values[f":{name}"] = value
        return put_if(
            self._client,
            TableName=self._table,
            Item=schedule_item(schedule),
            ConditionExpression=condition,
            ExpressionAttributeNames={"#backup": "backup", "#seen_at": "seen_at"},
            ExpressionAttributeValues=encode(values),
        )

    def delete(self, account: str) -> bool:
        """False when there was none."""
        return delete_if(
            self._client,
            TableName=self._table,
            Key=keys.schedule(account),
            ConditionExpression="attribute_exists(pk)",
        )


def schedule_item(schedule: Schedule) -> Item:
    """A schedule as an item, with its place in the due index."""
    key = keys.schedule(schedule.account)
    due = due_attributes(due_of_schedule(schedule), f"{schedule.account}#{key['sk']['S']}")
    return key | versioned(
        {
            "account": schedule.account,
            "every": schedule.every.value,
            "what": schedule.what.value,
            "keep": schedule.keep,
            "set_at": schedule.set_at,
            "next_at": schedule.next_at,
            "mailboxes": None if schedule.mailboxes is None else list(schedule.mailboxes),
            "volume_bytes": schedule.volume_bytes,
            "backup": schedule.backup,
            "seen_at": schedule.seen_at,
            "until": schedule.until,
            "follows": schedule.follows,
            "skipped": schedule.skipped,
            **due,
        }
    )


def read_schedule(item: Item) -> Schedule:
    """The inverse of `schedule_item`."""
    read = Reader(item)
    return Schedule(
        account=read.text("account"),
        every=Every(read.text("every")),
        what=What(read.text("what")),
        keep=read.number("keep"),
        set_at=read.instant("set_at"),
        next_at=read.instant("next_at"),
        mailboxes=tuple(read.json("mailboxes")) if "mailboxes" in item else None,
        volume_bytes=read.maybe_number("volume_bytes"),
        backup=read.maybe_text("backup"),
        seen_at=read.maybe_instant("seen_at"),
        until=read.maybe_instant("until"),
        follows=read.maybe_text("follows"),
        skipped=read.maybe_text("skipped"),
    )
