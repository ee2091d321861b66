"""Exit codes, by what somebody's script can do about it."""

from ..errors import (
    AccountError,
    CertificateError,
    ClientError,
    JournalError,
    NotSignedInError,
    PausedError,
    ServiceError,
    ServiceUnreachableError,
    SignInError,
    SourceError,
    SpaceError,
    UsageError,
)

DONE = 0
UNEXPECTED = 1
USAGE = 2
#: Everything that could be done was, but some mails were not fetched or not taken.
INCOMPLETE = 3
SIGN_IN = 4
#: No connection, or it broke for too long: run again later.
UNREACHABLE = 5
SPACE = 6
JOURNAL = 7
#: The service refused: its sentence says why.
REFUSED = 8
#: Nobody reads on (128 + SIGPIPE).
READER_GONE = 141
#: Ctrl-C: run again to go on (128 + SIGINT, as shells have it).
PAUSED = 130

_BY_TYPE: tuple[tuple[type[ClientError], int], ...] = (
    (PausedError, PAUSED),
    (UsageError, USAGE),
    (SignInError, SIGN_IN),
    (AccountError, SIGN_IN),
    (NotSignedInError, SIGN_IN),
    (ServiceUnreachableError, UNREACHABLE),
    (SpaceError, SPACE),
    (JournalError, JOURNAL),
    (CertificateError, UNREACHABLE),
    (SourceError, UNREACHABLE),
    (ServiceError, REFUSED),
)


def exit_code(error: ClientError) -> int:
    """The code for an error."""
    if error.code in ("wrong_credentials", "wrong_code"):
        return SIGN_IN
    return next((code for kind, code in _BY_TYPE if isinstance(error, kind)), UNEXPECTED)
