"""The life of a request on the local cloud: fifty at once, a week gone by, the rule that fires."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import urllib3

from infra.local.api import Api, ApiError
from infra.local.places import ROOT
from pyeonji.domain.backups import Backup, ChosenMailbox, Volume
from pyeonji.domain.ids import new_id
from pyeonji.domain.instants import from_rfc3339, rfc3339, whole_second
from pyeonji.domain.limits import STUCK_AFTER
from pyeonji.domain.periods import Period, PeriodKind, resolve
from pyeonji.domain.states import BackupState
from tests.support.local_cloud import LocalCloud

pytestmark = pytest.mark.e2e

#: Whose backups these tests ask for, so that nobody else's slots are in the way.
PARK = "park@other.example"
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
def api(local_cloud: LocalCloud) -> Iterator[Api]:
    """Park, with no backups before and after."""
    api = Api(local_cloud.api_url, local_cloud.token(PARK))
    clear(api)
    yield api
    clear(api)


def clear(api: Api) -> None:
    for backup in api.get("/backups")["backups"]:
        api.delete(f"/backups/{backup['id']}")


def ask(api: Api) -> dict[str, Any]:
    asked: dict[str, Any] = api.post("/backups", {"mailboxes": "all", "period": {"kind": "all"}})
    return asked


def made(api: Api) -> dict[str, Any]:
    done: dict[str, Any] = api.wait(f"/backups/{ask(api)['id']}", "ready", "failed")
    assert done["state"] == "ready", done["failure"]
    return done


def retention_at(cloud: LocalCloud, at: datetime) -> dict[str, Any]:
    """An event of that time, as the rule makes it."""
    event = json.loads((ROOT / "events" / "retention.json").read_text())
    walk: dict[str, Any] = cloud.invoke("retention", event | {"time": rfc3339(at)})
    assert walk["passed_over"] == 0
    return walk


def eventually(what: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(1)
    return what()


def mails_to(cloud: LocalCloud, address: str) -> int:
    return sum(address in json.dumps(mail) for mail in cloud.mails())


def objects_of(cloud: LocalCloud, backup_id: str) -> list[str]:
    prefix = f"volumes/{PARK}/{backup_id}/"
    return [found.key for found in cloud.services.volumes.objects(prefix)]


def test_fifty_at_once_and_exactly_five_succeed(local_cloud: LocalCloud, api: Api) -> None:
    body = {"mailboxes": "all", "period": {"kind": "all"}}
    token = local_cloud.token(PARK)

    def post(_: int) -> tuple[int, Any]:
        answer = local_cloud.call("POST", "/backups", body, token=token)
        return answer.status, answer.body

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(post, range(50)))
    assert Counter(status for status, _ in answers) == {201: 5, 409: 45}
    assert {body["code"] for status, body in answers if status == 409} == {"too_many_backups"}
    ids = {body["id"] for status, body in answers if status == 201}
    assert local_cloud.services.backups.slots(PARK) == ids
    listed = api.get("/backups")
    assert {backup["id"] for backup in listed["backups"]} == ids
    assert (listed["slots"]["used"], listed["slots"]["limit"]) == (5, 5)
    # The sixth is told what to delete and when a slot frees by itself, once there is such a one.
    ends = [api.wait(f"/backups/{each}", "ready", "failed") for each in sorted(ids)]
    assert {end["state"] for end in ends} == {"ready"}
    with pytest.raises(ApiError) as refused:
        ask(api)
    first = min(end["expires_at"] for end in ends)
    assert api.get("/backups")["slots"]["next_free_at"] == first
    assert api.get("/me")["limits"]["next_free_at"] == first
    assert refused.value.problem["code"] == "too_many_backups"
    api.delete(f"/backups/{ends[0]['id']}")
    assert ask(api)["state"] == "requested"


def test_a_week_goes_by_in_events(local_cloud: LocalCloud, api: Api) -> None:
    backup = made(api)
    path = f"/backups/{backup['id']}"
    end = from_rfc3339(backup["expires_at"])
    assert {volume["expires_at"] for volume in backup["volumes"]} <= {
        rfc3339(end - n * SECOND) for n in range(600)
    }
    assert objects_of(local_cloud, backup["id"])
    local_cloud.settle()
    before = mails_to(local_cloud, PARK)

    # A day before: one warning, however many volumes, however often the event comes.
    for _ in range(2):
        retention_at(local_cloud, end - DAY)
    assert mails_to(local_cloud, PARK) == before + 1
    assert api.get(path)["state"] == "ready"

    url = api.get(f"{path}/volumes/1/url")
    assert from_rfc3339(url["expires_at"]) <= end
    assert urllib3.request("GET", url["url"], preload_content=True).status == 200

    retention_at(local_cloud, end - SECOND)
    assert api.get(path)["state"] == "ready"
    for _ in range(2):
        retention_at(local_cloud, end)
    expired = api.get(path)
    assert expired["state"] == "expired"
    assert {volume["state"] for volume in expired["volumes"]} == {"expired"}
    assert expired["purge_at"] == rfc3339(end + 14 * DAY)
    assert objects_of(local_cloud, backup["id"]) == []
    assert urllib3.request("GET", url["url"]).status == 404
    assert api.get("/backups")["slots"]["used"] == 0
    with pytest.raises(ApiError) as refused:
        api.get(f"{path}/volumes/1/url")
    assert refused.value.problem["code"] == "volume_expired"

    retention_at(local_cloud, end + 14 * DAY - SECOND)
    assert api.get(path)["state"] == "expired"
    retention_at(local_cloud, end + 14 * DAY)
    with pytest.raises(ApiError) as gone:
        api.get(path)
    assert gone.value.status == 404


def test_the_rule_itself_fires_and_expires(local_cloud: LocalCloud, api: Api) -> None:
    rules = local_cloud.client("events").list_rules()["Rules"]
    (rule,) = [each for each in rules if "-RetentionRule-" in each["Name"]]
    if rule["ScheduleExpression"] != "rate(1 minute)":
        pytest.skip("this local cloud's retention does not come by every minute")
    backup = made(api)
    # The notice goes out after it is ready, and writes down when it is due again: by what it read.
    local_cloud.settle()
    # As if it had been made eight days ago; the rest is the rule's.
    ports = local_cloud.services.backups
    item = ports.get(PARK, backup["id"])
    assert item is not None
    for file in ports.volumes(PARK, backup["id"]):
        assert ports.move_volume(eight_days_older(file))
    older = replace(item, expires_at=item.expires_at and item.expires_at - 8 * DAY)
    assert ports.move(older, frozenset({BackupState.READY}))
    # The API says so by the clock at once; that the rule came by shows in what is stored.
    assert api.get(f"/backups/{backup['id']}")["state"] == "expired"

    def written_down() -> bool:
        stored = ports.get(PARK, backup["id"])
        return stored is not None and stored.state is BackupState.EXPIRED

    assert eventually(written_down, 130)
    assert objects_of(local_cloud, backup["id"]) == []


def eight_days_older(file: Volume) -> Volume:
    assert file.created_at is not None
    assert file.expires_at is not None
    return replace(file, created_at=file.created_at - 8 * DAY, expires_at=file.expires_at - 8 * DAY)


def test_a_machine_that_was_stopped_is_run_again(local_cloud: LocalCloud, api: Api) -> None:
    backup_id = new_request(local_cloud)
    now = datetime.now(UTC)
    retention_at(local_cloud, now + STUCK_AFTER - 60 * SECOND)
    assert api.get(f"/backups/{backup_id}")["state"] == "requested"
    walk = retention_at(local_cloud, now + STUCK_AFTER + SECOND)
    assert walk["done"]["backup_restarted"] == 1
    done = api.wait(f"/backups/{backup_id}", "ready", "failed")
    assert done["state"] == "ready"
    assert local_cloud.services.machines.backup_running(f"{backup_id}-2") is False


def new_request(cloud: LocalCloud) -> str:
    """A request whose process died before it started the machine."""
    its, now = cloud.services, whole_second(datetime.now(UTC))
    period = Period(PeriodKind.ALL)
    backup = Backup(
        id=new_id(now),
        account=PARK,
        state=BackupState.REQUESTED,
        mailboxes=tuple(ChosenMailbox(box.id, box.path) for box in its.accounts.mailboxes(PARK)),
        period=period,
        span=resolve(period, now, its.settings.limits.zone),
        volume_bytes=its.settings.limits.volume_bytes,
        requested_at=now,
        moved_at=now,
    )
    assert its.backups.request(backup, 5)
    return backup.id


@pytest.mark.parametrize("event", ["notice_bounce", "notice_complaint"])
def test_who_bounces_or_complains_is_told_nothing_more(
    local_cloud: LocalCloud, api: Api, event: str
) -> None:
    accounts = local_cloud.services.accounts
    account = accounts.account(PARK)
    assert account is not None
    assert api.get("/me")["notices"] == "on"
    said = json.loads((ROOT / "events" / f"{event}.json").read_text())
    try:
        assert local_cloud.invoke("notice", said) == {"stopped": 1}
        assert local_cloud.invoke("notice", said) == {"stopped": 0}
        assert api.get("/me")["notices"] == "bounced"
        local_cloud.settle()
        before = mails_to(local_cloud, PARK)
        backup = made(api)
        ports = local_cloud.services.backups

        def settled() -> bool:
            item = ports.get(PARK, backup["id"])
            return item is not None and item.noticed_at is not None

        assert eventually(settled, 30)
        assert mails_to(local_cloud, PARK) == before
    finally:
        accounts.put_account(account)


def test_table_and_buckets_agree(local_cloud: LocalCloud, api: Api) -> None:
    made(api)
    event = json.loads((ROOT / "events" / "reconcile.json").read_text())
    result = local_cloud.invoke("reconcile", event | {"time": rfc3339(datetime.now(UTC))})
    assert result["findings"] == {}
    report = local_cloud.services.work.get(result["report"])
    assert json.loads(report) == []
