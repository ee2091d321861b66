"""Breaking a part of the local cloud, and seeing what an alarm would have seen.

The emulator has no metrics of AWS's own, so what they count is looked at instead: a message among
the dead letters, an execution that failed, our own metric's line.
"""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from infra.local.places import STACK
from tests.support.local_cloud import LocalCloud


@contextlib.contextmanager
def broken(
    cloud: LocalCloud, function: str, name: str = "TABLE_NAME", value: str = "gone"
) -> Iterator[None]:
    """It was deployed with a wrong parameter: its table is not there."""
    functions, whose = cloud.client("lambda"), {"FunctionName": f"{STACK}-{function}"}
    sound = functions.get_function_configuration(**whose)["Environment"]["Variables"]
    assert name in sound
    wrong = {"Variables": sound | {name: value}}
    functions.update_function_configuration(**whose, Environment=wrong)
    try:
        yield
    finally:
        functions.update_function_configuration(**whose, Environment={"Variables": sound})


@contextlib.contextmanager
def at_once(cloud: LocalCloud, queue: str) -> Iterator[None]:
    """A message that failed is tried again now, and not after minutes."""
    queues, url = cloud.client("sqs"), url_of(cloud, queue)
    asked = {"QueueUrl": url, "AttributeNames": ["VisibilityTimeout"]}
    usual = queues.get_queue_attributes(**asked)["Attributes"]
    queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
    try:
        yield
    finally:
        queues.set_queue_attributes(QueueUrl=url, Attributes=usual)


def waited(what: Callable[[], Any], seconds: float = 90) -> Any:
    """The first answer that is not false."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.5)
    return found


def url_of(cloud: LocalCloud, queue: str) -> str:
    """Of a queue by its name in the template."""
    found = cloud.client("cloudformation").describe_stack_resource(
        StackName=STACK, LogicalResourceId=queue
    )
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


def dead_letters(cloud: LocalCloud, queue: str) -> int:
    asked = {"QueueUrl": url_of(cloud, queue), "AttributeNames": ["ApproximateNumberOfMessages"]}
    said = cloud.client("sqs").get_queue_attributes(**asked)["Attributes"]
    return int(said["ApproximateNumberOfMessages"])


def redrive(cloud: LocalCloud, dead: str, queue: str) -> None:
    """What a redrive does, which the emulator has not: each goes back, then it is gone here."""
    queues, source, target = cloud.client("sqs"), url_of(cloud, dead), url_of(cloud, queue)
    while found := queues.receive_message(QueueUrl=source).get("Messages"):
        for message in found:
            queues.send_message(QueueUrl=target, MessageBody=message["Body"])
            queues.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])


def executions(cloud: LocalCloud, machine: str, status: str) -> set[str]:
    arn = cloud.outputs["BackupMachineArn"].replace("-backup", f"-{machine}")
    listed = cloud.client("stepfunctions").list_executions(stateMachineArn=arn, statusFilter=status)
    return {each["executionArn"] for each in listed["executions"]}


def counted(cloud: LocalCloud, function: str, metric: str) -> int:
    """The last value of the metric among what the function wrote."""
    pages = cloud.client("logs").get_paginator("filter_log_events")
    found = pages.paginate(logGroupName=f"/{STACK}/functions", filterPattern=f'"{metric}"')
    values: list[int] = []
    for event in (event for page in found for event in page["events"]):
        line = json.loads(event["message"])
        if "_aws" in line and line["service"] == f"{STACK}-{function}":
            values.append(int(line[metric][0] if isinstance(line[metric], list) else line[metric]))
    return values[-1]


def stopped(cloud: LocalCloud, machine: str, name: str) -> None:
    """As a run whose time is over: no state of it runs any more, also none that catches."""
    arn = cloud.outputs["BackupMachineArn"].replace("-backup", f"-{machine}")
    run = f"{arn.replace(':stateMachine:', ':execution:')}:{name}"
    cloud.client("stepfunctions").stop_execution(
        executionArn=run, error="States.Timeout", cause="a game day"
    )
