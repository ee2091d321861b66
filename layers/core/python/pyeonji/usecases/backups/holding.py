"""Which backups are being read from: their files stay until that has ended."""

from pyeonji.domain.states import WORKING_UPLOAD
from pyeonji.worlds import HasUploads


def is_brought_back(world: HasUploads, account: str, backup_id: str) -> bool:
    """Whether an upload that is at work reads volumes of this backup: a day at most."""
    return any(
        upload.source is not None
        and upload.source.backup_id == backup_id
        and upload.state in WORKING_UPLOAD
        for upload in world.uploads.all(account)
    )
