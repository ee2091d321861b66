"""The rows of the journal as values."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..model import Auth, Security, SourceConfig, SourceKind

#: Reasons of mails that were packed and are doubted all the same.
DOUBTFUL = ("may_hold_more",)


@dataclass(frozen=True, slots=True)
class Job:
    """One request. `state` is one of waiting, fetching, paused, packed, uploading, done,
    incomplete, failed; `error` the code of what stopped it. `place`: where its ZIPs go, "" for the
    download folder."""

    id: str
    title: str
    source: SourceConfig
    state: str
    error: str | None
    facts: dict[str, Any]
    created: str
    changed: str
    zip_limit: int
    timezone: str
    account: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class FolderRow:
    """A folder of a job, with what was counted when it was surveyed."""

    id: int
    job: str
    name: str
    path: str
    special_use: str | None
    messages: int | None
    bytes: int | None
    validity: str | None
    done: bool


@dataclass(frozen=True, slots=True)
class Archive:
    """A ZIP. `state`: open (`bytes` of it are safe), sealed (`size` bytes, complete).

    `overhead` is what directory and manifest will take at most. `upload` is the service's id.
    """

    id: int
    job: str
    mailbox: int
    number: int
    file: str
    state: str
    bytes: int
    mails: int
    overhead: int
    size: int | None
    upload: str | None
    upload_state: str | None
    totals: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where mails go at the service."""

    id: int
    job: str
    path: str
    special_use: str | None


@dataclass(frozen=True, slots=True)
class Packed:
    """A mail that is safe in a ZIP: what its directory record and the manifest need.

    `offset` is where its local header begins in the ZIP; `received` is epoch seconds.
    """

    archive: int
    offset: int
    name: str
    method: int
    crc: int
    compressed: int
    size: int
    dos_time: int
    digest: bytes
    received: int
    flags: tuple[str, ...]
    uid: int | None


@dataclass(frozen=True, slots=True)
class Read:
    """A mail of a source that needs no more reading.

    `outcome`: packed, same (its bytes are packed already), lost (`reason` says why), skipped (it
    was not chosen). A packed mail
    may have a `reason` too, when something about it deserves telling.
    """

    folder: int
    key: str
    outcome: str
    reason: str | None
    size: int | None
    digest: bytes | None
    following: int | None
    mark: str | None = None
    detail: str | None = None


class Told(NamedTuple):
    """A mail that is lost, or is packed and has something to tell. `detail`: the server's words."""

    path: str
    key: str
    outcome: str
    reason: str
    size: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of a job's mails; `listed` is what the folders held when surveyed.

    `bytes` are of what is packed, `seen_bytes` also of what was the same and what is lost;
    `doubts` is how many things did not come out when they were counted another way, `converted` how
    many mails were rebuilt from another form.
    """

    listed: int
    packed: int
    same: int
    lost: int
    bytes: int
    listed_bytes: int | None
    seen_bytes: int
    doubts: int
    converted: int

    @property
    def whole(self) -> bool:
        """True when nothing is missing and nothing is doubted."""
        return not self.lost and not self.doubts


def job_from(row: tuple[Any, ...]) -> Job:
    """A row of `job`, its columns in the order of the class."""
    fields = list(row)
    fields[2], fields[5] = source_from(json.loads(row[2])), json.loads(row[5])
    return Job(*fields)


def archive_from(row: tuple[Any, ...]) -> Archive:
    """A row of `archive`, its columns in the order of the class."""
    fields = list(row)
    fields[12] = json.loads(row[12]) if row[12] else None
    return Archive(*fields)


def source_from(fields: dict[str, Any]) -> SourceConfig:
    """A SourceConfig from its JSON."""
    names = {field.name for field in dataclasses.fields(SourceConfig)}
    return SourceConfig(
        **{
            **{name: value for name, value in fields.items() if name in names},
            "kind": SourceKind(fields["kind"]),
            "security": Security(fields["security"]),
            "auth": Auth(fields["auth"]),
            "folders": tuple(fields["folders"]),
            "without": tuple(fields.get("without", ())),
        }
    )
