"""Undo an upload: take out what it brought in, and nothing else.

A mail that another upload found in the mailbox as a duplicate stays and is that upload's from then
on: it goes when that one is undone, too. The request only says that it shall be; the machine does
it, in one step that may run twice and be killed anywhere.
"""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from pyeonji.domain.errors import ConflictError, NotFoundError
from pyeonji.domain.limits import FUNCTION_LIFE
from pyeonji.domain.messages import (
    FOUND_DIGEST,
    Message,
    search_keys,
    search_prefix,
    segments_prefix,
)
from pyeonji.domain.states import WORKING_BACKUP, WORKING_UPLOAD, UploadState
from pyeonji.domain.uploads import Folders, Upload
from pyeonji.usecases.uploads.receive import start_machine
from pyeonji.worlds import (
    HasAccounts,
    HasBackups,
    HasHomes,
    HasIndex,
    HasMachines,
    HasMail,
    HasUploads,
)


class UndoesUploads(HasUploads, HasAccounts, HasHomes, HasIndex, HasMachines, Protocol):
    """What beginning needs."""


class TakesOut(HasUploads, HasAccounts, HasIndex, HasBackups, HasMail, Protocol):
    """What the step needs."""


class OthersAtWorkError(RuntimeError):
    """Somebody is, or may still be, putting mail into the account: to be tried again later."""


def undo_upload(world: UndoesUploads, *, account: str, upload_id: str, now: datetime) -> Upload:
    """completed or failed -> undoing, and the machine is started. Again, it is started no second
    time.

    ConflictError: nothing_to_undo (it brought nothing in), uploads_at_work (another upload of the
    account is on its way into a mailbox), wrong_state (it has not ended), delivered_to_server.
    """
    upload = world.uploads.get(account, upload_id)
    if upload is None:
        raise NotFoundError("upload")
    if upload.state is UploadState.UNDONE:
        return upload
    if upload.state is not UploadState.UNDOING:
        if upload.state not in (UploadState.COMPLETED, UploadState.FAILED):
            raise ConflictError("wrong_state", state=upload.state.value)
        if not upload.totals.imported:
            raise ConflictError("nothing_to_undo")
        if world.homes.of(account.rpartition("@")[2]).connected:
            raise ConflictError("delivered_to_server")
        _check_others(world, upload)
        upload = _move(world, upload, now)
    if upload.state is UploadState.UNDOING:
        start_machine(world, upload)
    return upload


def _check_others(world: UndoesUploads, upload: Upload) -> None:
    others = [each for each in world.uploads.all(upload.account) if each.id != upload.id]
    if any(each.state in WORKING_UPLOAD for each in others):
        raise ConflictError("uploads_at_work")
    # What uploads before this version found is in no record; rather than take out mail that they
    # hold, too, nothing is taken out.
    finders = [
        each
        for each in others
        if each.totals.duplicate
        and each.state is not UploadState.UNDONE
        and (
            each.mailbox_id == upload.mailbox_id
            or Folders.FROM_ZIP in (each.folders, upload.folders)
        )
    ]
    if finders:
        recorded = {
            finder
            for mailbox_id in _mailboxes_of(world, upload, *finders)
            for finder, _ in world.index.found(upload.account, mailbox_id)
        }
        if not {each.id for each in finders} <= recorded:
            raise ConflictError("finds_not_recorded")


def _may_meet(one: Upload, other: Upload) -> bool:
    """Whether there may be a mailbox that both bring mail into."""
    return one.mailbox_id == other.mailbox_id or Folders.FROM_ZIP in (one.folders, other.folders)


def _move(world: HasUploads, upload: Upload, now: datetime) -> Upload:
    undoing = replace(upload, state=UploadState.UNDOING, run=1, moved_at=now)
    if world.uploads.move(undoing, upload):
        return undoing
    moved = world.uploads.get(upload.account, upload.id)
    if moved is None:
        raise NotFoundError("upload")
    return moved


def take_out_upload(world: TakesOut, *, account: str, upload_id: str, now: datetime) -> None:
    """undoing -> undone. Raises OthersAtWorkError, for the machine to try again."""
    upload = world.uploads.get(account, upload_id)
    if upload is None or upload.state is not UploadState.UNDOING:
        return
    others = world.uploads.all(account)
    if any(each.state in WORKING_UPLOAD or _has_stragglers(world, each, now) for each in others):
        raise OthersAtWorkError(upload_id)
    for mailbox_id in _mailboxes_of(world, upload):
        _take_out(world, upload, mailbox_id)
    world.uploads.move(replace(upload, state=UploadState.UNDONE, moved_at=now), upload)


def _has_stragglers(world: HasIndex, upload: Upload, now: datetime) -> bool:
    """Whether a function given up may still be adding mail: what is taken out now, it might add
    again."""
    if upload.finished_at is None or now - upload.finished_at >= FUNCTION_LIFE:
        return False
    return bool(world.index.intents(upload.id))


def _mailboxes_of(world: HasAccounts, *uploads: Upload) -> list[str]:
    """Where their mail is: where folders became mailboxes, any of the account's."""
    if any(upload.folders is Folders.FROM_ZIP for upload in uploads):
        return [mailbox.id for mailbox in world.accounts.mailboxes(uploads[0].account)]
    return list(dict.fromkeys(upload.mailbox_id for upload in uploads))


def _take_out(world: TakesOut, upload: Upload, mailbox_id: str) -> None:
    holders = {
        found.digest: f"{finder}#{found.entry}"
        for finder, found in world.index.found(upload.account, mailbox_id)
        if finder != upload.id
    }
    leaving: list[Message] = []
    staying: list[tuple[Message, str]] = []
    for message in world.index.brought_by(upload.account, mailbox_id, upload.id):
        holder = holders.get(bytes.fromhex(message.digest)[:FOUND_DIGEST])
        # A copy kept on purpose is this upload's alone: others found the mail it is a copy of.
        if holder is None or "#" in message.key:
            leaving.append(message)
        else:
            staying.append((message, holder))
    world.index.take_out(upload.account, mailbox_id, upload.id, leaving, staying)
    _drop_segments(world, upload, mailbox_id)


def _drop_segments(world: TakesOut, upload: Upload, mailbox_id: str) -> None:
    """The bytes, with their search files, where no mail points at them any more.

    A backup at work may have planned with them: then they are left to the reconciliation. One that
    is asked for from now on finds no mail that points there.
    """
    if any(backup.state in WORKING_BACKUP for backup, _ in world.backups.all(upload.account)):
        return
    segments = f"{segments_prefix(upload.account, mailbox_id)}{upload.id}-"
    written = [found.key for found in world.mail.objects(segments)]
    if not written:
        return
    messages = world.index.read(upload.account, mailbox_id)
    needed = {each.segment for each in messages if each.segment.startswith(segments)}
    dropped = set(written) - needed
    search = f"{search_prefix(upload.account, mailbox_id)}{upload.id}-"
    beside = search_keys(found.key for found in world.mail.objects(search))
    # First what stands beside them: a second try finds it by the segments.
    world.mail.delete([each.key for each in beside if each.segment in dropped])
    world.mail.delete(sorted(dropped))
