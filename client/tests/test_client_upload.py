"""Uploading to a stand-in for the service: parts lost, connections dropped, sessions over."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.tests import jobs
from client.tests.fake_service import KIM, PASSWORD, TOTP, FakeService, Fault
from client.tests.keys import MemoryKeys, NoKeys
from pyeonji_client.application import Application
from pyeonji_client.errors import (
    KeyringError,
    NotSignedInError,
    PausedError,
    ServiceError,
    ServiceUnreachableError,
    UsageError,
)
from pyeonji_client.journal import Journal
from pyeonji_client.journal.rows import Job
from pyeonji_client.model import SourceConfig, SourceKind
from pyeonji_client.service import uploading as upload_module
from pyeonji_client.service.http import Service, api_base
from pyeonji_client.service.uploading import Uploader, UploadProgress, rejected


@pytest.fixture
def stand_in() -> Iterator[FakeService]:
    """The service, in memory."""
    with FakeService() as running:
        yield running


@pytest.fixture
def service(stand_in: FakeService) -> Iterator[Service]:
    """Signed in as kim."""
    signed_in = _signed_in(stand_in)
    yield signed_in
    signed_in.close()


def _signed_in(stand_in: FakeService) -> Service:
    service = Service(stand_in.url, "ko", sleep=lambda _: None)
    assert service.sign_in(KIM, PASSWORD) is None
    return service


@pytest.fixture
def packed(journal: Journal, tmp_path: Path) -> Job:
    """A request with two mailboxes of mails that do not compress: several parts each."""
    for folder in ("받은편지함", "거래처"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        for number in range(12):
            noise = hashlib.sha512(f"{folder}{number}".encode()).hexdigest() * 300
            mail = f"Subject: {folder} {number}\r\n\r\n{noise}{number}\r\n".encode()
            noisy = hashlib.shake_256(mail).digest(400 * 64)
            (tmp_path / "in" / folder / f"{number}.eml").write_bytes(mail + noisy)
    job = jobs.add(journal, SourceConfig(SourceKind.eml, path=str(tmp_path / "in")))
    jobs.run(journal, job)
    return job


def _uploader(journal: Journal, job: Job, service: Service, **more: object) -> Uploader:
    return Uploader(journal, job, service, **more)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_module, "POLL_FIRST", 0.02)
    monkeypatch.setattr(upload_module, "POLL_LONGEST", 0.05)
    monkeypatch.setattr(upload_module, "BACKOFF", 0.001)


def _received(stand_in: FakeService, journal: Journal, job: Job) -> None:
    """What the service holds is what is on disk, in the right mailboxes."""
    boxes = {box.id: box.path for box in journal.requests.mailboxes(job.id)}
    for archive in journal.requests.archives(job.id):
        data = stand_in.content(str(archive.upload))
        assert data == (journal.folder / archive.file).read_bytes()
        found = stand_in.uploads[str(archive.upload)]
        assert found["mailbox_path"] == boxes[archive.mailbox]
        assert archive.upload_state == "completed"
    assert journal.requests.job(job.id).state == "done"


def test_everything_is_sent_and_followed_to_its_result(
    stand_in: FakeService, service: Service, journal: Journal, packed: Job
) -> None:
    told: list[UploadProgress] = []
    _uploader(journal, packed, service, report=told.append).run()
    _received(stand_in, journal, packed)
    assert {progress.event for progress in told} == {"sending", "importing", "ended"}
    totals = [
        (archive.totals or {})["totals"]["imported"]
        for archive in journal.requests.archives(packed.id)
    ]
    assert totals == [12, 12]
    assert stand_in.count("POST", "/uploads$") == 2


def test_uploading_again_sends_nothing(
    stand_in: FakeService, service: Service, journal: Journal, packed: Job
) -> None:
    _uploader(journal, packed, service).run()
    puts = stand_in.count("PUT", ".")
    _uploader(journal, packed, service).run()
    assert stand_in.count("PUT", ".") == puts
    assert stand_in.count("POST", "/uploads$") == 2


@pytest.mark.parametrize(
    "faults",
    [
        [
            Fault("PUT", "/1$", 0),
            Fault("PUT", "/2$", 503),
            Fault("PUT", "/2$", 403, code="AccessDenied", message="Request has expired"),
            Fault("PUT", "/1$", 400, code="BadDigest"),
            Fault("PUT", "/2$", 400, code="ExpiredToken"),
        ],
        [Fault("GET", "/uploads/", 500, times=2), Fault("GET", "/parts$", 0, times=2)],
        [Fault("POST", "/complete$", 502, times=2)],
        [Fault("GET", "/mailboxes$", 0, times=2)],
    ],
    ids=["parts", "looking", "completing", "mailboxes"],
)
def test_a_fault_costs_only_itself(
    stand_in: FakeService, service: Service, journal: Journal, packed: Job, faults: list[Fault]
) -> None:
    stand_in.faults.extend(faults)
    _uploader(journal, packed, service).run()
    _received(stand_in, journal, packed)
    assert stand_in.count("POST", "/uploads$") == 2


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "HeadersNotSigned"), (403, "SignatureDoesNotMatch"), (403, "AccessDenied"),
        (403, ""), (400, "InvalidArgument"), (404, "NoSuchUpload"), (407, ""),
    ],
)  # fmt: skip
def test_what_another_try_cannot_mend_is_not_tried_again(
    stand_in: FakeService, service: Service, journal: Journal, packed: Job, status: int, code: str
) -> None:
    stand_in.faults.append(Fault("PUT", ".", status, times=1000, code=code))
    with pytest.raises(ServiceError) as caught:
        _uploader(journal, packed, service).run()
    assert not isinstance(caught.value, ServiceUnreachableError)
    assert caught.value.facts["why"] == (code or str(status))
    assert stand_in.count("PUT", ".") <= 2 * upload_module.PARALLEL


def test_a_url_that_is_never_good_ends(
    stand_in: FakeService, service: Service, journal: Journal, packed: Job
) -> None:
    stand_in.faults.append(Fault("PUT", "/1$", 400, times=1000, code="ExpiredToken"))
    with pytest.raises(ServiceUnreachableError):
        _uploader(journal, packed, service).run()
    assert stand_in.count("PUT", "/1$") == upload_module.TRIES


def test_a_part_that_arrived_without_an_answer_is_not_sent_again(
    stand_in: FakeService, service: Service, journal: Journal, packed: Job
) -> None:
    """A proxy takes a part, hands it on, and answers too late or with its own error."""
    stand_in.faults.append(Fault("PUT", "/1$", 504, times=2, done=True))
    _uploader(journal, packed, service).run()
    _received(stand_in, journal, packed)
    assert stand_in.count("PUT", ".") == sum(len(parts) for parts in stand_in.parts.values())


def test_a_part_whose_etag_is_another_ones_is_sent_again(
    stand_in: FakeService, service: Service, journal: Journal, packed: Job
) -> None:
    stand_in.etags = ["0" * 32, "not an md5-2"]
    _uploader(journal, packed, service).run()
    _received(stand_in, journal, packed)


def test_a_broken_upload_goes_on_where_it_was(
    stand_in: FakeService, service: Service, journal: Journal, packed: Job
) -> None:
    stand_in.faults.append(Fault("PUT", "/3$", 500, times=100))
    with pytest.raises(ServiceUnreachableError):
        _uploader(journal, packed, service).run()
    assert journal.requests.job(packed.id).state == "packed"
    stand_in.faults.clear()
    there = sum(len(parts) for parts in stand_in.parts.values())
    assert there >= 2
    puts = stand_in.count("PUT", ".")
    _uploader(journal, packed, service).run()
    _received(stand_in, journal, packed)
    total = sum(len(parts) for parts in stand_in.parts.values())
    assert stand_in.count("PUT", ".") - puts == total - there


def test_paused_between_parts(
    stand_in: FakeService, service: Service, journal: Journal, packed: Job
) -> None:
    uploader: Uploader

    def pause(progress: UploadProgress) -> None:
        if progress.bytes > 100_000:
            uploader.pause()

    uploader = _uploader(journal, packed, service, report=pause)
    with pytest.raises(PausedError):
        uploader.run()
    assert journal.requests.job(packed.id).state == "packed"
    _uploader(journal, packed, service).run()
    _received(stand_in, journal, packed)


def test_an_upload_the_service_gave_up_begins_anew(
    stand_in: FakeService, service: Service, journal: Journal, packed: Job
) -> None:
    stand_in.faults.append(Fault("PUT", "/2$", 500, times=100))
    with pytest.raises(ServiceUnreachableError):
        _uploader(journal, packed, service).run()
    stand_in.faults.clear()
    stand_in.uploads.clear()
    _uploader(journal, packed, service).run()
    _received(stand_in, journal, packed)


def test_a_token_that_ran_out_is_renewed_and_a_session_that_ended_is_told(
    stand_in: FakeService, service: Service, journal: Journal, packed: Job
) -> None:
    stand_in.tokens.clear()
    _uploader(journal, packed, service).run()
    _received(stand_in, journal, packed)
    stand_in.tokens.clear()
    stand_in.refreshes.clear()
    with pytest.raises(NotSignedInError):
        service.me()


def test_tokens_are_renewed_once_for_all_threads(stand_in: FakeService, service: Service) -> None:
    stand_in.tokens.clear()
    threads = [threading.Thread(target=service.me) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stand_in.count("POST", "/session/refresh") == 1


def test_reasons_are_read_page_by_page(
    stand_in: FakeService, service: Service, journal: Journal, packed: Job
) -> None:
    _uploader(journal, packed, service).run()
    archive = journal.requests.archives(packed.id)[0]
    rows = [
        {"name": f"{n}.eml", "outcome": "rejected", "reason": "zero_byte", "detail": "비어 있음",
         "bytes": 0, "subject": None, "date": None}
        for n in range(120)
    ]  # fmt: skip
    stand_in.entries[str(archive.upload)] = rows
    found = list(rejected(service, archive))
    assert [row.name for row in found] == [row["name"] for row in rows]
    assert found[0].detail == "비어 있음"


def test_small_zips_go_side_by_side(
    stand_in: FakeService, service: Service, journal: Journal, tmp_path: Path
) -> None:
    """The next is sent while the service imports the one before; each is followed to its end."""
    for number in range(20):
        (tmp_path / "in" / f"box{number:02d}").mkdir(parents=True)
        (tmp_path / "in" / f"box{number:02d}" / "1.eml").write_bytes(b"Subject: %d\n\nx\n" % number)
    job = jobs.add(journal, SourceConfig(SourceKind.eml, path=str(tmp_path / "in")))
    jobs.run(journal, job)
    stand_in.together = upload_module.SIDE_BY_SIDE
    _uploader(journal, job, service).run()
    _received(stand_in, journal, job)
    order = [path for method, path in stand_in.requests if method == "POST" and "complete" in path]
    looks = [path for method, path in stand_in.requests if method == "GET" and path.count("/") == 3]
    assert len(order) == 20
    assert max(stand_in.waiting) == upload_module.SIDE_BY_SIDE
    assert len(looks) <= 20 * 6


def test_one_zip_that_is_refused_costs_no_other(
    stand_in: FakeService, service: Service, journal: Journal, packed: Job
) -> None:
    stand_in.faults.append(Fault("POST", "/uploads$", 422))
    with pytest.raises(ServiceError):
        _uploader(journal, packed, service).run()
    states = [archive.upload_state for archive in journal.requests.archives(packed.id)]
    assert sorted(map(str, states)) == ["None", "completed"]


def test_nothing_packed_is_told(service: Service, journal: Journal) -> None:
    job = jobs.add(journal, SourceConfig(SourceKind.eml, path="/nowhere"))
    with pytest.raises(UsageError):
        _uploader(journal, job, service).run()


def test_signing_in_keeps_the_session_and_the_limits(stand_in: FakeService, tmp_path: Path) -> None:
    stand_in.limit_bytes = 50_000_000
    keys = MemoryKeys()
    application = Application(tmp_path, keys, "ko")
    service, challenge = application.begin_sign_in(stand_in.url, KIM, PASSWORD)
    assert challenge is None
    application.finish_sign_in(service, stand_in.url)
    assert application.zip_limit == 49_999_999
    assert application.service().me()["email"] == KIM
    assert PASSWORD not in "".join(keys.secrets.values())
    journal_bytes = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert PASSWORD.encode() not in journal_bytes
    assert service.refresh_token.encode() not in journal_bytes
    application.sign_out()
    assert not keys.secrets
    with pytest.raises(NotSignedInError):
        application.service()
    application.close()


def test_the_second_factor(stand_in: FakeService) -> None:
    stand_in.totp = True
    service = Service(stand_in.url, "ko", sleep=lambda _: None)
    challenge = service.sign_in(KIM, PASSWORD)
    assert challenge is not None
    with pytest.raises(ServiceError) as caught:
        service.answer(challenge, "000000")
    assert caught.value.code == "wrong_code"
    assert service.answer(challenge, TOTP) is None
    assert service.me()["email"] == KIM


def test_a_wrong_password_is_told_in_the_services_words(stand_in: FakeService) -> None:
    service = Service(stand_in.url, "ko")
    with pytest.raises(ServiceError) as caught:
        service.sign_in(KIM, "wrong")
    assert caught.value.code == "wrong_credentials"
    assert caught.value.detail


def test_without_a_keyring(stand_in: FakeService, tmp_path: Path) -> None:
    application = Application(tmp_path, NoKeys(), "ko")
    service = _signed_in(stand_in)
    with pytest.raises(KeyringError):
        application.finish_sign_in(service, stand_in.url)
    application.close()


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://mail.acme.example", "https://mail.acme.example/api"),
        ("https://mail.acme.example/", "https://mail.acme.example/api"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/api"),
        (
            "http://127.0.0.1:4566/_aws/execute-api/x/api/",
            "http://127.0.0.1:4566/_aws/execute-api/x/api",
        ),
    ],
)
def test_addresses(url: str, base: str) -> None:
    assert api_base(url) == base


@pytest.mark.parametrize("url", ["mail.acme.example", "ftp://x", "http://mail.acme.example", ""])
def test_addresses_that_will_not_do(url: str) -> None:
    with pytest.raises(UsageError):
        api_base(url)
