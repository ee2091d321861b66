"""moto copies the whole table once for every action of a transaction, to have it back if the
transaction is refused; one copy a transaction does the same, a hundred times as fast. For a
statement it writes the whole table out and reads it again; an INSERT is a conditional put."""

import copy
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from moto.dynamodb import models
from moto.dynamodb.exceptions import ConditionalCheckFailed
from moto.dynamodb.models.table import Table

#: The one statement the service uses.
_INSERT = re.compile(r"""INSERT INTO "([^"]+)" VALUE \{((?:'\w+':\?,?)+)\}""")


def _inserted(backend: Any, statement: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    """What AWS answers to one statement of a batch."""
    match = _INSERT.fullmatch(statement)
    assert match, f"not the INSERT that is known here: {statement}"
    names = re.findall(r"'(\w+)'", match[2])
    item = dict(zip(names, parameters, strict=True))
    try:
        backend.put_item(match[1], item, None, "attribute_not_exists(pk)", None, {}, False, "NONE")
    except ConditionalCheckFailed:
        message = "Duplicate primary key exists in table"
        return {"Error": {"Code": "DuplicateItem", "Message": message}, "TableName": match[1]}
    return {"TableName": match[1]}


@contextmanager
def one_copy_a_transaction() -> Iterator[None]:
    """All copies are taken before the first write: the first is as good as the last."""
    running = threading.local()
    real = models.DynamoDBBackend.transact_write_items

    def deepcopy(thing: Any) -> Any:
        copies = getattr(running, "copies", None)
        if copies is None or not isinstance(thing, Table):
            return copy.deepcopy(thing)
        if id(thing) not in copies:
            copies[id(thing)] = copy.deepcopy(thing)
        return copies[id(thing)]

    def transact(backend: Any, items: list[dict[str, Any]]) -> None:
        running.copies = {}
        try:
            real(backend, items)
        finally:
            running.copies = None

    def insert_all(backend: Any, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [_inserted(backend, each["Statement"], each["Parameters"]) for each in statements]

    with (
        patch.object(models.DynamoDBBackend, "batch_execute_statement", insert_all),
        patch.object(models, "copy", SimpleNamespace(deepcopy=deepcopy)),
        patch.object(models.DynamoDBBackend, "transact_write_items", transact),
    ):
        yield
