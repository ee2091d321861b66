"""A ZIP somebody sends, and the ledger of what became of every entry."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pyeonji.domain.states import UploadState


class Outcome(StrEnum):
    """What became of an entry."""

    IMPORTED = "imported"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    IGNORED = "ignored"


#: Mail is keyed by the digest of its bytes with CRLF line ends (`mime.sameness`).
MAIL_KEYS = 2


class Folders(StrEnum):
    """What the folders of a ZIP become: nothing (one mailbox takes all its mail), or mailboxes."""

    ONE = "one"
    FROM_ZIP = "from_zip"


class OnDuplicate(StrEnum):
    """What to do with a mail the mailbox already holds."""

    SKIP = "skip"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a ledger. `entries` is their sum, always."""

    imported: int = 0
    duplicate: int = 0
    rejected: int = 0
    ignored: int = 0

    @property
    def entries(self) -> int:
        """Every row of the ledger."""
        return self.imported + self.duplicate + self.rejected + self.ignored

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.imported + other.imported,
            self.duplicate + other.duplicate,
            self.rejected + other.rejected,
            self.ignored + other.ignored,
        )

    def to_json(self) -> dict[str, int]:
        """The shape of the contract."""
        return {
            "entries": self.entries,
            "imported": self.imported,
            "duplicate": self.duplicate,
            "rejected": self.rejected,
            "ignored": self.ignored,
        }


@dataclass(slots=True)  # frozen takes twice as long to make, and one is made for each mail
class LedgerRow:
    """One entry's end. `index` is its place in the ZIP's directory; `date` is RFC 3339; `stored`
    is what an imported mail takes packed, in bytes, `mark` and `like` are its Weight's. `note`,
    one of reasons.ENTRY_NOTES, is what a person should know of an imported mail; of one that
    resembles another, `resembles` is that one's key and `resembles_name` what it is called.
    `digest` is that of the mail of which a duplicate was found, hex. `delivered` is the key of a
    mail that was put on a connected server; `said` that server's words for one it refused."""

    index: int
    name: str
    outcome: Outcome
    reason: str | None
    bytes: int
    subject: str | None = None
    date: str | None = None
    date_from: str | None = None
    stored: int | None = None
    mark: int | None = None
    like: int | None = None
    note: str | None = None
    resembles: str | None = None
    resembles_name: str | None = None
    digest: str | None = None
    delivered: str | None = None
    said: str | None = None


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """A volume of a backup that is read as an upload's ZIP: `bytes` long, and mail of a mailbox."""

    number: int
    bytes: int
    mailbox_id: str


@dataclass(frozen=True, slots=True)
class Source:
    """The volumes of one backup that an upload brings back, where they stand."""

    backup_id: str
    volumes: tuple[BroughtBack, ...]


@dataclass(frozen=True, slots=True)
class Upload:
    """One ZIP into one mailbox, or into one for each of its folders, below the mailbox if there is
    one; or volumes of a backup, back into their mailboxes. `entries` is what its directory lists
    (of volumes: their directories), known once inspected."""

    id: str
    account: str
    state: UploadState
    filename: str
    bytes: int
    #: "" for an upload whose folders become mailboxes of their own, below none.
    mailbox_id: str
    mailbox_path: str
    on_duplicate: OnDuplicate
    created_at: datetime
    #: S3's id of the multipart upload the parts go to.
    multipart_id: str
    part_bytes: int
    parts: int
    entries: int | None = None
    #: Entries whose fate is in the ledger so far: the numerator of the progress.
    settled: int = 0
    totals: Totals = field(default_factory=Totals)
    failure: str | None = None
    #: The fact a failure's sentence needs: of `other_archive`, which kind it is.
    failure_kind: str | None = None
    received_at: datetime | None = None
    finished_at: datetime | None = None
    purge_at: datetime | None = None
    moved_at: datetime | None = None
    #: 1 for the first run; a retry counts it up and names its execution and ledgers by it.
    attempt: int = 1
    #: False once the ZIP itself has been deleted; the ledger stays.
    kept: bool = True
    #: When a retry began; None for the first attempt, which begins when the ZIP was received.
    begun_at: datetime | None = None
    folders: Folders = Folders.ONE
    #: How its mail is keyed: 1, which 1.0.0 has begun uploads with, by the digest of the bytes.
    mail_keys: int = MAIL_KEYS
    #: Which execution of this attempt: a rescue repeats the same attempt, and writes the same.
    run: int = 1
    #: When its end (completed or failed) was told to the person, or found not to be told.
    noticed_at: datetime | None = None
    #: What is read instead of a ZIP that was sent; such an upload has no parts.
    source: Source | None = None
    #: Which of its ledgers is the one in force (`usecases.uploads.ledger`): that of the settling
    #: that ended its latest ended attempt. Empty before, and where it ended before they had names.
    ledger: str = ""

    @property
    def execution(self) -> str:
        """The name its machine runs under now: `<id>-<attempt>`, rescued `<id>-<attempt>-2`; while
        it is undone `<id>-undo`."""
        undoing = self.state is UploadState.UNDOING
        name = f"{self.id}-undo" if undoing else f"{self.id}-{self.attempt}"
        return name if self.run == 1 else f"{name}-{self.run}"


def upload_key(account: str, upload_id: str) -> str:
    """Where the ZIP stands in the upload bucket."""
    return f"uploads/{account}/{upload_id}.zip"


def owner_of_upload_key(key: str) -> tuple[str, str] | None:
    """(account, upload id) of a key made by `upload_key`; None for any other."""
    match = _UPLOAD_KEY.fullmatch(key)
    return (match[1], match[2]) if match else None


# An address may have a slash in it (RFC 5322, 3.2.3).
_UPLOAD_KEY = re.compile(r"uploads/(.+)/([^/]+)\.zip")


def ledger_prefix(upload_id: str) -> str:
    """What the ledgers of an upload are kept under in the work bucket."""
    return f"ledgers/{upload_id}/"


def delivery_prefix(upload_id: str) -> str:
    """What deliveries to a connected server are written down under before they begin."""
    return f"{ledger_prefix(upload_id)}delivery-"


def delivery_key(upload_id: str, chunk: str) -> str:
    """That of one chunk."""
    return f"{delivery_prefix(upload_id)}{chunk}.json"


def chunk_prefix(upload_id: str) -> str:
    """What the chunk lists of an upload are kept under in the work bucket."""
    return f"chunks/{upload_id}/"
