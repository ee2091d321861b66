"""HTTP of the client: one way to connections, through the system's proxy or a named one."""

import urllib.request
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.contrib.socks import SOCKSProxyManager

from . import __version__
from .sources.net import tls_context

USER_AGENT = f"pyeonji-client/{__version__}"


def pool_for(url: str, *, proxy: str = "", **options: Any) -> urllib3.PoolManager:
    """A pool for addresses like `url`. `proxy` as in `SourceConfig`: "" is the system's."""
    scheme, host = urlsplit(url).scheme, urlsplit(url).hostname or ""
    options.setdefault("retries", urllib3.util.Retry(0))
    options["headers"] = {"User-Agent": USER_AGENT} | options.get("headers", {})
    if scheme == "https":
        options.setdefault("ssl_context", tls_context())
    found = "" if proxy == "none" else proxy or _system(scheme, host)
    if not found:
        return urllib3.PoolManager(**options)
    if found.startswith("socks"):
        return SOCKSProxyManager(found.replace("socks5://", "socks5h://", 1), **options)
    return urllib3.ProxyManager(found if "//" in found else f"http://{found}", **options)


def _system(scheme: str, host: str) -> str:
    if host in ("localhost", "127.0.0.1", "::1") or urllib.request.proxy_bypass(host):
        return ""
    found = urllib.request.getproxies()
    return found.get(scheme) or found.get("all") or found.get("socks") or ""
