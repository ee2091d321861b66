"""docs/states.md from the transition tables of the domain.

python -m infra.docs.states > docs/states.md
"""

import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from pyeonji.domain.states import (
    BACKUP_MOVES,
    LIVE_BACKUP,
    UPLOAD_MOVES,
    VOLUME_MOVES,
    BackupState,
    UploadState,
    VolumeState,
)

_State = TypeVar("_State", bound=StrEnum)
_B, _V, _U = BackupState, VolumeState, UploadState

#: Who makes each move. Every move of the tables is here and no other: the test says so.
BACKUP_CAUSES: Mapping[tuple[StrEnum, StrEnum], str] = {
    (_B.REQUESTED, _B.COLLECTING): "machine, of a connected account",
    (_B.REQUESTED, _B.PLANNING): "machine, plan begins",
    (_B.COLLECTING, _B.PLANNING): "machine, the account is up to date",
    (_B.PLANNING, _B.EXPORTING): "machine, every volume is planned",
    (_B.EXPORTING, _B.READY): "machine, the last volume is sealed",
    (_B.READY, _B.EXPIRED): "retention, the last volume has expired",
    **{
        (state, _B.FAILED): "machine, or retention past the deadline"
        for state in (_B.REQUESTED, _B.COLLECTING, _B.PLANNING, _B.EXPORTING)
    },
    **{
        (state, _B.CANCELLED): "its owner"
        for state in (_B.REQUESTED, _B.COLLECTING, _B.PLANNING, _B.EXPORTING)
    },
}
VOLUME_CAUSES: Mapping[tuple[StrEnum, StrEnum], str] = {
    (_V.PENDING, _V.WRITING): "machine, its first part",
    (_V.WRITING, _V.READY): "machine, sealed and checked",
    (_V.READY, _V.EXPIRED): "retention, DownloadDays after it was made",
}
UPLOAD_CAUSES: Mapping[tuple[StrEnum, StrEnum], str] = {
    (_U.RECEIVING, _U.RECEIVED): "complete, or S3's event",
    (_U.RECEIVING, _U.ABANDONED): "its owner, or retention after 7 days",
    (_U.RECEIVED, _U.INSPECTING): "machine, inspect begins",
    (_U.INSPECTING, _U.IMPORTING): "machine, the directory is read",
    (_U.IMPORTING, _U.COMPLETED): "machine, every entry is accounted for",
    **{
        (state, _U.FAILED): "machine, or retention after a day"
        for state in (_U.RECEIVED, _U.INSPECTING, _U.IMPORTING)
    },
    (_U.COMPLETED, _U.INSPECTING): "its owner, retry",
    (_U.FAILED, _U.INSPECTING): "its owner, retry",
    (_U.COMPLETED, _U.UNDOING): "its owner, undo",
    (_U.FAILED, _U.UNDOING): "its owner, undo",
    (_U.UNDOING, _U.UNDONE): "machine, its mail is out",
}

_HEAD = """# States

Drawn from `layers/core/python/pyeonji/domain/states.py` by `python -m infra.docs.states`; a test
compares this file with it, and another that nothing moves in any other way. Every arrow is one
conditional write: it happens only if the state it leaves is still the one it began from, so an
event that comes twice, late or out of order changes nothing.
"""

_BACKUP_NOTE = """A backup counts as one of the account's slots while it is {live}: taken
in the same transaction as the request is written, given back in the same transaction as it ends.

What takes an ended backup off the list is no state: `PurgeDays` after it expired, failed or was
cancelled, retention deletes its files, then its items. A person may delete one at any time.
"""

_VOLUME_NOTE = """A download is refused from the second a volume expires, whatever its state says by
then, and a presigned URL never outlives it. When a backup fails or is cancelled its files go at
once, and its volumes with them: from that moment it is shown without any.
"""

_UPLOAD_NOTE = """`PurgeDays` after its end the ZIP of an upload is deleted. One that was completed
stays on the list with its ledger; one that failed, was abandoned or undone
leaves it.
"""


def diagram(
    moves: Mapping[_State, frozenset[_State]],
    causes: Mapping[tuple[StrEnum, StrEnum], str],
    first: _State,
) -> str:
    """A mermaid state diagram of a transition table, with who makes each move.

    Mermaid ends a label at a colon or a semicolon: causes have none.
    """
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first}"]
    order = list(moves)
    lines += [
        f"    {source} --> {target}: {causes[source, target]}"
        for source in order
        for target in sorted(moves[source], key=order.index)
    ]
    lines += [f"    {state} --> [*]" for state in order if not moves[state]]
    return "\n".join([*lines, "```"])


def document() -> str:
    """The whole file."""
    live = ", ".join(state for state in BackupState if state in LIVE_BACKUP)
    parts = (
        _HEAD,
        "## Backup\n",
        diagram(BACKUP_MOVES, BACKUP_CAUSES, BackupState.REQUESTED) + "\n",
        _BACKUP_NOTE.format(live=live),
        "## Volume\n",
        diagram(VOLUME_MOVES, VOLUME_CAUSES, VolumeState.PENDING) + "\n",
        _VOLUME_NOTE,
        "## Upload\n",
        diagram(UPLOAD_MOVES, UPLOAD_CAUSES, UploadState.RECEIVING) + "\n",
        _UPLOAD_NOTE,
    )
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(document())
