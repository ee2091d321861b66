"""Where a company's mail lives: in our own store, or on its own mail server (IMAP)."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pyeonji.domain.formats import check_version
from pyeonji.domain.instants import from_rfc3339, rfc3339

#: Of a home as it is kept (docs/formats.md).
_VERSION = 1


class HomeKind(StrEnum):
    """`segments` is our own store, the only one 1.0.0 knew."""

    SEGMENTS = "segments"
    IMAP = "imap"


class Security(StrEnum):
    """How the line to a server is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class SignIn(StrEnum):
    """How we sign in for one of a company's accounts.

    `master`: as `<account><separator><user>` with the master user's password (Dovecot).
    `authzid`: SASL PLAIN as `user`, authorized as the account (Cyrus, Zimbra, Stalwart).
    `own`: as the account, with an app password of its own.
    `client_credentials`: XOAUTH2 as the account, with tokens `user` (a client's id) gets of
    `token_url` (Microsoft 365).
    """

    MASTER = "master"
    AUTHZID = "authzid"
    OWN = "own"
    CLIENT_CREDENTIALS = "client_credentials"


class LoginName(StrEnum):
    """What the server calls an account: by its address, or by what stands before the `@`."""

    EMAIL = "email"
    LOCAL = "local"


#: Where IMAP is listened for, by the line's protection.
PORTS = {Security.TLS: 993, Security.STARTTLS: 143, Security.NONE: 143}
#: Connections to a server an account may take at a time; Dovecot gives a user ten, Gmail fifteen.
CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Home:
    """A company's home. What stands behind `kind` is of `imap` only.

    `secret` is a name in the secret store, never the secret; empty where each account has its own
    (`own`). `checked_at`: when somebody last signed in with it for the operator's check.
    """

    kind: HomeKind = HomeKind.SEGMENTS
    host: str = ""
    port: int = 0
    security: Security = Security.TLS
    sign_in: SignIn = SignIn.OWN
    user: str = ""
    secret: str = ""
    login: LoginName = LoginName.EMAIL
    separator: str = "*"
    token_url: str = ""
    scope: str = ""
    connections: int = CONNECTIONS
    checked_at: datetime | None = None

    @property
    def connected(self) -> bool:
        """Whether the mail is somewhere else and brought here."""
        return self.kind is HomeKind.IMAP


class SyncState(StrEnum):
    """How an account of a connected company stands."""

    NEW = "new"
    SYNCING = "syncing"
    CURRENT = "current"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class HomeState:
    """How up to date a connected account is. `failure` is one of
    `reasons.HOME_FAILURES`, `said` the server's own words beside it, one line; both stand until it
    went well again.
    `synced_at`: everything that was on the server then is here. `run` is the id of the latest run
    that brings it up to date, `plan` the key of what a run is to fetch, until all of it is in, and
    `looked_at` when the server was last asked what there is.
    `failures`: runs in a row that came to no good end. `due_at`: when it is to be looked at again;
    while it is at work, when it would count as stuck."""

    account: str
    state: SyncState = SyncState.NEW
    synced_at: datetime | None = None
    failure: str | None = None
    said: str = ""
    moved_at: datetime | None = None
    run: str = ""
    plan: str = ""
    looked_at: datetime | None = None
    failures: int = 0
    due_at: datetime | None = None


def home_secret(domain: str) -> str:
    """The name of a company's secret."""
    return f"company/{_name(domain)}"


def own_secret(email: str) -> str:
    """The name of an account's own secret."""
    return f"account/{_name(email)}"


def secret_name(home: Home, email: str) -> str:
    """Under which name the secret stands by which we sign in for this account."""
    return own_secret(email) if home.sign_in is SignIn.OWN else home.secret


def sign_in_name(home: Home, email: str) -> tuple[str, str]:
    """(the name we sign in by for an account, whom we then act for: empty for that very one)."""
    account = email.rpartition("@")[0] if home.login is LoginName.LOCAL else email
    if home.sign_in is SignIn.MASTER:
        return f"{account}{home.separator}{home.user}", ""
    if home.sign_in is SignIn.AUTHZID:
        return home.user, account
    return account, ""


def _name(text: str) -> str:
    """Names of secrets are written into the trail of the cloud: no address stands in them."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def encode_home(home: Home) -> str:
    """A home as JSON text, without what is the default."""
    default = Home()
    fields: dict[str, object] = {"v": _VERSION}
    for name in Home.__slots__:
        value = getattr(home, name)
        if value != getattr(default, name) or name == "kind":
            fields[name] = rfc3339(value) if isinstance(value, datetime) else value
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def decode_home(text: str | None) -> Home:
    """The inverse of `encode_home`; our own store where nothing was ever chosen. Raises
    NewerFormatError."""
    if text is None:
        return Home()
    said: dict[str, Any] = json.loads(text)
    check_version("a home", said.get("v"), _VERSION)
    known = {name: said[name] for name in Home.__slots__ if name in said}
    for name, kind in (
        ("kind", HomeKind),
        ("security", Security),
        ("sign_in", SignIn),
        ("login", LoginName),
    ):
        if name in known:
            known[name] = kind(known[name])
    if "checked_at" in known:
        known["checked_at"] = from_rfc3339(known["checked_at"])
    return Home(**known)
