"""One connection to an IMAP server: the socket beneath `pyeonji.imap`, its errors as ours."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from pyeonji.imap import errors as imap
from pyeonji.imap.conversation import Conversation, Steps
from pyeonji.imap.replies import Reply
from pyeonji.imap.talk import Talk

from .. import __version__
from ..errors import (
    AccountError,
    DroppedError,
    ProtocolError,
    RefusedError,
    SecurityError,
    SignInError,
    SourceError,
    ThrottledError,
    TokenError,
)
from ..model import MAIL_LIMIT, Auth, Security, SourceConfig
from .net import Link

_T = TypeVar("_T")
_NOT_OFFERED = {"starttls": "no_starttls", "login": "login_disabled", "xoauth2": "no_xoauth2"}


class ImapSession:
    """A signed-in connection. Never selects for writing, never sends a command that changes."""

    def __init__(self, config: SourceConfig, secret: str):
        self._host, self._user = config.host, config.user
        self._token = config.auth is not Auth.password
        self.conversation = Conversation(MAIL_LIMIT)
        self._link = Link(
            config.host, config.port, config.security, config.ca_file, config.timeout, config.proxy
        )
        self._talk = Talk(
            self.conversation, lambda data: self._link.send(data), lambda: self._link.some()
        )
        try:
            self._greet(config.security)
            self.perform(self.conversation.sign_in(config.user, secret, token=self._token))
            self.perform(self.conversation.identify(name="pyeonji-client", version=__version__))
        except BaseException:
            self._link.close()
            raise

    @property
    def capabilities(self) -> frozenset[str]:
        """What the server offers, in upper case."""
        return self.conversation.capabilities

    def _greet(self, security: Security) -> None:
        try:
            with self._link.greeting():
                self.perform(self.conversation.greet())
        except ProtocolError as error:
            raise ProtocolError("not_imap", host=self._host) from error
        if security is Security.starttls:
            self.perform(self.conversation.start_tls())
            self._link.start_tls()
            self.perform(self.conversation.protected())

    def perform(self, steps: Steps[_T]) -> _T:
        """Goes through the steps: sends what they say, gives them what arrives."""
        with self._errors():
            return self._talk.perform(steps)

    def send(self, *pieces: bytes) -> bytes:
        """Sends one command and returns its tag; `until` reads its replies."""
        return self._talk.command(*pieces)

    def until(self, tag: bytes) -> Iterator[Reply]:
        """Untagged replies up to the command's own end, which is checked."""
        with self._errors():
            yield from self._talk.until(tag)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """What the server says, as errors of sources, with its own words."""
        try:
            yield
        except imap.ImapError as error:
            raise self._ours(error) from error

    def _ours(self, error: imap.ImapError) -> SourceError:
        facts: dict[str, Any] = {"host": self._host, "user": self._user, "said": error.said}
        match error:
            case imap.BusyError():
                return ThrottledError("throttled", **facts)
            case imap.EndedError():
                return DroppedError("server_bye", **facts)
            case imap.RefusedError():
                return RefusedError("imap_refused", reply=error.code, **facts)
            case imap.SignInError():
                if self._token:
                    return TokenError("token_refused", **facts)
                return SignInError("sign_in_refused", **facts)
            case imap.NotServedError():
                return AccountError("account_not_served", **facts)
            case imap.NotOfferedError():
                return SecurityError(_NOT_OFFERED[error.what], host=self._host)
            case _:
                return ProtocolError("imap_unreadable", **facts)

    def close(self) -> None:
        """Says goodbye if the line still stands."""
        with suppress(SourceError, AssertionError):
            self.send(b"LOGOUT")
        self._link.close()
