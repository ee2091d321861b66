"""The way out through a proxy: HTTP CONNECT or SOCKS, the system's or one that is named."""

import socket
import urllib.request
from contextlib import suppress
from urllib.parse import unquote, urlsplit

import socks

from ..errors import UnreachableError, UsageError

_KINDS = {
    "http": socks.HTTP, "socks5": socks.SOCKS5, "socks5h": socks.SOCKS5, "socks": socks.SOCKS5,
    "socks4": socks.SOCKS4, "socks4a": socks.SOCKS4,
}  # fmt: skip
#: Seconds for the straight way where the system names a proxy.
STRAIGHT = 10.0
_PORTS = {socks.HTTP: 8080, socks.SOCKS5: 1080, socks.SOCKS4: 1080}
#: Where the system keeps what a mail connection may use: a proxy for TLS takes any CONNECT.
_SYSTEM = ("socks", "https", "all")


def proxy_for(host: str, proxy: str) -> str:
    """The proxy's URL for a host, "" for none. `proxy` as in `SourceConfig`."""
    if proxy == "none":
        return ""
    if proxy:
        return proxy
    if host in ("localhost", "127.0.0.1", "::1") or urllib.request.proxy_bypass(host):
        return ""
    found = urllib.request.getproxies()
    return next((found[kind] for kind in _SYSTEM if found.get(kind)), "")


def checked(proxy: str) -> str:
    """`proxy` as it was given, if it can be one. Raises UsageError."""
    if proxy not in ("", "none"):
        parts = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
        if parts.scheme not in _KINDS or not parts.hostname:
            raise UsageError("bad_proxy", proxy=proxy)
    return proxy


def connected(host: str, port: int, timeout: float, proxy: str) -> socket.socket:
    """A TCP connection, through the proxy if there is one. Raises OSError, UnreachableError.

    The system's proxy may be for web pages alone, so it is tried after the straight way.
    """
    found = proxy_for(host, proxy)
    if not found:
        return socket.create_connection((host, port), timeout)
    if not proxy:
        with suppress(OSError):
            return socket.create_connection((host, port), min(timeout, STRAIGHT))
    return _through(found, host, port, timeout)


def _through(proxy: str, host: str, port: int, timeout: float) -> socket.socket:
    parts = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
    kind = _KINDS.get(parts.scheme)
    if kind is None or not parts.hostname:
        raise UnreachableError("proxy_failed", proxy=parts.hostname or parts.scheme, host=host)
    try:
        through: socket.socket = socks.create_connection(
            (host, port), timeout,
            proxy_type=kind, proxy_addr=parts.hostname, proxy_port=parts.port or _PORTS[kind],
            proxy_rdns=True,
            proxy_username=unquote(parts.username) if parts.username else None,
            proxy_password=unquote(parts.password) if parts.password else None,
        )  # fmt: skip
        return through
    except (socks.ProxyError, OSError) as error:
        raise UnreachableError("proxy_failed", proxy=parts.hostname, host=host) from error
