"""Mailboxes that follow the folders of a connected server: made, renamed, marked for their use."""

import unicodedata
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from pyeonji.domain.accounts import Mailbox, SpecialUse, fitting_path
from pyeonji.domain.folders import Folder, ServerFolder
from pyeonji.domain.ids import new_id
from pyeonji.worlds import HasAccounts, HasFolders

_USES = frozenset(SpecialUse)


class FollowsFolders(HasAccounts, HasFolders, Protocol):
    """What following needs."""


def path_of(one: ServerFolder) -> str:
    """A folder's path as a mailbox can have it."""
    return fitting_path(unicodedata.normalize("NFC", one.path))


def open_mailbox(world: FollowsFolders, account: str, one: ServerFolder, now: datetime) -> Mailbox:
    """The mailbox of a folder that is seen for the first time: one that no other folder has, of its
    path or of its special use, else a new one."""
    taken = {folder.mailbox_id for folder in world.folders.all(account) if not folder.missing}
    path, use = path_of(one), _use_of(one)
    free = [box for box in world.accounts.mailboxes(account) if box.id not in taken]
    for box in free:
        if box.path == path or (use and box.special_use == use):
            return box
    while True:
        mailbox = Mailbox(new_id(now), path, use)
        if world.accounts.create_mailbox(account, mailbox):
            return mailbox
        # Somebody was faster, or it is another folder's: two that differ in what no path shows.
        for box in world.accounts.mailboxes(account):
            if box.path == path and box.id not in taken:
                return box
        path = fitting_path(f"{path}~")


def follow_mailbox(world: FollowsFolders, folder: Folder, one: ServerFolder) -> str:
    """Rename the folder's mailbox, and mark it for its use, as the server has it; the path it has
    then. A path that is taken stays what it was until it is free."""
    mailbox = world.accounts.mailbox(folder.account, folder.mailbox_id)
    if mailbox is None:
        # Deleted by its owner, who still has the folder there: it is made again.
        wanted = Mailbox(folder.mailbox_id, path_of(one), _use_of(one))
        world.accounts.create_mailbox(folder.account, wanted)
        return wanted.path
    # The inbox keeps the name it has here.
    path = mailbox.path if one.special_use == SpecialUse.INBOX else path_of(one)
    if folder.name == one.name and _same_but_for_marks(mailbox.path, path):
        path = mailbox.path
    now = replace(mailbox, path=path, special_use=_use_of(one))
    if (now.path, now.special_use) == (mailbox.path, mailbox.special_use):
        return mailbox.path
    if world.accounts.rename_mailbox(folder.account, mailbox, now):
        return now.path
    kept = replace(mailbox, special_use=now.special_use)
    world.accounts.rename_mailbox(folder.account, mailbox, kept)
    return mailbox.path


def _same_but_for_marks(path: str, wanted: str) -> bool:
    return path.rstrip("~") == wanted


def _use_of(one: ServerFolder) -> str | None:
    return one.special_use if one.special_use in _USES else None
