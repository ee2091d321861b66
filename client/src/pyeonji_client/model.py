"""What sources, packing and faces hand each other. Sizes in bytes, instants aware and in UTC."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

#: A mail larger than this is listed, not fetched: the service takes none (MessageLimitBytes).
MAIL_LIMIT = 150 * 1024 * 1024
#: What tells a download folder of ours from a folder with mail: the journal's file.
OWN_FILE = "pyeonji-journal.sqlite"
#: How an mbox keeps mails apart (`pyeonji.mime.mbox`); `auto` finds out.
DIALECTS = ("auto", "mboxo", "mboxrd", "mboxcl", "mboxcl2")


class SourceKind(StrEnum):
    """Where mail can come from."""

    imap = "imap"
    pop3 = "pop3"
    mbox = "mbox"
    maildir = "maildir"
    eml = "eml"
    pst = "pst"
    zip = "zip"


class Security(StrEnum):
    """How the connection is protected."""

    tls = "tls"
    starttls = "starttls"
    none = "none"


class Auth(StrEnum):
    """How the account is proved: a password, an OAuth 2 access token that somebody types in, or
    the browser (`pyeonji_client.oauth`), of which the refresh token is kept."""

    password = "password"  # noqa: S105 - the name of a way, not a secret
    xoauth2 = "xoauth2"
    browser = "browser"


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """A source without its secret, as it stands in the journal.

    `path` is for files; the rest is for imap and pop3. `folders` are the names
    to fetch as the source spells them, empty for the source's own sensible choice. `into` is the
    mailbox path that a source without folders of its own (POP3) fills.
    """

    kind: SourceKind
    host: str = ""
    port: int = 0
    security: Security = Security.tls
    auth: Auth = Auth.password
    user: str = ""
    path: str = ""
    dialect: str = "auto"
    folders: tuple[str, ...] = ()
    into: str = ""
    labels: bool = True
    ca_file: str = ""
    #: Seconds of silence. A server may look at a folder of 100,000 mails for a minute.
    timeout: float = 180.0
    preset: str = ""
    #: Folders not to fetch, with what is below them; by either spelling.
    without: tuple[str, ...] = ()
    #: Days (2024-01-31) between which a mail was received, both included; "" for no bound.
    since: str = ""
    until: str = ""
    #: Bytes of the largest mail that is fetched; 0 for no bound but `MAIL_LIMIT`.
    largest: int = 0
    #: With `Auth.browser`: whose browser page signs in (`oauth.providers`).
    oauth: str = ""
    #: "" is the system's proxy, `none` no proxy, else `http://…` or `socks5://…`.
    proxy: str = ""
    #: POP3: sign out and in again for what the server shows later (it may then change things).
    sessions: bool = False
    #: POP3: try, with one mail and a QUIT, whether the server shows everything (`pop3_proof`).
    proof: bool = True

    @property
    def selective(self) -> bool:
        """True when not every mail of a folder is wanted."""
        return bool(self.since or self.until or self.largest)

    @property
    def remote(self) -> bool:
        """True for a server, False for files."""
        return self.kind in (SourceKind.imap, SourceKind.pop3)


@dataclass(frozen=True, slots=True)
class Folder:
    """One mailbox of a source. `name` is the source's own spelling, `path` a person's.

    `messages` and `size` are None until surveyed, `size` also where asking would cost too much.
    `chosen` says whether it is fetched when nobody chose. `owner`: own, other (another person's)
    or shared.
    """

    name: str
    path: str
    special_use: str | None = None
    messages: int | None = None
    size: int | None = None
    chosen: bool = True
    owner: str = "own"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as the source gave it, byte for byte.

    `received` is a date the source vouches for (IMAP INTERNALDATE); `member_time` one that is
    better than nothing (a file's time). `path` is the mailbox it goes to. `note` is a code of
    `texts.reasons` when something about it deserves telling.
    """

    key: str
    data: bytes
    path: str
    special_use: str | None = None
    received: datetime | None = None
    member_time: datetime | None = None
    flags: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    note: str | None = None
    #: IMAP only: the UID, and what it counts from. Another validity means other keys.
    uid: int | None = None
    validity: str = ""
    #: Where the next mail starts, for sources that are read front to back (mbox).
    following: int | None = None
    #: What the source says of it (size, date); another mark under the same key is another mail.
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """A mail the source speaks of and does not hand over. `reason` is a code of `texts.reasons`."""

    key: str
    reason: str
    detail: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that was counted another way and did not come out the same, or was passed over.

    `code` names a sentence of `texts.reasons.DOUBTS`, which says what to do; `facts` fill it in.
    """

    code: str
    facts: dict[str, str | int] = field(default_factory=dict)


class Secret(Protocol):
    """Where tokens come from that run out."""

    def __call__(self, spent: str = "") -> str:
        """A token; another one than `spent`, which was refused. Raises TokenError."""
        ...


@dataclass(frozen=True, slots=True)
class LastRead:
    """The last mail of a folder that is in the journal: where the next begins, what it was."""

    key: str
    digest: bytes
    following: int


class Seen(Protocol):
    """What a source may ask about the mails of one folder that are already safe."""

    def known(self, keys: Sequence[str], marks: Sequence[str | None] | None = None) -> set[str]:
        """Those of `keys` that need not be fetched again. `marks`: what the source says of each
        now; one that differs from what is kept is another mail."""
        ...

    def empty(self) -> bool:
        """True when nothing of the folder is safe yet."""
        ...

    def holder(self, data: bytes) -> str | None:
        """The key under which a mail of these bytes was kept before, if one was."""
        ...

    def last(self) -> LastRead | None:
        """The last one read, for sources that are read front to back."""
        ...


class Source(Protocol):
    """A place mail comes from. Reads only: nothing there is ever changed."""

    def folders(self) -> list[Folder]:
        """Every mailbox, without counts. Connects if need be."""
        ...

    def survey(self, folder: Folder) -> Folder:
        """`folder` with its counts."""
        ...

    def mails(self, folder: Folder, seen: Seen) -> Iterator[Mail | Lost | Doubt]:
        """Every mail of `folder` that `seen` does not know, and what is odd about the folder.
        May be called again after an error."""
        ...

    def doubts(self) -> Iterator[Doubt]:
        """What is odd about the source as a whole: files that look like mail and were not read."""
        ...

    def careful(self) -> None:
        """Ask for one mail at a time from now on: something breaks when asked for many."""
        ...

    def close(self) -> None:
        """Let go of the connection or files."""
        ...


@dataclass(slots=True)
class NothingSeen:
    """A `Seen` for a folder of which nothing was read yet."""

    def known(self, keys: Sequence[str], marks: Sequence[str | None] | None = None) -> set[str]:
        """None of them."""
        return set()

    def empty(self) -> bool:
        """Always True."""
        return True

    def holder(self, data: bytes) -> str | None:
        """Always None."""
        return None

    def last(self) -> LastRead | None:
        """Always None."""
        return None
