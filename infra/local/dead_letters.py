"""Gives the local functions the queues of dead letters template.yaml names.

The emulator passes a function's `DeadLetterConfig` over when it makes the stack, and keeps to it
once it is told of it.
"""

from samtranslator.yaml_helper import yaml_parse

from infra.local.aws import client
from infra.local.places import ROOT, STACK, Places


def put_dead_letters(places: Places) -> None:
    """Does nothing when they are there already."""
    template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    cloudformation, functions = client(places, "cloudformation"), client(places, "lambda")

    def made(resource: str) -> str:
        found = cloudformation.describe_stack_resource(StackName=STACK, LogicalResourceId=resource)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    arns: dict[str, str] = {}
    for name, resource in template["Resources"].items():
        dead = resource.get("Properties", {}).get("DeadLetterQueue")
        if resource["Type"] != "AWS::Serverless::Function" or dead is None:
            continue
        queue, _ = dead["TargetArn"]["Fn::GetAtt"]
        if queue not in arns:
            said = client(places, "sqs").get_queue_attributes(
                QueueUrl=made(queue), AttributeNames=["QueueArn"]
            )
            arns[queue] = said["Attributes"]["QueueArn"]
        wanted = {"TargetArn": arns[queue]}
        function = made(name)
        there = functions.get_function_configuration(FunctionName=function)
        if there.get("DeadLetterConfig") != wanted:
            functions.update_function_configuration(FunctionName=function, DeadLetterConfig=wanted)
