"""Sending: conditions told from conflicts, conflicts tried again, pages followed."""

import json
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Literal, TypeVar

from botocore.exceptions import ClientError

from pyeonji import json_text
from pyeonji.adapters.dynamodb.codec import Item

_T = TypeVar("_T")

#: A conflict means another transaction holds an item for some milliseconds; throttling, that a
#: partition has had its 1,000 writes of this second. 24 tries with waits that double from 10 ms to
#: 1 s are some 14 s: longer than any burst of ours, half of what the API's function has.
TRIES = 24

#: Cancellation reasons that go away by themselves.
_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


#: Carries members of a request past botocore's serializer.
_WRITTEN = "pyeonji-written"


class ConditionFailedError(Exception):
    """One or more conditions did not hold; nothing was written.

    `failed` has the position of each, with the item that stood there if it was asked for.
    """

    def __init__(self, failed: dict[int, Item | None]) -> None:
        super().__init__(f"{len(failed)} condition(s) did not hold")
        self.failed = failed


def send_written(client: Any, method: str, members: dict[str, Any]) -> dict[str, Any]:
    """Call `client.<method>` with `members` (lists or dictionaries) written as JSON here.

    A DynamoDB request in Python has the shape of its JSON as long as no value is binary, which
    none of ours is, so botocore's walk through every attribute of 100 items changes nothing: it
    and the endpoint rules' search of the items for ARNs took 40 µs an item, msgspec takes 1. All
    the rest (idempotency token, signature, retries, errors) stays botocore's. The client must not
    validate parameters: it would miss the members.
    """
    operation = f"dynamodb.{client.meta.method_to_api_mapping[method]}"
    for step, handler in (("before-parameter-build", _set_aside), ("before-call", _put_back)):
        # With the id, registering it again does nothing.
        event = f"{step}.{operation}"
        client.meta.events.register(event, handler, unique_id=f"{_WRITTEN}.{event}")
    # Empty ones in their place for the serializer and the endpoint rules.
    empty = {name: type(value)() for name, value in members.items()}
    answer: dict[str, Any] = getattr(client, method)(**empty, **{_WRITTEN: members})
    return answer


def _set_aside(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    context[_WRITTEN] = params.pop(_WRITTEN, None)


def _put_back(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    members: dict[str, Any] | None = context[_WRITTEN]
    if members is not None:
        params["body"] = json_text.encode(json.loads(params["body"]) | members)


def transact(client: Any, actions: Sequence[dict[str, Any]]) -> None:
    """All of `actions` (100 at most) or none. Raises ConditionFailedError."""
    for attempt in range(TRIES):
        try:
            send_written(client, "transact_write_items", {"TransactItems": list(actions)})
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", [])
            failed = {
                place: reason.get("Item")
                for place, reason in enumerate(reasons)
                if reason.get("Code") == "ConditionalCheckFailed"
            }
            if failed:
                raise ConditionFailedError(failed) from None
            passing = any(reason.get("Code") in _PASSING for reason in reasons)
            if not passing or attempt == TRIES - 1:
                raise
            pause(attempt)
        else:
            return


def pause(attempt: int) -> None:
    """Wait before try `attempt` + 2, spread by chance, or the same two would meet again."""
    time.sleep(min(1.0, 0.01 * 2**attempt) * (0.5 + random.random() / 2))


def write(call: Any, **request: Any) -> dict[str, Any]:
    """A write of one item, tried again while a transaction holds it: botocore takes that conflict
    for final, though twenty chunks at work on one mailbox meet all the time."""
    for attempt in range(TRIES):
        try:
            answer: dict[str, Any] = call(**request)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code != "TransactionConflictException" or attempt == TRIES - 1:
                raise
            pause(attempt)
        else:
            return answer
    raise AssertionError("the last try answers or raises")


def once(
    client: Any,
    table: str,
    marker: Item,
    update: dict[str, Any],
    also: Sequence[Item] = (),
    over: Item | Literal[False] = False,
    check: Item | None = None,
) -> bool:
    """A marker and the update it stands for, in one transaction; `also` items go with them.

    False when nothing was written: the marker was there, so the update was made before, or the
    update's own condition did not hold. A marker that has the one attribute of `over` counts as
    none, and is written over. `check` is a condition on another item, without which nothing is
    written either.
    """
    put: dict[str, Any] = {
        "TableName": table,
        "Item": marker,
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    if over:
        [(name, value)] = over.items()
        put["ConditionExpression"] += f" OR {name} = :over"
        put["ExpressionAttributeValues"] = {":over": value}
    try:
        transact(
            client,
            [
                {"Put": put},
                {"Update": {"TableName": table, **update}},
                *({"Put": {"TableName": table, "Item": item}} for item in also),
                *([{"ConditionCheck": check}] if check else []),
            ],
        )
    except ConditionFailedError:
        return False
    return True


def get(client: Any, table: str, key: Item) -> Item | None:
    """One item as it is now, or None."""
    answer = client.get_item(TableName=table, Key=key, ConsistentRead=True)
    item: Item | None = answer.get("Item")
    return item


def put_if(client: Any, **request: Any) -> bool:
    """A conditional PutItem; False when the condition did not hold."""
    return _conditional(client.put_item, request)


def update_if(client: Any, **request: Any) -> bool:
    """A conditional UpdateItem; False when the condition did not hold."""
    return _conditional(client.update_item, request)


def delete_if(client: Any, **request: Any) -> bool:
    """A conditional DeleteItem; False when the condition did not hold."""
    return _conditional(client.delete_item, request)


def _conditional(call: Any, request: dict[str, Any]) -> bool:
    try:
        write(call, **request)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True


def query(client: Any, **request: Any) -> Iterator[Item]:
    """Every item of a query, page after page."""
    while True:
        page = client.query(**request)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def begins(table: str, pk: str, prefix: str) -> dict[str, Any]:
    """A query for the items of one partition whose sort key begins with `prefix`."""
    return {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
        "ExpressionAttributeValues": {":pk": {"S": pk}, ":prefix": {"S": prefix}},
        "ConsistentRead": True,
    }


def state_in(states: Sequence[str]) -> tuple[str, dict[str, str], dict[str, Any]]:
    """A condition on the state an item leaves: (expression, names, values)."""
    values = {f":s{place}": {"S": state} for place, state in enumerate(sorted(states))}
    return f"#state IN ({', '.join(values)})", {"#state": "state"}, values


def batches(values: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Lists of at most `size` values (itertools.batched came with Python 3.12)."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch
