"""What PORT_BASE, LOCAL_DIR and PARAMS mean to the local cloud."""

import socket
from pathlib import Path

import pytest

from infra.local.cloud import check_port, check_state
from infra.local.deploy import check_parameters
from infra.local.places import HOST, ROOT, LocalError, places


def test_without_anything_the_usual_ports_and_folder() -> None:
    where = places({})
    assert (where.cloud_url, where.web_url) == ("http://127.0.0.1:4566", "http://127.0.0.1:8000")
    assert where.folder == ROOT / ".local"
    assert where.parameters == {}


def test_port_base_moves_both(tmp_path: Path) -> None:
    where = places({"PORT_BASE": "4700", "LOCAL_DIR": str(tmp_path)})
    assert (where.cloud_port, where.web_port) == (4700, 4701)
    assert where.endpoints == tmp_path / "endpoints.json"


@pytest.mark.parametrize("base", ["80", "65535", "abc", "-1", "4.5"])
def test_a_base_that_is_no_port_is_refused(base: str) -> None:
    with pytest.raises(LocalError, match="PORT_BASE"):
        places({"PORT_BASE": base})


def test_params_are_split_as_a_shell_does() -> None:
    said = 'VolumeBytes=8388608 RetentionSchedule="rate(1 minute)"'
    assert places({"PARAMS": said}).parameters == {
        "VolumeBytes": "8388608",
        "RetentionSchedule": "rate(1 minute)",
    }


@pytest.mark.parametrize("said", ["VolumeBytes", "=3", 'A="unclosed', "A-B=1"])
def test_params_that_are_none_are_refused(said: str) -> None:
    with pytest.raises(LocalError, match="PARAMS"):
        places({"PARAMS": said})


def test_a_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalError, match=f"port {port} .page. is taken"):
            check_port(port, "page")


@pytest.mark.parametrize("stored", [b"", b'{"cut', b"\x00\xff", b"[]", b"[" * 100_000])
def test_a_damaged_state_is_refused_and_left_as_it_is(tmp_path: Path, stored: bytes) -> None:
    where = places({"LOCAL_DIR": str(tmp_path)})
    check_state(where)  # nothing stored yet
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "sqs.json").write_text("{}")
    check_state(where)
    (tmp_path / "state" / "dynamodb.json").write_bytes(stored)
    with pytest.raises(LocalError, match=r"dynamodb\.json cannot be read"):
        check_state(where)
    assert (tmp_path / "state" / "dynamodb.json").read_bytes() == stored


@pytest.mark.parametrize(
    "wrong",
    [
        {"Nonsense": "1"},
        {"VolumeBytes": "abc"},
        {"DownloadDays": "0"},
        {"Timezone": "Mars/Base"},
        {"Timezone": "Asia"},
        {"Timezone": "../x"},
    ],
)
def test_a_parameter_that_cannot_be_is_refused(wrong: dict[str, str]) -> None:
    check_parameters({"VolumeBytes": "8388608", "Timezone": "Europe/Berlin"})
    with pytest.raises(LocalError, match=f"PARAMS: {next(iter(wrong))}"):
        check_parameters(wrong)
