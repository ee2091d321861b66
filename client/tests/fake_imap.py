"""A small IMAP server that misbehaves on request. One folder, mails in memory."""

import base64
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

DATE = b"17-Jul-2020 02:44:25 +0900"
_SET = re.compile(rb"(\d+)(?::(\d+))?")


@dataclass
class Script:
    """What goes wrong. Hooks get the server and may raise `HangupError`."""

    #: Close the connection after so many mails were sent on it (then never again, unless `always`).
    drop_after: int | None = None
    always: bool = False
    #: UIDs at which the connection breaks in the middle of the mail, every time.
    poison: frozenset[int] = frozenset()
    #: UIDs whose RFC822.SIZE is misstated; `all_sizes` misstates every one.
    wrong_size: frozenset[int] = frozenset()
    all_sizes: bool = False
    #: UIDs that come with other bytes each time.
    unstable: frozenset[int] = frozenset()
    #: UIDs left out of answers, and UIDs answered with NO.
    silent: frozenset[int] = frozenset()
    refused: frozenset[int] = frozenset()
    #: Literals promise this many bytes more than come before the connection closes (once).
    truncate: int = 0
    #: Seconds before each answer.
    delay: float = 0.0
    #: Answer the first so many sign-ins with a request to come back later.
    throttle: int = 0
    #: BYE after so many mails, once.
    bye_after: int | None = None
    #: Greets every connection but the first one with BYE while the first is open.
    one_connection: bool = False
    #: UIDVALIDITY of the n-th connection (the last one for all that follow).
    validities: tuple[int, ...] = (1,)
    #: Raw lines instead of the greeting.
    greeting: bytes = b"* OK ready\r\n"
    #: Sent in the middle of answers: news about other things.
    chatter: bool = False
    #: Garbage instead of a FETCH answer, once.
    garbage: bool = False
    capabilities: bytes = b"IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2"
    special: bytes = b""
    #: Its answer to NAMESPACE.
    namespace: bytes = b""
    #: Mails a token is good for; then BYE, and only the next one (t0, t1 …) is believed.
    token_lives: int = 0
    #: Which tokens are believed, where another server issues them.
    believes: Callable[[str], bool] | None = None
    #: Commands answered after the sign-in, and what is said to all others (None: all are answered).
    serves: int | None = None
    unserved: bytes = b""
    #: Opens no folder before ID was sent.
    wants_id: bool = False
    labels: dict[int, bytes] = field(default_factory=dict)


class HangupError(Exception):
    """Ends a connection without a word."""


class FakeImap:
    """Listens on 127.0.0.1; `mails` maps uid → bytes. A context manager."""

    def __init__(self, mails: dict[int, bytes], script: Script | None = None):
        self.mails, self.script = mails, script or Script()
        self.connections = 0
        self.open = 0
        self.sent: list[int] = []
        self.commands: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._ended = False
        self.token_count = 0

    def __enter__(self) -> "FakeImap":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._socket.close()

    def _accept(self) -> None:
        while not self._ended:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            threading.Thread(
                target=self._serve, args=(connection, self.connections), daemon=True
            ).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        self.open += 1
        stream = connection.makefile("rwb")
        try:
            session = _Session(self, stream.readline, stream, number)
            if self.script.one_connection and self.open > 1:
                session.send(b"* BYE Maximum number of connections from user+IP exceeded\r\n")
                raise HangupError
            session.send(self.script.greeting)
            while session.command():
                continue
        except (HangupError, OSError, ValueError):
            pass  # ours or the client's end of the line: this connection is over
        finally:
            self.open -= 1
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            for thing in (stream, connection):
                with suppress(OSError):
                    thing.close()


class _Session:
    def __init__(
        self, server: FakeImap, readline: Callable[[], bytes], stream: object, number: int
    ):
        self._server, self._readline, self._stream = server, readline, stream
        script = server.script
        self._validity = script.validities[min(number, len(script.validities)) - 1]
        self._count = 0
        self._signed_in = self._identified = False
        self._answered = 0

    def send(self, data: bytes) -> None:
        self._stream.write(data)  # type: ignore[attr-defined]
        self._stream.flush()  # type: ignore[attr-defined]

    def command(self) -> bool:
        line = self._readline()
        if not line:
            return False
        self._server.commands.append(line.strip())
        tag, _, rest = line.strip().partition(b" ")
        word = rest.split(b" ")[0].upper()
        if word == b"UID":
            word = b"UID " + rest.split(b" ")[1].upper()
        time.sleep(self._server.script.delay)
        handler = {
            b"CAPABILITY": self._capability,
            b"AUTHENTICATE": self._authenticate,
            b"LIST": self._list,
            b"STATUS": self._status,
            b"EXAMINE": self._examine,
            b"FETCH": self._numbers,
            b"UID FETCH": self._fetch,
            b"LOGOUT": self._logout,
            b"NOOP": lambda _: b"OK done",
            b"ID": self._id,
            b"NAMESPACE": self._namespace,
        }.get(word)
        script = self._server.script
        if self._signed_in and script.serves is not None and word != b"LOGOUT":
            self._answered += 1
            if self._answered > script.serves:
                self.send(tag + b" " + script.unserved + b"\r\n")
                return True
        answer = handler(rest) if handler else b"BAD unknown"
        self.send(tag + b" " + answer + b"\r\n")
        return word != b"LOGOUT"

    def _capability(self, rest: bytes) -> bytes:
        self.send(b"* CAPABILITY " + self._server.script.capabilities + b"\r\n")
        return b"OK done"

    def _authenticate(self, rest: bytes) -> bytes:
        if self._server.script.throttle:
            self._server.script.throttle -= 1
            return b"NO [UNAVAILABLE] too many connections, try again later"
        if self._server.script.token_lives:
            token = base64.b64decode(rest.split()[-1]).partition(b"Bearer ")[2].rstrip(b"\1")
            believes = self._server.script.believes
            right = (
                believes(token.decode()) if believes else token == b"t%d" % self._server.token_count
            )
            if not right:
                self.send(b"+ eyJzdGF0dXMiOiI0MDEifQ==\r\n")
                self._readline()
                return b"NO AUTHENTICATE failed."
        self._signed_in = True
        if b"XOAUTH2" in rest and b"ZXhwaXJlZ" in rest:
            self.send(b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n")
            self._readline()
            return b"NO [AUTHENTICATIONFAILED] token"
        return b"OK in"

    def _id(self, rest: bytes) -> bytes:
        self._identified = True
        self.send(b"* ID NIL\r\n")
        return b"OK done"

    def _namespace(self, rest: bytes) -> bytes:
        self.send(self._server.script.namespace)
        return b"OK done"

    def _list(self, rest: bytes) -> bytes:
        self.send(b'* LIST (\\HasNoChildren) "." INBOX\r\n')
        if self._server.script.special:
            self.send(self._server.script.special)
        return b"OK done"

    def _status(self, rest: bytes) -> bytes:
        name = rest.split(b'"')[1]
        self.send(b'* STATUS "%s" (MESSAGES %d)\r\n' % (name, len(self._server.mails)))
        return b"OK done"

    def _examine(self, rest: bytes) -> bytes:
        if self._server.script.wants_id and not self._identified:
            return b"NO send ID first"
        self.send(b"* %d EXISTS\r\n" % len(self._server.mails))
        if self._validity:
            self.send(b"* OK [UIDVALIDITY %d] ok\r\n" % self._validity)
        return b"OK [READ-ONLY] done"

    def _logout(self, rest: bytes) -> bytes:
        self.send(b"* BYE bye\r\n")
        return b"OK bye"

    def _numbers(self, rest: bytes) -> bytes:
        first, last = _SET.search(rest).groups()  # type: ignore[union-attr]
        uids = sorted(self._server.mails)
        for number in range(int(first), int(last or first) + 1):
            uid = uids[number - 1]
            items = []
            if b"UID" in rest:
                items.append(b"UID %d" % uid)
            if b"INTERNALDATE" in rest:
                items.append(b'INTERNALDATE "%s"' % DATE)
            if b"RFC822.SIZE" in rest:
                items.append(b"RFC822.SIZE %d" % self._stated(uid))
            self.send(b"* %d FETCH (%s)\r\n" % (number, b" ".join(items)))
        return b"OK done"

    def _fetch(self, rest: bytes) -> bytes:
        script, server = self._server.script, self._server
        uids = sorted(server.mails)
        asked = [
            uid
            for match in _SET.finditer(rest.split(b" ")[2])
            for uid in range(int(match[1]), int(match[2] or match[1]) + 1)
        ]
        if script.refused.intersection(asked):
            return b"NO some of these cannot be had"
        for uid in asked:
            if uid not in server.mails or uid in script.silent:
                continue
            self._mail(uids.index(uid) + 1, uid, server.mails[uid])
        return b"OK done"

    def _stated(self, uid: int) -> int:
        script = self._server.script
        wrong = script.all_sizes or uid in script.wrong_size
        return len(self._server.mails[uid]) + (7 if wrong else 0)

    def _mail(self, number: int, uid: int, data: bytes) -> None:
        script, server = self._server.script, self._server
        if script.garbage:
            script.garbage = False
            self.send(b"* 1 FETCH ((((]]] {\r\n")
        if script.chatter:
            self.send(
                b"* %d FETCH (FLAGS (\\Seen))\r\n* 9999 EXISTS\r\n* OK still here\r\n" % number
            )
        stated = self._stated(uid)
        if uid in script.unstable:
            data += b"%d" % len(server.sent)
        server.sent.append(uid)
        self._count += 1
        label = script.labels.get(uid)
        extra = b" X-GM-LABELS (" + label + b")" if label is not None else b""
        head = (
            b"* %d FETCH (UID %d FLAGS (\\Seen \\Recent) INTERNALDATE "
            b'"%s" RFC822.SIZE %d%s BODY[] {%d}\r\n'
        ) % (number, uid, DATE, stated, extra, len(data) + script.truncate)
        if script.truncate or uid in script.poison:
            script.truncate = 0
            self.send(head + data[: len(data) // 2])
            raise HangupError
        self.send(head + data + b")\r\n")
        if script.token_lives and self._count >= script.token_lives:
            self._server.token_count += 1
            self.send(b"* BYE Session invalidated - AccessTokenExpired\r\n")
            raise HangupError
        if script.drop_after is not None and self._count >= script.drop_after:
            if not script.always:
                script.drop_after = None
            raise HangupError
        if script.bye_after is not None and self._count >= script.bye_after:
            script.bye_after = None
            self.send(b"* BYE [UNAVAILABLE] going down\r\n")
            raise HangupError
