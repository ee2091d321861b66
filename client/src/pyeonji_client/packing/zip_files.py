"""Names and places of a request's ZIPs."""

import os
import unicodedata
from pathlib import Path

from pyeonji.mime.naming import safe_component

from ..errors import JournalError
from ..journal import Journal
from ..journal.rows import Archive, Job


def file_name(job: Job, path: str, number: int, taken: set[str]) -> str:
    """The name of a mailbox's ZIP below the download folder, not in `taken`.

    Nor one that Windows or macOS would take for it: "Work" and "work" are two mailboxes, and one
    file there.
    """
    alike = {_alike(name) for name in taken}
    directory = job_directory(job)
    stem = safe_component(path.replace("/", "_"), 80) or "mail"
    name = f"{directory}/{stem}-{number:04d}.zip"
    extra = 2
    while _alike(name) in alike:  # "a/b" and "a_b" are two mailboxes as well
        name = f"{directory}/{stem}({extra})-{number:04d}.zip"
        extra += 1
    return name


def _alike(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def job_directory(job: Job) -> str:
    """Where a job's ZIPs are: below the download folder, or a whole path where one was chosen."""
    name = f"{safe_component(job.title, 60) or 'mail'}-{job.id[-6:].lower()}"
    return (Path(job.place) / name).as_posix() if job.place else name


def zip_path(journal: Journal, archive: Archive) -> Path:
    """A sealed ZIP. Raises JournalError when somebody moved or changed it."""
    path = journal.folder / archive.file
    if not path.is_file() or path.stat().st_size != archive.size:
        raise JournalError("zip_missing", path=str(path))
    return path


def keywords(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Labels as IMAP keywords, which have no spaces, brackets or quotes (RFC 9051, 9)."""
    cleaned = (
        "".join("_" if character in ' (){%*"\\]\n' else character for character in label)
        for label in labels
        if not label.startswith("\\")
    )
    return tuple(dict.fromkeys(label[:64] for label in cleaned if label))


def sync_directory(path: Path) -> None:
    """Makes a new name survive a power cut, where the system lets one."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
