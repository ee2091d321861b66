"""An object has arrived in the upload bucket: start the machine that works on it.

S3 says so at least once, in any order, possibly before `complete` has answered. Everything here
may therefore be done again: the state moves once, and the execution is named by the upload.
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import Upload, owner_of_upload_key
from pyeonji.usecases.uploads.request import mark_received
from pyeonji.worlds import HasMachines, HasUploads


class StartsUploads(HasUploads, HasMachines, Protocol):
    """What starting the work on an upload needs."""


class Received(StrEnum):
    """What an event about an object came to."""

    STARTED = "started"
    #: The upload is further on, or has ended: an event that came twice.
    DONE = "done"
    #: No upload has this key: somebody else's object, or an upload deleted meanwhile.
    UNKNOWN = "unknown"


def receive_upload(world: StartsUploads, *, key: str, now: datetime) -> Received:
    """Whatever is wrong with the object itself is told by inspection, which looks at it."""
    owner = owner_of_upload_key(key)
    upload = world.uploads.get(*owner) if owner else None
    if upload is None:
        return Received.UNKNOWN
    if upload.state is UploadState.RECEIVING:
        upload = mark_received(world, upload, now)
    if upload.state is not UploadState.RECEIVED:
        return Received.DONE
    start_machine(world, upload)
    return Received.STARTED


def start_machine(world: HasMachines, upload: Upload) -> None:
    """Start the run the upload is at; a second start of the same run is none."""
    task = {"account": upload.account, "upload_id": upload.id, "attempt": upload.attempt}
    if upload.state is UploadState.UNDOING:
        task["undo"] = True
    world.machines.start_upload(upload.execution, task)
