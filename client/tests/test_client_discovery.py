"""From an address to its server: every way, in its order, each try told."""

import pytest

from client.tests.fake_imap import FakeImap, Script
from client.tests.fake_pop3 import FakePop3
from pyeonji_client.discovery import autoconfig
from pyeonji_client.discovery.candidate import Candidate
from pyeonji_client.discovery.finding import Tried, answers, discover, domain_of
from pyeonji_client.errors import UsageError
from pyeonji_client.model import Auth, Security, SourceKind

CONFIG = b"""<?xml version="1.0"?><clientConfig version="1.1"><emailProvider id="acme.example">
<incomingServer type="pop3"><hostname>pop.%EMAILDOMAIN%</hostname><port>995</port>
 <socketType>SSL</socketType><username>%EMAILLOCALPART%</username>
 <authentication>password-cleartext</authentication></incomingServer>
<incomingServer type="imap"><hostname>mail.acme.example</hostname><port>993</port>
 <socketType>SSL</socketType><username>%EMAILADDRESS%</username>
 <authentication>OAuth2</authentication></incomingServer>
<incomingServer type="imap"><hostname>plain.acme.example</hostname><port>143</port>
 <socketType>plain</socketType></incomingServer></emailProvider></clientConfig>"""


class _Dns:
    def __init__(self, srv: dict[str, list[tuple[str, int]]], mx: list[str]):
        self._srv, self._mx = srv, mx

    def srv(self, name: str) -> list[tuple[str, int]]:
        return self._srv.get(name, [])

    def mx(self, domain: str) -> list[str]:
        return self._mx


def _found(
    address: str,
    *,
    kind: SourceKind = SourceKind.imap,
    files: dict[str, bytes] | None = None,
    srv: dict[str, list[tuple[str, int]]] | None = None,
    mx: list[str] | None = None,
    up: set[str],
) -> tuple[Candidate, list[Tried]]:
    tried: list[Tried] = []

    def fetch(url: str, mail: str) -> list[Candidate]:
        content = (files or {}).get(url)
        return list(autoconfig.servers_in(content, mail, url)) if content else []

    found = discover(
        address, kind, tell=tried.append, resolver=_Dns(srv or {}, mx or []),
        probe=lambda one: "" if one.host in up else "unknown_host", fetch=fetch,
    )  # fmt: skip
    return found, tried


def test_a_file_of_the_domain_itself() -> None:
    own = autoconfig.own_of("acme.example", "kim@acme.example")[0]
    found, tried = _found("kim@acme.example", files={own: CONFIG}, up={"mail.acme.example"})
    assert (found.host, found.user, found.auth) == (
        "mail.acme.example", "kim@acme.example", Auth.browser,
    )  # fmt: skip
    assert [one.problem for one in tried] == [""]
    found, _ = _found(
        "kim@acme.example", kind=SourceKind.pop3, files={own: CONFIG}, up={"pop.acme.example"}
    )
    assert (found.host, found.user) == ("pop.acme.example", "kim")


def test_the_ispdb_and_dns() -> None:
    ispdb = autoconfig.ISPDB.format(domain="acme.example")
    found, _ = _found("kim@acme.example", files={ispdb: CONFIG}, up={"mail.acme.example"})
    assert found.source == ispdb
    srv = {"_imaps._tcp.acme.example": [("imap7.host.example", 9993)]}
    found, _ = _found("kim@acme.example", srv=srv, up={"imap7.host.example"})
    assert (found.host, found.port, found.source) == ("imap7.host.example", 9993, "srv")


@pytest.mark.parametrize(
    ("mx", "host"),
    [
        ("aspmx.l.google.com", "imap.gmail.com"),
        ("acme-example.mail.protection.outlook.com", "outlook.office365.com"),
        ("mx1.hiworks.co.kr", "imap.hiworks.com"),
    ],
)
def test_whose_customer_a_domain_is(mx: str, host: str) -> None:
    found, _ = _found("kim@acme.example", mx=[mx], up={host})
    assert (found.host, found.source) == (host, f"mx:{mx}")


def test_the_ispdb_of_the_mail_host() -> None:
    files = {autoconfig.ISPDB.format(domain="bigmail.example"): CONFIG}
    found, _ = _found(
        "kim@acme.example", files=files, mx=["mx1.bigmail.example"], up={"mail.acme.example"}
    )
    assert found.host == "mail.acme.example"


def test_guesses_come_last_and_every_try_is_told() -> None:
    found, tried = _found("kim@acme.example", up={"mail.acme.example"})
    assert (found.host, found.source) == ("mail.acme.example", "guess")
    assert [(one.candidate.host, one.problem) for one in tried] == [
        ("imap.acme.example", "unknown_host"), ("mail.acme.example", ""),
    ]  # fmt: skip
    with pytest.raises(UsageError) as caught:
        _found("kim@acme.example", up=set())
    assert caught.value.code == "nothing_discovered"


@pytest.mark.parametrize("address", ["kim", "kim@", "@acme.example", "kim@a b.example", "kim@x"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(UsageError):
        domain_of(address)


def test_domains_in_hangul() -> None:
    assert domain_of("kim@편지.한국") == "xn--9b6b95p.xn--3e0b707e"


@pytest.mark.parametrize(
    "content",
    [
        b"<html>not found", b"", b"\xff\xfe",
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + CONFIG,
        CONFIG.replace(b"993", b"99999"), CONFIG.replace(b"<hostname>mail", b"<x>mail"),
    ],
)  # fmt: skip
def test_files_that_say_nothing(content: bytes) -> None:
    found = autoconfig.servers_in(content, "kim@acme.example", "x")
    assert not [one for one in found if one.kind is SourceKind.imap]


def test_a_server_that_answers_and_one_of_another_kind() -> None:
    def at(port: int, kind: SourceKind) -> str:
        return answers(Candidate(kind, "127.0.0.1", port, Security.none, "kim", "guess"))

    with (
        FakeImap({}) as imap,
        FakePop3({}) as pop3,
        FakeImap({}, Script(greeting=b"220 x\r\n")) as smtp,
    ):
        assert at(imap.port, SourceKind.imap) == ""
        assert at(pop3.port, SourceKind.pop3) == ""
        assert at(pop3.port, SourceKind.imap) == "not_imap"
        assert at(smtp.port, SourceKind.pop3) == "not_pop3"
        port = imap.port
    assert at(port, SourceKind.imap) in ("connect_failed", "")
