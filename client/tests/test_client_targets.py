"""Into which mailbox of the service a mailbox goes, and what of a request at rest is uploaded."""

import unicodedata
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.tests import jobs
from client.tests.fake_service import KIM, PASSWORD, FakeService
from client.tests.stopping import stopping
from pyeonji.domain.accounts import path_problem
from pyeonji_client.errors import JournalError, PausedError
from pyeonji_client.journal import Journal
from pyeonji_client.journal.rows import Job
from pyeonji_client.model import SourceConfig, SourceKind
from pyeonji_client.service import uploading as upload_module
from pyeonji_client.service.http import Service
from pyeonji_client.service.targets import acceptable
from pyeonji_client.service.uploading import Uploader


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_module, "POLL_FIRST", 0.001)
    monkeypatch.setattr(upload_module, "POLL_LONGEST", 0.01)


def _upload(stand_in: FakeService, journal: Journal, job: Job) -> None:
    service = Service(stand_in.url, "ko", sleep=lambda _: None)
    assert service.sign_in(KIM, PASSWORD) is None
    try:
        Uploader(journal, journal.requests.job(job.id), service).run()
    finally:
        service.close()


def _tree(place: Path, names: list[str]) -> SourceConfig:
    for number, name in enumerate(names):
        (place / name).mkdir(parents=True)
        (place / name / "1.eml").write_bytes(b"Subject: %d\n\nx\n" % number)
    return SourceConfig(SourceKind.eml, path=str(place))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_every_path_becomes_one_the_service_takes(path: str) -> None:
    assert path_problem(acceptable(path)) is None
    if path_problem(path) is None and path == unicodedata.normalize("NFC", path):
        assert [part.strip() for part in path.split("/")] == acceptable(path).split("/")


def test_long_paths_that_begin_alike_stay_two() -> None:
    first, second = ("긴 이름/" * 60 + end for end in ("가", "나"))
    assert acceptable(first) != acceptable(second)


def test_a_mailbox_with_an_odd_name_stops_nothing(journal: Journal, tmp_path: Path) -> None:
    nfd = unicodedata.normalize("NFD", "거래처 편지")
    deep = "/".join("abcdefghijklmn")
    job = jobs.add(journal, _tree(tmp_path / "in", [nfd, "x" * 150 + "/" + "y" * 150, deep]))
    jobs.run(journal, job)
    with FakeService() as stand_in:
        stand_in.add_mailbox("거래처 편지")
        _upload(stand_in, journal, job)
        paths = [box["path"] for box in stand_in.mailboxes]
        assert all(path_problem(path) is None for path in paths)
        assert len(paths) == 2 + 3  # the NFD one is the one that was there
    assert journal.requests.job(job.id).state == "done"


def test_one_zip_that_is_gone_costs_no_other(journal: Journal, tmp_path: Path) -> None:
    job = jobs.add(journal, _tree(tmp_path / "in", ["a", "b", "c"]))
    jobs.run(journal, job)
    first = journal.requests.archives(job.id)[0]
    (journal.folder / first.file).rename(tmp_path / "elsewhere")
    with FakeService() as stand_in:
        with pytest.raises(JournalError):
            _upload(stand_in, journal, job)
        states = [archive.upload_state for archive in journal.requests.archives(job.id)]
        assert states == [None, "completed", "completed"]
        assert (journal.requests.job(job.id).state, journal.requests.job(job.id).error) == (
            "packed",
            "zip_missing",
        )
        (tmp_path / "elsewhere").rename(journal.folder / first.file)
        _upload(stand_in, journal, job)
    assert journal.requests.job(job.id).state == "done"


@pytest.mark.slow
def test_uploading_what_is_packed_of_a_paused_request_does_not_end_it(
    journal: Journal, tmp_path: Path
) -> None:
    """It said "done" with most of the mail still at its source."""
    config = _tree(tmp_path / "in", [f"{number:02}" for number in range(20)])
    job = jobs.add(journal, config)
    jobs.run(journal, job)
    for number in range(20, 40):
        (tmp_path / "in" / f"{number}").mkdir()
        (tmp_path / "in" / f"{number}" / "1.eml").write_bytes(b"Subject: %d\n\nx\n" % number)
    with pytest.raises(PausedError):
        jobs.run(journal, job, opener=partial(stopping, 0))
    with FakeService() as stand_in:
        _upload(stand_in, journal, job)
        assert journal.requests.job(job.id).state == "paused"
        jobs.run(journal, job)
        assert journal.requests.job(job.id).state == "packed"
        _upload(stand_in, journal, job)
        assert journal.requests.job(job.id).state == "done"
        jobs.run(journal, job)  # nothing new: still done
    assert journal.requests.job(job.id).state == "done"
