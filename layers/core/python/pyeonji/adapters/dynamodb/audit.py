"""Chains of the audit in the table: a record an item, the head beside them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pyeonji.adapters.dynamodb import keys
from pyeonji.adapters.dynamodb.client import ConditionFailedError, begins, get, query, transact
from pyeonji.adapters.dynamodb.codec import Item, Reader, epoch, versioned
from pyeonji.domain.audit import AuditRecord, ChainHead, Deed


class DynamoAudit:
    """ports.Audit."""

    def __init__(self, client: Any, table: str, days: int) -> None:
        self._client = client
        self._table = table
        self._kept = timedelta(days=days)

    def head(self, account: str) -> ChainHead | None:
        """The last record, or None."""
        item = get(self._client, self._table, keys.audit_head(account))
        return None if item is None else _read_head(account, item)

    def append(self, record: AuditRecord) -> bool:
        """Record and head in one transaction: no two records take the same place."""
        account, first = record.deed.account, record.number == 1
        head = keys.audit_head(account) | versioned(
            {"number": record.number, "at": record.at, "hash": record.hash}
        )
        moves: dict[str, Any] = {"TableName": self._table, "Item": head}
        moves |= _behind(record)
        write = {
            "TableName": self._table,
            "Item": audit_item(record) | {"ttl": {"N": str(epoch(record.at + self._kept))}},
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        actions: list[dict[str, Any]] = [{"Put": write}, {"Put": moves}]
        if first:
            item = keys.audited(account) | versioned({"account": account})
            actions.append({"Put": {"TableName": self._table, "Item": item}})
        try:
            transact(self._client, actions)
        except ConditionFailedError:
            return False
        return True

    def newest(self, account: str, before: int | None, limit: int) -> list[AuditRecord]:
        """One page, newest first."""
        request = begins(self._table, keys.audit_pk(account), keys.AUDIT_RECORD)
        if before is not None:
            request["KeyConditionExpression"] = "pk = :pk AND sk BETWEEN :prefix AND :last"
            last = keys.audit_record(account, before - 1)["sk"]
            request["ExpressionAttributeValues"][":last"] = last
        answer = self._client.query(**request, ScanIndexForward=False, Limit=limit)
        return [read_audit(account, item) for item in answer["Items"]]

    def all(self, account: str) -> Iterator[AuditRecord]:
        """Every record that is kept, oldest first."""
        request = begins(self._table, keys.audit_pk(account), keys.AUDIT_RECORD)
        for item in query(self._client, **request):
            yield read_audit(account, item)

    def accounts(self, domain: str) -> list[str]:
        """Of a company, whoever has a chain."""
        request = begins(self._table, keys.audited_pk(domain), "")
        request["KeyConditionExpression"] = "pk = :pk"
        del request["ExpressionAttributeValues"][":prefix"]
        return [Reader(item).text("account") for item in query(self._client, **request)]


def _behind(record: AuditRecord) -> dict[str, Any]:
    if record.number == 1:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "#number = :was AND #hash = :before",
        "ExpressionAttributeNames": {"#number": "number", "#hash": "hash"},
        "ExpressionAttributeValues": {
            ":was": {"N": str(record.number - 1)},
            ":before": {"S": record.before},
        },
    }


def audit_item(record: AuditRecord) -> Item:
    """The attributes of a record, but for its `ttl`."""
    deed = record.deed
    return keys.audit_record(deed.account, record.number) | versioned(
        {
            "number": record.number,
            "at": record.at,
            "action": deed.action,
            "target": deed.target or None,
            "address": deed.address or None,
            "request": deed.request or None,
            "before": record.before,
            "hash": record.hash,
        }
    )


def read_audit(account: str, item: Item) -> AuditRecord:
    """The inverse of `audit_item`."""
    read = Reader(item)
    deed = Deed(
        account,
        read.text("action"),
        read.maybe_text("target") or "",
        read.maybe_text("address") or "",
        read.maybe_text("request") or "",
    )
    return AuditRecord(
        deed, read.number("number"), read.instant("at"), read.text("before"), read.text("hash")
    )


def _read_head(account: str, item: Item) -> ChainHead:
    read = Reader(item)
    return ChainHead(account, read.number("number"), read.instant("at"), read.text("hash"))
