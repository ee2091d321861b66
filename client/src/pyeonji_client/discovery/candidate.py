"""A server a mail address may have."""

from dataclasses import dataclass

from ..model import Auth, Security, SourceKind


@dataclass(frozen=True, slots=True)
class Candidate:
    """`source` says how it was found: preset:<name>, an URL, srv, mx:<host>, guess."""

    kind: SourceKind
    host: str
    port: int
    security: Security
    user: str
    source: str
    auth: Auth = Auth.password
