"""Homes and secrets of the real adapters; the fakes keep the same promises."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from pyeonji.domain.accounts import Company
from pyeonji.domain.homes import Home, HomeKind, HomeState, SyncState, home_secret
from tests.support.aws_world import aws_world
from tests.support.fakes import World

KIM = "kim@acme.example"
HOME = Home(HomeKind.IMAP, "mail.acme.example", 993, user="backup", secret=home_secret("acme"))


@pytest.fixture(params=["fakes", "moto"])
def world(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "fakes":
        yield World()
        return
    with aws_world() as made:
        yield made


def test_a_home_stands_beside_its_company(world: Any) -> None:
    assert world.homes.of("acme.example") == Home()
    assert not world.homes.put("acme.example", HOME), "there is no such company"
    assert world.accounts.company("acme.example") is None
    world.accounts.put_company(Company("acme.example", "에이크미"))
    assert world.homes.put("acme.example", HOME)
    world.accounts.put_company(Company("acme.example", "Acme", domain_connected=False))
    assert world.homes.of("acme.example") == HOME, "another name leaves the home"
    assert world.accounts.company("acme.example").name == "Acme"


def test_a_state_moves_only_from_where_it_was(world: Any) -> None:
    now = world.now()
    new = HomeState(KIM)
    assert world.homes.state(KIM) is None
    assert world.homes.move(new, None)
    assert not world.homes.move(new, None)
    syncing = HomeState(KIM, SyncState.SYNCING, moved_at=now)
    assert world.homes.move(syncing, new)
    assert not world.homes.move(syncing, new)
    later = HomeState(KIM, SyncState.SYNCING, moved_at=now + timedelta(minutes=1))
    assert world.homes.move(later, syncing)
    assert not world.homes.move(HomeState(KIM, SyncState.CURRENT, now, moved_at=now), syncing)
    assert world.homes.state(KIM) == later


def test_a_secret_is_written_read_replaced_and_gone(world: Any) -> None:
    assert world.secrets.read("company/1") is None
    world.secrets.write("company/1", "one")
    world.secrets.write("company/1", "two")
    assert world.secrets.read("company/1") == "two"
    world.secrets.delete("company/1")
    world.secrets.delete("company/1")
    assert world.secrets.read("company/1") is None
    world.secrets.write("company/1", "three")
    assert world.secrets.read("company/1") == "three"


def test_no_address_stands_in_a_name() -> None:
    assert "acme" not in home_secret("acme.example")


def test_names_are_behind_the_prefix() -> None:
    with aws_world() as world:
        world.secrets.write("company/1", "one")
        listed = world.session.client("secretsmanager").list_secrets()["SecretList"]
        assert [each["Name"] for each in listed] == ["pyeonji/homes/company/1"]
