"""The upload flow with the real adapters; moto refuses what S3 and DynamoDB would refuse."""

import hashlib
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import pytest
import requests
from botocore.exceptions import ClientError

from pyeonji.adapters.dynamodb import index as index_adapter
from pyeonji.adapters.dynamodb.signed import SignedCalls
from pyeonji.adapters.passing import is_passing
from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.ids import new_id
from pyeonji.domain.limits import MIB
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import OnDuplicate, Totals
from pyeonji.ports import ChunkClosedError
from pyeonji.usecases.uploads.request import list_parts, sign_parts
from pyeonji.usecases.uploads.retry import retry_upload
from pyeonji.usecases.uploads.show import ledger_url
from pyeonji.usecases.uploads.undo import take_out_upload, undo_upload
from tests.support.aws_world import aws_world
from tests.support.company import KIM, found_company, letter_bytes
from tests.support.fakes import FakeMachines, World
from tests.support.faults import KilledError, Refusing
from tests.support.uploading import (
    UploadMachine,
    ask_to_upload,
    assert_counts_agree,
    assert_ledger_agrees,
    ledger,
    mailbox_now,
    send,
    small_chunks,
    zip_of,
)


@contextmanager
def new_world() -> Iterator[World]:
    with aws_world() as aws:
        aws.machines = FakeMachines()  # type: ignore[attr-defined]
        # The helpers ask for ports only; both worlds have the same ones.
        yield cast(World, aws)


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as made:
        yield made


def mails(count: int, size: int = 600) -> dict[str, bytes]:
    return {f"{n:04d}.eml": letter_bytes(n, size) for n in range(count)}


@pytest.mark.slow
def test_the_whole_way_with_parts_of_s3s_sizes(world: World) -> None:
    box = found_company(world)
    sent = mails(130, 300_000)
    data = zip_of({**sent, "again.eml": sent["0007.eml"], "x.txt": b"x"})
    assert len(data) > 16 * MIB, "more than one part"
    machine = send(world, box, data)
    machine.cutter = small_chunks(30)
    upload = machine.run()
    assert upload.totals == Totals(imported=130, duplicate=1, rejected=1)
    assert [row.index for row in ledger(machine)] == list(range(132))
    assert_counts_agree(world, box)
    url = ledger_url(world, account=KIM, upload_id=machine.upload_id)
    assert "X-Amz-Signature" in url or "Signature" in url


def test_a_part_goes_to_its_presigned_url_and_can_be_sent_again(world: World) -> None:
    box = found_company(world)
    upload = ask_to_upload(world, box, 100)
    urls = sign_parts(world, account=KIM, upload_id=upload.id, numbers=[1])
    assert urls[1].startswith("https://zips.s3.ap-northeast-2.amazonaws.com/")
    for body in (b"x" * 7, b"y" * 100):
        assert requests.put(urls[1], data=body, timeout=5).status_code == 200
        listed = list_parts(world, account=KIM, upload_id=upload.id)
        assert [(part.number, part.bytes) for part in listed] == [(1, len(body))]


class Serial:
    """One call at a time: a transaction is atomic in DynamoDB; moto's copies the table and puts
    the copy back, with whatever another thread wrote in between gone."""

    _turn = threading.RLock()

    def __init__(self, port: Any) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def called(*args: Any, **kwargs: Any) -> Any:
            with self._turn:
                return method(*args, **kwargs)

        return called


def test_two_overlapping_uploads_at_once_import_every_mail_once(world: World) -> None:
    box = found_company(world)
    sent = list(mails(120).items())
    machines = [send(world, box, zip_of(sent[:80])), send(world, box, zip_of(sent[40:]))]
    for machine in machines:
        machine.cutter = small_chunks(20)
        machine.wrap = lambda name, port: (
            Serial(port) if name in ("index", "uploads", "accounts") else port
        )
        machine.inspect()
    jobs = [
        (machine, chunk)
        for chunks in zip(*(machine.chunks() for machine in machines), strict=True)
        for machine, chunk in zip(machines, chunks, strict=True)
    ]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda job: job[0].import_one(job[1]), jobs))
    for machine in machines:
        machine.settle()
    totals = machines[0].upload.totals + machines[1].upload.totals
    assert (totals.imported, totals.duplicate) == (120, 40)
    assert mailbox_now(world, box).messages == 120
    assert_counts_agree(world, box)


def test_keep_and_retry_in_the_table(world: World) -> None:
    box = found_company(world)
    data = zip_of(mails(110))
    send(world, box, data).run()
    kept = send(world, box, data, on_duplicate=OnDuplicate.KEEP)
    kept.cutter = small_chunks(50)
    kept.inspect()
    kept.import_one(kept.chunks()[0])
    kept.settle("timed_out")
    assert kept.upload.state is UploadState.FAILED
    retry_upload(world, account=KIM, upload_id=kept.upload_id, now=world.clock)
    upload = UploadMachine(world, kept.upload_id).run()
    assert upload.totals == Totals(imported=110)
    assert mailbox_now(world, box).messages == 220
    assert_counts_agree(world, box)


def test_half_the_items_of_a_chunk_in_a_run_that_fails(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between two batches of one chunk: 125 items are in, 5 are not."""
    box = found_company(world)
    machine = send(world, box, zip_of(mails(130)))
    machine.inspect()
    [chunk] = machine.chunks()
    before = machine.upload
    sent = SignedCalls.call

    def killed(self: SignedCalls, operation: str, body: bytes) -> object:
        if body.count(b"INSERT INTO") < 25:
            raise KilledError("between two batches")
        return sent(self, operation, body)

    monkeypatch.setattr(SignedCalls, "call", killed)
    with pytest.raises(KilledError):
        machine.import_one(chunk)
    monkeypatch.undo()
    assert len(list(world.index.brought_by(KIM, box.id, machine.upload_id))) == 125
    machine.settle("timed_out")
    # What was intended is in.
    assert machine.upload.totals == Totals(imported=130)
    assert_counts_agree(world, box)
    assert_ledger_agrees(world, box, machine.upload)
    # A second try of the chunk, which has seen the upload before it failed.
    with pytest.raises(ChunkClosedError):
        world.index.intend(machine.upload_id, chunk.name, "0123456789abcdef")
    straggling = list(world.index.brought_by(KIM, box.id, machine.upload_id))
    lost = world.index.add(KIM, box.id, straggling)
    assert {holder.origin for holder in lost.values()} == {one.origin for one in straggling}
    assert [name for name, _ in world.index.intents(machine.upload_id)] == [chunk.name]
    assert not world.uploads.move(before, replace(before, attempt=2))
    world.uploads.add_settled(before, chunk.name, 130)
    assert machine.upload.settled == 130


def test_a_flag_no_table_takes_costs_its_mail_nothing(world: World) -> None:
    box = found_company(world)
    listed = {"items": [{"filename": "a.eml", "flags": ["$seen", "\ud800", "a\0b", "업무"]}]}
    entries = {
        "mail/x/a.eml": mails(1)["0000.eml"],
        "mail/x/folder.json": json.dumps(listed).encode(),
    }
    assert send(world, box, zip_of(entries)).run().totals == Totals(imported=1, ignored=1)
    [message] = world.index.read(KIM, box.id)
    assert message.flags == ("\\Seen", "업무")


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "TransactWriteItems")


@pytest.mark.parametrize(
    ("code", "passing"),
    [
        ("ThrottlingException", True),
        ("ProvisionedThroughputExceededException", True),
        ("SlowDown", True),
        ("InternalServerError", True),
        ("AccessDeniedException", True),
        ("ValidationException", False),
        ("EntityTooLarge", False),
    ],
)
def test_which_errors_another_try_may_mend(code: str, passing: bool) -> None:
    assert is_passing(client_error(code)) is passing
    assert is_passing(ConnectionResetError()) is True
    assert is_passing(RecursionError()) is False


def test_a_table_that_throttles_costs_no_mail(world: World) -> None:
    box = found_company(world)
    machine = send(world, box, zip_of(mails(130)))
    throttled = Refusing(
        world.index, client_error("ThrottlingException"), lambda name, n: name == "add" and n < 7
    )
    machine.wrap = lambda name, port: throttled if name == "index" else port
    machine.passing = is_passing
    machine.inspect()
    [chunk] = machine.chunks()
    with pytest.raises(ClientError):
        machine.import_one(chunk)
    machine.import_one(chunk)
    machine.settle()
    assert throttled.refused == 1
    assert machine.upload.totals == Totals(imported=130)
    assert_counts_agree(world, box)


def sent_twice(world: World, path: str) -> tuple[Mailbox, UploadMachine]:
    """A mailbox with two uploads, the second of which found half of the first's mails there."""
    box = Mailbox(new_id(world.now()), path)
    assert world.accounts.create_mailbox(KIM, box)
    first = send(world, box, zip_of(mails(8)))
    first.cutter = small_chunks(3)
    first.run()
    other = {**{f"{n}.eml": letter_bytes(n) for n in range(4, 8)}, "20.eml": letter_bytes(20)}
    assert send(world, box, zip_of(other)).run().totals.duplicate == 4
    return box, first


def undo(world: World, machine: UploadMachine) -> None:
    take_out_upload(world, account=KIM, upload_id=machine.upload_id, now=world.now())


def left_of(world: World, box: Mailbox) -> set[str]:
    return {message.digest for message in world.index.read(KIM, box.id)}


@pytest.mark.slow
def test_undone_killed_at_every_write_and_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts before messages: what is killed in between never lowers them twice."""
    real = index_adapter.transact
    stays = {hashlib.sha256(letter_bytes(n)).hexdigest() for n in (4, 5, 6, 7, 20)}
    for at in range(1, 20):
        # A world each: moto copies the whole table for every transaction.
        with new_world() as world:
            found_company(world)
            box, machine = sent_twice(world, f"상자 {at}")
            undo_upload(world, account=KIM, upload_id=machine.upload_id, now=world.now())
            calls = 0

            def killed(client: Any, actions: Any, at: int = at) -> None:
                nonlocal calls
                calls += 1
                if calls == at:
                    raise KilledError
                real(client, actions)

            monkeypatch.setattr(index_adapter, "transact", killed)
            try:
                undo(world, machine)
                ended = True
            except KilledError:
                ended = False
            monkeypatch.setattr(index_adapter, "transact", real)
            undo(world, machine)
            assert machine.upload.state is UploadState.UNDONE
            assert left_of(world, box) == stays
            assert_counts_agree(world, box)
        if ended:
            break
    assert calls > 3, "chunks, those that stay, those that go"
