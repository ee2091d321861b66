"""Abandon an upload, or take one that has ended off the list."""

from dataclasses import replace
from datetime import datetime, timedelta

from pyeonji.domain.errors import ConflictError, NotFoundError
from pyeonji.domain.limits import Limits
from pyeonji.domain.states import WORKING_UPLOAD, UploadState
from pyeonji.domain.uploads import Upload, chunk_prefix, ledger_prefix, upload_key
from pyeonji.ports import ObjectStore, Uploads


def delete_upload(
    *,
    uploads: Uploads,
    zips: ObjectStore,
    work: ObjectStore,
    limits: Limits,
    account: str,
    upload_id: str,
    now: datetime,
) -> Upload | None:
    """Receiving: abandoned, and the parts go; ended: off the list with its ZIP and ledger.

    Returns the abandoned upload, or None when it is off the list. The mail it brought stays.
    ConflictError wrong_state while it is being worked on: what has begun comes to its end.
    """
    upload = uploads.get(account, upload_id)
    if upload is None:
        raise NotFoundError("upload")
    if upload.state is UploadState.RECEIVING:
        return abandon_upload(uploads=uploads, zips=zips, limits=limits, upload=upload, now=now)
    if upload.state in WORKING_UPLOAD:
        raise ConflictError("wrong_state", state=upload.state.value)
    remove_upload(uploads=uploads, zips=zips, work=work, upload=upload)
    return None


def abandon_upload(
    *, uploads: Uploads, zips: ObjectStore, limits: Limits, upload: Upload, now: datetime
) -> Upload:
    """receiving -> abandoned. ConflictError when it has been received meanwhile."""
    abandoned = replace(
        upload,
        state=UploadState.ABANDONED,
        finished_at=now,
        moved_at=now,
        purge_at=now + timedelta(days=limits.purge_days),
        kept=False,
    )
    # The state first: from then on no part is signed and no event starts the machine. Parts left
    # by a process killed here go when the item does, or by the bucket's lifecycle.
    if not uploads.move(abandoned, upload):
        raise ConflictError("wrong_state", state=UploadState.RECEIVED.value)
    _remove_zip(zips, abandoned)
    return abandoned


def remove_upload(
    *, uploads: Uploads, zips: ObjectStore, work: ObjectStore, upload: Upload
) -> None:
    """Objects first, then the item: whoever is killed in between leaves it on the list."""
    _remove_zip(zips, upload)
    for prefix in (chunk_prefix(upload.id), ledger_prefix(upload.id)):
        work.delete([found.key for found in work.objects(prefix)])
    uploads.delete(upload)


def _remove_zip(zips: ObjectStore, upload: Upload) -> None:
    key = upload_key(upload.account, upload.id)
    zips.abort(key, upload.multipart_id)
    zips.delete([key])
