"""Take up again what an upload could not do for a reason that may have passed."""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from pyeonji.domain.errors import BusyError, ConflictError, NotFoundError
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import Upload
from pyeonji.usecases.accounts.readiness import require_mail
from pyeonji.usecases.uploads.ledger import PASSING_FAILURES, PASSING_REASONS, finished_ledger
from pyeonji.usecases.uploads.receive import start_machine
from pyeonji.usecases.uploads.request import being_undone
from pyeonji.usecases.uploads.restore import is_still_there
from pyeonji.worlds import HasAccounts, HasBackups, HasMachines, HasUploads, HasWork


class TellsRetries(HasBackups, HasWork, Protocol):
    """What telling whether it would help needs."""


class RetriesUploads(TellsRetries, HasAccounts, HasUploads, HasMachines, Protocol):
    """What trying again needs."""


_NOT_TO_BE_RETRIED = frozenset(
    {UploadState.RECEIVING, UploadState.ABANDONED, UploadState.UNDOING, UploadState.UNDONE}
)


def retry_upload(world: RetriesUploads, *, account: str, upload_id: str, now: datetime) -> Upload:
    """A new run over the entries that are not in for a passing reason; the others stay settled.

    ConflictError: nothing_to_retry; zip_deleted or volume_expired, there is nothing to read any
    more; wrong_state, it never arrived. While a run is at work it is started once more under its
    own name, which starts nothing if it is there.
    """
    require_mail(world, account)
    upload = world.uploads.get(account, upload_id)
    if upload is None:
        raise NotFoundError("upload")
    if upload.state in _NOT_TO_BE_RETRIED:
        raise ConflictError("wrong_state", state=upload.state.value)
    if upload.state in (UploadState.COMPLETED, UploadState.FAILED):
        if not _has_passing(world, upload):
            raise ConflictError("nothing_to_retry")
        if not _is_kept(world, upload, now):
            raise ConflictError("zip_deleted" if upload.source is None else "volume_expired")
        if being_undone(world, account):
            raise BusyError("service_busy")
        upload = _move(world, upload, now)
    start_machine(world, upload)
    return upload


def can_retry(world: TellsRetries, upload: Upload, now: datetime) -> bool:
    """Whether a further run could better anything: it has ended, and its ZIP is still there."""
    ended = upload.state in (UploadState.COMPLETED, UploadState.FAILED)
    return ended and _has_passing(world, upload) and _is_kept(world, upload, now)


def _is_kept(world: HasBackups, upload: Upload, now: datetime) -> bool:
    return upload.kept if upload.source is None else is_still_there(world, upload, now)


def _has_passing(world: HasWork, upload: Upload) -> bool:
    if upload.state is UploadState.FAILED:
        return upload.failure in PASSING_FAILURES
    if not upload.totals.rejected:
        return False
    _, pages = finished_ledger(world.work, upload)
    return any(reason in PASSING_REASONS for page in pages for reason in page.reasons)


def _move(world: HasUploads, upload: Upload, now: datetime) -> Upload:
    again = replace(
        upload,
        state=UploadState.INSPECTING,
        attempt=upload.attempt + 1,
        run=1,
        begun_at=now,
        failure=None,
        finished_at=None,
        purge_at=None,
        moved_at=now,
    )
    if world.uploads.move(again, upload):
        return again
    moved = world.uploads.get(upload.account, upload.id)
    if moved is None:
        raise NotFoundError("upload")
    return moved
