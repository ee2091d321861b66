"""An operator with nothing but `pyeonji-admin`: from no company to a person's first backup."""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.admin.__main__ import operate
from infra.local import dovecot
from infra.local.api import Api
from infra.local.services import services
from tests.support.local_cloud import LocalCloud
from tests.support.mail_servers import MASTER_PASSWORD, dovecot_server

pytestmark = pytest.mark.e2e
DOMAIN = f"company{time.time_ns()}.example"
ANN = f"ann@{DOMAIN}"
PASSWORD = "Chosen-by-Ann-2026"


@pytest.fixture(scope="module")
def admin(local_cloud: LocalCloud) -> Any:
    """Runs a command on this cloud; what it said, or its refusal."""

    def run(line: str, stdin: str = "", code: int = 0) -> list[dict[str, Any]]:
        out, err = io.StringIO(), io.StringIO()
        got = operate(
            [*line.split(), "--json"], language="en", world=lambda _: services(local_cloud.places),
            stdin=io.StringIO(stdin), out=out, err=err,
        )  # fmt: skip
        assert got == code, err.getvalue()
        return [json.loads(each) for each in (out if code == 0 else err).getvalue().splitlines()]

    return run


def test_from_nothing_to_a_first_backup(
    local_cloud: LocalCloud, admin: Any, tmp_path: Path
) -> None:
    admin(f"company add {DOMAIN} --name New")
    [made] = admin(f"person add {ANN} --language en --admin")
    assert DOMAIN in [each["domain"] for each in admin("company list")]
    assert [each["email"] for each in admin(f"person list {DOMAIN}")] == [ANN]

    first = {"email": ANN, "password": made["first_password"]}
    challenge = local_cloud.call("POST", "/session", first).body
    assert challenge["challenge"] == "new_password"
    chosen = {"email": ANN, "session": challenge["session"], "password": PASSWORD}
    token = local_cloud.call("POST", "/session/new-password", chosen).body["id_token"]
    me = local_cloud.call("GET", "/me", token=token).body
    assert (me["company"]["name"], me["mail_ready"]) == ("New", True)

    api = Api(local_cloud.api_url).sign_in(ANN, PASSWORD)
    [inbox] = api.get("/mailboxes")["mailboxes"]
    assert (inbox["path"], inbox["special_use"]) == ("Inbox", "inbox")
    upload = api.wait(f"/uploads/{api.upload(mail(tmp_path), inbox['id'])}", "completed", "failed")
    assert upload["totals"]["imported"] == 2
    asked = api.post("/backups", {"mailboxes": "all", "period": {"kind": "all"}})
    backup = api.wait(f"/backups/{asked['id']}", "ready", "failed")
    assert (backup["state"], backup["messages"]) == ("ready", 2)


def mail(folder: Path) -> Path:
    """A ZIP of two mails."""
    with zipfile.ZipFile(folder / "mail.zip", "w") as archive:
        for number in range(2):
            archive.writestr(
                f"{number}.eml",
                f"From: a@b.example\r\nSubject: {number}\r\n"
                "Date: Mon, 5 Jan 2026 10:00:00 +0900\r\n\r\nhello\r\n",
            )
    return folder / "mail.zip"


def test_a_schedule_makes_its_backup_in_the_night(local_cloud: LocalCloud) -> None:
    api = Api(local_cloud.api_url).sign_in(ANN, PASSWORD)
    assert local_cloud.call("GET", "/schedule", token=token_of(local_cloud)).status == 404
    asked = {"mailboxes": "all", "every": "day", "what": "new", "keep": 2}
    answer = local_cloud.call("PUT", "/schedule", asked, token=token_of(local_cloud))
    assert (answer.status, answer.body["skipped"]) == (200, None)
    assert api.get("/schedule") == answer.body
    wrong = local_cloud.call("PUT", "/schedule", asked | {"keep": 5}, token=token_of(local_cloud))
    assert (wrong.status, wrong.body["code"]) == (400, "invalid_request")
    for _ in range(2):  # the same event twice
        local_cloud.invoke("retention", {"time": answer.body["next_at"]})
    [made] = [each for each in api.get("/backups")["backups"] if each["scheduled"]]
    ready = api.wait(f"/backups/{made['id']}", "ready", "failed")
    assert (ready["state"], ready["messages"], ready["follows"]) == ("ready", 2, None)
    after = api.get("/schedule")
    assert after["last"] == made["id"] and after["next_at"] > answer.body["next_at"]
    api.delete("/schedule")
    assert local_cloud.call("DELETE", "/schedule", token=token_of(local_cloud)).status == 404
    api.delete(f"/backups/{made['id']}")


def token_of(cloud: LocalCloud) -> str:
    """Ann's."""
    body = cloud.call("POST", "/session", {"email": ANN, "password": PASSWORD}).body
    return str(body["id_token"])


def test_people_change_and_the_page_hears_of_it(local_cloud: LocalCloud, admin: Any) -> None:
    admin(f"person set {ANN} --quota 5M --ready no")
    session = local_cloud.call("POST", "/session", {"email": ANN, "password": PASSWORD}).body
    me = local_cloud.call("GET", "/me", token=session["id_token"]).body
    assert (me["mail_ready"], me["limits"]["quota_bytes"]) == (False, 5 << 20)
    admin(f"person set {ANN} --quota default --ready yes")
    [refused] = admin(f"person password {ANN} --password-stdin", "short", code=1)
    assert refused["error"] == "password_too_weak"
    [refused] = admin("person password nobody@acme.example", code=1)
    assert refused["error"] == "account_not_found"
    [again] = admin(f"person add {ANN}")
    assert not again["created"] and "first_password" not in again


@pytest.fixture(scope="module")
def mail_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dovecot.MailServer]:
    problem = dovecot.missing()
    if problem:
        pytest.skip(problem)
    with dovecot_server(tmp_path_factory.mktemp("dovecot")) as running:
        yield running


def test_a_secret_is_in_secrets_manager_and_nowhere_else(
    local_cloud: LocalCloud, admin: Any, mail_server: dovecot.MailServer
) -> None:
    admin("company add home.example --name Home")
    line = (
        f"home home.example imap --host 127.0.0.1 --port {mail_server.port} --security none"
        " --sign-in master --user backup --secret-stdin"
    )
    said = admin(line, f"{MASTER_PASSWORD}\n")
    [refused] = admin("home-check kim@home.example", code=1)
    assert refused["error"] == "home_not_authorized", "the server knows kim of acme only"
    assert MASTER_PASSWORD not in json.dumps([said, refused])
    secrets = local_cloud.client("secretsmanager")
    [name] = [
        each["Name"]
        for each in secrets.list_secrets(Filters=[{"Key": "name", "Values": ["pyeonji/homes"]}])[
            "SecretList"
        ]
        if secrets.get_secret_value(SecretId=each["Name"])["SecretString"] == MASTER_PASSWORD
    ]
    assert name.startswith("pyeonji/homes/company/") and "home.example" not in name
    assert holding(local_cloud, MASTER_PASSWORD) == []
    admin("home home.example segments")
    assert name not in [each["Name"] for each in secrets.list_secrets()["SecretList"]]


def holding(cloud: LocalCloud, secret: str) -> list[str]:
    """Where it is found: items of the table, log groups, executions, objects, files of the cloud's
    logs."""
    found = []
    table = cloud.outputs["TableName"]
    for page in cloud.client("dynamodb").get_paginator("scan").paginate(TableName=table):
        found += [
            str(each["pk"]) for each in page["Items"] if secret in json.dumps(each, default=str)
        ]
    logs = cloud.client("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        name = group["logGroupName"]
        for event in logs.filter_log_events(logGroupName=name)["events"]:
            found += [name] if secret in event["message"] else []
    machines = cloud.client("stepfunctions")
    for machine in machines.list_state_machines()["stateMachines"]:
        arn = machine["stateMachineArn"]
        for run in machines.list_executions(stateMachineArn=arn)["executions"]:
            said = machines.describe_execution(executionArn=run["executionArn"])
            found += [run["name"]] if secret in json.dumps(said, default=str) else []
    for file in Path(cloud.places.folder).glob("*.log"):
        found += [file.name] if secret in file.read_text("utf-8", "replace") else []
    return found
