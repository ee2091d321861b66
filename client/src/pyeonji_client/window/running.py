"""Runs and uploads of requests in threads of their own, at most one a request."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from ..errors import ClientError
from ..fetching.run import Run
from ..journal import Journal
from ..journal.rows import Job
from ..model import Secret
from ..service.http import Service
from ..service.uploading import Uploader
from .tasks import News, Task, start


class Running(QObject):
    """What is under way. Signals carry the request's id first."""

    news = Signal(str, object)
    ended = Signal(str)
    failed = Signal(str, object)

    def __init__(self, parent: QObject):
        super().__init__(parent)
        self._tasks: dict[str, Task] = {}
        self._pauses: dict[str, Callable[[], None]] = {}
        self.pausing: set[str] = set()

    def is_running(self, job: str) -> bool:
        """True from the start of a run or upload to its end."""
        return job in self._tasks

    @property
    def any(self) -> bool:
        """True while anything is under way."""
        return bool(self._tasks)

    def fetch(self, folder: Path, job: Job, secret: str | Secret) -> None:
        """Starts or continues a request."""

        def work(journal: Journal, news: News) -> None:
            run = Run(journal, journal.requests.job(job.id), secret, report=news)
            self._pausable(job.id, run.pause)
            run.run()

        self._begin(folder, job.id, work)

    def upload(self, folder: Path, job: Job, service: Service) -> None:
        """Uploads what is packed."""

        def work(journal: Journal, news: News) -> None:
            uploader = Uploader(journal, journal.requests.job(job.id), service, report=news)
            self._pausable(job.id, uploader.pause)
            uploader.run()

        self._begin(folder, job.id, work)

    def _pausable(self, job: str, pause: Callable[[], None]) -> None:
        self._pauses[job] = pause
        if job in self.pausing:
            pause()

    def _begin(self, folder: Path, job: str, work: Callable[[Journal, News], None]) -> None:
        if job in self._tasks:
            return

        def whole(news: News) -> None:
            journal = Journal(folder)  # SQLite connections stay in their thread
            try:
                work(journal, news)
            finally:
                journal.close()

        def done(_: Any) -> None:
            self._over(job)
            self.ended.emit(job)

        def failed(error: ClientError) -> None:
            self._over(job)
            self.failed.emit(job, error)

        self._tasks[job] = start(
            self, whole, done, failed, lambda progress: self.news.emit(job, progress)
        )

    def _over(self, job: str) -> None:
        self._tasks.pop(job, None)
        self._pauses.pop(job, None)
        self.pausing.discard(job)

    def pause(self, job: str) -> None:
        """Asks a run or upload to stop at the next mail or part."""
        if job in self._tasks:
            self.pausing.add(job)
            pause = self._pauses.get(job)
            if pause is not None:
                pause()

    def pause_all(self, milliseconds: int = 10_000) -> None:
        """For closing: what is done is safe whether or not a thread ends in time."""
        tasks = list(self._tasks.values())
        for job in list(self._tasks):
            self.pause(job)
        for task in tasks:
            task.wait(milliseconds)
