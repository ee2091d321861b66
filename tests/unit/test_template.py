"""What template.yaml promises: parameters, permissions, privacy, pins. No cloud needed."""

import ast
import importlib.util
import json
import re
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
import yaml
from samtranslator.yaml_helper import yaml_parse

from infra.lint_machines import MACHINES, _unreachable
from infra.local.places import ROOT
from infra.local.web import security_headers
from pyeonji.adapters.s3 import S3Bucket
from pyeonji.bootstrap import _S3_CONFIG
from pyeonji.domain.limits import MIN_PASSWORD_LENGTH
from pyeonji.settings import Settings
from pyeonji.usecases.backups.plan import MAX_VOLUMES
from pyeonji.usecases.backups.plan_files import plan_prefix

TEMPLATE: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
GLOBALS: dict[str, Any] = TEMPLATE["Globals"]["Function"]


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in RESOURCES.items() if each["Type"] == kind}


FUNCTIONS = of_type("AWS::Serverless::Function")


def statements(function: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for policy in function["Properties"]["Policies"]:
        if "Ref" in policy:
            policy = RESOURCES[policy["Ref"]]["Properties"]["PolicyDocument"]
        # What a condition adds counts as there.
        found += [each["Fn::If"][1] if "Fn::If" in each else each for each in policy["Statement"]]
    return found


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_parameters_have_the_defaults_of_the_manual() -> None:
    defaults = {name: each.get("Default") for name, each in TEMPLATE["Parameters"].items()}
    promised = {
        "VolumeBytes": 4 * 1024**3,
        "DownloadDays": 7,
        "PurgeDays": 14,
        "MaxBackups": 5,
        "BackupDeadlineHours": 72,
        "UploadLimitBytes": 2 * 1024**3,
        "MessageLimitBytes": 150 * 1024**2,
        "QuotaBytes": 0,
        "Timezone": "Asia/Seoul",
        "SenderAddress": None,
    }
    assert {name: defaults[name] for name in promised} == promised


def test_every_function_has_the_whole_of_the_settings() -> None:
    numbers = {"VOLUME_BYTES", "DOWNLOAD_DAYS", "PURGE_DAYS", "MAX_BACKUPS"}
    numbers |= {"BACKUP_DEADLINE_HOURS", "UPLOAD_LIMIT_BYTES", "MESSAGE_LIMIT_BYTES", "QUOTA_BYTES"}
    numbers |= {"KEEP_GONE_DAYS", "AUDIT_DAYS"}
    given = {
        name: "1" if name in numbers else "text" for name in GLOBALS["Environment"]["Variables"]
    }
    Settings.from_environment(given)


def test_functions_and_folders_agree() -> None:
    named = {
        each["Properties"]["CodeUri"].removeprefix("functions/") for each in FUNCTIONS.values()
    }
    assert named == {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_do_named_things_to_named_resources(name: str) -> None:
    for statement in statements(FUNCTIONS[name]):
        for action in as_list(statement["Action"]):
            assert "*" not in action
            if statement["Effect"] == "Deny":
                continue
            # SES alone: see the comment there. The sender is what limits it.
            if "*" in as_list(statement["Resource"]):
                assert action == "ses:SendEmail"
                assert "ses:FromAddress" in str(statement["Condition"])


def test_functions_log_to_one_group_that_ends() -> None:
    assert GLOBALS["LoggingConfig"] == {"LogGroup": {"Ref": "FunctionLogs"}}
    for name, group in of_type("AWS::Logs::LogGroup").items():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogDays"}, name


@pytest.mark.parametrize("name", of_type("AWS::S3::Bucket"))
def test_a_bucket_is_private_encrypted_and_tls_only(name: str) -> None:
    bucket = RESOURCES[name]["Properties"]
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert bucket["BucketEncryption"]
    denials = [
        statement
        for statement in RESOURCES[f"{name}Policy"]["Properties"]["PolicyDocument"]["Statement"]
        if statement.get("Effect") == "Deny"
    ]
    assert [each["Condition"]["Bool"] for each in denials] == [{"aws:SecureTransport": "false"}]
    # The one exception is where no request to AWS ever comes from.
    assert denials[0]["Condition"]["NotIpAddress"] == {"aws:SourceIp": "127.0.0.1/32"}


def test_mail_table_and_people_survive_the_stack() -> None:
    for name in ("Table", "MailBucket", "UserPool"):
        assert RESOURCES[name]["DeletionPolicy"] == "RetainExceptOnCreate"
        assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain"
    assert TEMPLATE["Parameters"]["Protected"]["Default"] == "true"
    assert "IsProtected" in str(RESOURCES["Table"]["Properties"]["DeletionProtectionEnabled"])
    assert "IsProtected" in str(RESOURCES["UserPool"]["Properties"]["DeletionProtection"])


def test_deleted_mail_can_be_brought_back_for_a_while() -> None:
    bucket = RESOURCES["MailBucket"]["Properties"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = bucket["LifecycleConfiguration"]["Rules"]
    [days] = [
        r["NoncurrentVersionExpiration"]["NoncurrentDays"] for r in rules if "Noncurrent" in str(r)
    ]
    assert days >= 30
    for name, function in FUNCTIONS.items():
        may = {
            action
            for statement in statements(function)
            for action in as_list(statement["Action"])
            if "MailBucket" in str(statement["Resource"])
        }
        assert "s3:DeleteObjectVersion" not in may
        may_delete = name in (
            "RepairFunction",
            "UploadUndoFunction",
        )  # orphans; what its owner undoes
        assert may_delete or "s3:DeleteObject" not in may


def test_the_defaults_deploy_into_a_new_account() -> None:
    """Which has ten executions in all, must leave as many unreserved, and knows no WAF yet."""
    parameters = TEMPLATE["Parameters"]
    for name in ("ApiConcurrency", "ImportConcurrency", "PartConcurrency", "SessionRateLimit"):
        assert parameters[name]["Default"] == 0
    for function in FUNCTIONS.values():
        reserved = function["Properties"].get("ReservedConcurrentExecutions")
        assert reserved is None or reserved["Fn::If"][2] == {"Ref": "AWS::NoValue"}
    # What a table has anyway; more is paid for.
    assert (parameters["WarmWrites"]["Default"], parameters["WarmReads"]["Default"]) == (
        4000,
        12000,
    )


def test_a_call_is_over_before_the_function_that_makes_it_is() -> None:
    """boto3's waits: at most 1, 2, 4 … 20 s between tries."""
    for name, function in FUNCTIONS.items():
        own = function["Properties"].get("Environment", {}).get("Variables", {})
        variables = GLOBALS["Environment"]["Variables"] | own
        assert variables["AWS_RETRY_MODE"] == "standard"
        waits = sum(min(2**n, 20) for n in range(int(variables["AWS_MAX_ATTEMPTS"]) - 1))
        seconds = function["Properties"].get("Timeout", GLOBALS["Timeout"])
        assert waits < seconds / 2 or seconds == 60, name
        assert name != "ApiFunction" or waits <= 7


def test_cloudfront_keeps_no_error() -> None:
    config = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]
    # Every code it would keep by itself (CloudFront: "HTTP 4xx and 5xx status codes").
    codes = {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
    assert {each["ErrorCode"] for each in config["CustomErrorResponses"]} == codes
    assert all(each["ErrorCachingMinTTL"] == 0 for each in config["CustomErrorResponses"])


@pytest.mark.parametrize("region", ["us-east-1", "ap-northeast-2", "eu-central-1"])
def test_a_presigned_url_goes_where_the_page_may(region: str) -> None:
    """What `RegionalDomainName` is in CloudFormation's reference is the host boto3 signs for."""
    client = boto3.session.Session("AKID", "secret", region_name=region).client(
        "s3", config=_S3_CONFIG
    )
    bucket = S3Bucket(client, "pyeonji-bucket")
    for url in (
        bucket.url("k", seconds=60, filename="a.zip"),
        bucket.part_url("k", "u", 1, length=1, seconds=60),
    ):
        assert urlsplit(url).netloc == f"pyeonji-bucket.s3.{region}.amazonaws.com"


def test_nothing_names_a_region() -> None:
    regions = re.compile(r"(?<![\w-])(us|eu|ap|ca|sa|me|af|il|mx)-[a-z]+-\d(?!\d)")
    for file in (ROOT / "template.yaml", *MACHINES, *(ROOT / "layers/core").rglob("*.py")):
        lines = [
            line
            for line in file.read_text("utf-8").splitlines()
            # CloudFront's certificates are in us-east-1, wherever the rest is.
            if regions.search(line.partition("#")[0]) and "acm:us-east-1" not in line
        ]
        said = [line for line in lines if "in us-east-1, where CloudFront" not in line]
        assert not said, f"{file.name}: {said}"


def test_the_second_net_acts_after_the_longest_the_parameters_allow() -> None:
    parameters = TEMPLATE["Parameters"]
    download = parameters["DownloadDays"]["MaxValue"]
    deadline = -(-parameters["BackupDeadlineHours"]["MaxValue"] // 24)

    def days(bucket: str, prefix: str) -> int:
        rules = RESOURCES[bucket]["Properties"]["LifecycleConfiguration"]["Rules"]
        return next(int(r["ExpirationInDays"]) for r in rules if r.get("Prefix") == prefix)

    assert days("VolumeBucket", "volumes/") > download + deadline
    assert days("WorkBucket", "plans/") > deadline
    assert days("WorkBucket", "chunks/") > parameters["PurgeDays"]["MaxValue"]
    assert all(
        "Prefix" in rule or "ExpirationInDays" not in rule
        for bucket in of_type("AWS::S3::Bucket").values()
        for rule in bucket["Properties"].get("LifecycleConfiguration", {}).get("Rules", [])
    )


def test_only_sessions_are_open_to_everybody() -> None:
    events = RESOURCES["ApiFunction"]["Properties"]["Events"].values()
    open_paths = {
        event["Properties"]["Path"]
        for event in events
        if event["Properties"].get("Auth", {}).get("Authorizer") == "NONE"
    }
    assert open_paths == {
        "/session",
        "/session/totp",
        "/session/new-password",
        "/session/recovery",
        "/session/refresh",
    }
    assert RESOURCES["Api"]["Properties"]["Auth"]["DefaultAuthorizer"] == "People"


def test_the_pools_policy_is_what_people_are_told() -> None:
    policy = RESOURCES["UserPool"]["Properties"]["Policies"]["PasswordPolicy"]
    assert policy["MinimumLength"] == MIN_PASSWORD_LENGTH
    required = {name for name, value in policy.items() if name.startswith("Require") and value}
    # "capital and small letters and digits": the sentences of password_too_weak.
    assert required == {"RequireLowercase", "RequireUppercase", "RequireNumbers"}


def test_passwords_are_taken_by_our_api_alone() -> None:
    flows = RESOURCES["UserPoolClient"]["Properties"]["ExplicitAuthFlows"]
    assert set(flows) == {"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}


def test_dead_letters_raise_an_alarm() -> None:
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
        for dimension in alarm["Properties"]["Dimensions"]
        if dimension["Name"] == "QueueName"
    }
    queues = {name for name in of_type("AWS::SQS::Queue") if "DeadLetters" in name}
    assert watched == queues


def test_nothing_that_runs_by_itself_fails_unheard() -> None:
    """Machines by their failed and timed out executions; functions nobody waits for by a queue of
    dead letters (watched: the test above), or by their errors."""
    alarms = [alarm["Properties"] for alarm in of_type("AWS::CloudWatch::Alarm").values()]
    watched = {
        (dimension["Value"]["Ref"], alarm["MetricName"])
        for alarm in alarms
        for dimension in alarm.get("Dimensions", ())
        if isinstance(dimension["Value"], dict) and "Ref" in dimension["Value"]
    }
    for machine in of_type("AWS::Serverless::StateMachine"):
        for metric in ("ExecutionsFailed", "ExecutionsTimedOut"):
            assert (machine, metric) in watched, (machine, metric)
    functions = of_type("AWS::Serverless::Function")
    alone = {
        target["Arn"]["Fn::GetAtt"][0]
        for rule in of_type("AWS::Events::Rule").values()
        for target in rule["Properties"]["Targets"]
    } & functions.keys()
    for name in alone:
        heard = "DeadLetterQueue" in functions[name]["Properties"] or (name, "Errors") in watched
        assert heard, name
    assert len(alone) >= 5, alone


@pytest.mark.parametrize("machine", MACHINES, ids=lambda path: path.stem)
def test_every_state_is_reached_and_leads_somewhere(machine: Path) -> None:
    assert _unreachable(yaml.safe_load(machine.read_text("utf-8"))) == []


@pytest.mark.parametrize("machine", MACHINES, ids=lambda path: path.stem)
def test_every_task_is_retried_and_ends_in_time(machine: Path) -> None:
    def tasks(states: dict[str, Any]) -> list[dict[str, Any]]:
        found = [state for state in states.values() if state["Type"] == "Task"]
        for state in states.values():
            found += tasks(state.get("ItemProcessor", {}).get("States", {}))
        return found

    for task in tasks(yaml.safe_load(machine.read_text("utf-8"))["States"]):
        assert [each["ErrorEquals"] for each in task["Retry"]] == [
            ["PermanentError"],
            ["Lambda.TooManyRequestsException"],
            ["States.ALL"],
        ]
        assert task["Retry"][1]["MaxAttempts"] >= 20
        assert task["Retry"][1]["JitterStrategy"] == "FULL"
        assert task["TimeoutSeconds"] <= 960


@pytest.mark.parametrize("machine", MACHINES, ids=lambda path: path.stem)
def test_the_template_fills_in_what_a_machine_leaves_open(machine: Path) -> None:
    open_names = set(re.findall(r"\$\{(\w+)\}", machine.read_text("utf-8")))
    uri = f"infra/statemachines/{machine.name}"
    given = next(
        each["Properties"]["DefinitionSubstitutions"]
        for each in of_type("AWS::Serverless::StateMachine").values()
        if each["Properties"]["DefinitionUri"] == uri
    )
    assert set(given) == open_names


def _pins(*names: str) -> dict[str, str]:
    lines = [line for name in names for line in (ROOT / name).read_text().splitlines()]
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


VENDOR = _pins("layers/vendor/requirements.txt", "layers/vendor/requirements-no-deps.txt")


def test_the_layer_pins_what_is_tested_here() -> None:
    assert {name: version(name) for name in VENDOR} == VENDOR


def test_the_layer_keeps_the_models_of_the_services_that_are_called() -> None:
    """botocore's others are left out of it, and a client of one of those cannot be made."""
    makefile = (ROOT / "layers/vendor/Makefile").read_text("utf-8")
    kept = set(re.search(r"^SERVICES = (.*)$", makefile, re.M)[1].split())  # type: ignore[index]
    joined = (ROOT / "layers/core/python/pyeonji/bootstrap.py").read_text("utf-8")
    asked = set(re.findall(r'_client\("([\w-]+)"\)', joined))
    assert {"s3", "sqs", "secretsmanager"} <= asked
    assert asked <= kept


def test_functions_import_nothing_the_layer_does_not_hold() -> None:
    """The local cloud would not notice: there, handlers see the whole environment."""
    held = {name.replace("-", "_") for name in VENDOR}
    held |= {"pyeonji", "pyeonji_api"}
    files = [*(ROOT / "functions").rglob("*.py"), *(ROOT / "layers/core").rglob("*.py")]
    foreign = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            foreign |= {
                (str(file.relative_to(ROOT)), name)
                for name in (each.partition(".")[0] for each in names)
                if name not in held and name not in sys.stdlib_module_names
            }
    assert not foreign


@pytest.mark.parametrize(
    ("policy", "path"), [("PageHeaders", "/"), ("ViewerHeaders", "/viewer/mail.html")]
)
def test_the_local_page_has_the_headers_of_the_real_one(policy: str, path: str) -> None:
    config = RESOURCES[policy]["Properties"]["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]
    real, others = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    assert others["Lasting"]["Fn::If"] == [
        "SignsDownloads",
        {"Fn::Sub": " https://${Downloads.DomainName}"},
        "",  # the local cloud has none
    ]
    local = security_headers("CLOUD", path)
    bare = real.replace("${Lasting}", "")
    buckets = re.sub(r"https://\$\{\w+\.RegionalDomainName\}", "CLOUD", bare)
    shortened = re.sub(r"(CLOUD ?)+", "CLOUD", buckets)
    assert shortened.split() == local["Content-Security-Policy"].split()
    assert local["X-Frame-Options"] == security["FrameOptions"]["FrameOption"]
    for item in config["CustomHeadersConfig"]["Items"]:
        assert local[item["Header"]] == item["Value"]


def test_the_plans_largest_answer_fits_into_a_machines_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """AWS refuses a result of more than 256 KiB, which the emulator and moto both take."""
    spec = importlib.util.spec_from_file_location("plan", ROOT / "functions/backup_plan/app.py")
    assert spec is not None and spec.loader is not None
    function = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(function)
    key = f"{plan_prefix('0' * 26)}1000/items.jsonl"
    planned = [SimpleNamespace(number=1000, items_key=key, items=10_000)] * MAX_VOLUMES
    world = SimpleNamespace(now=lambda: None, settings=SimpleNamespace(work_bucket="b" * 63))
    monkeypatch.setattr(function, "plan_backup", lambda *_, **__: planned)
    monkeypatch.setattr(function, "services", lambda: world)
    answer = function.handler({"account": "a" * 320, "backup_id": "0" * 26}, None)
    # Beside it the state holds the input, and each volume's map the same once more.
    assert len(json.dumps(answer)) < 256 * 1024 - 2048


def test_no_role_touches_a_seal_that_is_written() -> None:
    bucket = RESOURCES["AuditBucket"]["Properties"]
    assert bucket["ObjectLockEnabled"] is True
    kept = bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert kept == {"Mode": {"Ref": "AuditLockMode"}, "Days": {"Ref": "AuditDays"}}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    for name, resource in RESOURCES.items():
        text = json.dumps(resource.get("Properties", {}).get("Policies", []))
        assert "BypassGovernanceRetention" not in text and "PutObjectRetention" not in text, name


def test_every_alarm_says_what_to_do_and_is_on_the_dashboard() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    alarms = of_type("AWS::CloudWatch::Alarm")
    sections = re.findall(r"^### (\w+Alarm)$", page, re.MULTILINE)
    assert sorted(sections) == sorted(alarms)
    board = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert sorted(re.findall(r"\$\{(\w+)\.Arn\}", board)) == sorted(alarms)
    json.loads(re.sub(r"\$\{[^}]*\}", "x", board))


def test_an_alarm_of_our_own_watches_what_a_function_counts() -> None:
    """A metric nobody sends, or of another function, never raises an alarm."""
    folders = {
        name: each["Properties"]["CodeUri"]
        for name, each in of_type("AWS::Serverless::Function").items()
    }
    watched = 0
    for alarm in of_type("AWS::CloudWatch::Alarm").values():
        said = alarm["Properties"]
        stats = [
            each["MetricStat"]["Metric"] for each in said.get("Metrics", ()) if "MetricStat" in each
        ]
        for metric in stats or [said]:
            if metric["Namespace"] != "Pyeonji":
                continue
            (dimension,) = metric["Dimensions"]
            folder = ROOT / folders[dimension["Value"]["Ref"]]
            assert f'count("{metric["MetricName"]}"' in (folder / "app.py").read_text("utf-8")
            watched += 1
    assert watched == 3
