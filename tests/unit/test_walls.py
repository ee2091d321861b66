"""Every route with every kind of caller, from `app.routes` itself: a new route is covered the day
it is written. The authorizer that stands before them is the template's (`test_template.py`)."""

from collections.abc import Iterator
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from infra.local.places import ROOT
from pyeonji.domain.accounts import Account, Role
from tests.support.api import CHOI, KIM, LEE, PARK, Api, load_app, use
from tests.support.company import days_ago, deliver, letter_bytes
from tests.support.tables import Table
from tests.support.uploading import zip_of

#: A company's administrator: hears of what concerns all of it, and sees nobody's mail.
BOSS = "boss@acme.example"
STRANGERS = {"another company": PARK, "the same company": LEE, "an administrator": BOSS}
#: Routes without a token, which therefore name nobody's things.
OPEN = "/session"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    """kim has mail, a backup and an upload; everybody else has an account."""
    made = use(Api(), monkeypatch)
    made.world.accounts.put_account(Account(BOSS, role=Role.ADMIN))
    deliver(made.world, made.inbox, [(letter_bytes(n), days_ago(made.world, 9)) for n in range(3)])
    return made


def things(api: Api) -> dict[str, str]:
    """Ids of kim's, by the part of a path that stands before them."""
    backup = api.call("POST", "/backups", {"mailboxes": "all", "period": {"kind": "all"}}).json
    size = len(zip_of({"a.eml": letter_bytes(7)}))
    upload = api.call(
        "POST", "/uploads",
        {"filename": "a.zip", "bytes": size, "mailbox_id": api.inbox.id, "on_duplicate": "skip"},
    ).json  # fmt: skip
    row = api.call("GET", f"/mailboxes/{api.inbox.id}/messages").json["messages"][0]
    return {
        "mailboxes": api.inbox.id, "backups": backup["id"], "uploads": upload["id"],
        "messages": row["key"], "volumes": "1",
    }  # fmt: skip


def routes() -> Iterator[tuple[str, str]]:
    for path, methods in sorted(load_app().routes.items()):
        for method in sorted(methods):
            yield method, path


def filled(path: str, known: dict[str, str]) -> str:
    """`path` with kim's ids in the place of its parameters."""
    steps = path.split("/")
    return "/".join(
        known[steps[place - 1]] if step.startswith("{") else step
        for place, step in enumerate(steps)
    )


#: Bodies that are well formed where a route wants one, so that nothing else refuses first.
def bodies(known: dict[str, str]) -> dict[tuple[str, str], Any]:
    return {
        ("POST", "/uploads/{id}/parts"): {"numbers": [1]},
        ("POST", "/backups/{id}/restore"): {},
    }


def everything(api: Api) -> str:
    """All of kim's: nothing of it may be another after a stranger's call."""
    world = api.world
    mine = [
        (name, sorted((k, repr(v)) for k, v in port.items() if KIM in repr(k)))
        for name, port in (
            ("backups", world.backups.items), ("files", world.backups.files),
            ("uploads", world.uploads.items), ("boxes", world.accounts.boxes),
            ("messages", world.index.messages), ("chains", world.audit.chains),
        )
    ]  # fmt: skip
    return repr(mine) + repr(sorted(world.volumes.data)) + repr(sorted(world.mail.data))


@pytest.mark.parametrize("kind", STRANGERS)
def test_nobody_gets_at_what_is_somebody_elses(api: Api, kind: str, table: Table) -> None:
    known, stranger = things(api), STRANGERS[kind]
    before, refused = everything(api), 0
    for method, path in routes():
        if "{" not in path:
            continue
        answer = api.call(
            method, filled(path, known), bodies(known).get((method, path)), account=stranger
        )
        assert answer.status == 404, f"{kind}: {method} {path} {answer.status} {answer.json}"
        assert KIM not in repr(answer.json)
        refused += 1
    assert everything(api) == before
    table("walls: a stranger's calls refused with 404", f"{kind}: {refused} routes")


@pytest.mark.parametrize("kind", STRANGERS)
def test_lists_and_searches_hold_ones_own(api: Api, kind: str) -> None:
    known = things(api)
    for method, path in routes():
        if "{" in path or method != "GET":
            continue
        query = "?q=%EC%95%88%EB%85%95" if path == "/search" else ""
        answer = api.call(method, path + query, account=STRANGERS[kind])
        text = repr(answer.json)
        assert answer.status in (200, 404, 409), f"{method} {path} {answer.status}"
        for mine in (KIM, known["backups"], known["uploads"], known["mailboxes"]):
            assert mine not in text, f"{kind}: {method} {path} shows {mine}"
    # A mailbox of somebody else is none to search in, nor to back up, nor to send mail into.
    box = known["mailboxes"]
    assert api.call("GET", f"/search?q=x&mailbox={box}", account=STRANGERS[kind]).status == 404
    for path in ("/backups", "/backups/estimate"):
        wanted = {"mailboxes": [box], "period": {"kind": "all"}}
        assert api.call("POST", path, wanted, account=STRANGERS[kind]).status == 404
    upload = {"filename": "a.zip", "bytes": 99, "mailbox_id": box, "on_duplicate": "skip"}
    assert api.call("POST", "/uploads", upload, account=STRANGERS[kind]).status == 404


def test_a_token_without_a_name_is_nobody(api: Api) -> None:
    known = things(api)
    before = everything(api)
    for method, path in routes():
        if path.startswith(OPEN):
            continue
        answer = api.call(method, filled(path, known), {}, account=None)
        # A body that is not what the route wants is seen before anybody's things are.
        assert answer.status in (400, 401), f"{method} {path} {answer.status}"
    assert everything(api) == before


def test_somebody_whose_mail_is_not_set_up_gets_nothing_going(api: Api) -> None:
    wanted = {"mailboxes": "all", "period": {"kind": "all"}}
    assert api.call("POST", "/backups", wanted, account=CHOI).code == "mail_not_set_up"


def test_the_right_one_gets_in(api: Api) -> None:
    known = things(api)
    refused = {
        (method, path): answer.code
        for method, path in routes()
        if "{" in path and method == "GET"
        and (answer := api.call(method, filled(path, known))).status >= 400
    }  # fmt: skip
    # What is not made yet is not there, or not ready; nothing else is refused.
    assert set(refused.values()) <= {"volume_not_found", "ledger_not_ready"}, refused


def test_every_route_but_signing_in_asks_for_a_token() -> None:
    text = (ROOT / "template.yaml").read_text("utf-8")
    resources: dict[str, Any] = yaml_parse(text)["Resources"]
    assert resources["Api"]["Properties"]["Auth"]["DefaultAuthorizer"]
    events = resources["ApiFunction"]["Properties"]["Events"]
    seen = set()
    for event in events.values():
        route = event["Properties"]
        seen.add((route["Method"].upper(), route["Path"]))
        free = route.get("Auth", {}).get("Authorizer") == "NONE"
        assert free is route["Path"].startswith(OPEN), route
    assert seen == set(routes())
