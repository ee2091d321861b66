"""Clients of the local cloud, as its administrator."""

import os
from typing import Any

import boto3
from botocore.config import Config

from infra.local.places import REGION, Places

# The emulator takes this key for the account's root; it stands for nothing outside.
KEY = "test"


def environment(places: Places) -> dict[str, str]:
    """For children that talk to the local cloud; nothing of the caller's own AWS set-up is left."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": places.cloud_url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def client(places: Places, service: str) -> Any:
    """A boto3 client of the local cloud."""
    return boto3.client(
        service,
        endpoint_url=places.cloud_url,
        aws_access_key_id=KEY,
        aws_secret_access_key=KEY,
        region_name=REGION,
        config=Config(
            retries={"mode": "standard", "max_attempts": 3}, proxies={}, read_timeout=120
        ),
    )
