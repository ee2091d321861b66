"""The browser signs a person in and comes back to a port of this computer (RFC 8252, 7.3)."""

import hmac
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

from ..errors import SignInError
from .grants import Tokens, authorize_url, redeem, secret_word
from .providers import Provider

#: Seconds a person has: password, second factor, a phone in another room.
PATIENCE = 600.0
_PAGE = """<!doctype html><html lang="ko"><meta charset="utf-8"><title>Pyeonji</title>
<body style="font:16px sans-serif;max-width:32em;margin:4em auto;text-align:center">
<h1>{ko}</h1><p>{en}</p></body></html>"""
_DONE = _PAGE.format(
    ko="로그인되었습니다. 이 창을 닫고 편지 프로그램으로 돌아가 주세요.",
    en="You are signed in. Close this window and go back to Pyeonji.",
)
_FAILED = _PAGE.format(
    ko="로그인하지 못했습니다. 편지 프로그램에서 다시 시도해 주세요.",
    en="The sign-in did not work. Try again in Pyeonji.",
)


def sign_in(
    provider: Provider,
    address: str,
    *,
    show: Callable[[str], object],
    stop: threading.Event | None = None,
    patience: float = PATIENCE,
) -> Tokens:
    """Tokens for a person who consents in the browser. `show` opens it at an address.

    Raises SignInError when they refuse, take too long, or `stop` is set.
    """
    stop = stop or threading.Event()
    state, verifier = secret_word(), secret_word()
    with _Listener(state) as listener:
        redirect = f"http://{provider.loopback}:{listener.server_port}"
        show(authorize_url(provider, redirect, state, verifier, address))
        end = time.monotonic() + patience
        while listener.answer is None:
            if stop.is_set():
                raise SignInError("browser_stopped", provider=provider.name)
            if time.monotonic() > end:
                raise SignInError("browser_timeout", provider=provider.name)
            listener.handle_request()
        answer = listener.answer
    if "code" not in answer:
        said = answer.get("error_description") or answer.get("error", "")
        raise SignInError("browser_refused", provider=provider.name, said=said[:300])
    return redeem(provider, answer["code"], redirect, verifier)


class _Listener(HTTPServer):
    """Takes the one request that carries our own state; others learn nothing."""

    def __init__(self, state: str):
        self.timeout = 0.25
        self.answer: dict[str, str] | None = None
        self.state = state
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Listener
    timeout = 5

    def do_GET(self) -> None:
        """The browser comes back, or something else knocks."""
        fields = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        given = fields.get("state", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self.server.state.encode()):
            self.send_error(404)
            return
        self.server.answer = fields
        page = (_DONE if "code" in fields else _FAILED).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Says nothing: the address holds the code."""
