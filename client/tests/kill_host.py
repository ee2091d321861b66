"""Forks runs of a request so that a test can kill them without paying for Python's start.

Reads lines of download folder, job id, secret file and log, with tabs between; answers each with
the child's pid, and an empty line with the child's exit status once it is gone. Every key that a
source hands over is appended to the log before it is packed.
"""

import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from pyeonji_client.fetching.run import Patience, Run
from pyeonji_client.journal import Journal
from pyeonji_client.model import Doubt, Folder, Lost, Mail, Secret, Seen, Source, SourceConfig
from pyeonji_client.sources import open_source

BATCH = 100


class Logged:
    """A source that writes down what it hands over."""

    def __init__(self, inner: Source, log: int):
        self._inner, self._log = inner, log

    def folders(self) -> list[Folder]:
        return self._inner.folders()

    def survey(self, folder: Folder) -> Folder:
        return self._inner.survey(folder)

    def mails(self, folder: Folder, seen: Seen) -> Iterator[Mail | Lost | Doubt]:
        for item in self._inner.mails(folder, seen):
            if not isinstance(item, Doubt):
                os.write(self._log, f"{folder.name}/{item.key}\n".encode())
            yield item

    def doubts(self) -> Iterator[Doubt]:
        return self._inner.doubts()

    def careful(self) -> None:
        self._inner.careful()

    def close(self) -> None:
        self._inner.close()


def child(folder: str, job: str, secret: str, log: str) -> None:
    """One run, to its end."""
    journal = Journal(Path(folder))
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def opener(config: SourceConfig, password: str | Secret) -> Source:
        return Logged(open_source(config, password), descriptor)

    Run(
        journal,
        journal.requests.job(job),
        Path(secret).read_text(encoding="utf-8"),
        patience=Patience(attempts=3, first=0.01),
        batch_mails=BATCH,
        opener=opener,
    ).run()


def main() -> None:
    """Serves until standard input ends."""
    # Imported now, so that children do not: they are killed within milliseconds.
    for kind in ("imap", "pop3", "mbox", "files"):
        __import__(f"pyeonji_client.sources.{kind}")
    running = 0
    for line in sys.stdin:
        if not line.strip():
            _, status = os.waitpid(running, 0)
            print(status, flush=True)
            continue
        running = os.fork()
        if running == 0:
            code = 1
            try:
                child(*line.rstrip("\n").split("\t"))
                code = 0
            except BaseException:  # noqa: BLE001 - its parent would go on with the loop
                traceback.print_exc()
            finally:
                os._exit(code)
        print(running, flush=True)


if __name__ == "__main__":
    main()
