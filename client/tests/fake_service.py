"""The service as the client sees it, in memory: the contract's calls, a store that takes only what
its URLs sign, and faults on demand. An upload moves one state on each time it is looked at."""

import io
import json
import re
import socket
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
KIM, PASSWORD, TOTP = "kim@acme.example", "맞는 비밀번호", "123456"
_NEXT = {"received": "inspecting", "inspecting": "importing", "importing": "completed"}


@dataclass
class Fault:
    """What the next `times` requests that match get instead of an answer; 0 hangs up."""

    method: str
    pattern: str
    status: int = 0
    times: int = 1
    #: S3's own error, for a PUT: its code and message in an XML body.
    code: str = ""
    message: str = ""
    #: What was asked for is done all the same; only its answer is this.
    done: bool = False


@dataclass
class FakeService:
    """Running servers' state; a context manager."""

    totp: bool = False
    mail_ready: bool = True
    part_bytes: int = 64 * 1024
    limit_bytes: int = 2**31
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    refreshes: set[str] = field(default_factory=set)
    mailboxes: list[Json] = field(default_factory=list)
    uploads: dict[str, Json] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    entries: dict[str, list[Json]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    issued: int = 0
    #: How many uploads were on their way to their end, each time one was complete.
    waiting: list[int] = field(default_factory=list)
    #: No upload moves on before so many wait at once; nor after `patience` looks, so that a client
    #: that never gets there fails its test and does not hang.
    together: int = 0
    patience: int = 200
    #: ETags of the next parts that are put.
    etags: list[str] = field(default_factory=list)
    #: The host the presigned URLs name, where it is not this one.
    store: str = ""

    def __enter__(self) -> "FakeService":
        for path, use in (("받은편지함", "inbox"), ("보낸편지함", "sent")):
            self.add_mailbox(path, use)
        handler = type("Handler", (_Handler,), {"site": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def add_mailbox(self, path: str, use: str | None = None) -> Json:
        """One more mailbox."""
        box = {"id": f"M{len(self.mailboxes)}", "path": path, "special_use": use,
               "messages": 0, "bytes": 0}  # fmt: skip
        self.mailboxes.append(box)
        return box

    def count(self, method: str, pattern: str) -> int:
        """How many such requests came."""
        return sum(m == method and bool(re.search(pattern, p)) for m, p in self.requests)

    def content(self, upload: str) -> bytes:
        """What arrived of an upload."""
        return b"".join(data for _, data in sorted(self.parts[upload].items()))

    def issue(self) -> Json:
        """Fresh tokens."""
        self.issued += 1
        token = f"token{self.issued}"
        self.tokens.add(token)
        self.refreshes.add("refresh-me")
        return {"id_token": token, "refresh_token": "refresh-me", "expires_in": 3600}


class _RefusedError(Exception):
    def __init__(self, status: int, code: str):
        self.answer = (status, {"code": code, "status": status, "detail": f"안내: {code}"})


class _Handler(BaseHTTPRequestHandler):
    site: FakeService
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def _any(self) -> None:
        site, path = self.site, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with site.lock:
            site.requests.append((self.command, path.path))
            for fault in site.faults:
                hit = fault.method == self.command and re.search(fault.pattern, path.path)
                if fault.times and hit:
                    fault.times -= 1
                    if fault.done:
                        self._route(path.path, parse_qs(path.query), body)
                    self._fault(fault)
                    return
            try:
                status, answer = self._route(path.path, parse_qs(path.query), body)
            except _RefusedError as refused:
                status, answer = refused.answer
        self._send(status, answer)

    do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815

    def _fault(self, fault: Fault) -> None:
        self.close_connection = True
        if fault.status:
            self._send(fault.status, _xml(fault) if fault.code else {"code": "busy"})
        else:
            self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, status: int, answer: Json | bytes | None) -> None:
        data = answer if isinstance(answer, bytes) else b""
        if isinstance(answer, dict):
            data = json.dumps(answer).encode()
        self.send_response(status)
        if self.close_connection:
            self.send_header("Connection", "close")
        if self.command == "PUT" and status == 200 and self.site.etags:
            self.send_header("ETag", f'"{self.site.etags.pop(0)}"')
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _route(
        self, path: str, query: dict[str, list[str]], body: bytes
    ) -> tuple[int, Json | bytes | None]:
        site = self.site
        if path.startswith("/store/"):
            return self._store(path, body)
        given: Json = json.loads(body) if body else {}
        path = path.removeprefix("/api")
        if path.startswith("/session"):
            return self._session(path, given)
        if self.headers.get("Authorization") not in site.tokens:
            return 401, {"message": "Unauthorized"}
        if path == "/me":
            limits = {"upload_limit_bytes": site.limit_bytes}
            return 200, {"email": KIM, "mail_ready": site.mail_ready, "limits": limits,
                         "timezone": "Asia/Seoul"}  # fmt: skip
        if path == "/mailboxes":
            if self.command == "POST":
                return 201, site.add_mailbox(given["path"])
            return 200, {"mailboxes": site.mailboxes}
        if path == "/uploads":
            return 201, self._open(given)
        _, _, upload, *rest = path.split("/")
        if upload not in site.uploads:
            raise _RefusedError(404, "upload_not_found")
        return self._upload(upload, rest[0] if rest else "", query, given)

    def _session(self, path: str, given: Json) -> tuple[int, Json | None]:
        site = self.site
        if self.command == "DELETE":
            site.refreshes.discard(given["refresh_token"])
            return 204, None
        if path == "/session/refresh":
            if given["refresh_token"] not in site.refreshes:
                raise _RefusedError(401, "session_expired")
            return 200, {"id_token": site.issue()["id_token"], "expires_in": 3600}
        if path == "/session/totp":
            if given["code"] != TOTP:
                raise _RefusedError(401, "wrong_code")
            return 200, site.issue()
        if given["password"] != PASSWORD:
            raise _RefusedError(401, "wrong_credentials")
        return 200, {"challenge": "totp", "session": "s"} if site.totp else site.issue()

    def _open(self, given: Json) -> Json:
        site = self.site
        if given["bytes"] >= site.limit_bytes:
            raise _RefusedError(422, "too_large")
        box = next(box for box in site.mailboxes if box["id"] == given["mailbox_id"])
        identity = f"U{len(site.uploads)}"
        site.parts[identity] = {}
        site.uploads[identity] = {
            "id": identity, "state": "receiving", "part_bytes": site.part_bytes,
            "parts": -(-given["bytes"] // site.part_bytes), "mailbox_path": box["path"],
            "progress": 0.0, "failure": None, "totals": {}, **given,
        }  # fmt: skip
        return site.uploads[identity]

    def _upload(
        self, identity: str, what: str, query: dict[str, list[str]], given: Json
    ) -> tuple[int, Json | None]:
        site, upload = self.site, self.site.uploads[identity]
        if what == "parts" and self.command == "POST":
            urls = {
                str(n): f"{site.store or site.url}/store/{identity}/{n}" for n in given["numbers"]
            }
            return 200, {"urls": urls}
        if what == "parts":
            found = site.parts[identity].items()
            return 200, {"parts": [{"number": n, "bytes": len(data)} for n, data in found]}
        if what == "complete":
            if upload["state"] == "receiving":
                if len(site.content(identity)) != upload["bytes"]:
                    raise _RefusedError(409, "parts_missing")
                upload["state"] = "received"
                site.waiting.append(sum(one["state"] in _NEXT for one in site.uploads.values()))
            return 202, upload
        if what == "entries":
            rows = [r for r in site.entries[identity] if r["outcome"] == query["outcome"][0]]
            start = int(query.get("after", ["0"])[0])
            more = str(start + 50) if start + 50 < len(rows) else None
            return 200, {"entries": rows[start : start + 50], "next": more}
        if upload["state"] in _NEXT and not self._held():
            upload["state"] = _NEXT[upload["state"]]
            upload["progress"] = 0.5
            if upload["state"] == "completed":
                self._settle(identity, upload)
        return 200, upload

    def _held(self) -> bool:
        site = self.site
        site.patience -= 1
        return site.patience > 0 and max(site.waiting, default=0) < site.together

    def _settle(self, identity: str, upload: Json) -> None:
        with zipfile.ZipFile(io.BytesIO(self.site.content(identity))) as archive:
            rows = [
                {"name": info.filename, "reason": None, "detail": None, "subject": None,
                 "outcome": "imported" if info.filename.endswith(".eml") else "ignored"}
                for info in archive.infolist()
            ]  # fmt: skip
            for row, info in zip(rows, archive.infolist(), strict=True):
                if info.filename.endswith(".eml") and info.file_size == 0:
                    row |= {
                        "outcome": "rejected",
                        "reason": "zero_byte",
                        "detail": "비어 있습니다.",
                    }
        self.site.entries[identity] = rows
        outcomes = ("imported", "duplicate", "rejected", "ignored")
        totals = {name: sum(row["outcome"] == name for row in rows) for name in outcomes}
        upload |= {"progress": 1.0, "totals": {"entries": len(rows), **totals}}

    def _store(self, path: str, body: bytes) -> tuple[int, bytes | None]:
        _, _, identity, number = path.split("/")
        signed = {"host", "user-agent", "accept-encoding", "accept-language", "content-length"}
        if {name.lower() for name in self.headers} - signed:
            return 403, _xml(Fault("PUT", "", 403, code="HeadersNotSigned"))
        self.site.parts[identity][int(number)] = body
        return 200, None


def _xml(fault: Fault) -> bytes:
    """An error as S3 words it."""
    text = f"<Error><Code>{fault.code}</Code><Message>{fault.message}</Message></Error>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
