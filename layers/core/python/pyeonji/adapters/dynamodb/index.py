"""Messages in the table."""

import base64
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from types import MappingProxyType
from typing import Any

from pyeonji.adapters.dynamodb import keys
from pyeonji.adapters.dynamodb.client import (
    ConditionFailedError,
    batches,
    begins,
    get,
    once,
    pause,
    put_if,
    query,
    send_written,
    state_in,
    transact,
    write,
)
from pyeonji.adapters.dynamodb.codec import (
    HOLDER,
    ITEM_VERSION,
    Item,
    Reader,
    epoch,
    message_item,
    read_holder,
    read_message,
    versioned,
)
from pyeonji.adapters.dynamodb.inserting import insert
from pyeonji.adapters.dynamodb.signed import SignedCalls
from pyeonji.domain.ids import instant_of
from pyeonji.domain.limits import MOST_MARKS
from pyeonji.domain.messages import (
    FOUND_DIGEST,
    Found,
    Holder,
    Marks,
    Message,
    Weight,
)
from pyeonji.domain.states import WORKING_UPLOAD
from pyeonji.domain.uploads import Totals, Upload
from pyeonji.ports import ChunkClosedError

#: Both BatchGetItem and TransactWriteItems take 100 items.
_BATCH = 100
#: Shards read side by side. More than four saturate one vCPU with unpacking.
_READERS = 4
#: Queries of one item each wait more than they work.
_MARKS_AT_ONCE = 8
#: In the marker of a chunk that was closed and not counted yet.
_CLOSED: Item = {"closed": {"BOOL": True}}
#: received, size, stored, mark. A message is at most 150 MiB.
_WEIGHT = struct.Struct("<qIII")
_ARRIVAL = struct.Struct("<q8xI")
_MARK = struct.Struct("<16xI")
_LIKE = struct.Struct("<I")
#: digest, entry
_FOUND = struct.Struct(f"<{FOUND_DIGEST}sI")
#: Markers are needed while a chunk may run again; then they go by TTL.
MARKERS_LIVE = timedelta(days=120)


class DynamoMailIndex:
    """ports.MailIndex."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table
        self._signed = SignedCalls(client)

    def holders(self, account: str, mailbox_id: str, wanted: Sequence[str]) -> dict[str, Holder]:
        """key -> holder of those that are there."""
        found = self._get(account, mailbox_id, wanted, {"ProjectionExpression": HOLDER})
        return {item["sk"]["S"]: read_holder(item) for item in found}

    def _get(
        self, account: str, mailbox_id: str, wanted: Sequence[str], also: Mapping[str, Any]
    ) -> Iterator[Item]:
        for batch in batches(dict.fromkeys(wanted), _BATCH):
            asked = [keys.message(account, mailbox_id, key) for key in batch]
            for attempt in count():
                # What the table had no breath for comes back: to ask at once again is to be told
                # the same, and what is asked for is a hundred items at most.
                if attempt:
                    pause(min(attempt, 10))
                request = {"Keys": asked, "ConsistentRead": True, **also}
                answer = send_written(
                    self._client, "batch_get_item", {"RequestItems": {self._table: request}}
                )
                yield from answer["Responses"].get(self._table, [])
                asked = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
                if not asked:
                    break

    def intend(self, upload_id: str, chunk: str, intent: str) -> None:
        """In one transaction: the chunk is open, and it is known what may come in from now on."""
        is_open = {
            "TableName": self._table,
            "Key": keys.chunk(upload_id, chunk),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        put = {"TableName": self._table, "Item": _intent(upload_id, chunk, intent)}
        try:
            transact(self._client, [{"Put": put}, {"ConditionCheck": is_open}])
        except ConditionFailedError:
            raise ChunkClosedError(chunk) from None

    def intents(self, upload_id: str) -> list[tuple[str, str]]:
        """One query."""
        found = self._of(*keys.intents(upload_id))
        return [keys.parts_of_intent(item["sk"]["S"]) for item in found if "done" not in item]

    def fulfil(self, upload_id: str, chunk: str, intent: str) -> None:
        """Marks the item, which goes by its TTL."""
        done = _intent(upload_id, chunk, intent) | {"done": {"BOOL": True}}
        write(self._client.put_item, TableName=self._table, Item=done)

    def add(self, account: str, mailbox_id: str, messages: Sequence[Message]) -> dict[str, Holder]:
        """Batches of single inserts, several at once: a transaction would cost twice as much."""
        lost: dict[str, Holder] = {}
        waiting = {message.key: message for message in messages}
        while waiting:
            items = [
                message_item(keys.message(account, mailbox_id, key), message)
                for key, message in waiting.items()
            ]
            held = insert(self._signed, self._table, items)
            found = self.holders(account, mailbox_id, held)
            lost |= found
            # Taken out between the two: then there is room for it now.
            waiting = {key: waiting[key] for key in held if key not in found}
        return lost

    def find(self, account: str, mailbox_id: str, wanted: Sequence[str]) -> dict[str, Message]:
        """key -> message, of those that are there."""
        found: dict[str, Message] = {}
        for item in self._get(account, mailbox_id, wanted, {}):
            message = read_message(item)
            found[message.key] = message
        return found

    def marked(self, account: str, mailbox_id: str, marks: Sequence[int]) -> list[Message]:
        """A small query a mark, several at once."""

        def some(mark: int) -> list[Message]:
            prefix = f"{mark:08x}"
            request = begins(self._table, keys.mail_pk(account, mailbox_id, prefix[0]), prefix)
            return [read_message(item) for item in query(self._client, **request)]

        with ThreadPoolExecutor(_MARKS_AT_ONCE) as pool:
            return [message for found in pool.map(some, set(marks)) for message in found]

    def read(
        self, account: str, mailbox_id: str, keep: Callable[[Message], bool] | None = None
    ) -> Iterator[Message]:
        """In no order; the shards are read side by side, and `keep` is asked by all of them."""
        yield from self._read(account, mailbox_id, keep=keep)

    def brought_by(self, account: str, mailbox_id: str, upload_id: str) -> Iterator[Message]:
        """Chosen in DynamoDB: it costs the reads of the whole mailbox, and none of the unpacking
        of what came otherwise."""
        yield from self._read(
            account,
            mailbox_id,
            {"FilterExpression": "begins_with(o, :origin)"},
            {":origin": {"S": f"{upload_id}#"}},
        )

    def _read(
        self,
        account: str,
        mailbox_id: str,
        chosen: Mapping[str, str] = MappingProxyType({}),
        values: Mapping[str, Any] = MappingProxyType({}),
        keep: Callable[[Message], bool] | None = None,
    ) -> Iterator[Message]:
        def shard(pk: str) -> list[Message]:
            request = {
                "TableName": self._table,
                "KeyConditionExpression": "pk = :pk",
                "ExpressionAttributeValues": {":pk": {"S": pk}, **values},
                "ConsistentRead": True,
                **chosen,
            }
            found = map(read_message, query(self._client, **request))
            return list(filter(keep, found) if keep else found)

        pool = ThreadPoolExecutor(_READERS)
        try:
            for messages in pool.map(shard, keys.mail_pks(account, mailbox_id)):
                yield from messages
        finally:
            # A caller who only wants to know whether there is mail stops at the first.
            pool.shutdown(wait=False, cancel_futures=True)

    def reserve_uids(self, account: str, mailbox_id: str, count: int) -> int:
        """The first of `count` uids of this mailbox."""
        answer = write(
            self._client.update_item,
            TableName=self._table,
            Key=keys.mailbox(account, mailbox_id),
            UpdateExpression="ADD next_uid :count",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues={":count": {"N": str(count)}},
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["next_uid"]["N"]) - count

    def count_chunk(
        self,
        account: str,
        mailbox_id: str,
        upload_id: str,
        chunk: str,
        weights: Sequence[Weight],
        totals: Totals,
        *,
        found: Sequence[Found] = (),
        even_closed: bool = False,
        run: Upload | None = None,
    ) -> bool:
        """Marker, weights, finds and counts in one transaction; False when it was counted before.
        A find takes the 20 bytes that a weight does."""
        size = sum(weight.size for weight in weights)
        marker = _marker(upload_id, chunk, len(weights), size, totals)
        counts = {
            "Key": keys.mailbox(account, mailbox_id),
            "UpdateExpression": "ADD messages :messages, #bytes :bytes",
            "ExpressionAttributeNames": {"#bytes": "bytes"},
            "ExpressionAttributeValues": {
                ":messages": {"N": str(len(weights))},
                ":bytes": {"N": str(size)},
            },
        }
        also = []
        if weights:
            also.append(weights_item(keys.weights(account, mailbox_id, upload_id, chunk), weights))
        if found:
            packed = b"".join(_FOUND.pack(*find) for find in found)
            also.append(_packed(keys.found(account, mailbox_id, upload_id, chunk), f=packed))
        over = even_closed and _CLOSED
        still = None if run is None else _still_at_work(self._table, run)
        return once(self._client, self._table, marker, counts, also, over=over, check=still)

    def close_chunk(self, upload_id: str, chunk: str) -> None:
        """A marker that has counted nothing yet, unless there is one."""
        put_if(
            self._client,
            TableName=self._table,
            Item=_marker(upload_id, chunk, 0, 0, Totals()) | _CLOSED,
            ConditionExpression="attribute_not_exists(pk)",
        )

    def weigh(self, account: str, mailbox_id: str) -> Iterator[Weight]:
        """An item a chunk, 20 bytes a message."""
        for packed, likes in self._weights(account, mailbox_id):
            yield from unpack_weights(packed, likes)

    def arrivals(self, account: str, mailbox_id: str) -> Iterator[tuple[int, int]]:
        """Out of the same items, without an object a message."""
        for packed, _ in self._weights(account, mailbox_id):
            yield from _ARRIVAL.iter_unpack(packed)

    def marks(self, account: str, mailbox_id: str) -> Marks:
        """Out of the same items; no further than the marks that may be held."""
        keys: set[int] = set()
        likenesses: set[int] = set()
        held = 0
        for packed, likes in self._weights(account, mailbox_id):
            held += len(packed) // _WEIGHT.size
            if held > MOST_MARKS:
                return Marks(frozenset(), frozenset(), complete=False)
            keys.update(mark for (mark,) in _MARK.iter_unpack(packed))
            likenesses.update(like for (like,) in _LIKE.iter_unpack(likes))
        return Marks(keys, likenesses - {0})

    def _weights(self, account: str, mailbox_id: str) -> Iterator[tuple[bytes, bytes]]:
        for item in self._of(keys.weights_pk(account, mailbox_id)):
            yield item["w"]["B"], likes_of(item)

    def found(self, account: str, mailbox_id: str) -> Iterator[tuple[str, Found]]:
        """An item a chunk, 20 bytes a find."""
        for item in self._of(keys.found_pk(account, mailbox_id)):
            for entry in _FOUND.iter_unpack(item["f"]["B"]):
                yield item["sk"]["S"].partition("#")[0], Found._make(entry)

    def take_out(
        self,
        account: str,
        mailbox_id: str,
        upload_id: str,
        leaving: Sequence[Message],
        staying: Sequence[tuple[Message, str]],
    ) -> None:
        """Counts first, a chunk's weights and what they are of the mailbox in one transaction; then
        the messages: killed in between, the counts of what is still there are not lowered twice.
        """
        gone = Counter(map(weight_of, leaving))
        owners: dict[Weight, list[str]] = {}
        for message, origin in staying:
            owners.setdefault(weight_of(message), []).append(origin.partition("#")[0])
        pk = keys.weights_pk(account, mailbox_id)
        for item in self._of(pk, f"{upload_id}#"):
            self._take_weights(account, mailbox_id, item, gone, owners)
        for batch in batches(staying, _BATCH):
            transact(self._client, [self._pass_on(account, mailbox_id, *each) for each in batch])
        for some in batches(leaving, _BATCH):
            transact(self._client, [self._drop(account, mailbox_id, each) for each in some])
        for item in self._of(keys.found_pk(account, mailbox_id), f"{upload_id}#"):
            key = {"pk": item["pk"], "sk": item["sk"]}
            self._client.delete_item(TableName=self._table, Key=key)

    def _take_weights(
        self,
        account: str,
        mailbox_id: str,
        item: Item,
        gone: Counter[Weight],
        owners: dict[Weight, list[str]],
    ) -> None:
        """Lowers the counts by those of an item that are `gone`; those that stay move to an item of
        their new upload, which counts them from now on."""
        upload_id, _, chunk = item["sk"]["S"].partition("#")
        lowered: list[Weight] = []
        kept: list[Weight] = []
        moved: dict[str, list[Weight]] = {}
        for weight in unpack_weights(item["w"]["B"], likes_of(item)):
            plain = weight._replace(like=0)
            if owners.get(plain):
                moved.setdefault(owners[plain].pop(), []).append(weight)
            elif gone[plain]:
                gone[plain] -= 1
                lowered.append(weight)
            else:
                kept.append(weight)
        key = {"pk": item["pk"], "sk": item["sk"]}
        as_it_was = {
            "TableName": self._table,
            "ConditionExpression": "size(w) = :size",
            "ExpressionAttributeValues": {":size": {"N": str(len(item["w"]["B"]))}},
        }
        actions: list[dict[str, Any]] = [
            {"Put": as_it_was | {"Item": weights_item(key, kept)}}
            if kept
            else {"Delete": as_it_was | {"Key": key}}
        ]
        for owner, weights in moved.items():
            place = keys.weights(account, mailbox_id, owner, f"{upload_id}.{chunk}")
            item_of_owner = weights_item(place, weights)
            actions.append({"Put": {"TableName": self._table, "Item": item_of_owner}})
        if lowered:
            actions.append(
                {
                    "Update": {
                        "TableName": self._table,
                        "Key": keys.mailbox(account, mailbox_id),
                        "UpdateExpression": "ADD messages :messages, #bytes :bytes",
                        "ExpressionAttributeNames": {"#bytes": "bytes"},
                        "ExpressionAttributeValues": {
                            ":messages": {"N": str(-len(lowered))},
                            ":bytes": {"N": str(-sum(weight.size for weight in lowered))},
                        },
                    }
                }
            )
        if lowered or moved:
            transact(self._client, actions)

    def _pass_on(
        self, account: str, mailbox_id: str, message: Message, origin: str
    ) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table,
                "Key": keys.message(account, mailbox_id, message.key),
                "UpdateExpression": "SET o = :new",
                "ConditionExpression": "o = :old",
                "ExpressionAttributeValues": {
                    ":new": {"S": origin},
                    ":old": {"S": message.origin},
                },
            }
        }

    def _drop(self, account: str, mailbox_id: str, message: Message) -> dict[str, Any]:
        return {
            "Delete": {
                "TableName": self._table,
                "Key": keys.message(account, mailbox_id, message.key),
                "ConditionExpression": "attribute_not_exists(pk) OR o = :origin",
                "ExpressionAttributeValues": {":origin": {"S": message.origin}},
            }
        }

    def _of(self, pk: str, prefix: str | None = None) -> Iterator[Item]:
        """The items of a partition, or those of them whose sort keys begin so."""
        request = (
            begins(self._table, pk, prefix)
            if prefix
            else {
                "TableName": self._table,
                "KeyConditionExpression": "pk = :pk",
                "ExpressionAttributeValues": {":pk": {"S": pk}},
                "ConsistentRead": True,
            }
        )
        for item in query(self._client, **request):
            Reader(item)  # refuses a version it does not know
            yield item

    def counted(self, upload_id: str, chunk: str) -> Totals | None:
        """The totals in the chunk's marker."""
        item = get(self._client, self._table, keys.chunk(upload_id, chunk))
        if item is None:
            return None
        totals = Reader(item).json("totals")
        return Totals(**{name: count for name, count in totals.items() if name != "entries"})


def _still_at_work(table: str, upload: Upload) -> Item:
    """A condition among others: this attempt is on its way into the mailbox."""
    condition, names, values = state_in([state.value for state in WORKING_UPLOAD])
    return {
        "TableName": table,
        "Key": keys.upload(upload.account, upload.id),
        "ConditionExpression": f"{condition} AND attempt = :attempt",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values | {":attempt": {"N": str(upload.attempt)}},
    }


def _marker(upload_id: str, chunk: str, messages: int, size: int, totals: Totals) -> Item:
    """Says what a chunk added to its mailbox's counts, and that it takes no more mail."""
    return keys.chunk(upload_id, chunk) | versioned(
        {
            "messages": messages,
            "bytes": size,
            "totals": totals.to_json(),
            "ttl": epoch(instant_of(upload_id) + MARKERS_LIVE),
        }
    )


def _intent(upload_id: str, chunk: str, intent: str) -> Item:
    """Says that mail of a chunk is being added; `done` once it has been."""
    ttl = epoch(instant_of(upload_id) + MARKERS_LIVE)
    return keys.intent(upload_id, chunk, intent) | versioned({"ttl": ttl})


def _packed(key: Item, **fields: bytes) -> Item:
    """An item of many small records, in the shape of DynamoDB's JSON, which is what is sent."""
    held = {name: {"B": base64.b64encode(data).decode()} for name, data in fields.items()}
    return key | {"v": {"N": str(ITEM_VERSION)}} | held


def weights_item(key: Item, weights: Sequence[Weight]) -> Item:
    return _packed(key, w=pack_weights(weights), l=pack_likes(weights))


def likes_of(item: Item) -> bytes:
    """Empty in what an earlier version wrote."""
    likes: bytes = item["l"]["B"] if "l" in item else b""
    return likes


def weight_of(message: Message) -> Weight:
    """As it was counted, but for its likeness, which an earlier version did not count."""
    return Weight(message.received, message.size, message.compressed, message.mark)


def pack_weights(weights: Iterable[Weight]) -> bytes:
    """20 bytes each; a chunk's 10,000 are 200 KB of the 400 an item may have."""
    return b"".join(_WEIGHT.pack(*weight[:-1]) for weight in weights)


def pack_likes(weights: Iterable[Weight]) -> bytes:
    """4 bytes each, in the same order."""
    return b"".join(_LIKE.pack(weight.like) for weight in weights)


def unpack_weights(data: bytes, likes: bytes) -> Iterator[Weight]:
    """The inverse of both; `likes` is empty where an earlier version wrote the item."""
    like = _LIKE.iter_unpack(likes)
    return (Weight(*fields, *next(like, (0,))) for fields in _WEIGHT.iter_unpack(data))
