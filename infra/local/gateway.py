"""Gives the local API the gateway responses template.yaml names.

AWS reads them from the OpenAPI body SAM makes; the emulator passes that part of it over, so they
are put one by one here, and the stage deployed again.
"""

from samtranslator.yaml_helper import yaml_parse

from infra.local.aws import client
from infra.local.places import ROOT, Places


def put_gateway_responses(places: Places, api_id: str) -> None:
    """Does nothing when they are there already."""
    template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    wanted = template["Resources"]["Api"]["Properties"]["GatewayResponses"]
    gateway = client(places, "apigateway")
    have = {
        each["responseType"]: each.get("responseTemplates")
        for each in gateway.get_gateway_responses(restApiId=api_id)["items"]
        if not each.get("defaultResponse")
    }
    if have == {kind: response["ResponseTemplates"] for kind, response in wanted.items()}:
        return
    for kind, response in wanted.items():
        status = {"statusCode": response["StatusCode"]} if "StatusCode" in response else {}
        headers = response["ResponseParameters"]["Headers"]
        gateway.put_gateway_response(
            restApiId=api_id,
            responseType=kind,
            responseTemplates=response["ResponseTemplates"],
            responseParameters={
                f"gatewayresponse.header.{name}": value for name, value in headers.items()
            },
            **status,
        )
    gateway.create_deployment(restApiId=api_id, stageName="api")
