"""Volumes planned in exact sizes: no mail bytes are needed to know every byte of a volume."""

import hashlib
import io
import json
import struct
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.backups import Backup, ChosenMailbox
from pyeonji.domain.limits import GIB, MIB
from pyeonji.domain.messages import Message
from pyeonji.domain.periods import BEGINNING, Span
from pyeonji.domain.states import BackupState
from pyeonji.mime.naming import mailbox_folder, member_name, units_of
from pyeonji.usecases.backups.copying import MIN_PART, CopyPart
from pyeonji.usecases.backups.layout import (
    Layout,
    lay_out,
    mailbox_labels,
    volume_filename,
    volumes_of,
)
from tests.support.company import ALL, KIM, SEOUL

NOW = datetime(2026, 6, 15, 3, 0, tzinfo=UTC)
BOX = Mailbox("01HZZZZZZZZZZZZZZZZZZZZZZZ", "거래처/한빛물산", None, 1, 1)


def backup(limit: int = 4 * GIB) -> Backup:
    return Backup(
        id="01J0000000000000000000000A",
        account=KIM,
        state=BackupState.PLANNING,
        mailboxes=(ChosenMailbox(BOX.id, BOX.path),),
        period=ALL,
        span=Span(BEGINNING, NOW),
        volume_bytes=limit,
        requested_at=NOW,
    )


def messages(sizes: list[int], *, per_segment: int = 100) -> list[Message]:
    """Members laid out in segments as an import lays them out; nothing but numbers."""
    made = []
    offset = 0
    for number, size in enumerate(sizes):
        if number % per_segment == 0:
            offset = 0
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        name = f"mail/거래처/한빛물산/20250101-000000_제목_{digest[:16]}.eml"
        made.append(
            Message(
                key=digest,
                origin=f"up#{number}",
                segment=f"segments/{number // per_segment:05d}",
                offset=offset,
                method=8,
                crc=number,
                compressed=size,
                size=size * 2,
                dos_time=0x5A21_0000,
                name=name,
                received=1_735_700_000 + number,
                received_from="date",
                flags=("\\Seen",),
                subject="제목",
                sender="a@example.com",
                uid=number + 1,
            )
        )
        offset += 30 + len(name.encode()) + size
    return made


def end_records(layout: Layout) -> tuple[int, int, int]:
    """(entries, size, offset) of the directory, from the ZIP64 record if there is one."""
    at = layout.tail.rfind(b"PK\x06\x06")
    if at >= 0:
        entries, size, offset = struct.unpack_from("<QQQ", layout.tail, at + 32)
        return entries, size, offset
    at = layout.tail.rfind(b"PK\x05\x06")
    entries, size, offset = struct.unpack_from("<HII", layout.tail, at + 10)
    return entries, size, offset


@pytest.mark.slow
def test_more_than_65535_mails_in_one_volume() -> None:
    volume = messages([2_000] * 65_600, per_segment=10_000)
    layout = lay_out(backup(), BOX, volume, SEOUL, last_uid=len(volume))
    entries, size, offset = end_records(layout)
    assert b"PK\x06\x07" in layout.tail
    assert entries == 65_600 + 4  # manifest, index.html, one month
    assert offset + size + 98 == layout.bytes
    # Python reads the directory behind a hole as long as the mail.
    hole = _Sparse(layout)
    with zipfile.ZipFile(hole) as archive:
        assert len([name for name in archive.namelist() if name.endswith(".eml")]) == 65_600
        last = volume[-1]
        length = 30 + len(last.name.encode()) + last.compressed
        assert archive.infolist()[65_599].header_offset == layout.plan.mail_bytes - length
        assert archive.read("archive.json").startswith(b"{")


def test_more_than_4_gib_is_planned_to_the_byte() -> None:
    found = messages([3 * MIB] * 2_500, per_segment=16)
    (volume,) = volumes_of(found, 16 * GIB, SEOUL)
    layout = lay_out(backup(16 * GIB), BOX, volume, SEOUL, last_uid=len(volume))
    assert layout.plan.mail_bytes > 7 * GIB
    assert all(isinstance(part, CopyPart) for part in layout.plan.parts)
    with zipfile.ZipFile(_Sparse(layout)) as archive:
        assert max(info.header_offset for info in archive.infolist()) > 7 * GIB
        assert len(archive.infolist()) == 2_504


def test_a_unit_of_4_gib_cuts_there() -> None:
    found = messages([3 * MIB] * 2_500, per_segment=16)
    volumes = volumes_of(found, 4 * GIB, SEOUL)
    assert [len(volume) for volume in volumes] == [1363, 1137]
    for volume in volumes:
        layout = lay_out(backup(), BOX, volume, SEOUL, last_uid=len(volume))
        assert 0 < layout.bytes <= 4 * GIB


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 9 * MIB), min_size=1, max_size=60),
    chosen=st.data(),
    limit=st.integers(MIB, 64 * MIB),
    per_segment=st.integers(1, 20),
)
def test_any_selection_under_any_unit(
    sizes: list[int], chosen: st.DataObject, limit: int, per_segment: int
) -> None:
    every = messages(sizes, per_segment=per_segment)
    kept = [m for m in every if chosen.draw(st.booleans(), label=m.origin)]
    volumes = volumes_of(kept, limit, SEOUL)
    assert sorted(m.key for volume in volumes for m in volume) == sorted(m.key for m in kept)
    for volume in volumes:
        layout = lay_out(backup(limit), BOX, volume, SEOUL, last_uid=len(volume))
        assert layout.bytes <= limit or len(volume) == 1
        assert layout.plan.mail_bytes == sum(
            30 + len(m.name.encode()) + m.compressed for m in volume
        )
        assert all(part.length >= MIN_PART for part in layout.plan.parts)
        entries, _, offset = end_records(layout)
        assert entries == len(volume) + 4
        assert offset > layout.plan.mail_bytes


@pytest.mark.parametrize("path", ["a/b:c", "CON", "받은편지함", "…/점."])
def test_the_file_name_is_for_people_and_for_every_desktop(path: str) -> None:
    labels = mailbox_labels([ChosenMailbox(BOX.id, path)])
    name = volume_filename(backup(), labels[BOX.id], 1, 3, SEOUL, messages([1])[0])
    assert name.startswith("acme.example_kim_")
    assert name.endswith("_20250101-20260615_1of3.zip")
    assert not set(name) & set('<>:"/\\|?*')


@pytest.mark.parametrize(
    "path",
    ["Projects/2025 Product Launch/Customer communication/North America", "가" * 200, "💌" * 99],
)
@pytest.mark.parametrize("account", ["kim@acme.example", f"{'u' * 64}@{'company.' * 20}example"])
def test_explorer_can_unpack_a_volume_where_it_was_downloaded(path: str, account: str) -> None:
    labels = mailbox_labels([ChosenMailbox("1", path), ChosenMailbox("2", path + "/x")])
    asked = replace(backup(), account=account)
    name = volume_filename(asked, labels["2"], 100, 100, SEOUL, messages([1])[0])
    member = member_name(path, datetime(2025, 1, 2, 3, 4, 5), "제목과 subject " * 40, "u" * 16)
    folder = name.removesuffix(".zip") + " (1)"
    whole = f"C:\\Users\\{'w' * 20}\\Downloads\\{folder}\\{member}"
    assert units_of(whole) <= 259


def test_mail_named_by_an_earlier_version_has_its_list_beside_it() -> None:
    now, before = messages([1, 2, 3])[:2], messages([1, 2, 3])[2:]
    moved = [
        replace(m, name="mail/another, longer folder/" + m.name.rpartition("/")[2]) for m in before
    ]
    layout = lay_out(backup(), BOX, [*now, *moved], SEOUL, last_uid=3)
    with zipfile.ZipFile(_Sparse(layout)) as volume:
        lists = {
            name: json.loads(volume.read(name))
            for name in volume.namelist()
            if name.endswith("folder.json")
        }
    assert {name: len(found["items"]) for name, found in lists.items()} == {
        mailbox_folder(BOX.path) + "folder.json": 2,
        "mail/another, longer folder/folder.json": 1,
    }


def test_no_two_mailboxes_give_files_of_one_name() -> None:
    long = "아주 긴 편지함 이름" * 9
    paths = ["a/b", "a-b", "A-B", "a-b~2", "a:b", "a?b", f"{long}/하나", f"{long}/둘"]
    labels = mailbox_labels([ChosenMailbox(str(n), path) for n, path in enumerate(paths)])
    names = [labels[str(n)] for n in range(len(paths))]
    assert names[:6] == ["a-b", "a-b~2", "A-B~3", "a-b~2~2", "a_b", "a_b~2"]
    assert len({name.casefold() for name in names}) == len(paths)
    assert all(len(name.encode()) <= 100 for name in names)


class _Sparse(io.RawIOBase):
    """A volume whose mail is a hole: only manifest and directory have bytes."""

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self._start = layout.plan.mail_bytes
        self._tail = layout.tail
        self._at = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._at, self._start + len(self._tail))[whence]
        self._at = base + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = self._start + len(self._tail)
        stop = end if size < 0 else min(end, self._at + size)
        assert self._at >= self._start, "the directory points into manifest and tail only"
        data = self._tail[self._at - self._start : stop - self._start]
        self._at = stop
        return data
