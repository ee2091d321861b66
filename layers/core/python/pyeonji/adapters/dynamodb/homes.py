"""Where the mail of companies lives, and how up to date each account is, in the table."""

from typing import Any

from pyeonji.adapters.dynamodb import keys
from pyeonji.adapters.dynamodb.client import get, put_if, update_if
from pyeonji.adapters.dynamodb.codec import Item, Reader, encode, versioned
from pyeonji.domain.homes import Home, HomeState, SyncState, decode_home, encode_home


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

    def move(self, state: HomeState, was: HomeState | None) -> bool:
        """One conditional write of the whole item."""
        return put_if(self._client, **move_request(self._table, state, was))


def move_request(table: str, state: HomeState, was: HomeState | None) -> dict[str, Any]:
    """The conditional write of `DynamoHomes.move`."""
    request: dict[str, Any] = {"TableName": table, "Item": home_state_item(state)}
    if was is None:
        return request | {"ConditionExpression": "attribute_not_exists(pk)"}
    condition, values = "#state = :state", {":state": was.state.value, ":moved": was.moved_at}
    if was.moved_at is None:
        condition += " AND attribute_not_exists(moved_at)"
    else:
        condition += " AND moved_at = :moved"
    return request | {
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#state": "state"},
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
    )
