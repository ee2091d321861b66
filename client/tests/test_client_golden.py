"""Download folders as earlier versions left them in the middle of a run: taken up, they go on.

`golden/018b64d.zip` was written by that commit: four requests (EML, mbox, IMAP, POP3) of 30 mails,
each killed after the bytes of its fourth batch of five and before their rows; the EML request has
sealed ZIPs, one of them with an upload that was begun.
"""

import dataclasses
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.tests import jobs
from client.tests.fake_imap import FakeImap
from client.tests.fake_imap import Script as ImapScript
from client.tests.fake_pop3 import FakePop3
from pyeonji_client.journal import Journal
from pyeonji_client.model import SourceKind

GOLDEN = Path(__file__).with_name("golden")
KINDS = ("eml", "mbox", "imap", "pop3")


def _mail(number: int, tag: str) -> bytes:
    """The mails of the golden folders."""
    return (
        f"From: kim@example.test\r\nTo: lee@example.test\r\nSubject: =?utf-8?b?7Y647KeA?= {tag} "
        f"{number}\r\nDate: Tue, 12 Mar 2019 10:{number:02d}:12 +0900\r\n"
        f"Message-ID: <{tag}{number}@example.test>\r\n\r\n편지 {tag} {number}\r\n"
    ).encode()


@pytest.fixture(params=sorted(path.name for path in GOLDEN.glob("*.zip")))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A golden folder, unpacked."""
    with zipfile.ZipFile(GOLDEN / request.param) as archive:
        archive.extractall(tmp_path)
    return tmp_path


@pytest.fixture
def ports() -> Iterator[dict[str, int]]:
    """The servers the requests speak to."""
    imap = {number + 1: _mail(number, "imap") for number in range(30)}
    pop3 = {number + 1: _mail(number, "pop3") for number in range(30)}
    with FakeImap(imap, ImapScript(validities=(7,))) as one, FakePop3(pop3) as other:
        yield {"imap": one.port, "pop3": other.port}


def _moved(place: Path, ports: dict[str, int]) -> None:
    """The sources stand elsewhere now than when the folder was written."""
    with sqlite3.connect(place / "download" / "pyeonji-journal.sqlite") as db:
        for identity, text in db.execute("SELECT id, source FROM job").fetchall():
            source = json.loads(text)
            if source["kind"] in ports:
                source["port"] = ports[source["kind"]]
            else:
                name = "eml" if source["kind"] == "eml" else "Inbox"
                source["path"] = str(place / "source" / name)
            db.execute("UPDATE job SET source=? WHERE id=?", (json.dumps(source), identity))
    db.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_was_killed_goes_on(place: Path, ports: dict[str, int], kind: str) -> None:
    _moved(place, ports)
    journal = Journal(place / "download")
    (job,) = [job for job in journal.requests.jobs() if job.source.kind is SourceKind(kind)]
    before = {archive.file: archive for archive in journal.requests.archives(job.id)}
    assert journal.mails.counts(job.id).packed == 15
    jobs.run(journal, job, "secret")
    counts = journal.mails.counts(job.id)
    assert (counts.packed, counts.same, counts.lost) == (30, 0, 0)
    found = [data for mails in jobs.mails(journal, job).values() for data in mails]
    expected = [_mail(number, kind) for number in range(30)]
    if kind == "mbox":
        expected = [data.replace(b"\r\n", b"\n") for data in expected]
    assert sorted(found) == sorted(expected)
    for archive in journal.requests.archives(job.id):
        known = before.get(archive.file)
        if known is not None and known.state == "sealed":
            assert archive == known
    journal.close()


def test_an_upload_that_was_begun_is_known(place: Path) -> None:
    journal = Journal(place / "download")
    archives = [
        archive for job in journal.requests.jobs() for archive in journal.requests.archives(job.id)
    ]
    assert [one.upload for one in archives if one.upload] == ["01JGOLDENUPLOAD"]
    assert journal.requests.setting("email") == "kim@acme.example"
    assert all(dataclasses.is_dataclass(job.source) for job in journal.requests.jobs())
    journal.close()
