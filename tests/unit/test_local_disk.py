"""A full disk: a line at the start, a line while running; nothing is called kept that is not."""

import errno
import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from infra.local.cloud import RESERVE, check_room, check_saved, disk_full
from infra.local.emulator import refusing_when_full
from infra.local.places import LocalError, Places

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def where(tmp_path: Path) -> Places:
    return Places(9800, 9801, tmp_path, {})


def left(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(1 << 40, 0, free))


class Disk:
    """What the emulator writes objects with: the body leaves memory once it is on the disk."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.written: list[str] = []

    def persist(self, bucket: str, key: str, stored: Any) -> None:
        if not self.broken:
            self.written.append(key)
            stored["body"] = None


def test_an_object_is_written_while_there_is_room() -> None:
    disk = Disk()
    refusing_when_full(disk.persist, lambda: 100, 100)("b", "k", {"body": b"x"})
    assert disk.written == ["k"]


@pytest.mark.parametrize(("free", "broken"), [(99, False), (100, True)])
def test_an_object_that_is_not_kept_is_refused(free: int, broken: bool) -> None:
    disk = Disk(broken=broken)
    with pytest.raises(OSError, match="No space left") as refused:
        refusing_when_full(disk.persist, lambda: free, 100)("b", "k", {"body": b"x"})
    assert refused.value.errno == errno.ENOSPC
    assert disk.written == []


def test_no_start_without_room(where: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    left(monkeypatch, 2 * RESERVE)
    check_room(where)
    left(monkeypatch, 2 * RESERVE - 1)
    with pytest.raises(LocalError, match="LOCAL_DIR") as said:
        check_room(where)
    assert "\n" not in str(said.value)


def test_the_line_names_folder_and_room(where: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    left(monkeypatch, 5 << 20)
    line = disk_full(where, "uploads fail")
    assert str(where.folder) in line
    assert "5 MB left" in line


def test_a_state_that_was_not_saved_is_said(where: Places) -> None:
    log = where.folder / "cloud.log"
    log.write_bytes(b"Persistence: saved dynamodb\n")
    check_saved(where)
    log.write_bytes(b"Persistence: failed to save dynamodb: [Errno 28]\n")
    with pytest.raises(LocalError, match="could not be saved"):
        check_saved(where)
