"""What the directory alone tells: names, times, and what is not mail."""

import struct
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pyeonji.usecases.uploads.judging import judge, manifest_kind
from pyeonji.zipio.archive import open_directory
from pyeonji.zipio.listing import Entry
from pyeonji.zipio.names import decode_name
from tests.support.zip_makers import MAIL, Made, archive, reader_of, unicode_path, zip64_extra

SEOUL = ZoneInfo("Asia/Seoul")
LIMIT = len(MAIL)


def entry_of(made: Made) -> Entry:
    data = archive([made])
    return open_directory(len(data), reader_of(data))[0]


@pytest.mark.parametrize(
    ("raw", "extra", "name"),
    [
        (b"a.eml", b"", "a.eml"),
        ("편지.eml".encode(), b"", "편지.eml"),
        ("편지.eml".encode("cp949"), b"", "편지.eml"),
        ("똠방각하.eml".encode("cp949"), b"", "똠방각하.eml"),
        (b"\x80\xff.eml", b"", "Ç\xa0.eml"),
        (b"?.eml", unicode_path(b"?.eml", "편지.eml"), "편지.eml"),
        (b"?.eml", unicode_path(b"other", "편지.eml"), "?.eml"),
        (b"?.eml", unicode_path(b"?.eml", "편지.eml")[:-4], "?.eml"),
        ("..\\..\\C:편지.eml".encode(), b"", "..\\..\\C:편지.eml"),
        (b"", b"", ""),
    ],
)
def test_names(raw: bytes, extra: bytes, name: str) -> None:
    assert decode_name(raw, extra) == name
    assert entry_of(Made(raw, extra=extra)).name == name


JUDGED = {
    "taken": (Made(b"x/a.eml"), None),
    "upper case": (Made(b"A.EML"), None),
    "blank behind": (Made(b"a.eml "), None),
    "parent folders": (Made(b"../../etc/a.eml"), None),
    "backslashes": (Made(b"C:\\mail\\a.eml"), None),
    "limit": (Made(size=LIMIT), None),
    "folder": (Made(b"x/", b"", method=0), "ignored folder"),
    "deflated folder": (Made(b"x/", b""), "ignored folder"),
    "folder with backslash": (Made(b"x\\", b"", method=0), "ignored folder"),
    "folder by its DOS mark": (Made(b"x", b"", method=0, attributes=0x10), "ignored folder"),
    "folder by its mode": (Made(b"x", b"", attributes=0o040755 << 16), "ignored folder"),
    "folder with content": (Made(b"x/"), "rejected not_eml"),
    "Mac's twin": (Made(b"__MACOSX/._a.eml"), "ignored system_file"),
    "Mac's twin beside it": (Made(b"x/._a.eml"), "ignored system_file"),
    "Finder": (Made(b"x/.DS_Store"), "ignored system_file"),
    "Explorer": (Made(b"x/Thumbs.db"), "ignored system_file"),
    "Explorer, loud": (Made(b"x/THUMBS.DB"), "ignored system_file"),
    "Explorer's other": (Made(b"x\\desktop.ini"), "ignored system_file"),
    "our archive.json": (Made(b"archive.json"), "ignored manifest"),
    "our folder.json": (Made("mail/받은편지함/folder.json".encode()), "ignored manifest"),
    "ours, packed again": (Made(b"backup/mail/x/folder.json"), "ignored manifest"),
    "another folder.json": (Made(b"x/folder.json"), "rejected not_eml"),
    "another archive.json": (Made(b"a/b/archive.json"), "rejected not_eml"),
    "text": (Made(b"a.txt"), "rejected not_eml"),
    "eml in a name": (Made(b"a.eml.txt"), "rejected not_eml"),
    "nested archive": (Made(b"a.zip"), "rejected archive_file"),
    "EGG": (Made("자료.EGG".encode()), "rejected archive_file"),
    "Outlook's mail": (Made("회의록.msg".encode()), "rejected outlook_file"),
    "Outlook's folder": (Made(b"x/outlook.PST "), "rejected outlook_file"),
    "many mails in one": (Made(b"Inbox.mbox"), "rejected mbox_file"),
    "extension alone": (Made(b"pst"), "rejected not_eml"),
    "a folder with a mail in it": (Made(b"a.eml/"), "rejected contradictory"),
    "a mail marked as a folder": (Made(attributes=0x10), "rejected contradictory"),
    "a mail with a folder's mode": (Made(attributes=0o040755 << 16), "rejected contradictory"),
    "a folder by its other name": (
        Made(b"a.eml", extra=unicode_path(b"a.eml", "a.eml/")), "rejected contradictory"
    ),
    "a mail by its other name": (
        Made(b"a/", extra=unicode_path(b"a/", "a.eml")), "rejected contradictory"
    ),
    "two other names": (
        Made(extra=unicode_path(b"a.eml", "b.eml") + unicode_path(b"a.eml", "c.eml")),
        "rejected contradictory",
    ),
    "ZIP64 sizes beside others": (Made(extra=zip64_extra(1, 2)), "rejected contradictory"),
    "ZIP64 field of nothing": (Made(extra=zip64_extra(0, 0)), None),
    "other fields twice": (Made(extra=b"ux\0\0ux\0\0"), None),
    "encrypted picture": (Made(b"a.png", flags=1), "rejected not_eml"),
    "no name": (Made(b""), "rejected not_eml"),
    "slashes alone": (Made(b"///"), "rejected not_eml"),
    "nothing in it": (Made(content=b"", method=0), "rejected zero_byte"),
    "nothing in it, deflated": (Made(content=b""), "rejected zero_byte"),
    "encrypted": (Made(flags=1), "rejected encrypted"),
    "AES": (Made(method=99), "rejected encrypted"),
    "bzip2": (Made(method=12), "rejected unsupported_compression"),
    "limit and one": (Made(size=LIMIT + 1), "rejected too_large"),
}  # fmt: skip


@pytest.mark.parametrize("case", list(JUDGED))
def test_judgements(case: str) -> None:
    made, expected = JUDGED[case]
    judgement = judge(entry_of(made), LIMIT)
    said = f"{judgement.outcome} {judgement.reason}" if judgement else None
    assert said == expected


def test_an_entry_that_points_outside_is_damaged() -> None:
    data = archive([Made(), Made(b"b.eml", offset=lambda _: 10**6)])
    judgement = judge(open_directory(len(data), reader_of(data))[1], LIMIT)
    assert judgement is not None
    assert judgement.reason == "damaged"


def test_kinds_of_manifest() -> None:
    assert manifest_kind("archive.json") == "archive.json"
    assert manifest_kind("mail\\x\\folder.json") == "folder.json"
    assert manifest_kind("mail/folder.json") is None


@pytest.mark.parametrize(
    ("dos", "extra", "modified"),
    [
        (0x5A616000, b"", datetime(2025, 3, 1, 3, tzinfo=UTC)),
        (0, b"", None),
        (0x00210000, b"", None),
        (0x5A616000 | 31, b"", None),  # the 62nd second
        (0x01FF0000, b"", None),  # the 15th month
        (0x5A616000, struct.pack("<HHBi", 0x5455, 5, 1, -1),
         datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (0x5A616000, struct.pack("<HHBi", 0x5455, 5, 2, 1),
         datetime(2025, 3, 1, 3, tzinfo=UTC)),
        (0, struct.pack("<HHIHHQQQ", 10, 32, 0, 1, 24, 132_000_000_000_000_000, 0, 0),
         datetime(2019, 4, 17, 18, 40, tzinfo=UTC)),
        (0, struct.pack("<HHIHHQQQ", 10, 32, 0, 1, 24, (1 << 64) - 1, 0, 0), None),
    ],
)  # fmt: skip
def test_times(dos: int, extra: bytes, modified: datetime | None) -> None:
    assert entry_of(Made(dos_time=dos, extra=extra)).modified(SEOUL) == modified
