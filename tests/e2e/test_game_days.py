"""Game days: what each alarm of the template watches is made to happen on the local cloud, and then
what docs/operations.md says is done, until it is well again.

The emulator has no metrics of AWS's own, so what they count is looked at instead: an answer of 5XX,
a message among the dead letters, an execution that failed, a function's error, our own metric's
line. A fault is a function that lost its table, mended by giving it back.
"""

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.api import Api
from infra.local.places import ROOT, STACK
from pyeonji.adapters.dynamodb import keys
from pyeonji.domain.accounts import Account, Company, Role
from pyeonji.domain.homes import Home, HomeKind, Security, SignIn, SyncState
from pyeonji.domain.instants import rfc3339
from pyeonji.domain.limits import STUCK_AFTER, UPLOAD_DEADLINE
from pyeonji.usecases.accounts.homes import choose_home
from pyeonji.usecases.sync.request import start_sync
from tests.support.company import letter_bytes
from tests.support.game_days import (
    at_once,
    broken,
    counted,
    dead_letters,
    executions,
    redrive,
    stopped,
    url_of,
    waited,
)
from tests.support.local_cloud import LocalCloud
from tests.support.upload_client import KIM, ended, new_mailbox, send
from tests.support.uploading import zip_of

pytestmark = pytest.mark.e2e

PARK = "park@other.example"
GAME_DAYS: dict[str, Callable[[LocalCloud], None]] = {}


def game_day(alarm: str) -> Callable[[Callable[[LocalCloud], None]], Callable[[LocalCloud], None]]:
    def known(played: Callable[[LocalCloud], None]) -> Callable[[LocalCloud], None]:
        GAME_DAYS[alarm] = played
        return played

    return known


def now() -> str:
    return rfc3339(datetime.now(UTC))


def later(delta: timedelta) -> str:
    return rfc3339(datetime.now(UTC) + delta)


@pytest.fixture(autouse=True)
def no_backups(local_cloud: LocalCloud) -> Iterator[None]:
    """Park's slots are free before and after."""
    clear(local_cloud)
    yield
    clear(local_cloud)


def clear(cloud: LocalCloud) -> None:
    api = park(cloud)
    for backup in api.get("/backups")["backups"]:
        api.delete(f"/backups/{backup['id']}")


def park(cloud: LocalCloud) -> Api:
    return Api(cloud.api_url, cloud.token(PARK))


def asked(cloud: LocalCloud) -> str:
    """A backup of everything; its id."""
    wanted = {"mailboxes": "all", "period": {"kind": "all"}}
    return str(park(cloud).post("/backups", wanted)["id"])


def becomes(cloud: LocalCloud, backup: str, state: str) -> dict[str, Any]:
    found: dict[str, Any] = park(cloud).wait(f"/backups/{backup}", "ready", "failed")
    assert found["state"] == state, found
    return found


def mails(count: int, first: int) -> bytes:
    return zip_of({f"{n}.eml": letter_bytes(n) for n in range(first, first + count)})


@game_day("ApiAlarm")
def _api(cloud: LocalCloud) -> None:
    with broken(cloud, "api"):
        assert cloud.call("GET", "/me", as_=PARK).status >= 500
    assert cloud.call("GET", "/me", as_=PARK).status == 200


@game_day("UploadDeadLettersAlarm")
def _upload_dead_letters(cloud: LocalCloud) -> None:
    box = new_mailbox(cloud, "e2e/게임 1")
    with at_once(cloud, "UploadQueue"), broken(cloud, "upload-received"):
        upload = send(cloud, box, mails(3, 700_000))
        waited(lambda: dead_letters(cloud, "UploadDeadLetters"))
    assert cloud.call("GET", f"/uploads/{upload}", as_=KIM).body["state"] not in (
        "completed",
        "failed",
    )
    redrive(cloud, "UploadDeadLetters", "UploadQueue")
    assert ended(cloud, upload)["totals"]["imported"] == 3
    assert dead_letters(cloud, "UploadDeadLetters") == 0


@game_day("IndexDeadLettersAlarm")
def _index_dead_letters(cloud: LocalCloud) -> None:
    box = new_mailbox(cloud, "e2e/게임 2")
    with at_once(cloud, "IndexQueue"), broken(cloud, "search-index", "MAIL_BUCKET"):
        assert ended(cloud, send(cloud, box, mails(3, 710_000)))["totals"]["imported"] == 3
        waited(lambda: dead_letters(cloud, "IndexDeadLetters"))
        (segment,) = {each.segment for each in cloud.services.index.read(KIM, box)}
    redrive(cloud, "IndexDeadLetters", "IndexQueue")
    waited(lambda: search_files(cloud, segment))
    assert dead_letters(cloud, "IndexDeadLetters") == 0


def search_files(cloud: LocalCloud, segment: str) -> list[str]:
    """Of a segment: they have its name in theirs."""
    name = segment.rpartition("/")[2].removesuffix(".seg")
    return [each.key for each in cloud.services.mail.objects(f"search/{KIM}/") if name in each.key]


@game_day("EventDeadLettersAlarm")
def _event_dead_letters(cloud: LocalCloud) -> None:
    event = json.loads((ROOT / "events" / "notice_bounce.json").read_text())
    with broken(cloud, "notice"):
        cloud.client("lambda").invoke(
            FunctionName=f"{STACK}-notice", InvocationType="Event", Payload=json.dumps(event)
        )
        waited(lambda: dead_letters(cloud, "EventDeadLetters"))
    cloud.client("sqs").purge_queue(QueueUrl=url_of(cloud, "EventDeadLetters"))
    assert dead_letters(cloud, "EventDeadLetters") == 0
    account = cloud.services.accounts.account(PARK)
    assert account is not None
    try:
        assert cloud.invoke("notice", event) == {"stopped": 1}, "it is heard of with the next one"
    finally:
        cloud.services.accounts.put_account(account)


@game_day("BackupFailedAlarm")
def _backup_failed(cloud: LocalCloud) -> None:
    before = executions(cloud, "backup", "FAILED")
    its = cloud.services
    box = next(box for box in its.accounts.mailboxes(PARK) if box.messages)
    segment = next(its.index.read(PARK, box.id)).segment
    data = its.mail.get(segment)
    its.mail.delete([segment])
    try:
        failed = becomes(cloud, asked(cloud), "failed")
    finally:
        its.mail.put(segment, data)
    assert failed["failure"]["code"] == "segment_missing", failed["failure"]
    waited(lambda: executions(cloud, "backup", "FAILED") - before)
    assert becomes(cloud, asked(cloud), "ready")["messages"] > 0


@game_day("BackupTimedOutAlarm")
def _backup_timed_out(cloud: LocalCloud) -> None:
    before = executions(cloud, "backup", "ABORTED")
    with broken(cloud, "backup-plan"):
        backup = asked(cloud)
        waited(lambda: cloud.services.machines.backup_running(backup))
        stopped(cloud, "backup", backup)
    waited(lambda: executions(cloud, "backup", "ABORTED") - before)
    hours = cloud.services.limits.backup_deadline_hours
    cloud.invoke("retention", {"time": later(timedelta(hours=hours, minutes=1))})
    assert becomes(cloud, backup, "failed")["failure"]["code"] == "deadline_passed"
    assert becomes(cloud, asked(cloud), "ready")


@game_day("UploadFailedAlarm")
def _upload_failed(cloud: LocalCloud) -> None:
    before = executions(cloud, "upload", "FAILED")
    box = new_mailbox(cloud, "e2e/게임 3")
    with broken(cloud, "upload-inspect"):
        upload = send(cloud, box, mails(3, 720_000))
        assert ended(cloud, upload, 180)["state"] == "failed"
        waited(lambda: executions(cloud, "upload", "FAILED") - before)
    assert cloud.call("POST", f"/uploads/{upload}/retry", {}, as_=KIM).status == 202
    assert ended(cloud, upload)["totals"]["imported"] == 3


@game_day("UploadTimedOutAlarm")
def _upload_timed_out(cloud: LocalCloud) -> None:
    before = executions(cloud, "upload", "ABORTED")
    box = new_mailbox(cloud, "e2e/게임 4")
    with broken(cloud, "upload-inspect"):
        upload = send(cloud, box, mails(3, 730_000))
        waited(lambda: cloud.services.machines.upload_running(f"{upload}-1"))
        stopped(cloud, "upload", f"{upload}-1")
    waited(lambda: executions(cloud, "upload", "ABORTED") - before)
    cloud.invoke("retention", {"time": later(UPLOAD_DEADLINE + timedelta(minutes=1))})
    assert ended(cloud, upload)["state"] == "failed"
    assert cloud.call("POST", f"/uploads/{upload}/retry", {}, as_=KIM).status == 202
    assert ended(cloud, upload)["totals"]["imported"] == 3


#: Of a company of its own: the tests of a mail server that answers want nothing left behind.
GAME, DOMAIN = "game@games.example", "games.example"


@contextlib.contextmanager
def connected(cloud: LocalCloud) -> Iterator[None]:
    """A company that has a mail server, at which nobody answers."""
    accounts = cloud.services.accounts
    accounts.put_company(Company(DOMAIN, "Games"))
    accounts.put_account(Account(GAME))
    home = Home(HomeKind.IMAP, "127.0.0.1", 9, Security.NONE, SignIn.MASTER, user="backup")
    choose_home(cloud.services, domain=DOMAIN, home=home, secret="nobody asks for it")
    try:
        yield
    finally:
        choose_home(cloud.services, domain=DOMAIN, home=Home(), secret=None)


def ask_for_sync(cloud: LocalCloud) -> str:
    """Its run."""
    return start_sync(cloud.services, GAME, cloud.services.now()).run


def failing(cloud: LocalCloud) -> str | None:
    """Why the account could not be brought up to date, once that is known."""
    state = cloud.services.homes.state(GAME)
    return state.failure if state is not None and state.state is SyncState.FAILING else None


@game_day("SyncFailedAlarm")
def _sync_failed(cloud: LocalCloud) -> None:
    before = executions(cloud, "sync", "FAILED")
    with connected(cloud):
        with broken(cloud, "sync-look"):
            ask_for_sync(cloud)
            assert waited(lambda: failing(cloud), 180) == "home_sync_failed"
            waited(lambda: executions(cloud, "sync", "FAILED") - before)
        failed = executions(cloud, "sync", "FAILED")
        # Well again: now it is the server that is told of, and no failure of ours.
        ask_for_sync(cloud)
        assert waited(lambda: failing(cloud), 180) == "home_connect_refused"
        cloud.settle()
        assert executions(cloud, "sync", "FAILED") == failed


@game_day("SyncTimedOutAlarm")
def _sync_timed_out(cloud: LocalCloud) -> None:
    before = executions(cloud, "sync", "ABORTED")
    with connected(cloud):
        with broken(cloud, "sync-look"):
            run = ask_for_sync(cloud)
            waited(lambda: cloud.services.machines.sync_running(run))
            stopped(cloud, "sync", run)
        waited(lambda: executions(cloud, "sync", "ABORTED") - before)
        due = {"time": later(STUCK_AFTER + timedelta(minutes=1))}
        assert cloud.invoke("sync-due", due)["started"] >= 1
        assert waited(lambda: failing(cloud), 180) == "home_connect_refused"
        cloud.settle()


@game_day("RetentionAlarm")
def _retention(cloud: LocalCloud) -> None:
    with broken(cloud, "retention"), pytest.raises(RuntimeError):
        cloud.invoke("retention", {"time": now()})
    assert cloud.invoke("retention", {"time": now()})["passed_over"] == 0


@game_day("PassedOverAlarm")
def _passed_over(cloud: LocalCloud) -> None:
    backup = asked(cloud)
    becomes(cloud, backup, "ready")
    cloud.settle()
    table, key = cloud.client("dynamodb"), keys.backup(PARK, backup)
    name = cloud.outputs["TableName"]
    usual = table.get_item(TableName=name, Key=key)["Item"]
    newer = usual | {"v": {"N": "999"}}
    days = cloud.services.limits.download_days + 1
    at = {"time": later(timedelta(days=days))}
    table.put_item(TableName=name, Item=newer)
    try:
        assert cloud.invoke("retention", at)["passed_over"] == 1
        assert counted(cloud, "retention", "RetentionPassedOver") == 1
    finally:
        table.put_item(TableName=name, Item=usual)  # the deployment is finished: all read it
    assert cloud.invoke("retention", at)["passed_over"] == 0


@game_day("ReconcileAlarm")
def _reconcile(cloud: LocalCloud) -> None:
    mail = cloud.services.mail
    orphan, strange = f"segments/{PARK}/{'0' * 26}/{'0' * 26}-00001-00.seg", "segments/notes.txt"
    for key in (orphan, strange):
        mail.put(key, b"nobody's")
    days = {"time": later(timedelta(days=5))}  # what is younger may still be claimed
    try:
        found = cloud.invoke("reconcile", days | {"repair": False})["findings"]
        assert {kind: each["found"] for kind, each in found.items()} == {
            "orphan_segment": 1,
            "strange_object": 1,
        }
        assert counted(cloud, "reconcile", "ReconcileFindings") == 2
        found = cloud.invoke("repair", days | {"repair": True})["findings"]
        assert {kind: each["mended"] for kind, each in found.items()} == {
            "orphan_segment": 1,
            "strange_object": 0,
        }
    finally:
        mail.delete([orphan, strange])
    assert cloud.invoke("reconcile", days | {"repair": False})["findings"] == {}
    assert counted(cloud, "reconcile", "ReconcileFindings") == 0


@game_day("AuditSealAlarm")
def _audit_seal(cloud: LocalCloud) -> None:
    with broken(cloud, "audit-seal"), pytest.raises(RuntimeError):
        cloud.invoke("audit-seal", {"time": now()})
    assert cloud.invoke("audit-seal", {"time": now()})["companies"] >= 2


@game_day("AuditNotToldAlarm")
def _audit_not_told(cloud: LocalCloud) -> None:
    accounts = cloud.services.accounts
    account = accounts.account(PARK)
    assert account is not None
    accounts.put_account(replace(account, role=Role.ADMIN))
    try:
        with broken(cloud, "audit-seal", "SENDER_ADDRESS", "no address"):
            said = cloud.invoke("audit-seal", {"time": later(timedelta(days=1))})
        assert said["not_told"] == 1, said
        assert counted(cloud, "audit-seal", "AuditNotTold") == 1
        said = cloud.invoke("audit-seal", {"time": later(timedelta(days=2))})
        assert (said["not_told"], said["told"]) == (0, 1)
    finally:
        accounts.put_account(account)


@pytest.mark.parametrize("alarm", GAME_DAYS)
def test_what_an_alarm_watches_happens_and_is_mended(local_cloud: LocalCloud, alarm: str) -> None:
    GAME_DAYS[alarm](local_cloud)


def test_every_alarm_has_its_day() -> None:
    template = (ROOT / "template.yaml").read_text("utf-8")
    alarms = re.findall(r"^  (\w+):\n    Type: AWS::CloudWatch::Alarm$", template, re.MULTILINE)
    assert sorted(GAME_DAYS) == sorted(alarms)
