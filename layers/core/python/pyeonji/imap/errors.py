"""What an IMAP server's answers can mean.

ImapError                 `said`: the server's own words, one line
├── UnreadableError       an answer that follows no rule we know
├── RejectedError         BAD: the server takes the command for nonsense
├── RefusedError          NO: it understood, and will not
├── BusyError             it asks for a rest
├── EndedError            BYE: it ends the connection
├── SignInError           it does not believe name and password (or token)
├── NotServedError        it let us in and then serves nothing: a matter of the account
└── NotOfferedError       what was asked for is not on offer; `what` says what
"""

_LONGEST = 300


def words_of(text: bytes) -> str:
    """A server's human text for people: one line, bounded, whatever its bytes are."""
    shown = text[: 4 * _LONGEST].decode("utf-8", "replace")
    kept = "".join(letter if letter.isprintable() else " " for letter in shown)
    return " ".join(kept.split())[:_LONGEST]


class ImapError(Exception):
    """`said` are the server's own words, in one line; empty where it said none."""

    def __init__(self, said: str = "") -> None:
        super().__init__(said)
        self.said = said


class UnreadableError(ImapError, ValueError):
    """An answer that follows no rule we know."""


class RejectedError(ImapError):
    """BAD."""


class RefusedError(ImapError):
    """NO. `code` is the response code in brackets (RFC 5530), upper case, or empty."""

    def __init__(self, said: str = "", code: str = "") -> None:
        super().__init__(said)
        self.code = code


class BusyError(ImapError):
    """The server asks for a rest."""


class EndedError(ImapError):
    """BYE."""


class SignInError(ImapError):
    """Name and password, or the token, are refused. `code` as in RefusedError:
    AUTHORIZATIONFAILED is of somebody who may not act for the account, EXPIRED of a password."""

    def __init__(self, said: str = "", code: str = "") -> None:
        super().__init__(said)
        self.code = code


class NotServedError(ImapError):
    """Signed in, and every command is refused: IMAP is switched off, or there is no mailbox."""


class NotOfferedError(ImapError):
    """`what` is starttls, login (it must be encrypted first), plain or xoauth2."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what
