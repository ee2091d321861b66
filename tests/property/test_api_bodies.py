"""Whatever is sent, the API answers as its document says, and never with a failure of its own."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyeonji_api import calls
from tests.support.api import Api, load_app

ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
#: Names and values that mean something, so that the deeper checks are reached too.
NAMES = st.sampled_from(
    ["email", "password", "session", "code", "refresh_token", "language", "path", "mailboxes",
     "period", "volume_bytes", "filename", "bytes", "mailbox_id", "on_duplicate", "numbers",
     "kind", "from", "to"]
) | st.text(max_size=8)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        [
            "all",
            "range",
            "this_year",
            "2024-02-29",
            "2024-02-30",
            "a.zip",
            "kim@acme.example",
            "skip",
            "keep",
            "ko",
            ID,
            "123456",
            "../..",
            "\ud800",
            "\x00",
        ]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
ROUTES = [
    (method, path.replace("{id}", ID).replace("{n}", "1"))
    for path, methods in sorted(load_app().routes.items())
    for method in methods
]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    route=st.sampled_from(ROUTES),
    body=st.dictionaries(NAMES, VALUES, max_size=5) | VALUES,
    access_token=st.none() | st.text(st.characters(codec="ascii"), max_size=10),
)
def test_no_body_is_too_strange(
    monkeypatch: pytest.MonkeyPatch, route: tuple[str, str], body: Any, access_token: str | None
) -> None:
    api = Api()
    monkeypatch.setattr(calls, "services", api.services)
    headers = {} if access_token is None else {"X-Access-Token": access_token}
    answer = api.call(*route, raw=json.dumps(body), headers=headers)
    assert answer.status < 500


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    route=st.sampled_from(ROUTES),
    raw=st.text(st.characters(), max_size=60),
    language=st.text(max_size=30),
)
def test_no_text_is_too_strange(
    monkeypatch: pytest.MonkeyPatch, route: tuple[str, str], raw: str, language: str
) -> None:
    api = Api()
    monkeypatch.setattr(calls, "services", api.services)
    assert api.call(*route, raw=raw, language=language).status < 500


@pytest.mark.parametrize("raw", ["\ud800", '{"email":"\udfff"}'])
def test_half_a_surrogate_pair_is_a_400(monkeypatch: pytest.MonkeyPatch, raw: str) -> None:
    api = Api()
    monkeypatch.setattr(calls, "services", api.services)
    answer = api.call("POST", "/session", raw=raw)
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")
