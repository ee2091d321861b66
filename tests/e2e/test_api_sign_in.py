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
    # A code is good once, also on a session of its own.
    session = sign_in(local_cloud, newcomer).body["session"]
    used = local_cloud.call(
        "POST", "/session/totp", {"email": newcomer.email, "session": session, "code": code}
    )
    assert (used.status, used.body["code"]) == (401, "wrong_code")

    # Another app, and none at all: whoever asks shows that they are the owner.
    own["X-Access-Token"] = again.body["access_token"]
    assert call("/me/totp", {}).body["code"] == "proof_needed"
    assert call("/me/totp", {"password": "wrong"}).body["code"] == "wrong_password"
    renewed = call("/me/recovery-codes", {"password": newcomer.password}).body["recovery_codes"]
    assert call("/me", None, "GET").body["recovery_codes_left"] == len(renewed) == 10
    recovery = {"email": newcomer.email, "password": newcomer.password, "code": renewed[7]}
    recovered = local_cloud.call("POST", "/session/recovery", recovery)
    assert recovered.status == 200 and recovered.body["id_token"]
    own["X-Access-Token"] = recovered.body["access_token"]
    me = call("/me", None, "GET").body
    assert (me["totp_enabled"], me["recovery_codes_left"]) == (False, None)
    assert sign_in(local_cloud, newcomer).body["id_token"]
    assert call("/me/totp", None, "DELETE").body == {"totp_enabled": False}


def test_an_access_token_of_somebody_else_opens_nothing(
    local_cloud: LocalCloud, newcomer: Newcomer
) -> None:
    stolen = sign_in(local_cloud, newcomer).body["access_token"]
    for method, path in (("GET", "/me"), ("POST", "/me/totp"), ("DELETE", "/me/sessions")):
        headers = {"X-Access-Token": stolen}
        answer = local_cloud.call(method, path, None, as_="kim@acme.example", headers=headers)
        assert (answer.status, answer.body["code"]) == (403, "forbidden")


def test_every_device_is_signed_out(local_cloud: LocalCloud, newcomer: Newcomer) -> None:
    here, there = (sign_in(local_cloud, newcomer).body for _ in range(2))
    headers = {"X-Access-Token": here["access_token"]}
    ended = local_cloud.call(
        "DELETE", "/me/sessions", None, token=here["id_token"], headers=headers
    )
    assert ended.status == 204
    for tokens in (here, there):
        refresh = {"refresh_token": tokens["refresh_token"]}
        gone = local_cloud.call("POST", "/session/refresh", refresh)
        assert (gone.status, gone.body["code"]) == (401, "session_expired")
    assert sign_in(local_cloud, newcomer).status == 200


def test_wrong_passwords_are_counted(local_cloud: LocalCloud, newcomer: Newcomer) -> None:
    wrong = {"email": newcomer.email, "password": "wrong"}
    codes = [local_cloud.call("POST", "/session", wrong).body["code"] for _ in range(21)]
    assert set(codes) == {"wrong_credentials", "too_many_attempts"}
    # In two windows at most, should one end just now.
    assert 10 <= codes.count("wrong_credentials") <= 20
    assert local_cloud.call("GET", "/me", as_="kim@acme.example").status == 200


def test_passwords_are_taken_by_the_api_alone(local_cloud: LocalCloud, newcomer: Newcomer) -> None:
    cognito = local_cloud.client("cognito-idp")
    with pytest.raises(cognito.exceptions.InvalidParameterException):
        cognito.initiate_auth(
            ClientId=local_cloud.services.settings.user_pool_client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": newcomer.email, "PASSWORD": newcomer.password},
        )


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


def test_a_temporary_password_leads_to_one_of_ones_own(local_cloud: LocalCloud) -> None:
    cognito = local_cloud.client("cognito-idp")
    pool = local_cloud.services.settings.user_pool_id
    email = f"first-{new_id(local_cloud.services.now()).lower()}@acme.example"
    cognito.admin_create_user(
        UserPoolId=pool, Username=email, TemporaryPassword="Pyeonji-First-2026",
        MessageAction="SUPPRESS",
    )  # fmt: skip
    try:
        answer = sign_in(local_cloud, Newcomer(email, "Pyeonji-First-2026"))
        assert (answer.status, answer.body["challenge"]) == (200, "new_password")
        body = {"email": email, "session": answer.body["session"]}
        made_up = body | {"session": "x" * 40, "password": "Pyeonji-Own-2026"}
        refused = local_cloud.call("POST", "/session/new-password", made_up)
        assert (refused.status, refused.body["code"]) == (401, "session_expired")
        for weak in ("Short-1", "no-capitals-2026", "NO-SMALL-2026", "No-Digits-Here"):
            refused = local_cloud.call("POST", "/session/new-password", body | {"password": weak})
            assert (refused.status, refused.body["code"]) == (422, "password_too_weak")
        own = local_cloud.call(
            "POST", "/session/new-password", body | {"password": "Pyeonji-Own-2026"}
        )
        assert own.status == 200 and own.body["id_token"]
        assert sign_in(local_cloud, Newcomer(email, "Pyeonji-Own-2026")).status == 200
    finally:
        cognito.admin_delete_user(UserPoolId=pool, Username=email)


def test_the_language_of_notices_is_kept(local_cloud: LocalCloud, newcomer: Newcomer) -> None:
    local_cloud.services.accounts.put_account(Account(newcomer.email, "ko"))
    token = sign_in(local_cloud, newcomer).body["id_token"]
    changed = local_cloud.call("PUT", "/me", {"language": "en"}, token=token)
    assert changed.body["language"] == "en"
    off = local_cloud.call("PUT", "/me", {"notices": "off"}, token=token)
    assert off.body["notices"] == "off"
    account = local_cloud.services.accounts.account(newcomer.email)
    assert account == Account(newcomer.email, "en", wants_notices=False)
