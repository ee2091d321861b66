"""What can go wrong here. Every leaf has a `code`; `texts` holds its sentence in both languages.

ClientError
├── SourceError
│   ├── TransientError        trying again may help
│   │   ├── UnreachableError      no connection (name, network, refused, timed out)
│   │   ├── DroppedError          the connection broke, or fell silent, half-way
│   │   └── ThrottledError        the server asked for a rest
│   ├── RefusedError          the server understood and will not (NO, -ERR)
│   ├── ProtocolError         an answer that cannot be read; tried again a few times
│   ├── CertificateError      the server cannot prove who it is
│   ├── SignInError           wrong password, or the provider has IMAP/POP3 switched off
│   │   └── TokenError            the token ran out and cannot be renewed without a person
│   ├── AccountError          signed in, and the server serves nothing: IMAP off, no licence
│   ├── SecurityError         encryption was asked for and the server does not offer it
│   ├── UnreadableError       a folder or file this person may not read
│   └── MissingSourceError    a folder, mailbox or file that is not there (any more)
├── JournalError              the journal or a ZIP it speaks of is damaged, or held by another run
├── SpaceError                the disk is too full
├── KeyringError              this computer keeps no passwords
├── UsageError                what was asked for does not make sense
├── ServiceError              the service said no; `code` is its own
│   ├── ServiceUnreachableError   no connection to the service, or a 5xx that did not go away
│   │   └── StaleUrlError         the URL to put a part to ran out
│   └── NotSignedInError          no session, or it ran out
└── PausedError               somebody pressed pause (Ctrl-C, the window, SIGTERM)
"""


class ClientError(Exception):
    """`code` names a sentence of `texts.errors`; `facts` fill it in. Never holds a password."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class SourceError(ClientError):
    """Something about the place the mail comes from."""


class TransientError(SourceError):
    """Trying again may help."""


class UnreachableError(TransientError):
    """No connection to the server."""


class DroppedError(TransientError):
    """The connection broke or fell silent."""


class ThrottledError(TransientError):
    """The server asked for a rest. `wait`: seconds it named, else None."""

    def __init__(self, code: str, wait: float | None = None, **facts: object) -> None:
        super().__init__(code, **facts)
        self.wait = wait


class RefusedError(SourceError):
    """The server understood, and will not."""


class ProtocolError(SourceError, ValueError):
    """An answer that follows no rule we know."""


class CertificateError(SourceError):
    """The server's certificate did not verify."""


class SignInError(SourceError):
    """The server refused the name and password (or token)."""


class TokenError(SignInError):
    """The server refused the token, or no further one can be had without a person."""


class AccountError(SourceError):
    """The server let us in and then refuses everything: a matter of the account."""


class SecurityError(SourceError):
    """The encryption that was asked for is not on offer."""


class UnreadableError(SourceError):
    """A folder or file that is there and cannot be read."""


class MissingSourceError(SourceError, LookupError):
    """No such folder, mailbox or file."""


class JournalError(ClientError):
    """The journal, or a ZIP it speaks of, cannot be used."""


class SpaceError(ClientError, OSError):
    """Not enough room on the disk."""


class KeyringError(ClientError):
    """The system has no keyring we can use."""


class UsageError(ClientError, ValueError):
    """The request does not make sense."""


class ServiceError(ClientError):
    """The service refused. `detail` is its own sentence, in the caller's language."""

    def __init__(self, code: str, detail: str = "", status: int = 0, **facts: object) -> None:
        super().__init__(code, detail=detail, status=status, **facts)
        self.detail = detail
        self.status = status


class ServiceUnreachableError(ServiceError):
    """No answer from the service."""


class StaleUrlError(ServiceUnreachableError):
    """The URL to put a part to ran out while the part waited its turn."""


class NotSignedInError(ServiceError):
    """There is no session (any more)."""


class PausedError(ClientError):
    """A pause was asked for; what was fetched is kept."""

    def __init__(self) -> None:
        super().__init__("paused")
