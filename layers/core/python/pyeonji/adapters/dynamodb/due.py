"""The due index, and writes of a few attributes that move an item in it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from pyeonji.adapters.dynamodb import keys
from pyeonji.adapters.dynamodb.client import (
    get,
    write,
)
from pyeonji.adapters.dynamodb.codec import Item, Reader, encode
from pyeonji.domain.instants import rfc3339
from pyeonji.ports import DueKind, DuePage, DuePointer

INDEX = "due"
_INDEX_KEYS = ("due_pk", "due_sk")


class DynamoDueIndex:
    """ports.DueIndex."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def due(self, day: date, until: datetime, after: str | None, limit: int) -> DuePage:
        """One page of a day's rows; `after` is the pk, sk and due_sk of the last one seen."""
        request = page_request(self._table, day, until, after, limit)
        answer = self._client.query(**request)
        last = answer.get("LastEvaluatedKey")
        return DuePage(
            tuple(read_pointer(item) for item in answer["Items"]),
            None if last is None else "\n".join(last[name]["S"] for name in ("pk", "sk", "due_sk")),
        )

    def cursor(self) -> date | None:
        """The oldest day that may still hold rows."""
        item = get(self._client, self._table, keys.retention_cursor())
        return None if item is None else date.fromisoformat(Reader(item).text("day"))

    def put_cursor(self, day: date) -> None:
        """Remember it."""
        item = keys.retention_cursor() | encode({"day": day.isoformat()})
        write(self._client.put_item, TableName=self._table, Item=item)


def page_request(
    table: str, day: date, until: datetime, after: str | None, limit: int
) -> dict[str, Any]:
    """The query for one page."""
    pk = f"DUE#{day.isoformat()}"
    request: dict[str, Any] = {
        "TableName": table,
        "IndexName": INDEX,
        # A row's key is `<instant>#…`, and `$` comes right after `#`: every row of `until` too.
        "KeyConditionExpression": "due_pk = :pk AND due_sk < :until",
        "ExpressionAttributeValues": {":pk": {"S": pk}, ":until": {"S": rfc3339(until) + "$"}},
        "ProjectionExpression": "pk, sk",
        "Limit": limit,
    }
    if after is not None:
        own_pk, own_sk, due_sk = after.split("\n")
        names = {"pk": own_pk, "sk": own_sk, "due_pk": pk, "due_sk": due_sk}
        request["ExclusiveStartKey"] = {name: {"S": value} for name, value in names.items()}
    return request


def read_pointer(item: Item) -> DuePointer:
    """What a row points at, by the keys of the item itself."""
    read = Reader(item)
    account = read.text("pk").removeprefix("ACCOUNT#")
    kind, identity, *rest = read.text("sk").split("#")
    if rest:
        return DuePointer(DueKind.VOLUME, account, identity, int(rest[1]))
    return DuePointer(DueKind(kind.lower()), account, identity)


def set_some(
    table: str, item: Item, names: Iterable[str], where: Mapping[str, object]
) -> dict[str, Any]:
    """A conditional update that sets `names`, and the item's place in the due index, to what they
    are in `item`, where every attribute in `where` has that value; what `item` lacks is removed."""
    fields = (*names, *_INDEX_KEYS)
    sets = [name for name in fields if name in item]
    removes = [name for name in fields if name not in item]
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in sets) if sets else ""
    if removes:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in removes)
    wanted = encode(where)
    return {
        "TableName": table,
        "Key": {"pk": item["pk"], "sk": item["sk"]},
        "UpdateExpression": expression.strip(),
        "ConditionExpression": " AND ".join(f"#{name} = :was_{name}" for name in wanted),
        "ExpressionAttributeNames": {f"#{name}": name for name in {*fields, *wanted}},
        "ExpressionAttributeValues": {f":{name}": item[name] for name in sets}
        | {f":was_{name}": value for name, value in wanted.items()},
    }
