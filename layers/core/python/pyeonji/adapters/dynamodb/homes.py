"""Where the mail of companies lives, and how up to date each account is, in the table."""

from datetime import datetime
from typing import Any

from pyeonji.adapters.dynamodb import keys
from pyeonji.adapters.dynamodb.client import get, put_if, update_if
from pyeonji.adapters.dynamodb.codec import Item, Reader, encode, versioned
from pyeonji.adapters.dynamodb.due import INDEX
from pyeonji.domain.homes import Home, HomeState, SyncState, decode_home, encode_home
from pyeonji.domain.instants import rfc3339

#: The partition of the due index that connected accounts stand in.
DUE = "SYNC"


class DynamoHomes:
    """ports.Homes."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def of(self, domain: str) -> Home:
        """An attribute of the company's item."""
        item = get(self._client, self._table, keys.company(domain))
        return decode_home(None if item is None else Reader(item).maybe_text("home"))

    def put(self, domain: str, home: Home) -> bool:
        """Only the attribute."""
        return update_if(
            self._client,
            TableName=self._table,
            Key=keys.company(domain),
            UpdateExpression="SET home = :home",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues=encode({":home": encode_home(home)}),
        )

    def state(self, email: str) -> HomeState | None:
        """The account's item `HOME`."""
        item = get(self._client, self._table, keys.home(email))
        return None if item is None else read_home_state(item, email)

    def due(self, until: datetime, after: str | None, limit: int) -> tuple[list[str], str | None]:
        """Out of the index `due`; the longest overdue first."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": INDEX,
            "KeyConditionExpression": "due_pk = :pk AND due_sk < :until",
            "ExpressionAttributeValues": {":pk": {"S": DUE}, ":until": {"S": rfc3339(until) + "$"}},
            "ProjectionExpression": "pk, sk, due_sk",
            "Limit": limit,
        }
        if after is not None:
            account = after.partition("#")[2]
            request["ExclusiveStartKey"] = keys.home(account) | encode(
                {"due_pk": DUE, "due_sk": after}
            )
        answer = self._client.query(**request)
        last = answer.get("LastEvaluatedKey")
        found = [item["pk"]["S"].removeprefix("ACCOUNT#") for item in answer["Items"]]
        return found, None if last is None else last["due_sk"]["S"]

    def move(self, state: HomeState, was: HomeState | None) -> bool:
        """One conditional write of the whole item."""
        return put_if(self._client, **move_request(self._table, state, was))


def move_request(table: str, state: HomeState, was: HomeState | None) -> dict[str, Any]:
    """The conditional write of `DynamoHomes.move`."""
    request: dict[str, Any] = {"TableName": table, "Item": home_state_item(state)}
    if was is None:
        return request | {"ConditionExpression": "attribute_not_exists(pk)"}
    values: dict[str, object] = {":state": was.state.value}
    condition = "#state = :state"
    # An instant is a second, in which it may have moved twice: the run and its plan tell.
    for name, value in (("moved_at", was.moved_at), ("#run", was.run), ("#plan", was.plan)):
        if value:
            condition += f" AND {name} = :{name.strip('#')}"
            values[f":{name.strip('#')}"] = value
        else:
            condition += f" AND attribute_not_exists({name})"
    return request | {
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#state": "state", "#run": "run", "#plan": "plan"},
        "ExpressionAttributeValues": encode(values),
    }


def home_state_item(state: HomeState) -> Item:
    """A home's state as an item."""
    return keys.home(state.account) | versioned(
        {
            "state": state.state.value,
            "synced_at": state.synced_at,
            "failure": state.failure,
            "said": state.said or None,
            "moved_at": state.moved_at,
            "run": state.run or None,
            "plan": state.plan or None,
            "looked_at": state.looked_at,
            "failures": state.failures or None,
            "due_at": state.due_at,
            **_due_attributes(state),
        }
    )


def read_home_state(item: Item, email: str) -> HomeState:
    """The inverse of `home_state_item`."""
    read = Reader(item)
    return HomeState(
        account=email,
        state=SyncState(read.text("state")),
        synced_at=read.maybe_instant("synced_at"),
        failure=read.maybe_text("failure"),
        said=read.maybe_text("said") or "",
        moved_at=read.maybe_instant("moved_at"),
        run=read.maybe_text("run") or "",
        plan=read.maybe_text("plan") or "",
        looked_at=read.maybe_instant("looked_at"),
        failures=read.number("failures", 0),
        due_at=read.maybe_instant("due_at"),
    )


def _due_attributes(state: HomeState) -> dict[str, object]:
    """In the due index, in a partition of its own: no walk of retention's meets it there."""
    if state.due_at is None:
        return {}
    return {"due_pk": DUE, "due_sk": f"{rfc3339(state.due_at)}#{state.account}"}
