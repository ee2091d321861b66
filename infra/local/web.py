"""The page's server: web/ as files, /api/* passed on to the API's data plane.

The same origin, the same fallback and the same headers as CloudFront gives in template.yaml.
"""

import contextlib
import gzip
import hashlib
import http.client
import mimetypes
import shutil
import sys
import threading
from collections.abc import Iterator
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from infra.local.offer import DOWNLOADS
from infra.local.places import HOST, ROOT, Places

WEB = ROOT / "web"
#: API Gateway's own limit for a request's body.
_BODY_LIMIT = 10 * 1024 * 1024
#: API Gateway gives up after 29 s; a little more, so that its own answer comes through.
_API_SECONDS = 60
#: Larger files are read when they are asked for.
_KEPT = 8 * 1024 * 1024
#: The emulator starts a process for every request in flight, half a second of CPU each; more than
#: this many at once and a burst of fifty would all time out. On AWS nothing waits here.
_IN_FLIGHT = threading.BoundedSemaphore(8)
_NOT_PASSED_ON = {"host", "content-length", "date", "server"}
_NOT_PASSED_ON |= {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
_NOT_PASSED_ON |= {"proxy-authenticate", "proxy-authorization"}
_TEXT = (".html", ".css", ".js", ".mjs", ".json", ".svg", ".txt", ".webmanifest")
mimetypes.add_type("text/javascript", ".mjs")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("application/wasm", ".wasm")


def security_headers(cloud_url: str, path: str = "/") -> dict[str, str]:
    """What PageHeaders in template.yaml says, or ViewerHeaders below /viewer/, with the local S3 in
    place of the buckets."""
    viewer = path.startswith("/viewer/")
    policy = _VIEWER_POLICY if viewer else _PAGE_POLICY
    return {
        "Content-Security-Policy": policy.replace("{cloud}", cloud_url),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN" if viewer else "DENY",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self' {cloud}; frame-src 'self' {cloud}; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types workers"
)
_VIEWER_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: https: http:; connect-src 'self' {cloud}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


@lru_cache(maxsize=256)
def _content(path: Path, modified_ns: int) -> tuple[bytes, bytes | None, str]:
    """A file's bytes, the same gzipped if that pays, and its ETag; kept until the file changes."""
    data = path.read_bytes()
    packed = gzip.compress(data, 6, mtime=0) if path.suffix in _TEXT else None
    tag = hashlib.sha256(data).hexdigest()[:20]
    return data, packed if packed and len(packed) < len(data) else None, f'"{tag}"'


def file_for(path: str, web: Path = WEB, downloads: Path = DOWNLOADS) -> Path | None:
    """The file an address means; the page itself where it names none. Never outside `web` and
    `downloads`, which is what was built here for /downloads/."""
    parts = [part for part in unquote(path).split("/") if part]
    if not any(part.startswith(".") or "\0" in part or "\\" in part for part in parts):
        places = [(web, parts)]
        if parts[:1] == ["downloads"]:
            places.append((downloads, parts[1:]))
        for root, below in places:
            found = root.joinpath(*below)
            if found.is_file() and found.resolve().is_relative_to(root.resolve()):
                return found
    page = web / "index.html"
    return page if page.is_file() else None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, places: Places, api_id: str) -> None:
        self.places = places
        self.api_path = f"/_aws/execute-api/{api_id}/api"
        super().__init__((HOST, places.web_port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that closed or was killed in mid-request is no news."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "pyeonji"
    sys_version = ""
    timeout = 75

    def log_message(self, format: str, *args: object) -> None:
        """Addresses of requests are nobody's business."""

    def _serve(self) -> None:
        names = {f"{name}:{self.server.places.web_port}" for name in (HOST, "localhost")}
        if self.headers.get("Host") not in names:  # a page elsewhere that resolves to here
            self._answer(421, {}, b"")
            return
        path = urlsplit(self.path).path
        if path == "/api" or path.startswith("/api/"):
            self._pass_on()
        elif self.command in ("GET", "HEAD"):
            self._file(path)
        else:
            self._answer(405, {"Allow": "GET, HEAD"}, b"")

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _serve  # noqa: N815

    def _file(self, path: str) -> None:
        file = file_for(path)
        if file is None:
            self._answer(404, {"Content-Type": "text/plain; charset=utf-8"}, b"no page here yet\n")
            return
        if file.stat().st_size > _KEPT:
            self._large(file)
            return
        data, packed, tag = _content(file, file.stat().st_mtime_ns)
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        if file.suffix in _TEXT:
            kind += "; charset=utf-8"
        headers = {"Content-Type": kind, "ETag": tag, "Cache-Control": "no-cache"}
        if packed is not None:
            headers["Vary"] = "Accept-Encoding"
        if self.headers.get("If-None-Match") == tag:
            self._answer(304, headers, b"")
        elif packed is not None and "gzip" in self.headers.get("Accept-Encoding", ""):
            self._answer(200, {**headers, "Content-Encoding": "gzip"}, packed)
        else:
            self._answer(200, headers, data)

    def _large(self, file: Path) -> None:
        """A program to download: in pieces, kept nowhere."""
        with file.open("rb") as content:
            self._head(200, {"Content-Type": "application/octet-stream"}, file.stat().st_size)
            if self.command != "HEAD":
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    shutil.copyfileobj(content, self.wfile)

    def _pass_on(self) -> None:
        length = self.headers.get("Content-Length", "0")
        chunked = self.headers.get("Transfer-Encoding") is not None
        if chunked or not length.isdecimal() or int(length) > _BODY_LIMIT:
            self.close_connection = True
            self._answer(413, {}, b"")
            return
        body = self.rfile.read(int(length))
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in _NOT_PASSED_ON
        }
        target = self.server.api_path + self.path.removeprefix("/api")
        connection = http.client.HTTPConnection(
            HOST, self.server.places.cloud_port, timeout=_API_SECONDS
        )
        with _IN_FLIGHT, contextlib.closing(connection):
            try:
                connection.request(self.command, target, body or None, headers)
                response = connection.getresponse()
                answer = response.read()
            except (OSError, http.client.HTTPException):
                self._answer(504, {"Content-Type": "text/plain"}, b"the API did not answer\n")
                return
        kept = {
            name: value
            for name, value in response.getheaders()
            if name.lower() not in _NOT_PASSED_ON
        }
        self._answer(response.status, kept, answer)

    def _head(self, status: int, headers: dict[str, str], size: int) -> None:
        self.send_response(status)
        safe = security_headers(self.server.places.cloud_url, urlsplit(self.path).path)
        for name, value in {**headers, **safe}.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(size))
        self.end_headers()

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self._head(status, headers, len(body))
        if self.command != "HEAD" and status != 304:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(body)


@contextlib.contextmanager
def serving(places: Places, api_id: str) -> Iterator[None]:
    """The page and the API on `places.web_url` for as long as the block runs."""
    server = _Server(places, api_id)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="web", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
