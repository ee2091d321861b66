"""Which addresses a mail server may have: never the cloud's own, never ours."""

import socket

import pytest

from pyeonji.adapters import addresses
from pyeonji.adapters.addresses import addresses_of, is_allowed
from pyeonji.domain.errors import HomeError

FORBIDDEN = (
    "169.254.169.254", "169.254.170.2", "fe80::1", "fe80::1%eth0", "fd00:ec2::254",
    "::ffff:169.254.169.254", "2002:a9fe:a9fe::", "64:ff9b::a9fe:a9fe", "0.0.0.0", "0.1.2.3",
    "::", "224.0.0.1", "ff02::1", "255.255.255.255", "100.100.100.200",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
)  # fmt: skip
LOOPBACK = ("127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1")
ALLOWED = ("203.0.113.7", "2001:db8::7", "10.1.2.3", "192.168.7.7", "fd12:3456::1")


@pytest.mark.parametrize("loopback", [False, True])
def test_where_we_connect(loopback: bool) -> None:
    for address in FORBIDDEN:
        assert not is_allowed(address, loopback=loopback), address
    for address in ALLOWED:
        assert is_allowed(address, loopback=loopback), address
    for address in LOOPBACK:
        assert is_allowed(address, loopback=loopback) is loopback, address


def resolving(monkeypatch: pytest.MonkeyPatch, *found: str) -> None:
    """Names lead to these."""
    rows = [
        (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 1))
        for each in found
    ]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: rows)


def test_what_is_connected_to_is_what_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "169.254.169.254", "203.0.113.7", "203.0.113.7", "::1")
    assert addresses_of("mail.example", 993, loopback=False) == ["203.0.113.7"]
    resolving(monkeypatch, "169.254.169.254")
    with pytest.raises(HomeError, match="home_address_forbidden"):
        addresses_of("mail.example", 993, loopback=False)
    resolving(monkeypatch, *(f"203.0.113.{last}" for last in range(9)))
    assert len(addresses_of("mail.example", 993, loopback=False)) == 4


def test_a_name_that_is_none() -> None:
    for name in ("x" * 64 + ".example", "a..b", ""):
        with pytest.raises(HomeError):
            addresses_of(name, 993, loopback=False)
