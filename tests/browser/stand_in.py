"""A stand-in for the service, for fast tests of the page: the contract's API, a place that takes
parts as S3 does (on a port of its own, so that CORS is exercised), and faults on demand."""

from __future__ import annotations

import gzip
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from infra.local.people import totp
from infra.local.web import security_headers
from pyeonji.words import say
from tests.browser.world import Account, Json, World, demo_world

WEB = Path(__file__).parents[2] / "web"
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
}
#: Members of a JSON answer, or (status, body).
Answer = tuple[int, Json | None]


class RefusedError(Exception):
    """A problem answer, in the service's own words."""

    def __init__(self, status: int, code: str, **facts: str) -> None:
        super().__init__(code)
        self.status, self.code, self.facts = status, code, facts

    def answer(self, language: str) -> Answer:
        """RFC 9457."""
        detail = say(self.code, language, **self.facts)
        body = {"type": "about:blank", "status": self.status, "code": self.code, "detail": detail}
        body |= self.facts
        return self.status, body


@dataclass(slots=True)
class Fault:
    """What happens instead of an answer to the next `times` requests that match."""

    method: str
    pattern: str
    status: int = 0  # 0: the connection is dropped
    times: int = 1
    delay: float = 0.0


@dataclass(slots=True)
class StandIn:
    """The running servers. `requests`: (method, path) of what came to the API and the store."""

    world: World = field(default_factory=demo_world)
    web: Path = WEB
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    tokens: dict[str, tuple[str, float]] = field(default_factory=dict)
    refreshes: dict[str, str] = field(default_factory=dict)
    lifetime: float = 3600
    bytes_per_second: float = 0  # of one part; 0: as fast as it comes
    most_at_once: int = 0
    at_once: int = 0
    page_url: str = ""
    store_url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)
    servers: list[ThreadingHTTPServer] = field(default_factory=list)

    def start(self) -> StandIn:
        """Listens on two free ports of 127.0.0.1."""
        for name, handler in (("page_url", PageHandler), ("store_url", StoreHandler)):
            bound = type(handler.__name__, (handler,), {"site": self})
            server = ThreadingHTTPServer(("127.0.0.1", 0), bound)
            server.daemon_threads = True
            setattr(self, name, f"http://127.0.0.1:{server.server_port}")
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            self.servers.append(server)
        return self

    def stop(self) -> None:
        """Closes both."""
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def fault_for(self, method: str, path: str) -> Fault | None:
        """The fault this request meets, used up."""
        with self.lock:
            for fault in self.faults:
                if fault.times and fault.method == method and re.search(fault.pattern, path):
                    fault.times -= 1
                    return fault
        return None

    def count(self, method: str, pattern: str) -> int:
        """How many such requests came."""
        with self.lock:
            return sum(m == method and re.search(pattern, p) is not None for m, p in self.requests)

    def issue(self, email: str) -> Json:
        """Fresh tokens."""
        token = f"id.{email}.{next(self.world.numbers)}"
        self.tokens[token] = (email, time.time() + self.lifetime)
        self.refreshes[f"refresh.{email}"] = email
        return {
            "id_token": token,
            "access_token": "access",
            "refresh_token": f"refresh.{email}",
            "expires_in": int(self.lifetime),
        }

    def forget_tokens(self, *, refresh_too: bool) -> None:
        """Every session is over: at the next call, or (`refresh_too`) for good."""
        self.tokens.clear()
        if refresh_too:
            self.refreshes.clear()


class Handler(BaseHTTPRequestHandler):
    """What both servers do alike."""

    site: ClassVar[StandIn]
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Quiet: tests have their own words."""

    def faulty(self) -> bool:
        """Notes the request; True when a fault has answered it."""
        with self.site.lock:
            self.site.requests.append((self.command, self.path))
        fault = self.site.fault_for(self.command, self.path)
        if fault is None:
            return False
        time.sleep(fault.delay)
        if fault.delay and not fault.status:
            return False
        if fault.status:
            self.send(fault.status, b'{"message": "fault"}', "application/json")
        else:
            self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True
        return True

    def send(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        """One whole answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class StoreHandler(Handler):
    """Parts and downloads, as S3 with CORS gives them."""

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", self.site.page_url)
        self.send_header("Access-Control-Allow-Methods", "PUT, GET")
        self.send_header("Access-Control-Allow-Headers", "*")
        self.send_header("Access-Control-Expose-Headers", "ETag")
        super().end_headers()

    def do_OPTIONS(self) -> None:
        self.send(200, b"", "text/plain")

    def do_GET(self) -> None:
        if self.faulty():
            return
        name = self.path.rpartition("/")[2]
        held = self.site.world.objects.get(urlsplit(self.path).path)
        if held is not None:
            self.object(held)
            return
        self.send(
            200,
            b"PK\5\6" + bytes(18),
            "application/zip",
            **{"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def object(self, data: bytes) -> None:
        """A range of an object, or all of it."""
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        kind = "application/octet-stream"
        if wanted is None:
            self.send(200, data, kind)
            return
        start, end = int(wanted[1]), min(int(wanted[2] or len(data)), len(data) - 1)
        told = {"Content-Range": f"bytes {start}-{end}/{len(data)}"}
        self.send(206, data[start : end + 1], kind, **told)

    def do_PUT(self) -> None:
        site = self.site
        if self.faulty():
            return
        upload, number = self.path.lstrip("/").split("/")
        with site.lock:
            site.at_once += 1
            site.most_at_once = max(site.most_at_once, site.at_once)
        try:
            size, data = self.take(int(self.headers["Content-Length"]))
        except OSError:
            return
        finally:
            with site.lock:
                site.at_once -= 1
        with site.lock:
            site.world.parts[upload][int(number)] = size
            site.world.content[upload][int(number)] = data
        self.send(200, b"", "text/plain", ETag='"part"')

    def take(self, length: int) -> tuple[int, bytes]:
        """Reads the body at the wanted pace; keeps it only where a test wants to look inside."""
        got, kept = 0, bytearray()
        while got < length:
            block = self.rfile.read(min(64 * 1024, length - got))
            if not block:
                raise ConnectionResetError("the sender went away")
            got += len(block)
            if self.site.world.keep_bytes:
                kept += block
            if self.site.bytes_per_second:
                time.sleep(len(block) / self.site.bytes_per_second)
        return got, bytes(kept)


class PageHandler(Handler):
    """The page and the API under one origin."""

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length) if length else b""
        url = urlsplit(self.path)
        if not url.path.startswith("/api/"):
            self.file(url.path)
            return
        if self.faulty():
            return
        try:
            status, body = self.route(
                url.path[4:], parse_qs(url.query), json.loads(raw) if raw else {}
            )
        except RefusedError as refused:
            status, body = refused.answer(self.headers.get("Accept-Language", "ko")[:2])
        data = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        self.send(status, data, "application/json" if status < 400 else "application/problem+json")

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

    def file(self, path: str) -> None:
        """A file under web/, else the page (any other path is a company's address)."""
        web = self.site.web
        found = (web / path.lstrip("/")).resolve()
        if not found.is_relative_to(web) or not found.is_file():
            found = web / "index.html"
        kind = TYPES.get(found.suffix, "application/octet-stream") + "; charset=utf-8"
        headers = security_headers(self.site.store_url, path) | {"Cache-Control": "no-cache"}
        data = found.read_bytes()
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            data = gzip.compress(data, 6)
            headers["Content-Encoding"] = "gzip"
        self.send(200, data, kind, **headers)

    def route(self, path: str, query: dict[str, list[str]], body: Json) -> Answer:
        """Finds what answers a call."""
        if path.startswith("/session"):
            return self.session(path, body)
        email, until = self.site.tokens.get(self.headers.get("Authorization", ""), ("", 0.0))
        if until < time.time():
            return 401, {"message": "Unauthorized"}
        account = self.site.world.accounts[email]
        for method, pattern, act in ROUTES:
            match = re.fullmatch(pattern, path)
            if match and method == self.command:
                with self.site.lock:
                    return act(self.site, account, match.groups(), query, body)
        raise RefusedError(404, "route_not_found")

    def session(self, path: str, body: Json) -> Answer:
        """Signing in, with the second factor where there is one."""
        site = self.site
        if self.command == "DELETE":
            site.refreshes.pop(body.get("refresh_token", ""), None)
            return 204, None
        if path == "/session/refresh":
            email = site.refreshes.get(body["refresh_token"])
            if email is None:
                raise RefusedError(401, "session_expired")
            return 200, {k: v for k, v in site.issue(email).items() if k != "refresh_token"}
        account = site.world.accounts.get(body["email"])
        if path == "/session/totp":
            if (
                account is None
                or account.totp is None
                or not right_code(account.totp, body["code"])
            ):
                raise RefusedError(401, "wrong_code")
            return 200, site.issue(account.email)
        if path == "/session/new-password":
            assert account is not None
            account.password, account.new_password = body["password"], False
            return 200, site.issue(account.email)
        if account is None or account.password != body["password"]:
            raise RefusedError(401, "wrong_credentials")
        if path == "/session/recovery":
            if body["code"] not in account.codes:
                raise RefusedError(401, "wrong_code")
            account.totp, account.codes = None, []
            return 200, site.issue(account.email)
        if account.new_password:
            return 200, {
                "challenge": "new_password",
                "session": "a-session",
                "password_min_length": 12,
            }
        if account.totp:
            return 200, {"challenge": "totp", "session": "a-session"}
        return 200, site.issue(account.email)


def right_code(secret: str, code: str) -> bool:
    """The code of this half minute or the one before."""
    return code in {totp(secret, time.time()), totp(secret, time.time() - 30)}


Route = Callable[[StandIn, Account, tuple[Any, ...], dict[str, list[str]], Json], Answer]
ROUTES: list[tuple[str, str, Route]] = []
