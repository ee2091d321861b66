"""Packing and the journal: what a kill, a full disk or a meddling hand leaves behind."""

import os
import shutil
import zipfile
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.tests import jobs
from client.tests.stopping import stopping
from pyeonji.zipio.archive import open_directory
from pyeonji_client.errors import JournalError, PausedError, SpaceError, UsageError
from pyeonji_client.journal import Journal
from pyeonji_client.journal.file import FILE
from pyeonji_client.journal.rows import FolderRow, Job
from pyeonji_client.model import Lost, Mail, SourceConfig, SourceKind
from pyeonji_client.packing import packer as packing
from pyeonji_client.packing.packer import Packer
from pyeonji_client.packing.zip_files import zip_path

_CONFIG = SourceConfig(SourceKind.eml, path="/nowhere")


def _mail(number: int, path: str = "받은편지함", size: int = 200) -> Mail:
    data = f"Subject: 편지 {number}\r\nDate: Mon, 1 Jan 2024 00:00:00 +0900\r\n\r\n".encode()
    return Mail(f"{number:06d}", data + os.urandom(size).hex().encode(), path, uid=number + 1)


def _packer(journal: Journal, job: Job) -> Packer:
    packer = Packer(journal, job)
    packer.recover()
    return packer


def _folder(journal: Journal, job: Job) -> FolderRow:
    return journal.requests.put_folder(job.id, "in", "받은편지함", "inbox", None, None)


def test_zips_are_cut_below_the_limit_and_every_tool_reads_them(journal: Journal) -> None:
    limit = 60_000
    job = jobs.add(journal, _CONFIG, limit)
    packer, folder = _packer(journal, job), _folder(journal, job)
    sent = [_mail(number, size=300) for number in range(120)]
    for mail in sent:
        packer.add(folder, mail)
    packer.seal_all()
    archives = journal.requests.archives(job.id)
    assert len(archives) > 2
    assert all(20_000 < (archive.size or 0) < limit for archive in archives[:-1])
    assert jobs.mails(journal, job)["받은편지함"] == [mail.data for mail in sent]
    for archive in archives:
        path = journal.folder / archive.file
        data = path.read_bytes()
        directory = open_directory(len(data), partial(_slice, data))
        assert len(directory) == archive.mails + 2


def _slice(data: bytes, start: int, length: int) -> bytes:
    return data[start : start + length]


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 3_000), min_size=1, max_size=40),
    limit=st.integers(30_000, 60_000),
    names=st.lists(st.sampled_from(["a", "a/b", "a_b", "CON", "긴" * 150]), min_size=1),
)
def test_any_sizes_fit_whatever_the_limit(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], limit: int, names: list[str]
) -> None:
    journal = Journal(tmp_path_factory.mktemp("j"))
    job = jobs.add(journal, _CONFIG, limit)
    packer, folder = _packer(journal, job), _folder(journal, job)
    for number, size in enumerate(sizes):
        packer.add(folder, _mail(number, names[number % len(names)], size))
    packer.seal_all()
    assert sum(map(len, jobs.mails(journal, job).values())) == len(sizes)
    journal.close()


def test_a_mail_that_fits_no_zip_is_listed(journal: Journal) -> None:
    job = jobs.add(journal, _CONFIG, 30_000)
    packer, folder = _packer(journal, job), _folder(journal, job)
    packer.add(folder, _mail(1, size=40_000))
    packer.add(folder, _mail(2))
    packer.seal_all()
    assert [(row[1], row[3]) for row in journal.mails.told(job.id)] == [("000001", "too_large")]
    assert len(jobs.mails(journal, job)["받은편지함"]) == 1


def test_the_same_bytes_are_packed_once_a_mailbox(journal: Journal) -> None:
    job = jobs.add(journal, _CONFIG)
    packer, folder = _packer(journal, job), _folder(journal, job)
    mail = _mail(1)
    for key, path in (("1", "a"), ("2", "a"), ("3", "b")):
        packer.add(folder, Mail(key, mail.data, path))
    packer.commit()
    packer.add(folder, Mail("4", mail.data, "a"))
    packer.seal_all()
    assert {path: len(mails) for path, mails in jobs.mails(journal, job).items()} == {
        "a": 1,
        "b": 1,
    }
    assert journal.mails.counts(job.id).same == 2
    assert journal.mails.known(folder.id, ["1", "2", "3", "4", "5"]) == {"1", "2", "3", "4"}


def test_what_was_written_beyond_the_journal_is_cut_off(journal: Journal) -> None:
    job = jobs.add(journal, _CONFIG)
    packer, folder = _packer(journal, job), _folder(journal, job)
    packer.add(folder, _mail(1))
    packer.commit()
    packer.close()
    (archive,) = journal.requests.archives(job.id)
    part = journal.folder / f"{archive.file}.part"
    with part.open("ab") as file:
        file.write(b"half a mail that no journal knows")
    packer = _packer(journal, job)
    assert part.stat().st_size == archive.bytes
    packer.add(folder, _mail(2))
    packer.seal_all()
    assert len(jobs.mails(journal, job)["받은편지함"]) == 2


def test_killed_between_the_last_rename_and_its_row(journal: Journal) -> None:
    job = jobs.add(journal, _CONFIG)
    packer, folder = _packer(journal, job), _folder(journal, job)
    packer.add(folder, _mail(1))
    packer.seal_all()
    (archive,) = journal.requests.archives(job.id)
    journal.file.db.execute("UPDATE archive SET state='open', size=NULL")
    packer = _packer(journal, job)
    packer.add(folder, _mail(2))
    packer.seal_all()
    assert len(jobs.mails(journal, job)["받은편지함"]) == 2
    assert zip_path(journal, journal.requests.archives(job.id)[0]).name == Path(archive.file).name


def test_no_two_zips_have_names_that_windows_takes_for_one(journal: Journal) -> None:
    job = jobs.add(journal, _CONFIG)
    packer, folder = _packer(journal, job), _folder(journal, job)
    for number, path in enumerate(("Work", "work", "WORK", "a/b", "A_B")):
        packer.add(folder, _mail(number, path))
    packer.seal_all()
    files = {archive.file.casefold() for archive in journal.requests.archives(job.id)}
    assert len(files) == len(jobs.mails(journal, job)) == 5


def test_stopped_at_once_in_the_middle_of_packing(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second Ctrl-C can come between any two lines: the batch is given up, the ZIP is sound."""
    (tmp_path / "in").mkdir()
    for number in range(9):
        (tmp_path / "in" / f"{number}.eml").write_bytes(b"Subject: %d\n\nx\n" % number)
    job = jobs.add(journal, SourceConfig(SourceKind.eml, path=str(tmp_path / "in")))
    add = packing.SegmentWriter.add

    def interrupted(self: packing.SegmentWriter, *arguments: Any) -> Any:
        member = add(self, *arguments)
        if len(self.members) == 2:
            raise KeyboardInterrupt
        return member

    monkeypatch.setattr(packing.SegmentWriter, "add", interrupted)
    with pytest.raises(PausedError):
        jobs.run(journal, job, batch_mails=5)
    assert journal.requests.job(job.id).state == "paused"
    monkeypatch.undo()
    jobs.run(journal, job)
    assert len(jobs.mails(journal, job)["in"]) == 9


def test_a_lost_zip_of_an_mbox_is_read_again_although_later_mails_are_safe(
    journal: Journal, tmp_path: Path
) -> None:
    """Labels fill several ZIPs in one pass: what comes behind the last safe mail is not all."""
    mails = [b"X-Gmail-Labels: %c\nSubject: %d\n\nx\n" % (b"ab"[n % 2], n) for n in range(20)]
    line = b"From a@b.example Thu Jan  1 00:00:00 2024\n"
    (tmp_path / "in.mbox").write_bytes(b"".join(line + mail + b"\n" for mail in mails))
    job = jobs.add(journal, SourceConfig(SourceKind.mbox, path=str(tmp_path / "in.mbox")))
    with pytest.raises(PausedError):
        jobs.run(journal, job, batch_mails=3, opener=partial(stopping, 15))
    (journal.folder / f"{journal.requests.archives(job.id)[0].file}.part").unlink()
    jobs.run(journal, job)
    assert sorted(chain(*jobs.mails(journal, job).values())) == sorted(mails)
    counts = journal.mails.counts(job.id)
    assert (counts.packed, counts.same, counts.lost) == (20, 0, 0)


@pytest.mark.parametrize("meddle", ["truncate", "remove"])
def test_a_zip_that_lost_bytes_is_given_up_and_its_mails_fetched_again(
    journal: Journal, meddle: str
) -> None:
    job = jobs.add(journal, _CONFIG)
    packer, folder = _packer(journal, job), _folder(journal, job)
    packer.add(folder, _mail(1))
    packer.commit()
    packer.close()
    (archive,) = journal.requests.archives(job.id)
    part = journal.folder / f"{archive.file}.part"
    if meddle == "truncate":
        os.truncate(part, archive.bytes - 1)
    else:
        part.unlink()
    again = Packer(journal, job)
    assert again.recover() == [archive.file]
    assert journal.mails.known(folder.id, ["000001"]) == set()
    assert not journal.mails.has_content(archive.mailbox, b"x" * 32)


def test_a_sealed_zip_that_somebody_moved_is_told(journal: Journal) -> None:
    job = jobs.add(journal, _CONFIG)
    packer, folder = _packer(journal, job), _folder(journal, job)
    packer.add(folder, _mail(1))
    packer.seal_all()
    (archive,) = journal.requests.archives(job.id)
    path = zip_path(journal, archive)
    path.rename(path.with_suffix(".moved"))
    with pytest.raises(JournalError):
        zip_path(journal, archive)


def test_a_full_disk_stops_with_nothing_lost(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.add(journal, _CONFIG)
    packer, folder = _packer(journal, job), _folder(journal, job)
    packer.add(folder, _mail(1))
    packer.commit()
    usage = shutil.disk_usage(journal.folder)
    monkeypatch.setattr(packing.shutil, "disk_usage", lambda _: usage._replace(free=1000))
    packer.add(folder, _mail(2))
    with pytest.raises(SpaceError):
        packer.commit()
    packer.close()
    monkeypatch.undo()
    assert journal.mails.known(folder.id, ["000001", "000002"]) == {"000001"}
    packer = _packer(journal, job)
    packer.add(folder, _mail(2))
    packer.seal_all()
    assert len(jobs.mails(journal, job)["받은편지함"]) == 2


def test_a_disk_that_is_full_for_the_journal_too(journal: Journal, tmp_path: Path) -> None:
    """Another program filled it meanwhile: a sentence and an exit code, not sqlite's own error."""
    (tmp_path / "in").mkdir()
    for number in range(400):
        (tmp_path / "in" / f"{number}.eml").write_bytes(b"Subject: %d\n\nx\n" % number)
    job = jobs.add(journal, SourceConfig(SourceKind.eml, path=str(tmp_path / "in")))
    pages = journal.file.db.execute("PRAGMA page_count").fetchone()[0]
    journal.file.db.execute(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(SpaceError):
        jobs.run(journal, job, batch_mails=50)
    assert journal.requests.job(job.id).error == "disk_write_failed"
    journal.file.db.execute("PRAGMA max_page_count=1000000")
    jobs.run(journal, job)
    assert len(jobs.mails(journal, job)["in"]) == 400


def test_a_request_runs_once_at_a_time(journal: Journal) -> None:
    job = jobs.add(journal, _CONFIG)
    other = Journal(journal.folder)
    with journal.lock(job.id), pytest.raises(JournalError), other.lock(job.id):
        pass
    with other.lock(job.id):
        pass
    other.close()


def test_lost_mails_are_listed_until_they_are_found(journal: Journal) -> None:
    job = jobs.add(journal, _CONFIG)
    packer, folder = _packer(journal, job), _folder(journal, job)
    packer.add(folder, Lost("000001", "server_refuses", size=7))
    packer.commit()
    assert journal.mails.counts(job.id).lost == 1
    assert journal.mails.known(folder.id, ["000001"]) == set()
    packer.add(folder, _mail(1))
    packer.seal_all()
    assert journal.mails.counts(job.id).lost == 0


def test_dates_and_names(journal: Journal) -> None:
    job = jobs.add(journal, _CONFIG)
    packer, folder = _packer(journal, job), _folder(journal, job)
    when = datetime(2020, 6, 30, 15, 30, tzinfo=UTC)
    packer.add(folder, Mail("1", b"Subject: =?utf-8?b?7JWI64WV?=\r\n\r\nx", "가/나", received=when))
    packer.seal_all()
    (archive,) = journal.requests.archives(job.id)
    with zipfile.ZipFile(zip_path(journal, archive)) as file:
        info = file.infolist()[0]
    assert info.filename.startswith("mail/가/나/20200701-003000_안녕_")
    assert info.date_time == (2020, 7, 1, 0, 30, 0)


def test_a_journal_nobody_can_use(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"this is no database" * 100)
    with pytest.raises(JournalError):
        Journal(tmp_path)
    newer = Journal(tmp_path / "newer")
    newer.file.db.execute("PRAGMA user_version=99")
    newer.close()
    with pytest.raises(JournalError) as caught:
        Journal(tmp_path / "newer")
    assert caught.value.code == "journal_newer"


def test_removing_a_request_forgets_all_of_it(journal: Journal) -> None:
    first, second = jobs.add(journal, _CONFIG), jobs.add(journal, _CONFIG)
    for job in (first, second):
        packer, folder = _packer(journal, job), _folder(journal, job)
        packer.add(folder, _mail(1))
        packer.seal_all()
    journal.requests.remove_job(first.id)
    tables = ("job", "folder", "mailbox", "archive", "mail", "packed", "content")
    db = journal.file.db
    rows = {name: db.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in tables}
    assert set(rows.values()) == {1}
    with pytest.raises(UsageError):
        journal.requests.job(first.id)
    assert journal.requests.job("1").id == journal.requests.job(second.id[-6:]).id == second.id
