"""Uploading the ZIPs of a request, and following each to its result.

Resumable at every step: the service's id of an upload is in the journal before the first part
goes, and which parts have arrived is asked, never assumed.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import (
    ClientError,
    JournalError,
    PausedError,
    ServiceError,
    ServiceUnreachableError,
    StaleUrlError,
    UsageError,
)
from ..journal import Journal
from ..journal.rows import Archive, Job, Mailbox
from ..packing.zip_files import zip_path
from .http import Json, Service
from .targets import Targets

#: Parts under way at once; more does not help a home line and costs a part of memory each.
PARALLEL = 3
#: ZIPs the service has and imports while the next is sent.
SIDE_BY_SIDE = 8
#: Tries of one part, each with a fresh URL; waits double from one second.
TRIES = 6
BACKOFF = 1.0
#: URLs asked for at once: they live for minutes.
URLS = 12
#: Seconds between looks at an import that runs: first, and at most.
POLL_FIRST, POLL_LONGEST = 1.0, 10.0
RUNNING = ("received", "inspecting", "importing")
ENDED = ("completed", "failed", "abandoned")


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """`event`: sending, importing, ended. `state` is the service's; bytes are of this ZIP."""

    event: str
    file: str
    number: int
    files: int
    bytes: int
    total: int
    state: str
    fraction: float
    totals: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One entry that was not imported."""

    file: str
    name: str
    reason: str
    detail: str
    subject: str | None


@dataclass(slots=True)
class _Followed:
    """A ZIP the service has; `due` on the monotonic clock is when to look at it again."""

    archive: Archive
    number: int
    due: float
    pause: float = field(default_factory=lambda: POLL_FIRST)


class Uploader:
    """Uploads what is packed of one request. `pause` may be called from any thread."""

    def __init__(
        self,
        journal: Journal,
        job: Job,
        service: Service,
        *,
        report: Callable[[UploadProgress], None] = lambda _: None,
        on_duplicate: str = "skip",
    ):
        self._journal, self._job, self._service = journal, job, service
        self._report, self._on_duplicate = report, on_duplicate
        self._stop = threading.Event()
        self._number = self._files = 0

    def pause(self) -> None:
        """Asks to stop between parts."""
        self._stop.set()

    def run(self) -> None:
        """Uploads every sealed ZIP that is not imported yet.

        Raises PausedError or another ClientError; what was sent need not be sent again.
        """
        with self._journal.lock(self._job.id):
            todo = [
                archive
                for archive in self._journal.requests.archives(self._job.id, "sealed")
                if archive.upload_state != "completed"
            ]
            if not todo and not self._journal.requests.archives(self._job.id, "sealed"):
                raise UsageError("nothing_packed")
            before = self._journal.requests.job(self._job.id)
            self._journal.requests.set_state(self._job.id, "uploading")
            try:
                self._all(todo)
            except (PausedError, KeyboardInterrupt):
                self._rest()
                raise PausedError from None
            except ClientError as error:
                self._rest(error.code, **error.facts)
                raise
            except BaseException:
                self._rest()
                raise
            if (
                before.state == "failed"
                and self._journal.requests.resting_state(before.id) == "paused"
            ):
                self._rest(before.error, **before.facts)  # why its fetching stopped is still so
            else:
                self._rest()

    def _rest(self, error: str | None = None, /, **facts: object) -> None:
        """Packed or done; but what was not fetched to its end stays so, whatever was uploaded."""
        state = self._journal.requests.resting_state(self._job.id)
        if state == "paused" and error:
            state = "failed"
        self._journal.requests.set_state(self._job.id, state, error, **facts)

    def _all(self, todo: list[Archive]) -> None:
        """Sends one after the other while the service imports those before; so many small ZIPs
        cost their sending, and not the wait for each. What is wrong with one ZIP alone is raised
        after the others."""
        boxes = {box.id: box for box in self._journal.requests.mailboxes(self._job.id)}
        targets = Targets(self._service)
        self._files, waiting = len(todo), deque(enumerate(todo, start=1))
        followed: list[_Followed] = []
        first: ClientError | None = None
        while waiting or followed:
            try:
                if waiting and len(followed) < SIDE_BY_SIDE:
                    self._number, archive = waiting.popleft()
                    sent = self._sent(archive, boxes[archive.mailbox], targets)
                    followed.append(_Followed(sent, self._number, time.monotonic() + POLL_FIRST))
                elif self._stop.wait(max(0.0, followed[0].due - time.monotonic())):
                    raise PausedError
                followed = self._looked_at(followed)
            except (ServiceError, JournalError) as error:
                if not _of_one_zip(error):
                    raise
                first = first or error
        if first is not None:
            raise first

    def _looked_at(self, followed: list[_Followed]) -> list[_Followed]:
        """Those that are not at their end yet, the next to be looked at first."""
        now = time.monotonic()
        for one in [one for one in followed if one.due <= now]:
            followed.remove(one)
            if not self._ended(one):
                one.pause = min(one.pause * 1.5, POLL_LONGEST)
                one.due = time.monotonic() + one.pause
                followed.append(one)
        return sorted(followed, key=lambda one: one.due)

    # --- sending

    def _sent(self, archive: Archive, mailbox: Mailbox, targets: Targets) -> Archive:
        """Sends what is missing of a ZIP; at the end the service has all of it."""
        path = zip_path(self._journal, archive)
        size = archive.size or 0
        upload = self._earlier(archive)
        if upload is None:
            upload = self._service.create_upload(
                path.name, size, targets.id_for(mailbox), self._on_duplicate
            )
            self._journal.requests.set_upload(archive.id, upload["id"], "receiving", None)
        if upload["state"] == "receiving":
            self._send_parts(path, archive, upload)
            self._service.complete(upload["id"])
            self._journal.requests.set_upload(archive.id, upload["id"], "received", None)
        return self._journal.requests.archive(archive.id)

    def _earlier(self, archive: Archive) -> Json | None:
        """The upload an earlier run began, if it is still good for anything."""
        if not archive.upload:
            return None
        try:
            found = self._service.upload(archive.upload)
        except ServiceError as error:
            if error.status == 404:
                return None
            raise
        return None if found["state"] in ("failed", "abandoned") else found

    def _send_parts(self, path: Path, archive: Archive, upload: Json) -> None:
        part_bytes, parts, size = int(upload["part_bytes"]), int(upload["parts"]), archive.size or 0
        lengths = {
            number: min(part_bytes, size - (number - 1) * part_bytes)
            for number in range(1, parts + 1)
        }
        arrived = self._service.parts(upload["id"])
        missing = [number for number in lengths if arrived.get(number) != lengths[number]]
        sent = size - sum(lengths[number] for number in missing)
        self._tell("sending", archive, sent, size, "receiving", sent / size)
        with ThreadPoolExecutor(PARALLEL, "part") as pool:
            running: dict[Future[None], int] = {}
            feed = self._urls(upload["id"], missing)
            exhausted = False
            try:
                while running or not exhausted:
                    while not exhausted and len(running) < PARALLEL and not self._stop.is_set():
                        number, url = next(feed, (0, ""))
                        if not number:
                            exhausted = True
                            break
                        start = (number - 1) * part_bytes
                        future = pool.submit(
                            self._put, path, upload["id"], number, url, start, lengths[number]
                        )
                        running[future] = number
                    if not running:
                        break
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        sent += lengths[running.pop(future)]
                        future.result()
                        self._tell("sending", archive, sent, size, "receiving", sent / size)
            finally:
                for future in running:
                    future.cancel()
        if self._stop.is_set():
            raise PausedError
        if self._service.parts(upload["id"]) != lengths:
            raise ServiceUnreachableError("storage_refused", why="parts")

    def _urls(self, upload: str, numbers: list[int]) -> Iterator[tuple[int, str]]:
        for start in range(0, len(numbers), URLS):
            some = numbers[start : start + URLS]
            urls = self._service.part_urls(upload, some)
            for number in some:
                yield number, urls[number]

    def _put(self, path: Path, upload: str, number: int, url: str, start: int, length: int) -> None:
        with path.open("rb") as file:
            file.seek(start)
            data = file.read(length)
        for attempt in range(TRIES):
            try:
                return self._service.put_part(url, data)
            except StaleUrlError:
                if attempt == TRIES - 1 or self._stop.is_set():
                    raise
            except ServiceUnreachableError:
                if attempt == TRIES - 1 or self._stop.wait(min(BACKOFF * 2.0**attempt, 30)):
                    raise
                # A proxy may have handed on what it never answered for.
                if self._service.parts(upload).get(number) == length:
                    return
            url = self._service.part_urls(upload, [number])[number]

    # --- following

    def _ended(self, one: _Followed) -> bool:
        """Looks at an import and writes down what it says. True at its end."""
        archive, self._number = one.archive, one.number
        found = self._service.upload(archive.upload or "")
        state = str(found["state"])
        result: Json = {
            "totals": found.get("totals"),
            "failure": found.get("failure"),
            "mailbox_path": found.get("mailbox_path"),
        }
        self._journal.requests.set_upload(archive.id, archive.upload, state, result)
        event = "ended" if state in ENDED else "importing"
        size = archive.size or 0
        self._tell(event, archive, size, size, state, float(found.get("progress") or 0), result)
        return state in ENDED

    def _tell(
        self, event: str, archive: Archive, sent: int, total: int, state: str, fraction: float,
        totals: Json | None = None,
    ) -> None:  # fmt: skip
        self._report(
            UploadProgress(
                event, archive.file, self._number, self._files, sent, total, state, fraction, totals
            )
        )


def _of_one_zip(error: ClientError) -> bool:
    """Whether the next ZIP may fare better: this one is gone, too large, its mailbox refused."""
    if isinstance(error, JournalError):
        return True
    if isinstance(error, ServiceUnreachableError):
        return False
    return isinstance(error, ServiceError) and error.status in (400, 404, 409, 413, 422)


def rejected(service: Service, archive: Archive) -> Iterator[Row]:
    """What the service did not take of a ZIP, with its reasons, page by page."""
    after: str | None = None
    while archive.upload:
        page = service.entries(archive.upload, "rejected", after)
        for entry in page["entries"]:
            yield Row(
                archive.file, str(entry["name"]), str(entry["reason"]),
                str(entry.get("detail") or ""), entry.get("subject"),
            )  # fmt: skip
        after = page.get("next")
        if not after:
            return
