"""An IMAP server in memory, spoken to in IMAP: what it holds is a dictionary, what it does wrong a
test says. It answers `adapters.imap.ImapServer`, which knows nothing of it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pyeonji.adapters.imap import ImapServer
from pyeonji.domain.errors import HomeError
from pyeonji.domain.homes import Home
from pyeonji.imap import lexer
from pyeonji.imap.keeping import internal_date
from pyeonji.ports import MailServer

_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")
#: Of a server of today.
CAPABILITIES = (
    b"IMAP4rev1 SASL-IR AUTH=PLAIN NAMESPACE SPECIAL-USE LIST-EXTENDED UIDPLUS LITERAL+ ESEARCH "
    b"CONDSTORE"
)


@dataclass
class HeldMail:
    data: bytes
    flags: tuple[str, ...]
    received: datetime
    modseq: int


@dataclass
class HeldFolder:
    validity: int
    next_uid: int = 1
    use: bytes = b""
    identity: str = ""
    mails: dict[int, HeldMail] = field(default_factory=dict)
    modseq: int = 1

    def add(
        self, data: bytes, *flags: str, received: datetime = datetime(2026, 3, 1, 9, tzinfo=UTC)
    ) -> int:
        uid = self.next_uid
        self.next_uid += 1
        self.modseq += 1
        self.mails[uid] = HeldMail(data, flags, received, self.modseq)
        return uid

    def flag(self, uid: int, *flags: str) -> None:
        self.modseq += 1
        self.mails[uid].flags = flags
        self.mails[uid].modseq = self.modseq

    def expunge(self, uid: int) -> None:
        self.modseq += 1
        del self.mails[uid]


class MemoryServer:
    """One account. `before` is called with each command before it is answered: it may change what
    is held, or raise HomeError, which is how a line breaks. `refuses`: why APPEND is refused."""

    def __init__(self, capabilities: bytes = CAPABILITIES) -> None:
        self.capabilities = capabilities
        self.folders: dict[str, HeldFolder] = {"INBOX": HeldFolder(7)}
        self.password = "secret"
        self.commands: list[bytes] = []
        self.sent = 0
        self.open_lines = 0
        self.most_lines = 0
        self.limit = 100
        self.before: Callable[[bytes], None] = lambda command: None
        #: Called with each mail that is given out.
        self.giving: Callable[[int], None] = lambda uid: None
        self.refuses: Callable[[bytes], bytes | None] = lambda message: None
        self.reading_limit = 150 * 1024 * 1024

    @property
    def inbox(self) -> HeldFolder:
        return self.folders["INBOX"]

    def add_folder(
        self, name: str, validity: int, use: bytes = b"", identity: str = ""
    ) -> HeldFolder:
        self.folders[name] = HeldFolder(validity, use=use, identity=identity)
        return self.folders[name]

    def open(self, home: Home, secret: str) -> MailServer:
        if self.open_lines >= self.limit:
            raise HomeError("home_busy", said="too many connections")
        server = ImapServer(_MemoryLine(self), home, self.reading_limit)  # type: ignore[arg-type]
        server.greet()
        server.sign_in("kim@acme.example", secret, token=False)
        return server


class _MemoryLine:
    """One connection: `adapters.imap._Line`, with the server behind it."""

    def __init__(self, server: MemoryServer) -> None:
        self._server = server
        self._in = b""
        self._out = bytearray(b"* OK ready\r\n")
        self._folder: str | None = None
        self._numbers: list[int] = []
        self._broken = False
        self._answers: Iterator[bytes] = iter(())
        self.received = self.sent = 0
        self._closed = False
        server.open_lines += 1
        server.most_lines = max(server.most_lines, server.open_lines)

    def protect(self) -> None: ...
    def settle(self) -> None: ...

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._server.open_lines -= 1

    def send(self, data: bytes) -> None:
        if self._broken:
            raise HomeError("home_dropped")
        self.sent += len(data)
        self._in += data

    def some(self) -> bytes:
        if not self._out:
            self._work()
        if not self._out:
            raise HomeError("home_dropped" if self._broken else "home_unreadable")
        data = bytes(self._out)
        self._out.clear()
        self.received += len(data)
        self._server.sent += len(data)
        return data

    def _work(self) -> None:
        """One answer, or the next command that is all there."""
        if self._broken:
            return
        try:
            for answer in self._answers:
                self._out += answer
                return
            command = self._next()
            if command is not None:
                self._answers = self._answer(*command)
                self._work()
        except HomeError:
            self._broken = True
            self.close()

    def _next(self) -> tuple[bytes, bytes, list[bytes]] | None:
        """(tag, line, literals)."""
        rest, line, literals = self._in, b"", []
        while True:
            end = rest.find(b"\r\n")
            if end < 0:
                return None
            part, rest = rest[: end + 2], rest[end + 2 :]
            match = _LITERAL.search(part)
            if match is None:
                line += part[:-2]
                self._in = rest
                tag, _, command = line.partition(b" ")
                return tag, command, literals
            size = int(match[1])
            if not match[2] and len(rest) < size + 2 and not self._out:
                self._out += b"+ go on\r\n"
                return None
            if len(rest) < size:
                return None
            line += part[: match.start()] + b"{}"
            literals.append(rest[:size])
            rest = rest[size:]

    def _answer(self, tag: bytes, command: bytes, literals: list[bytes]) -> Iterator[bytes]:
        server = self._server
        server.commands.append(command)
        server.before(command)
        word = command.split(b" ", 1)[0].upper()
        if word == b"UID":
            word = b"UID_" + command.split(b" ", 2)[1].upper()
        handler = getattr(self, f"_{word.decode().lower()}", None)
        if handler is None:
            yield tag + b" BAD unknown\r\n"
            return
        end = b"OK done"
        for answer in handler(command, literals):
            if answer.startswith(b"!"):
                end = answer[1:]
            else:
                yield answer + b"\r\n"
        yield tag + b" " + end + b"\r\n"

    def _capability(self, command: bytes, literals: list[bytes]) -> Iterator[bytes]:
        yield b"* CAPABILITY " + self._server.capabilities

    def _noop(self, command: bytes, literals: list[bytes]) -> Iterator[bytes]:
        yield from ()

    def _logout(self, command: bytes, literals: list[bytes]) -> Iterator[bytes]:
        yield b"* BYE"

    def _authenticate(self, command: bytes, literals: list[bytes]) -> Iterator[bytes]:
        import base64

        secret = base64.b64decode(command.split(b" ")[2]).split(b"\0")[-1].decode()
        if secret != self._server.password:
            yield b"!NO [AUTHENTICATIONFAILED] wrong password"

    def _namespace(self, command: bytes, literals: list[bytes]) -> Iterator[bytes]:
        yield b'* NAMESPACE (("" "/")) NIL NIL'

    def _list(self, command: bytes, literals: list[bytes]) -> Iterator[bytes]:
        for name, folder in self._server.folders.items():
            yield b'* LIST (%s) "/" "%s"' % (folder.use, lexer.encode_name(name))

    def _named(self, command: bytes) -> tuple[str, HeldFolder | None]:
        name = lexer.decode_name(re.findall(rb'"([^"]*)"', command)[0])
        return name, self._server.folders.get(name)

    def _status(self, command: bytes, literals: list[bytes]) -> Iterator[bytes]:
        name, folder = self._named(command)
        if folder is None:
            yield b"!NO [NONEXISTENT] gone"
            return
        items = (
            b"MESSAGES %d UIDNEXT %d UIDVALIDITY %d UNSEEN %d" % (
                len(folder.mails), folder.next_uid, folder.validity,
                sum("\\Seen" not in mail.flags for mail in folder.mails.values()),
            )
        )  # fmt: skip
        if b"HIGHESTMODSEQ" in command:
            items += b" HIGHESTMODSEQ %d" % folder.modseq
        if b"MAILBOXID" in command:
            items += b" MAILBOXID (%s)" % folder.identity.encode()
        yield b'* STATUS "%s" (%s)' % (lexer.encode_name(name), items)

    def _examine(self, command: bytes, literals: list[bytes]) -> Iterator[bytes]:
        name, folder = self._named(command)
        if folder is None:
            yield b"!NO [NONEXISTENT] gone"
            return
        self._folder = name
        self._numbers = sorted(folder.mails)
        yield b"* %d EXISTS" % len(folder.mails)
        yield b"* OK [UIDVALIDITY %d] yes" % folder.validity
        yield b"* OK [UIDNEXT %d] yes" % folder.next_uid
        if b"CONDSTORE" in self._server.capabilities:
            yield b"* OK [HIGHESTMODSEQ %d] yes" % folder.modseq

    def _create(self, command: bytes, literals: list[bytes]) -> Iterator[bytes]:
        name, folder = self._named(command)
        if folder is not None:
            yield b"!NO [ALREADYEXISTS] there"
        else:
            self._server.folders[name] = HeldFolder(100 + len(self._server.folders))

    def _append(self, command: bytes, literals: list[bytes]) -> Iterator[bytes]:
        _, folder = self._named(command)
        if folder is None:
            yield b"!NO [TRYCREATE] gone"
            return
        refusal = self._server.refuses(literals[-1])
        if refusal is not None:
            yield b"!NO " + refusal
            return
        flags = re.search(rb"\(([^)]*)\)", command)
        dates = re.findall(rb'"([^"]*)"', command)[1:]
        received = lexer.internal_date(dates[0]) if dates else None
        uid = folder.add(
            literals[-1],
            *(flags[1].decode().split() if flags else ()),
            received=received or datetime(2026, 6, 1, tzinfo=UTC),
        )
        self._server.before(b"APPENDED")
        yield b"!OK [APPENDUID %d %d] done" % (folder.validity, uid)

    def _uid_search(self, command: bytes, literals: list[bytes]) -> Iterator[bytes]:
        assert self._folder is not None
        uids = sorted(self._server.folders[self._folder].mails)
        if b"RETURN" in command:
            yield b'* ESEARCH (TAG "x") UID' + (b" ALL " + lexer.uid_set(uids) if uids else b"")
        else:
            yield b"* SEARCH " + b" ".join(b"%d" % uid for uid in uids)

    def _fetch(self, command: bytes, literals: list[bytes]) -> Iterator[bytes]:
        wanted = command.split(b" ")[1].split(b":")
        for number in range(int(wanted[0]), int(wanted[-1]) + 1):
            if number <= len(self._numbers):
                yield b"* %d FETCH (UID %d)" % (number, self._numbers[number - 1])

    def _uid_fetch(self, command: bytes, literals: list[bytes]) -> Iterator[bytes]:
        assert self._folder is not None
        folder = self._server.folders.get(self._folder)
        if folder is None:
            yield b"!NO gone"
            return
        since = re.search(rb"CHANGEDSINCE (\d+)", command)
        for uid in _uids(command.split(b" ")[2], sorted(folder.mails)):
            mail = folder.mails.get(uid)
            if mail is None or (since and mail.modseq <= int(since[1])):
                continue
            items = b"UID %d FLAGS (%s)" % (uid, " ".join(mail.flags).encode())
            if b"RFC822.SIZE" in command:
                items += b" RFC822.SIZE %d" % len(mail.data)
            if b"INTERNALDATE" in command:
                items += b' INTERNALDATE "%s"' % internal_date(mail.received)
            if b"BODY.PEEK[]" in command:
                self._server.giving(uid)
                items += b" BODY[] {%d}\r\n%s" % (len(mail.data), mail.data)
            yield b"* %d FETCH (%s)" % (uid, items)


def _uids(wanted: bytes, there: list[int]) -> list[int]:
    found: list[int] = []
    for part in wanted.split(b","):
        first, _, last = part.partition(b":")
        end = (there[-1] if there else 0) if last == b"*" else int(last or first)
        low, high = sorted((int(first), end))
        found += [uid for uid in there if low <= uid <= high]
    return sorted(set(found))
