"""Debian's Firefox, driven by its own WebDriver BiDi: Playwright speaks to its own build only, and
geckodriver is no Debian package. As much of the protocol as a look at the page needs."""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
import select
import shutil
import socket
import struct
import subprocess
import time
from pathlib import Path
from typing import Any, BinaryIO

_SECONDS = 60


class Firefox:
    """A headless Firefox with one window. `evaluate` answers what a promise comes to."""

    def __init__(self, profile: Path) -> None:
        program = shutil.which("firefox-esr") or shutil.which("firefox")
        assert program, "asked for where there is none"
        command = [program, "--headless", "--no-remote", "--remote-debugging-port", "0"]
        self._process = subprocess.Popen(
            [*command, "--profile", str(profile)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "HOME": str(profile)},
        )
        assert self._process.stderr is not None
        self._numbers = itertools.count(1)
        self._socket = _connect(_port(self._process.stderr))  # type: ignore[arg-type]
        self.call("session.new", capabilities={})
        tree = self.call("browsingContext.getTree")
        self._window = tree["contexts"][0]["context"]

    def call(self, method: str, **params: Any) -> Any:
        """One command; raises RuntimeError with what the browser says."""
        number = next(self._numbers)
        _send(self._socket, json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(_receive(self._socket))
            if answer.get("id") != number:
                continue
            if answer["type"] == "error":
                raise RuntimeError(answer["message"])
            return answer["result"]

    def open(self, url: str) -> None:
        """Goes there and waits for it."""
        self.call("browsingContext.navigate", context=self._window, url=url, wait="complete")

    def evaluate(self, expression: str) -> str:
        """Of a string or a promise of one."""
        result = self.call(
            "script.evaluate",
            expression=expression,
            target={"context": self._window},
            awaitPromise=True,
            userActivation=True,
        )
        if result["type"] == "exception":
            raise RuntimeError(result["exceptionDetails"]["text"])
        return str(result["result"].get("value", ""))

    def type(self, text: str) -> None:
        """By the keyboard, where the focus is; a line feed is Enter."""
        keys = []
        for letter in text.replace("\n", "\ue007"):
            keys += [{"type": "keyDown", "value": letter}, {"type": "keyUp", "value": letter}]
        actions = [{"type": "key", "id": "keys", "actions": keys}]
        self.call("input.performActions", context=self._window, actions=actions)

    def picture(self, path: Path) -> None:
        """Of the window as it is."""
        taken = self.call("browsingContext.captureScreenshot", context=self._window)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(taken["data"]))

    def close(self) -> None:
        """The browser and its processes."""
        self._socket.close()
        self._process.terminate()
        self._process.wait(_SECONDS)


def _port(stream: BinaryIO) -> int:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        if select.select([stream], [], [], 1)[0]:
            line = stream.readline().decode("utf-8", "replace")
            if found := re.search(r"BiDi listening on ws://127\.0\.0\.1:(\d+)", line):
                return int(found[1])
    raise AssertionError("Firefox did not say where it listens")


def _connect(port: int) -> socket.socket:
    connected = socket.create_connection(("127.0.0.1", port), _SECONDS)
    key = base64.b64encode(os.urandom(16)).decode()
    connected.sendall(
        f"GET /session HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connected.recv(1)
    assert b" 101 " in head.splitlines()[0], head
    return connected


def _send(connected: socket.socket, text: str) -> None:
    """One masked text frame (RFC 6455, 5.2)."""
    data, mask = text.encode(), os.urandom(4)
    length = len(data)
    size = bytes([0x80 | length]) if length < 126 else struct.pack(">BH", 0xFE, length)
    if length > 0xFFFF:
        size = struct.pack(">BQ", 0xFF, length)
    body = bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))
    connected.sendall(b"\x81" + size + mask + body)


def _receive(connected: socket.socket) -> str:
    """One message, of as many frames as it has."""
    message = b""
    while True:
        first, second = _exactly(connected, 2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", _exactly(connected, 2))
        elif length == 127:
            (length,) = struct.unpack(">Q", _exactly(connected, 8))
        message += _exactly(connected, length)
        if first & 0x80:
            return message.decode()


def _exactly(connected: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = connected.recv(count - len(data))
        if not part:
            raise ConnectionResetError("Firefox went away")
        data += part
    return data
