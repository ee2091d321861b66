"""Tokens by client credentials: asked for once while they last; a refusal in the issuer's words."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest

from pyeonji.adapters.tokens import TokenIssuer
from pyeonji.domain.errors import HomeError
from pyeonji.domain.homes import Home, HomeKind, Security, SignIn

SECRET = "s3cret & more=%"


class Issuer(HTTPServer):
    """Answers what it is told to; remembers what it was asked."""

    answer: tuple[int, bytes] = (200, b"")
    asked: list[dict[str, list[str]]]


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Issuer)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.asked.append(parse_qs(body.decode(), strict_parsing=True))
        status, said = server.answer
        self.send_response(status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    server = Issuer(("127.0.0.1", 0), _Handler)
    server.asked = []
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def home(issuer: Issuer) -> Home:
    return Home(
        HomeKind.IMAP, "outlook.example", 993, Security.TLS, SignIn.CLIENT_CREDENTIALS,
        user="client-1", token_url=f"http://127.0.0.1:{issuer.server_port}/token",
        scope="https://outlook.example/.default",
    )  # fmt: skip


def token(seconds: int) -> tuple[int, bytes]:
    return 200, json.dumps({"access_token": "abc", "expires_in": seconds}).encode()


def test_a_token_is_asked_for_once_while_it_lasts(issuer: Issuer) -> None:
    issuer.answer = token(3600)
    tokens = TokenIssuer(loopback=True)
    assert [tokens.token(home(issuer), SECRET) for _ in range(3)] == ["abc"] * 3
    assert issuer.asked == [
        {
            "grant_type": ["client_credentials"],
            "client_id": ["client-1"],
            "client_secret": [SECRET],
            "scope": ["https://outlook.example/.default"],
        }
    ]


def test_one_that_is_about_to_end_is_renewed(issuer: Issuer) -> None:
    issuer.answer = token(60)
    tokens = TokenIssuer(loopback=True)
    tokens.token(home(issuer), SECRET)
    tokens.token(home(issuer), SECRET)
    assert len(issuer.asked) == 2


@pytest.mark.parametrize(
    "answer",
    [
        (401, b'{"error": "invalid_client", "error_description": "AADSTS70: Invalid\\nsecret"}'),
        (200, b'{"error": "invalid_client"}'),
        (200, b'{"access_token": ""}'),
        (200, b'{"access_token": 7}'),
        (200, b'["access_token"]'),
        (200, b"<html>"),
        (302, b""),
        (500, b"x" * 200_000),
    ],
)  # fmt: skip
def test_whatever_else_is_a_refusal(issuer: Issuer, answer: tuple[int, bytes]) -> None:
    issuer.answer = answer
    with pytest.raises(HomeError) as caught:
        TokenIssuer(loopback=True).token(home(issuer), SECRET)
    assert caught.value.code == "home_token_refused"
    assert SECRET not in str(caught.value.facts)
    if b"AADSTS" in answer[1]:
        assert caught.value.said == "AADSTS70: Invalid secret"
    assert len(issuer.asked) == 1, "no redirect is followed: it would carry the secret elsewhere"


def test_nobody_there_and_nowhere_we_go(issuer: Issuer) -> None:
    issuer.shutdown()
    issuer.server_close()
    with pytest.raises(HomeError, match="home_token_unreachable") as caught:
        TokenIssuer(loopback=True).token(home(issuer), SECRET)
    assert caught.value.passing
    with pytest.raises(HomeError, match="home_address_forbidden"):
        TokenIssuer(loopback=False).token(home(issuer), SECRET)
