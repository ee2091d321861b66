"""What PORT_BASE, LOCAL_DIR and PARAMS mean to the local cloud."""

import socket
from pathlib import Path

import pytest

from infra.local.cloud import check_port
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
