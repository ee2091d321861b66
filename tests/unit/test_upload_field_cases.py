"""ZIPs as people send them, through the whole upload: each row has its right end."""

import hashlib
import zlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import LedgerRow, OnDuplicate, Outcome
from pyeonji.usecases.uploads.ledger import csv_key
from pyeonji.words import ENTRIES, say
from tests.support.company import KIM, found_company, letter_bytes
from tests.support.corpora import case
from tests.support.fakes import World
from tests.support.uploading import UploadMachine, ledger, send, zip_of


def sent(data: bytes) -> tuple[UploadMachine, dict[str, LedgerRow]]:
    world = World()
    box = found_company(world)
    machine = send(world, box, data)
    machine.run()
    return machine, {row.name: row for row in ledger(machine)}


def zip_case(folder: str, name: str = "x.zip") -> bytes:
    return (case(folder) / name).read_bytes()


def test_deflate64_is_read() -> None:
    _, rows = sent(zip_case("19-deflate64"))
    assert [row.outcome for row in rows.values()] == [
        Outcome.IGNORED, Outcome.IMPORTED, Outcome.IMPORTED,
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["7z", "ALZ", "EGG", "RAR"])
def test_other_archives_are_named_for_what_they_are(kind: str) -> None:
    machine, rows = sent(zip_case("19-egg-7z-renamed", f"mail.{kind.lower()}.zip"))
    upload = machine.upload
    assert (upload.state, upload.failure, rows) == (UploadState.FAILED, "other_archive", {})
    assert upload.failure_kind == kind
    for language in ("ko", "en"):
        assert kind in say("other_archive", language, kind=upload.failure_kind)


def test_files_of_other_programs_are_told_apart() -> None:
    _, rows = sent(zip_case("19-msg-pst-mbox-only"))
    assert {name: row.reason for name, row in rows.items()} == {
        "회의록.msg": "outlook_file",
        "outlook.pst": "outlook_file",
        "backup.mbox": "mbox_file",
        "1.emlx": "not_eml",
    }


def test_a_zip_with_a_password() -> None:
    _, rows = sent(zip_case("19-zipcrypto"))
    assert {row.reason for row in rows.values()} == {"folder", "encrypted"}
    assert "암호" in ENTRIES.say("encrypted", "ko").split(".")[0]
    assert "password" in ENTRIES.say("encrypted", "en").split(".")[0]


def test_mail_saved_as_utf16_is_told_so() -> None:
    folder = case("18-utf16-eml")
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    own = {"own.eml": "Subject: 유니코드\r\nFrom: kim@acme.example\r\n\r\n".encode("utf-16")}
    _, rows = sent(zip_of({**files, **own}))
    assert {row.reason for row in rows.values()} == {"utf16"}


def test_a_second_mail_behind_the_first_is_said() -> None:
    data = (case("18-mbox-named-eml") / "t09-mbox-named-eml.eml").read_bytes()
    machine, rows = sent(zip_of({"a.eml": data, "b.eml": letter_bytes(1)}))
    assert (rows["a.eml"].outcome, rows["a.eml"].note) == (Outcome.IMPORTED, "holds_another")
    assert (rows["b.eml"].outcome, rows["b.eml"].note) == (Outcome.IMPORTED, None)
    table = machine.world.work.get(csv_key(machine.upload_id, machine.upload.ledger)).decode()
    assert ENTRIES.say("holds_another", "ko") in table


def test_the_same_mail_with_other_line_ends_and_with_fields_of_programs() -> None:
    machine, rows = sent(zip_case("12-same-mail-other-line-ends", "dup.zip"))
    said = {name: (row.outcome.value, row.reason or row.note) for name, row in rows.items()}
    assert said == {
        "1-crlf.eml": ("imported", None),
        "2-lf.eml": ("duplicate", "same_mail"),
        "3-mozilla.eml": ("imported", "resembles"),
        "4-takeout.eml": ("imported", "resembles"),
        "5-trailing-blank.eml": ("duplicate", "same_mail"),
        "6-same.eml": ("duplicate", "same_content"),
    }
    assert rows["3-mozilla.eml"].resembles_name == "1-crlf.eml"
    table = machine.world.work.get(csv_key(machine.upload_id, machine.upload.ledger)).decode()
    assert "‘1-crlf.eml’" in table
    assert len(mails_in(machine.world)) == 3


def mails_in(world: World) -> set[bytes]:
    """The mails kept, as they came: byte for byte."""
    [(account, box)] = world.index.messages
    kept = set()
    for message in world.index.read(account, box):
        segment = world.mail.get(message.segment)
        start = message.offset + 30 + len(message.name.encode())
        data = segment[start : start + message.compressed]
        mail = zlib.decompress(data, -15) if message.method else data
        assert hashlib.sha256(mail).hexdigest() == message.digest
        kept.add(mail)
    return kept


LINES = [b"From: kim@acme.example", b"Message-ID: <1@acme.example>", b"", b"one", b"", b"two", b""]


@pytest.mark.parametrize("first", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("second", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("tail", [b"", b"\r\n\r\n", b"\n"])
def test_every_pair_of_line_ends_is_one_mail_over_two_uploads(
    first: bytes, second: bytes, tail: bytes
) -> None:
    world = World()
    box = found_company(world)
    mails = [first.join(LINES), second.join(LINES) + tail]
    machines = [send(world, box, zip_of({"a.eml": mail})) for mail in mails]
    for machine in machines:
        machine.run()
    [row] = ledger(machines[1])
    same = mails[0] == mails[1]
    assert (row.outcome, row.reason) == (
        Outcome.DUPLICATE, "same_content" if same else "same_mail",
    )  # fmt: skip
    assert mails_in(world) == {mails[0]}


def test_a_copy_kept_on_purpose_is_kept_with_its_own_line_ends() -> None:
    world = World()
    box = found_company(world)
    mails = [end.join(LINES) for end in (b"\n", b"\r\n")]
    machine = send(
        world, box, zip_of({"a.eml": mails[0], "b.eml": mails[1]}), on_duplicate=OnDuplicate.KEEP
    )
    machine.run()
    assert mails_in(world) == set(mails)


def test_mail_that_an_earlier_version_keeps_is_known_by_its_bytes() -> None:
    world = World()
    box = found_company(world)
    mail = b"\n".join(LINES)
    send(world, box, zip_of({"a.eml": mail})).run()
    [(where, held)] = world.index.messages.items()
    [message] = held.values()
    before = replace(message, key=message.digest, sha256=None, likeness=0)
    world.index.messages[where] = {before.key: before}
    world.index.weights[where] = [
        weight._replace(mark=before.mark, like=0) for weight in world.index.weights[where]
    ]
    again = send(world, box, zip_of({"a.eml": mail}))
    again.run()
    assert [row.reason for row in ledger(again)] == ["same_content"]


def test_a_mail_says_which_of_the_mailbox_it_resembles() -> None:
    world = World()
    box = found_company(world)
    send(world, box, zip_of({"a.eml": b"\r\n".join(LINES)})).run()
    [there] = world.index.read(KIM, box.id)
    other = b"X-Mozilla-Status: 0001\r\n" + b"\r\n".join(LINES)
    machine = send(world, box, zip_of({"b.eml": other, "c.eml": letter_bytes(3)}))
    machine.run()
    first, second = ledger(machine)
    assert (first.note, first.resembles) == ("resembles", there.key)
    assert first.resembles_name == there.name.rpartition("/")[2]
    assert (second.note, second.resembles) == (None, None)


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("c09-korean-dayname.eml", datetime(2019, 3, 12, 1, 11, 12, tzinfo=UTC)),
        ("c12-ampm-ko.eml", datetime(2019, 3, 12, 6, 11, 12, tzinfo=UTC)),
        ("c13-rfc2047-date.eml", datetime(2019, 3, 12, 1, 11, 12, tzinfo=UTC)),
        ("c18-dots.eml", datetime(2019, 3, 12, 1, 11, 12, tzinfo=UTC)),
    ],
)
def test_dates_come_from_the_date_field(name: str, date: datetime) -> None:
    """Those without a zone are wall time of the account, which is in Seoul."""
    _, rows = sent(zip_of({"a.eml": (case("18-korean-and-other-dates") / name).read_bytes()}))
    row = rows["a.eml"]
    assert (row.date, row.date_from) == (date.isoformat().replace("+00:00", "Z"), "date")
