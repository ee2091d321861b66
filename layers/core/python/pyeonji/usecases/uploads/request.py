"""Open an upload, hand out where its parts go, and close it once they are there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from pyeonji.domain.errors import (
    BusyError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    UnprocessableError,
)
from pyeonji.domain.ids import new_id
from pyeonji.domain.labels import is_label
from pyeonji.domain.limits import MAX_OPEN_UPLOADS, PART_URL_LIFETIME, UPLOAD_PART_BYTES
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import Folders, OnDuplicate, Upload, upload_key
from pyeonji.ports import MissingObjectError, StoredPart
from pyeonji.usecases.accounts.readiness import require_mail
from pyeonji.usecases.objects import size_if_there
from pyeonji.worlds import HasAccounts, HasLimits, HasUploads, HasZips

#: Longer names are no file names on any system.
MAX_FILENAME = 255


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """What somebody wants to send: a file of `size` bytes, as its client says, into a mailbox."""

    filename: str
    size: int
    mailbox_id: str | None
    on_duplicate: OnDuplicate
    folders: Folders = Folders.ONE


class ReceivesParts(HasUploads, HasZips, Protocol):
    """What the way from the first part to the whole object needs."""


class RequestsUploads(ReceivesParts, HasAccounts, HasLimits, Protocol):
    """What opening one needs."""


def request_upload(
    world: RequestsUploads,
    *,
    account: str,
    wanted: UploadRequest,
    now: datetime,
) -> Upload:
    """A new upload, receiving.

    Refuses before the first byte what cannot be taken: ForbiddenError, NotFoundError,
    InvalidRequestError, UnprocessableError (not_a_zip_name, too_large, empty), ConflictError
    too_many_uploads (`limit`).
    """
    require_mail(world, account)
    filename, size = wanted.filename, wanted.size
    if not filename or len(filename) > MAX_FILENAME:
        raise InvalidRequestError("filename", "too_long" if filename else "empty")
    if not is_label(filename):
        raise InvalidRequestError("filename", "bad_character")
    if not filename.lower().endswith(".zip"):
        raise UnprocessableError("not_a_zip_name")
    if size < 0:
        raise InvalidRequestError("bytes", "unknown_value")
    if size == 0:
        raise UnprocessableError("empty")
    if size >= world.limits.upload_limit_bytes:
        raise UnprocessableError("too_large", limit_bytes=world.limits.upload_limit_bytes)
    if wanted.mailbox_id is None:
        if wanted.folders is Folders.ONE:
            raise InvalidRequestError("mailbox_id", "missing_field")
        mailbox = None
    else:
        mailbox = world.accounts.mailbox(account, wanted.mailbox_id)
        if mailbox is None:
            raise NotFoundError("mailbox")
    if _open(world, account) >= MAX_OPEN_UPLOADS:
        raise _too_many()
    upload_id = new_id(now)
    upload = Upload(
        id=upload_id,
        account=account,
        state=UploadState.RECEIVING,
        filename=filename,
        bytes=size,
        mailbox_id=mailbox.id if mailbox else "",
        mailbox_path=mailbox.path if mailbox else "",
        on_duplicate=wanted.on_duplicate,
        folders=wanted.folders,
        created_at=now,
        moved_at=now,
        # A process killed before the next line leaves a multipart upload without an item: the
        # bucket's lifecycle and the reconciliation end it.
        multipart_id=world.zips.open_multipart(
            upload_key(account, upload_id), content_type="application/zip"
        ),
        part_bytes=UPLOAD_PART_BYTES,
        parts=-(-size // UPLOAD_PART_BYTES),
    )
    world.uploads.create(upload)
    # Looked at again with this one in it: requests side by side have each seen room for one.
    if _open(world, account) > MAX_OPEN_UPLOADS:
        world.zips.abort(upload_key(account, upload_id), upload.multipart_id)
        world.uploads.delete(upload)
        raise _too_many()
    return upload


def _open(world: HasUploads, account: str) -> int:
    return sum(each.state is UploadState.RECEIVING for each in world.uploads.all(account))


def _too_many() -> ConflictError:
    return ConflictError("too_many_uploads", limit=MAX_OPEN_UPLOADS)


def sign_parts(
    world: ReceivesParts, *, account: str, upload_id: str, numbers: Sequence[int]
) -> dict[int, str]:
    """part number -> where to PUT its bytes. ConflictError when it is not receiving any more."""
    upload = _get(world, account, upload_id)
    if upload.state is not UploadState.RECEIVING:
        raise ConflictError("wrong_state", state=upload.state.value)
    if not numbers:
        raise InvalidRequestError("numbers", "empty")
    if any(not 1 <= number <= upload.parts for number in numbers):
        raise InvalidRequestError("numbers", "unknown_value")
    seconds = int(PART_URL_LIFETIME.total_seconds())
    key = upload_key(account, upload_id)
    return {
        number: world.zips.part_url(
            key, upload.multipart_id, number, length=_length(upload, number), seconds=seconds
        )
        for number in dict.fromkeys(numbers)
    }


def list_parts(world: ReceivesParts, *, account: str, upload_id: str) -> list[StoredPart]:
    """The parts that have arrived, by number: what a resumed client need not send again."""
    upload = _get(world, account, upload_id)
    if upload.state is UploadState.RECEIVING:
        try:
            return world.zips.parts(upload_key(account, upload_id), upload.multipart_id)
        except MissingObjectError:
            # Put together already, and the S3 event or `complete` will say so; or lost, and then
            # nothing of it has arrived.
            if size_if_there(world.zips, upload_key(account, upload_id)) != upload.bytes:
                return []
    elif upload.state is UploadState.ABANDONED:
        return []
    return [StoredPart(number, _length(upload, number), "") for number in _numbers(upload)]


def complete_upload(world: ReceivesParts, *, account: str, upload_id: str, now: datetime) -> Upload:
    """Put the parts together. Doing it again answers with the upload as it is.

    ConflictError parts_missing (`missing`, how many), wrong_state (abandoned, also meanwhile);
    UnprocessableError size_mismatch; BusyError while another upload is being undone.
    """
    upload = _not_abandoned(_get(world, account, upload_id))
    if upload.state is not UploadState.RECEIVING:
        return upload
    # A mail on its way out must not be taken for a duplicate of one that comes in.
    if being_undone(world, account):
        raise BusyError("service_busy")
    key = upload_key(account, upload_id)
    try:
        arrived = {part.number: part for part in world.zips.parts(key, upload.multipart_id)}
        world.zips.complete(key, upload.multipart_id, _checked(upload, arrived))
    except MissingObjectError:
        # An earlier call got as far as this and no further; or another is faster than we are: S3
        # may take minutes, and who got no answer asks again.
        _not_abandoned(_get(world, account, upload_id))
        size = size_if_there(world.zips, key)
        if size is None:
            raise ConflictError("parts_missing", missing=upload.parts) from None
        if size != upload.bytes:
            raise _size_mismatch(upload, size) from None
    return _not_abandoned(mark_received(world, upload, now))


def being_undone(world: HasUploads, account: str) -> bool:
    """Whether any upload of the account is taking out its mail."""
    return any(each.state is UploadState.UNDOING for each in world.uploads.all(account))


def mark_received(world: HasUploads, upload: Upload, now: datetime) -> Upload:
    """receiving -> received; whoever comes second finds it done."""
    received = replace(upload, state=UploadState.RECEIVED, received_at=now, moved_at=now)
    if world.uploads.move(received, upload):
        return received
    return _get(world, upload.account, upload.id)


def _not_abandoned(upload: Upload) -> Upload:
    if upload.state is UploadState.ABANDONED:
        raise ConflictError("wrong_state", state=upload.state.value)
    return upload


def _checked(upload: Upload, arrived: dict[int, StoredPart]) -> list[StoredPart]:
    missing = sum(number not in arrived for number in _numbers(upload))
    if missing:
        raise ConflictError("parts_missing", missing=missing)
    parts = [arrived[number] for number in _numbers(upload)]
    if any(part.bytes != _length(upload, part.number) for part in parts):
        raise _size_mismatch(upload, sum(part.bytes for part in parts))
    return parts


def _size_mismatch(upload: Upload, arrived: int) -> UnprocessableError:
    return UnprocessableError("size_mismatch", declared_bytes=upload.bytes, arrived_bytes=arrived)


def _numbers(upload: Upload) -> range:
    return range(1, upload.parts + 1)


def _length(upload: Upload, number: int) -> int:
    """What part `number` must have: all the same, the last what is left."""
    return min(upload.part_bytes, upload.bytes - (number - 1) * upload.part_bytes)


def _get(world: HasUploads, account: str, upload_id: str) -> Upload:
    upload = world.uploads.get(account, upload_id)
    if upload is None:
        raise NotFoundError("upload")
    return upload
