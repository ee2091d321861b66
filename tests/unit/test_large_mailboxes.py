"""Mailboxes larger than a function: refused with a reason, or met without holding all of them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

import pyeonji.adapters.dynamodb.index as dynamo
import pyeonji.usecases.backups.estimate as estimate
import pyeonji.usecases.backups.plan as planning
import tests.support.fakes as fakes
from pyeonji.adapters.dynamodb.backups import backup_item
from pyeonji.adapters.dynamodb.codec import message_item
from pyeonji.adapters.dynamodb.index import DynamoMailIndex
from pyeonji.domain.accounts import MAX_PATH_LENGTH, Mailbox
from pyeonji.domain.errors import PermanentError, UnprocessableError
from pyeonji.domain.ids import new_id
from pyeonji.domain.limits import MAX_MAILBOXES, MAX_PLANNED, MOST_MARKS
from pyeonji.domain.messages import Weight
from pyeonji.domain.states import BackupState
from pyeonji.usecases.backups.plan import plan_backup
from tests.support.company import KIM, ask, days_ago, deliver, found_company, letter_bytes
from tests.support.fakes import World
from tests.support.uploading import assert_counts_agree, held, send, zip_of

MIB = 1024 * 1024


def company(mails: int) -> tuple[World, Mailbox]:
    world = World()
    box = found_company(world)
    deliver(world, box, [(letter_bytes(n), days_ago(world, 9)) for n in range(mails)])
    return world, world.accounts.boxes[KIM, box.id]


def test_the_limit_fits_the_function_that_plans() -> None:
    """2.1 KB a mail in the plan, 0.5 of its words (measured at 40,000 and 80,000)."""
    from samtranslator.yaml_helper import yaml_parse

    from infra.local.places import ROOT

    template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    memory = template["Resources"]["BackupPlanFunction"]["Properties"]["MemorySize"] * MIB
    assert memory > MAX_PLANNED * 2600 + 300 * MIB


def test_more_mail_than_can_be_planned_is_refused_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, box = company(5)
    monkeypatch.setattr(estimate, "MAX_PLANNED", 4)
    with pytest.raises(UnprocessableError, match="too_many_mails") as refused:
        ask(world)
    assert refused.value.facts == {"limit": 4, "path": box.path}
    assert not world.backups.items and not world.machines.backups
    monkeypatch.setattr(estimate, "MAX_PLANNED", 5)
    assert ask(world).state is BackupState.REQUESTED


def test_two_million_mails_are_refused_by_their_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as there are, none of them read: the index holds none here."""
    world, box = company(1)
    many = 2_000_000
    world.accounts.boxes[KIM, box.id] = replace(box, messages=many)
    received = int(days_ago(world, 9).timestamp())

    def weigh(account: str, mailbox_id: str) -> Iterator[Weight]:
        yield from (Weight(received, 3000, 1200, 1) for _ in range(many))

    monkeypatch.setattr(world.index, "weigh", weigh)
    monkeypatch.setattr(world.index, "read", lambda *_: pytest.fail("the index is not read"))
    with pytest.raises(UnprocessableError, match="too_many_mails"):
        ask(world)


def test_what_has_come_in_meanwhile_fails_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    world, _ = company(5)
    backup = ask(world)
    monkeypatch.setattr(planning, "MAX_PLANNED", 4)
    with pytest.raises(PermanentError, match="too_many_mails"):
        plan_backup(world, account=KIM, backup_id=backup.id, now=world.clock)
    assert not world.volumes.open and not world.backups.files


def client() -> Any:
    """Never asked for anything."""
    return boto3.session.Session("a", "b", region_name="ap-northeast-2").client("dynamodb")


def test_the_period_is_looked_at_while_reading() -> None:
    """Of a mailbox no more is held than is kept, though its shards are read ahead."""
    world, box = company(40)
    messages = list(world.index.read(KIM, box.id))
    items = [message_item(dynamo.keys.message(KIM, box.id, m.key), m) for m in messages]
    chosen = {message.key for message in messages[:3]}
    handed: list[int] = []
    original = dynamo.ThreadPoolExecutor

    def query(_: object, **request: Any) -> Iterator[dict[str, Any]]:
        pk = request["ExpressionAttributeValues"][":pk"]
        return (item for item in items if item["pk"] == pk)

    class Watched(original):  # type: ignore[valid-type, misc]
        def map(self, shard: Any, *values: Any, **options: Any) -> Any:
            def counted(pk: str) -> Any:
                found = shard(pk)
                handed.append(len(found))
                return found

            return super().map(counted, *values, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dynamo, "ThreadPoolExecutor", Watched)
        patch.setattr(dynamo, "query", query)
        index = DynamoMailIndex(client(), "t")
        found = list(index.read(KIM, box.id, lambda message: message.key in chosen))
    assert {message.key for message in found} == chosen
    assert sum(handed) == 3


def test_of_a_large_mailbox_no_marks_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every mail is looked up instead: what is there is still seen."""
    world, box = company(6)
    monkeypatch.setattr(fakes, "MOST_MARKS", 5)
    assert not world.index.marks(KIM, box.id).complete
    machine = send(world, box, zip_of({f"{n}.eml": letter_bytes(n) for n in range(4, 9)}))
    totals = machine.run().totals
    assert (totals.imported, totals.duplicate) == (3, 2)
    assert len(held(world, box)) == 9
    assert_counts_agree(world, box)


def test_no_more_weights_are_read_than_marks_may_be_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """An item of 10,000 weights after the other; it stops with the one that is too many."""
    monkeypatch.setattr(dynamo, "MOST_MARKS", 25_000)
    packed = dynamo.pack_weights([Weight(1, 1, 1, n) for n in range(10_000)])
    read = 0

    def items(_: object, pk: str, prefix: str | None = None) -> Iterator[dict[str, Any]]:
        nonlocal read
        for _ in range(200):
            read += 1
            yield {"w": {"B": packed}}

    monkeypatch.setattr(DynamoMailIndex, "_of", items)
    marks = DynamoMailIndex(client(), "t").marks(KIM, "box")
    assert (marks.complete, len(marks.keys), read) == (False, 0, 3)
    monkeypatch.setattr(dynamo, "MOST_MARKS", 2_000_000)
    assert DynamoMailIndex(client(), "t").marks(KIM, "box").complete
    assert MOST_MARKS * 100 < 100 * MIB


def test_a_thousand_mailboxes_with_long_korean_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is taken fits its item of 400 KB; what would not is refused before it is written."""
    world, box = company(1)
    backup = ask(world)

    def named(letters: int) -> None:
        for n in range(MAX_MAILBOXES - len(world.accounts.mailboxes(KIM))):
            path = f"{n:04}".ljust(letters, "가")
            world.accounts.create_mailbox(KIM, Mailbox(new_id(world.clock), path))

    named(100)
    assert len(world.accounts.mailboxes(KIM)) == MAX_MAILBOXES
    large = ask(world)
    assert len(large.mailboxes) == MAX_MAILBOXES
    assert _item_bytes(large) < 400_000
    for key in [key for key in world.accounts.boxes if key[1] != box.id]:
        del world.accounts.boxes[key]
    named(MAX_PATH_LENGTH)
    too_large = replace(large, mailboxes=tuple(
        type(large.mailboxes[0])(each.id, each.path) for each in world.accounts.mailboxes(KIM)
    ))  # fmt: skip
    assert _item_bytes(too_large) > 400_000, "it would not fit"
    with pytest.raises(UnprocessableError, match="too_many_mailboxes_chosen"):
        ask(world)
    assert set(world.backups.items) == {(KIM, backup.id), (KIM, large.id)}


def _item_bytes(backup: Any) -> int:
    """As DynamoDB counts: names and UTF-8 values of every attribute."""
    return sum(
        len(name.encode()) + len(str(next(iter(value.values()))).encode())
        for name, value in backup_item(backup).items()
    )
