"""Getting the file in: what is refused before the first byte, parts, completing, events."""

from collections.abc import Callable, Sequence

import pytest

from pyeonji.domain.accounts import Account
from pyeonji.domain.errors import (
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    UnprocessableError,
)
from pyeonji.domain.limits import GIB, MAX_OPEN_UPLOADS, UPLOAD_PART_BYTES
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import Upload, owner_of_upload_key, upload_key
from pyeonji.ports import StoredPart
from pyeonji.usecases.uploads.end import delete_upload
from pyeonji.usecases.uploads.receive import Received, receive_upload
from pyeonji.usecases.uploads.request import complete_upload, list_parts, sign_parts
from tests.support.company import KIM, found_company
from tests.support.fakes import World
from tests.support.uploading import (
    ask_to_upload,
    put_parts,
)


@pytest.mark.parametrize("account", [KIM, "sales/korea@acme.example"])
def test_whose_an_upload_is_stands_in_its_key(account: str) -> None:
    assert owner_of_upload_key(upload_key(account, "01J")) == (account, "01J")


@pytest.mark.parametrize(
    "key", ["", "uploads", "uploads/01J.zip", "volumes/a/1.zip", "uploads/a/1.tar"]
)
def test_other_keys_are_nobodys(key: str) -> None:
    assert owner_of_upload_key(key) is None


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


@pytest.mark.parametrize(
    "filename",
    ["", "a\0b.zip", "a\r\nb.zip", "a\x85.zip", "\u202egpj.zip", "\ud800.zip", "x" * 252 + ".zip"],
)
def test_a_name_that_is_none(filename: str) -> None:
    world = World()
    box = found_company(world)
    with pytest.raises(InvalidRequestError, match="invalid_request") as refused:
        ask_to_upload(world, box, 100, filename=filename)
    assert refused.value.field == "filename"
    assert not world.uploads.items and not world.zips.open


@pytest.mark.parametrize(
    "filename",
    [
        "우리 가족 👨\u200d👩\u200d👧.zip",
        "메일\u3000백업.zip",
        "메일\u00a02024\u202f오후.zip",
        "\U0001fae9 2025.zip",  # younger than the Unicode tables of Python 3.11
        "../..\\C:메일.zip",
    ],
)
def test_a_name_is_a_label(filename: str) -> None:
    world = World()
    box = found_company(world)
    assert ask_to_upload(world, box, 100, filename=filename).filename == filename


def test_one_byte_less_than_the_limit_is_taken() -> None:
    world = World()
    box = found_company(world)
    upload = ask_to_upload(world, box, 2 * GIB - 1, filename="MAIL.ZIP")
    assert upload.parts == 410
    assert upload.part_bytes == UPLOAD_PART_BYTES


def test_an_account_has_so_many_open_uploads_and_no_more() -> None:
    world = World()
    box = found_company(world)
    opened = [ask_to_upload(world, box, 100) for _ in range(MAX_OPEN_UPLOADS)]
    with pytest.raises(ConflictError, match="too_many_uploads") as refused:
        ask_to_upload(world, box, 100)
    assert refused.value.facts["limit"] == MAX_OPEN_UPLOADS
    assert len(world.zips.open) == len(world.uploads.items) == MAX_OPEN_UPLOADS
    put_parts(world, opened[0], bytes(100))
    complete_upload(world, account=KIM, upload_id=opened[0].id, now=world.clock)
    ask_to_upload(world, box, 100)


def test_nor_have_requests_side_by_side() -> None:
    world = World()
    box = found_company(world)
    for _ in range(MAX_OPEN_UPLOADS - 1):
        ask_to_upload(world, box, 100)
    create = world.uploads.create

    def beside(upload: Upload) -> None:
        world.uploads.create = create  # type: ignore[method-assign]
        ask_to_upload(world, box, 100)
        create(upload)

    world.uploads.create = beside  # type: ignore[method-assign]
    with pytest.raises(ConflictError, match="too_many_uploads"):
        ask_to_upload(world, box, 100)
    assert len(world.zips.open) == len(world.uploads.items) == MAX_OPEN_UPLOADS


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
        lambda: sign_parts(world, account="lee@acme.example", upload_id=upload.id, numbers=[1]),
        lambda: list_parts(world, account="lee@acme.example", upload_id=upload.id),
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
            self.world, account=KIM, upload_id=self.upload.id, now=self.world.clock
        ).state

    def abandon(self) -> None:
        delete_upload(self.world, account=KIM, upload_id=self.upload.id, now=self.world.clock)

    def before_s3_completes(
        self, monkeypatch: pytest.MonkeyPatch, something: Callable[[], object]
    ) -> None:
        """`something` happens once, between a look at the parts and putting them together."""
        complete = self.world.zips.complete

        def late(key: str, multipart_id: str, parts: Sequence[StoredPart]) -> None:
            monkeypatch.setattr(self.world.zips, "complete", complete)
            something()
            complete(key, multipart_id, parts)

        monkeypatch.setattr(self.world.zips, "complete", late)

    def test_urls_are_for_parts_of_this_upload_only(self) -> None:
        urls = sign_parts(self.world, account=KIM, upload_id=self.upload.id, numbers=[3, 1, 3])
        assert sorted(urls) == [1, 3]
        assert all(self.key in url for url in urls.values())
        for numbers in ([0], [4], []):
            with pytest.raises(InvalidRequestError):
                sign_parts(self.world, account=KIM, upload_id=self.upload.id, numbers=numbers)

    def test_a_resumed_client_learns_what_has_arrived(self) -> None:
        self.put(2, UPLOAD_PART_BYTES)
        listed = list_parts(self.world, account=KIM, upload_id=self.upload.id)
        assert [(part.number, part.bytes) for part in listed] == [(2, UPLOAD_PART_BYTES)]

    def test_parts_that_are_lost_have_not_arrived(self) -> None:
        self.put(2, UPLOAD_PART_BYTES)
        self.world.zips.abort(self.key, self.upload.multipart_id)
        listed = list_parts(self.world, account=KIM, upload_id=self.upload.id)
        assert listed == []

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

    def test_two_completes_at_once_are_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        put_parts(self.world, self.upload, self.data)
        self.before_s3_completes(monkeypatch, self.complete)
        assert self.complete() is UploadState.RECEIVED

    def test_abandoned_while_it_is_completed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        put_parts(self.world, self.upload, self.data)
        self.before_s3_completes(monkeypatch, self.abandon)
        with pytest.raises(ConflictError) as refused:
            self.complete()
        assert (refused.value.code, refused.value.facts["state"]) == ("wrong_state", "abandoned")

    def test_abandoned_a_moment_before_s3_has_completed_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put_parts(self.world, self.upload, self.data)
        # The state has moved, the parts are not gone yet.
        monkeypatch.setattr(self.world.zips, "abort", lambda key, multipart: None)
        self.before_s3_completes(monkeypatch, self.abandon)
        with pytest.raises(ConflictError) as refused:
            self.complete()
        assert (refused.value.code, refused.value.facts["state"]) == ("wrong_state", "abandoned")

    def test_the_event_may_come_before_complete_answers_and_twice(self) -> None:
        put_parts(self.world, self.upload, self.data)
        self.world.zips.complete(
            self.key,
            self.upload.multipart_id,
            self.world.zips.parts(self.key, self.upload.multipart_id),
        )
        seen = [receive_upload(self.world, key=self.key, now=self.world.clock) for _ in range(2)]
        assert seen == [Received.STARTED, Received.STARTED]
        assert list(self.world.machines.uploads) == [f"{self.upload.id}-1"]
        assert self.complete() is UploadState.RECEIVED

    def test_abandoned_parts_go_and_nothing_completes_it(self) -> None:
        self.put(1, UPLOAD_PART_BYTES)
        ended = delete_upload(
            self.world, account=KIM, upload_id=self.upload.id, now=self.world.clock
        )
        assert ended is not None and ended.state is UploadState.ABANDONED
        assert not self.world.zips.open
        with pytest.raises(ConflictError):
            self.complete()


@pytest.mark.parametrize("key", ["uploads/x", "uploads/kim@acme.example/x.txt", "a/b/c.zip", ""])
def test_an_object_of_nobodys_is_passed_over(key: str) -> None:
    world = World()
    found_company(world)
    received = receive_upload(world, key=key, now=world.clock)
    assert received is Received.UNKNOWN
