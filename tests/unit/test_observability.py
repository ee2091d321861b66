"""What of a step that ends is an error, and what is not."""

import json
from typing import NoReturn

import pytest

from pyeonji import observability
from pyeonji.domain.errors import BusyError, PermanentError
from pyeonji.observability import StepFailedError, observed


@pytest.mark.parametrize(
    ("error", "level", "counted", "raised"),
    [
        (PermanentError("wrong_state"), "INFO", False, PermanentError),
        (PermanentError("backup_not_found"), "INFO", False, PermanentError),
        (PermanentError("segment_missing"), "ERROR", True, PermanentError),
        (BusyError("service_busy"), "INFO", False, StepFailedError),
        (ValueError("Subject: secret"), "ERROR", True, StepFailedError),
    ],
)
def test_a_step_nobody_wants_any_more_is_no_error(
    error: Exception, level: str, counted: bool, raised: type[Exception],
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    @observed
    def step(event: object, context: object) -> NoReturn:
        raise error

    counts: list[str] = []
    monkeypatch.setattr(observability, "count", counts.append)
    with caplog.at_level("INFO"), pytest.raises(raised):
        step({}, None)
    assert [record.levelname for record in caplog.records] == [level]
    assert counts == ["StepFailed"] * counted
    assert "secret" not in repr([vars(record) for record in caplog.records])


def test_what_is_logged_says_what_it_is_about(caplog: pytest.LogCaptureFixture) -> None:
    @observed
    def step(event: object, context: object) -> None:
        observability.logger.info("at it")

    formatted = []
    for event in ({"backup_id": "B1"}, {"upload_id": "U1"}, {"kind": "x", "request_id": "R1"}, {}):
        with caplog.at_level("INFO"):
            step(event, None)
        formatter = observability.logger.registered_formatter
        formatted.append(json.loads(formatter.format(caplog.records[-1])).get("request"))
    assert formatted == ["B1", "U1", "R1", None]
