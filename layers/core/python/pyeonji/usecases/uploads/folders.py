"""The folders of a ZIP as mailboxes of their own.

Each folder with mail in it becomes a mailbox: by the path our manifest names if the ZIP has one,
else by its own path; below the mailbox the upload is for, if it is for one. Mail that lies in no
folder goes into that mailbox itself, or into one called as the ZIP.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pyeonji.domain.accounts import Mailbox, fitting_part, fitting_path
from pyeonji.domain.errors import UploadFailedError
from pyeonji.domain.ids import new_id
from pyeonji.domain.limits import MAX_MAILBOXES
from pyeonji.domain.uploads import Upload
from pyeonji.usecases.uploads.judging import components
from pyeonji.usecases.uploads.manifest_facts import ManifestFacts
from pyeonji.worlds import HasAccounts


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
    path = facts.path_of(folder) or "/".join(map(fitting_part, components(folder)))
    if not path and not upload.mailbox_path:
        path = fitting_part(upload.filename.rpartition(".")[0])
    return fitting_path("/".join(filter(None, (upload.mailbox_path, path))))
