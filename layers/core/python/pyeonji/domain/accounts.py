"""Companies, accounts and their mailboxes."""

import hashlib
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from pyeonji.domain.labels import is_label, is_plain, is_seen, plain, without_harm

#: What the service speaks: Korean and English.
LANGUAGES = ("ko", "en")


@dataclass(frozen=True, slots=True)
class Company:
    """A tenant. Until its domain is connected nobody in it can back up or upload."""

    domain: str
    name: str
    domain_connected: bool = True


class Role(StrEnum):
    """What somebody is to their company. An `admin` hears of what concerns all of it."""

    PERSON = "person"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Account:
    """One person's mail. `language` is `ko` or `en`: the language of notices."""

    email: str
    language: str = "ko"
    mail_ready: bool = True
    #: False after a bounce or complaint: no further notices go to this address.
    notices: bool = True
    #: False where the person has switched them off.
    wants_notices: bool = True
    role: Role = Role.PERSON
    #: Mail this account may hold; None: as everybody (the template's QuotaBytes), 0: no limit.
    quota_bytes: int | None = None

    @property
    def domain(self) -> str:
        """The company the account belongs to."""
        return self.email.rpartition("@")[2]


class SpecialUse(StrEnum):
    """RFC 6154 special uses, and the inbox."""

    INBOX = "inbox"
    SENT = "sent"
    DRAFTS = "drafts"
    JUNK = "junk"
    TRASH = "trash"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A folder of an account. `bytes` are of the messages as they are, not compressed."""

    id: str
    path: str
    special_use: str | None = None
    messages: int = 0
    bytes: int = 0


#: A mailbox's path: how deep and how long, so that names made of it fit every file system.
MAX_PATH_LENGTH = 200
MAX_PATH_DEPTH = 10


def path_problem(path: str) -> str | None:
    """What is wrong with a `/`-separated mailbox path, or None."""
    parts = path.split("/")
    if not path or len(path) > MAX_PATH_LENGTH or len(parts) > MAX_PATH_DEPTH:
        return "bad_length"
    if any(not is_seen(part) or part in (".", "..") for part in parts):
        return "bad_path"
    if not is_label(path) or not is_plain(path):
        return "bad_character"
    return None


#: For a part of a path of which nothing is left that may stand in one.
_NAMELESS = "_"


def fitting_part(name: str) -> str:
    """A folder's name as one part of a path."""
    part = unicodedata.normalize("NFC", plain(without_harm(name))).replace("/", "_").strip()
    return part if is_seen(part) and part not in (".", "..") else _NAMELESS


def fitting_path(path: str) -> str:
    """A path as a mailbox can have it: what is too deep or too long is cut, and marked, so that two
    that begin alike stay apart."""
    path = "/".join(map(fitting_part, path.split("/")))
    if path_problem(path) is None:
        return path
    parts = path.split("/")
    mark = "~" + hashlib.sha256(path.encode("utf-8", "replace")).hexdigest()[:8]
    kept = "/".join(parts[:MAX_PATH_DEPTH])[: MAX_PATH_LENGTH - len(mark)].rstrip("/ ")
    return kept + mark
