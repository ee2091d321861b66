"""From a ZIP to mail and a ledger: on fakes that hold S3's rules."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime

import pytest

from pyeonji.domain.errors import (
    ConflictError,
    InvalidRequestError,
)
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import OnDuplicate, Outcome, Totals, upload_key
from pyeonji.usecases.uploads.end import delete_upload
from pyeonji.usecases.uploads.ledger import csv_key
from pyeonji.usecases.uploads.show import ledger_url, progress_of, read_entries
from tests.support.company import KIM, found_company, letter_bytes, limits
from tests.support.fakes import World
from tests.support.uploading import (
    assert_counts_agree,
    held,
    ledger,
    mailbox_now,
    many,
    retry,
    send,
    small_chunks,
    zip_of,
)


def test_every_entry_ends_somewhere_and_sound_mail_is_in_byte_for_byte() -> None:
    world = World()
    box = found_company(world)
    mails = many(30)
    first = mails["메일/0000.eml"]
    extra = {
        "again.eml": first,
        "folder/": b"",
        "__MACOSX/._0000.eml": b"x",
        ".DS_Store": b"x",
        "picture.png": b"\x89PNG",
        "empty.eml": b"",
        "noise.eml": b"\x00\x01 no header at all",
        "inner.zip": zip_of({"a.eml": first}),
    }
    machine = send(world, box, zip_of({**mails, **extra}))
    machine.cutter = small_chunks(7)
    upload = machine.run()

    assert upload.state is UploadState.COMPLETED
    assert upload.totals == Totals(imported=30, duplicate=1, rejected=4, ignored=3)
    assert upload.entries == upload.totals.entries == upload.settled == 38
    assert len(machine.chunks()) > 3
    rows = ledger(machine)
    assert [row.index for row in rows] == list(range(38))
    assert {row.name: row.reason for row in rows if row.reason} == {
        "again.eml": "same_content",
        "folder/": "folder",
        "__MACOSX/._0000.eml": "system_file",
        ".DS_Store": "system_file",
        "picture.png": "not_eml",
        "inner.zip": "archive_file",
        "empty.eml": "zero_byte",
        "noise.eml": "not_a_message",
    }
    assert sorted(held(world, box).values()) == sorted(mails.values())
    assert_counts_agree(world, box)
    assert progress_of(upload) == 1.0


def test_deflated_bytes_are_kept_as_they_came() -> None:
    world = World()
    box = found_company(world)
    data = zip_of(many(20, 5_000))
    send(world, box, data).run()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        theirs = {info.CRC: info.compress_size for info in archive.infolist()}
    ours = {message.crc: message.compressed for message in world.index.read(KIM, box.id)}
    assert ours == theirs


def test_the_zip_is_read_once() -> None:
    world = World()
    box = found_company(world)
    data = zip_of(many(300, 40_000))
    machine = send(world, box, data)
    machine.run()
    assert world.zips.bytes_read < 1.1 * len(data)


def test_the_same_zip_again_imports_nothing_with_skip_and_everything_with_keep() -> None:
    world = World()
    box = found_company(world)
    mails = many(12)
    data = zip_of({**mails, "again.eml": mails["메일/0003.eml"]})
    send(world, box, data).run()
    again = send(world, box, data).run()
    assert again.totals == Totals(duplicate=13)
    assert mailbox_now(world, box).messages == 12

    kept = send(world, box, data, on_duplicate=OnDuplicate.KEEP).run()
    assert kept.totals == Totals(imported=13)
    assert mailbox_now(world, box).messages == 25
    names = [message.name for message in world.index.read(KIM, box.id)]
    assert len(set(names)) == 25
    assert_counts_agree(world, box)


def test_two_zips_that_overlap_count_every_mail_once() -> None:
    world = World()
    box = found_company(world)
    mails = list(many(20).items())
    one = send(world, box, zip_of(mails[:14]))
    two = send(world, box, zip_of(mails[6:]))
    one.cutter = two.cutter = small_chunks(4)
    one.inspect(), two.inspect()
    for left, right in zip(one.chunks(), two.chunks(), strict=True):
        one.import_one(left)
        two.import_one(right)
    one.settle(), two.settle()
    assert one.upload.totals.imported + two.upload.totals.imported == 20
    assert one.upload.totals.duplicate + two.upload.totals.duplicate == 8
    assert mailbox_now(world, box).messages == 20
    assert_counts_agree(world, box)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"From: a@b\r\n\r\nno zip", "not_a_zip"),
        (zip_of({}), "empty"),
        (b"PK\x07\x08" + b"x" * 100, "split_archive"),
    ],
)
def test_a_file_that_cannot_be_taken_says_so(data: bytes, code: str) -> None:
    world = World()
    box = found_company(world)
    machine = send(world, box, data)
    upload = machine.run()
    assert (upload.state, upload.failure) == (UploadState.FAILED, code)
    assert upload.purge_at is not None
    assert ledger(machine) == []
    with pytest.raises(ConflictError) as refused:
        retry(world, upload.id)
    assert refused.value.code == "nothing_to_retry"


def test_what_arrives_is_measured_again() -> None:
    world = World()
    box = found_company(world)
    data = zip_of(many(3))
    machine = send(world, box, data)
    world.zips.data[upload_key(KIM, machine.upload_id)] = data + b"x"
    assert machine.run().failure == "size_mismatch"

    machine = send(world, box, data)
    machine.limits = limits(upload_limit_bytes=len(data))
    assert machine.run().failure == "too_large"


def test_an_entry_that_contradicts_the_directory_costs_itself_alone() -> None:
    world = World()
    box = found_company(world)
    data = bytearray(zip_of(many(3)))
    at = data.find("메일/0002.eml".encode())
    data[at : at + 3] = "매".encode()
    machine = send(world, box, bytes(data))
    upload = machine.run()
    assert (upload.state, upload.failure) == (UploadState.COMPLETED, None)
    assert [row.reason for row in ledger(machine)] == [None, None, "contradictory"]
    assert mailbox_now(world, box).messages == 2


def test_an_archive_that_is_two_is_known_before_anything_is_imported() -> None:
    world = World()
    box = found_company(world)
    machine = send(world, box, zip_of(many(3)) + zip_of(many(2)))
    upload = machine.run()
    assert (upload.state, upload.failure) == (UploadState.FAILED, "ambiguous_archive")
    assert not list(world.index.read(KIM, box.id))


def test_pages_of_entries_follow_each_other_and_are_filtered() -> None:
    world = World()
    box = found_company(world)
    machine = send(world, box, zip_of({**many(9), **{f"{n}.txt": b"x" for n in range(5)}}))
    machine.run()

    def page(
        outcome: Outcome | None, after: str | None, limit: int
    ) -> tuple[list[int], str | None]:
        found = read_entries(
            world,
            account=KIM,
            upload_id=machine.upload_id,
            outcome=outcome,
            after=after,
            limit=limit,
        )
        return [row.index for row in found.rows], found.next

    assert page(Outcome.REJECTED, None, 3) == ([9, 10, 11], "11")
    assert page(Outcome.REJECTED, "11", 3) == ([12, 13], None)
    assert page(None, "11", 2) == ([12, 13], None)
    assert page(Outcome.DUPLICATE, None, 3) == ([], None)
    for after in ("-1", "x", "9" * 400):
        with pytest.raises(InvalidRequestError):
            page(None, after, 3)


def test_a_page_of_long_names_fits_an_answer_of_the_api() -> None:
    world = World()
    box = found_company(world)
    # Control characters are the longest in JSON: six bytes each.
    machine = send(world, box, zip_of({f"{n:03d}" + "\x01" * 65_000: b"x" for n in range(40)}))
    machine.run()
    seen: list[int] = []
    after: str | None = None
    while True:
        page = read_entries(
            world,
            account=KIM,
            upload_id=machine.upload_id,
            outcome=Outcome.REJECTED,
            after=after,
            limit=1000,
        )
        assert 0 < len(json.dumps([row.name for row in page.rows])) < 4_000_000
        seen += [row.index for row in page.rows]
        after = page.next
        if after is None:
            break
    assert seen == list(range(40))


def test_the_ledger_opens_in_excel_and_runs_nothing() -> None:
    world = World()
    box = found_company(world)
    formula = b'Subject: =HYPERLINK("http://evil","x")\r\nFrom: a@b\r\n\r\nx'
    names = {"=cmd|' /C calc'!A0.eml": formula, "가.txt": b"x", "-1.eml": letter_bytes(1)}
    machine = send(world, box, zip_of(names), filename="우리 메일.ZIP")
    machine.run()
    data = world.work.data[csv_key(machine.upload_id, machine.upload.ledger)]
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert len(rows) == 4
    assert not [cell for row in rows for cell in row if cell[:1] in set("=+-@\t\r")]
    assert rows[2][3] == "not_eml"
    assert ".eml" in rows[2][4] and ".eml" in rows[2][5]
    url = ledger_url(world, account=KIM, upload_id=machine.upload_id)
    assert "우리 메일-결과.csv" in url


def test_deleting_takes_zip_and_ledger_and_leaves_the_mail() -> None:
    world = World()
    box = found_company(world)
    machine = send(world, box, zip_of(many(3)))

    def delete() -> None:
        delete_upload(world, account=KIM, upload_id=machine.upload_id, now=world.clock)

    with pytest.raises(ConflictError):
        delete()
    machine.run()
    delete()
    assert not world.uploads.items
    assert not world.zips.data
    assert not world.work.data
    assert mailbox_now(world, box).messages == 3


def test_dates_say_where_they_come_from() -> None:
    world = World()
    box = found_company(world)
    received = b"Received: from a by b; Tue, 1 Mar 2022 10:00:00 +0900\r\n"
    date = b"Date: Wed, 2 Mar 2022 10:00:00 +0900\r\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, head in (("1.eml", received + date), ("2.eml", date), ("3.eml", b"To: a@b\r\n")):
            info = zipfile.ZipInfo(name, (2022, 3, 3, 10, 0, 0))
            archive.writestr(info, head + b"\r\nx")
    machine = send(world, box, buffer.getvalue())
    machine.run()
    assert [(row.date, row.date_from) for row in ledger(machine)] == [
        ("2022-03-01T01:00:00Z", "received"),
        ("2022-03-02T01:00:00Z", "date"),
        ("2022-03-03T01:00:00Z", "member"),
    ]


def test_names_in_cp949_are_korean_in_the_ledger() -> None:
    world = World()
    box = found_company(world)
    mark = "XXXXXX"
    data = zip_of({f"{mark}.eml": letter_bytes(1)}).replace(mark.encode(), "견적서".encode("cp949"))
    machine = send(world, box, data)
    machine.run()
    assert [row.name for row in ledger(machine)] == ["견적서.eml"]


def test_a_million_row_ledger_is_split_into_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyeonji.usecases.uploads.settle.PAGE_ROWS", 4)
    world = World()
    box = found_company(world)
    machine = send(world, box, zip_of({**many(9), "x.txt": b"x"}))
    machine.run()
    assert [row.index for row in ledger(machine)] == list(range(10))
    before = world.work.requests
    read_entries(world, account=KIM, upload_id=machine.upload_id, outcome=Outcome.REJECTED)
    assert world.work.requests - before == 2, "the list of pages, and the one page"


def test_received_dates_do_not_depend_on_when_the_machine_runs() -> None:
    world = World()
    box = found_company(world)
    mail = b"Date: Fri, 1 Jan 2100 00:00:00 +0000\r\n\r\nx"
    data = zip_of({"a.eml": mail})
    machine = send(world, box, data)
    world.clock = datetime(2101, 1, 1, tzinfo=UTC)
    machine.run()
    [message] = world.index.read(KIM, box.id)
    assert message.received_from in ("member", "unknown")
    assert hashlib.sha256(mail).hexdigest() == message.digest


def test_a_mail_at_the_limit_is_in_and_one_byte_more_is_not() -> None:
    world = World()
    box = found_company(world)
    fits = b"Subject: a\r\n\r\n".ljust(1000, b"x")
    machine = send(
        world, box, zip_of({"fits.eml": fits, "over.eml": fits + b"x"}), message_limit_bytes=1000
    )
    machine.run()
    assert [row.reason for row in ledger(machine)] == [None, "too_large"]
