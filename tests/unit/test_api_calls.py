"""The routes on fakes: shapes, statuses, refusals. Answers are held against the document."""

from typing import Annotated

import pytest
from msgspec import Meta

from pyeonji.domain.errors import InvalidRequestError
from pyeonji_api import languages
from pyeonji_api.bodies import Body, PartNumbers, read_body
from tests.support.api import CHOI, LEE, PARK, YANG, Api, use
from tests.support.company import KIM
from tests.support.fake_identity import CODE

ALL = {"mailboxes": "all", "period": {"kind": "all"}}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    return use(Api(), monkeypatch)


# ------------------------------------------------------------------------------- signing in


def test_a_password_gives_tokens(api: Api) -> None:
    answer = api.call(
        "POST", "/session", {"email": " Kim@ACME.example ", "password": f"password of {KIM}"}
    )
    assert answer.status == 200
    assert answer.json["id_token"] == f"id of {KIM}"
    assert answer.json["expires_in"] == 3600


def test_a_second_factor_is_asked_for_and_taken(api: Api) -> None:
    first = api.call("POST", "/session", {"email": LEE, "password": f"password of {LEE}"})
    assert first.json["challenge"] == "totp"
    again = {"email": LEE, "session": first.json["session"]}
    assert api.call("POST", "/session/totp", again | {"code": "000000"}).code == "wrong_code"
    spaced = f"{CODE[:3]} {CODE[3:]}"
    assert api.call("POST", "/session/totp", again | {"code": spaced}).json["id_token"]


def test_a_refusal_does_not_tell_whether_the_account_exists(api: Api) -> None:
    wrong = api.call("POST", "/session", {"email": KIM, "password": "x"})
    nobody = api.call("POST", "/session", {"email": "nobody@acme.example", "password": "x"})
    assert wrong == nobody
    assert (wrong.status, wrong.code) == (401, "wrong_credentials")


def test_a_session_is_refreshed_until_it_is_ended(api: Api) -> None:
    token = {"refresh_token": f"refresh of {KIM}"}
    assert "refresh_token" not in api.call("POST", "/session/refresh", token).json
    assert api.call("DELETE", "/session", token).status == 204
    gone = api.call("POST", "/session/refresh", token)
    assert (gone.status, gone.code) == (401, "session_expired")


@pytest.mark.parametrize(
    ("body", "field", "problem"),
    [
        ({"email": KIM}, "password", "missing_field"),
        ({"email": "kim", "password": "x"}, "email", "bad_address"),
        ({"email": "kim@acme@", "password": "x"}, "email", "bad_address"),
        ({"email": 3, "password": "x"}, "email", "wrong_type"),
        ({"email": "", "password": "x"}, "email", "empty"),
        ({"email": KIM, "password": "x" * 257}, "password", "too_long"),
    ],
)
def test_what_cannot_be_a_sign_in(
    api: Api, body: dict[str, object], field: str, problem: str
) -> None:
    answer = api.call("POST", "/session", body)
    assert (answer.status, answer.json["field"], answer.json["problem"]) == (400, field, problem)


def test_enrolling_a_second_factor(api: Api) -> None:
    token = {"X-Access-Token": f"access of {KIM}"}
    assert api.call("POST", "/me/totp").json["field"] == "X-Access-Token"
    early = api.call("POST", "/me/totp/confirm", {"code": CODE}, headers=token)
    assert (early.status, early.code) == (409, "totp_not_begun")
    begun = api.call("POST", "/me/totp", {}, headers=token).json
    assert begun["otpauth_uri"].startswith("otpauth://totp/Pyeonji:kim%40acme.example?secret=")
    assert begun["secret"] in begun["otpauth_uri"]
    # Not 401: the session is sound, and a page would sign its person out.
    wrong = api.call("POST", "/me/totp/confirm", {"code": "000000"}, headers=token)
    assert (wrong.status, wrong.code) == (422, "wrong_code")
    assert api.call("POST", "/me/totp/confirm", {"code": "12345"}, headers=token).status == 400
    assert api.call("POST", "/me/totp/confirm", {"code": CODE}, headers=token).status == 200
    assert api.call("GET", "/me", headers=token).json["totp_enabled"] is True


# ------------------------------------------------------------------------------- who is asking


def test_me(api: Api) -> None:
    me = api.call("GET", "/me").json
    assert me["company"] == {"domain": "acme.example", "name": "Acme"}
    assert me["mail_ready"] is True and me["mail_not_ready_reason"] is None
    assert me["limits"]["max_backups"] == 5 and me["limits"]["used_backups"] == 0
    assert me["limits"]["upload_limit_bytes"] == 2147483648
    assert me["notices"] == "on"
    api.world.accounts.stop_notices(KIM)
    assert api.call("GET", "/me").json["notices"] == "bounced"


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        (CHOI, "mail_not_set_up"),
        (YANG, "domain_not_connected"),
        ("new@acme.example", "mail_not_set_up"),
        ("nobody@nowhere.example", "mail_not_set_up"),
    ],
)
def test_who_cannot_use_it_yet_signs_in_and_is_told(api: Api, email: str, reason: str) -> None:
    me = api.call("GET", "/me", account=email).json
    assert (me["mail_ready"], me["mail_not_ready_reason"]) == (False, reason)
    upload = {"filename": "a.zip", "bytes": 9, "mailbox_id": api.inbox.id}
    for path, body in (("/backups", ALL), ("/backups/estimate", ALL), ("/uploads", upload)):
        answer = api.call("POST", path, body, account=email)
        assert (answer.status, answer.code) == (403, reason)
        assert "administrator" in answer.json["detail"]


def test_the_language_of_notices(api: Api) -> None:
    assert api.call("PUT", "/me", {"language": "en"}).json["language"] == "en"
    assert api.world.accounts.profiles[KIM].language == "en"
    assert api.call("PUT", "/me", {"language": "fr"}).json["field"] == "language"
    unknown = api.call("PUT", "/me", {"language": "en"}, account="new@acme.example")
    assert (unknown.status, unknown.code) == (404, "account_not_found")


def test_the_account_is_the_tokens_and_a_token_without_one_is_refused(api: Api) -> None:
    assert api.call("GET", "/me", account="KIM@acme.example").json["email"] == KIM
    nobody = api.call("GET", "/me", account=None)
    assert (nobody.status, nobody.code) == (401, "unauthorized")


# ------------------------------------------------------------------------------- mailboxes


def test_mailboxes(api: Api) -> None:
    made = api.call("POST", "/mailboxes", {"path": "가져온 메일/2024"})
    assert made.status == 201
    assert made.json["messages"] == 0 and made.json["special_use"] is None
    paths = [box["path"] for box in api.call("GET", "/mailboxes").json["mailboxes"]]
    assert paths == ["받은편지함", "가져온 메일/2024"]
    assert len(api.call("GET", "/mailboxes", account=PARK).json["mailboxes"]) == 1


@pytest.mark.parametrize("path", ["가족 👨\u200d👩\u200d👧", "업무\u3000메일/2024\u00a0상반기"])
def test_a_path_has_whatever_people_write(api: Api, path: str) -> None:
    made = api.call("POST", "/mailboxes", {"path": path})
    assert (made.status, made.json.get("path")) == (201, path)


def test_a_path_is_taken_once_however_it_is_spelt(api: Api) -> None:
    decomposed = (
        "\u1107\u1161\u11ae\u110b\u1173\u11ab\u1111\u1167\u11ab\u110c\u1175\u1112\u1161\u11b7"
    )
    answer = api.call("POST", "/mailboxes", {"path": decomposed})
    assert (answer.status, answer.code) == (409, "mailbox_exists")
    assert "받은편지함" in answer.json["detail"]


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("", "bad_length"),
        ("a/../b", "bad_path"),
        ("a//b", "bad_path"),
        ("a\u0000b", "bad_character"),
        ("a\u2029b", "bad_character"),
        ("\u202eb", "bad_character"),
        ("x" * 201, "bad_length"),
        ("x" * 1001, "too_long"),
        ("/".join("abcdefghijk"), "bad_length"),
        (7, "wrong_type"),
        (None, "wrong_type"),
    ],
)
def test_a_bad_path(api: Api, path: object, problem: str) -> None:
    answer = api.call("POST", "/mailboxes", {"path": path})
    assert (answer.status, answer.json["field"], answer.json["problem"]) == (400, "path", problem)
    assert len(api.call("GET", "/mailboxes").json["mailboxes"]) == 1


# ------------------------------------------------------------------------------- languages, faults


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "ko"), ("en", "en"), ("ko", "ko"), ("en-US,en;q=0.9", "en"), ("fr", "ko"),
        ("fr,en;q=0.5,ko;q=0.4", "en"), ("ko;q=0.3, en;q=0.8", "en"), ("en;q=0", "ko"),
        ("en;q=x", "ko"), (";;,,=", "ko"), ("EN-gb", "en"),
    ],
)  # fmt: skip
def test_accept_language(header: str, language: str) -> None:
    assert languages.language_of(header) == language


def test_problems_speak_the_callers_language(api: Api) -> None:
    english = api.call("GET", "/backups/nothing")
    korean = api.call("GET", "/backups/nothing", language="ko-KR,ko;q=0.9")
    assert english.headers["Content-Language"] == "en"
    assert english.json["detail"] != korean.json["detail"]
    assert "백업" in korean.json["detail"]


def test_what_nobody_foresaw_is_a_problem_that_names_nobody(
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(email: str) -> None:
        raise KeyError(f"volumes/{email}/secret")

    monkeypatch.setattr(api.world.accounts, "mailboxes", broken)
    answer = api.call("GET", "/mailboxes")
    assert (answer.status, answer.code) == (500, "internal_error")
    logged = capsys.readouterr().out + str([vars(record) for record in caplog.records])
    assert "KeyError" in logged and "ApiFailed" in logged
    assert "kim" not in logged and "secret" not in logged


@pytest.mark.parametrize(
    "response",
    [
        {"Error": {"Code": "ProvisionedThroughputExceededException"}},
        {
            "Error": {"Code": "TransactionCanceledException"},
            "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}],
        },
    ],
)
def test_throttling_is_not_our_failure(
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    response: dict[str, object],
) -> None:
    class ThrottledError(Exception):
        pass

    ThrottledError.response = response  # type: ignore[attr-defined]

    def throttled(email: str) -> None:
        raise ThrottledError

    monkeypatch.setattr(api.world.accounts, "mailboxes", throttled)
    answer = api.call("GET", "/mailboxes")
    assert (answer.status, answer.code) == (503, "service_busy")
    assert answer.headers["Retry-After"]
    assert "ApiThrottled" in capsys.readouterr().out


class Strange(Body):
    """Every kind of field a body has, one in another."""

    inner: PartNumbers
    name: Annotated[str, Meta(min_length=1, max_length=3)] = "x"


@pytest.mark.parametrize(
    ("raw", "field", "problem"),
    [
        (b"", "inner", "missing_field"),
        (b"[]", "body", "must_be_object"),
        (b"null", "body", "must_be_object"),
        (b"{", "body", "not_json"),
        (b'{"inner":{"numbers":[1]}} x', "body", "not_json"),
        (b'{"name":"\xff"}', "body", "not_json"),
        (b'{"name":"\\ud800"}', "body", "not_json"),
        (b'{"name":NaN}', "body", "not_json"),
        (b'{"inner":' + b"[" * 100_000, "inner", "wrong_type"),
        (b'{"inner":{}}', "inner.numbers", "missing_field"),
        (b'{"inner":{"numbers":[1],"other":1}}', "inner.other", "unknown_field"),
        (b'{"inner":{"numbers":[]}}', "inner.numbers", "empty"),
        (b'{"inner":{"numbers":[1,"2"]}}', "inner.numbers", "wrong_type"),
        (b'{"inner":{"numbers":[1.0]}}', "inner.numbers", "wrong_type"),
        (b'{"inner":{"numbers":[true]}}', "inner.numbers", "wrong_type"),
        (b'{"inner":{"numbers":[' + b"9" * 5000 + b"]}}", "inner.numbers", "wrong_type"),
        (b'{"name":""}', "name", "empty"),
        (b'{"name":"four"}', "name", "too_long"),
        (b'{"name":null}', "name", "wrong_type"),
        (b'{"' + b"n" * 500 + b'":1}', "n" * 100, "unknown_field"),
        (b'{"a`b":1}', "a`b", "unknown_field"),
        (b'{"":1}', "body", "unknown_field"),
    ],
)
def test_every_way_a_body_can_be_wrong_names_a_field(raw: bytes, field: str, problem: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        read_body(raw, Strange)
    assert (refused.value.field, refused.value.problem) == (field, problem)
