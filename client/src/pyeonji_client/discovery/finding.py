"""Finding the servers of a mail address: each way is tried, and each try is told."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import dns.exception
import dns.resolver

from ..errors import SourceError, UsageError
from ..model import Security, SourceKind
from ..sources.net import Link
from ..sources.presets import PRESETS, Preset, preset_for
from . import autoconfig
from .candidate import Candidate

#: Seconds a server has to greet while it is tried.
PROBE = 8.0
_SRV = (
    ("_imaps._tcp", SourceKind.imap, Security.tls),
    ("_imap._tcp", SourceKind.imap, Security.starttls),
    ("_pop3s._tcp", SourceKind.pop3, Security.tls),
    ("_pop3._tcp", SourceKind.pop3, Security.starttls),
)
_GUESSES = {
    SourceKind.imap: (("imap", 993), ("mail", 993), ("", 993)),
    SourceKind.pop3: (("pop", 995), ("pop3", 995), ("mail", 995), ("", 995)),
}
#: Mail hosts of providers whose customers have domains of their own.
_MX = (
    (re.compile(r"(^|\.)(google|googlemail)\.com$"), "gmail"),
    (re.compile(r"(^|\.)outlook\.com$"), "outlook"),
    (re.compile(r"(^|\.)(hiworks\.(co\.kr|com)|gabia\.com)$"), "hiworks"),
    (re.compile(r"(^|\.)(daum\.net|kakao\.com|hanmail\.net)$"), "daum"),
    (re.compile(r"(^|\.)naver\.com$"), "naver"),
)
_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


class Resolver(Protocol):
    """DNS, as far as it is asked."""

    def srv(self, name: str) -> list[tuple[str, int]]:
        """(host, port), best first."""
        ...

    def mx(self, domain: str) -> list[str]:
        """Mail hosts, best first."""
        ...


class Dns:
    """The system's name servers."""

    def srv(self, name: str) -> list[tuple[str, int]]:
        """See `Resolver`. A target of "." says that there is no such service (RFC 6186)."""
        records = sorted(self._asked(name, "SRV"), key=lambda one: (one.priority, -one.weight))
        found = [(one.target.to_text(omit_final_dot=True), int(one.port)) for one in records]
        return [(host, port) for host, port in found if host and host != "." and port]

    def mx(self, domain: str) -> list[str]:
        """See `Resolver`."""
        records = sorted(self._asked(domain, "MX"), key=lambda one: one.preference)
        return [one.exchange.to_text(omit_final_dot=True) for one in records]

    def _asked(self, name: str, kind: str) -> list:  # type: ignore[type-arg]
        try:
            return list(dns.resolver.resolve(name, kind, lifetime=5.0))
        except (dns.exception.DNSException, OSError):
            return []


@dataclass(frozen=True, slots=True)
class Tried:
    """One candidate, and why it will not do ("" where it answers)."""

    candidate: Candidate
    problem: str


def discover(
    address: str,
    kind: SourceKind,
    *,
    tell: Callable[[Tried], None] = lambda _: None,
    resolver: Resolver | None = None,
    probe: Callable[[Candidate], str] | None = None,
    fetch: Callable[[str, str], list[Candidate]] = autoconfig.fetched,
) -> Candidate:
    """The first server that answers for the address. Raises UsageError where none does."""
    check = probe or answers
    seen: set[tuple[str, int]] = set()
    for candidate in candidates(address, kind, resolver=resolver or Dns(), fetch=fetch):
        if (candidate.host, candidate.port) in seen:
            continue
        seen.add((candidate.host, candidate.port))
        problem = check(candidate)
        tell(Tried(candidate, problem))
        if not problem:
            return candidate
    raise UsageError("nothing_discovered", address=address)


def candidates(
    address: str,
    kind: SourceKind,
    *,
    resolver: Resolver,
    fetch: Callable[[str, str], list[Candidate]],
) -> Iterator[Candidate]:
    """Every server there may be, surest first; each way is asked only when it is its turn."""
    domain = domain_of(address)
    known = preset_for(address)
    if known is not None:
        yield from _of_preset(known, address, kind, f"preset:{known.name}")
    for url in (*autoconfig.own_of(domain, address), autoconfig.ISPDB.format(domain=domain)):
        yield from (one for one in fetch(url, address) if one.kind is kind)
    for service, of_kind, security in _SRV:
        if of_kind is kind:
            for host, port in resolver.srv(f"{service}.{domain}"):
                yield Candidate(kind, host, port, security, address, "srv")
    for host in resolver.mx(domain)[:3]:
        yield from _by_mail_host(host.lower(), address, kind, fetch)
    for prefix, port in _GUESSES[kind]:
        name = f"{prefix}.{domain}" if prefix else domain
        yield Candidate(kind, name, port, Security.tls, address, "guess")


def _by_mail_host(
    host: str, address: str, kind: SourceKind, fetch: Callable[[str, str], list[Candidate]]
) -> Iterator[Candidate]:
    """Whose customer a domain is can be seen by where its mail goes."""
    for pattern, name in _MX:
        if pattern.search(host):
            preset = next(one for one in PRESETS if one.name == name)
            yield from _of_preset(preset, address, kind, f"mx:{host}")
            return
    labels = host.split(".")
    if len(labels) > 1:
        # mx1.mail.host.co.kr is host.co.kr's, or mail.host's: the ISPDB knows either or neither
        for start in sorted({max(0, len(labels) - 3), len(labels) - 2}):
            above = ".".join(labels[start:])
            for one in fetch(autoconfig.ISPDB.format(domain=above), address):
                if one.kind is kind:
                    yield one


def _of_preset(preset: Preset, address: str, kind: SourceKind, source: str) -> Iterator[Candidate]:
    server = preset.imap if kind is SourceKind.imap else preset.pop3
    if server is not None:
        yield Candidate(kind, *server, preset.user(address), source, preset.auth[0])


def domain_of(address: str) -> str:
    """The domain of an address, as DNS has it. Raises UsageError."""
    local, _, domain = address.strip().rpartition("@")
    try:
        found = domain.lower().encode("idna").decode("ascii") if domain else ""
    except UnicodeError:
        found = ""
    if not local or not _DOMAIN.fullmatch(found):
        raise UsageError("bad_address", address=address)
    return found


def answers(candidate: Candidate) -> str:
    """ "" where the server greets as such a server does, else the code of what is wrong."""
    try:
        link = Link(candidate.host, candidate.port, candidate.security, "", PROBE)
    except SourceError as error:
        return error.code
    try:
        with link.greeting():
            line = link.line(1024)
    except SourceError as error:
        return error.code
    finally:
        link.close()
    wanted = (b"* OK", b"* PREAUTH") if candidate.kind is SourceKind.imap else (b"+OK",)
    if line.startswith(wanted):
        return ""
    return "not_imap" if candidate.kind is SourceKind.imap else "not_pop3"
