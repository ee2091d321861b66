"""The journal: what is safe, in one SQLite file in the download folder.

The rule that makes it survive a kill at any instant: bytes first, row after. A batch of mails is
written to the end of an open ZIP and synced, then one transaction says so. What a ZIP holds beyond
the length the journal names never happened, and is cut off on the next start
(`packing.packer.Packer`). WAL with synchronous=FULL: a committed batch survives a power cut too.
One run writes at a time (`lock`); anybody may read meanwhile.
"""

from contextlib import AbstractContextManager
from pathlib import Path

from .file import JournalFile
from .mails import WHOLE_FOLDER, Mails
from .requests import Requests

__all__ = ["WHOLE_FOLDER", "Journal"]


class Journal:
    """Everything a download folder remembers: `requests` with their folders and ZIPs, and
    `mails`. One connection; open one a thread."""

    def __init__(self, folder: Path):
        self.file = JournalFile(folder)
        self.folder = folder
        self.requests = Requests(self.file)
        self.mails = Mails(self.file)

    def close(self) -> None:
        """Lets go of the file."""
        self.file.close()

    def lock(self, job: str, patience: float = 0.5) -> AbstractContextManager[None]:
        """Holds a request for this process (`JournalFile.lock`)."""
        return self.file.lock(job, patience)

    def is_locked(self, job: str) -> bool:
        """Whether some process is at work on a request."""
        return self.file.is_locked(job)
