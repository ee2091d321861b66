"""Claims on notices in the table."""

from datetime import datetime, timedelta
from typing import Any

from pyeonji.adapters.dynamodb import keys
from pyeonji.adapters.dynamodb.client import (
    delete_if,
    get,
    update_if,
    write,
)
from pyeonji.adapters.dynamodb.codec import Reader, encode, epoch
from pyeonji.ports import CLAIM_LIFE, NoticeClaim

#: Longer than any request stays on a list, so a notice delivered again is known for what it is.
MARKERS_LIVE = timedelta(days=400)
_CLAIMED = "claimed"


class DynamoNotices:
    """ports.Notices."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def claim(self, request_id: str, kind: str, now: datetime) -> NoticeClaim:
        """Conditional on there being none, or only one of somebody who must be dead by now."""
        if update_if(self._client, **claim_request(self._table, request_id, kind, now)):
            return NoticeClaim.OURS
        item = get(self._client, self._table, keys.notice(request_id, kind))
        state = Reader(item).text("state") if item else _CLAIMED
        return NoticeClaim.HELD if state == _CLAIMED else NoticeClaim.DONE

    def settle(self, request_id: str, kind: str, outcome: str, now: datetime) -> None:
        """`sent`, `stopped` or `undeliverable`, for good."""
        marker = encode({"state": outcome, "at": now, "ttl": epoch(now + MARKERS_LIVE)})
        write(
            self._client.put_item,
            TableName=self._table,
            Item=keys.notice(request_id, kind) | marker,
        )

    def release(self, request_id: str, kind: str) -> None:
        """Only a claim: what is settled stays."""
        delete_if(
            self._client,
            TableName=self._table,
            Key=keys.notice(request_id, kind),
            ConditionExpression="#state = :claimed",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues=encode({":claimed": _CLAIMED}),
        )


def claim_request(table: str, request_id: str, kind: str, now: datetime) -> dict[str, Any]:
    """The update that makes a claim ours."""
    values = encode(
        {
            ":claimed": _CLAIMED,
            ":at": now,
            ":dead": now - CLAIM_LIFE,
            ":ttl": epoch(now + MARKERS_LIVE),
        }
    )
    return {
        "TableName": table,
        "Key": keys.notice(request_id, kind),
        "UpdateExpression": "SET #state = :claimed, #at = :at, #ttl = :ttl",
        "ConditionExpression": "attribute_not_exists(pk) OR (#state = :claimed AND #at <= :dead)",
        "ExpressionAttributeNames": {"#state": "state", "#at": "at", "#ttl": "ttl"},
        "ExpressionAttributeValues": values,
    }
