"""The client's program on the page of `make run`: built once, in the background."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.local import offer
from infra.local.offer import is_offered, offering, state_of
from infra.local.places import Places


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where builds are put; building is a script that takes note of it."""
    downloads = tmp_path / "downloads"
    monkeypatch.setattr(offer, "DOWNLOADS", downloads)
    monkeypatch.setattr(is_offered, "__defaults__", (downloads,))
    return downloads


def _building(monkeypatch: pytest.MonkeyPatch, script: str) -> list[list[str]]:
    started: list[list[str]] = []
    popen = subprocess.Popen

    def begin(command: list[str], **more: object) -> "subprocess.Popen[bytes]":
        started.append(command)
        return popen([sys.executable, "-c", script], **more)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(offer.subprocess, "Popen", begin)
    return started


def _places(tmp_path: Path) -> Places:
    return Places(1, 2, tmp_path, {})


def test_the_state_is_of_the_sources_alone(tmp_path: Path) -> None:
    source = tmp_path / "client" / "src" / "a.py"
    source.parent.mkdir(parents=True)
    (tmp_path / "requirements.lock").write_text("x==1")
    source.write_text("1")
    first = state_of(tmp_path)
    (source.parent / "__pycache__").mkdir()
    (source.parent / "__pycache__" / "a.pyc").write_text("compiled")
    assert state_of(tmp_path) == first
    source.write_text("2")
    assert state_of(tmp_path) != first


def test_it_is_built_once_for_a_state(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f"import pathlib; pathlib.Path({str(built / 'clients.json')!r}).write_text('{{}}')"
    started = _building(monkeypatch, script)
    for _ in range(2):
        building = offer._Building(_places(tmp_path))
        building.run()
    assert len(started) == 1 and started[0][:3] == ["nice", "-n", "19"]
    assert is_offered(state_of(), built) and not is_offered("another", built)


def test_a_build_that_fails_is_said_and_offered_by_nobody(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    _building(monkeypatch, "raise SystemExit(1)")
    offer._Building(_places(tmp_path)).run()
    assert "could not be built" in capfd.readouterr().err
    assert not is_offered(state_of(), built)


def test_it_ends_with_the_local_cloud(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    started = _building(monkeypatch, "import time; time.sleep(600)")
    with offering(_places(tmp_path), {"PYEONJI_OFFER": "no"}):
        pass
    assert not started
    with offering(_places(tmp_path), {}):
        while not started:
            continue
    assert not is_offered(state_of(), built)
    assert capfd.readouterr().err == ""
