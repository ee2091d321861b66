"""pyeonji's own use cases on the local cloud, with the settings the functions themselves have."""

import boto3

from infra.local.aws import KEY, client
from infra.local.places import REGION, STACK, Places
from pyeonji.bootstrap import Services
from pyeonji.settings import Settings


def services(places: Places) -> Services:
    """The ports, made of the local cloud, as its administrator."""
    function = client(places, "lambda").get_function_configuration(FunctionName=f"{STACK}-api")
    return Services(
        Settings.from_environment(function["Environment"]["Variables"]),
        session=boto3.session.Session(KEY, KEY, region_name=REGION),
        endpoint_url=places.cloud_url,
    )
