"""The four handlers with the payloads of events/, on a fake world."""

import importlib.util
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

import pyeonji.bootstrap
from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import upload_key
from pyeonji.usecases.uploads.chunk_list import ChunkPointer, read_chunk_index
from tests.support.company import KIM, found_company, letter_bytes
from tests.support.fakes import World
from tests.support.uploading import UploadMachine, mailbox_now, send, zip_of
from tests.support.worlds import altered

ROOT = Path(__file__).parents[2]


def event(name: str) -> dict[str, Any]:
    """A payload of events/."""
    loaded: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return loaded


class Functions:
    """The functions' handlers, loaded by path as Lambda does."""

    def __init__(self, world: World) -> None:
        settings = SimpleNamespace(work_bucket="work")
        self._services = altered(world, settings=settings)

    def call(self, function: str, payload: object) -> Any:
        spec = importlib.util.spec_from_file_location(
            function, ROOT / "functions" / function / "app.py"
        )
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.services = lambda: self._services  # type: ignore[attr-defined]
        # What Lambda does with it: JSON in, JSON out.
        return json.loads(json.dumps(module.handler(json.loads(json.dumps(payload)), None)))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def box(world: World) -> Mailbox:
    return found_company(world)


def renamed(payload: dict[str, Any], machine: UploadMachine) -> dict[str, Any]:
    return payload | {"upload_id": machine.upload_id}


@pytest.mark.parametrize(
    "account", [KIM, "kim+mail@acme.example", "50%25+%40@acme.example", "가 나@acme.example"]
)
@pytest.mark.parametrize("spelt", [str, quote, quote_plus], ids=["as it is", "encoded", "plus"])
def test_an_arrival_is_understood_however_its_key_is_spelt(
    world: World, box: Mailbox, account: str, spelt: Callable[[str], str]
) -> None:
    machine = send(world, box, zip_of({"1.eml": letter_bytes(1)}))
    upload = replace(world.uploads.all(KIM)[0], account=account)
    world.uploads.delete(world.uploads.all(KIM)[0])
    world.uploads.create(upload)
    arrival = event("upload_received")
    body = json.loads(arrival["Records"][0]["body"])
    world.machines.uploads.clear()
    body["detail"]["object"]["key"] = spelt(upload_key(account, machine.upload_id))
    arrival["Records"][0]["body"] = json.dumps(body)
    assert Functions(world).call("upload_received", arrival) == {"batchItemFailures": []}
    [started] = world.machines.uploads.values()
    assert (started["account"], started["upload_id"]) == (account, upload.id)


def test_from_the_event_to_the_notice(world: World, box: Mailbox) -> None:
    machine = send(world, box, zip_of({f"{n}.eml": letter_bytes(n) for n in range(5)}))
    functions = Functions(world)
    arrival = event("upload_received")
    body = json.loads(arrival["Records"][0]["body"])
    body["detail"]["object"]["key"] = upload_key(KIM, machine.upload_id)
    arrival["Records"][0]["body"] = json.dumps(body)
    assert functions.call("upload_received", arrival) == {"batchItemFailures": []}
    [(name, started)] = world.machines.uploads.items()
    assert name == f"{machine.upload_id}-1"
    assert set(started) == set(event("upload_inspect"))

    inspected = functions.call("upload_inspect", started)
    assert inspected["chunk_count"] == 1
    key = inspected["chunks"]["key"]
    [line] = [json.loads(line) for line in world.work.data[key].splitlines()]
    assert set(line) == set(event("upload_import")["chunk"])
    assert read_chunk_index(world.work, machine.upload_id, 1) == [ChunkPointer.from_json(line)]
    assert functions.call("upload_import", {**started, "chunk": line}) == {}
    settled = functions.call("upload_settle", renamed(event("upload_settle"), machine))
    assert settled == {"notice": "upload_completed"}
    assert mailbox_now(world, box).messages == 5
    assert functions.call("upload_settle", event("upload_settle")) == {}, "an upload that is gone"


def test_a_refused_file_and_what_the_machine_caught(world: World, box: Mailbox) -> None:
    functions = Functions(world)
    machine = send(world, box, b"no zip")
    who = renamed(event("upload_inspect"), machine)
    inspected = functions.call("upload_inspect", who)
    assert inspected == {**who, "failure": {"code": "not_a_zip"}}
    refused = functions.call("upload_settle", {**who, "error": inspected["failure"]})
    assert refused == {"notice": "upload_failed"}
    assert machine.upload.failure == "not_a_zip"

    for error, code in (
        ({"Error": "States.Timeout", "Cause": ""}, "timed_out"),
        ({"Error": "StepFailedError", "Cause": "{}"}, "upload_failed_internally"),
        ({"Error": "Runtime.HandlerError", "Cause": None}, "upload_failed_internally"),
        ("?", "upload_failed_internally"),
    ):
        machine = send(world, box, zip_of({"a.eml": letter_bytes(1)}))
        payload = renamed(event("upload_settle_failure"), machine) | {"error": error}
        assert functions.call("upload_settle", payload) == {"notice": "upload_failed"}
        assert (machine.upload.state, machine.upload.failure) == (UploadState.FAILED, code)


def test_nothing_but_ids_reaches_the_log(
    world: World,
    box: Mailbox,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaks(message: bytes, zone: object) -> None:
        raise RecursionError(message.decode())

    monkeypatch.setattr("pyeonji.usecases.mail.importing.find_headers", breaks)
    machine = send(world, box, zip_of({"비밀.eml": letter_bytes(1, subject="SECRET")}))
    functions = Functions(world)
    who = renamed(event("upload_inspect"), machine)
    key = functions.call("upload_inspect", who)["chunks"]["key"]
    line = json.loads(world.work.data[key])
    functions.call("upload_import", {**who, "chunk": line})
    # The logger keeps the stdout it was made with: its records are the same said again.
    written = "".join(capsys.readouterr()) + "".join(str(vars(each)) for each in caplog.records)
    assert "RecursionError" in written and machine.upload_id in written
    for secret in ("SECRET", "비밀", "\\ube44", "acme"):
        assert secret not in written


def test_the_composition_root_has_what_the_handlers_ask_for() -> None:
    for name in ("accounts", "uploads", "index", "mail", "zips", "work", "machines", "now"):
        assert hasattr(pyeonji.bootstrap.Services, name)
