"""ZIPs as people send them, through the whole upload: each row has its right end."""

from datetime import UTC, datetime

import pytest

from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import LedgerRow, Outcome
from pyeonji.words import ENTRIES, say
from tests.support.company import found_company
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
    machine, rows = sent(zip_of({"a.eml": data, "b.eml": data.split(b"\r\n\r\nFrom ")[0]}))
    assert (rows["a.eml"].outcome, rows["a.eml"].note) == (Outcome.IMPORTED, "holds_another")
    assert (rows["b.eml"].outcome, rows["b.eml"].note) == (Outcome.IMPORTED, None)
    table = machine.world.work.get(f"ledgers/{machine.upload_id}/1-final/ledger.csv").decode()
    assert ENTRIES.say("holds_another", "ko") in table


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
