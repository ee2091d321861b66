"""Template, app and document speak of the same routes, and the document of the same codes."""

import json
from typing import Any

import jsonschema
import pytest
import yaml

from pyeonji import words
from pyeonji.domain import reasons
from pyeonji.domain.accounts import LANGUAGES
from pyeonji.domain.states import BackupState, UploadState, VolumeState
from pyeonji.domain.uploads import Outcome
from tests.support.api import ROOT, load_app, openapi

OPEN_ROUTES = {
    ("POST", "/session"),
    ("DELETE", "/session"),
    ("POST", "/session/totp"),
    ("POST", "/session/new-password"),
    ("POST", "/session/recovery"),
    ("POST", "/session/refresh"),
}


class _Template(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, which are passed over."""


_Template.add_multi_constructor("!", lambda loader, suffix, node: suffix)


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    text = (ROOT / "template.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.load(text, _Template)
    return loaded["Resources"]


def routes_of(template: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    events = template["ApiFunction"]["Properties"]["Events"]
    return {
        (event["Properties"]["Method"].upper(), event["Properties"]["Path"]): event["Properties"]
        for event in events.values()
        if event["Type"] == "Api"
    }


def routes_of_app() -> set[tuple[str, str]]:
    return {(method, path) for path, methods in load_app().routes.items() for method in methods}


def routes_of_document() -> set[tuple[str, str]]:
    return {
        (method.upper(), path)
        for path, methods in openapi()["paths"].items()
        for method in methods
        if method != "parameters"
    }


def test_template_app_and_document_have_the_same_routes(template: dict[str, Any]) -> None:
    assert set(routes_of(template)) == routes_of_app() == routes_of_document()


def test_only_the_session_routes_ask_for_no_token(template: dict[str, Any]) -> None:
    open_in_template = {
        route
        for route, properties in routes_of(template).items()
        if properties.get("Auth", {}).get("Authorizer") == "NONE"
    }
    open_in_document = {
        (method, path)
        for method, path in routes_of_document()
        if openapi()["paths"][path][method.lower()].get("security") == []
    }
    assert open_in_template == open_in_document == OPEN_ROUTES
    assert template["Api"]["Properties"]["Auth"]["DefaultAuthorizer"]


def test_the_document_knows_every_code() -> None:
    schemas = openapi()["components"]["schemas"]
    assert set(schemas["ErrorCode"]["enum"]) == reasons.API_ERRORS
    assert set(schemas["EntryReason"]["enum"]) == reasons.ENTRY_REASONS | {None}
    failures = reasons.UPLOAD_FAILURES | reasons.BACKUP_FAILURES
    assert set(schemas["FailureCode"]["enum"]) == failures


@pytest.mark.parametrize(
    ("schema", "states"),
    [("Backup", BackupState), ("Volume", VolumeState), ("Upload", UploadState)],
)
def test_the_document_knows_every_state(schema: str, states: Any) -> None:
    known = openapi()["components"]["schemas"][schema]["properties"]["state"]["enum"]
    assert set(known) == {state.value for state in states}
    assert set(openapi()["components"]["schemas"]["Outcome"]["enum"]) == {
        outcome.value for outcome in Outcome
    }


def test_every_schema_is_a_schema() -> None:
    for schema in openapi()["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_what_the_gateway_answers_by_itself_is_in_the_catalogue(template: dict[str, Any]) -> None:
    responses = template["Api"]["Properties"]["GatewayResponses"]
    assert {"UNAUTHORIZED", "MISSING_AUTHENTICATION_TOKEN", "DEFAULT_5XX"} <= responses.keys()
    for response in responses.values():
        problem = json.loads(response["ResponseTemplates"]["application/json"])
        code = problem["code"]
        assert code in reasons.API_ERRORS
        # A template cannot choose a language, so it says both.
        both = " / ".join(words.say(code, language) for language in LANGUAGES)
        assert problem["detail"] == both
        assert problem["title"] == " / ".join(words.title(code, language) for language in LANGUAGES)
        assert problem["type"] == f"urn:pyeonji:problem:{code}"
        if "StatusCode" in response:
            assert problem["status"] == int(response["StatusCode"])
