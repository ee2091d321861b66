"""The journal's file: opening, migrating, locking. What is in it is `journal`'s business."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import JournalError
from ..model import OWN_FILE

FILE = OWN_FILE
_VERSION = 2
_SCHEMA = """
CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE job(
  id TEXT PRIMARY KEY, title TEXT NOT NULL, source TEXT NOT NULL, state TEXT NOT NULL,
  error TEXT, facts TEXT NOT NULL DEFAULT '{}', created TEXT NOT NULL, changed TEXT NOT NULL,
  zip_limit INTEGER NOT NULL, timezone TEXT NOT NULL, account TEXT NOT NULL DEFAULT '',
  place TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE folder(
  id INTEGER PRIMARY KEY, job TEXT NOT NULL, name TEXT NOT NULL, path TEXT NOT NULL,
  special_use TEXT, messages INTEGER, bytes INTEGER, validity TEXT, done INTEGER NOT NULL DEFAULT 0,
  UNIQUE(job, name)
);
CREATE TABLE mailbox(
  id INTEGER PRIMARY KEY, job TEXT NOT NULL, path TEXT NOT NULL, special_use TEXT,
  UNIQUE(job, path)
);
CREATE TABLE archive(
  id INTEGER PRIMARY KEY, job TEXT NOT NULL, mailbox INTEGER NOT NULL, number INTEGER NOT NULL,
  file TEXT NOT NULL, state TEXT NOT NULL, bytes INTEGER NOT NULL, mails INTEGER NOT NULL,
  overhead INTEGER NOT NULL, size INTEGER, upload TEXT, upload_state TEXT, totals TEXT,
  UNIQUE(mailbox, number)
);
CREATE TABLE mail(
  folder INTEGER NOT NULL, key TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT, size INTEGER,
  digest BLOB, following INTEGER, mark TEXT, detail TEXT, PRIMARY KEY(folder, key)
) WITHOUT ROWID;
CREATE INDEX mail_told ON mail(folder) WHERE reason IS NOT NULL;
CREATE TABLE packed(
  archive INTEGER NOT NULL, offset INTEGER NOT NULL, name TEXT NOT NULL, method INTEGER NOT NULL,
  crc INTEGER NOT NULL, compressed INTEGER NOT NULL, size INTEGER NOT NULL,
  dos_time INTEGER NOT NULL, digest BLOB NOT NULL, received INTEGER NOT NULL, flags TEXT NOT NULL,
  uid INTEGER, PRIMARY KEY(archive, offset)
) WITHOUT ROWID;
CREATE TABLE content(mailbox INTEGER NOT NULL, digest BLOB NOT NULL,
  PRIMARY KEY(mailbox, digest)) WITHOUT ROWID;
CREATE TABLE doubt(job TEXT NOT NULL, folder INTEGER, code TEXT NOT NULL, facts TEXT NOT NULL);
CREATE INDEX doubt_job ON doubt(job);
"""
#: What makes a journal of each version one of the next (docs/formats.md, "Client journal").
_STEPS = {
    1: """
ALTER TABLE mail ADD COLUMN mark TEXT;
ALTER TABLE mail ADD COLUMN detail TEXT;
ALTER TABLE job ADD COLUMN place TEXT NOT NULL DEFAULT '';
CREATE TABLE doubt(job TEXT NOT NULL, folder INTEGER, code TEXT NOT NULL, facts TEXT NOT NULL);
CREATE INDEX doubt_job ON doubt(job);
""",
}


class JournalFile:
    """One connection to the journal of a download folder; open one a thread."""

    def __init__(self, folder: Path):
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.db = sqlite3.connect(folder / FILE, timeout=30, isolation_level=None)
            self.db.execute("PRAGMA journal_mode=WAL")
            self.db.execute("PRAGMA synchronous=FULL")
            self._migrate()
        except (sqlite3.Error, OSError) as error:
            raise JournalError("journal_unusable", path=str(folder / FILE)) from error

    def _migrate(self) -> None:
        if self.db.execute("PRAGMA user_version").fetchone()[0] == _VERSION:
            return
        with self.transaction():
            version = self.db.execute("PRAGMA user_version").fetchone()[0]
            if version > _VERSION:
                raise JournalError("journal_newer", path=str(self.folder / FILE))
            steps = [_STEPS[step] for step in range(version, _VERSION)] if version else [_SCHEMA]
            for statement in ";\n".join(steps).split(";\n"):
                if statement.strip():
                    self.db.execute(statement)
            self.db.execute(f"PRAGMA user_version={_VERSION}")

    def close(self) -> None:
        """Lets go of the file."""
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    @contextmanager
    def lock(self, job: str, patience: float = 0.5) -> Iterator[None]:
        """Holds `job` for this process. A database's lock ends with its process, however it ends,
        and works the same on every system. `patience`: seconds; somebody may only be looking."""
        path = self.folder / f".{job}.lock"
        lock = sqlite3.connect(path, timeout=patience, isolation_level=None)
        try:
            lock.execute("PRAGMA journal_mode=MEMORY")
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            lock.close()
            raise JournalError("job_is_running") from error
        try:
            yield
        finally:
            lock.close()

    def is_locked(self, job: str) -> bool:
        """Whether some process is at work on `job`."""
        try:
            with self.lock(job, patience=0):
                return False
        except JournalError:
            return True
