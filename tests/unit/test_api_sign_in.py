"""Signing in and the second factor through the API: what is asked for, counted, refused, told."""

from datetime import timedelta
from typing import Any

import pytest

from pyeonji.domain import recovery
from pyeonji.domain.accounts import Account
from tests.support.api import KIM, LEE, PARK, Answer, Api, use
from tests.support.fake_identity import CODE, NEXT_CODE

NEW = "Pyeonji-New-2026"
QUARTER = timedelta(minutes=15)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    # Ten hashes a set, 40 ms each: what one costs is test_recovery_codes' matter.
    monkeypatch.setattr(recovery, "_COST", 2)
    return use(Api(), monkeypatch)


def password(email: str) -> str:
    return f"password of {email}"


def sign_in(api: Api, email: str = KIM, word: str | None = None, **more: Any) -> Answer:
    body = {"email": email, "password": password(email) if word is None else word}
    return api.call("POST", "/session", body, **more)


def answer(api: Api, code: str, email: str = LEE, **more: Any) -> Answer:
    body = {"email": email, "session": f"challenge of {email}", "code": code}
    return api.call("POST", "/session/totp", body, **more)


def own(email: str) -> dict[str, Any]:
    """A call of somebody signed in, with both tokens."""
    return {"account": email, "headers": {"X-Access-Token": f"access of {email}"}}


def enrol(api: Api, email: str) -> list[str]:
    """A second factor; its recovery codes."""
    assert api.call("POST", "/me/totp", {}, **own(email)).status == 200
    confirmed = api.call("POST", "/me/totp/confirm", {"code": CODE}, **own(email))
    assert confirmed.status == 200
    codes: list[str] = confirmed.json["recovery_codes"]
    return codes


# ---------------------------------------------------------------- the first password


def test_a_temporary_password_leads_to_one_of_ones_own(api: Api) -> None:
    api.identity.temporary.add(KIM)
    challenge = sign_in(api).json
    assert challenge["challenge"] == "new_password"
    assert challenge["password_min_length"] == 12
    body = {"email": "Kim@acme.example", "session": challenge["session"]}
    weak = api.call("POST", "/session/new-password", body | {"password": "short"})
    assert (weak.status, weak.code, weak.json["min_length"]) == (422, "password_too_weak", 12)
    assert "12 characters" in weak.json["detail"]
    same = api.call("POST", "/session/new-password", body | {"password": password(KIM)})
    assert (same.status, same.code) == (422, "password_used_before")
    done = api.call("POST", "/session/new-password", body | {"password": NEW})
    assert done.json["id_token"] == f"id of {KIM}"
    assert sign_in(api).code == "wrong_credentials"
    assert sign_in(api, word=NEW).json["id_token"]
    again = api.call("POST", "/session/new-password", body | {"password": NEW + "x"})
    assert (again.status, again.code) == (401, "session_expired")


def test_a_first_password_does_not_pass_by_the_second_factor(api: Api) -> None:
    api.identity.temporary.add(LEE)
    session = sign_in(api, LEE).json["session"]
    body = {"email": LEE, "session": session, "password": NEW}
    assert api.call("POST", "/session/new-password", body).json["challenge"] == "totp"


@pytest.mark.parametrize("field", ["email", "session", "password"])
def test_a_first_password_wants_all_its_fields(api: Api, field: str) -> None:
    body = {"email": KIM, "session": "s" * 20, "password": NEW}
    missing = api.call(
        "POST", "/session/new-password", {k: v for k, v in body.items() if k != field}
    )
    assert (missing.status, missing.json["field"]) == (400, field)
    wrong = api.call("POST", "/session/new-password", body | {field: 5})
    assert (wrong.status, wrong.json["field"]) == (400, field)


# ---------------------------------------------------------------- how often


def test_wrong_passwords_are_counted_and_the_right_one_waits_too(api: Api) -> None:
    for _ in range(10):
        assert sign_in(api, word="wrong").code == "wrong_credentials"
    asked = api.identity.asked
    refused = sign_in(api)
    assert (refused.status, refused.code) == (429, "too_many_attempts")
    assert refused.json["retry_at"] == "2026-06-15T03:15:00Z"
    assert refused.headers["Retry-After"] == str(refused.json["retry_after"]) == "900"
    assert "3:15" not in refused.json["detail"] and "12:15 PM (KST)" in refused.json["detail"]
    assert api.identity.asked == asked  # the user pool is not bothered
    # Others, from the same address, and Kim from another one are not concerned.
    assert sign_in(api, PARK).status == 200
    assert sign_in(api, address="198.51.100.7").status == 200
    api.world.clock += QUARTER
    assert sign_in(api).status == 200


def test_signing_in_often_is_nobodys_fault(api: Api) -> None:
    for _ in range(150):
        assert sign_in(api).status == 200


def test_an_unknown_account_is_counted_as_a_known_one(api: Api) -> None:
    answers = [sign_in(api, "nobody@acme.example", "x").code for _ in range(11)]
    assert answers == ["wrong_credentials"] * 10 + ["too_many_attempts"]


def test_one_address_cannot_try_one_password_on_everybody(api: Api) -> None:
    codes = [sign_in(api, f"p{n}@acme.example", "Spring-2026").code for n in range(501)]
    assert codes == ["wrong_credentials"] * 500 + ["too_many_attempts"]
    assert sign_in(api).code == "too_many_attempts"
    assert sign_in(api, address="198.51.100.7").status == 200


def test_many_addresses_cannot_try_one_account_for_ever(api: Api) -> None:
    codes = [sign_in(api, word="wrong", address=f"198.51.100.{n}").code for n in range(101)]
    assert codes == ["wrong_credentials"] * 100 + ["too_many_attempts"]
    api.world.clock += timedelta(hours=1)
    assert sign_in(api).status == 200


def test_an_ipv6_network_is_one_caller(api: Api) -> None:
    for n in range(10):
        assert sign_in(api, word="wrong", address=f"2001:db8:1:2::{n}").code == "wrong_credentials"
    assert sign_in(api, address="2001:db8:1:2:ffff::1").code == "too_many_attempts"
    assert sign_in(api, address="2001:db8:1:3::1").status == 200


def test_behind_our_cloudfront_the_viewer_is_the_caller(api: Api) -> None:
    def through(viewer: str, key: str = "edge", claimed: str = "") -> dict[str, Any]:
        forwarded = f"{claimed}{viewer}, 192.0.2.200"
        return {
            "address": "192.0.2.200",
            "headers": {"X-Edge-Key": key, "X-Forwarded-For": forwarded},
        }

    for n in range(10):
        claimed = f"203.0.113.{n}, "
        assert sign_in(api, word="wrong", **through("198.51.100.7", claimed=claimed)).status == 401
    assert sign_in(api, **through("198.51.100.7")).code == "too_many_attempts"
    assert sign_in(api, **through("198.51.100.8")).status == 200
    # Who does not come from CloudFront may claim what they like.
    for n in range(10):
        spoofed = through(f"203.0.113.{n}", key="guess")
        assert sign_in(api, PARK, "wrong", **spoofed).code == "wrong_credentials"
    assert sign_in(api, PARK, **through("203.0.113.99", key="")).code == "too_many_attempts"


def test_wrong_codes_are_counted_whatever_the_session_and_the_address(api: Api) -> None:
    for n in range(10):
        assert answer(api, "000000", address=f"198.51.100.{n}").code == "wrong_code"
    assert answer(api, CODE).code == "too_many_attempts"
    api.world.clock += QUARTER
    assert answer(api, CODE).json["id_token"]


def test_wrong_codes_are_few_a_day(api: Api) -> None:
    codes = []
    for _ in range(8):
        codes += [answer(api, "000000").code for _ in range(10)]
        api.world.clock += QUARTER
    assert codes.count("wrong_code") == 30


def test_a_code_is_good_once(api: Api) -> None:
    assert answer(api, CODE).json["id_token"]
    assert (answer(api, CODE).status, answer(api, CODE).code) == (401, "wrong_code")
    assert answer(api, NEXT_CODE).json["id_token"]
    # Somebody else's app may show the same digits at the same time.
    api.identity.totp.add(PARK)
    assert answer(api, CODE, PARK).json["id_token"]


def test_a_code_that_was_not_looked_at_is_not_used_up(api: Api) -> None:
    body = {"email": LEE, "session": "another one", "code": CODE}
    assert api.call("POST", "/session/totp", body).code == "session_expired"
    assert answer(api, CODE).json["id_token"]


# ---------------------------------------------------------------- the second factor


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/me/totp"), ("DELETE", "/me/totp"), ("POST", "/me/recovery-codes")],
)
def test_who_changes_a_second_factor_shows_who_they_are(api: Api, method: str, path: str) -> None:
    def change(body: object) -> Answer:
        return api.call(method, path, body, **own(LEE))

    assert (change({}).status, change({}).code) == (422, "proof_needed")
    assert (change({"code": "000000"}).status, change({"code": "000000"}).code) == (
        422,
        "wrong_code",
    )
    wrong = change({"password": "wrong"})
    assert (wrong.status, wrong.code) == (422, "wrong_password")
    assert change({"code": "12"}).json["field"] == "code"
    assert LEE in api.identity.totp
    assert change({"password": password(LEE)}).status == 200


def test_a_present_code_is_proof_enough_once(api: Api) -> None:
    first = api.call("POST", "/me/recovery-codes", {"code": CODE}, **own(LEE))
    assert first.status == 200
    assert api.call("DELETE", "/me/totp", {"code": CODE}, **own(LEE)).code == "wrong_code"
    gone = api.call("DELETE", "/me/totp", {"code": NEXT_CODE}, **own(LEE))
    assert gone.json == {"totp_enabled": False}
    assert sign_in(api, LEE).json["id_token"]
    # There is nothing left to be switched off, and nothing to be proved.
    assert api.call("DELETE", "/me/totp", {}, **own(LEE)).json == {"totp_enabled": False}


def test_proofs_are_counted_with_what_is_tried_at_signing_in(api: Api) -> None:
    for _ in range(10):
        assert api.call("DELETE", "/me/totp", {"code": "000000"}, **own(LEE)).code == "wrong_code"
    refused = api.call("DELETE", "/me/totp", {"code": CODE}, **own(LEE))
    assert (refused.status, refused.code) == (429, "too_many_attempts")
    assert answer(api, CODE).code == "too_many_attempts"


def test_a_first_enrolment_asks_for_no_proof(api: Api) -> None:
    codes = enrol(api, KIM)
    me = api.call("GET", "/me", **own(KIM)).json
    assert (me["totp_enabled"], me["recovery_codes_left"]) == (True, len(codes))
    assert api.call("GET", "/me").json["recovery_codes_left"] is None


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/me", None),
        ("POST", "/me/totp", {"password": "x"}),
        ("POST", "/me/totp/confirm", {"code": CODE}),
        ("DELETE", "/me/totp", {"password": "x"}),
        ("POST", "/me/recovery-codes", {"password": "x"}),
        ("DELETE", "/me/sessions", None),
    ],
)
def test_an_access_token_of_somebody_else_is_refused(
    api: Api, method: str, path: str, body: object
) -> None:
    others = {"X-Access-Token": f"access of {LEE}"}
    refused = api.call(method, path, body, account=KIM, headers=others)
    assert (refused.status, refused.code) == (403, "forbidden")
    assert LEE in api.identity.totp and not api.identity.begun and not api.identity.revoked


def test_every_device_is_signed_out(api: Api) -> None:
    assert api.call("DELETE", "/me/sessions").json["field"] == "X-Access-Token"
    assert api.call("DELETE", "/me/sessions", **own(KIM)).status == 204
    refreshed = api.call("POST", "/session/refresh", {"refresh_token": f"refresh of {KIM}"})
    assert (refreshed.status, refreshed.code) == (401, "session_expired")
    assert api.call("GET", "/me", **own(KIM)).code == "session_expired"
    assert api.call("GET", "/me", **own(LEE)).status == 200


# ---------------------------------------------------------------- recovery codes


def recover(api: Api, email: str, code: str, word: str | None = None) -> Answer:
    body = {"email": email, "password": word or password(email), "code": code}
    return api.call("POST", "/session/recovery", body)


def test_a_recovery_code_signs_in_and_switches_the_second_factor_off(api: Api) -> None:
    codes = enrol(api, KIM)
    assert recover(api, KIM, codes[3], "wrong").code == "wrong_credentials"
    assert recover(api, KIM, "ABCD-EFGH-JKMN").code == "wrong_recovery_code"
    assert recover(api, KIM, "nonsense").code == "wrong_recovery_code"
    done = recover(api, KIM, codes[3].lower().replace("-", " "))
    assert done.json["id_token"] == f"id of {KIM}"
    me = api.call("GET", "/me", **own(KIM)).json
    assert (me["totp_enabled"], me["recovery_codes_left"]) == (False, None)
    assert sign_in(api).json["id_token"]
    # The others are worthless, also once there is a second factor again.
    enrol(api, KIM)
    assert recover(api, KIM, codes[4]).code == "wrong_recovery_code"


def test_newer_codes_take_the_place_of_older_ones(api: Api) -> None:
    old = enrol(api, KIM)
    new = api.call("POST", "/me/recovery-codes", {"password": password(KIM)}, **own(KIM)).json
    assert recover(api, KIM, old[0]).code == "wrong_recovery_code"
    assert recover(api, KIM, new["recovery_codes"][0]).status == 200


def test_killed_behind_striking_out_the_others_are_left(api: Api) -> None:
    codes = enrol(api, KIM)

    def die(email: str) -> None:
        raise ConnectionError

    end, api.identity.end_totp = api.identity.end_totp, die  # type: ignore[method-assign]
    assert recover(api, KIM, codes[0]).status == 500
    api.identity.end_totp = end  # type: ignore[method-assign]
    assert recover(api, KIM, codes[0]).code == "wrong_recovery_code"
    assert recover(api, KIM, codes[1]).status == 200


def test_without_a_second_factor_the_password_does(api: Api) -> None:
    assert recover(api, KIM, "ABCD-EFGH-JKMN").json["id_token"]
    refused = api.call("POST", "/me/recovery-codes", {"password": password(KIM)}, **own(KIM))
    assert (refused.status, refused.code) == (409, "totp_not_enabled")


def test_recovery_codes_cannot_be_guessed_at_leisure(api: Api) -> None:
    codes = enrol(api, KIM)
    for _ in range(10):
        assert recover(api, KIM, "ABCD-EFGH-JKMN").code == "wrong_recovery_code"
    assert recover(api, KIM, codes[0]).code == "too_many_attempts"


# ---------------------------------------------------------------- notices


def test_notices_are_switched_off_and_on(api: Api) -> None:
    off = api.call("PUT", "/me", {"notices": "off"})
    assert (off.json["notices"], off.json["language"]) == ("off", "ko")
    assert api.call("PUT", "/me", {"language": "en"}).json["notices"] == "off"
    assert api.call("PUT", "/me", {"notices": "on", "language": "ko"}).json["notices"] == "on"


def test_switched_on_they_go_to_an_address_that_bounced(api: Api) -> None:
    api.world.accounts.put_account(Account(KIM, notices=False))
    assert api.call("GET", "/me").json["notices"] == "bounced"
    assert api.call("PUT", "/me", {"notices": "off"}).json["notices"] == "off"
    assert api.call("PUT", "/me", {"notices": "on"}).json["notices"] == "on"


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "body"), ({"notices": "bounced"}, "notices"), ({"notices": True}, "notices"),
     ({"notices": "off", "language": "fr"}, "language"), ({"notice": "off"}, "notice")],
)  # fmt: skip
def test_what_cannot_be_chosen_changes_nothing(api: Api, body: object, field: str) -> None:
    refused = api.call("PUT", "/me", body)
    assert (refused.status, refused.json["field"]) == (400, field)
    assert api.world.accounts.profiles[KIM] == Account(KIM)
