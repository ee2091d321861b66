"""Many items, each written only where its key is free.

PartiQL's INSERT is a conditional put: it refuses a key that is there (DuplicateItem). A batch of 25
takes one request and costs each item the write units of one put, where a transaction takes two.
Nothing holds the batch together: any part of it may be in when the process dies.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from botocore.exceptions import ClientError

from pyeonji import json_text
from pyeonji.adapters.dynamodb.client import TRIES, batches, pause
from pyeonji.adapters.dynamodb.codec import Item
from pyeonji.adapters.dynamodb.signed import SignedCalls

#: BatchExecuteStatement takes no more.
_BATCH = 25
#: While one batch is on its way the next is made; more only wait for the one processor.
_AT_ONCE = 4
_DUPLICATE = "DuplicateItem"
#: Of one statement: another try may do.
_PASSING = frozenset(
    {
        "InternalServerError", "ProvisionedThroughputExceeded", "RequestLimitExceeded",
        "ThrottlingError", "TransactionConflict",
    }
)  # fmt: skip

_Row = tuple[str, bytes]


def insert(calls: SignedCalls, table: str, items: Iterable[Item]) -> list[str]:
    """Write the items (strings only); the sort keys of those that were there already, in any order.

    Raises ClientError, with any of the others written, when one cannot be.
    """
    rows = [(item["sk"]["S"], _statement(table, item)) for item in items]
    if len(rows) <= _BATCH:
        return list(_insert_some(calls, rows))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(lambda some: list(_insert_some(calls, some)), batches(rows, _BATCH))
        return [key for keys in found for key in keys]


def _statement(table: str, item: Item) -> bytes:
    values = json_text.encode([*item.values()])
    return b'{"Statement":%b,"Parameters":%b}' % (_text(table, tuple(item)), values)


@lru_cache
def _text(table: str, names: tuple[str, ...]) -> bytes:
    fields = ",".join(f"'{name}':?" for name in names)
    return json_text.encode(f'INSERT INTO "{table}" VALUE {{{fields}}}')


def _insert_some(calls: SignedCalls, rows: Sequence[_Row]) -> Iterator[str]:
    for attempt in range(TRIES):
        if not rows:
            return
        if attempt:
            pause(attempt)
        body = b'{"Statements":[%b]}' % b",".join(statement for _, statement in rows)
        answers = calls.call("BatchExecuteStatement", body)["Responses"]
        refused: dict[str, list[_Row]] = defaultdict(list)
        for row, answer in zip(rows, answers, strict=True):
            if "Error" in answer:
                refused[answer["Error"]["Code"]].append(row)
        yield from (key for key, _ in refused.pop(_DUPLICATE, ()))
        for code in refused:
            if code not in _PASSING or attempt == TRIES - 1:
                # Its name where a request of its own would have said it.
                name = "ValidationException" if code == "ValidationError" else code
                raise ClientError({"Error": {"Code": name, "Message": ""}}, "BatchExecute")
        rows = [row for some in refused.values() for row in some]
