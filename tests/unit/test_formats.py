"""Versions of what is kept: absent is 1, a later one is refused, never guessed at."""

import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pyeonji.adapters.dynamodb.backups import backup_item, read_backup, read_volume, volume_item
from pyeonji.adapters.dynamodb.codec import Item, message_item, read_message
from pyeonji.adapters.dynamodb.homes import home_state_item, read_home_state
from pyeonji.adapters.dynamodb.uploads import read_upload, upload_item
from pyeonji.domain.formats import NewerFormatError, check_version
from pyeonji.domain.homes import (
    Home,
    HomeKind,
    HomeState,
    Security,
    SignIn,
    SyncState,
    decode_home,
    encode_home,
)
from pyeonji.domain.manifest import Listed, folder_entry, folder_json, read_folder_json
from pyeonji.domain.messages import Message
from pyeonji.domain.states import BackupState
from pyeonji.domain.uploads import BroughtBack, LedgerRow, Outcome, Source
from pyeonji.usecases.backups.copying import CopyPart, Range
from pyeonji.usecases.backups.plan_files import read_parts
from pyeonji.usecases.uploads.chunk_list import ChunkPointer, encode_index
from pyeonji.usecases.uploads.ledger import (
    decode_row,
    encode_pages,
    encode_row,
    index_of,
    page_of,
    pages_key,
    read_pages,
)
from pyeonji.zipio.listing import Entry
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
    source = Source("01J", (BroughtBack(1, 4_000_000_000, box.id), BroughtBack(2, 100, "b")))
    return [
        (backup, backup_item, read_backup),
        (volume, volume_item, read_volume),
        (upload, upload_item, read_upload),
        (replace(upload, source=source), upload_item, read_upload),
    ]


@pytest.mark.parametrize("place", range(4), ids=["backup", "volume", "upload", "restore"])
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
    later = [99, *json.loads(item["m"]["S"])[1:]]
    with pytest.raises(NewerFormatError):
        read_message(item | {"m": {"S": json.dumps(later)}})


@pytest.mark.parametrize("version", [0, -1, 2, "1", 1.0, [1]])
def test_only_versions_up_to_our_own(version: object) -> None:
    with pytest.raises(NewerFormatError):
        check_version("a plan", version, 1)


def test_absent_is_the_first() -> None:
    assert check_version("a plan", None, 3) == 1
    assert [check_version("a plan", version, 3) for version in (1, 2, 3)] == [1, 2, 3]


def section(title: str) -> str:
    """What the page says under a heading."""
    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("place", range(3), ids=["backup", "volume", "upload"])
def test_the_page_specifies_every_field_of_an_item(place: int) -> None:
    value, write, _ = requests()[place]
    kind = type(value).__name__.lower()
    (row,) = (
        line for line in section("Items of the table").splitlines() if line.startswith(f"| {kind} ")
    )
    known = {field.name for field in fields(value)} | set(write(value))
    own = known - {"pk", "sk", "due_pk", "due_sk", "v", "id", "span", "totals"}
    assert {name for name in own if f"`{name}`" not in row} == set()


def test_the_page_specifies_every_value_of_an_index_item() -> None:
    version, *written = json.loads(message_item(KEY, MESSAGE)["m"]["S"])
    assert version == 2
    rows = [line for line in section("Index item").splitlines() if re.match(r"\| \d+ \|", line)]
    names = [row.split("|")[2].strip() for row in rows]
    assert len(names) == len(written)
    for name, value in zip(names, written, strict=True):
        expected = getattr(MESSAGE, name)
        assert value == (list(expected) if isinstance(expected, tuple) else expected)


def test_the_page_specifies_every_field_of_a_ledger() -> None:
    row = LedgerRow(1, "a.eml", Outcome.IMPORTED, None, 5)
    page = page_of([row])
    names = [*json.loads(encode_row(row)), *json.loads(encode_pages([page]))[0]]
    assert names[0] == "v"
    assert {name for name in names if f"`{name}`" not in section("Ledger")} == set()


def test_the_page_specifies_every_field_of_a_chunk_list() -> None:
    names = [*json.loads(encode_index([ChunkPointer("1-00001", 0, 1, 1)])), *Entry._fields]
    said = section("Chunk list")
    assert {name for name in names if f"`{name}`" not in said and f" {name}" not in said} == set()


def test_a_ledger_of_a_later_version_is_refused_not_guessed_at() -> None:
    row = LedgerRow(1, '{"v":9', Outcome.IMPORTED, None, 5)
    line = encode_row(row)
    assert decode_row(line) == row
    assert decode_row(line.replace(b'{"v":1,', b"{", 1)) == row
    assert index_of(line) == index_of(line.replace(b'{"v":1,', b"{", 1)) == 1
    with pytest.raises(NewerFormatError):
        decode_row(line.replace(b'{"v":1,', b'{"v":2,', 1))
    world = World()
    world.work.put(
        pages_key("u", "1-final"), encode_pages([page_of([row])]).replace(b'"v":1', b'"v":2')
    )
    with pytest.raises(NewerFormatError):
        read_pages(world.work, "u", "1-final")


def test_a_chunk_list_of_a_later_version_is_refused() -> None:
    line = {"name": "1-00001", "start": 0, "length": 1, "entries": 1, "quota": None}
    assert ChunkPointer.from_json(line) == ChunkPointer.from_json(line | {"v": 1, "more": 1})
    with pytest.raises(NewerFormatError):
        ChunkPointer.from_json(line | {"v": 2})
    with pytest.raises(ValueError, match="name"):
        ChunkPointer.from_json({})


def test_a_plan_of_a_later_version_is_refused() -> None:
    world = World()
    _, (volume,) = put_ready(world, "b", [world.clock])
    for version, known in (("", True), ('"v":1,', True), ('"v":2,', False)):
        text = f'{{{version}"number":1,"copy":["s",0,9]}}'
        world.work.put(f"plans/{volume.backup_id}/0001.parts.jsonl", text.encode())
        if known:
            assert read_parts(world, volume, 0, len(text)) == [CopyPart(1, Range("s", 0, 9))]
        else:
            with pytest.raises(NewerFormatError):
                read_parts(world, volume, 0, len(text))


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


def test_a_home_s_state_is_an_item_like_the_others() -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    for state in (
        HomeState("kim@acme.example"),
        HomeState("kim@acme.example", SyncState.FAILING, now, "home_refused", "No such user", now),
    ):
        item = home_state_item(state)
        assert read_home_state(item, "kim@acme.example") == state
        with pytest.raises(NewerFormatError):
            read_home_state(item | {"v": {"N": "2"}}, "kim@acme.example")


def test_a_home_is_kept_with_its_version() -> None:
    home = Home(
        HomeKind.IMAP, "mail.acme.example", 143, Security.STARTTLS, SignIn.AUTHZID,
        user="backup", secret="company/1", checked_at=datetime(2026, 6, 1, tzinfo=UTC),
    )  # fmt: skip
    kept = encode_home(home)
    assert json.loads(kept)["v"] == 1
    assert decode_home(kept) == home
    assert decode_home(encode_home(Home())) == Home()
    assert decode_home(None) == Home(), "what 1.0.0 wrote has none"
    assert decode_home(json.dumps(json.loads(kept) | {"colour": "green"})) == home
    with pytest.raises(NewerFormatError):
        decode_home(json.dumps(json.loads(kept) | {"v": 2}))
