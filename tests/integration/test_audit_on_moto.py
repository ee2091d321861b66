"""The audit in a real table: chains, pages, what a second writer sees, and tampering from below."""

from collections.abc import Iterator
from typing import Any

import pytest

from pyeonji.adapters.dynamodb import keys
from pyeonji.domain.accounts import Account, Company
from pyeonji.domain.audit import Action, BreakKind, Deed, chained
from pyeonji.usecases.audit.record import list_deeds, record_deed
from pyeonji.usecases.audit.seal import check_company, seal_all
from tests.support.aws_world import TABLE, aws_world
from tests.support.company import KIM
from tests.support.fakes import FakeMailer


@pytest.fixture
def world() -> Iterator[Any]:
    with aws_world() as aws:
        aws.mailer = FakeMailer()  # type: ignore[attr-defined]
        aws.accounts.put_company(Company("acme.example", "Acme"))
        aws.accounts.put_account(Account(KIM))
        yield aws


def test_a_chain_in_the_table(world: Any) -> None:
    for number in range(5):
        deed = Deed(KIM, Action.MAIL_READ, f"m{number}", "192.0.2.1", "r")
        record_deed(world, deed=deed, now=world.clock)
    stale = chained(Deed(KIM, Action.SEARCHED), world.clock, None)
    assert not world.audit.append(stale), "the place is taken"
    page, following = list_deeds(world, account=KIM, before=None, limit=3)
    assert ([one.number for one in page], following) == ([5, 4, 3], 3)
    page, following = list_deeds(world, account=KIM, before=3, limit=3)
    assert ([one.number for one in page], following) == ([2, 1], None)
    assert world.audit.accounts("acme.example") == [KIM]
    assert [one.deed.target for one in world.audit.all(KIM)] == [f"m{n}" for n in range(5)]
    assert seal_all(world, now=world.clock).companies == 1
    assert check_company(world, domain="acme.example", now=world.clock) == []
    table = world.services._dynamodb
    # Somebody with the table in their hands: one record changed, another taken out.
    table.update_item(
        TableName=TABLE, Key=keys.audit_record(KIM, 2), UpdateExpression="SET #t = :x",
        ExpressionAttributeNames={"#t": "target"}, ExpressionAttributeValues={":x": {"S": "x"}},
    )  # fmt: skip
    table.delete_item(TableName=TABLE, Key=keys.audit_record(KIM, 4))
    kinds = [one.kind for one in check_company(world, domain="acme.example", now=world.clock)]
    assert kinds == [BreakKind.CHANGED, BreakKind.MISSING]
