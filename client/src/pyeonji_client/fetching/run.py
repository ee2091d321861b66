"""Running a request: from source to ZIPs, over every break, to the end or a clear sentence."""

import hashlib
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from ..errors import (
    ClientError,
    MissingSourceError,
    PausedError,
    ProtocolError,
    RefusedError,
    SpaceError,
    ThrottledError,
    TransientError,
    UnreadableError,
)
from ..journal import WHOLE_FOLDER, Journal
from ..journal.rows import FolderRow, Job
from ..model import Doubt, Folder, LastRead, Lost, Secret, Source, SourceConfig, SourceKind
from ..packing.packer import SPARE_BYTES, Packer
from ..sources import open_source
from ..sources.names import readable_folder
from .planning import Plan, is_wanted, survey

#: Told no more often than this, in seconds; a bar that moves faster cannot be read.
REPORT_EVERY = 0.1


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a source that fails is tried again; counts begin anew with every mail that comes.

    Waits double from `first` to `longest` seconds; a throttled source waits `throttled` at least.
    20 attempts with these numbers are some 30 minutes: a reboot of the router, a walk between
    offices. After that the request waits for somebody to press go on.
    """

    attempts: int = 20
    first: float = 1.0
    longest: float = 120.0
    throttled: float = 30.0
    careful_after: int = 2
    protocol_attempts: int = 6


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is. `event`: connecting, surveying, fetching, waiting (`seconds`, `code`),
    new_validity, zip_lost, sealing, done. Counts are of this job, over all runs."""

    event: str
    folder: str = ""
    done: int = 0
    total: int | None = None
    bytes: int = 0
    total_bytes: int | None = None
    rate: float = 0.0
    code: str = ""
    seconds: float = 0.0
    attempt: int = 0


Report = Callable[[Progress], None]
_T = TypeVar("_T")


def nothing(_: Progress) -> None:
    """A report for those who do not want one."""


@dataclass(slots=True)
class _Seen:
    """What the journal knows of one folder."""

    journal: Journal
    job: str
    folder: int

    def known(self, keys: Sequence[str], marks: Sequence[str | None] | None = None) -> set[str]:
        """See `model.Seen`."""
        return self.journal.mails.known(self.folder, keys, marks)

    def empty(self) -> bool:
        """See `model.Seen`."""
        return self.journal.mails.empty(self.folder)

    def holder(self, data: bytes) -> str | None:
        """See `model.Seen`."""
        digest = hashlib.sha256(data).digest()
        return self.journal.mails.holder(self.job, self.folder, digest)

    def last(self) -> LastRead | None:
        """See `model.Seen`."""
        return self.journal.mails.last(self.folder)


class Run:
    """One run of one request. `pause` may be called from any thread."""

    def __init__(
        self,
        journal: Journal,
        job: Job,
        secret: str | Secret,
        *,
        report: Report = nothing,
        patience: Patience | None = None,
        batch_mails: int | None = None,
        opener: Callable[[SourceConfig, str | Secret], Source] = open_source,
    ):
        self._journal, self._job, self._secret = journal, job, secret
        self._report = report
        self._patience = patience or Patience()
        self._stop = threading.Event()
        self._opener = opener
        self._packer = (
            Packer(journal, job, batch_mails=batch_mails) if batch_mails else Packer(journal, job)
        )
        self._source: Source | None = None
        self._started = time.monotonic()
        self._told = 0.0
        self._fetched = self._fetched_bytes = 0
        self._done = self._done_bytes = 0
        self._validities: dict[int, str] = {}
        self._doubts: dict[int | None, list[Doubt]] = {}
        self._refused: dict[int, str] = {}
        self._total: int | None = None
        self._total_bytes: int | None = None

    def pause(self) -> None:
        """Asks the run to stop at the next mail."""
        self._stop.set()

    def run(self) -> None:
        """Fetches everything and seals the ZIPs.

        Raises PausedError when paused, another ClientError when it cannot go on; either way what
        was fetched is safe, and the request's state says so.
        """
        with self._journal.lock(self._job.id):
            self._journal.requests.set_state(self._job.id, "fetching")
            try:
                self._run()
            except PausedError:
                self._keep()
                self._rest("paused")
                raise
            except KeyboardInterrupt:
                # May have come in the middle of packing: the batch is not to be trusted.
                self._rest("paused")
                raise PausedError from None
            except ClientError as error:
                if not isinstance(error, SpaceError):
                    self._keep()
                self._rest("failed", error.code, **error.facts)
                raise
            except sqlite3.OperationalError as error:  # the journal stands on the same disk
                full = SpaceError("disk_write_failed", path=str(self._journal.folder))
                self._rest("failed", full.code, **full.facts)
                raise full from error
            finally:
                self._packer.close()
                if self._source is not None:
                    self._source.close()
            self._journal.requests.set_state(
                self._job.id, self._journal.requests.resting_state(self._job.id)
            )
            self._tell("done", force=True)

    def _rest(self, state: str, error: str | None = None, **facts: object) -> None:
        """Writes down how it ended, if that can still be written."""
        with suppress(sqlite3.OperationalError):
            self._journal.requests.set_state(self._job.id, state, error, **facts)

    def _keep(self) -> None:
        """Saves the unfinished batch on the way out, unless the disk is what failed."""
        with suppress(SpaceError, sqlite3.OperationalError):
            self._packer.commit()

    def _run(self) -> None:
        for name in self._packer.recover():
            self._report(Progress("zip_lost", folder=name))
        self._tell("connecting", force=True)
        plan = self._patiently(self._survey)
        for folder in plan.folders:
            self._journal.requests.put_folder(
                self._job.id, folder.name, folder.path, folder.special_use,
                folder.messages, folder.size,
            )  # fmt: skip
        counts = self._journal.mails.counts(self._job.id)
        self._done, self._done_bytes = counts.packed + counts.same, counts.bytes
        self._total, self._total_bytes = counts.listed, counts.listed_bytes
        missing = None if plan.size is None else max(0, plan.size - counts.seen_bytes)
        if missing is not None and missing + SPARE_BYTES > plan.free:
            raise SpaceError("disk_too_small", needed=missing + SPARE_BYTES, free=plan.free)
        wanted = {folder.name for folder in plan.folders}
        for row in self._journal.requests.folders(self._job.id):
            if row.name in wanted:
                self._patiently(partial(self._fetch_or_list, row))
            elif not row.done and is_wanted(self._job.source, row.name, row.path):
                self._list(row, "folder_gone")
            elif not row.done:  # chosen once, and not any more
                self._journal.requests.set_folder_done(row.id)
        self._doubts[None] = self._patiently(lambda: list(self._opened().doubts()))
        self._journal.mails.set_doubts(
            self._job.id,
            [(folder, doubt) for folder, doubts in self._doubts.items() for doubt in doubts],
        )
        self._tell("sealing", force=True)
        self._packer.seal_all()
        if self._refused and len(self._refused) == len(wanted):
            said = next(iter(self._refused.values()))
            raise RefusedError("every_folder_refused", host=self._job.source.host, said=said)

    def _survey(self) -> Plan:
        self._tell("surveying", force=True)
        # Asking every mail's size is for the disk's sake, and once is enough.
        first = all(row.bytes is None for row in self._journal.requests.folders(self._job.id))
        source = self._job.source
        plan = survey(source, self._opened(), sizes=first, place=self._journal.folder, strict=False)
        # Chosen when the request was made, gone before it was ever looked into.
        there = {spelling for one in plan.folders for spelling in (one.name, one.path)}
        known = {
            spelling
            for row in self._journal.requests.folders(self._job.id)
            for spelling in (row.name, row.path)
        }
        for name in sorted({*source.folders} - there - known):
            self._journal.requests.put_folder(
                self._job.id, name, readable_folder(source, name), None, None, None
            )
        return plan

    def _opened(self) -> Source:
        if self._source is None:
            self._source = self._opener(self._job.source, self._secret)
        return self._source

    def _fetch_or_list(self, row: FolderRow) -> None:
        """A folder, or the news that it cannot be had: the others are fetched all the same."""
        try:
            self._fetch(row)
        except MissingSourceError as error:
            said = str(error.facts.get("said", ""))
            if error.code == "folder_refused":
                self._refused[row.id] = said
            gone = "folder_gone" if error.code != "folder_refused" else error.code
            self._list(row, gone, said)
        except UnreadableError:
            self._list(row, "folder_unreadable")

    def _list(self, row: FolderRow, reason: str, said: str = "") -> None:
        self._packer.add(row, Lost(WHOLE_FOLDER, reason, said))
        self._packer.commit()
        self._journal.requests.set_folder_done(row.id)

    def _fetch(self, row: FolderRow) -> None:
        folder = Folder(row.name, row.path, row.special_use, row.messages, row.bytes)
        validity = self._validities.get(row.id, row.validity)
        lost: list[str] = []
        doubts = self._doubts[row.id] = []
        in_order = self._job.source.kind is SourceKind.mbox
        last = self._journal.mails.last(row.id) if in_order else None
        for item in self._opened().mails(folder, _Seen(self._journal, self._job.id, row.id)):
            if isinstance(item, Doubt):
                doubts.append(item)
                continue
            if last is not None and item.key <= last.key:
                self._journal.mails.read_anew(row.id)
            last = None
            if not self._packer.add(row, item):
                lost.append(item.key)
            size = len(getattr(item, "data", b""))
            self._fetched += 1
            self._fetched_bytes += size
            self._done += 1
            self._done_bytes += size
            found = getattr(item, "validity", "")
            if found and found != validity:
                self._journal.requests.set_validity(row.id, found)
                if validity:
                    self._report(Progress("new_validity", folder=row.path))
                self._validities[row.id] = validity = found
            if self._packer.due:
                self._packer.commit()
            self._tell("fetching", row.path)
            if self._stop.is_set():
                raise PausedError
        self._packer.commit()
        self._journal.mails.folder_read(row.id, validity, lost, in_order=in_order)

    def _patiently(self, work: Callable[[], _T]) -> _T:
        """`work`, again and again while trying again may help."""
        failures = 0
        wait = self._patience.first
        while True:
            before = self._fetched
            try:
                return work()
            except (TransientError, ProtocolError) as error:
                self._packer.commit()
                if self._source is not None:
                    self._source.close()
                if self._fetched > before:
                    failures, wait = 0, self._patience.first
                failures += 1
                limit = self._patience.attempts
                if isinstance(error, ProtocolError):
                    limit = self._patience.protocol_attempts
                if failures >= limit:
                    raise
                if failures >= self._patience.careful_after and self._source is not None:
                    self._source.careful()
                self._wait(self._pause_for(error, wait), error.code, failures)
                wait = min(wait * 2, self._patience.longest)

    def _pause_for(self, error: ClientError, wait: float) -> float:
        if isinstance(error, ThrottledError):
            return max(wait, error.wait or self._patience.throttled)
        return wait

    def _wait(self, seconds: float, code: str, attempt: int) -> None:
        self._report(
            Progress("waiting", code=code, seconds=seconds, attempt=attempt, done=self._done,
                     total=self._total, bytes=self._done_bytes, total_bytes=self._total_bytes)
        )  # fmt: skip
        if self._stop.wait(seconds):
            raise PausedError

    def _tell(self, event: str, folder: str = "", *, force: bool = False) -> None:
        now = time.monotonic()
        if not force and now - self._told < REPORT_EVERY:
            return
        self._told = now
        elapsed = max(now - self._started, 0.001)
        self._report(
            Progress(event, folder, self._done, self._total, self._done_bytes, self._total_bytes,
                     rate=self._fetched / elapsed)
        )  # fmt: skip
