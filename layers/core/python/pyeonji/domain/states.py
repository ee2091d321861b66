"""The states of backups, volumes and uploads, and every move between them.

`docs/states.md` is drawn from these tables and tested against them; a move that is not here
does not happen.
"""

from enum import StrEnum
from types import MappingProxyType


class BackupState(StrEnum):
    """Of a request for a backup."""

    REQUESTED = "requested"
    #: A connected account is brought up to date.
    COLLECTING = "collecting"
    PLANNING = "planning"
    EXPORTING = "exporting"
    READY = "ready"
    EXPIRED = "expired"
    FAILED = "failed"
    CANCELLED = "cancelled"


class VolumeState(StrEnum):
    """Of one file of a backup."""

    PENDING = "pending"
    WRITING = "writing"
    READY = "ready"
    EXPIRED = "expired"


class UploadState(StrEnum):
    """Of one ZIP somebody sends."""

    RECEIVING = "receiving"
    RECEIVED = "received"
    INSPECTING = "inspecting"
    IMPORTING = "importing"
    COMPLETED = "completed"
    FAILED = "failed"
    ABANDONED = "abandoned"
    UNDOING = "undoing"
    UNDONE = "undone"


_B, _V, _U = BackupState, VolumeState, UploadState

BACKUP_MOVES = MappingProxyType(
    {
        _B.REQUESTED: frozenset({_B.COLLECTING, _B.PLANNING, _B.FAILED, _B.CANCELLED}),
        _B.COLLECTING: frozenset({_B.PLANNING, _B.FAILED, _B.CANCELLED}),
        _B.PLANNING: frozenset({_B.EXPORTING, _B.FAILED, _B.CANCELLED}),
        _B.EXPORTING: frozenset({_B.READY, _B.FAILED, _B.CANCELLED}),
        _B.READY: frozenset({_B.EXPIRED}),
        _B.EXPIRED: frozenset[BackupState](),
        _B.FAILED: frozenset[BackupState](),
        _B.CANCELLED: frozenset[BackupState](),
    }
)

VOLUME_MOVES = MappingProxyType(
    {
        _V.PENDING: frozenset({_V.WRITING}),
        _V.WRITING: frozenset({_V.READY}),
        _V.READY: frozenset({_V.EXPIRED}),
        _V.EXPIRED: frozenset[VolumeState](),
    }
)

UPLOAD_MOVES = MappingProxyType(
    {
        _U.RECEIVING: frozenset({_U.RECEIVED, _U.ABANDONED}),
        _U.RECEIVED: frozenset({_U.INSPECTING, _U.FAILED}),
        _U.INSPECTING: frozenset({_U.IMPORTING, _U.FAILED}),
        _U.IMPORTING: frozenset({_U.COMPLETED, _U.FAILED}),
        # A retry takes up again what failed for a passing reason.
        _U.COMPLETED: frozenset({_U.INSPECTING, _U.UNDOING}),
        _U.FAILED: frozenset({_U.INSPECTING, _U.UNDOING}),
        _U.ABANDONED: frozenset[UploadState](),
        _U.UNDOING: frozenset({_U.UNDONE}),
        _U.UNDONE: frozenset[UploadState](),
    }
)

#: States in which a backup holds one of the account's slots.
LIVE_BACKUP = frozenset({_B.REQUESTED, _B.COLLECTING, _B.PLANNING, _B.EXPORTING, _B.READY})
#: States in which the machine is at work on it.
WORKING_BACKUP = frozenset({_B.REQUESTED, _B.COLLECTING, _B.PLANNING, _B.EXPORTING})
WORKING_UPLOAD = frozenset({_U.RECEIVED, _U.INSPECTING, _U.IMPORTING})


def leaves_to(target: BackupState) -> frozenset[BackupState]:
    """The states a backup may leave for `target`: the condition of the write."""
    return frozenset(source for source, targets in BACKUP_MOVES.items() if target in targets)


def upload_leaves_to(target: UploadState) -> frozenset[UploadState]:
    """The states an upload may leave for `target`."""
    return frozenset(source for source, targets in UPLOAD_MOVES.items() if target in targets)
