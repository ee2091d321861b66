"""Segments and directories: what ours writes, other tools read without complaint."""

import io
import shutil
import subprocess
import zipfile
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from pyeonji.zipio.directory import (
    end_length,
    end_of_directory,
    record_length,
    slice_of,
)
from pyeonji.zipio.errors import (
    DuplicateNameError,
    MemberTooLargeError,
    NameNotEncodableError,
    NameTooLongError,
)
from pyeonji.zipio.member import (
    METHOD_DEFLATED,
    METHOD_STORED,
    Member,
    Packed,
    dos_time,
    pack,
)
from pyeonji.zipio.segment import SegmentWriter, tail_of

NOON = dos_time(datetime(2025, 3, 1, 12, 30, 59))
MAIL = b"Subject: hello\r\n\r\n" + b"How are you today? " * 40


def volume(*segments: SegmentWriter) -> bytes:
    """Segments one behind the other with one directory: what a sealed volume is."""
    mail = b"".join(segment.getvalue() for segment in segments)
    directory = b""
    start = 0
    for segment in segments:
        directory += slice_of(segment.members, start)
        start += segment.size
    entries = sum(len(segment.members) for segment in segments)
    return mail + directory + end_of_directory(entries, len(directory), len(mail))


def test_pack_deflates_text_and_stores_what_does_not_shrink() -> None:
    assert pack(MAIL).method == METHOD_DEFLATED
    assert pack(b"") == Packed(METHOD_STORED, 0, 0, b"")
    short = pack(b"a")
    assert (short.method, short.data, short.size) == (METHOD_STORED, b"a", 1)


def test_a_member_is_as_long_as_its_bytes() -> None:
    writer = SegmentWriter()
    writer.add("mail/받은편지함/a.eml", pack(MAIL), NOON)
    second = writer.add("mail/받은편지함/b.eml", pack(b"b"), NOON)
    assert second.offset == writer.members[0].length
    assert writer.size == sum(member.length for member in writer.members)
    assert writer.getvalue() == b"".join(writer.parts())
    assert len(writer.getvalue()) == writer.size


def test_dos_time_packs_and_clamps() -> None:
    assert NOON == ((45 << 9 | 3 << 5 | 1) << 16) | (12 << 11 | 30 << 5 | 29)
    assert dos_time(datetime(1979, 12, 31)) == dos_time(datetime(1980, 1, 1))
    assert dos_time(datetime(2108, 1, 1)) == dos_time(datetime(2107, 12, 31, 23, 59, 58))


def test_names_at_the_limit_and_one_beyond() -> None:
    writer = SegmentWriter()
    writer.add("a" * 65535, pack(b"x"), NOON)
    with pytest.raises(NameTooLongError):
        writer.add("가" * 21846, pack(b"x"), NOON)
    with pytest.raises(NameNotEncodableError):
        writer.add("\ud800.eml", pack(b"x"), NOON)
    with pytest.raises(DuplicateNameError):
        writer.add("a" * 65535, pack(b"y"), NOON)
    with pytest.raises(MemberTooLargeError):
        writer.add("b", Packed(METHOD_DEFLATED, 0, 0xFFFFFFFF, b""), NOON)
    assert len(writer.members) == 1


def test_python_reads_several_segments_as_one_archive() -> None:
    one, two = SegmentWriter(), SegmentWriter()
    one.add("mail/받은편지함/첫.eml", pack(MAIL), NOON)
    two.add("mail/받은편지함/둘.eml", pack(b"2"), NOON)
    with zipfile.ZipFile(io.BytesIO(volume(one, two))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["mail/받은편지함/첫.eml", "mail/받은편지함/둘.eml"]
        assert archive.read("mail/받은편지함/첫.eml") == MAIL
        info = archive.infolist()[0]
        assert info.date_time == (2025, 3, 1, 12, 30, 58)
        assert info.flag_bits == 0x800
        assert info.external_attr >> 16 == 0o100644


@pytest.mark.parametrize(("shift", "extra"), [(0, 0), (0xFFFFFFFE, 0), (0xFFFFFFFF, 12)])
def test_offsets_of_4_gib_and_more_go_into_zip64(shift: int, extra: int) -> None:
    member = Member("a.eml", METHOD_STORED, 0, 1, 1, NOON, 0)
    record = slice_of([member], shift)
    assert len(record) == record_length(member, shift) == 46 + 5 + extra
    # zipfile decodes the ZIP64 field for us; it checks the sum of the offsets too.
    end = end_of_directory(1, len(record), shift + 100)
    sparse = _Sparse(shift + 100, record + end)
    with zipfile.ZipFile(sparse) as archive:
        assert archive.infolist()[0].header_offset == shift


class _Sparse(io.RawIOBase):
    """A file of `hole` zero bytes and then `tail`, without the memory."""

    def __init__(self, hole: int, tail: bytes) -> None:
        self._hole, self._tail, self._at = hole, tail, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._at, self._hole + len(self._tail))[whence]
        self._at = base + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        start = self._at - self._hole
        data = self._tail[start:] if size < 0 else self._tail[start : start + size]
        self._at += len(data)
        return data


@pytest.mark.parametrize(
    ("entries", "size", "offset", "length"),
    [
        (0xFFFF, 10, 10, 22),
        (0x10000, 10, 10, 98),
        (1, 0xFFFFFFFE, 10, 22),
        (1, 0xFFFFFFFF, 10, 98),
        (1, 10, 0xFFFFFFFE, 22),
        (1, 10, 0xFFFFFFFF, 98),
    ],
)
def test_zip64_end_records_at_each_limit(entries: int, size: int, offset: int, length: int) -> None:
    assert len(end_of_directory(entries, size, offset)) == length
    assert end_length(entries, size, offset) == length


@pytest.mark.slow
def test_65535_members_need_no_zip64_and_python_counts_them() -> None:
    writer = SegmentWriter()
    packed = pack(b"")
    for number in range(65_535):
        writer.add(str(number), packed, NOON)
    data = volume(writer)
    assert b"PK\x06\x06" not in data[-98:]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.namelist()) == 65_535


TOOLS = {
    "unzip": ["unzip", "-tqq"],
    "7z": [shutil.which("7z") or "7zz", "t", "-bd"],  # Debian's 7zip installs 7zz, p7zip 7z
    "bsdtar": ["bsdtar", "-tf"],
}


@cache
def volume_of(count: int) -> bytes:
    writer = SegmentWriter()
    packed = pack(MAIL)
    for number in range(count):
        writer.add(f"mail/받은편지함/메일-{number:06}.eml", packed, NOON)
    return volume(writer)


@pytest.mark.parametrize("tool", list(TOOLS))
@pytest.mark.parametrize("count", [3, pytest.param(65_536, marks=pytest.mark.slow)])
def test_other_tools_open_it_without_a_warning(tool: str, count: int, tmp_path: Path) -> None:
    if shutil.which(TOOLS[tool][0]) is None:
        pytest.skip(f"{tool} is not installed")
    path = tmp_path / "volume.zip"
    path.write_bytes(volume_of(count))
    done = subprocess.run(
        [*TOOLS[tool], str(path)],
        capture_output=True,
        check=False,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert b"arning" not in done.stdout + done.stderr
    if tool == "bsdtar":
        assert done.stdout.count(b".eml") == count
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == count


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_tail_makes_an_archive_of_members(count: int) -> None:
    writer = SegmentWriter()
    for number in range(count):
        writer.add(f"{number}.eml", pack(b"mail %d" % number), 0x5821_0000)
    files = [("mail/folder.json", b"{}"), ("archive.json", b"{}" * 500)]
    made = datetime(2026, 6, 15, 12, 30, 0)
    data = writer.getvalue() + tail_of(writer.members, files, made)
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    names = [f"{number}.eml" for number in range(count)]
    assert archive.namelist() == [*names, "mail/folder.json", "archive.json"]
    assert archive.read("archive.json") == b"{}" * 500
    assert archive.getinfo("archive.json").date_time == (2026, 6, 15, 12, 30, 0)
