"""Short ways to requests and what they brought, for tests."""

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

from pyeonji.domain.manifest import read_folder_json
from pyeonji_client.fetching.run import Patience, Progress, Run, nothing
from pyeonji_client.journal import Journal
from pyeonji_client.journal.rows import Job
from pyeonji_client.model import Source, SourceConfig
from pyeonji_client.sources import open_source

#: Tries again at once, so that a test of a hundred breaks takes a second.
HASTY = Patience(attempts=8, first=0.001, longest=0.01, throttled=0.001, protocol_attempts=4)
LIMIT = 2**31 - 1


def add(journal: Journal, config: SourceConfig, limit: int = LIMIT) -> Job:
    """A request of ours."""
    return journal.requests.add_job("시험", config, limit, "Asia/Seoul", "kim@acme.example")


def run(
    journal: Journal,
    job: Job,
    secret: str = "",
    *,
    report: Callable[[Progress], None] = nothing,
    opener: Callable[[SourceConfig, str], Source] = open_source,
    batch_mails: int | None = None,
) -> None:
    """One run, hasty."""
    Run(
        journal, job, secret, report=report, patience=HASTY, opener=opener, batch_mails=batch_mails
    ).run()


def mails(journal: Journal, job: Job) -> dict[str, list[bytes]]:
    """Mailbox path → contents of the .eml members of its ZIPs, in order; every ZIP is checked."""
    found: dict[str, list[bytes]] = {}
    for archive in journal.requests.archives(job.id):
        assert archive.state == "sealed"
        path = journal.folder / archive.file
        assert path.stat().st_size == archive.size < job.zip_limit
        box = next(box for box in journal.requests.mailboxes(job.id) if box.id == archive.mailbox)
        contents = found.setdefault(box.path, [])
        contents.extend(check(path, archive.mails))
    return found


def check(path: Path, expected: int) -> list[bytes]:
    """The mails of a ZIP, which must be sound and agree with its manifest."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(names) == len(set(names)) == expected + 2
        assert names[-1] == "archive.json"
        folder = names[-2].removesuffix("folder.json")
        listed = read_folder_json(archive.read(names[-2]))
        contents = []
        for name in names[:-2]:
            assert name.startswith(folder) and name.endswith(".eml")
            data = archive.read(name)
            entry = listed[name.removeprefix(folder)]
            assert entry.sha256 == hashlib.sha256(data).hexdigest()
            assert entry.size == len(data)
            contents.append(data)
        assert len(listed) == expected
        return contents


def digests(journal: Journal, job: Job) -> dict[str, list[str]]:
    """`mails`, as sorted digests: sets of private mail that may be compared and printed."""
    return {
        path: sorted(hashlib.sha256(data).hexdigest() for data in contents)
        for path, contents in mails(journal, job).items()
    }
