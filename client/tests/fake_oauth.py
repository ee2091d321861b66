"""An authorization server in memory: consent, codes with PKCE, tokens that run out and rotate."""

import base64
import hashlib
import json
import threading
import urllib.request
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from pyeonji_client.oauth.providers import Provider


@dataclass
class FakeOauth:
    """A context manager. `refuses`: the error a person's refusal comes back as."""

    lives: int = 3600
    rotates: bool = True
    refuses: str = ""
    pending: int = 2
    fails: int = 0
    access: str = ""
    refresh: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    grants: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    issued: int = 0

    def __enter__(self) -> "FakeOauth":
        handler = type("Handler", (_Handler,), {"site": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def provider(self, name: str = "google") -> Provider:
        """How a client is told of it."""
        return Provider(
            name, f"{self.url}/auth", f"{self.url}/token", f"{self.url}/device", ("mail",),
            client_id="pyeonji", client_secret="known to all",
        )  # fmt: skip

    def settings(self) -> dict[str, Any]:
        """The same for `oauth.json`."""
        provider = self.provider()
        return {
            "client_id": provider.client_id, "client_secret": provider.client_secret,
            "authorize_url": provider.authorize_url, "token_url": provider.token_url,
            "device_url": provider.device_url,
        }  # fmt: skip

    def person(self, url: str) -> None:
        """Somebody with a browser, in a thread of their own."""
        threading.Thread(target=self._browse, args=(url,), daemon=True).start()

    def _browse(self, url: str) -> None:
        with urllib.request.urlopen(url) as page:
            page.read()

    def issue(self) -> dict[str, Any]:
        self.issued += 1
        self.access = f"access{self.issued}"
        if self.rotates or not self.refresh:
            self.refresh = f"refresh{self.issued}"
        return {"access_token": self.access, "expires_in": self.lives, "token_type": "Bearer",
                "refresh_token": self.refresh}  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    site: FakeOauth

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        fields = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.site.asked.append(fields)
        back = {"state": fields["state"]}
        if self.site.refuses:
            back["error"] = self.site.refuses
        else:
            back["code"] = f"code{len(self.site.codes)}"
            self.site.codes[back["code"]] = fields
        self.send_response(302)
        self.send_header("Location", f"{fields['redirect_uri']}/?{urlencode(back)}")
        self.end_headers()

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = parse_qs(self.rfile.read(length).decode())
        fields = {name: values[0] for name, values in body.items()}
        status, answer = self._answer(fields)
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _answer(self, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:
        site, grant = self.site, fields.get("grant_type", "")
        site.grants.append(grant)
        if site.fails:
            site.fails -= 1
            return 503, {}
        if self.path == "/device":
            return 200, {"device_code": "d", "user_code": "WDJB-MJHT", "interval": 0,
                         "verification_uri": f"{site.url}/type", "expires_in": 60}  # fmt: skip
        if grant.endswith("device_code"):
            if site.pending:
                site.pending -= 1
                return 400, {"error": "authorization_pending"}
            return 200, site.issue()
        if grant == "refresh_token":
            if fields["refresh_token"] != site.refresh:
                return 400, {"error": "invalid_grant", "error_description": "withdrawn"}
            return 200, site.issue()
        asked = site.codes.pop(fields["code"], None)
        if asked is None or asked["redirect_uri"] != fields["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(fields["code_verifier"].encode()).digest()
        if asked["code_challenge"] != base64.urlsafe_b64encode(digest).rstrip(b"=").decode():
            return 400, {"error": "invalid_grant"}
        return 200, site.issue()
