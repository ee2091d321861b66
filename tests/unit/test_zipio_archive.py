"""Opening archives: what is tolerated, what is refused, and by how many reads."""

import struct

import pytest

from pyeonji.zipio.archive import ArchiveLimits, open_directory
from pyeonji.zipio.directory import end_of_directory, slice_of
from pyeonji.zipio.entry import unpack_entry
from pyeonji.zipio.errors import (
    AmbiguousArchiveError,
    EmptyArchiveError,
    NotAZipError,
    OtherArchiveError,
    ShortReadError,
    SplitArchiveError,
    TooManyEntriesError,
)
from pyeonji.zipio.listing import Directory
from pyeonji.zipio.member import Member, pack
from pyeonji.zipio.segment import SegmentWriter
from tests.support.corpora import case
from tests.support.zip_makers import MAIL, Made, archive, reader_of, zip64_extra

TWO = [Made(b"a.eml"), Made(b"b.eml", b"Subject: b\r\n\r\nb", method=0)]
NESTED = archive([Made(b"inner.eml")])
PLAIN = archive(TWO)
_, _, _, _, ENTRIES, SIZE, START, _ = struct.unpack("<IHHHHIIH", PLAIN[-22:])
#: A directory of one entry, as long as that of TWO.
SAME_LENGTH = slice_of([Member("o" * (SIZE - 46), 0, 0, 0, 0, 0, 0)])


def opened(data: bytes, limits: ArchiveLimits | None = None) -> Directory:
    return open_directory(len(data), reader_of(data), limits)


def contents(data: bytes) -> list[bytes]:
    return [unpack_entry(entry, data, 0, 1 << 20).message for entry in opened(data)]


SOUND = {
    "plain": archive(TWO),
    "comment": archive(TWO, comment=b"c" * 65535),
    "comment with four bytes like an end record": archive(TWO, comment=b"PK\x05\x06" + b"x" * 40),
    "bytes behind the end": archive(TWO, trailer=b"\n" * 100),
    "bytes before, offsets adjusted": archive(TWO, prefix=b"MZ" * 500),
    "bytes before, offsets not adjusted": archive(TWO, prefix=b"MZ" * 500, shifted=False),
    "split marker of a single file": archive(TWO, prefix=b"PK\x07\x08"),
    "ZIP64 end records": archive(TWO, zip64=True),
    "ZIP64 and bytes before": archive(TWO, zip64=True, prefix=b"MZ" * 500, shifted=False),
    "ZIP64 end records with plain values": archive(
        TWO, zip64=True, end={"entries": ENTRIES, "size": SIZE, "start": START}
    ),
    "stored archive inside": archive([*TWO, Made(b"x.zip", NESTED, method=0)]),
    "gap between members": archive([Made(b"a.eml", gap=b"\0" * 4096), TWO[1]]),
    "gap before the directory": archive(TWO, before_directory=b"\0" * 99),
    "digital signature": archive(TWO, behind_directory=b"PK\x05\x05\x02\x00ab"),
    "extra fields": archive([Made(extra=b"UT\x05\x00\x01\x00\x00\x00\x00", local_extra=b"ab")]),
    "ZIP64 sizes and offset": archive(
        [
            Made(
                compressed=0xFFFFFFFF,
                size=0xFFFFFFFF,
                data=MAIL,
                method=0,
                extra=zip64_extra(len(MAIL), len(MAIL), 0),
                local_extra=zip64_extra(len(MAIL), len(MAIL)),
                offset=lambda _: 0xFFFFFFFF,
            )
        ]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(SOUND))
def test_sound_archives_open(name: str) -> None:
    assert contents(SOUND[name])[0] == MAIL


REFUSED = {
    "nothing": (b"", NotAZipError),
    "text": (b"Subject: not a zip\r\n" * 99, NotAZipError),
    "truncated": (archive(TWO)[:-1], NotAZipError),
    "truncated in a member": (archive(TWO)[:200], NotAZipError),
    "a piece cut out of the middle": (archive(TWO)[:40] + archive(TWO)[90:], NotAZipError),
    "cut at the front, an archive inside": (
        archive([Made(b"x.zip", NESTED, method=0)])[22:],
        NotAZipError,
    ),
    "its end cut off, an archive inside": (
        archive([Made(b"x.zip", NESTED, method=0)])[:-1],
        NotAZipError,
    ),
    "no entries": (archive([]), EmptyArchiveError),
    "no entries, with comment": (archive([], comment=b"nothing here"), EmptyArchiveError),
    "no entries behind junk": (b"junk" + archive([]), EmptyArchiveError),
    "no entries behind an archive": (archive(TWO) + archive([]), AmbiguousArchiveError),
    "no directory behind members": (
        archive(TWO)[:300] + archive([]),
        AmbiguousArchiveError,
    ),
    "disk 2": (archive(TWO, end={"disk": 2}), SplitArchiveError),
    "entries on two disks": (archive(TWO, end={"here": 1}), SplitArchiveError),
    "an entry on disk 1": (archive([Made(disk=1)]), SplitArchiveError),
    "two disks in ZIP64": (archive(TWO, zip64=True, end64={"disks": 2}), SplitArchiveError),
    "first file of a split archive": (b"PK\x07\x08" + archive(TWO)[:200], SplitArchiveError),
    "ZIP64 and classic differ": (
        archive(TWO, zip64=True, end={"entries": 1}),
        AmbiguousArchiveError,
    ),
    "no ZIP64 record": (
        archive(TWO)[:-22] + struct.pack("<IIQI", 0x07064B50, 0, 5, 1)
        + end_of_directory(2, 0xFFFFFFFE, 0)[:12] + b"\xff" * 8 + b"\0\0",
        NotAZipError,
    ),
    "two ZIP64 records": (
        archive(TWO, zip64=True, behind_directory=archive(TWO, zip64=True)[-98:-42],
                end64={"position": len(archive(TWO)) - 22}),
        AmbiguousArchiveError,
    ),
    "one record less than announced": (archive(TWO, end={"entries": 3}), AmbiguousArchiveError),
    "one record more than announced": (archive(TWO, end={"entries": 1}), AmbiguousArchiveError),
    "an archive in the comment": (archive(TWO, comment=NESTED), AmbiguousArchiveError),
    "two archives, one behind the other": (archive(TWO) + NESTED, AmbiguousArchiveError),
    "directory said to be elsewhere too": (
        archive(TWO, behind_directory=SAME_LENGTH),
        AmbiguousArchiveError,
    ),
    "overlapping members": (
        archive([Made(b"a.eml"), Made(b"b.eml", offset=lambda offset: offset - 10)]),
        AmbiguousArchiveError,
    ),
    "two entries, one member": (
        archive([Made(b"a.eml"), Made(b"a.eml", absent=True, offset=lambda _: 0)]),
        AmbiguousArchiveError,
    ),
    "flat overlapped bomb": (
        archive([
            Made(b"a%d.eml" % n, b"0" * 99, method=0, compressed=5000 - 40 * n) for n in range(9)
        ]),
        AmbiguousArchiveError,
    ),
    "member runs into the directory": (
        archive([Made(compressed=5000)]),
        AmbiguousArchiveError,
    ),
    "a member before the first": (
        archive([Made(b"seen.eml")], prefix=archive([Made(b"hidden.eml")])[:200]),
        AmbiguousArchiveError,
    ),
    "a record cut short": (
        archive([Made(comment=b"")], end={"entries": 2, "size": 90})[:-22]
        + archive([], end={"entries": 1})[-22:],
        NotAZipError,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(REFUSED))
def test_archives_that_are_refused(name: str) -> None:
    data, error = REFUSED[name]
    with pytest.raises(error) as caught:
        opened(data)
    assert caught.value.code in {
        "not_a_zip",
        "empty",
        "split_archive",
        "ambiguous_archive",
    }


def test_one_entry_pointing_outside_costs_the_others_nothing() -> None:
    data = archive([Made(b"a.eml"), Made(b"b.eml", offset=lambda _: 1_000_000)])
    directory = opened(data)
    assert directory[0].span > 0
    assert directory[1].span == 0


def test_more_than_65535_entries_with_and_without_zip64() -> None:
    writer = SegmentWriter()
    packed = pack(b"Subject: x\r\n\r\n")
    for number in range(70_000):
        writer.add(f"{number}.eml", packed, 0)
    mail, records = writer.getvalue(), slice_of(writer.members)
    sound = mail + records + end_of_directory(70_000, len(records), len(mail))
    assert len(opened(sound)) == 70_000
    # macOS's Archive Utility: the count wrapped around, no ZIP64
    wrapped = mail + records + end_of_directory(70_000 - 65_536, len(records), len(mail))
    assert len(opened(wrapped)) == 70_000


def test_entries_and_directory_at_the_limit_and_one_beyond() -> None:
    data = archive([Made(b"%d.eml" % number) for number in range(5)])
    assert len(opened(data, ArchiveLimits(max_entries=5))) == 5
    with pytest.raises(TooManyEntriesError):
        opened(data, ArchiveLimits(max_entries=4))
    size = 5 * 51
    assert len(opened(data, ArchiveLimits(max_directory=size))) == 5
    with pytest.raises(TooManyEntriesError):
        opened(data, ArchiveLimits(max_directory=size - 1))


def test_an_ordinary_archive_takes_one_read_and_a_large_one_two() -> None:
    small = archive([Made(b"%d.eml" % number) for number in range(500)])
    read = reader_of(small)
    open_directory(len(small), read)
    assert len(read.reads) == 1  # type: ignore[attr-defined]
    large = archive([Made(b"%05d.eml" % number) for number in range(5_000)])
    read = reader_of(large)
    open_directory(len(large), read)
    reads = read.reads  # type: ignore[attr-defined]
    assert len(reads) == 2
    assert sum(length for _, length in reads) == 5_000 * 55 + 22  # not a byte of mail


@pytest.mark.parametrize("count", [1, 2900])
@pytest.mark.parametrize("wide", [False, True])
def test_end_records_that_lead_nowhere_cost_few_reads(count: int, *, wide: bool) -> None:
    """Each record says another place in the file, and each place costs a request."""
    records = b"".join(
        (struct.pack("<IIQI", 0x07064B50, 0, 7 * number, 1) if wide else b"")
        + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, 46, 100 + 300 * number, 9)
        for number in range(count if not wide else count // 2 + 1)
    )
    data = b"\0" * 1_000_000 + records + b"x"
    read = reader_of(data)
    with pytest.raises((NotAZipError, AmbiguousArchiveError)):
        open_directory(len(data), read)
    assert len(read.reads) <= 45  # type: ignore[attr-defined]


def test_many_archives_stored_inside_are_ordinary() -> None:
    """Their end records lie before the real one, also within its last 64 KiB."""
    inside = [Made(b"%d.zip" % n, archive([Made(b"%d.eml" % n)]), method=0) for n in range(60)]
    data = archive([Made(), *inside])
    read = reader_of(data)
    assert len(open_directory(len(data), read)) == 61
    assert len(read.reads) == 1  # type: ignore[attr-defined]


OTHERS = {
    "7z": b"7z\xbc\xaf\x27\x1c\x00\x04",
    "RAR": b"Rar!\x1a\x07\x01\x00",
    "EGG": b"EGGA\x00\x01",
    "ALZ": b"ALZ\x01\n\x00",
    "GZ": b"\x1f\x8b\x08\x00",
    "TAR": b"a.eml".ljust(257, b"\0") + b"ustar\x0000",
}


@pytest.mark.parametrize("kind", list(OTHERS))
@pytest.mark.parametrize("inside", [b"", NESTED, NESTED + b"\0" * 20])
def test_other_archives_are_named(kind: str, inside: bytes) -> None:
    """Also with a ZIP stored inside, whose end record could be taken for the file's own."""
    data = OTHERS[kind] + b"\x55" * 300 + inside
    with pytest.raises(OtherArchiveError) as caught:
        opened(data)
    assert (caught.value.code, caught.value.kind) == ("other_archive", kind)


@pytest.mark.parametrize("kind", ["7z", "alz", "egg", "rar"])
def test_cases_of_other_archives(kind: str) -> None:
    data = (case("19-egg-7z-renamed") / f"mail.{kind}.zip").read_bytes()
    with pytest.raises(OtherArchiveError) as caught:
        opened(data)
    assert caught.value.kind.lower() == kind


def test_a_read_that_falls_short_is_not_the_archives_fault() -> None:
    data = archive(TWO)
    with pytest.raises(ShortReadError):
        open_directory(len(data), lambda start, length: data[start : start + length - 1])
