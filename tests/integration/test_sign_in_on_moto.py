"""Counters, used codes and recovery codes in a table: what is conditional holds however often it is
tried. One after the other: moto answers a conditional write in two steps, DynamoDB in one."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from pyeonji.domain.accounts import Account
from pyeonji.domain.recovery import RecoverySet
from tests.support.aws_world import TABLE, AwsWorld, aws_world
from tests.support.company import KIM

QUARTER = timedelta(minutes=15)


@pytest.fixture
def world() -> Iterator[AwsWorld]:
    with aws_world() as aws:
        yield aws


def test_of_a_crowd_as_many_get_through_as_may(world: AwsWorld) -> None:
    def take(_: int) -> bool:
        return world.attempts.take("CODE#kim", world.clock, 10, QUARTER)

    assert sum(map(take, range(40))) == 10
    world.attempts.give_back("CODE#kim", world.clock)
    assert [take(0), take(0)] == [True, False]
    assert world.attempts.take("CODE#kim", world.clock + QUARTER, 10, QUARTER)
    assert world.attempts.take("CODE#lee", world.clock, 10, QUARTER)


def test_nothing_is_given_back_that_was_not_taken(world: AwsWorld) -> None:
    world.attempts.give_back("CODE#kim", world.clock)
    assert [world.attempts.take("CODE#kim", world.clock, 1, QUARTER) for _ in range(2)] == [
        True,
        False,
    ]


def test_counters_and_marks_end_by_themselves(world: AwsWorld) -> None:
    world.attempts.take("CODE#kim", world.clock, 10, QUARTER)
    world.attempts.use(KIM, "digest", world.clock, world.clock + QUARTER)
    items = world.services._dynamodb.scan(TableName=TABLE)["Items"]
    ends = int((world.clock + QUARTER).timestamp())
    assert [int(item["ttl"]["N"]) for item in items] == [ends, ends]


def test_a_code_is_used_by_one_of_a_crowd(world: AwsWorld) -> None:
    until = world.clock + QUARTER

    def use(_: int) -> bool:
        return world.attempts.use(KIM, "digest", world.clock, until)

    assert sum(map(use, range(16))) == 1
    # TTL clears away when it likes; what is over counts as gone.
    assert not world.attempts.use(KIM, "digest", until - timedelta(seconds=1), until)
    assert world.attempts.use(KIM, "digest", until, until + QUARTER)
    world.attempts.release(KIM, "digest")
    world.attempts.release(KIM, "digest")
    assert use(0)


def test_recovery_codes_are_struck_out_one_by_one(world: AwsWorld) -> None:
    codes = world.recovery_codes
    assert codes.get(KIM) is None
    assert not codes.use(KIM, "a")
    codes.put(KIM, RecoverySet("5a17", frozenset({"a", "b"})))

    assert sum(codes.use(KIM, "a") for _ in range(16)) == 1
    assert codes.get(KIM) == RecoverySet("5a17", frozenset({"b"}))
    assert codes.use(KIM, "b") and not codes.use(KIM, "b")
    assert codes.get(KIM) == RecoverySet("5a17", frozenset())
    codes.put(KIM, RecoverySet("00", frozenset({"c"})))
    assert codes.get(KIM) == RecoverySet("00", frozenset({"c"}))
    codes.delete(KIM)
    codes.delete(KIM)
    assert codes.get(KIM) is None


def test_notices_off_and_on(world: AwsWorld) -> None:
    assert not world.accounts.set_notices(KIM, False)
    world.accounts.put_account(Account(KIM, language="en"))
    assert world.accounts.set_notices(KIM, False)
    assert world.accounts.account(KIM) == Account(KIM, language="en", wants_notices=False)
    world.accounts.stop_notices(KIM)
    assert world.accounts.account(KIM) == Account(
        KIM, language="en", notices=False, wants_notices=False
    )
    assert world.accounts.set_notices(KIM, True)
    assert world.accounts.account(KIM) == Account(KIM, language="en")
