"""The API as API Gateway calls it, on the fakes; every answer is held against docs/openapi.yaml."""

import importlib.util
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema
import yaml

from pyeonji.domain.accounts import Account, Company, Mailbox
from pyeonji.domain.ids import new_id
from pyeonji_api import calls
from tests.support.company import KIM, limits
from tests.support.fake_identity import FakeIdentity
from tests.support.fakes import World
from tests.support.worlds import altered

ROOT = Path(__file__).resolve().parents[2]
LEE, PARK, CHOI, YANG = (
    "lee@acme.example",
    "park@other.example",
    "choi@acme.example",
    "yang@unconnected.example",
)


@lru_cache(maxsize=1)
def load_app() -> Any:
    """functions/api/app.py, by its path as Lambda loads it."""
    spec = importlib.util.spec_from_file_location("api_app", ROOT / "functions/api/app.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app


@lru_cache(maxsize=1)
def openapi() -> dict[str, Any]:
    """The document."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text("utf-8"))
    return loaded


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    json: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """Of a problem."""
        return str(self.json["code"])


class Api:
    """The Chalice app on a World with two companies; one without its domain connected."""

    def __init__(self) -> None:
        self.world = World(datetime(2026, 6, 15, 3, 0, 0, 500_000, tzinfo=UTC))
        self.identity = FakeIdentity()
        self.limits = limits()
        accounts = self.world.accounts
        for domain, name, connected in (
            ("acme.example", "Acme", True),
            ("other.example", "Other", True),
            ("unconnected.example", "Unconnected", False),
        ):
            accounts.put_company(Company(domain, name, connected))
        for email in (KIM, LEE, PARK, CHOI, YANG):
            accounts.put_account(Account(email, mail_ready=email != CHOI))
            self.identity.passwords[email] = f"password of {email}"
        self.identity.totp.add(LEE)
        self.inbox = self.mailbox(KIM, "받은편지함", "inbox")
        self.parks = self.mailbox(PARK, "받은편지함", "inbox")

    def mailbox(self, email: str, path: str, special_use: str | None = None) -> Mailbox:
        """A new mailbox."""
        made = Mailbox(new_id(self.world.clock - timedelta(days=900)), path, special_use)
        assert self.world.accounts.create_mailbox(email, made)
        return made

    def services(self) -> Any:
        """What bootstrap.services() answers in a function."""
        seen = altered(self.world, identity=self.identity, limits=self.limits)
        return altered(seen, settings=SimpleNamespace(limits=self.limits, edge_key="edge"))

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        account: str | None = KIM,
        language: str = "en",
        raw: str | None = None,
        headers: dict[str, str] | None = None,
        address: str = "192.0.2.1",
    ) -> Answer:
        """One request. `raw` is sent as it is; `account` None is a token without a name."""
        url = urlsplit(path)
        template, parameters = resource_of(method, url.path)
        sent = {"Accept-Language": language, "Content-Type": "application/json"} | (headers or {})
        text = raw if raw is not None else None if body is None else json.dumps(body)
        claims = {} if account is None else {"cognito:username": account, "token_use": "id"}
        event = {
            "resource": template,
            "path": url.path,
            "httpMethod": method,
            "headers": sent,
            "multiValueHeaders": {name: [value] for name, value in sent.items()},
            "queryStringParameters": None,
            "multiValueQueryStringParameters": parse_qs(url.query, keep_blank_values=True) or None,
            "pathParameters": parameters or None,
            "stageVariables": None,
            "requestContext": {
                "resourcePath": template,
                "httpMethod": method,
                "path": f"/api{url.path}",
                "stage": "api",
                "authorizer": {"claims": claims},
                "identity": {"sourceIp": address},
            },
            "body": text,
            "isBase64Encoded": False,
        }
        given = load_app()(event, SimpleNamespace(aws_request_id="test"))
        content = given["body"]
        answer = Answer(
            given["statusCode"], json.loads(content) if content else None, given["headers"]
        )
        check_answer(method, template, answer.status, answer.headers, answer.json)
        return answer


def resource_of(method: str, path: str) -> tuple[str, dict[str, str]]:
    """The route API Gateway would choose, and its path parameters."""
    steps = path.split("/")
    for template in sorted(load_app().routes, key=lambda route: route.count("{")):
        names = template.split("/")
        if len(names) != len(steps) or method not in load_app().routes[template]:
            continue
        if all(
            name == step or name.startswith("{") for name, step in zip(names, steps, strict=False)
        ):
            return template, {
                name[1:-1]: step
                for name, step in zip(names, steps, strict=False)
                if name.startswith("{")
            }
    raise AssertionError(f"no route {method} {path}")


def check_answer(
    method: str, template: str, status: int, headers: dict[str, str], body: Any
) -> None:
    """Assert that an answer to a route is one the document promises."""
    responses = openapi()["paths"][template][method.lower()]["responses"]
    promised = responses.get(str(status), responses["default"])
    if status >= 400:
        promised = openapi()["components"]["responses"]["Problem"]
        assert headers["Content-Type"] == "application/problem+json"
        assert body["status"] == status
    else:
        assert str(status) in responses, f"{status} is not in the document"
    assert headers["Cache-Control"] == "no-store"
    if "content" not in promised:
        assert body is None
        return
    check_document(promised["content"][headers["Content-Type"]]["schema"], body)


def check_document(schema: dict[str, Any], value: Any) -> None:
    """`value` is what the document promises; jsonschema.ValidationError when it is not."""
    jsonschema.Draft202012Validator(
        schema | {"components": openapi()["components"]},
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    ).validate(value)


def use(api: Api, monkeypatch: Any) -> Api:
    """Make the app see this world."""
    monkeypatch.setattr(calls, "services", api.services)
    return api
