"""`winmail.dat`: as a file, inside Outlook's mails, damaged, from before Unicode."""

import email
import struct
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import pytest
from aspose.email_foss.msg.mapi_message import MapiMessage
from hypothesis import given
from hypothesis import strategies as st

from client.tests import jobs
from pyeonji_client.journal import Journal
from pyeonji_client.model import SourceConfig, SourceKind
from pyeonji_client.sources.outlook.letter import rebuilt
from pyeonji_client.sources.outlook.properties import Tag
from pyeonji_client.sources.outlook.tnef import TnefError, is_tnef, read_tnef

PICTURE = bytes(range(256)) * 20
SENT = datetime(2019, 3, 12, 1, 11, 12, tzinfo=UTC)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _value(tag: int, kind: int, data: bytes) -> bytes:
    """One property ([MS-OXTNEF], 2.1.3.4)."""
    head = struct.pack("<HH", kind, tag)
    if kind in (0x1E, 0x1F, 0x102, 0x0D):
        return head + struct.pack("<II", 1, len(data)) + _padded(data)
    return head + _padded(data)


def _text(tag: int, text: str) -> bytes:
    return _value(tag, 0x1F, f"{text}\0".encode("utf-16-le"))


def _list(*values: bytes) -> bytes:
    return struct.pack("<I", len(values)) + b"".join(values)


def _attribute(level: int, number: int, data: bytes) -> bytes:
    return (
        struct.pack("<BII", level, number, len(data)) + data + struct.pack("<H", sum(data) % 65536)
    )


def _tnef(*attributes: bytes) -> bytes:
    version = _attribute(1, 0x89006, b"\0\0\1\0")
    codepage = _attribute(1, 0x69007, struct.pack("<II", 949, 0))
    return b"\x78\x9f\x3e\x22\1\0" + version + codepage + b"".join(attributes)


def _properties(*values: bytes) -> bytes:
    return _attribute(1, 0x69003, _list(*values))


def _attachment(name: str, data: bytes, *values: bytes) -> bytes:
    return (
        _attribute(2, 0x69002, bytes(14))
        + _attribute(2, 0x18010, name.encode("cp949", "replace") + b"\0")
        + _attribute(2, 0x6800F, data)
        + _attribute(2, 0x69005, _list(_text(Tag.attach_long_filename, name), *values))
    )


def _whole() -> bytes:
    ticks = (SENT - datetime(1601, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 10
    named = struct.pack("<HH", 0x1F, 0x8001) + bytes(16) + struct.pack("<II", 1, 4)
    named += _padded("키\0".encode("utf-16-le")) + struct.pack("<II", 1, 4) + b"x\0\0\0"
    several = struct.pack("<HHI", 0x1003, 0x3A00, 2) + bytes(8)
    inner = _tnef(_properties(_text(Tag.subject, "안쪽 메일"), _text(Tag.body, "속")))
    embedded = _value(Tag.attach_data, 0x0D, bytes(16) + inner)
    return _tnef(
        _attribute(1, 0x78008, b"IPM.Microsoft Mail.Note\0"),
        _properties(
            named, several, _text(Tag.subject, "회의록 공유드립니다"),
            _text(Tag.sender_name, "김편지"), _text(Tag.sender_smtp, "kim@example.test"),
            _value(Tag.client_submit_time, 0x40, ticks.to_bytes(8, "little")),
            _value(Tag.html, 0x102, "<p>안녕하세요 똠방각하</p>".encode("cp949")),
            _value(Tag.internet_codepage, 3, struct.pack("<i", 949)),
        ),
        _attribute(1, 0x69004, _list(_list(
            _text(Tag.display_name, "이영희"), _text(Tag.smtp_address, "lee@example.test"),
            _value(Tag.recipient_type, 3, struct.pack("<i", 1)),
        ))),
        _attachment("보고서 1.pdf", PICTURE),
        _attachment("메일", b"", _value(Tag.attach_method, 3, struct.pack("<i", 5)), embedded),
    )  # fmt: skip


def _read(data: bytes) -> EmailMessage:
    return cast(EmailMessage, email.message_from_bytes(data, policy=policy.default))


def test_a_whole_mail() -> None:
    data = rebuilt(read_tnef(_whole()))
    assert data == rebuilt(read_tnef(_whole())), "the same bytes every time"
    mail = _read(data)
    assert mail["Subject"] == "회의록 공유드립니다"
    assert (mail["From"], mail["To"]) == (
        "김편지 <kim@example.test>", "이영희 <lee@example.test>",
    )  # fmt: skip
    assert mail["Date"].datetime == SENT
    body = mail.get_body()
    assert body is not None and "똠방각하" in body.get_content()
    report, inner = mail.iter_attachments()
    assert (report.get_filename(), report.get_content()) == ("보고서 1.pdf", PICTURE)
    assert inner.get_content()["Subject"] == "안쪽 메일"


def test_from_before_mapi_and_before_unicode() -> None:
    name, address = "김편지".encode("cp949") + b"\0", b"SMTP:kim@example.test\0"
    sender = struct.pack("<4H", 4, 0, len(name), len(address)) + name + address
    mail = _read(rebuilt(read_tnef(_tnef(
        _attribute(1, 0x18004, "옛 메일 똠방".encode("cp949") + b"\0"),
        _attribute(1, 0x2800C, "안녕하세요\0".encode("cp949")),
        _attribute(1, 0x38005, struct.pack("<7H", 2019, 3, 12, 1, 11, 12, 2)),
        _attribute(1, 0x8000, sender),
        _attribute(2, 0x69002, bytes(14)),
        _attribute(2, 0x18010, "사진.jpg\0".encode("cp949")),
        _attribute(2, 0x6800F, b"jpg"),
    ) + b"\0footer of a list")))  # fmt: skip
    assert (mail["Subject"], mail["From"]) == ("옛 메일 똠방", "김편지 <kim@example.test>")
    assert mail["Date"].datetime == SENT
    body = mail.get_body()
    assert body is not None and body.get_content().strip() == "안녕하세요"
    (picture,) = mail.iter_attachments()
    assert (picture.get_filename(), picture.get_content()) == ("사진.jpg", b"jpg")


def test_files_in_a_tree(journal: Journal, tmp_path: Path) -> None:
    appointment = _tnef(_properties(_text(Tag.message_class, "IPM.Appointment")))
    for name, data in (
        ("winmail.dat", _whole()), ("WINMAIL (2).DAT", _whole()[:-40]), ("x.tnef", appointment),
        ("winmail1.dat", b"no tnef"), ("b.eml", b"Subject: b\r\n\r\nx\r\n"),
        ("other.dat", _whole()),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(data)
    job = jobs.add(journal, SourceConfig(SourceKind.eml, path=str(tmp_path)))
    jobs.run(journal, job)
    assert {one.key: one.reason for one in journal.mails.told(job.id)} == {
        "WINMAIL (2).DAT": "unreadable_file", "winmail1.dat": "unreadable_file",
        "x.tnef": "not_a_mail",
    }  # fmt: skip
    counts = journal.mails.counts(job.id)
    assert (counts.packed, counts.lost, counts.converted, counts.doubts) == (2, 3, 1, 1)
    ((_, doubt),) = journal.mails.doubts(job.id)
    assert doubt.facts == {"path": "other.dat"}
    (archive,) = journal.requests.archives(job.id)
    marked = ["converted" in row.flags for row in journal.mails.packed_in(archive.id)]
    assert sorted(marked) == [False, True]


@pytest.mark.parametrize("own_body", [True, False])
def test_inside_an_outlook_mail(journal: Journal, tmp_path: Path, own_body: bool) -> None:
    made = MapiMessage.create("겉", "겉 본문" if own_body else "")
    made.add_attachment("winmail.dat", _whole(), mime_type="application/ms-tnef")
    made.add_attachment("broken.dat", _whole()[:300], mime_type="application/ms-tnef")
    (tmp_path / "a.msg").write_bytes(bytes(made.to_bytes()))
    job = jobs.add(journal, SourceConfig(SourceKind.eml, path=str(tmp_path)))
    jobs.run(journal, job)
    ((data,),) = jobs.mails(journal, job).values()
    mail = _read(data)
    assert mail["Subject"] == "겉"
    names: list[Any] = [part.get_filename() for part in mail.iter_attachments()]
    assert names == ["보고서 1.pdf", "메일.eml", "broken.dat"]
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert html is not None and "똠방각하" in html.get_content()
    assert (text is not None and text.get_content().strip() == "겉 본문") == own_body


@given(st.binary(max_size=400), st.integers(0, 7000), st.binary(max_size=8))
def test_damaged_files_are_refused_and_nothing_else(tail: bytes, at: int, patch: bytes) -> None:
    whole = _WHOLE
    for data in (_tnef(tail), whole[:at] + patch + whole[at + len(patch) :], whole[:at]):
        try:
            rebuilt(read_tnef(data))
        except TnefError:
            continue


_WHOLE = _whole()


def test_mails_within_mails_are_bounded() -> None:
    data = _tnef(_properties(_text(Tag.subject, "x")))
    for _ in range(30):
        embedded = _value(Tag.attach_data, 0x0D, bytes(16) + data)
        method = _value(Tag.attach_method, 3, struct.pack("<i", 5))
        data = _tnef(_attachment("m", b"", method, embedded))
    with pytest.raises(TnefError):
        read_tnef(data)


def test_names() -> None:
    assert all(map(is_tnef, ("winmail.dat", "Winmail(1).DAT", "winmail-2.dat", "a.tnef")))
    assert not any(map(is_tnef, ("mail.dat", "winmail.dat.zip", "a/winmail.dat", "tnef")))
