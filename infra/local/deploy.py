"""Creates or updates the stack on the local cloud."""

import time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse

from infra.local.aws import client
from infra.local.package import package
from infra.local.places import ROOT, SENDER, STACK, LocalError, Places

_SECONDS = 180


def deploy(places: Places) -> dict[str, str]:
    """Deploy template.yaml as it is; the stack's outputs. A second time updates."""
    parameters = {
        "SenderAddress": SENDER,
        "PageUrl": places.web_url,
        "LoopbackHomes": "true",
        **places.parameters,
    }
    check_parameters(parameters)
    url = package(places)
    cloudformation = client(places, "cloudformation")
    request = {
        "StackName": STACK,
        "TemplateURL": url,
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    # On AWS the owner of the address confirms it once; here nobody reads that mail.
    client(places, "ses").verify_email_identity(EmailAddress=parameters["SenderAddress"])
    existing = _stack(cloudformation)
    try:
        if existing is None:
            cloudformation.create_stack(**request)
        else:
            cloudformation.update_stack(**request)
    except ClientError as error:
        message = error.response["Error"]["Message"]
        if "No updates are to be performed" not in message:
            raise LocalError(f"template.yaml was not accepted: {message}") from None
    return _finished(cloudformation)


def check_parameters(parameters: dict[str, str]) -> None:
    """What AWS would refuse and the emulator lets pass. Raises LocalError."""
    known = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))["Parameters"]
    for name, value in parameters.items():
        if name not in known:
            raise LocalError(f"PARAMS: {name} is no parameter of template.yaml")
        said = known[name]
        if name == "Timezone":
            _check_zone(value)
        if said["Type"] != "Number":
            continue
        low, high = said.get("MinValue", 0), said.get("MaxValue", 2**63)
        if not value.isdecimal() or not low <= int(value) <= high:
            raise LocalError(f"PARAMS: {name}={value} is not a number from {low} to {high}")


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last: a folder of zones
        raise LocalError(f"PARAMS: Timezone={name} is not the name of a time zone") from None


def _stack(cloudformation: Any) -> dict[str, Any] | None:
    try:
        stacks = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    except ClientError:
        return None
    return stacks[0] if stacks else None


def _finished(cloudformation: Any) -> dict[str, str]:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        stack = _stack(cloudformation)
        status = stack["StackStatus"] if stack else "gone"
        if stack and status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        if not status.endswith("_IN_PROGRESS"):
            raise LocalError(f"the stack ended as {status}: {_reason(cloudformation)}")
        time.sleep(0.1)
    raise LocalError(f"the stack was not ready within {_SECONDS} s")


def _reason(cloudformation: Any) -> str:
    try:
        events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    except ClientError:
        return "no events"
    for event in reversed(events):
        if event["ResourceStatus"].endswith("_FAILED") and "ResourceStatusReason" in event:
            return f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
    return "no reason given"
