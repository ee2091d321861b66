"""Counters of wrong tries, and the codes that were used, in the table. TTL clears them away."""

from datetime import datetime, timedelta
from typing import Any

from pyeonji.adapters.dynamodb import keys
from pyeonji.adapters.dynamodb.client import put_if, update_if
from pyeonji.adapters.dynamodb.codec import encode, epoch


class DynamoAttempts:
    """ports.Attempts."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def take(self, key: str, start: datetime, most: int, window: timedelta) -> bool:
        """One conditional write: of any number at once `most` get through."""
        return update_if(self._client, **take_request(self._table, key, start, most, window))

    def give_back(self, key: str, start: datetime) -> None:
        """Never below nothing: the counter may have been cleared away meanwhile."""
        update_if(
            self._client,
            TableName=self._table,
            Key=keys.attempts(key, epoch(start)),
            UpdateExpression="ADD tries :less",
            ConditionExpression="tries > :none",
            ExpressionAttributeValues=encode({":less": -1, ":none": 0}),
        )

    def use(self, email: str, digest: str, now: datetime, until: datetime) -> bool:
        """A mark whose time is over counts as none: TTL clears away when it likes."""
        return put_if(
            self._client,
            TableName=self._table,
            Item=keys.used_code(email, digest) | encode({"ttl": epoch(until)}),
            ConditionExpression="attribute_not_exists(pk) OR #ttl <= :now",
            ExpressionAttributeNames={"#ttl": "ttl"},
            ExpressionAttributeValues=encode({":now": epoch(now)}),
        )

    def release(self, email: str, digest: str) -> None:
        """Done twice it is done."""
        self._client.delete_item(TableName=self._table, Key=keys.used_code(email, digest))


def take_request(
    table: str, key: str, start: datetime, most: int, window: timedelta
) -> dict[str, Any]:
    """The update that counts one try into a window, unless it is full."""
    return {
        "TableName": table,
        "Key": keys.attempts(key, epoch(start)),
        "UpdateExpression": "ADD tries :one SET #ttl = :ttl",
        "ConditionExpression": "attribute_not_exists(tries) OR tries < :most",
        "ExpressionAttributeNames": {"#ttl": "ttl"},
        "ExpressionAttributeValues": encode(
            {":one": 1, ":most": most, ":ttl": epoch(start + window)}
        ),
    }
