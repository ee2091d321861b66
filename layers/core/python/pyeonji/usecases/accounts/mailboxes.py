"""The mailboxes of an account."""

import unicodedata
from datetime import datetime

from pyeonji.domain.accounts import Mailbox, path_problem
from pyeonji.domain.errors import ConflictError, InvalidRequestError
from pyeonji.domain.ids import new_id
from pyeonji.domain.limits import MAX_MAILBOXES
from pyeonji.worlds import HasAccounts


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
    if len(world.accounts.mailboxes(email)) >= MAX_MAILBOXES:
        raise ConflictError("too_many_mailboxes", limit=MAX_MAILBOXES)
    mailbox = Mailbox(new_id(now), path)
    if not world.accounts.create_mailbox(email, mailbox):
        raise ConflictError("mailbox_exists", path=path)
    return mailbox
