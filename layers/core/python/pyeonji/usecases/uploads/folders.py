"""The folders of a ZIP as mailboxes of their own.

Each folder with mail in it becomes a mailbox: by the path our manifest names if the ZIP has one,
else by its own path; below the mailbox the upload is for, if it is for one. Mail that lies in no
folder goes into that mailbox itself, or into one called as the ZIP.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime

from pyeonji.domain.accounts import MAX_PATH_DEPTH, MAX_PATH_LENGTH, Mailbox, path_problem
from pyeonji.domain.errors import UploadFailedError
from pyeonji.domain.ids import new_id
from pyeonji.domain.labels import without_harm
from pyeonji.domain.limits import MAX_MAILBOXES
from pyeonji.domain.uploads import Upload
from pyeonji.usecases.uploads.judging import components
from pyeonji.usecases.uploads.manifest_facts import ManifestFacts
from pyeonji.worlds import HasAccounts

#: For a part of a path of which nothing is left that may stand in one.
_NAMELESS = "_"


def folder_of(name: str) -> str:
    """The folder an entry of this name lies in, with a slash behind it; "" for none."""
    path = components(name)[:-1]
    return "/".join(path) + "/" if path else ""


def mailbox_paths(upload: Upload, folders: Iterable[str], facts: ManifestFacts) -> dict[str, str]:
    """folder -> the path of the mailbox it becomes. Two folders may become one."""
    return {folder: _path_of(upload, folder, facts) for folder in folders}


def open_mailboxes(
    world: HasAccounts, account: str, paths: Iterable[str], now: datetime
) -> Mapping[str, Mailbox]:
    """path -> its mailbox, made where there is none. Doing it again finds what it has made.

    Raises UploadFailedError `too_many_folders` before it has made any.
    """
    wanted = dict.fromkeys(paths)
    there = _by_path(world, account)
    missing = [path for path in wanted if path not in there]
    if len(there) + len(missing) > MAX_MAILBOXES:
        raise UploadFailedError("too_many_folders")
    for path in missing:
        mailbox = Mailbox(new_id(now), path)
        if world.accounts.create_mailbox(account, mailbox):
            there[path] = mailbox
        else:  # somebody was faster
            there = _by_path(world, account) | there
    return {path: there[path] for path in wanted}


def _by_path(world: HasAccounts, account: str) -> dict[str, Mailbox]:
    return {mailbox.path: mailbox for mailbox in world.accounts.mailboxes(account)}


def _path_of(upload: Upload, folder: str, facts: ManifestFacts) -> str:
    path = facts.path_of(folder) or "/".join(map(_part, components(folder)))
    if not path and not upload.mailbox_path:
        path = _part(upload.filename.rpartition(".")[0])
    return _fitting("/".join(filter(None, (upload.mailbox_path, path))))


def _part(name: str) -> str:
    part = unicodedata.normalize("NFC", without_harm(name)).replace("/", "_").strip()
    return _NAMELESS if part in ("", ".", "..") else part


def _fitting(path: str) -> str:
    """A path as a mailbox can have it: what is too deep or too long is cut, and marked, so that two
    that begin alike stay apart."""
    if path_problem(path) is None:
        return path
    parts = path.split("/")
    mark = "~" + hashlib.sha256(path.encode("utf-8", "replace")).hexdigest()[:8]
    kept = "/".join(parts[:MAX_PATH_DEPTH])[: MAX_PATH_LENGTH - len(mark)].rstrip("/ ")
    return kept + mark
