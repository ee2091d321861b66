"""Starts and stops the emulator (ministack) as a child."""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from infra.local.aws import environment
from infra.local.places import HOST, REGION, ROOT, LocalError, Places

#: What template.yaml uses; the emulator opens ports of its own for some of the others.
SERVICES = (
    "s3,sqs,sns,dynamodb,lambda,iam,sts,logs,ssm,events,monitoring,ses,sesv2,stepfunctions,"
    "apigateway,cognito-idp,cloudformation,cloudfront,kms,secretsmanager,execute-api"
)
#: Room on the disk that is left for saving the state when the cloud stops: its table and queues,
#: some tens of MB with 100,000 mails. Objects are refused before they take it.
RESERVE = 128 * 1024 * 1024
_START_SECONDS = 60
_STOP_SECONDS = 60


def check_port(port: int, what: str) -> None:
    """Raises LocalError when somebody listens there already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise LocalError(
                f"port {port} ({what}) is taken; stop what uses it, or choose with PORT_BASE=…"
            ) from None


def room(places: Places) -> int:
    """Bytes that are free where the data is kept."""
    return shutil.disk_usage(places.folder).free


def check_room(places: Places) -> None:
    """Raises LocalError when there is no room to work in, and to save what was done."""
    if room(places) < 2 * RESERVE:
        raise LocalError(disk_full(places, f"{2 * RESERVE >> 20} MB are needed"))


def disk_full(places: Places, what: str) -> str:
    """The one line about it."""
    return (
        f"the disk of {places.folder} is full ({room(places) >> 20} MB left): {what};"
        " make room, or choose another folder with LOCAL_DIR=…"
    )


def check_saved(places: Places) -> None:
    """Raises LocalError when the emulator, now stopped, could not save its state."""
    if b"Persistence: failed to save" in (places.folder / "cloud.log").read_bytes():
        raise LocalError(
            f"the state could not be saved in {places.folder / 'state'}: what was done since the"
            " start is lost; see cloud.log beside it"
        )


def die_with_parent() -> None:
    """Linux: if the process above is killed, this one still stops in good order and saves."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


@contextlib.contextmanager
def running(places: Places) -> Iterator[subprocess.Popen[bytes]]:
    """The emulator, ready; stopped in good order afterwards, its state under `places.folder`."""
    folder = places.folder
    temporary = folder / "tmp"
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        for each in (temporary, folder / "state", folder / "s3"):
            each.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LocalError(f"{folder} cannot be used: {error.strerror}") from None
    settings = environment(places)
    del settings["AWS_ENDPOINT_URL"]
    # Handlers inherit this environment; they are to find pyeonji in their layer, as on AWS.
    settings.pop("PYTHONPATH", None)
    settings |= {
        "GATEWAY_PORT": str(places.cloud_port),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "AUTH": "true",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(folder / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(folder / "s3"),
        "TMPDIR": str(temporary),
        "LAMBDA_EXECUTOR": "local",
        "SFTP_ENABLED": "0",
        "DISK_RESERVE": str(RESERVE),
        # Otherwise an MQTT broker listens on every interface of the machine, BIND_HOST or not.
        "IOT_MTLS_ENABLED": "0",
        "SFN_WAIT_SCALE": os.environ.get("SFN_WAIT_SCALE", "0.1"),
        "LOG_LEVEL": os.environ.get("CLOUD_LOG_LEVEL", "WARNING"),
    }
    log_path = folder / "cloud.log"
    with log_path.open("wb") as log:
        # In a session of its own, so that Ctrl-C reaches it through us and not twice.
        child = subprocess.Popen(
            # -P: its imports must not find our modules beside the script.
            [sys.executable, "-P", str(ROOT / "infra" / "local" / "emulator.py")],
            env=settings,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent if sys.platform == "linux" else None,
        )
        try:
            _wait_until_ready(child, places, log_path)
            yield child
        finally:
            _stop(child)
            check_saved(places)
            shutil.rmtree(temporary, ignore_errors=True)


def check_state(places: Places) -> None:
    """Raises LocalError when what is stored is damaged. Asked before the emulator starts: it would
    go on with nothing, and at its end write that over what might still be mended."""
    for path in sorted((places.folder / "state").glob("*.json")):
        try:
            whole = isinstance(json.loads(path.read_bytes()), dict)
        except (ValueError, OSError, RecursionError):
            whole = False
        if not whole:
            raise LocalError(f"{path} cannot be read; make reset forgets all that is stored")


def check_loaded(places: Places, child: subprocess.Popen[bytes]) -> None:
    """Raises LocalError when the emulator did not take what it had stored, and ends it before it
    can write over that."""
    said = (places.folder / "cloud.log").read_bytes()
    if b"Persistence: failed to load" in said or b"refusing to load" in said:
        child.kill()
        raise LocalError(f"{places.folder / 'state'} cannot be read; make reset forgets it")


def _wait_until_ready(child: subprocess.Popen[bytes], places: Places, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise LocalError(f"the emulator stopped by itself (exit {child.returncode}); see {log}")
        try:
            with urllib.request.urlopen(f"{places.cloud_url}/_ministack/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise LocalError(f"the emulator did not answer within {_START_SECONDS} s; see {log}")


def _stop(child: subprocess.Popen[bytes]) -> None:
    """It saves its state on SIGTERM; only what does not stop is killed."""
    if child.poll() is None:
        child.terminate()
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    # Handlers' processes are of its group; left alone they notice its end seconds later.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
