"""Documents read in a process of its own, which may crash, hang or grow without costing a mail.

`Documents` starts the process when the first PDF or HWP document comes, and again after each that
was too much for it. Run as a program this module is that process: it takes `<kind><length>` and
the content on its standard input, and gives `<length>` and the text back.
"""

import contextlib
import os
import resource
import selectors
import struct
import subprocess
import sys
import threading
import time
from types import TracebackType

from pyeonji.search.documents import archive_text, hwp_text, kind_of, pdf_text

SECONDS = 10.0
"""For one document; a thesis of 300 pages takes about one."""
MEMORY = 1024 * 1024 * 1024
"""Address space of the process, bytes."""

_QUESTION = struct.Struct(">cI")
_ANSWER = struct.Struct(">I")
_KINDS = {"pdf": b"p", "hwp": b"h"}
#: The longest answer: DOCUMENT_TEXT characters of four bytes.
_LONGEST = 4 * 1024 * 1024


class Documents:
    """Reads documents; to be used in a `with` block, or closed. A `text.DocumentReader`.

    `seconds` bounds all documents together where given: a search must answer in time.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._one = threading.Lock()
        self._until = None if seconds is None else time.monotonic() + seconds
        #: Documents that could not be read in time, or crashed their reader.
        self.given_up = 0

    def __call__(self, content_type: str, filename: str, content: bytes) -> str:
        """The text of a document, or nothing."""
        kind = kind_of(content)
        if kind == "archive":
            return archive_text(content)
        if not kind:
            return ""
        limit = SECONDS if self._until is None else min(SECONDS, self._until - time.monotonic())
        if limit <= 0:
            self.given_up += 1
            return ""
        with self._one:
            return self._in_time(kind, content, limit)

    def _in_time(self, kind: str, content: bytes, limit: float) -> str:
        try:
            return self._ask(_KINDS[kind], content, time.monotonic() + limit)
        except (OSError, TimeoutError):
            self.given_up += 1
            self.close()
            return ""

    def _ask(self, kind: bytes, content: bytes, until: float) -> str:
        process = self._process
        if process is None or process.poll() is not None:
            self.close()
            process = self._process = subprocess.Popen(
                [sys.executable, "-m", "pyeonji.search.reader"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # Our own path, and nothing of the environment: no keys for a stranger's document.
                env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )
        assert process.stdin is not None and process.stdout is not None
        _send(process.stdin.fileno(), _QUESTION.pack(kind, len(content)) + content, until)
        (length,) = _ANSWER.unpack(_receive(process.stdout.fileno(), _ANSWER.size, until))
        if length > _LONGEST:
            raise TimeoutError("an answer without end")
        return _receive(process.stdout.fileno(), length, until).decode("utf-8", "replace")

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):  # unsent bytes of a process that is gone
                        stream.close()

    def __enter__(self) -> "Documents":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _send(descriptor: int, data: bytes, until: float) -> None:
    os.set_blocking(descriptor, False)
    view = memoryview(data)
    while view:
        _wait(descriptor, selectors.EVENT_WRITE, until)
        view = view[os.write(descriptor, view[: 1 << 16]) :]


def _receive(descriptor: int, length: int, until: float) -> bytes:
    data = bytearray()
    while len(data) < length:
        _wait(descriptor, selectors.EVENT_READ, until)
        more = os.read(descriptor, length - len(data))
        if not more:
            raise BrokenPipeError("the reader is gone")
        data += more
    return bytes(data)


def _wait(descriptor: int, event: int, until: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, event)
        if not selector.select(max(0.0, until - time.monotonic())):
            raise TimeoutError("the reader takes too long")


def main() -> None:
    """Answer until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    readers = {b"p": pdf_text, b"h": hwp_text}
    # What a library prints must not stand between answers.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    source = sys.stdin.buffer
    while len(head := source.read(_QUESTION.size)) == _QUESTION.size:
        kind, length = _QUESTION.unpack(head)
        content = source.read(length)
        try:
            text = readers[kind](content).encode("utf-8", "replace")
        except Exception:  # noqa: BLE001 - whatever a library says of a stranger's document
            text = b""
        out.write(_ANSWER.pack(len(text)) + text)
        out.flush()


if __name__ == "__main__":
    main()
