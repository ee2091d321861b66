"""The migration client on the page: `make run` offers the program that can be built here.

Building takes minutes, so it is done once for a state of the sources, in the background and with
the least priority, and the link appears when it is there. `PYEONJI_OFFER=no` leaves it out.
"""

import contextlib
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from infra.local.places import ROOT, Places

#: What the page is given under /downloads/.
DOWNLOADS = ROOT / "client" / "dist" / "downloads"
#: Hidden, so that the page's server gives it to nobody.
_STAMP = ".built-from"
_SOURCES = (
    "client/src", "client/packaging", "layers/core/python/pyeonji/domain",
    "layers/core/python/pyeonji/imap", "layers/core/python/pyeonji/mime",
    "layers/core/python/pyeonji/words", "layers/core/python/pyeonji/zipio", "requirements.lock",
)  # fmt: skip
_STOP_SECONDS = 10


def state_of(root: Path = ROOT) -> str:
    """A name for what the program is built from."""
    digest = hashlib.sha256()
    for source in _SOURCES:
        place = root / source
        files = [place] if place.is_file() else sorted(place.rglob("*"))
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(root)).encode() + b"\0")
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def is_offered(state: str, downloads: Path = DOWNLOADS) -> bool:
    """Whether what lies there was built from that."""
    stamp = downloads / _STAMP
    made = stamp.is_file() and stamp.read_text("ascii").strip() == state
    return made and (downloads / "clients.json").is_file()


@contextlib.contextmanager
def offering(where: Places, environment: Mapping[str, str] = os.environ) -> Iterator[None]:
    """Builds beside the block what is not built yet; ends with it."""
    if environment.get("PYEONJI_OFFER", "") == "no" or sys.platform != "linux":
        yield
        return
    building = _Building(where)
    thread = threading.Thread(target=building.run, name="offer", daemon=True)
    thread.start()
    try:
        yield
    finally:
        building.stop()
        thread.join(_STOP_SECONDS)


class _Building:
    """One build, of which there is one at a time in a checkout."""

    def __init__(self, where: Places):
        self._log = where.folder / "client-build.log"
        self._child: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._guard = threading.Lock()

    def run(self) -> None:
        """Builds, and says in one line how it ended."""
        state = state_of()
        DOWNLOADS.mkdir(parents=True, exist_ok=True)
        with (DOWNLOADS / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # another local cloud builds it
            if is_offered(state):
                return
            code = self._build()
            if code == 0:
                (DOWNLOADS / _STAMP).write_text(state, "ascii")
                print("run: the page offers the migration client now", flush=True)
            elif code is not None and not self._stopped:
                print(
                    f"run: the migration client could not be built; see {self._log}",
                    file=sys.stderr, flush=True,
                )  # fmt: skip

    def _build(self) -> int | None:
        command = [sys.executable, str(ROOT / "client/packaging/build.py"), "--offer"]
        with self._log.open("wb") as log:
            with self._guard:
                if self._stopped:
                    return None
                self._child = subprocess.Popen(
                    ["nice", "-n", "19", *command], cwd=ROOT, stdout=log, stderr=log,
                    stdin=subprocess.DEVNULL, start_new_session=True,
                )  # fmt: skip
            return self._child.wait()

    def stop(self) -> None:
        """Ends it, with all it started."""
        with self._guard:
            self._stopped = True
            if self._child is not None and self._child.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._child.pid, signal.SIGTERM)
