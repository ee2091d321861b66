"""Connections: TCP, TLS and what their failures mean to a person."""

import io
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

import certifi

from ..errors import CertificateError, DroppedError, MissingSourceError, UnreachableError
from ..model import Security
from .proxies import connected

#: Reads from the socket this much at a time: a small mail a call would cost more than the mail.
BUFFER = 256 * 1024
#: Seconds to connect, to agree on TLS and to be greeted. A server that waits for the other kind of
#: connection than ours says nothing at all, and a person should learn that soon.
FIRST = 60.0


def tls_context(ca_file: str = "") -> ssl.SSLContext:
    """A context that always verifies: the system's authorities, Mozilla's, and `ca_file`.

    A frozen program may not find the system's store, hence certifi's beside it.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if ca_file:
        if not Path(ca_file).is_file():
            raise MissingSourceError("ca_file_missing", path=ca_file)
        try:
            context.load_verify_locations(ca_file)
        except ssl.SSLError as error:
            raise CertificateError("ca_file_unreadable", path=ca_file) from error
    return context


class Link:
    """One connection with line and block reads; every failure is a SourceError."""

    def __init__(
        self,
        host: str,
        port: int,
        security: Security,
        ca_file: str,
        timeout: float,
        proxy: str = "",
    ):
        self.host, self.port, self._ca_file, self._timeout = host, port, ca_file, timeout
        try:
            self._socket = connected(host, port, min(timeout, FIRST), proxy)
        except socket.gaierror as error:
            raise UnreachableError("unknown_host", host=host) from error
        except TimeoutError as error:
            raise UnreachableError("connect_timeout", host=host, port=port) from error
        except (OSError, UnicodeError) as error:
            raise UnreachableError("connect_failed", host=host, port=port) from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if security is Security.tls:
            self._wrap()
        self.reader = self._buffered()

    def _buffered(self) -> io.BufferedReader:
        return cast(io.BufferedReader, self._socket.makefile("rb", buffering=BUFFER))

    def _wrap(self) -> None:
        try:
            self._socket = tls_context(self._ca_file).wrap_socket(
                self._socket, server_hostname=self.host
            )
        except ssl.SSLCertVerificationError as error:
            self._socket.close()
            raise CertificateError(
                "certificate", host=self.host, why=error.verify_message
            ) from error
        except TimeoutError as error:
            self._socket.close()
            raise UnreachableError("connect_timeout", host=self.host, port=self.port) from error
        except (ssl.SSLError, OSError) as error:
            self._socket.close()
            raise UnreachableError("tls_failed", host=self.host, port=self.port) from error

    @contextmanager
    def greeting(self) -> Iterator[None]:
        """Around the server's first words; from then on it has the whole timeout to answer."""
        try:
            yield
        except DroppedError as error:
            if error.code == "server_bye":
                raise
            raise UnreachableError("no_greeting", host=self.host, port=self.port) from error
        self._socket.settimeout(self._timeout)

    def start_tls(self) -> None:
        """Goes over to TLS. What was buffered before is dropped: it came unprotected."""
        self.reader.close()
        self._wrap()
        self.reader = self._buffered()

    def send(self, data: bytes) -> None:
        """Sends all of `data`."""
        try:
            self._socket.sendall(data)
        except (OSError, ValueError) as error:
            raise DroppedError("dropped", host=self.host) from error

    def line(self, limit: int) -> bytes:
        """The next line with its end; at most `limit` bytes, cut there if longer."""
        try:
            line = self.reader.readline(limit)
        except TimeoutError as error:
            raise DroppedError("silent", host=self.host) from error
        except (OSError, ValueError) as error:
            raise DroppedError("dropped", host=self.host) from error
        if not line:
            raise DroppedError("dropped", host=self.host)
        return line

    def exactly(self, count: int) -> bytes:
        """The next `count` bytes, or DroppedError."""
        try:
            data = self.reader.read(count)
        except TimeoutError as error:
            raise DroppedError("silent", host=self.host) from error
        except (OSError, ValueError) as error:
            raise DroppedError("dropped", host=self.host) from error
        if len(data) < count:
            raise DroppedError("dropped", host=self.host)
        return data

    def some(self) -> bytes:
        """Whatever comes next, at least one byte."""
        try:
            data = self.reader.read1(BUFFER)
        except TimeoutError as error:
            raise DroppedError("silent", host=self.host) from error
        except (OSError, ValueError) as error:
            raise DroppedError("dropped", host=self.host) from error
        if not data:
            raise DroppedError("dropped", host=self.host)
        return data

    def close(self) -> None:
        """Closes the connection, whatever state it is in."""
        for thing in (self.reader, self._socket):
            with suppress(OSError):  # a broken connection has nothing more to say
                thing.close()
