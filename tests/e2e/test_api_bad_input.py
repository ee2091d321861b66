"""What the API must refuse, on the local cloud with its gateway and tokens; nothing is written."""

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from infra.local.people import totp
from pyeonji.domain.ids import new_id
from tests.support.api import check_document
from tests.support.local_cloud import Answer, LocalCloud

pytestmark = pytest.mark.e2e

KIM, PARK, CHOI = "kim@acme.example", "park@other.example", "choi@acme.example"
ALL: dict[str, Any] = {"mailboxes": "all", "period": {"kind": "all"}}
#: Requests of other tests and the clockwork of retention are not what is looked at here.
_WATCHED = ("ACCOUNT#kim@", "ACCOUNT#park@", "ACCOUNT#choi@")


@pytest.fixture
def untouched(local_cloud: LocalCloud) -> Iterator[None]:
    """Table and buckets are the same afterwards."""
    before = everything(local_cloud)
    yield
    assert everything(local_cloud) == before


def everything(cloud: LocalCloud) -> dict[str, Any]:
    """Every item of the people here, every object and every open multipart upload of theirs."""
    settings = cloud.services.settings
    pages = cloud.client("dynamodb").get_paginator("scan").paginate(TableName=settings.table_name)
    items = {
        (item["pk"]["S"], item["sk"]["S"]): item
        for page in pages
        for item in page["Items"]
        if item["pk"]["S"].startswith(_WATCHED)
    }
    s3 = cloud.client("s3")
    stored: dict[str, Any] = {"items": items}
    for bucket in (settings.upload_bucket, settings.volume_bucket):
        listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        opened = s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
        stored[bucket] = [each["Key"] for each in listed + opened]
    return stored


def refused(answer: Answer, status: int, code: str, field: str | None = None) -> None:
    """A problem as the contract and the document have it."""
    assert (answer.status, answer.body["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    check_document({"$ref": "#/components/schemas/Problem"}, answer.body)
    if field is not None:
        assert answer.body["field"] == field
        assert field in answer.body["detail"]


# ------------------------------------------------------------------------------- tokens


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def decoded(part: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return loaded


def signed(key: rsa.RSAPrivateKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    text = f"{encoded(header)}.{encoded(claims)}"
    signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def pools_own_key(cloud: LocalCloud) -> rsa.RSAPrivateKey:
    """What the emulator signs id tokens with: only so can a test have a real token of yesterday."""
    pool = cloud.services.settings.user_pool_id
    folder = Path(cloud.places.folder)
    (file,) = folder.glob(f"**/{pool}-id.pem")
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def test_forged_and_expired_tokens(local_cloud: LocalCloud, untouched: None) -> None:
    good = local_cloud.token(KIM)
    header, claims = (decoded(part) for part in good.split(".")[:2])
    ours = pools_own_key(local_cloud)
    theirs = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    # A token signed here with the pool's key is taken: so it is the change that is refused below.
    assert local_cloud.call("GET", "/me", token=signed(ours, header, claims)).status == 200
    signature = good.rsplit(".", 1)[1]
    park = claims | {"cognito:username": PARK, "email": PARK}
    bad = {
        "expired": signed(ours, header, claims | {"exp": int(time.time()) - 1}),
        "another key": signed(theirs, header, claims),
        "changed claims": f"{encoded(header)}.{encoded(park)}.{signature}",
        "no algorithm": f"{encoded(header | {'alg': 'none'})}.{encoded(claims)}.",
        "another pool": signed(ours, header, claims | {"iss": "https://example.org/pool"}),
        "nothing": "",
        "not a token": "kim@acme.example",
        "cut off": good[:-8],
    }
    for name, token in bad.items():
        for method, path, body in (
            ("GET", "/me", None),
            ("POST", "/backups", ALL),
            ("POST", "/mailboxes", {"path": "x"}),
        ):
            answer = local_cloud.call(method, path, body, token=token)
            assert answer.status == 401, name
            refused(answer, 401, "unauthorized")
    refused(local_cloud.call("GET", "/me"), 401, "unauthorized")


def test_an_access_token_is_no_id_token(local_cloud: LocalCloud) -> None:
    person = local_cloud.person(PARK)
    session = local_cloud.call(
        "POST", "/session", {"email": PARK, "password": person["password"]}
    ).body
    refused(local_cloud.call("GET", "/me", token=session["access_token"]), 401, "unauthorized")


def test_sign_in_refusals(local_cloud: LocalCloud, untouched: None) -> None:
    wrong = local_cloud.call("POST", "/session", {"email": KIM, "password": "x"})
    nobody = local_cloud.call("POST", "/session", {"email": "no@acme.example", "password": "x"})
    refused(wrong, 401, "wrong_credentials")
    assert wrong.body == nobody.body
    refused(
        local_cloud.call("POST", "/session", {"email": KIM}), 400, "invalid_request", "password"
    )
    refresh = local_cloud.call("POST", "/session/refresh", {"refresh_token": "forged"})
    refused(refresh, 401, "session_expired")


def test_a_second_factor_alone_opens_nothing(local_cloud: LocalCloud) -> None:
    lee = local_cloud.person("lee@acme.example")
    # Not one that a test before has signed in with: a code is good once, which is told first.
    code = totp(lee["totp_secret"], time.time() + 3600)
    for email in (lee["email"], KIM, "no@acme.example"):
        made_up = {"email": email, "session": "x" * 44, "code": code}
        refused(local_cloud.call("POST", "/session/totp", made_up), 401, "session_expired")
    challenge = local_cloud.call(
        "POST", "/session", {"email": lee["email"], "password": lee["password"]}
    ).body
    # Lee's challenge is nobody else's.
    stolen = {"email": KIM, "session": challenge["session"], "code": code}
    refused(local_cloud.call("POST", "/session/totp", stolen), 401, "session_expired")


# ------------------------------------------------------------------------------- requests


@pytest.mark.parametrize("path", ["/backups", "/backups/estimate"])
def test_bad_backups(local_cloud: LocalCloud, untouched: None, path: str) -> None:
    def post(body: object) -> Answer:
        return local_cloud.call("POST", path, body, as_=KIM)

    def days(first: str, last: str) -> dict[str, Any]:
        return ALL | {"period": {"kind": "range", "from": first, "to": last}}

    unknown = new_id(local_cloud.services.now())
    refused(post(ALL | {"mailboxes": [unknown]}), 404, "mailbox_not_found")
    (parks, *_) = local_cloud.call("GET", "/mailboxes", as_=PARK).body["mailboxes"]
    refused(post(ALL | {"mailboxes": [parks["id"]]}), 404, "mailbox_not_found")
    for body, field in (
        (ALL | {"mailboxes": []}, "mailboxes"),
        (ALL | {"mailboxes": "some"}, "mailboxes"),
        (days("2024-12-31", "2024-01-01"), "period.to"),
        (days("2024-02-30", "2024-03-01"), "period.from"),
        (days("2024-01-01", "2023-02-29"), "period.to"),
        (ALL | {"colour": "red"}, "colour"),
        (ALL | {"volume_bytes": "4 GB"}, "volume_bytes"),
        ({"period": {"kind": "all"}}, "mailboxes"),
        (b"not json", "body"),
        (b"", "mailboxes"),
        (b"\xff\xfe\x00", "body"),
        ([], "body"),
    ):
        refused(post(body), 400, "invalid_request", field)
    refused(local_cloud.call("POST", path, ALL, as_=CHOI), 403, "mail_not_set_up")


def test_bad_uploads(local_cloud: LocalCloud, untouched: None) -> None:
    (mine, *_) = local_cloud.call("GET", "/mailboxes", as_=KIM).body["mailboxes"]
    (parks, *_) = local_cloud.call("GET", "/mailboxes", as_=PARK).body["mailboxes"]
    good = {"filename": "a.zip", "bytes": 100, "mailbox_id": mine["id"], "on_duplicate": "skip"}

    def post(**changes: object) -> Answer:
        return local_cloud.call("POST", "/uploads", good | changes, as_=KIM)

    refused(post(bytes=2147483648), 422, "too_large")
    refused(post(filename="a.tar"), 422, "not_a_zip_name")
    refused(post(bytes="100"), 400, "invalid_request", "bytes")
    refused(post(on_duplicate="merge"), 400, "invalid_request", "on_duplicate")
    refused(post(key="uploads/x"), 400, "invalid_request", "key")
    refused(post(mailbox_id=parks["id"]), 404, "mailbox_not_found")
    refused(local_cloud.call("POST", "/uploads", good, as_=CHOI), 403, "mail_not_set_up")


def test_somebody_elses_ids(local_cloud: LocalCloud) -> None:
    (parks, *_) = local_cloud.call("GET", "/mailboxes", as_=PARK).body["mailboxes"]
    new = {"filename": "a.zip", "bytes": 100, "mailbox_id": parks["id"], "on_duplicate": "skip"}
    upload = f"/uploads/{local_cloud.call('POST', '/uploads', new, as_=PARK).body['id']}"
    backup = f"/backups/{local_cloud.call('POST', '/backups', ALL, as_=PARK).body['id']}"
    try:
        for method, path, body in (
            ("GET", backup, None), ("DELETE", backup, None), ("POST", f"{backup}/cancel", None),
            ("GET", f"{backup}/volumes/1/url", None), ("GET", upload, None),
            ("DELETE", upload, None), ("GET", f"{upload}/parts", None),
            ("POST", f"{upload}/parts", {"numbers": [1]}), ("POST", f"{upload}/complete", None),
            ("POST", f"{upload}/retry", None), ("GET", f"{upload}/entries", None),
            ("GET", f"{upload}/ledger", None),
        ):  # fmt: skip
            answer = local_cloud.call(method, path, body, as_=KIM)
            refused(answer, 404, f"{path.split('/')[1][:-1]}_not_found")
        assert local_cloud.call("GET", upload, as_=PARK).body["state"] == "receiving"
        assert local_cloud.call("GET", backup, as_=PARK).body["state"] != "cancelled"
    finally:
        local_cloud.call("DELETE", backup, as_=PARK)
        for _ in range(2):  # abandoned, then off the list
            local_cloud.call("DELETE", upload, as_=PARK)


def test_what_the_gateway_refuses_by_itself(local_cloud: LocalCloud) -> None:
    refused(local_cloud.call("GET", "/nowhere", as_=KIM), 404, "route_not_found")
    refused(local_cloud.call("PATCH", "/me", {}, as_=KIM), 404, "route_not_found")
    refused(local_cloud.call("GET", "/backups/x/y/z", as_=KIM), 404, "route_not_found")
    refused(local_cloud.call("GET", "/backups/%2e%2e%2f", as_=KIM), 404, "backup_not_found")


def test_problems_come_in_the_callers_language(local_cloud: LocalCloud) -> None:
    korean = local_cloud.call("GET", f"/backups/{new_id(local_cloud.services.now())}",
                              as_=KIM, language="ko")  # fmt: skip
    refused(korean, 404, "backup_not_found")
    assert "백업" in korean.body["detail"]
    assert korean.headers["Cache-Control"] == "no-store"
