"""Signing in on the local cloud: two companies, a second factor enrolled, tokens that end."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from infra.local.people import totp
from pyeonji.domain.accounts import Account
from pyeonji.domain.ids import new_id
from tests.support.local_cloud import Answer, LocalCloud

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Newcomer:
    """Somebody whose login is made for one test."""

    email: str
    password: str


@pytest.fixture
def newcomer(local_cloud: LocalCloud) -> Iterator[Newcomer]:
    person = Newcomer(
        f"new-{new_id(local_cloud.services.now()).lower()}@acme.example", "Pyeonji-New-2026"
    )
    cognito = local_cloud.client("cognito-idp")
    pool = local_cloud.services.settings.user_pool_id
    cognito.admin_create_user(UserPoolId=pool, Username=person.email, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(
        UserPoolId=pool, Username=person.email, Password=person.password, Permanent=True
    )
    yield person
    cognito.admin_delete_user(UserPoolId=pool, Username=person.email)


def sign_in(cloud: LocalCloud, person: Newcomer) -> Answer:
    return cloud.call("POST", "/session", {"email": person.email, "password": person.password})


def test_two_companies(local_cloud: LocalCloud) -> None:
    for email, company in (("kim@acme.example", "acme.example"),
                           ("park@other.example", "other.example")):  # fmt: skip
        me = local_cloud.call("GET", "/me", as_=email).body
        assert (me["email"], me["company"]["domain"], me["mail_ready"]) == (email, company, True)


def test_a_second_factor_from_enrolling_to_signing_in(
    local_cloud: LocalCloud, newcomer: Newcomer
) -> None:
    tokens = sign_in(local_cloud, newcomer).body
    own = {"X-Access-Token": tokens["access_token"]}

    def call(path: str, body: object, method: str = "POST") -> Answer:
        return local_cloud.call(method, path, body, token=tokens["id_token"], headers=own)

    # Mail was never set up for this address: it signs in, and is told so.
    me = call("/me", None, "GET").body
    assert (me["mail_not_ready_reason"], me["totp_enabled"]) == ("mail_not_set_up", False)
    secret = call("/me/totp", {}).body["secret"]
    wrong = call(
        "/me/totp/confirm", {"code": f"{(int(totp(secret, time.time())) + 1) % 10**6:06d}"}
    )
    assert (wrong.status, wrong.body["code"]) == (422, "wrong_code")
    assert call("/me/totp/confirm", {"code": totp(secret, time.time())}).status == 200
    assert call("/me", None, "GET").body["totp_enabled"] is True

    challenge = sign_in(local_cloud, newcomer).body
    assert challenge["challenge"] == "totp"
    answer = {"email": newcomer.email, "session": challenge["session"]}
    refused = local_cloud.call("POST", "/session/totp", answer | {"code": "000000"})
    assert (refused.status, refused.body["code"]) == (401, "wrong_code")
    code = totp(secret, time.time())
    again = local_cloud.call("POST", "/session/totp", answer | {"code": code})
    assert again.status == 200 and again.body["id_token"]


def test_a_session_is_refreshed_until_it_is_ended(
    local_cloud: LocalCloud, newcomer: Newcomer
) -> None:
    tokens = sign_in(local_cloud, newcomer).body
    refresh = {"refresh_token": tokens["refresh_token"]}
    renewed = local_cloud.call("POST", "/session/refresh", refresh).body
    assert local_cloud.call("GET", "/me", token=renewed["id_token"]).status == 200
    assert local_cloud.call("DELETE", "/session", refresh).status == 204
    gone = local_cloud.call("POST", "/session/refresh", refresh)
    assert (gone.status, gone.body["code"]) == (401, "session_expired")


def test_a_first_time_password_opens_nothing(local_cloud: LocalCloud) -> None:
    cognito = local_cloud.client("cognito-idp")
    pool = local_cloud.services.settings.user_pool_id
    email = f"first-{new_id(local_cloud.services.now()).lower()}@acme.example"
    cognito.admin_create_user(
        UserPoolId=pool, Username=email, TemporaryPassword="Pyeonji-First-2026",
        MessageAction="SUPPRESS",
    )  # fmt: skip
    try:
        answer = sign_in(local_cloud, Newcomer(email, "Pyeonji-First-2026"))
        assert (answer.status, answer.body["code"]) == (401, "password_must_change")
    finally:
        cognito.admin_delete_user(UserPoolId=pool, Username=email)


def test_the_language_of_notices_is_kept(local_cloud: LocalCloud, newcomer: Newcomer) -> None:
    local_cloud.services.accounts.put_account(Account(newcomer.email, "ko"))
    token = sign_in(local_cloud, newcomer).body["id_token"]
    changed = local_cloud.call("PUT", "/me", {"language": "en"}, token=token)
    assert changed.body["language"] == "en"
    account = local_cloud.services.accounts.account(newcomer.email)
    assert account is not None and account.language == "en"
