"""Chosen mails back on a company's own server, as they were."""

from datetime import UTC, datetime, timedelta

import pytest

from pyeonji.domain.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    UnprocessableError,
)
from pyeonji.domain.uploads import Outcome
from pyeonji.usecases.mail.indexing import index_segment
from pyeonji.usecases.uploads.put_back import Chosen, put_back
from tests.support.company import found_company
from tests.support.fakes import World
from tests.support.imap_memory import MemoryServer
from tests.support.syncing import KIM, agree, boxes, connected_world, contents, letter, sync
from tests.support.uploading import ledger
from tests.unit.test_upload_delivery import Delivery, held

WHEN = datetime(2025, 7, 17, 2, 44, 25, tzinfo=UTC)
LOST = [letter("견적서", "납기는 화요일"), letter("lost2"), letter("회의", "납기 없음")]


def lost() -> tuple[World, MemoryServer, list[str]]:
    """Three mails that are gone there, and one that is not; the keys of the three."""
    server = MemoryServer()
    world = connected_world(server)
    server.inbox.add(letter("kept"))
    uids = [server.inbox.add(mail, "\\Seen", received=WHEN) for mail in LOST]
    sync(world)
    for uid in uids:
        server.inbox.expunge(uid)
    world.clock += timedelta(minutes=9)
    sync(world)
    gone = [one for one in world.index.read(KIM, boxes(world)["INBOX"].id) if one.gone]
    assert len(gone) == 3
    for key in list(world.mail.data):
        index_segment(world, segment=key)
    return world, server, [one.key for one in sorted(gone, key=lambda one: one.uid)]


def test_by_their_keys_with_flags_and_date() -> None:
    world, server, keys = lost()
    box = boxes(world)["INBOX"].id
    begun = put_back(world, account=KIM, chosen=Chosen(box, keys[:2]), now=world.clock)
    machine = Delivery(world, begun.id)
    machine.run()
    assert [row.outcome for row in ledger(machine)][:2] == [Outcome.IMPORTED] * 2
    assert held(server) == sorted([letter("kept"), *LOST[:2]])
    back = [mail for mail in server.inbox.mails.values() if mail.data in LOST]
    assert {(mail.flags, mail.received) for mail in back} == {(("\\Seen",), WHEN)}
    sync(world)
    assert contents(world) == sorted([letter("kept"), *LOST[:2]])
    agree(world)
    again = put_back(world, account=KIM, chosen=Chosen(box, keys[:2]), now=world.clock)
    assert Delivery(world, again.id).run().totals.duplicate == 2
    assert len(held(server)) == 3


def test_by_a_query_into_another_mailbox() -> None:
    world, server, _ = lost()
    server.add_folder("Found", 12)
    sync(world)
    found, box = boxes(world)["Found"].id, boxes(world)["INBOX"].id
    chosen = Chosen(box, query="납기", to=found)
    begun = put_back(world, account=KIM, chosen=chosen, now=world.clock)
    Delivery(world, begun.id).run()
    assert held(server, "Found") == sorted([LOST[0], LOST[2]])
    assert held(server) == [letter("kept")]


def test_what_cannot_be_put_back_is_refused_and_changes_nothing() -> None:
    world, server, keys = lost()
    box = boxes(world)["INBOX"].id
    for chosen, error, code in (
        (Chosen("nowhere", keys), NotFoundError, "mailbox_not_found"),
        (Chosen(box, keys, to="nowhere"), NotFoundError, "mailbox_not_found"),
        (Chosen(box, ["0" * 64]), NotFoundError, "message_not_found"),
        (Chosen(box), InvalidRequestError, "invalid_request"),
        (Chosen(box, keys, "회의"), InvalidRequestError, "invalid_request"),
        (Chosen(box, []), InvalidRequestError, "invalid_request"),
        (Chosen(box, query="before:soon"), InvalidRequestError, "invalid_request"),
        (Chosen(box, query="아무데도없는말"), UnprocessableError, "nothing_to_back_up"),
    ):
        with pytest.raises(error) as refused:
            put_back(world, account=KIM, chosen=chosen, now=world.clock)
        assert refused.value.code == code
    assert not world.uploads.items and held(server) == [letter("kept")]


def test_too_much_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world, _, keys = lost()
    box = boxes(world)["INBOX"].id
    monkeypatch.setattr("pyeonji.usecases.uploads.put_back.MAX_MAILS", 2)
    put_back(world, account=KIM, chosen=Chosen(box, keys[:2]), now=world.clock)
    with pytest.raises(UnprocessableError, match="too_much_at_once"):
        put_back(world, account=KIM, chosen=Chosen(box, keys), now=world.clock)
    monkeypatch.setattr("pyeonji.usecases.uploads.put_back.MAX_BYTES", len(LOST[0]) - 1)
    with pytest.raises(UnprocessableError, match="too_much_at_once"):
        put_back(world, account=KIM, chosen=Chosen(box, keys[:1]), now=world.clock)


def test_mail_that_is_kept_here_has_no_server_to_go_back_to() -> None:
    world = World()
    box = found_company(world)
    with pytest.raises(ConflictError, match="not_connected"):
        put_back(world, account=KIM, chosen=Chosen(box.id, ["a"]), now=world.clock)
