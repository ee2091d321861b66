"""infra/roles: what a function needs is read from the source; `make lint` asks the engine."""

from functools import cached_property
from typing import Any

import pytest

from infra.roles.needs import PORTS, Need, needs_of
from infra.roles.policies import policies_of, translated
from pyeonji.bootstrap import Services


def test_every_port_that_is_aws_is_known() -> None:
    """A new one has to be told of, or its calls would count for nothing."""
    made = {name for name, each in vars(Services).items() if isinstance(each, cached_property)}
    assert {name for name in made if not name.startswith("_")} == set(PORTS)


@pytest.mark.slow  # follows every call of every function
def test_what_is_called_is_found() -> None:
    received = needs_of("upload_received")
    assert received == {
        Need("dynamodb:GetItem", "Table"),
        Need("dynamodb:PutItem", "Table"),
        Need("states:StartExecution", "Machines"),
    }
    assert Need("dynamodb:DeleteItem", "Table") in needs_of("notice"), "a claim is given back"
    assert Need("s3:GetObject", "MailBucket") in needs_of("backup_part"), "what is copied is read"
    assert Need("s3:DeleteObject", "MailBucket") not in needs_of("upload_import")
    assert Need("dynamodb:Scan", "Table") in needs_of("reconcile")
    assert not any(need.action == "dynamodb:Scan" for need in needs_of("retention"))
    assert Need("dynamodb:Query", "Table/index/due") in needs_of("retention")


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    return translated()


def test_a_part_s_url_copies_nothing(resources: dict[str, Any]) -> None:
    """Who signs part URLs cannot copy with them, whatever S3 would make of the header."""
    [denial] = [
        statement
        for policy in policies_of(resources, "ApiFunction")
        for statement in policy["Statement"]
        if statement["Effect"] == "Deny"
    ]
    assert denial["Action"] == "s3:PutObject"
    assert denial["Condition"] == {"Null": {"s3:x-amz-copy-source": "false"}}


def test_a_star_has_its_reason(resources: dict[str, Any]) -> None:
    """SES, whose limit is the sender; and a denial, which may well be of everything."""
    functions = [n for n, each in resources.items() if each["Type"] == "AWS::Lambda::Function"]
    assert len(functions) >= 13
    for function in functions:
        for policy in policies_of(resources, function):
            for statement in policy["Statement"]:
                if "*" in str(statement["Resource"]).split("'") or statement["Resource"] == "*":
                    assert statement["Effect"] == "Deny" or "ses:FromAddress" in str(statement)
