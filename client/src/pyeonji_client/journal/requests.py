"""The requests of a download folder, their source folders, target mailboxes and ZIPs."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pyeonji.domain.ids import new_id

from ..errors import UsageError
from ..model import SourceConfig
from .file import JournalFile
from .rows import DOUBTFUL, Archive, FolderRow, Job, Mailbox, archive_from, job_from

_JOB = (
    "SELECT id,title,source,state,error,facts,created,changed,zip_limit,timezone,account,"
    "place FROM job"
)
_ARCHIVE = (
    "SELECT id,job,mailbox,number,file,state,bytes,mails,overhead,size,upload,upload_state,totals"
    " FROM archive"
)
#: Mails before the folders and ZIPs they are found by.
_REMOVE = (
    "DELETE FROM doubt WHERE job=?",
    "DELETE FROM mail WHERE folder IN (SELECT id FROM folder WHERE job=?)",
    "DELETE FROM packed WHERE archive IN (SELECT id FROM archive WHERE job=?)",
    "DELETE FROM content WHERE mailbox IN (SELECT id FROM mailbox WHERE job=?)",
    "DELETE FROM folder WHERE job=?",
    "DELETE FROM archive WHERE job=?",
    "DELETE FROM mailbox WHERE job=?",
    "DELETE FROM job WHERE id=?",
)


class Requests:
    """Requests, their folders, mailboxes and ZIPs."""

    def __init__(self, file: JournalFile):
        self._file = file

    # --- settings

    def setting(self, name: str, default: str = "") -> str:
        """A setting of the download folder."""
        row = self._file.db.execute("SELECT value FROM setting WHERE name=?", (name,)).fetchone()
        return row[0] if row else default

    def set_setting(self, name: str, value: str) -> None:
        """Changes a setting."""
        self._file.db.execute("INSERT OR REPLACE INTO setting VALUES(?,?)", (name, value))

    # --- jobs

    def add_job(
        self,
        title: str,
        source: SourceConfig,
        zip_limit: int,
        timezone: str,
        account: str,
        place: str = "",
    ) -> Job:
        """A new request, waiting."""
        now = datetime.now(UTC)
        identity = new_id(now)
        stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        self._file.db.execute(
            "INSERT INTO job(id,title,source,state,created,changed,zip_limit,timezone,account,"
            "place) VALUES(?,?,?,?,?,?,?,?,?,?)",
            (identity, title, json.dumps(asdict(source)), "waiting", stamp, stamp, zip_limit,
             timezone, account, place),
        )  # fmt: skip
        return self.job(identity)

    def jobs(self) -> list[Job]:
        """Every request, oldest first."""
        return [job_from(row) for row in self._file.db.execute(f"{_JOB} ORDER BY id")]

    def job(self, identity: str) -> Job:
        """One request, by its id, the last characters of it, or its place in the list (1, 2 …)."""
        jobs = self.jobs()
        if identity.isdigit() and 0 < int(identity) <= len(jobs):
            return jobs[int(identity) - 1]
        found = [job for job in jobs if job.id == identity or job.id.endswith(identity.upper())]
        if len(found) != 1 or not identity:
            raise UsageError("no_such_job", job=identity)
        return found[0]

    def set_state(self, job: str, state: str, error: str | None = None, **facts: object) -> None:
        """Moves a request on."""
        self._file.db.execute(
            "UPDATE job SET state=?, error=?, facts=?, changed=? WHERE id=?",
            (state, error, json.dumps(facts, default=str),
             datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), job),
        )  # fmt: skip

    def resting_state(self, job: str) -> str:
        """What a request is that nobody works at: paused, packed or done."""
        archives, folders = self.archives(job), self.folders(job)
        if not folders or not all(folder.done for folder in folders):
            return "paused"
        if any(archive.state == "open" for archive in archives):
            return "paused"
        uploaded = all(archive.upload_state == "completed" for archive in archives)
        if not archives or not uploaded:
            return "packed"
        return "done" if self._whole(job) else "incomplete"

    def _whole(self, job: str) -> bool:
        """Whether nothing is lost or doubted: only then "done" is said."""
        found = self._file.db.execute(
            "SELECT EXISTS(SELECT 1 FROM doubt WHERE job=:job) OR EXISTS(SELECT 1 FROM mail"
            " WHERE (outcome='lost' OR reason IN (SELECT value FROM json_each(:doubtful)))"
            " AND folder IN (SELECT id FROM folder WHERE job=:job))",
            {"job": job, "doubtful": json.dumps(DOUBTFUL)},
        ).fetchone()
        return not found[0]

    def set_source(self, job: str, source: SourceConfig, title: str) -> None:
        """A request is another one now."""
        self._file.db.execute(
            "UPDATE job SET source=?, title=? WHERE id=?", (json.dumps(asdict(source)), title, job)
        )

    def set_zip_limit(self, job: str, limit: int) -> None:
        """The service's limit may be known only after signing in."""
        self._file.db.execute("UPDATE job SET zip_limit=? WHERE id=?", (limit, job))

    def remove_job(self, job: str) -> None:
        """Forgets a request and all its mails; files are the caller's."""
        with self._file.transaction():
            for statement in _REMOVE:
                self._file.db.execute(statement, (job,))

    # --- folders and mailboxes

    def put_folder(
        self, job: str, name: str, path: str, special_use: str | None,
        messages: int | None, size: int | None,
    ) -> FolderRow:  # fmt: skip
        """Adds a folder or updates its counts. Its path stays: mails of it are packed there."""
        self._file.db.execute(
            "INSERT INTO folder(job,name,path,special_use,messages,bytes) VALUES(?,?,?,?,?,?)"
            " ON CONFLICT(job,name) DO UPDATE SET messages=excluded.messages,"
            " bytes=COALESCE(excluded.bytes, bytes), done=0",
            (job, name, path, special_use, messages, size),
        )
        return next(row for row in self.folders(job) if row.name == name)

    def folders(self, job: str) -> list[FolderRow]:
        """The chosen folders, in the order they are fetched."""
        rows = self._file.db.execute(
            "SELECT id,job,name,path,special_use,messages,bytes,validity,done FROM folder"
            " WHERE job=? ORDER BY id",
            (job,),
        )
        return [FolderRow(*row) for row in rows]

    def set_validity(self, folder: int, validity: str) -> None:
        """What the keys of a folder count from."""
        self._file.db.execute("UPDATE folder SET validity=? WHERE id=?", (validity, folder))

    def set_folder_done(self, folder: int) -> None:
        """There is nothing more to be had from the folder in this run."""
        self._file.db.execute("UPDATE folder SET done=1 WHERE id=?", (folder,))

    def mailbox(self, job: str, path: str, special_use: str | None) -> Mailbox:
        """The mailbox at `path`, made if need be."""
        self._file.db.execute(
            "INSERT OR IGNORE INTO mailbox(job,path,special_use) VALUES(?,?,?)",
            (job, path, special_use),
        )
        row = self._file.db.execute(
            "SELECT id,job,path,special_use FROM mailbox WHERE job=? AND path=?", (job, path)
        ).fetchone()
        return Mailbox(*row)

    def mailboxes(self, job: str) -> list[Mailbox]:
        """Every mailbox mails went to."""
        rows = self._file.db.execute(
            "SELECT id,job,path,special_use FROM mailbox WHERE job=? ORDER BY id", (job,)
        )
        return [Mailbox(*row) for row in rows]

    # --- archives

    def add_archive(self, mailbox: Mailbox, file_of: Callable[[int, set[str]], str]) -> Archive:
        """The next ZIP of a mailbox, open and empty."""
        number = self._file.db.execute(
            "SELECT COALESCE(MAX(number),0)+1 FROM archive WHERE mailbox=?", (mailbox.id,)
        ).fetchone()[0]
        taken = {row[0] for row in self._file.db.execute("SELECT file FROM archive")}
        identity = self._file.db.execute(
            "INSERT INTO archive(job,mailbox,number,file,state,bytes,mails,overhead)"
            " VALUES(?,?,?,?,'open',0,0,0)",
            (mailbox.job, mailbox.id, number, file_of(number, taken)),
        ).lastrowid
        return self.archive(identity or 0)

    def archive(self, identity: int) -> Archive:
        """One ZIP."""
        row = self._file.db.execute(f"{_ARCHIVE} WHERE id=?", (identity,)).fetchone()
        return archive_from(row)

    def archives(self, job: str, state: str | None = None) -> list[Archive]:
        """The ZIPs of a job, in order."""
        rows = self._file.db.execute(f"{_ARCHIVE} WHERE job=? ORDER BY mailbox, number", (job,))
        return [found for row in rows if state in (None, (found := archive_from(row)).state)]

    def set_sealed(self, archive: int, size: int) -> None:
        """The ZIP is complete and has its final name."""
        self._file.db.execute(
            "UPDATE archive SET state='sealed', size=? WHERE id=?", (size, archive)
        )

    def set_upload(
        self, archive: int, upload: str | None, state: str | None, totals: dict[str, Any] | None
    ) -> None:
        """How far the upload of a ZIP is."""
        self._file.db.execute(
            "UPDATE archive SET upload=?, upload_state=?, totals=? WHERE id=?",
            (upload, state, json.dumps(totals) if totals is not None else None, archive),
        )
