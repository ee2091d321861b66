"""`make run`: the local cloud with template.yaml deployed, a demo company and the page.

Prints one line when ready and stays until Ctrl-C (or SIGTERM); what was stored stays.
"""

import contextlib
import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

from infra.local import cloud, mail_home
from infra.local.dead_letters import put_dead_letters
from infra.local.demo_company import fill_mailboxes
from infra.local.deploy import deploy
from infra.local.gateway import put_gateway_responses
from infra.local.offer import offering
from infra.local.parent import Parent
from infra.local.people import create_people
from infra.local.places import LocalError, Places, places
from infra.local.services import services
from infra.local.web import serving


class _Stopped(BaseException):
    """Ctrl-C or SIGTERM; not an Exception, so that nothing on the way takes it for an error."""


def _stop(signal_number: int, frame: FrameType | None) -> None:
    # Once: a second Ctrl-C must not interrupt the emulator's saving.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise _Stopped


@contextlib.contextmanager
def local_cloud(where: Places) -> Iterator[tuple[dict[str, Any], subprocess.Popen[bytes]]]:
    """Everything, ready: what endpoints.json says, and the emulator. LocalError if not."""
    kind = mail_home.wanted(os.environ)
    with _only_one(where):
        cloud.check_port(where.cloud_port, "cloud")
        cloud.check_port(where.web_port, "page")
        cloud.check_room(where)
        cloud.check_state(where)
        with cloud.running(where) as child:
            outputs = deploy(where)
            cloud.check_loaded(where, child)
            put_gateway_responses(where, outputs["ApiId"])
            put_dead_letters(where)
            ports = services(where)
            logins = create_people(where, outputs, ports)
            fill_mailboxes(where, ports, kind)
            with (
                mail_home.at_home(where, ports, kind),
                serving(where, outputs["ApiId"]),
            ):
                said = {
                    "api_url": f"{where.web_url}/api",
                    "web_url": where.web_url,
                    "cloud_url": where.cloud_url,
                    "accounts": logins,
                }
                _write(where, said)
                try:
                    yield said, child
                finally:
                    where.endpoints.unlink(missing_ok=True)


@contextlib.contextmanager
def _only_one(where: Places) -> Iterator[None]:
    """Two clouds in one folder would overwrite each other's state."""
    try:
        where.folder.mkdir(parents=True, exist_ok=True)
        lock = (where.folder / "lock").open("w")
    except OSError as error:
        raise LocalError(f"{where.folder} cannot be used: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalError(f"a local cloud runs in {where.folder} already") from None
        yield


def _write(where: Places, said: dict[str, Any]) -> None:
    half = where.endpoints.with_suffix(".half")
    half.write_text(json.dumps(said, ensure_ascii=False, indent=2) + "\n", "utf-8")
    half.replace(where.endpoints)


def _wait(child: subprocess.Popen[bytes], where: Places, parent: Parent | None) -> None:
    """Until somebody stops us or our parent; LocalError if the emulator stops by itself."""
    never = threading.Event()
    told = False
    while not never.wait(1.0):
        full = cloud.room(where) < cloud.RESERVE
        if full and not told:
            line = cloud.disk_full(where, "uploads and backups fail until there is room")
            print(f"run: {line}", file=sys.stderr, flush=True)
        told = full
        if parent is not None and parent.gave_up():
            return
        if child.poll() is not None:
            raise LocalError(
                f"the emulator stopped by itself (exit {child.returncode});"
                f" see {where.folder / 'cloud.log'}"
            )


def main() -> int:
    """Start, say so, wait, stop. With --with-parent: also when the parent (make) is stopped."""
    parent = Parent() if "--with-parent" in sys.argv[1:] else None
    if parent is not None and sys.platform == "linux":
        cloud.die_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        where = places()
        with local_cloud(where) as (said, child):
            logins = " · ".join(f"{each['email']} {each['password']}" for each in said["accounts"])
            print(f"Pyeonji is ready: {said['web_url']} — {logins}", flush=True)
            with offering(where):
                _wait(child, where, parent)
    except LocalError as error:
        print(f"run: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        print(f"run: the disk is full: {error}; make room, then again", file=sys.stderr)
        return 1
    except _Stopped:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
