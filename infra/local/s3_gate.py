"""The gate in front of the local S3: `s3_rules` asked of every request before the emulator sees it,
and, on demand, the errors S3 gives on a bad day.

It stands inside the emulator's process, around its ASGI application: there the secrets of the
functions' sessions and the parts that have arrived are at hand, and no byte is copied twice.

Faults are ordered at `FAULTS_PATH` of the cloud's address (POST one, GET what is left, DELETE all):
`{"operation": "UploadPart", "fault": "slow_down", "times": 2, "key": "uploads/"}`; `key`, what the
object's key must contain, and `times` (1) may be left out.
"""

import asyncio
import hashlib
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import unquote

from infra.local.s3_rules import (
    Key,
    Refusal,
    Request,
    body_refusal,
    completion_refusal,
    operation,
    refusal,
)

FAULTS_PATH = "/_pyeonji/s3-faults"

_Message = dict[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[dict[str, Any], _Receive, _Send], Awaitable[None]]

#: S3 answers these instead of doing what was asked.
_INSTEAD = {
    "slow_down": Refusal(503, "SlowDown", "Please reduce your request rate."),
    "internal_error": Refusal(500, "InternalError", "We encountered an internal error."),
    # "a 200 OK response can contain either a success or an error" (CompleteMultipartUpload,
    # UploadPartCopy): nothing was done, and only the body says so.
    "error_in_200": Refusal(200, "InternalError", "We encountered an internal error."),
}
#: The connection ends: before anything is done; when it is done and nobody is told; in mid-answer.
_BROKEN = ("reset", "reset_after", "cut")
FAULTS = (*_INSTEAD, *_BROKEN)


class Backend(Protocol):
    """What the gate asks of the emulator."""

    region: str

    def is_s3(self, request: Request) -> bool:
        """Whether a request goes to S3 at all."""

    def key(self, key_id: str) -> Key | None:
        """A key of the account, or of a function's session."""

    def parts(self, upload_id: str) -> Mapping[int, int]:
        """number -> bytes of the parts that have arrived."""

    def cors_headers(self, request: Request) -> dict[str, str]:
        """What the bucket's CORS configuration adds to an answer, also to a refusal."""


@dataclass(slots=True)
class Fault:
    """One ordered fault; `times` more."""

    operation: str
    fault: str
    times: int = 1
    key: str = ""


class Gate:
    """An ASGI application in front of `app`."""

    def __init__(self, app: _App, backend: Backend) -> None:
        self._app = app
        self._backend = backend
        self._faults: list[Fault] = []

    async def __call__(self, scope: dict[str, Any], receive: _Receive, send: _Send) -> None:
        """Pass on, refuse, or fail as ordered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = _request(scope)
        if request.path == FAULTS_PATH:
            await self._order(request, receive, send)
        elif request.method == "OPTIONS" or not self._backend.is_s3(request):
            await self._app(scope, receive, send)
        else:
            await self._s3(request, scope, receive, send)

    async def _s3(
        self, request: Request, scope: dict[str, Any], receive: _Receive, send: _Send
    ) -> None:
        found = refusal(
            request, key_of=self._backend.key, region=self._backend.region, now=datetime.now(UTC)
        )
        if found is not None:
            await _drain(receive)
            await self._refuse(request, found, send)
            return
        fault = self._due(request)
        if fault in _INSTEAD:
            await _drain(receive)
            await self._refuse(request, _INSTEAD[fault], send)
        elif fault == "reset":
            await _drain(receive)
            _reset(send)
        elif fault == "reset_after":
            await self._app(scope, receive, _Nowhere())
            _reset(send)
        elif fault == "cut":
            await self._app(scope, receive, _Cut(send))
        else:
            await self._pass_on(request, scope, receive, send)

    async def _pass_on(
        self, request: Request, scope: dict[str, Any], receive: _Receive, send: _Send
    ) -> None:
        checked = _Checked(request, receive, self._backend)
        await self._app(scope, checked, send)
        if checked.refused is not None:
            await self._refuse(request, checked.refused, send)

    async def _refuse(self, request: Request, found: Refusal, send: _Send) -> None:
        body = b"" if request.method == "HEAD" else found.body(unquote(request.path))
        headers = {
            "Content-Type": "application/xml",
            "Content-Length": str(len(body)),
            "x-amz-request-id": "LOCAL",
            **self._backend.cors_headers(request),
        }
        await _answer(send, found.status, headers, body)

    def _due(self, request: Request) -> str | None:
        asked, path = operation(request), unquote(request.path)
        for each in self._faults:
            if each.times and each.operation in (asked, "*") and each.key in path:
                each.times -= 1
                return each.fault
        return None

    async def _order(self, request: Request, receive: _Receive, send: _Send) -> None:
        body = await _drain(receive)
        status, said = 200, b""
        # A page elsewhere cannot send JSON here without asking first, and is not answered then.
        if request.method == "POST" and request.headers.get("content-type") == "application/json":
            try:
                ordered = Fault(**json.loads(body))
            except (TypeError, ValueError) as error:
                status, said = 400, str(error).encode()
            else:
                if ordered.fault in FAULTS:
                    self._faults.append(ordered)
                else:
                    status, said = 400, f"fault is one of {', '.join(FAULTS)}".encode()
        elif request.method == "DELETE":
            self._faults.clear()
        elif request.method == "GET":
            left = [f"{each.operation} {each.fault} {each.times}" for each in self._faults]
            said = json.dumps(left).encode()
        else:
            status = 405
        await _answer(send, status, {"Content-Length": str(len(said))}, said)


class _Checked:
    """The body on its way to the emulator. Where it turns out to be wrong, the emulator is told
    that the sender has gone (it then does nothing), and `refused` says why."""

    def __init__(self, request: Request, receive: _Receive, backend: Backend) -> None:
        self._request = request
        self._receive = receive
        self._backend = backend
        self._completes = operation(request) == "CompleteMultipartUpload"
        self._hash = hashlib.sha256()
        self._hashed = len(request.headers.get("x-amz-content-sha256", "")) == 64
        self._body = b""
        self.refused: Refusal | None = None

    async def __call__(self) -> _Message:
        message = await self._receive()
        if message["type"] != "http.request":
            return message
        piece = message.get("body", b"")
        if self._hashed:
            self._hash.update(piece)
        if self._completes:
            self._body += piece
        if message.get("more_body"):
            return message
        if self._hashed:
            self.refused = body_refusal(self._request, self._hash.hexdigest())
        if self._completes and self.refused is None:
            arrived = self._backend.parts(self._request.parameters["uploadId"])
            self.refused = completion_refusal(self._body, arrived)
        return message if self.refused is None else {"type": "http.disconnect"}


class _Nowhere:
    """Takes an answer that nobody will hear."""

    async def __call__(self, message: _Message) -> None:
        pass


class _Cut:
    """Lets half of an answer's first piece through, then resets the connection."""

    def __init__(self, send: _Send) -> None:
        self._send = send
        self._done = False

    async def __call__(self, message: _Message) -> None:
        if self._done:
            return
        if message["type"] == "http.response.start":
            await self._send(message)
            return
        body = message.get("body", b"")
        await self._send({**message, "body": body[: len(body) // 2], "more_body": True})
        await asyncio.sleep(0.05)  # or the reset overtakes what was sent
        self._done = True
        _reset(self._send)


def _request(scope: dict[str, Any]) -> Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("utf-8", "replace")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0].decode("latin-1")
    return Request(scope["method"], path, scope["query_string"].decode("latin-1"), headers)


async def _drain(receive: _Receive) -> bytes:
    """Read the body to its end, so that who sends it hears the answer; the first MiB of it."""
    kept = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return kept
        if len(kept) < 1 << 20:
            kept += message.get("body", b"")
        if not message.get("more_body"):
            return kept


async def _answer(send: _Send, status: int, headers: dict[str, str], body: bytes) -> None:
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


def _reset(send: Any) -> None:
    """Reset the connection a request came on. ASGI has no word for it, so hypercorn's own objects
    are followed to the socket: stream, protocol, connection."""
    connection = send.__self__.send.__self__.send.__self__
    transport = connection.writer.transport
    # To linger for no time at all is to reset.
    transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    transport.abort()
