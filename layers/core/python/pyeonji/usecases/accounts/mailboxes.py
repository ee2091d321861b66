"""The mailboxes of an account."""

import unicodedata
from datetime import datetime
from typing import Protocol

from pyeonji.domain.accounts import Mailbox, path_problem
from pyeonji.domain.errors import ConflictError, InvalidRequestError, NotFoundError
from pyeonji.domain.ids import new_id
from pyeonji.domain.labels import looks
from pyeonji.domain.limits import MAX_MAILBOXES
from pyeonji.domain.states import WORKING_UPLOAD, UploadState
from pyeonji.domain.uploads import Folders, Upload
from pyeonji.worlds import HasAccounts, HasUploads

#: In which an upload still brings mail into its mailbox.
_COMING = WORKING_UPLOAD | {UploadState.RECEIVING, UploadState.UNDOING}


class DeletesMailboxes(HasAccounts, HasUploads, Protocol):
    """What deleting one needs."""


def list_mailboxes(world: HasAccounts, *, email: str) -> list[Mailbox]:
    """Inbox and other special ones first."""
    return world.accounts.mailboxes(email)


def create_mailbox(world: HasAccounts, *, email: str, path: str, now: datetime) -> Mailbox:
    """A new, empty mailbox. ConflictError `mailbox_exists`, also for a path that looks the same.

    The path is kept in NFC, as people type it; macOS hands out names in NFD.
    """
    path = unicodedata.normalize("NFC", path.strip())
    if problem := path_problem(path):
        raise InvalidRequestError("path", problem)
    there = world.accounts.mailboxes(email)
    if any(looks(each.path) == looks(path) for each in there):
        raise ConflictError("mailbox_exists", path=path)
    if len(there) >= MAX_MAILBOXES:
        raise ConflictError("too_many_mailboxes", limit=MAX_MAILBOXES)
    mailbox = Mailbox(new_id(now), path)
    if not world.accounts.create_mailbox(email, mailbox):
        raise ConflictError("mailbox_exists", path=path)
    return mailbox


def delete_mailbox(world: DeletesMailboxes, *, email: str, mailbox_id: str) -> None:
    """Delete an empty mailbox. ConflictError: mailbox_not_empty; mailbox_in_use, for a system
    mailbox or one that an upload is on its way to."""
    mailbox = world.accounts.mailbox(email, mailbox_id)
    if mailbox is None:
        raise NotFoundError("mailbox")
    coming = any(_may_bring(each, mailbox_id) for each in world.uploads.all(email))
    if mailbox.special_use or coming:
        raise ConflictError("mailbox_in_use")
    if not world.accounts.delete_mailbox(email, mailbox):
        raise ConflictError("mailbox_not_empty")


def _may_bring(upload: Upload, mailbox_id: str) -> bool:
    """Whether mail of an upload may still come into a mailbox. Which of them its folders have
    become, or its volumes go back to, is known to its chunks only."""
    if upload.folders is Folders.FROM_ZIP and upload.state in WORKING_UPLOAD:
        return True
    return upload.mailbox_id == mailbox_id and upload.state in _COMING
