"""A volume of ours, uploaded: the same messages, bytes, received dates and flags."""

import io
import json
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.ids import new_id
from pyeonji.domain.limits import MIB
from pyeonji.domain.manifest import read_folder_json
from pyeonji.domain.uploads import Totals
from pyeonji.usecases.uploads.manifest_facts import _listed
from tests.support.company import KIM, BackupMachine, ask, days_ago, deliver, found_company
from tests.support.company import letter_bytes as letter
from tests.support.fakes import World
from tests.support.uploading import assert_counts_agree, held, ledger, send, zip_of

FLAGS = [(), ("\\Seen",), ("\\Seen", "\\Flagged"), ("\\Answered", "업무"), ("\\Draft",)]


def archive(world: World, box: Mailbox) -> list[bytes]:
    """Every volume of a backup of `box`, as small as they come."""
    backup = ask(world, mailboxes=[box.id], volume_bytes=MIB)
    BackupMachine(world, backup.id).run()
    return [world.volumes.data[volume.key] for volume in world.backups.volumes(KIM, backup.id)]


def filled(world: World, count: int = 60) -> Mailbox:
    """A mailbox whose mails carry no date of their own, with various flags."""
    box = found_company(world)
    deliver(world, box, [(letter(n, 60_000), days_ago(world, 40 + n / 7)) for n in range(count)])
    messages = world.index.messages[KIM, box.id]
    for place, key in enumerate(sorted(messages)):
        messages[key] = replace(messages[key], flags=FLAGS[place % len(FLAGS)])
    return box


def another_mailbox(world: World, path: str = "보관/2025") -> Mailbox:
    box = Mailbox(new_id(world.clock), path)
    assert world.accounts.create_mailbox(KIM, box)
    return box


def facts(world: World, box: Mailbox) -> dict[str, tuple[object, ...]]:
    return {
        message.digest: (message.received, message.flags, message.size)
        for message in world.index.read(KIM, box.id)
    }


def test_there_and_back_and_there_again() -> None:
    world = World()
    box = filled(world)
    volumes = archive(world, box)
    assert len(volumes) > 1
    empty = another_mailbox(world)
    for data in volumes:
        upload = send(world, empty, data).run()
        assert upload.totals.rejected == upload.totals.duplicate == 0
    assert facts(world, empty) == facts(world, box)
    assert sorted(held(world, empty).values()) == sorted(held(world, box).values())
    assert {m.received_from for m in world.index.read(KIM, empty.id)} == {"manifest"}
    assert_counts_agree(world, empty)

    names = [
        info
        for data in archive(world, empty)
        for info in zipfile.ZipFile(io.BytesIO(data)).infolist()
        if info.filename.endswith(".eml")
    ]
    assert len(names) == 60
    assert sorted(info.CRC for info in names) == sorted(
        message.crc for message in world.index.read(KIM, box.id)
    )


def repacked(data: bytes, rename: Callable[[str], str]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        return zip_of((rename(name), source.read(name)) for name in source.namelist())


@pytest.mark.parametrize(
    "rename",
    [
        lambda name: f"내 백업/{name}",
        lambda name: unicodedata.normalize("NFD", name),
        lambda name: name.replace("/", "\\"),
    ],
    ids=["in a folder", "by macOS", "by an old Windows program"],
)
def test_packed_again_by_a_person(rename: Callable[[str], str]) -> None:
    world = World()
    box = filled(world, 12)
    [data] = archive(world, box)
    empty = another_mailbox(world)
    machine = send(world, empty, repacked(data, rename))
    assert machine.run().totals == Totals(imported=12, ignored=4)
    assert facts(world, empty) == facts(world, box)


def test_a_manifest_is_believed_only_of_the_bytes_it_speaks_of() -> None:
    world = World()
    box = filled(world, 3)
    [data] = archive(world, box)
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        contents = {name: source.read(name) for name in source.namelist()}
    name = next(name for name in contents if name.endswith(".eml"))
    contents[name] = b"Date: Wed, 2 Mar 2022 10:00:00 +0900\r\n\r\nanother mail"
    empty = another_mailbox(world)
    machine = send(world, empty, zip_of(contents))
    machine.run()
    sources = {row.name: row.date_from for row in ledger(machine) if row.date}
    assert sources.pop(name) == "date"
    assert set(sources.values()) == {"manifest"}


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"not json",
        b"[" * 100_000,
        b'{"items":7}',
        b'{"items":[{"uid":"1","filename":7,"flags":"x"}],"pyeonji":{"files":[]}}',
        b'{"items":[\n{"uid":"1","filename":"a.eml","flags":[7,{}]}\n],'
        b'"pyeonji":{"files":{\n"a.eml":{"received":"never","sha256":5}\n}}}',
        b'{"items":[\n{"uid":"1","filename":"a.eml","flags":[\n],"pyeonji":{"files":{\n"a.eml":{\n',
        json.dumps({"items": [{"filename": "a.eml", "flags": ["x" * 5000] * 5000}]}).encode(),
        json.dumps({"items": [{"filename": "a.eml", "uid": "9" * 5000}]}).encode(),
    ],
)
def test_a_manifest_that_makes_no_sense_is_passed_over(manifest: bytes) -> None:
    world = World()
    box = found_company(world)
    entries = {"mail/받은편지함/a.eml": letter(1), "mail/받은편지함/folder.json": manifest}
    machine = send(world, box, zip_of(entries))
    assert machine.run().totals == Totals(imported=1, ignored=1)


def test_a_manifest_from_the_future_does_not_hide_mail_from_backups() -> None:
    world = World()
    box = found_company(world)
    listed = {
        "items": [{"uid": "1", "filename": "a.eml", "flags": ["$seen"]}],
        "pyeonji": {"files": {"a.eml": {"received": "9999-01-01T00:00:00Z"}}},
    }
    entries = {"mail/x/a.eml": letter(1), "mail/x/folder.json": json.dumps(listed).encode()}
    send(world, box, zip_of(entries)).run()
    [message] = world.index.read(KIM, box.id)
    assert message.received_at < world.clock + timedelta(days=2)
    assert message.flags == ("\\Seen",)


def test_a_long_manifest_is_read_in_pieces_with_the_same_result() -> None:
    world = World()
    box = filled(world, 25)
    [data] = archive(world, box)
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        manifest = source.read("mail/받은편지함/folder.json")
    whole = read_folder_json(manifest)
    assert len(whole) == 25
    assert {listed.filename: listed for listed in _listed(manifest)} == whole
    # Facts of a later version are nobody's to guess at, in pieces as in one.
    later = manifest.replace(b'"pyeonji":{"version":1,', b'"pyeonji":{"version":2,')
    assert later != manifest
    assert {listed.sha256 for listed in _listed(later)} == {None}
    assert {listed.flags for listed in _listed(later)} == {one.flags for one in whole.values()}
