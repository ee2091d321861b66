"""Homes and secrets, made of dictionaries."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pyeonji.domain.accounts import Company
from pyeonji.domain.errors import HomeError
from pyeonji.domain.homes import Home, HomeState
from pyeonji.ports import MailServer


class FakeHomes:
    def __init__(self, accounts: Any) -> None:
        self._companies: dict[str, Company] = accounts.tenants
        self.homes: dict[str, Home] = {}
        self.states: dict[str, HomeState] = {}

    def of(self, domain: str) -> Home:
        return self.homes.get(domain, Home())

    def put(self, domain: str, home: Home) -> bool:
        if domain not in self._companies:
            return False
        self.homes[domain] = home
        return True

    def state(self, email: str) -> HomeState | None:
        return self.states.get(email)

    def move(self, state: HomeState, was: HomeState | None) -> bool:
        there = self.states.get(state.account)
        if (there is None) != (was is None):
            return False
        if there and was and _place(there) != _place(was):
            return False
        self.states[state.account] = state
        return True

    def due(self, until: datetime, after: str | None, limit: int) -> tuple[list[str], str | None]:
        rows = sorted(
            (state.due_at, state.account)
            for state in self.states.values()
            if state.due_at is not None and state.due_at <= until
        )
        rows = [row for row in rows if after is None or f"{row[0]}#{row[1]}" > after]
        page = rows[:limit]
        more = f"{page[-1][0]}#{page[-1][1]}" if len(rows) > limit else None
        return [account for _, account in page], more


def _place(state: HomeState) -> tuple[object, ...]:
    return state.state, state.moved_at, state.run, state.plan


class FakeSecrets:
    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def read(self, name: str) -> str | None:
        return self.values.get(name)

    def write(self, name: str, value: str) -> None:
        self.values[name] = value

    def delete(self, name: str) -> None:
        self.values.pop(name, None)


class FakeMailServers:
    """Opens what a test puts under an account; nobody answers elsewhere."""

    def __init__(self) -> None:
        self.servers: dict[str, Callable[[Home, str], MailServer]] = {}

    def open(self, home: Home, email: str, secret: str) -> MailServer:
        make = self.servers.get(email)
        if make is None:
            raise HomeError("home_unreachable", host=home.host, port=str(home.port))
        return make(home, secret)
