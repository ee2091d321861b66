"""Thunderbird's autoconfiguration: a file of the domain's own, or of the ISPDB, in one form.

https://www.bucksch.org/1/projects/thunderbird/autoconfiguration/config-file-format.html
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from urllib.parse import quote

from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from ..model import Auth, Security, SourceKind
from ..web import pool_for
from .candidate import Candidate

ISPDB = "https://autoconfig.thunderbird.net/v1.1/{domain}"
#: Only over TLS: who answers http for a domain may be anybody on the way.
OWN = (
    "https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={address}",
    "https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
)
_LIMIT = 256 * 1024
_TIMEOUT = Timeout(connect=5, read=10)
_SECURITY = {"SSL": Security.tls, "STARTTLS": Security.starttls, "plain": Security.none}
_KINDS = {"imap": SourceKind.imap, "pop3": SourceKind.pop3}


def own_of(domain: str, address: str) -> list[str]:
    """Where a domain keeps its file."""
    return [url.format(domain=domain, address=quote(address)) for url in OWN]


def fetched(url: str, address: str) -> list[Candidate]:
    """The servers a file names; none where there is no such file, or it cannot be read."""
    try:
        with pool_for(url, timeout=_TIMEOUT) as pool:
            answer = pool.request("GET", url, preload_content=False, redirect=False)
            content = answer.read(_LIMIT + 1)
            answer.release_conn()
    except (HTTPError, OSError, ValueError):
        return []
    if answer.status != 200 or len(content) > _LIMIT:
        return []
    return list(servers_in(content, address, url))


def servers_in(content: bytes, address: str, source: str) -> Iterator[Candidate]:
    """The servers of a file, in its own order. Documents with entities of their own are refused:
    a few hundred bytes of them can grow to gigabytes."""
    if b"<!" in content.replace(b"<!--", b""):
        return
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - no DTD, see above
    except (ElementTree.ParseError, ValueError, LookupError):
        return
    local, _, domain = address.partition("@")
    for server in root.iter("incomingServer"):
        kind = _KINDS.get(server.get("type", ""))
        security = _SECURITY.get(server.findtext("socketType", "").strip())
        host, port = _text(server, "hostname"), _text(server, "port")
        if kind is None or security is None or not host or not port.isdigit():
            continue
        words = {
            "%EMAILADDRESS%": address, "%EMAILLOCALPART%": local, "%EMAILDOMAIN%": domain,
        }  # fmt: skip
        user = _text(server, "username") or address
        for name, value in words.items():
            user, host = user.replace(name, value), host.replace(name, value)
        methods = [(one.text or "").strip() for one in server.findall("authentication")]
        auth = Auth.browser if methods[:1] == ["OAuth2"] else Auth.password
        if 0 < int(port) < 65536 and security is not Security.none:
            yield Candidate(kind, host, int(port), security, user, source, auth)


def _text(element: ElementTree.Element, name: str) -> str:
    return (element.findtext(name) or "").strip()[:255]
