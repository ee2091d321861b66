"""Mail that follows a connected server, in the table."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pyeonji.adapters.dynamodb import keys
from pyeonji.adapters.dynamodb.client import (
    ConditionFailedError,
    batches,
    delete_if,
    query,
    transact,
    update_if,
)
from pyeonji.adapters.dynamodb.codec import Item, Reader, first_array, message_item
from pyeonji.adapters.dynamodb.index import (
    likes_of,
    unpack_weights,
    weight_of,
    weights_item,
)
from pyeonji.domain.messages import Message, Weight

#: Items of one transaction, besides the weights and the mailbox's counts.
_AT_ONCE = 90


class DynamoFollowing:
    """ports.Following."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def replace(self, account: str, mailbox_id: str, was: Message, now: Message) -> bool:
        """Conditional on origin and array as they were."""
        return update_if(self._client, **self._changed(account, mailbox_id, was, now))

    def mark_gone(
        self, account: str, mailbox_id: str, messages: Sequence[Message], at: int
    ) -> None:
        """Message, its weight and the counts in one transaction, ninety at a time."""
        left = {message.key: message for message in messages if not message.gone}
        for item in self._weights(account, mailbox_id):
            if not left:
                return
            self._take(account, mailbox_id, item, left, at)
        # Not counted yet: nothing to take off.
        for message in left.values():
            self.replace(account, mailbox_id, message, replace(message, gone=at))

    def _weights(self, account: str, mailbox_id: str) -> Iterator[Item]:
        request = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": keys.weights_pk(account, mailbox_id)}},
            "ConsistentRead": True,
        }
        for item in query(self._client, **request):
            Reader(item)  # refuses a version it does not know
            yield item

    def _take(
        self, account: str, mailbox_id: str, item: Item, left: dict[str, Message], at: int
    ) -> None:
        """Those of `left` that this item of weights has; they leave `left`."""
        weights = list(unpack_weights(item["w"]["B"], likes_of(item)))
        wanted: dict[Weight, list[Message]] = {}
        for message in left.values():
            wanted.setdefault(weight_of(message), []).append(message)
        met = [
            (place, found.pop())
            for place, weight in enumerate(weights)
            if (found := wanted.get(weight._replace(like=0)))
        ]
        # From behind, so that the places of those in front stay what they are.
        for some in batches(reversed(met), _AT_ONCE):
            before = len(weights)
            for place, _ in some:
                del weights[place]
            chosen = [message for _, message in some]
            self._lower(account, mailbox_id, item, (weights, before), chosen, at)
            for message in chosen:
                del left[message.key]

    def _lower(
        self,
        account: str,
        mailbox_id: str,
        item: Item,
        kept: tuple[list[Weight], int],
        chosen: Sequence[Message],
        at: int,
    ) -> None:
        """`kept`: what stays of the item's weights, and how many there were."""
        weights, before = kept
        key = {"pk": item["pk"], "sk": item["sk"]}
        as_it_was = {
            "TableName": self._table,
            "ConditionExpression": "size(w) = :size",
            "ExpressionAttributeValues": {":size": {"N": str(20 * before)}},
        }
        counts = {
            "TableName": self._table,
            "Key": keys.mailbox(account, mailbox_id),
            "UpdateExpression": "ADD messages :messages, #bytes :bytes",
            "ExpressionAttributeNames": {"#bytes": "bytes"},
            "ExpressionAttributeValues": {
                ":messages": {"N": str(-len(chosen))},
                ":bytes": {"N": str(-sum(message.size for message in chosen))},
            },
        }
        changes = [
            self._changed(account, mailbox_id, message, replace(message, gone=at))
            for message in chosen
        ]
        try:
            transact(
                self._client,
                [
                    {"Put": as_it_was | {"Item": weights_item(key, weights)}}
                    if weights
                    else {"Delete": as_it_was | {"Key": key}},
                    {"Update": counts},
                    *({"Update": change} for change in changes),
                ],
            )
        except ConditionFailedError as error:
            # A second run of the same, or a mail that changed meanwhile: what is left is marked by
            # the next try, which reads everything anew.
            raise ChangedMeanwhileError(f"{len(error.failed)} of {len(chosen)}") from None

    def drop(self, account: str, mailbox_id: str, messages: Sequence[Message]) -> None:
        """One conditional delete each: there are few, and days to do it in."""
        for message in messages:
            item = message_item(keys.message(account, mailbox_id, message.key), message)
            delete_if(
                self._client,
                TableName=self._table,
                Key=keys.message(account, mailbox_id, message.key),
                ConditionExpression="m = :was",
                ExpressionAttributeValues={":was": item["m"]},
            )

    def _changed(self, account: str, mailbox_id: str, was: Message, now: Message) -> dict[str, Any]:
        key = keys.message(account, mailbox_id, was.key)
        before, after = message_item(key, was), message_item(key, now)
        values = {":o": after["o"], ":m": after["m"], ":was_o": before["o"], ":was_m": before["m"]}
        values[":was_1"] = {"S": first_array(was)}
        return {
            "TableName": self._table,
            "Key": key,
            "UpdateExpression": "SET o = :o, m = :m",
            "ConditionExpression": "o = :was_o AND m IN (:was_m, :was_1)",
            "ExpressionAttributeValues": values,
        }


class ChangedMeanwhileError(OSError):
    """Something changed between reading and writing; nothing of this batch was written."""
