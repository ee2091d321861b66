"""Abandon an upload, or take one that has ended off the list."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from pyeonji.domain.errors import ConflictError, NotFoundError
from pyeonji.domain.states import WORKING_UPLOAD, UploadState
from pyeonji.domain.uploads import Upload, chunk_prefix, ledger_prefix, upload_key
from pyeonji.worlds import HasLimits, HasUploads, HasWork, HasZips


class AbandonsUploads(HasUploads, HasZips, HasLimits, Protocol):
    """What giving one up needs."""


class RemovesUploads(HasUploads, HasZips, HasWork, Protocol):
    """What taking one off the list needs."""


class DeletesUploads(AbandonsUploads, RemovesUploads, Protocol):
    """Whichever of the two it is."""


def delete_upload(
    world: DeletesUploads, *, account: str, upload_id: str, now: datetime
) -> Upload | None:
    """Receiving: abandoned, and the parts go; ended: off the list with its ZIP and ledger.

    Returns the abandoned upload, or None when it is off the list. The mail it brought stays.
    ConflictError wrong_state while it is being worked on: what has begun comes to its end.
    """
    upload = world.uploads.get(account, upload_id)
    if upload is None:
        raise NotFoundError("upload")
    if upload.state is UploadState.RECEIVING:
        return abandon_upload(world, upload, now=now)
    if upload.state in WORKING_UPLOAD or upload.state is UploadState.UNDOING:
        raise ConflictError("wrong_state", state=upload.state.value)
    remove_upload(world, upload)
    return None


def abandon_upload(world: AbandonsUploads, upload: Upload, *, now: datetime) -> Upload:
    """receiving -> abandoned. ConflictError when it has been received meanwhile."""
    abandoned = replace(
        upload,
        state=UploadState.ABANDONED,
        finished_at=now,
        moved_at=now,
        purge_at=now + timedelta(days=world.limits.purge_days),
        kept=False,
    )
    # The state first: from then on no part is signed and no event starts the machine. Parts left
    # by a process killed here go when the item does, or by the bucket's lifecycle.
    if not world.uploads.move(abandoned, upload):
        raise ConflictError("wrong_state", state=UploadState.RECEIVED.value)
    _remove_zip(world, abandoned)
    return abandoned


def remove_upload(world: RemovesUploads, upload: Upload) -> None:
    """Objects first, then the item: whoever is killed in between leaves it on the list."""
    _remove_zip(world, upload)
    for prefix in (chunk_prefix(upload.id), ledger_prefix(upload.id)):
        world.work.delete([found.key for found in world.work.objects(prefix)])
    world.uploads.delete(upload)


def _remove_zip(world: HasZips, upload: Upload) -> None:
    if upload.source is not None:
        return  # a backup's own files, which stay as long as they would have
    key = upload_key(upload.account, upload.id)
    world.zips.abort(key, upload.multipart_id)
    world.zips.delete([key])
