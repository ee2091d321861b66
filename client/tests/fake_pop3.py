"""A small POP3 server that misbehaves on request. Mails in memory, numbered from one."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, cast


@dataclass
class Script:
    """What goes wrong."""

    drop_after: int | None = None
    always: bool = False
    poison: frozenset[int] = frozenset()
    refused: frozenset[int] = frozenset()
    wrong_size: frozenset[int] = frozenset()
    all_sizes: bool = False
    unstable: frozenset[int] = frozenset()
    truncate: bool = False
    throttle: int = 0
    delay: float = 0.0
    uidl: bool = True
    same_uidl: bool = False
    capa: bool = True
    pipelining: bool = True
    greeting: bytes = b"+OK ready\r\n"


class HangupError(Exception):
    """Ends a connection without a word."""


class FakePop3:
    """Listens on 127.0.0.1; `mails` maps number → bytes. A context manager."""

    def __init__(self, mails: dict[int, bytes], script: Script | None = None):
        self.mails, self.script = mails, script or Script()
        self.sent: list[int] = []
        self.commands: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> "FakePop3":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        stream = cast(BinaryIO, connection.makefile("rwb"))
        try:
            session = _Session(self, stream)
            session.send(self.script.greeting)
            while session.command():
                continue
        except (HangupError, OSError, ValueError):
            pass  # ours or the client's end of the line: this connection is over
        finally:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            for thing in (stream, connection):
                with suppress(OSError):
                    thing.close()


class _Session:
    def __init__(self, server: FakePop3, stream: BinaryIO):
        self._server, self._stream = server, stream
        #: What this session shows, by number.
        self.mails = server.mails
        self._count = 0

    def send(self, data: bytes) -> None:
        self._stream.write(data)
        self._stream.flush()

    def command(self) -> bool:
        line = self._stream.readline()
        if not line:
            return False
        self._server.commands.append(line.strip())
        word, _, rest = line.strip().partition(b" ")
        time.sleep(self._server.script.delay)
        handlers: dict[bytes, Callable[[bytes], None]] = {
            b"CAPA": self._capa, b"USER": self._user, b"PASS": self._pass, b"STAT": self._stat,
            b"LIST": self._list, b"UIDL": self._uidl, b"RETR": self._retr,
            b"QUIT": lambda _: self.send(b"+OK bye\r\n"),
        }  # fmt: skip
        handler = handlers.get(word.upper())
        if handler:
            handler(rest)
        else:
            self.send(b"-ERR unknown\r\n")
        return True

    def _capa(self, rest: bytes) -> None:
        if not self._server.script.capa:
            self.send(b"-ERR unknown\r\n")
            return
        more = b"PIPELINING\r\n" if self._server.script.pipelining else b""
        self.send(b"+OK\r\nUSER\r\nUIDL\r\n" + more + b".\r\n")

    def _user(self, rest: bytes) -> None:
        self.send(b"+OK\r\n")

    def _pass(self, rest: bytes) -> None:
        script = self._server.script
        if script.throttle:
            script.throttle -= 1
            self.send(b"-ERR [LOGIN-DELAY] too soon\r\n")
        elif rest == b"wrong":
            self.send(b"-ERR [AUTH] no\r\n")
        else:
            self.send(b"+OK\r\n")

    def _stat(self, rest: bytes) -> None:
        mails = self.mails.values()
        self.send(b"+OK %d %d\r\n" % (len(mails), sum(map(len, mails))))

    def _list(self, rest: bytes) -> None:
        script = self._server.script
        sizes = [
            b"%d %d\r\n"
            % (number, len(data) + (9 if script.all_sizes or number in script.wrong_size else 0))
            for number, data in self.mails.items()
        ]
        self.send(b"+OK\r\n" + b"".join(sizes) + b".\r\n")

    def _uidl(self, rest: bytes) -> None:
        script = self._server.script
        if not script.uidl:
            self.send(b"-ERR no UIDL here\r\n")
            return
        names = [
            b"%d %s\r\n" % (number, b"same" if script.same_uidl else b"u%06d" % number)
            for number in self.mails
        ]
        self.send(b"+OK\r\n" + b"".join(names) + b".\r\n")

    def _retr(self, rest: bytes) -> None:
        script, server = self._server.script, self._server
        number = int(rest)
        data = self.mails[number]
        if number in script.refused:
            self.send(b"-ERR not this one\r\n")
            return
        if number in script.unstable:
            data = data[:-2] + b"%d\r\n" % len(server.sent)
        server.sent.append(number)
        self._count += 1
        stuffed = data.replace(b"\r\n.", b"\r\n..")
        stuffed = b"." + stuffed if stuffed.startswith(b".") else stuffed
        if script.truncate or number in script.poison:
            script.truncate = False
            self.send(b"+OK\r\n" + stuffed[: len(stuffed) // 2])
            raise HangupError
        self.send(b"+OK %d octets\r\n%s.\r\n" % (len(data), stuffed))
        if script.drop_after is not None and self._count >= script.drop_after:
            if not script.always:
                script.drop_after = None
            raise HangupError
