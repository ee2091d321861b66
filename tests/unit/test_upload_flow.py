"""From a ZIP to mail and a ledger: on fakes that hold S3's rules."""

import csv
import hashlib
import io
import zipfile
from datetime import UTC, datetime

import pytest

from pyeonji.domain.accounts import Account
from pyeonji.domain.errors import (
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    UnprocessableError,
)
from pyeonji.domain.limits import GIB, UPLOAD_PART_BYTES
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import OnDuplicate, Outcome, Totals, upload_key
from pyeonji.usecases.end_upload import delete_upload
from pyeonji.usecases.ledger import csv_key
from pyeonji.usecases.read_uploads import ledger_url, progress_of, read_entries
from pyeonji.usecases.receive_upload import Received, receive_upload
from pyeonji.usecases.request_upload import complete_upload, list_parts, sign_parts
from pyeonji.usecases.retry_upload import retry_upload
from tests.support.company import KIM, found_company, letter_bytes, limits
from tests.support.fakes import World
from tests.support.faults import KilledError, KillSwitch
from tests.support.uploading import (
    UploadMachine,
    ask_to_upload,
    assert_counts_agree,
    held,
    ledger,
    mailbox_now,
    put_parts,
    send,
    small_chunks,
    zip_of,
)


def many(count: int, size: int = 600) -> dict[str, bytes]:
    return {f"메일/{n:04d}.eml": letter_bytes(n, size) for n in range(count)}


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
        "inner.zip": "not_eml",
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
    ("filename", "size", "code"),
    [
        ("mail.zip", 2 * GIB, "too_large"),
        ("mail.zip", 0, "empty"),
        ("mail.tar", 100, "not_a_zip_name"),
        ("zip", 100, "not_a_zip_name"),
    ],
)
def test_refused_before_the_first_byte(filename: str, size: int, code: str) -> None:
    world = World()
    box = found_company(world)
    with pytest.raises(UnprocessableError) as refused:
        ask_to_upload(world, box, size, filename=filename)
    assert refused.value.code == code
    assert not world.uploads.items
    assert not world.zips.open


def test_one_byte_less_than_the_limit_is_taken() -> None:
    world = World()
    box = found_company(world)
    upload = ask_to_upload(world, box, 2 * GIB - 1, filename="MAIL.ZIP")
    assert upload.parts == 128
    assert upload.part_bytes == UPLOAD_PART_BYTES


def test_who_has_no_mail_uploads_none() -> None:
    world = World()
    box = found_company(world)
    world.accounts.put_account(Account("choi@acme.example", mail_ready=False))
    with pytest.raises(ForbiddenError):
        ask_to_upload(world, box, 100, account="choi@acme.example")


def test_another_accounts_upload_is_not_there() -> None:
    world = World()
    box = found_company(world)
    upload = ask_to_upload(world, box, 100)
    for call in (
        lambda: sign_parts(
            uploads=world.uploads,
            zips=world.zips,
            account="lee@acme.example",
            upload_id=upload.id,
            numbers=[1],
        ),
        lambda: list_parts(
            uploads=world.uploads, zips=world.zips, account="lee@acme.example", upload_id=upload.id
        ),
    ):
        with pytest.raises(NotFoundError):
            call()


class TestParts:
    def setup_method(self) -> None:
        self.world = World()
        self.box = found_company(self.world)
        self.data = bytes(2 * UPLOAD_PART_BYTES + 5)
        self.upload = ask_to_upload(self.world, self.box, len(self.data))
        self.key = upload_key(KIM, self.upload.id)

    def put(self, number: int, size: int) -> None:
        self.world.zips.put_part(self.key, self.upload.multipart_id, number, bytes(size))

    def complete(self) -> UploadState:
        return complete_upload(
            uploads=self.world.uploads,
            zips=self.world.zips,
            account=KIM,
            upload_id=self.upload.id,
            now=self.world.clock,
        ).state

    def test_urls_are_for_parts_of_this_upload_only(self) -> None:
        urls = sign_parts(
            uploads=self.world.uploads,
            zips=self.world.zips,
            account=KIM,
            upload_id=self.upload.id,
            numbers=[3, 1, 3],
        )
        assert sorted(urls) == [1, 3]
        assert all(self.key in url for url in urls.values())
        for numbers in ([0], [4], []):
            with pytest.raises(InvalidRequestError):
                sign_parts(
                    uploads=self.world.uploads,
                    zips=self.world.zips,
                    account=KIM,
                    upload_id=self.upload.id,
                    numbers=numbers,
                )

    def test_a_resumed_client_learns_what_has_arrived(self) -> None:
        self.put(2, UPLOAD_PART_BYTES)
        listed = list_parts(
            uploads=self.world.uploads, zips=self.world.zips, account=KIM, upload_id=self.upload.id
        )
        assert [(part.number, part.bytes) for part in listed] == [(2, UPLOAD_PART_BYTES)]

    def test_missing_parts_are_told(self) -> None:
        self.put(2, UPLOAD_PART_BYTES)
        with pytest.raises(ConflictError) as refused:
            self.complete()
        assert (refused.value.code, refused.value.facts["missing"]) == ("parts_missing", 2)

    @pytest.mark.parametrize("sizes", [(1, 1, 5), (1, 0, 6), (1, 0, 4), (0, -1, 6)])
    def test_parts_of_another_size_are_refused(self, sizes: tuple[int, int, int]) -> None:
        first, second, last = sizes
        self.put(1, UPLOAD_PART_BYTES + first)
        self.put(2, UPLOAD_PART_BYTES + second)
        self.put(3, last)
        with pytest.raises(UnprocessableError) as refused:
            self.complete()
        assert refused.value.code == "size_mismatch"

    def test_completing_twice_is_completing_once(self) -> None:
        put_parts(self.world, self.upload, self.data)
        assert self.complete() is UploadState.RECEIVED
        assert self.complete() is UploadState.RECEIVED

    def test_a_complete_that_died_after_s3_had_done_it(self) -> None:
        put_parts(self.world, self.upload, self.data)
        self.world.zips.complete(
            self.key,
            self.upload.multipart_id,
            self.world.zips.parts(self.key, self.upload.multipart_id),
        )
        assert self.complete() is UploadState.RECEIVED

    def test_the_event_may_come_before_complete_answers_and_twice(self) -> None:
        put_parts(self.world, self.upload, self.data)
        self.world.zips.complete(
            self.key,
            self.upload.multipart_id,
            self.world.zips.parts(self.key, self.upload.multipart_id),
        )
        seen = [
            receive_upload(
                uploads=self.world.uploads,
                machines=self.world.machines,
                key=self.key,
                now=self.world.clock,
            )
            for _ in range(2)
        ]
        assert seen == [Received.STARTED, Received.STARTED]
        assert list(self.world.machines.uploads) == [f"{self.upload.id}-1"]
        assert self.complete() is UploadState.RECEIVED

    def test_abandoned_parts_go_and_nothing_completes_it(self) -> None:
        self.put(1, UPLOAD_PART_BYTES)
        ended = delete_upload(
            uploads=self.world.uploads,
            zips=self.world.zips,
            work=self.world.work,
            limits=limits(),
            account=KIM,
            upload_id=self.upload.id,
            now=self.world.clock,
        )
        assert ended is not None and ended.state is UploadState.ABANDONED
        assert not self.world.zips.open
        with pytest.raises(ConflictError):
            self.complete()


@pytest.mark.parametrize("key", ["uploads/x", "uploads/kim@acme.example/x.txt", "a/b/c.zip", ""])
def test_an_object_of_nobodys_is_passed_over(key: str) -> None:
    world = World()
    found_company(world)
    received = receive_upload(
        uploads=world.uploads, machines=world.machines, key=key, now=world.clock
    )
    assert received is Received.UNKNOWN


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


def test_an_archive_that_contradicts_itself_imports_nothing() -> None:
    world = World()
    box = found_company(world)
    data = bytearray(zip_of(many(3)))
    at = data.find("메일/0002.eml".encode())
    data[at : at + 3] = "매".encode()
    machine = send(world, box, bytes(data))
    upload = machine.run()
    assert (upload.state, upload.failure) == (UploadState.FAILED, "ambiguous_archive")
    assert mailbox_now(world, box).messages == 0
    assert not list(world.index.read(KIM, box.id))


def retry(world: World, upload_id: str) -> UploadMachine:
    retry_upload(
        accounts=world.accounts,
        uploads=world.uploads,
        work=world.work,
        machines=world.machines,
        account=KIM,
        upload_id=upload_id,
        now=world.clock,
    )
    return UploadMachine(world, upload_id)


def test_over_quota_is_told_entry_by_entry_and_a_retry_takes_only_those_up() -> None:
    world = World()
    box = found_company(world)
    mails = many(10, 1_000)
    size = len(next(iter(mails.values())))
    machine = send(world, box, zip_of(mails), quota_bytes=4 * size + size // 2)
    machine.cutter = small_chunks(3)
    upload = machine.run()
    assert upload.state is UploadState.COMPLETED
    assert upload.totals.imported == 4
    assert {row.reason for row in ledger(machine) if row.reason} == {"over_quota"}

    again = retry(world, upload.id)
    assert again.upload.attempt == 2
    assert [row.index for row in ledger(again)] == list(range(10)), "the ledger stays in sight"
    upload = again.run()
    assert upload.totals == Totals(imported=10)
    assert f"{upload.id}-2" in world.machines.uploads
    assert mailbox_now(world, box).messages == 10
    assert_counts_agree(world, box)


@pytest.mark.parametrize("on_duplicate", list(OnDuplicate))
def test_a_duplicate_takes_no_room(on_duplicate: OnDuplicate) -> None:
    world = World()
    box = found_company(world)
    mails = many(6, 1_000)
    send(world, box, zip_of(mails)).run()
    full = mailbox_now(world, box).bytes
    machine = send(world, box, zip_of(mails), on_duplicate=on_duplicate, quota_bytes=full)
    totals = machine.run().totals
    if on_duplicate is OnDuplicate.SKIP:
        assert totals == Totals(duplicate=6)
    else:
        assert totals == Totals(rejected=6)
        assert {row.reason for row in ledger(machine)} == {"over_quota"}
    assert_counts_agree(world, box)


def test_a_chunk_killed_before_its_ledger_judges_the_quota_as_before() -> None:
    for at in range(1, 12):
        world = World()
        box = found_company(world)
        mails = many(6, 1_000)
        size = len(next(iter(mails.values())))
        machine = send(world, box, zip_of(mails), quota_bytes=3 * size + size // 2)
        machine.inspect()
        machine.switch = KillSwitch(at)
        try:
            machine.import_one(machine.chunks()[0])
        except KilledError:
            machine.switch = KillSwitch()
            machine.import_one(machine.chunks()[0])
        machine.switch = KillSwitch()
        machine.settle()
        assert machine.upload.totals == Totals(imported=3, rejected=3)
        assert_counts_agree(world, box)


def test_a_failed_run_keeps_what_is_in_and_its_retry_does_the_rest() -> None:
    world = World()
    box = found_company(world)
    machine = send(world, box, zip_of(many(12)))
    machine.cutter = small_chunks(3)
    machine.inspect()
    chunks = machine.chunks()
    assert len(chunks) == 4
    machine.import_one(chunks[1])
    machine.settle("timed_out")
    upload = machine.upload
    assert (upload.state, upload.failure) == (UploadState.FAILED, "timed_out")
    assert upload.totals == Totals(imported=3)
    assert_counts_agree(world, box)

    # A straggler of the first run wakes up: it may neither count nor settle anything now.
    machine.import_one(chunks[2])
    again = retry(world, upload.id)
    upload = again.run()
    assert upload.totals == Totals(imported=12)
    assert_counts_agree(world, box)


def test_a_straggler_between_its_ledger_and_its_count_is_counted_once() -> None:
    world = World()
    box = found_company(world)
    machine = send(world, box, zip_of(many(6)))
    machine.cutter = small_chunks(3)
    machine.inspect()
    first, second = machine.chunks()
    machine.import_one(first)
    before = machine.upload
    machine.settle("timed_out")
    # The straggler had looked at the upload before it failed.
    world.uploads.items[KIM, machine.upload_id] = before
    machine.import_one(second)
    world.uploads.items[KIM, machine.upload_id] = before
    machine.settle("timed_out")
    assert machine.upload.totals == Totals(imported=3)
    upload = retry(world, machine.upload_id).run()
    assert upload.totals == Totals(imported=6)
    assert_counts_agree(world, box)


def test_what_was_recorded_stays_after_a_second_settling() -> None:
    world = World()
    box = found_company(world)
    machine = send(world, box, zip_of(many(3)))
    done = machine.run()
    world.clock = world.clock.replace(year=2027)
    machine.settle()
    machine.settle("timed_out")
    assert machine.upload == done


def test_settling_refuses_to_finish_with_an_entry_unaccounted_for() -> None:
    world = World()
    box = found_company(world)
    machine = send(world, box, zip_of(many(6)))
    machine.cutter = small_chunks(3)
    machine.inspect()
    machine.import_one(machine.chunks()[0])
    with pytest.raises(RuntimeError):
        machine.settle()
    assert machine.upload.state is UploadState.IMPORTING


def test_pages_of_entries_follow_each_other_and_are_filtered() -> None:
    world = World()
    box = found_company(world)
    machine = send(world, box, zip_of({**many(9), **{f"{n}.txt": b"x" for n in range(5)}}))
    machine.run()

    def page(
        outcome: Outcome | None, after: str | None, limit: int
    ) -> tuple[list[int], str | None]:
        found = read_entries(
            uploads=world.uploads,
            work=world.work,
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


def test_the_ledger_opens_in_excel_and_runs_nothing() -> None:
    world = World()
    box = found_company(world)
    formula = b'Subject: =HYPERLINK("http://evil","x")\r\nFrom: a@b\r\n\r\nx'
    names = {"=cmd|' /C calc'!A0.eml": formula, "가.txt": b"x", "-1.eml": letter_bytes(1)}
    machine = send(world, box, zip_of(names), filename="우리 메일.ZIP")
    machine.run()
    data = world.work.data[csv_key(machine.upload_id, 1)]
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert len(rows) == 4
    assert not [cell for row in rows for cell in row if cell[:1] in set("=+-@\t\r")]
    assert rows[2][3] == "not_eml"
    assert ".eml" in rows[2][4] and ".eml" in rows[2][5]
    url = ledger_url(
        uploads=world.uploads, work=world.work, account=KIM, upload_id=machine.upload_id
    )
    assert "우리 메일-결과.csv" in url


def test_deleting_takes_zip_and_ledger_and_leaves_the_mail() -> None:
    world = World()
    box = found_company(world)
    machine = send(world, box, zip_of(many(3)))

    def delete() -> None:
        delete_upload(
            uploads=world.uploads,
            zips=world.zips,
            work=world.work,
            limits=limits(),
            account=KIM,
            upload_id=machine.upload_id,
            now=world.clock,
        )

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
    monkeypatch.setattr("pyeonji.usecases.settle_upload.PAGE_ROWS", 4)
    world = World()
    box = found_company(world)
    machine = send(world, box, zip_of({**many(9), "x.txt": b"x"}))
    machine.run()
    assert [row.index for row in ledger(machine)] == list(range(10))
    before = world.work.requests
    read_entries(
        uploads=world.uploads,
        work=world.work,
        account=KIM,
        upload_id=machine.upload_id,
        outcome=Outcome.REJECTED,
    )
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
    assert (
        hashlib.sha256(b"Date: Fri, 1 Jan 2100 00:00:00 +0000\r\n\r\nx").hexdigest() == message.key
    )


def test_a_mail_at_the_limit_is_in_and_one_byte_more_is_not() -> None:
    world = World()
    box = found_company(world)
    fits = b"Subject: a\r\n\r\n".ljust(1000, b"x")
    machine = send(
        world, box, zip_of({"fits.eml": fits, "over.eml": fits + b"x"}), message_limit_bytes=1000
    )
    machine.run()
    assert [row.reason for row in ledger(machine)] == [None, "too_large"]
