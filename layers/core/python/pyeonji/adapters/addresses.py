"""Where a host's name leads, and what of it we connect to.

A mail server's name is given to us by somebody, and a name can be made to lead anywhere: to the
metadata service of the machine we run on (169.254.169.254, fd00:ec2::254), to a neighbour on its
link, to the machine itself. What is refused here is never connected to; and we connect to the
address that was looked at, not to the name again, which may lead elsewhere a moment later.
Private networks are allowed: a company's server may well be in one that the functions are let into.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from pyeonji.domain.errors import HomeError

#: Of the cloud itself, where its addresses are not link-local.
_METADATA = (ip_network("fd00:ec2::/32"), ip_network("100.100.100.200/32"))
#: Addresses of one name that are tried.
_MOST = 4


def addresses_of(host: str, port: int, *, loopback: bool) -> list[str]:
    """The addresses of `host` that may be connected to, in the resolver's order. `loopback`: the
    machine itself, too. Raises HomeError `home_host_unknown`, `home_address_forbidden`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise HomeError("home_host_unknown", host=host) from None
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    allowed = [each for each in addresses if is_allowed(each, loopback=loopback)]
    if not allowed:
        raise HomeError("home_address_forbidden", host=host)
    return allowed[:_MOST]


def is_allowed(address: str, *, loopback: bool) -> bool:
    """Whether a numeric address may be connected to."""
    number: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(number, IPv6Address):
        # The same address in other clothes: mapped, 6to4, Teredo, NAT64.
        inner = number.ipv4_mapped or number.sixtofour
        if inner is None and number in ip_network("64:ff9b::/96"):
            inner = IPv4Address(int(number) & 0xFFFFFFFF)
        if inner is None and number.teredo is not None:
            return False
        if inner is not None:
            return is_allowed(str(inner), loopback=loopback)
    if number.is_loopback:
        return loopback
    if any(number in network for network in _METADATA if network.version == number.version):
        return False
    return not (
        number.is_link_local
        or number.is_multicast
        or number.is_unspecified
        or number in ip_network("0.0.0.0/8" if number.version == 4 else "::/128")
        or str(number) == "255.255.255.255"
    )
