"""Work beside the window: one thread a task, its news as signals."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from ..errors import ClientError

News = Callable[[Any], None]


class Task(QThread):
    """Runs `work(news)`. `done` carries its result, `failed` its ClientError."""

    news = Signal(object)
    done = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject, work: Callable[[News], Any]):
        super().__init__(parent)
        self._work = work

    def run(self) -> None:
        """In the thread; called by Qt."""
        try:
            result = self._work(self.news.emit)
        except ClientError as error:
            self.failed.emit(error)
        except Exception as error:  # noqa: BLE001 - a thread's end is the last place to say so
            self.failed.emit(ClientError("unexpected", why=type(error).__name__))
        else:
            self.done.emit(result)


def start(
    parent: QObject,
    work: Callable[[News], Any],
    done: Callable[[Any], None],
    failed: Callable[[ClientError], None],
    news: News | None = None,
) -> Task:
    """Starts a task whose news arrive in the window's own thread."""
    task = Task(parent, work)
    task.done.connect(done)
    task.failed.connect(failed)
    if news is not None:
        task.news.connect(news)
    task.finished.connect(task.deleteLater)
    task.start()
    return task
