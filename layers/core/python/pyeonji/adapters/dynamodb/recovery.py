"""Recovery codes in the table: one item an account, from which codes are struck out."""

from typing import Any

from pyeonji.adapters.dynamodb import keys
from pyeonji.adapters.dynamodb.client import get, update_if
from pyeonji.adapters.dynamodb.codec import Reader, versioned
from pyeonji.domain.recovery import RecoverySet


class DynamoRecoveryCodes:
    """ports.RecoveryCodes."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, email: str) -> RecoverySet | None:
        """What is left of the set; None when there is none."""
        item = get(self._client, self._table, keys.recovery(email))
        if item is None:
            return None
        # DynamoDB knows no empty set: the attribute goes with its last member.
        hashes = item.get("hashes", {"SS": []})["SS"]
        return RecoverySet(Reader(item).text("salt"), frozenset(hashes))

    def put(self, email: str, codes: RecoverySet) -> None:
        """The whole item, over an older one."""
        fields = versioned({"salt": codes.salt}) | {"hashes": {"SS": sorted(codes.hashes)}}
        self._client.put_item(TableName=self._table, Item=keys.recovery(email) | fields)

    def use(self, email: str, digest: str) -> bool:
        """One conditional write: of two at once one gets True."""
        return update_if(
            self._client,
            TableName=self._table,
            Key=keys.recovery(email),
            UpdateExpression="DELETE hashes :used",
            ConditionExpression="contains(hashes, :digest)",
            ExpressionAttributeValues={":used": {"SS": [digest]}, ":digest": {"S": digest}},
        )

    def delete(self, email: str) -> None:
        """Done twice it is done."""
        self._client.delete_item(TableName=self._table, Key=keys.recovery(email))
