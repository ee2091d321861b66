"""Addresses of volumes that CloudFront checks: signed here, checked with the public key alone."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from pyeonji.adapters.cloudfront import SignedDownloads
from pyeonji.domain.errors import ConflictError
from pyeonji.domain.limits import LASTING_URL_LIFETIME, URL_LIFETIME
from pyeonji.usecases.backups.show import VolumeUrl, volume_url
from tests.support.caretaking import put_ready
from tests.support.company import KIM
from tests.support.fakes import World

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
UNTIL = datetime(2026, 6, 15, 15, 0, tzinfo=UTC)
#: CloudFront's own alphabet for what stands in a query.
_PLAIN = str.maketrans("-_~", "+=/")


class Secrets:
    """Secrets Manager with one secret."""

    def __init__(self) -> None:
        self.reads = 0

    def get_secret_value(self, SecretId: str) -> dict[str, Any]:  # noqa: N803
        assert SecretId == "arn:secret"
        self.reads += 1
        pem = KEY.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {"SecretString": pem.decode()}


def check(url: str) -> None:
    """As CloudFront does: the canned policy of the address without what was added to it."""
    resource, _, added = url.partition("&Expires=")
    expires, signature = added.split("&")[:2]
    policy = {
        "Statement": [
            {
                "Resource": resource,
                "Condition": {"DateLessThan": {"AWS:EpochTime": int(expires)}},
            }
        ]
    }
    KEY.public_key().verify(
        base64.b64decode(signature.removeprefix("Signature=").translate(_PLAIN)),
        json.dumps(policy, separators=(",", ":")).encode(),
        padding.PKCS1v15(),
        hashes.SHA1(),
    )


def test_an_address_is_signed_for_its_object_name_and_time() -> None:
    secrets = Secrets()
    downloads = SignedDownloads(secrets, "d1.cloudfront.net", "KEYID", "arn:secret")
    url = downloads.url("volumes/kim@a.example/01/0001.zip", until=UNTIL, filename="편지함.zip")
    assert url is not None
    check(url)
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("https", "d1.cloudfront.net")
    assert unquote(parts.path) == "/volumes/kim@a.example/01/0001.zip"
    query = parse_qs(parts.query)
    assert query["Key-Pair-Id"] == ["KEYID"]
    assert query["Expires"] == [str(int(UNTIL.timestamp()))]
    [name] = query["response-content-disposition"]
    assert name.startswith("attachment; ")
    assert unquote(name.partition("UTF-8''")[2]) == "편지함.zip"
    for other in (
        url.replace("0001.zip", "0002.zip"),
        url.replace("kim", "lee"),
        url.replace(f"Expires={int(UNTIL.timestamp())}", "Expires=1999999999"),
    ):
        with pytest.raises(InvalidSignature):
            check(other)


def test_the_key_is_read_once() -> None:
    secrets = Secrets()
    downloads = SignedDownloads(secrets, "d1.cloudfront.net", "KEYID", "arn:secret")
    for number in range(3):
        downloads.url(f"k{number}", until=UNTIL, filename="a.zip")
    assert secrets.reads == 1


def test_without_a_distribution_there_are_the_buckets_addresses() -> None:
    assert SignedDownloads(None, "", "", "").url("k", until=UNTIL, filename="a.zip") is None


def handed_out(world: World, at: datetime) -> VolumeUrl:
    return volume_url(world, account=KIM, backup_id="b", number=1, now=at)


def test_it_lasts_for_hours_and_never_past_the_volume() -> None:
    world = World()
    world.downloads.domain = "d1.cloudfront.net"
    put_ready(world, "b", [world.clock])
    end = world.clock + timedelta(days=7)
    first = handed_out(world, world.clock)
    assert first.expires_at == world.clock + LASTING_URL_LIFETIME > world.clock + URL_LIFETIME
    assert first.url.startswith("https://d1.cloudfront.net/volumes/")
    late = handed_out(world, end - timedelta(seconds=90, milliseconds=-300))
    assert end - timedelta(seconds=1) <= late.expires_at <= end
    assert f"until={int(late.expires_at.timestamp())}&" in late.url
    with pytest.raises(ConflictError, match="volume_expired"):
        handed_out(world, end)
