"""A request for a backup, and the volumes it becomes."""

import re
from dataclasses import dataclass
from datetime import datetime

from pyeonji.domain.periods import Period, Span
from pyeonji.domain.states import BackupState, VolumeState


@dataclass(frozen=True, slots=True)
class ChosenMailbox:
    """A mailbox as it was called when it was chosen."""

    id: str
    path: str


@dataclass(frozen=True, slots=True)
class Backup:
    """One request: mailboxes x period -> volumes. Counts are None until it was planned."""

    id: str
    account: str
    state: BackupState
    mailboxes: tuple[ChosenMailbox, ...]
    period: Period
    span: Span
    volume_bytes: int
    requested_at: datetime
    messages: int = 0
    bytes: int = 0
    volumes: int = 0
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    purge_at: datetime | None = None
    failure: str | None = None
    #: When the request was last seen to move: a rescue looks at it.
    moved_at: datetime | None = None
    #: Which execution of the machine this is: a rescue counts it up, see `execution`.
    run: int = 1
    #: When its end (ready or failed) was told to the person, or found not to be told.
    noticed_at: datetime | None = None
    #: Only the mails that this search finds (docs/search.md); None is all of them.
    query: str | None = None
    #: The plan in force, by its token: each try to plan draws one of its own, and only the last
    #: that did may write volumes. Empty until then, and in what was planned before tokens were.
    plan: str = ""
    #: Of a connected account: it is brought up to date first.
    collects: bool = False
    #: All mailboxes were asked for: also those that are seen only when it is collected.
    everything: bool = False
    #: With the mail that is gone from the connected server.
    include_gone: bool = False
    #: Made by the account's schedule, and which of its backups this one follows: what came since.
    scheduled: bool = False
    follows: str | None = None

    @property
    def payload(self) -> dict[str, object]:
        """What its machine is started with."""
        payload: dict[str, object] = {"account": self.account, "backup_id": self.id}
        return payload | {"collect": True} if self.collects else payload

    @property
    def execution(self) -> str:
        """The name its machine runs under now: the id, and after a rescue `<id>-2` and so on."""
        return self.id if self.run == 1 else f"{self.id}-{self.run}"


@dataclass(frozen=True, slots=True)
class Volume:
    """One ZIP a person downloads; `bytes` is the size of the whole file."""

    account: str
    backup_id: str
    number: int
    state: VolumeState
    filename: str
    key: str
    mailbox_id: str
    messages: int
    bytes: int
    upload_id: str
    #: How many S3 parts the volume has, the last one included.
    parts: int
    created_at: datetime | None = None
    expires_at: datetime | None = None
    downloaded_at: datetime | None = None
    #: When the person was told that this volume, never downloaded, expires in a day.
    warned_at: datetime | None = None
    #: The token of the plan it is of, see `Backup.plan`.
    plan: str = ""


def volume_key(account: str, backup_id: str, number: int) -> str:
    """Where a volume stands in the volume bucket."""
    return f"volumes/{account}/{backup_id}/{number:04d}.zip"


def owner_of_volume_key(key: str) -> tuple[str, str, int] | None:
    """(account, backup id, number) of a key made by `volume_key`; None for any other."""
    match = _VOLUME_KEY.fullmatch(key)
    return (match[1], match[2], int(match[3])) if match else None


# An address may have a slash in it (RFC 5322, 3.2.3).
_VOLUME_KEY = re.compile(r"volumes/(.+)/([^/]+)/([0-9]{4})\.zip")


def plan_prefix(backup_id: str) -> str:
    """What the plan of a backup is kept under in the work bucket."""
    return f"plans/{backup_id}/"


def failure_key(backup_id: str) -> str:
    """Where a step writes down why the backup cannot be made."""
    return f"{plan_prefix(backup_id)}failure"
