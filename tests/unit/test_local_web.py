"""The local page server: files, fallback, headers, and what it passes on."""

import gzip
import http.client
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.local import web
from infra.local.places import HOST, Places
from infra.local.web import file_for, serving


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "web"
    (folder / "js").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>편지</title>" + " " * 500)
    (folder / "js" / "main.js").write_text("export {};")
    (tmp_path / "secret.txt").write_text("not for the page")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    monkeypatch.setattr(web, "WEB", folder)
    monkeypatch.setattr(file_for, "__defaults__", (folder, tmp_path / "downloads"))
    return folder


@pytest.mark.parametrize(
    "path",
    ["/", "/acme.example", "/acme.example/x", "/../secret.txt", "/%2e%2e/secret.txt", "/link.txt",
     "/..%2fsecret.txt", "/.git/config", "/a%00b", "/js", "/..\\secret.txt"],
)  # fmt: skip
def test_what_is_no_file_of_the_page_is_the_page(files: Path, path: str) -> None:
    assert file_for(path, files) == files / "index.html"


def test_a_file_is_itself(files: Path) -> None:
    assert file_for("/js/main.js", files) == files / "js" / "main.js"


def test_what_was_built_is_below_downloads_alone(files: Path, tmp_path: Path) -> None:
    built = tmp_path / "downloads"
    built.mkdir()
    (built / "clients.json").write_text("{}")
    (built / ".built-from").write_text("state")
    assert file_for("/downloads/clients.json") == built / "clients.json"
    for path in (
        "/clients.json",
        "/downloads/.built-from",
        "/downloads/../secret.txt",
        "/downloads",
    ):
        assert file_for(path) == files / "index.html"
    assert file_for("/downloads/clients.json", files, tmp_path / "none") == files / "index.html"


class _Api(BaseHTTPRequestHandler):
    """Says what it was asked."""

    def _echo(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = {
            "method": self.command,
            "path": self.path,
            "token": self.headers.get("Authorization"),
            "body": self.rfile.read(length).decode(),
        }
        raw = json.dumps(body).encode()
        self.send_response(202)
        self.send_header("Content-Type", "application/problem+json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = do_DELETE = _echo  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def page(files: Path) -> Iterator[int]:
    with ThreadingHTTPServer((HOST, 0), _Api) as api:
        threading.Thread(target=api.serve_forever, args=(0.05,), daemon=True).start()
        with ThreadingHTTPServer((HOST, 0), _Api) as probe:
            port = probe.server_address[1]
        with serving(Places(api.server_address[1], port, files.parent, {}), "abc123"):
            yield port
        api.shutdown()


def ask(
    port: int, method: str, path: str, body: str | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    response = connection.getresponse()
    answer = response.status, dict(response.getheaders()), response.read()
    connection.close()
    return answer


def test_calls_are_passed_to_the_stage_as_they_are(page: int) -> None:
    status, headers, raw = ask(
        page, "POST", "/api/uploads/1%2F2/parts?after=a%20b", '{"numbers":[1]}', Authorization="t"
    )
    assert status == 202
    assert headers["Content-Type"] == "application/problem+json"
    assert json.loads(raw) == {
        "method": "POST",
        "path": "/_aws/execute-api/abc123/api/uploads/1%2F2/parts?after=a%20b",
        "token": "t",
        "body": '{"numbers":[1]}',
    }


def test_every_answer_carries_the_security_headers(page: int) -> None:
    for path in ("/", "/js/main.js", "/api/me"):
        _, headers, _ = ask(page, "GET", path)
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_large_file_comes_whole_and_is_not_kept(page: int, tmp_path: Path) -> None:
    (tmp_path / "downloads").mkdir()
    program = bytes(range(256)) * 40_000
    (tmp_path / "downloads" / "pyeonji.tar.gz").write_bytes(program)
    kept = web._content.cache_info().currsize
    status, headers, data = ask(page, "GET", "/downloads/pyeonji.tar.gz", Accept_Encoding="gzip")
    assert (status, data == program) == (200, True)
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Length"] == str(len(program))
    status, headers, data = ask(page, "HEAD", "/downloads/pyeonji.tar.gz")
    assert (status, data, headers["Content-Length"]) == (200, b"", str(len(program)))
    assert web._content.cache_info().currsize == kept


def test_text_is_compressed_for_those_who_take_it_and_known_by_its_tag(page: int) -> None:
    _, plain, body = ask(page, "GET", "/acme.example")
    assert "Content-Encoding" not in plain
    _, packed, small = ask(page, "GET", "/", Accept_Encoding="gzip")
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(small) == body
    status, _, nothing = ask(page, "GET", "/", If_None_Match=plain["ETag"])
    assert (status, nothing) == (304, b"")


def test_a_page_elsewhere_cannot_reach_it_under_its_own_name(page: int) -> None:
    assert ask(page, "GET", "/api/me", Host=f"evil.example:{page}")[0] == 421


def test_a_body_over_the_gateways_limit_is_refused(page: int) -> None:
    connection = http.client.HTTPConnection(HOST, page, timeout=5)
    connection.putrequest("POST", "/api/session")
    connection.putheader("Content-Length", str(10 * 1024 * 1024 + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
