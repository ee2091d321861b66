"""Versions of what is kept: absent is 1, a later one is refused, never guessed at."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pyeonji.adapters.dynamodb.backups import backup_item, read_backup, read_volume, volume_item
from pyeonji.adapters.dynamodb.codec import Item, message_item, read_message
from pyeonji.adapters.dynamodb.uploads import read_upload, upload_item
from pyeonji.domain.formats import NewerFormatError, check_version
from pyeonji.domain.manifest import Listed, folder_entry, folder_json, read_folder_json
from pyeonji.domain.messages import Message
from pyeonji.domain.states import BackupState
from tests.support.caretaking import put_backup, put_ready
from tests.support.company import found_company
from tests.support.fakes import World
from tests.support.uploading import ask_to_upload

MESSAGE = Message(
    key="ab" * 32,
    origin="01J#3",
    segment="segments/kim@acme.example/box/x.seg",
    offset=7,
    method=8,
    crc=1,
    compressed=2,
    size=3,
    dos_time=4,
    name="mail/받은편지함/20250101-000000_a_b.eml",
    received=1_700_000_000,
    received_from="received",
    flags=("\\Seen",),
    subject="안녕",
    sender=None,
    uid=9,
)
KEY: Item = {"pk": {"S": "MAIL#k#b#a"}, "sk": {"S": MESSAGE.key}}


def requests() -> list[tuple[Any, Callable[[Any], Item], Callable[[Item], Any]]]:
    world = World()
    box = found_company(world)
    backup = put_backup(world, "01J", BackupState.EXPORTING)
    _, (volume,) = put_ready(world, "01K", [datetime(2026, 6, 1, tzinfo=UTC)])
    upload = ask_to_upload(world, box, 100)
    return [
        (backup, backup_item, read_backup),
        (volume, volume_item, read_volume),
        (upload, upload_item, read_upload),
    ]


@pytest.mark.parametrize("place", range(3), ids=["backup", "volume", "upload"])
def test_items_carry_their_version(place: int) -> None:
    value, write, read = requests()[place]
    item = write(value)
    assert item["v"] == {"N": "1"}
    assert read(item) == value
    assert read({name: value for name, value in item.items() if name != "v"}) == value
    with pytest.raises(NewerFormatError):
        read(item | {"v": {"N": "2"}})


def test_an_index_item_of_a_later_version_is_not_guessed_at() -> None:
    item = message_item(KEY, MESSAGE)
    assert read_message(item) == MESSAGE
    assert read_message(message_item(KEY, replace(MESSAGE, sender="Kim"))).sender == "Kim"
    later = [99, *json.loads(item["m"]["S"])]
    with pytest.raises(NewerFormatError):
        read_message(item | {"m": {"S": json.dumps(later)}})


@pytest.mark.parametrize("version", [0, -1, 2, "1", 1.0, [1]])
def test_only_versions_up_to_our_own(version: object) -> None:
    with pytest.raises(NewerFormatError):
        check_version("a plan", version, 1)


def test_absent_is_the_first() -> None:
    assert check_version("a plan", None, 3) == 1
    assert [check_version("a plan", version, 3) for version in (1, 2, 3)] == [1, 2, 3]


def manifest() -> bytes:
    listed = Listed("a.eml", ("\\Seen",), uid=1, sha256="ab" * 32, size=3)
    return folder_json(
        path="편지함",
        identity="x",
        special_use=None,
        validity=1,
        last_uid=1,
        entries=[folder_entry(listed)],
    )


def test_facts_of_a_later_manifest_are_passed_over() -> None:
    assert read_folder_json(manifest())["a.eml"].sha256 == "ab" * 32
    first = manifest().replace(b'"version":1,', b"")
    assert first != manifest()
    assert read_folder_json(first)["a.eml"].sha256 == "ab" * 32
    later = read_folder_json(manifest().replace(b'"version":1,', b'"version":2,'))["a.eml"]
    assert later.sha256 is None
    assert later.flags == ("\\Seen",), "what the draft defines stays readable"
