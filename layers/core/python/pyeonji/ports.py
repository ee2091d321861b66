"""What the use cases need from the world. `adapters` make these of AWS, tests of dictionaries."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

from pyeonji.domain.accounts import Account, Company, Mailbox
from pyeonji.domain.audit import AuditRecord, ChainHead
from pyeonji.domain.backups import Backup, Volume
from pyeonji.domain.folders import Folder
from pyeonji.domain.homes import Home, HomeState
from pyeonji.domain.messages import Found, Holder, Marks, Message, Weight
from pyeonji.domain.recovery import RecoverySet
from pyeonji.domain.states import BackupState
from pyeonji.domain.uploads import Totals, Upload

if TYPE_CHECKING:
    from pyeonji.domain.schedules import Schedule
    from pyeonji.imap.conversation import Conversation, Steps
    from pyeonji.imap.replies import Reply

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part of an open multipart upload that has arrived."""

    number: int
    bytes: int
    etag: str


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object in a bucket."""

    key: str
    bytes: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class OpenMultipart:
    """A multipart upload that was neither completed nor aborted."""

    key: str
    upload_id: str
    started: datetime


class MissingObjectError(LookupError):
    """No such object, or no such multipart upload."""


class ChunkClosedError(RuntimeError):
    """The chunk has been counted or given up: its mail may not become more any longer."""


class ObjectStore(Protocol):
    """One bucket. Offsets and sizes in bytes; a missing thing is MissingObjectError."""

    @property
    def name(self) -> str: ...

    def put(self, key: str, data: bytes, *, content_type: str = ...) -> None: ...
    def get(self, key: str) -> bytes: ...
    def read(self, key: str, start: int, length: int) -> bytes: ...
    def size(self, key: str) -> int: ...
    def objects(self, prefix: str) -> Iterator[StoredObject]: ...
    def delete(self, keys: Iterable[str]) -> None: ...
    def open_multipart(self, key: str, *, content_type: str = ...) -> str: ...
    def put_part(self, key: str, upload_id: str, number: int, data: bytes) -> StoredPart: ...
    def copy_part(
        self, key: str, upload_id: str, number: int, source: str, source_key: str,
        start: int, length: int,
    ) -> StoredPart: ...  # fmt: skip
    def parts(self, key: str, upload_id: str) -> list[StoredPart]: ...
    def complete(self, key: str, upload_id: str, parts: Sequence[StoredPart]) -> None: ...
    def abort(self, key: str, upload_id: str) -> None: ...
    def open_multiparts(self, prefix: str) -> Iterator[OpenMultipart]: ...
    def url(self, key: str, *, seconds: int, filename: str) -> str: ...
    def part_url(
        self, key: str, upload_id: str, number: int, *, length: int, seconds: int
    ) -> str: ...


class Downloads(Protocol):
    """Addresses of volumes that last for hours, where the installation has them."""

    def url(self, key: str, *, until: datetime, filename: str) -> str | None:
        """Of the volume's object, to be saved under `filename`, until this instant; None where
        there is nothing but the bucket's own addresses, which last for minutes."""


class Accounts(Protocol):
    """Companies, accounts, mailboxes."""

    def account(self, email: str) -> Account | None: ...
    def company(self, domain: str) -> Company | None: ...
    def put_account(self, account: Account) -> None: ...
    def put_company(self, company: Company) -> None: ...
    def companies(self) -> Iterator[Company]:
        """All of them, by their domain. What was written so is a moment behind."""

    def people(self, domain: str) -> Iterator[Account]:
        """The accounts of a company, by their address. What was written so is a moment behind."""

    def change_account(self, email: str, changes: Mapping[str, object]) -> bool:
        """Only these fields of Account change; False when there is no such account."""

    def set_language(self, email: str, language: str) -> bool:
        """Nothing but the language changes; False when there is no such account."""

    def set_notices(self, email: str, wanted: bool) -> bool:
        """Whether the person wants notices. Who wants them gets them again also after a bounce:
        they say that their address is good. False when there is no such account."""

    def mailboxes(self, email: str) -> list[Mailbox]: ...
    def mailbox(self, email: str, mailbox_id: str) -> Mailbox | None: ...
    def create_mailbox(self, email: str, mailbox: Mailbox) -> bool:
        """False when the path is taken; nothing is written then."""

    def rename_mailbox(self, email: str, was: Mailbox, now: Mailbox) -> bool:
        """Path and special use become those of `now`; False, and nothing written, when the path is
        taken or the mailbox is no longer what it was."""

    def delete_mailbox(self, email: str, mailbox: Mailbox) -> bool:
        """False when there is mail in it by now; nothing is written then."""

    def stop_notices(self, email: str) -> None:
        """After a bounce or complaint: no further notices to this address."""


class Homes(Protocol):
    """Where the mail of companies lives, and how up to date each account is with it."""

    def of(self, domain: str) -> Home:
        """Our own store where nothing was chosen, and for a company nobody knows."""

    def put(self, domain: str, home: Home) -> bool:
        """Nothing but the home changes; False when there is no such company."""

    def state(self, email: str) -> HomeState | None:
        """None before the account was ever looked at."""

    def move(self, state: HomeState, was: HomeState | None) -> bool:
        """Write it where state, run, plan and instant of its last move still are those of `was`
        (None: there was none); False, and nothing written, when they are not."""

    def due(self, until: datetime, after: str | None, limit: int) -> tuple[list[str], str | None]:
        """Accounts that are due at `until`, the longest overdue first, and the cursor after which
        the next begin (None: no more). Eventually consistent."""


class Folders(Protocol):
    """What is known of the folders of connected accounts, one a mailbox."""

    def all(self, account: str) -> list[Folder]: ...
    def put(self, folder: Folder) -> bool:
        """Write it where its revision is one more than what stands there (1: nothing does);
        False, and nothing written, where it is not."""


class Following(Protocol):
    """Mail that follows a connected server: what has changed of a mail that is here."""

    def replace(self, account: str, mailbox_id: str, was: Message, now: Message) -> bool:
        """Write `now`, of the same key, where the item still is `was`."""

    def mark_gone(
        self, account: str, mailbox_id: str, messages: Sequence[Message], at: int
    ) -> None:
        """Mark these as gone since `at` (epoch seconds), and take them off the mailbox's counts and
        weights: of each, both or neither. What is marked already stays as it is."""

    def drop(self, account: str, mailbox_id: str, messages: Sequence[Message]) -> None:
        """Delete the items of gone mail, where they still are what they are here."""


class Secrets(Protocol):
    """Passwords of mail servers. Names are those of `domain.homes`; no value is ever logged."""

    def read(self, name: str) -> str | None: ...
    def write(self, name: str, value: str) -> None:
        """In the place of an older one."""

    def delete(self, name: str) -> None:
        """For good, also when there is none."""


class MailServer(Protocol):
    """A signed-in connection to an account on its company's server, for one thread. What fails is
    HomeError; after `home_dropped`, `home_busy` and `home_unreadable` it is good for nothing."""

    @property
    def conversation(self) -> "Conversation": ...
    @property
    def commands(self) -> int: ...
    @property
    def received_bytes(self) -> int: ...
    @property
    def sent_bytes(self) -> int: ...
    def perform(self, steps: "Steps[_T]") -> _T:
        """Goes through the steps of its conversation."""

    def send(self, *pieces: bytes) -> bytes:
        """Sends one command and returns its tag; `until` reads its replies."""

    def until(self, tag: bytes) -> Iterator["Reply"]:
        """Untagged replies up to the command's own end, which is checked."""

    def close(self) -> None: ...


class MailServers(Protocol):
    """The mail servers of companies."""

    def open(self, home: Home, email: str, secret: str) -> MailServer:
        """Connect, and sign in for the account. Raises HomeError."""


class MailIndex(Protocol):
    """Which message of a mailbox stands where."""

    def holders(self, account: str, mailbox_id: str, keys: Sequence[str]) -> dict[str, Holder]:
        """key -> holder of those of `keys` that the mailbox already holds."""

    def intend(self, upload_id: str, chunk: str, intent: str) -> None:
        """Before mail of a chunk is added: what will be stands written down under this name.

        Raises ChunkClosedError when the chunk takes no more; from then on nothing can be intended.
        """

    def intents(self, upload_id: str) -> list[tuple[str, str]]:
        """(chunk, name) of what an upload intends and has not fulfilled."""

    def fulfil(self, upload_id: str, chunk: str, intent: str) -> None:
        """All of it has been added. Again, it changes nothing."""

    def add(self, account: str, mailbox_id: str, messages: Sequence[Message]) -> dict[str, Holder]:
        """Write those that are not there; key -> holder of those that were there already. Killed,
        any of them may be in."""

    def find(self, account: str, mailbox_id: str, keys: Sequence[str]) -> dict[str, Message]:
        """key -> message, of those of `keys` that the mailbox holds."""

    def marked(self, account: str, mailbox_id: str, marks: Sequence[int]) -> list[Message]:
        """The messages whose digest begins with one of `marks` (see Weight), in no order."""

    def read(
        self, account: str, mailbox_id: str, keep: Callable[[Message], bool] | None = None
    ) -> Iterator[Message]:
        """Every message of a mailbox, in no order; with `keep`, which several threads may ask, only
        those it keeps, and no more than these are ever held."""

    def brought_by(self, account: str, mailbox_id: str, upload_id: str) -> Iterator[Message]:
        """Every message of a mailbox that came with this upload, counted or not, in no order."""

    def weigh(self, account: str, mailbox_id: str) -> Iterator[Weight]:
        """The weight of every message that has been counted, in no order: a thirtieth of what
        `read` reads."""

    def arrivals(self, account: str, mailbox_id: str) -> Iterator[tuple[int, int]]:
        """(received, mark) of the same weights, at a fifth of the cost."""

    def marks(self, account: str, mailbox_id: str) -> Marks:
        """The marks of every message that has been counted; none of them, and not `complete`, where
        there are more than limits.MOST_MARKS."""

    def reserve_uids(self, account: str, mailbox_id: str, count: int) -> int:
        """The first of `count` uids nobody else gets; gaps are allowed, reuse is not."""

    def count_chunk(
        self, account: str, mailbox_id: str, upload_id: str, chunk: str,
        weights: Sequence[Weight], totals: Totals, *, found: Sequence[Found] = ...,
        even_closed: bool = ..., run: Upload | None = ...,
    ) -> bool:  # fmt: skip
        """Add a chunk's mail to the mailbox's counts, and keep its weights and what it found there
        already, once: False when it was counted before, or closed (`even_closed`: not for that).
        It takes no more mail then. `run`: False, too, when this run of the upload has ended: a
        settling that was left behind must not count what the next run has brought in."""

    def found(self, account: str, mailbox_id: str) -> Iterator[tuple[str, Found]]:
        """(upload id, what it found in the mailbox already), of all uploads."""

    def take_out(
        self, account: str, mailbox_id: str, upload_id: str,
        leaving: Sequence[Message], staying: Sequence[tuple[Message, str]],
    ) -> None:  # fmt: skip
        """Take `leaving`, which came with the upload, out of the mailbox and its counts. Those of
        `staying` pass on to the origin beside them, and what the upload found is forgotten.

        Killed anywhere and done again, with what is left then, it comes to the same."""

    def close_chunk(self, upload_id: str, chunk: str) -> None:
        """From now on the chunk takes no more mail, and only who closed it may count it."""

    def counted(self, upload_id: str, chunk: str) -> Totals | None:
        """What `count_chunk` counted; no entries where it counted none, or the chunk is closed and
        not counted yet; None where the chunk still takes mail."""


class Indexing(Protocol):
    """Has search files made, by and by."""

    def ask(self, segments: Sequence[str]) -> None:
        """Those of these segments (S3 keys) that have none; asking twice is making it once."""


class Backups(Protocol):
    """Requests for backups and their volumes. Every change is conditional on the state it leaves:
    a method that returns bool says False when the state was another and nothing was written."""

    def request(self, backup: Backup, limit: int) -> bool:
        """Take a slot and write the request, in one transaction; False when all are taken."""

    def get(self, account: str, backup_id: str) -> Backup | None: ...
    def volumes(self, account: str, backup_id: str) -> list[Volume]: ...
    def volume(self, account: str, backup_id: str, number: int) -> Volume | None: ...
    def all(self, account: str) -> list[tuple[Backup, list[Volume]]]:
        """Newest first."""

    def slots(self, account: str) -> frozenset[str]:
        """The ids of the backups that hold a slot."""

    def move(self, backup: Backup, leaves: frozenset[BackupState]) -> bool:
        """Write the whole item if its state is in `leaves`; frees the slot when the new state
        holds none, in the same transaction."""

    def begin_plan(self, backup: Backup) -> bool:
        """requested or planning -> planning: set state, `plan` and `moved_at`, whatever plan was
        in force before."""

    def put_volume(self, volume: Volume) -> bool:
        """Write a pending volume if its backup is being planned and `volume.plan` is in force."""

    def drop_surplus(self, backup: Backup, volumes: Sequence[Volume]) -> bool:
        """Remove the items of volumes of earlier plans, under the same condition."""

    def finish_plan(self, backup: Backup) -> bool:
        """planning -> exporting, under the same condition: set the state, `moved_at` and what was
        counted."""

    def start_volume(self, account: str, backup_id: str, number: int) -> bool: ...
    def move_volume(self, volume: Volume) -> bool:
        """Write the volume if the state it is in may move to `volume.state`."""

    def mark_downloaded(self, account: str, backup_id: str, number: int, at: datetime) -> None: ...
    def renew(self, backup: Backup, run: int, at: datetime) -> bool:
        """Set `run` and `moved_at` where state and run still are `backup`'s: a rescue's claim."""

    def mark_noticed(self, backup: Backup, at: datetime) -> None:
        """Set `noticed_at` where the state still is `backup`'s; else nothing."""

    def drop_volumes(self, volumes: Sequence[Volume]) -> None:
        """Remove the items of volumes; their backup stays."""

    def delete(self, backup: Backup, volumes: Sequence[Volume]) -> None:
        """Remove the items and free the slot, in one transaction or so that it can be repeated."""


class Uploads(Protocol):
    """ZIPs people send; the same conditions as Backups."""

    def create(self, upload: Upload) -> None: ...
    def get(self, account: str, upload_id: str) -> Upload | None: ...
    def all(self, account: str) -> list[Upload]:
        """Newest first."""

    def move(self, upload: Upload, was: Upload) -> bool:
        """Write the whole item if its state and attempt still are those of `was`."""

    def renew(self, upload: Upload, run: int, at: datetime) -> bool:
        """As Backups.renew; the attempt must be the same too."""

    def mark_noticed(self, upload: Upload, at: datetime) -> None:
        """Set `noticed_at` where state and attempt still are `upload`'s; else nothing."""

    def mark_zip_gone(self, upload: Upload) -> None:
        """Set `kept` to False where the state still is `upload`'s."""

    def delete(self, upload: Upload) -> None: ...
    def add_settled(self, upload: Upload, chunk: str, entries: int) -> None:
        """Count a chunk's entries into the progress, once, where state and attempt still are
        `upload`'s."""


class Schedules(Protocol):
    """Backups that make themselves, one schedule an account at most."""

    def get(self, account: str) -> "Schedule | None": ...
    def put(self, schedule: "Schedule") -> None:
        """In the place of an older one."""

    def move(self, schedule: "Schedule", was: "Schedule") -> bool:
        """Write it where nobody has set another, or moved it, since `was`; else False."""

    def delete(self, account: str) -> bool:
        """False when there was none."""


class Machines(Protocol):
    """The state machines. An execution is named by what it does: starting twice is one start."""

    def start_backup(self, name: str, payload: Mapping[str, object]) -> None: ...
    def start_upload(self, name: str, payload: Mapping[str, object]) -> None: ...
    def start_sync(self, name: str, payload: Mapping[str, object]) -> None: ...
    def stop_backup(self, name: str, reason: str) -> None: ...
    def stop_upload(self, name: str, reason: str) -> None: ...
    def backup_running(self, name: str) -> bool: ...
    def upload_running(self, name: str) -> bool: ...
    def sync_running(self, name: str) -> bool: ...


class NotSentError(RuntimeError):
    """The mail service refused a notice: it has certainly not gone out. The message is a code."""


class Mailer(Protocol):
    """Sends one notice."""

    def send(self, to: str, subject: str, text: str, html: str) -> None:
        """Raises NotSentError on a refusal; any other error leaves it open whether it went."""


#: A claim not settled after this long was its maker's last act: another may send the notice. The
#: function that sends has a minute; so twice is next to impossible, and never is impossible.
CLAIM_LIFE = timedelta(minutes=15)


class NoticeClaim(StrEnum):
    """What came of asking to be the one who sends a notice."""

    OURS = "ours"
    #: Somebody is sending it now, or died trying; worth asking again later.
    HELD = "held"
    DONE = "done"


class Notices(Protocol):
    """Which notices have gone out: a claim, so that two deliveries send one mail."""

    def claim(self, request_id: str, kind: str, now: datetime) -> NoticeClaim:
        """OURS also when another's claim is older than CLAIM_LIFE and not settled."""

    def settle(self, request_id: str, kind: str, outcome: str, now: datetime) -> None:
        """Record the end, `sent`, `stopped` or `undeliverable`: every later claim is DONE."""

    def release(self, request_id: str, kind: str) -> None:
        """Give a claim back after a refusal: the next try need not wait for it to age."""


class DueKind(StrEnum):
    """What a row of the due index points at."""

    BACKUP = "backup"
    VOLUME = "volume"
    UPLOAD = "upload"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class DuePointer:
    """Something retention must look at. `id` is the backup's or upload's; `number` a volume's."""

    kind: DueKind
    account: str
    id: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class DuePage:
    """Some of a day's rows, and the cursor after which the next begin (None: no more)."""

    pointers: tuple[DuePointer, ...]
    after: str | None


class DueIndex(Protocol):
    """When retention must look at what (see domain.due), a partition a UTC day."""

    def due(self, day: date, until: datetime, after: str | None, limit: int) -> DuePage:
        """Rows of `day` that are due at `until`, the earliest first. Eventually consistent."""

    def cursor(self) -> date | None:
        """The oldest day that may still hold rows; None before the first run."""

    def put_cursor(self, day: date) -> None: ...


@dataclass(frozen=True, slots=True)
class Session:
    """Tokens of a signed-in person, or the challenge that stands before them."""

    id_token: str = ""
    access_token: str = ""
    refresh_token: str = ""
    expires_in: int = 0
    challenge: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """Whom an access token is for, and whether a code is asked for when they sign in."""

    email: str
    totp_enabled: bool


class Identity(Protocol):
    """The user pool. A refusal is NotAuthorizedError: `wrong_credentials`, `wrong_code`,
    `session_expired`, `too_many_attempts`, `password_must_change`, `sign_in_unsupported`."""

    def sign_in(self, email: str, password: str) -> Session:
        """Tokens, or the challenge `totp` or `new_password`."""

    def answer_totp(self, email: str, session: str, code: str) -> Session: ...
    def set_first_password(self, email: str, session: str, password: str) -> Session:
        """Tokens, or the challenge `totp`. UnprocessableError `password_too_weak`,
        `password_used_before`."""

    def refresh(self, refresh_token: str) -> Session: ...
    def sign_out(self, refresh_token: str) -> None: ...
    def sign_out_everywhere(self, access_token: str) -> None:
        """Every refresh and access token of the person is worthless from now on."""

    def login(self, access_token: str) -> Login: ...
    def begin_totp(self, access_token: str) -> str:
        """The secret, base32, to be shown once. Until it is confirmed the old one, if there is
        one, stays in force."""

    def confirm_totp(self, access_token: str, code: str) -> None: ...
    def check_code(self, access_token: str, code: str) -> None:
        """That `code` is one of the second factor in force; `wrong_code` where it is not."""

    def end_totp(self, email: str) -> None:
        """No code is asked for any more. For any address: the caller has checked who asks."""


class Logins(Protocol):
    """Who can sign in at all: the user pool as its operator has it."""

    def create(self, email: str) -> bool:
        """A login without a password; False when there is one already."""

    def set_password(self, email: str, password: str, *, permanent: bool) -> None:
        """Not permanent: another one is asked for at the first sign-in. UnprocessableError
        `password_too_weak`; NotFoundError `account`."""


class Audit(Protocol):
    """Who did what, a chain an account (`domain.audit`). Nothing here changes or removes."""

    def head(self, account: str) -> ChainHead | None: ...
    def append(self, record: AuditRecord) -> bool:
        """Write it behind the head it was made for; False when that is no longer the head."""

    def newest(self, account: str, before: int | None, limit: int) -> list[AuditRecord]:
        """Newest first, of numbers below `before`."""

    def all(self, account: str) -> Iterator[AuditRecord]:
        """What is kept, oldest first."""

    def accounts(self, domain: str) -> list[str]:
        """Whoever in the company has a chain, in the order of their addresses."""


class Attempts(Protocol):
    """Counters of wrong tries, each for a window of time, and the codes that were used."""

    def take(self, key: str, start: datetime, most: int, window: timedelta) -> bool:
        """Count one try into the window of `key` that began at `start`; False, and nothing is
        counted, when `most` are in it already."""

    def give_back(self, key: str, start: datetime) -> None:
        """Take one try off again."""

    def use(self, email: str, digest: str, now: datetime, until: datetime) -> bool:
        """Mark a code as used until `until`; False when it is marked at `now`."""

    def release(self, email: str, digest: str) -> None:
        """Take the mark off again."""


class RecoveryCodes(Protocol):
    """The recovery codes of an account, one set at most."""

    def get(self, email: str) -> RecoverySet | None: ...
    def put(self, email: str, codes: RecoverySet) -> None:
        """In the place of an older set."""

    def use(self, email: str, digest: str) -> bool:
        """Strike a code out; False when it is not, or no longer, in the set."""

    def delete(self, email: str) -> None: ...


@dataclass(frozen=True, slots=True)
class CensusTaken:
    """Everything the table holds, as one scan found it; changes meanwhile may be half in it.

    `counted` is what the index holds of a mailbox, (messages, bytes), by (account, mailbox id);
    `segments` are the keys the index points at.
    """

    backups: Mapping[tuple[str, str], Backup]
    volumes: Sequence[Volume]
    uploads: Mapping[tuple[str, str], Upload]
    slots: Mapping[str, frozenset[str]]
    mailboxes: Mapping[tuple[str, str], Mailbox]
    counted: Mapping[tuple[str, str], tuple[int, int]]
    segments: frozenset[str]


class Census(Protocol):
    """Reading the whole table, and mending it; for reconciliation only. Every mending is
    conditional on what made it necessary, and says False when that is no longer so."""

    def take(self) -> CensusTaken: ...
    def free_slot(self, account: str, backup_id: str) -> bool:
        """Give back the slot of a backup that is gone or holds none."""

    def hold_slot(self, account: str, backup_id: str) -> bool:
        """Take the slot of a backup that lives without one, whatever the limit."""

    def set_counts(self, account: str, was: Mailbox, messages: int, size: int) -> bool:
        """Put a mailbox's counts right, if they still are what `was` says."""

    def drop_volume(self, volume: Volume) -> bool:
        """Remove a volume whose backup is gone."""
