"""Mail servers of companies: the socket beneath `pyeonji.imap`, what fails as HomeError.

A secret goes to the server and nowhere else: it is in no error, and nothing here logs.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from pyeonji.adapters.addresses import addresses_of
from pyeonji.adapters.tokens import TokenIssuer
from pyeonji.domain.errors import HomeError
from pyeonji.domain.homes import Home, Security, SignIn, sign_in_name
from pyeonji.imap import errors as imap
from pyeonji.imap.conversation import Conversation, State, Steps
from pyeonji.imap.replies import Reply
from pyeonji.imap.talk import Talk

_T = TypeVar("_T")

#: Read from the socket this much at a time.
_BUFFER = 256 * 1024
#: Seconds to connect to one address, to agree on TLS and to be greeted.
_FIRST = 15.0
#: Seconds without a byte before a server counts as gone. A search of a large folder may take long.
_SILENCE = 120.0
_NOT_OFFERED = {
    "starttls": "home_no_starttls",
    "login": "home_login_disabled",
    "plain": "home_no_plain",
    "xoauth2": "home_no_xoauth2",
}


class ImapServers:
    """ports.MailServers. `literal_limit`: bytes of one mail that are read, larger ones stand as
    `lexer.Oversized`. `loopback`: also servers on this machine, which only a local cloud has."""

    def __init__(self, *, literal_limit: int, loopback: bool) -> None:
        self._literal_limit = literal_limit
        self._loopback = loopback
        self._tokens = TokenIssuer(loopback=loopback)

    def open(self, home: Home, email: str, secret: str) -> "ImapServer":
        """Connected and signed in for the account."""
        token = home.sign_in is SignIn.CLIENT_CREDENTIALS
        word = self._tokens.token(home, secret) if token else secret
        server = ImapServer(
            _Line(home.host, home.port, loopback=self._loopback), home, self._literal_limit
        )
        try:
            server.greet()
            server.sign_in(email, word, token=token)
        except BaseException:
            server.close()
            raise
        return server


class ImapServer:
    """ports.MailServer: one connection, of one thread."""

    def __init__(self, line: "_Line", home: Home, literal_limit: int) -> None:
        self.conversation = Conversation(literal_limit)
        self._line = line
        self._home = home
        self._user = ""
        self._talk = Talk(self.conversation, line.send, line.some)

    @property
    def commands(self) -> int:
        """Sent so far, the sign-in's among them."""
        return self.conversation.commands

    @property
    def received_bytes(self) -> int:
        """Read so far, without TLS's own."""
        return self._line.received

    @property
    def sent_bytes(self) -> int:
        """Sent so far, without TLS's own."""
        return self._line.sent

    def greet(self) -> None:
        """The server's first words, behind TLS as the home says."""
        if self._home.security is Security.TLS:
            self._line.protect()
        try:
            self.perform(self.conversation.greet())
        except HomeError as error:
            if error.code in ("home_unreadable", "home_dropped"):
                raise self._error("home_not_imap") from error
            raise
        # PREAUTH: signed in as somebody, and nobody knows as whom.
        if self.conversation.state is not State.greeted:
            raise self._error("home_not_imap")
        if self._home.security is Security.STARTTLS:
            self.perform(self.conversation.start_tls())
            self._line.protect()
            self.perform(self.conversation.protected())
        self._line.settle()

    def sign_in(self, email: str, secret: str, *, token: bool) -> None:
        """As the home says, for this account."""
        self._user, acting_for = sign_in_name(self._home, email)
        self.perform(
            self.conversation.sign_in(self._user, secret, token=token, acting_for=acting_for)
        )
        self.perform(self.conversation.identify(name="pyeonji"))

    def perform(self, steps: Steps[_T]) -> _T:
        """Goes through the steps of a conversation."""
        with self._errors():
            return self._talk.perform(steps)

    def send(self, *pieces: bytes) -> bytes:
        """Sends one command and returns its tag; `until` reads its replies."""
        with self._errors():
            return self._talk.command(*pieces)

    def until(self, tag: bytes) -> Iterator[Reply]:
        """Untagged replies up to the command's own end, which is checked."""
        with self._errors():
            yield from self._talk.until(tag)

    def close(self) -> None:
        """Says goodbye if the line still stands."""
        with suppress(HomeError, AssertionError):
            self.send(b"LOGOUT")
        self._line.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """What the server says, as errors of ours, with its own words."""
        try:
            yield
        except imap.ImapError as error:
            raise self._ours(error) from error

    def _ours(self, error: imap.ImapError) -> HomeError:
        match error:
            case imap.NotOfferedError():
                return self._error(_NOT_OFFERED[error.what])
            case imap.BusyError():
                return self._error("home_busy", error)
            case imap.EndedError():
                return self._error("home_dropped", error)
            case imap.SignInError() if error.code == "AUTHORIZATIONFAILED":
                return self._error("home_not_authorized", error)
            case imap.SignInError():
                return self._error("home_sign_in_refused", error)
            case imap.NotServedError():
                return self._error("home_not_served", error)
            case imap.RefusedError():
                return self._error("home_refused", error)
            case _:
                return self._error("home_unreadable", error)

    def _error(self, code: str, error: imap.ImapError | None = None) -> HomeError:
        facts: dict[str, Any] = {"host": self._home.host, "user": self._user or None}
        if error is not None:
            facts["said"] = error.said or None
            if isinstance(error, imap.RefusedError):
                facts["reply"] = error.code
        return HomeError(code, port=str(self._home.port), **facts)


class _Line:
    """One connection with block reads; every failure is a HomeError."""

    def __init__(self, host: str, port: int, *, loopback: bool) -> None:
        self._host, self._port = host, port
        self.received = self.sent = 0
        self._socket = self._connected(addresses_of(host, port, loopback=loopback))

    def _connected(self, addresses: list[str]) -> socket.socket:
        failed: HomeError | None = None
        for address in addresses:
            try:
                connection = socket.create_connection((address, self._port), _FIRST)
            except ConnectionRefusedError:
                failed = self._error("home_connect_refused")
            except OSError:  # no route, or nobody answers
                failed = failed or self._error("home_unreachable")
            else:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return connection
        assert failed is not None, "there is an address"
        raise failed

    def protect(self) -> None:
        """TLS from here on, with the certificate checked against the name."""
        try:
            self._socket = ssl.create_default_context().wrap_socket(
                self._socket, server_hostname=self._host
            )
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise self._error("home_certificate", why=error.verify_message) from error
        except TimeoutError as error:
            self.close()
            raise self._error("home_unreachable") from error
        except (ssl.SSLError, OSError) as error:
            self.close()
            raise self._error("home_tls_failed") from error

    def settle(self) -> None:
        """It is a mail server: from now on it has longer to answer."""
        self._socket.settimeout(_SILENCE)

    def send(self, data: bytes) -> None:
        """All of `data`."""
        try:
            self._socket.sendall(data)
        except (OSError, ValueError) as error:
            raise self._error("home_dropped") from error
        self.sent += len(data)

    def some(self) -> bytes:
        """Whatever comes next, at least one byte."""
        try:
            data = self._socket.recv(_BUFFER)
        except (OSError, ValueError) as error:  # silence is one of them
            raise self._error("home_dropped") from error
        if not data:
            raise self._error("home_dropped")
        self.received += len(data)
        return data

    def close(self) -> None:
        """Whatever state it is in."""
        with suppress(OSError):
            self._socket.close()

    def _error(self, code: str, **facts: object) -> HomeError:
        return HomeError(code, host=self._host, port=str(self._port), **facts)
