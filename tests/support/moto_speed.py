"""moto copies the whole table once for every action of a transaction, to have it back if the
transaction is refused. One copy a transaction does the same, a hundred times as fast."""

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from moto.dynamodb import models
from moto.dynamodb.models.table import Table


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

    with (
        patch.object(models, "copy", SimpleNamespace(deepcopy=deepcopy)),
        patch.object(models.DynamoDBBackend, "transact_write_items", transact),
    ):
        yield
