"""From Dovecot through the client into the local cloud: every mail, byte for byte, once."""

import csv
import hashlib
from collections import Counter
from pathlib import Path

import pytest

from client.tests import dovecot, jobs
from client.tests.keys import MemoryKeys
from pyeonji_client.application import Application
from pyeonji_client.model import Security, SourceConfig, SourceKind
from pyeonji_client.service.uploading import Uploader, rejected
from tests.support.corpora import corpus_eml
from tests.support.local_cloud import LocalCloud

pytestmark = pytest.mark.e2e

KIM = "kim@acme.example"
PATH = "옮긴 메일/코퍼스"
#: What the service has every right to refuse.
_NO_MAIL = {"zero_byte", "not_a_message"}


def test_a_corpus_moves_in(
    local_cloud: LocalCloud, mail_server: dovecot.Dovecot, tmp_path: Path
) -> None:
    corpus = corpus_eml()
    mail_server.forget(dovecot.PLAIN_USER)
    inbox = mail_server.maildir(dovecot.PLAIN_USER)
    with (corpus / "MANIFEST.csv").open(encoding="utf-8") as manifest:
        paths = [row["path"] for row in csv.DictReader(manifest) if row["kind"] == "eml"]
    for number, path in enumerate(paths):
        name = f"{1_400_000_000 + number}.{number}.cloud:2,S"
        (inbox / "cur" / name).write_bytes((corpus / path).read_bytes())
    mail_server.settle()

    application = Application(tmp_path / "download", MemoryKeys(), "ko")
    person = local_cloud.person(KIM)
    service, challenge = application.begin_sign_in(local_cloud.web_url, KIM, person["password"])
    assert challenge is None
    application.finish_sign_in(service, local_cloud.web_url)
    config = SourceConfig(
        SourceKind.pop3, "127.0.0.1", mail_server.pop3, Security.none,
        user=dovecot.PLAIN_USER, into=PATH,
    )  # fmt: skip
    job, _ = application.add(config, dovecot.PLAIN_PASSWORD)
    jobs.run(application.journal, job, dovecot.PLAIN_PASSWORD)
    sent = jobs.digests(application.journal, job)[PATH]

    Uploader(application.journal, job, application.service()).run()
    (archive,) = application.journal.requests.archives(job.id)
    assert archive.upload_state == "completed", archive.totals
    totals = (archive.totals or {})["totals"]
    refused = list(rejected(service, archive))
    reasons = Counter(row.reason for row in refused)
    assert set(reasons) <= _NO_MAIL, reasons
    assert all(row.detail for row in refused)
    # A few of the corpus are there twice but for their line ends.
    same = totals["duplicate"]
    assert same < 20
    assert totals["imported"] + totals["rejected"] + same == len(sent) == archive.mails
    assert totals["ignored"] == 2  # our manifest
    box = next(one for one in service.mailboxes() if one["path"] == PATH)
    messages = list(local_cloud.services.index.read(KIM, box["id"]))
    assert len(messages) == totals["imported"]
    assert {message.digest for message in messages} <= set(sent)
    # Dates and flags came along in the manifest.
    assert {message.received_from for message in messages} == {"manifest"}

    # Once more, from the start: everything is a duplicate, nothing is there twice.
    again = Application(tmp_path / "again", MemoryKeys(), "ko")
    again.hold(service)
    job, _ = again.add(config, dovecot.PLAIN_PASSWORD)
    jobs.run(again.journal, job, dovecot.PLAIN_PASSWORD)
    Uploader(again.journal, job, service).run()
    (archive,) = again.journal.requests.archives(job.id)
    second = (archive.totals or {})["totals"]
    assert (second["imported"], second["duplicate"]) == (0, totals["imported"] + same)
    for one in (application, again):
        one.close()


def test_a_mail_is_the_same_bytes_in_the_service(local_cloud: LocalCloud, tmp_path: Path) -> None:
    """A folder of EML with odd bytes: what the service keeps is what was in the file."""
    odd = [
        b"Subject: \xb0\xa1\xb3\xaa\r\n\r\n\x00\xff binary\r\n",
        b"Subject: no end of line",
        b"Subject: lf only\n\nbody\n",
        b"From: x\r\n\r\n" + b"a" * 200_000,
    ]
    place = tmp_path / "odd"
    place.mkdir()
    for number, data in enumerate(odd):
        (place / f"{number}.eml").write_bytes(data)
    application = Application(tmp_path / "download", MemoryKeys(), "en")
    service, _ = application.begin_sign_in(
        local_cloud.web_url, KIM, local_cloud.person(KIM)["password"]
    )
    application.finish_sign_in(service, local_cloud.web_url)
    config = SourceConfig(SourceKind.eml, path=str(place), into="옮긴 메일/이상한 것")
    job, _ = application.add(config, "")
    jobs.run(application.journal, job)
    Uploader(application.journal, job, service).run()
    box = next(one for one in service.mailboxes() if one["path"] == "옮긴 메일/이상한 것")
    found = {message.digest for message in local_cloud.services.index.read(KIM, box["id"])}
    assert found == {hashlib.sha256(data).hexdigest() for data in odd}
    application.close()
