"""The function that makes search files, with the payload of events/."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.company import days_ago, deliver, found_company, letter_bytes
from tests.support.fakes import World

ROOT = Path(__file__).parents[2]


def _handler(world: World) -> Any:
    path = ROOT / "functions" / "search_index" / "app.py"
    spec = importlib.util.spec_from_file_location("search_index", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.services = lambda: world  # type: ignore[attr-defined]
    return module.handler


def _event(segment: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / "search_index.json").read_text())
    body = json.loads(event["Records"][0]["body"])
    body["detail"]["object"]["key"] = segment
    event["Records"][0]["body"] = json.dumps(body)
    return event


def test_a_segment_that_was_written() -> None:
    world = World()
    deliver(world, found_company(world), [(letter_bytes(1), days_ago(world, 1))])
    (segment,) = list(world.mail.data)
    assert _handler(world)(_event(segment), None) == {"batchItemFailures": []}
    assert sum(key.startswith("search/") for key in world.mail.data) == 1
    # The event of the file itself, if a rule were ever too wide, and one of a segment that is gone.
    for other in (*world.mail.data, segment.replace("00001", "00002")):
        assert _handler(world)(_event(other), None) == {"batchItemFailures": []}
    assert sum(key.startswith("search/") for key in world.mail.data) == 1


def test_a_damaged_segment_comes_again(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    deliver(world, found_company(world), [(letter_bytes(1), days_ago(world, 1))])
    (segment,) = list(world.mail.data)
    world.mail.data[segment] = world.mail.data[segment][:-1]
    event = _event(segment)
    failed = _handler(world)(event, None)["batchItemFailures"]
    assert failed == [{"itemIdentifier": event["Records"][0]["messageId"]}]
    assert "안녕하세요" not in capsys.readouterr().out
