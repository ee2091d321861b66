"""The audit: every deed in its chain before it is answered, and every tampering found."""

import copy
import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pyeonji.domain.accounts import Account, Role
from pyeonji.domain.audit import (
    Action,
    AuditRecord,
    Break,
    BreakKind,
    ChainHead,
    Deed,
    chained,
    decode_seal,
    encode_seal,
)
from pyeonji.domain.errors import BusyError
from pyeonji.usecases.audit.record import list_deeds, record_deed
from pyeonji.usecases.audit.seal import check_company, seal_all, seal_prefix
from pyeonji.words.audit import DEEDS
from pyeonji_api.audit import AUDITED, NOT_AUDITED
from tests.support.api import KIM, LEE, Api, load_app, use
from tests.support.fakes import World
from tests.support.worlds import altered

DAY = timedelta(days=1)
ACME = "acme.example"


def lived() -> World:
    """Three days in which kim and lee did something, each sealed; and a morning not sealed yet."""
    world = Api().world
    world.accounts.put_account(Account(LEE, role=Role.ADMIN))
    for day in range(4):
        for number in range(3):
            for account in (KIM, LEE):
                deed = Deed(account, Action.MAIL_READ, f"m{day}{number}", "192.0.2.1", "r")
                record_deed(world, deed=deed, now=world.clock)
                world.clock += timedelta(minutes=1)
        if day < 3:
            seal_all(world, now=world.clock)
            world.clock += DAY
    assert check(world) == []
    return world


def check(world: World) -> list[Break]:
    return check_company(world, domain=ACME, now=world.clock)


def test_every_route_says_what_it_leaves() -> None:
    routes = {(method, path) for path, each in load_app().routes.items() for method in each}
    said = {*AUDITED, *NOT_AUDITED}
    assert routes - said == set(), "say in pyeonji_api/audit.py what these leave"
    assert not {*AUDITED} & {*NOT_AUDITED}
    assert {action.value for action in Action} == set(DEEDS)


def _change(records: list[AuditRecord], place: int, **changes: Any) -> None:
    was = records[place]
    deed = {key: value for key, value in changes.items() if key in Deed.__dataclass_fields__}
    rest = {key: value for key, value in changes.items() if key not in deed}
    records[place] = dataclasses.replace(was, deed=dataclasses.replace(was.deed, **deed), **rest)


TAMPERINGS: dict[str, Callable[[list[AuditRecord]], object]] = {
    "another action": lambda chain: _change(chain, 4, action="searched"),
    "another target": lambda chain: _change(chain, 4, target="x"),
    "another address": lambda chain: _change(chain, 4, address="198.51.100.1"),
    "another instant": lambda chain: _change(chain, 4, at=chain[4].at + timedelta(seconds=1)),
    "of somebody else": lambda chain: _change(chain, 4, account=LEE),
    "one missing": lambda chain: chain.pop(4),
    "two exchanged": lambda chain: chain.insert(4, chain.pop(5)),
    "one twice": lambda chain: chain.insert(4, chain[4]),
    "the last cut off": lambda chain: chain.pop(),
    "the last ten cut off": lambda chain: chain.__delitem__(slice(2, None)),
    "the first missing": lambda chain: chain.pop(0),
    "all gone": lambda chain: chain.clear(),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_with_records_is_found(tampering: str) -> None:
    world = lived()
    TAMPERINGS[tampering](world.audit.chains[KIM])
    found = check(world)
    assert found, tampering
    assert {each.account for each in found} == {KIM}


def _rewritten(records: list[AuditRecord], place: int) -> list[AuditRecord]:
    """From `place` on made anew, hashes and all, as somebody would who knows how it is done."""
    made = records[:place]
    for was in records[place:]:
        head = None
        if made:
            last = made[-1]
            head = ChainHead(KIM, last.number, last.at, last.hash)
        made.append(chained(dataclasses.replace(was.deed, action="searched"), was.at, head))
    return made


def test_a_chain_made_anew_with_its_head_contradicts_a_seal() -> None:
    world = lived()
    made = _rewritten(world.audit.chains[KIM], 4)
    world.audit.chains[KIM] = made
    last = made[-1]
    world.audit.heads[KIM] = ChainHead(KIM, last.number, last.at, last.hash)
    assert {each.kind for each in check(world)} == {BreakKind.CHANGED}


def test_a_chain_cut_off_with_its_head_contradicts_a_seal() -> None:
    world = lived()
    chain = world.audit.chains[KIM]
    del chain[5:]
    world.audit.heads[KIM] = ChainHead(KIM, 5, chain[-1].at, chain[-1].hash)
    assert {each.kind for each in check(world)} == {BreakKind.CUT_OFF}


def test_an_account_taken_out_altogether_is_missed() -> None:
    world = lived()
    del world.audit.chains[KIM], world.audit.heads[KIM]
    assert BreakKind.CUT_OFF in {each.kind for each in check(world)}


def test_tampering_with_seals_is_found() -> None:
    world = lived()
    first, second, third = sorted(world.seals.data)
    was = dict(world.seals.data)
    del world.seals.data[second]
    assert {each.kind for each in check(world)} == {BreakKind.SEAL_MISSING}
    world.seals.data.update(was)
    seal = decode_seal(was[second])
    heads = (dataclasses.replace(seal.heads[0], hash="0" * 64), *seal.heads[1:])
    world.seals.data[second] = encode_seal(dataclasses.replace(seal, heads=heads))
    assert {BreakKind.SEAL_MISSING, BreakKind.CHANGED} <= {each.kind for each in check(world)}
    world.seals.data[second] = b"x"
    assert BreakKind.SEAL_CHANGED in {each.kind for each in check(world)}
    world.seals.data.update(was)
    world.seals.data[first], world.seals.data[third] = was[third], was[first]
    assert BreakKind.SEAL_CHANGED in {each.kind for each in check(world)}


def test_what_is_too_old_may_go() -> None:
    world = lived()
    limits = dataclasses.replace(world.limits, audit_days=30)
    old = altered(world, limits=limits)
    world.clock += 25 * DAY
    # The first two days are past their time; the table takes them away, or has not yet.
    assert check_company(old, domain=ACME, now=world.clock) == []
    for account in (KIM, LEE):
        del world.audit.chains[account][:6]
    assert check_company(old, domain=ACME, now=world.clock) == []
    del world.audit.chains[KIM][:4]
    assert check_company(old, domain=ACME, now=world.clock) != []


def test_administrators_are_told_once_a_day_and_nobody_else() -> None:
    world = lived()
    assert [to for to, *_ in world.mailer.sent] == [LEE] * 3
    before = copy.deepcopy(world.seals.data)
    world.clock -= DAY
    seal_all(world, now=world.clock)
    assert world.seals.data == before and len(world.mailer.sent) == 3
    assert all(key.startswith(seal_prefix(ACME)) for key in before)
    _, subject, text, _ = world.mailer.sent[-1]
    assert ACME not in subject and KIM not in text


def test_two_at_once_stand_one_behind_the_other() -> None:
    world = World()
    deed = Deed(KIM, Action.SEARCHED)
    true = world.audit
    stolen = 0

    class Hurried:
        def __getattr__(self, name: str) -> Any:
            return getattr(true, name)

        def append(self, record: AuditRecord) -> bool:
            nonlocal stolen
            if stolen < 3:
                stolen += 1
                assert true.append(chained(deed, world.clock, true.head(KIM)))
            return true.append(record)

    assert record_deed(altered(world, audit=Hurried()), deed=deed, now=world.clock).number == 4
    stolen = -10_000
    with pytest.raises(BusyError):
        record_deed(altered(world, audit=Hurried()), deed=deed, now=world.clock)


def test_the_chain_never_goes_back_in_time() -> None:
    world = World()
    record_deed(world, deed=Deed(KIM, Action.SEARCHED), now=world.clock)
    late = record_deed(world, deed=Deed(KIM, Action.SEARCHED), now=world.clock - DAY)
    assert late.at == world.clock


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    return use(Api(), monkeypatch)


class TestApi:
    def test_what_is_done_is_there_and_nobody_elses(self, api: Api) -> None:
        made = api.call("POST", "/mailboxes", {"path": "비밀"}, address="198.51.100.7")
        assert made.status == 201
        api.call("GET", f"/mailboxes/{api.inbox.id}/messages")
        api.call("GET", "/search?q=%EC%9B%94%EA%B8%89")
        api.call("GET", "/search?q=x", account="park@other.example")
        api.call("GET", "/backups")
        answer = api.call("GET", "/audit")
        assert [row["action"] for row in answer.json["records"]] == [
            "searched", "mails_listed", "mailbox_made",
        ]  # fmt: skip
        first = answer.json["records"][-1]
        assert (first["target"], first["address"]) == (made.json["id"], "198.51.100.7")
        assert first["text"] == "A mailbox was made."
        kept = repr(api.world.audit.chains)
        assert "비밀" not in kept and "월급" not in kept

    def test_pages(self, api: Api) -> None:
        for _ in range(5):
            api.call("GET", f"/mailboxes/{api.inbox.id}/messages")
        numbers, after = [], ""
        while True:
            page = api.call("GET", f"/audit?limit=2{after}").json
            numbers += [row["number"] for row in page["records"]]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert numbers == [5, 4, 3, 2, 1]
        for wrong in ("0", "-1", "x", "1" * 11, "٣"):
            assert api.call("GET", f"/audit?after={wrong}").status == 400

    def test_what_was_refused_was_not_done(self, api: Api) -> None:
        assert api.call("DELETE", f"/backups/{'0' * 26}").status == 404
        assert api.world.audit.chains == {}

    def test_signing_in_and_being_refused(self, api: Api) -> None:
        wrong = {"email": KIM, "password": "not this one at all"}
        assert api.call("POST", "/session", wrong, account=None).status == 401
        right = {"email": KIM.upper(), "password": f"password of {KIM}"}
        assert api.call("POST", "/session", right, account=None).status == 200
        actions = [record.deed.action for record in api.world.audit.chains[KIM]]
        assert actions == ["sign_in_refused", "signed_in"]
        # Half a sign-in is none, and an address without an account has no chain.
        half = {"email": LEE, "password": f"password of {LEE}"}
        assert api.call("POST", "/session", half, account=None).json["challenge"] == "totp"
        nobody = {"email": "nobody@acme.example", "password": "not this one at all"}
        assert api.call("POST", "/session", nobody, account=None).status == 401
        assert set(api.world.audit.chains) == {KIM}

    def test_nothing_is_answered_that_is_not_written(self, api: Api) -> None:

        class Full:
            def head(self, account: str) -> None:
                return None

            def append(self, record: AuditRecord) -> bool:
                return False

        api.world.audit = Full()  # type: ignore[assignment]
        answer = api.call("GET", "/search?q=x")
        assert (answer.status, answer.code) == (503, "service_busy")
        assert api.call("GET", "/me").status == 200


def test_a_page_of_numbers() -> None:
    world = World()
    for _ in range(3):
        record_deed(world, deed=Deed(KIM, Action.SEARCHED), now=world.clock)
    page, following = list_deeds(world, account=KIM, before=None, limit=2)
    assert ([record.number for record in page], following) == ([3, 2], 2)
    page, following = list_deeds(world, account=KIM, before=2, limit=2)
    assert ([record.number for record in page], following) == ([1], None)
