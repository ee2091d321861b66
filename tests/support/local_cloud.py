"""The local cloud for end-to-end and browser tests: one for the whole run.

PYEONJI_CLOUD=<LOCAL_DIR of a running `make run`> uses that one instead of starting another.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from infra.local.aws import client
from infra.local.people import totp
from infra.local.places import HOST, ROOT, STACK, Places
from infra.local.running import endpoints, require_running
from infra.local.services import services
from pyeonji.bootstrap import Services

_START_SECONDS = 180
_STOP_SECONDS = 60
#: Retention fires while the tests run, as it will in life.
_PARAMETERS = 'RetentionSchedule="rate(1 minute)"'


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said. `body` is the decoded JSON, or None."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass
class LocalCloud:
    """A running local cloud: its addresses, its people, its insides."""

    places: Places
    said: dict[str, Any]
    _tokens: dict[str, str] = field(default_factory=dict)

    @property
    def api_url(self) -> str:
        """Calls go to `<api_url>/me`."""
        return str(self.said["api_url"])

    @property
    def web_url(self) -> str:
        """The page."""
        return str(self.said["web_url"])

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs: names of buckets, table, functions, machines."""
        stacks = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stacks[0]["Outputs"]}

    @cached_property
    def services(self) -> Services:
        """pyeonji's own ports on this cloud."""
        return services(self.places)

    def client(self, service: str) -> Any:
        """A boto3 client, as the administrator."""
        return client(self.places, service)

    def person(self, email: str) -> dict[str, Any]:
        """The demo login."""
        found: dict[str, Any] = next(
            each for each in self.said["accounts"] if each["email"] == email
        )
        return found

    def token(self, email: str, *, fresh: bool = False) -> str:
        """An id token, signed in through the API; kept, because tokens last an hour."""
        if fresh or email not in self._tokens:
            person = self.person(email)
            answer = self.call("POST", "/session", {"email": email, "password": person["password"]})
            if answer.body.get("challenge") == "totp":
                answer = self.call(
                    "POST",
                    "/session/totp",
                    {
                        "email": email,
                        "session": answer.body["session"],
                        "code": totp(person["totp_secret"], time.time()),
                    },
                )
            self._tokens[email] = answer.body["id_token"]
        return self._tokens[email]

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        as_: str | None = None,
        language: str = "en",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One call of the API; `as_` signs in as that demo person first."""
        headers = {"Accept-Language": language} | (headers or {})
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
        if as_ is not None:
            token = self.token(as_)
        if token is not None:
            headers["Authorization"] = token
        request = urllib.request.Request(
            self.api_url + path, method=method, data=data, headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                status, said, raw = response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            with error:
                status, said, raw = error.code, error.headers, error.read()
        return Answer(status, dict(said.items()), json.loads(raw) if raw else None)

    def invoke(self, function: str, payload: object) -> Any:
        """Call a function by its short name (`retention`); its result, or RuntimeError."""
        answer = self.client("lambda").invoke(
            FunctionName=f"{STACK}-{function}", Payload=json.dumps(payload).encode()
        )
        result = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise RuntimeError(f"{function}: {result}")
        return result

    def settle(self, seconds: float = 60) -> None:
        """Wait until no machine is at work: a notice goes out after its request is ready."""
        machines = self.client("stepfunctions")
        deadline = time.monotonic() + seconds
        while any(
            machines.list_executions(
                stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING"
            )["executions"]
            for machine in machines.list_state_machines()["stateMachines"]
        ):
            assert time.monotonic() < deadline, "a machine is still at work"
            time.sleep(0.2)

    def mails(self) -> list[dict[str, Any]]:
        """What SES has sent, oldest first."""
        with urllib.request.urlopen(f"{self.places.cloud_url}/_ministack/ses/messages") as answer:
            said = json.load(answer)
        by_account = said.get("messages", said)
        if isinstance(by_account, dict):
            return [mail for mails in by_account.values() for mail in mails]
        return list(by_account)


@pytest.fixture(scope="session")
def local_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """One local cloud with the demo company, for the whole run."""
    running = os.environ.get("PYEONJI_CLOUD")
    if running:
        where = require_running(Places(0, 0, Path(running).absolute(), {}))
        said = endpoints(where)
        assert said is not None
        yield LocalCloud(where, said)
        return
    with started(tmp_path_factory.mktemp("cloud"), _PARAMETERS) as cloud:
        yield cloud


@contextlib.contextmanager
def started(folder: Path, parameters: str = "", port: int | None = None) -> Iterator[LocalCloud]:
    """A local cloud of one's own, as `make run` starts it."""
    base = port or _free_pair()
    environment = {
        **os.environ,
        "PORT_BASE": str(base),
        "LOCAL_DIR": str(folder),
        "PARAMS": parameters,
        "PYEONJI_OFFER": "no",  # the client is built by its own tests
        "PYTHONPATH": os.pathsep.join((str(ROOT / "layers" / "core" / "python"), str(ROOT))),
    }
    log = folder.parent / f"{folder.name}.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "infra.local.up", "--with-parent"],
            env=environment, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    try:
        where = Places(base, base + 1, folder, {})
        yield LocalCloud(where, _wait(child, where, log))
    finally:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _wait(child: subprocess.Popen[bytes], where: Places, log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise RuntimeError(f"the local cloud did not start: {log.read_text()}")
        said = endpoints(where) if where.endpoints.exists() else None
        if said is not None:
            return said
        time.sleep(0.2)
    raise RuntimeError(f"the local cloud was not ready within {_START_SECONDS} s")


def _free_pair() -> int:
    """A port that is free, and so is the next; Linux hands out others above 32768 by itself."""
    for base in range(20_000 + os.getpid() % 1000 * 10, 32_000, 2):
        try:
            for port in (base, base + 1):
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind((HOST, port))
        except OSError:
            continue
        return base
    raise RuntimeError("no two free ports")
