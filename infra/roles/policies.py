"""The policies of every role, out of the template as SAM translates it."""

import re
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from infra.local.places import REGION, ROOT, SENDER, STACK

ACCOUNT = "111122223333"
_PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}
_ARNS = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}",
    "AWS::Cognito::UserPool": f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{{}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
}


def translated() -> dict[str, Any]:
    """The template's resources after SAM."""
    template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    for each in template["Resources"].values():
        for name in ("CodeUri", "ContentUri", "DefinitionUri"):
            if name in each["Properties"]:
                each["Properties"][name] = "s3://artifacts/key"
    parameters = {
        name: said.get("Default", SENDER) for name, said in template["Parameters"].items()
    }
    session = boto3.session.Session(region_name=REGION)
    # SAM asks for the ARNs of AWS's own policies; none of them is looked at here.
    sam = Translator({}, Parser(), boto_session=session)
    resources: dict[str, Any] = sam.translate(template, parameters)["Resources"]
    return resources


def policies_of(resources: dict[str, Any], function: str) -> list[dict[str, Any]]:
    """The policy documents of our own on a function's role; AWS's managed ones are left out."""
    role = resources[f"{function}Role"]["Properties"]
    found = [each["PolicyDocument"] for each in role.get("Policies", [])]
    found += [
        resources[managed["Ref"]]["Properties"]["PolicyDocument"]
        for managed in role.get("ManagedPolicyArns", [])
        if isinstance(managed, dict) and managed.get("Ref") in resources
    ]
    return [_resolved(resources, each) for each in found]


def _resolved(resources: dict[str, Any], value: Any) -> Any:
    """`value` with CloudFormation's functions carried out."""
    if isinstance(value, list):
        return [_resolved(resources, each) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Fn::If"}:
        # What a condition adds is looked at as if it were there.
        return _resolved(resources, value["Fn::If"][1])
    if set(value) == {"Ref"}:
        return _named(resources, value["Ref"])
    if set(value) == {"Fn::GetAtt"}:
        name, attribute = value["Fn::GetAtt"]
        return _named(resources, f"{name}.{attribute}")
    if set(value) == {"Fn::Sub"}:
        return re.sub(r"\$\{([^}]+)\}", lambda m: _named(resources, m[1]), value["Fn::Sub"])
    return {name: _resolved(resources, each) for name, each in value.items()}


def _named(resources: dict[str, Any], name: str) -> str:
    if name in _PSEUDO:
        return _PSEUDO[name]
    logical, _, attribute = name.partition(".")
    if attribute == "Arn":
        return _ARNS[resources[logical]["Type"]].format(logical)
    if logical == "DownloadKeySecret":
        return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:DownloadKey"
    return SENDER if logical == "SenderAddress" else logical
