"""Companies, accounts, mailboxes in the table."""

from collections.abc import Iterator, Mapping
from typing import Any

from pyeonji.adapters.dynamodb import keys
from pyeonji.adapters.dynamodb.client import (
    ConditionFailedError,
    begins,
    get,
    query,
    transact,
    update_if,
    write,
)
from pyeonji.adapters.dynamodb.codec import Item, Reader, encode, versioned
from pyeonji.domain.accounts import Account, Company, Mailbox, Role


class DynamoAccounts:
    """ports.Accounts."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def account(self, email: str) -> Account | None:
        """The account's profile, or None when mail was never heard of for this address."""
        item = self._get(keys.profile(email))
        if item is None:
            return None
        return read_account(email, item)

    def company(self, domain: str) -> Company | None:
        """The tenant, or None."""
        item = self._get(keys.company(domain))
        if item is None:
            return None
        read = Reader(item)
        return Company(domain, read.text("name"), read.flag("domain_connected", default=False))

    def companies(self) -> Iterator[Company]:
        """From the index: every company's item stands there under one key."""
        for domain in self._listed(keys.COMPANIES):
            company = self.company(domain)
            if company is not None:
                yield company

    def people(self, domain: str) -> Iterator[Account]:
        """From the index: every account's item stands there under its company."""
        for email in self._listed(keys.people(domain)):
            account = self.account(email)
            if account is not None:
                yield account

    def _listed(self, pk: str) -> Iterator[str]:
        request = {
            "TableName": self._table,
            "IndexName": "due",
            "KeyConditionExpression": "due_pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
            "ProjectionExpression": "due_sk",
        }
        for item in query(self._client, **request):
            yield item["due_sk"]["S"]

    def put_account(self, account: Account) -> None:
        """Write the profile as it is given."""
        write(self._client.put_item, TableName=self._table, Item=account_item(account))

    def change_account(self, email: str, changes: Mapping[str, object]) -> bool:
        """Only the attributes: a bounce may be written at the same time."""
        item = encode(changes)
        removed = [name for name in changes if name not in item]
        item |= encode(_place(keys.people(email.rpartition("@")[2]), email))
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in item)
        if removed:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in removed)
        return update_if(
            self._client,
            TableName=self._table,
            Key=keys.profile(email),
            UpdateExpression=expression,
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames={f"#{name}": name for name in (*item, *removed)},
            ExpressionAttributeValues={f":{name}": value for name, value in item.items()},
        )

    def put_company(self, company: Company) -> None:
        """Write the tenant as it is given; its home stands in the same item and stays."""
        fields = versioned(
            {
                "name": company.name,
                "domain_connected": company.domain_connected,
                **_place(keys.COMPANIES, company.domain),
            }
        )
        write(
            self._client.update_item,
            TableName=self._table,
            Key=keys.company(company.domain),
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in fields),
            ExpressionAttributeNames={f"#{name}": name for name in fields},
            ExpressionAttributeValues={f":{name}": value for name, value in fields.items()},
        )

    def set_language(self, email: str, language: str) -> bool:
        """Only the attribute: a bounce may be written at the same time."""
        return update_if(
            self._client,
            TableName=self._table,
            Key=keys.profile(email),
            UpdateExpression="SET #language = :language",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames={"#language": "language"},
            ExpressionAttributeValues={":language": {"S": language}},
        )

    def set_notices(self, email: str, wanted: bool) -> bool:
        """Only the attributes; who wants notices has a good address again."""
        return update_if(
            self._client,
            TableName=self._table,
            Key=keys.profile(email),
            UpdateExpression="SET wants_notices = :wanted" + (", notices = :wanted" * wanted),
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues={":wanted": {"BOOL": wanted}},
        )

    def stop_notices(self, email: str) -> None:
        """No further notices to an address that bounced or complained, if we know it at all."""
        update_if(
            self._client,
            TableName=self._table,
            Key=keys.profile(email),
            UpdateExpression="SET notices = :off",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues={":off": {"BOOL": False}},
        )

    def mailboxes(self, email: str) -> list[Mailbox]:
        """Inbox and other special ones first, then by path."""
        request = begins(self._table, keys.account_pk(email), "MAILBOX#")
        found = [read_mailbox(item) for item in query(self._client, **request)]
        order = ("inbox", "sent", "drafts", "archive", "junk", "trash")
        return sorted(
            found,
            key=lambda box: (
                order.index(box.special_use) if box.special_use in order else len(order),
                box.path,
            ),
        )

    def mailbox(self, email: str, mailbox_id: str) -> Mailbox | None:
        """One mailbox of this account."""
        item = self._get(keys.mailbox(email, mailbox_id))
        return None if item is None else read_mailbox(item)

    def create_mailbox(self, email: str, mailbox: Mailbox) -> bool:
        """False when the path is taken; the guard item makes sure of it under any concurrency."""
        fields = {
            "path": mailbox.path,
            "special_use": mailbox.special_use,
            "messages": mailbox.messages,
            "bytes": mailbox.bytes,
            "next_uid": 1,
        }
        guard = keys.path_guard(email, mailbox.path) | versioned({"mailbox": mailbox.id})
        put = {"TableName": self._table, "ConditionExpression": "attribute_not_exists(pk)"}
        try:
            transact(
                self._client,
                [
                    {"Put": put | {"Item": guard}},
                    {"Put": put | {"Item": keys.mailbox(email, mailbox.id) | versioned(fields)}},
                ],
            )
        except ConditionFailedError:
            return False
        return True

    def rename_mailbox(self, email: str, was: Mailbox, now: Mailbox) -> bool:
        """The mailbox and, for another path, the guards of both paths, in one transaction."""
        sets: dict[str, object] = {":path": now.path, ":was": was.path}
        change = "SET #path = :path"
        if now.special_use is None:
            change += " REMOVE special_use"
        else:
            change += ", special_use = :use"
            sets[":use"] = now.special_use
        update = {
            "TableName": self._table,
            "Key": keys.mailbox(email, was.id),
            "UpdateExpression": change,
            "ConditionExpression": "#path = :was",
            "ExpressionAttributeNames": {"#path": "path"},
            "ExpressionAttributeValues": encode(sets),
        }
        actions: list[dict[str, Any]] = [{"Update": update}]
        if now.path != was.path:
            guard = keys.path_guard(email, now.path) | versioned({"mailbox": was.id})
            free = {"TableName": self._table, "ConditionExpression": "attribute_not_exists(pk)"}
            old = {"TableName": self._table, "Key": keys.path_guard(email, was.path)}
            actions += [{"Put": free | {"Item": guard}}, {"Delete": old}]
        try:
            transact(self._client, actions)
        except ConditionFailedError:
            return False
        return True

    def delete_mailbox(self, email: str, mailbox: Mailbox) -> bool:
        """The mailbox and its path's guard, if it is empty; False when it is not."""
        drop = {"TableName": self._table, "Key": keys.mailbox(email, mailbox.id)}
        empty = {
            "ConditionExpression": "attribute_not_exists(pk) OR messages = :none",
            "ExpressionAttributeValues": {":none": {"N": "0"}},
        }
        guard = {"TableName": self._table, "Key": keys.path_guard(email, mailbox.path)}
        try:
            transact(self._client, [{"Delete": drop | empty}, {"Delete": guard}])
        except ConditionFailedError:
            return False
        return True

    def _get(self, key: keys.Key) -> Item | None:
        return get(self._client, self._table, key)


def account_item(account: Account) -> Item:
    """An account's profile as an item."""
    return keys.profile(account.email) | versioned(
        {
            "language": account.language,
            "mail_ready": account.mail_ready,
            "notices": account.notices,
            "wants_notices": account.wants_notices,
            "role": None if account.role is Role.PERSON else account.role.value,
            "quota_bytes": account.quota_bytes,
            **_place(keys.people(account.domain), account.email),
        }
    )


def read_account(email: str, item: Item) -> Account:
    """The inverse of `account_item`."""
    read = Reader(item)
    return Account(
        email=email,
        language=read.text("language"),
        mail_ready=read.flag("mail_ready", default=False),
        notices=read.flag("notices", default=True),
        wants_notices=read.flag("wants_notices", default=True),
        role=Role(read.maybe_text("role") or Role.PERSON),
        quota_bytes=read.maybe_number("quota_bytes"),
    )


def _place(pk: str, sk: str) -> dict[str, object]:
    """Where an item stands in the index, to be listed."""
    return {"due_pk": pk, "due_sk": sk}


def read_mailbox(item: Item) -> Mailbox:
    """A mailbox of its attributes."""
    read = Reader(item)
    return Mailbox(
        id=read.text("sk").removeprefix("MAILBOX#"),
        path=read.text("path"),
        special_use=read.maybe_text("special_use"),
        messages=read.number("messages"),
        bytes=read.number("bytes"),
    )
