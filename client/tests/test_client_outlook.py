"""Outlook's mails rebuilt: `.msg` files written by another tool, RTF, ANSI text, stores."""

import base64
import email
import struct
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aspose.email_foss.msg.mapi_message import MapiMessage
from hypothesis import given
from hypothesis import strategies as st

from client.tests import jobs
from pyeonji_client.journal import Journal
from pyeonji_client.model import Folder, Lost, Mail, NothingSeen, SourceConfig, SourceKind
from pyeonji_client.sources.outlook import pst
from pyeonji_client.sources.outlook.letter import Letter, rebuilt
from pyeonji_client.sources.outlook.msg import MsgError, read_msg
from pyeonji_client.sources.outlook.properties import Properties, Tag, codec_of, decoded
from pyeonji_client.sources.outlook.rtf import decompressed, html_or_text

BODY = "안녕하세요.\r\n똠방각하 펲시콜라입니다.\r\n"
PICTURE = bytes(range(256)) * 20


def _msg(**more: Any) -> bytes:
    made = MapiMessage.create("회의록 공유드립니다", BODY, **more)
    made.add_recipient("lee@example.test", display_name="이영희")
    made.add_recipient("park@example.test", display_name="Park, P.", recipient_type=2)
    made.set_property(Tag.sender_name, 0x1F, "김편지")
    made.set_property(Tag.sender_email, 0x1F, "/O=EX/OU=ORG/CN=RECIPIENTS/CN=KIM")
    made.set_property(Tag.sender_smtp, 0x1F, "kim@example.test")
    made.set_property(Tag.internet_message_id, 0x1F, "<m1@example.test>")
    made.set_property(Tag.client_submit_time, 0x40, datetime(2019, 3, 12, 1, 11, 12, tzinfo=UTC))
    made.add_attachment("보고서 1.pdf", PICTURE, mime_type="application/pdf")
    made.add_attachment("logo.png", b"png", mime_type="image/png", content_id="logo@x")
    return bytes(made.to_bytes())


def _read(data: bytes) -> EmailMessage:
    return cast(EmailMessage, email.message_from_bytes(data, policy=policy.default))


def test_a_msg_of_another_tool_comes_out_whole() -> None:
    data = rebuilt(read_msg(_msg()))
    assert data == rebuilt(read_msg(_msg())), "the same bytes every time"
    mail = _read(data)
    assert mail["Subject"] == "회의록 공유드립니다"
    assert mail["From"] == "김편지 <kim@example.test>"
    assert mail["To"] == "이영희 <lee@example.test>"
    assert mail["Cc"].addresses[0].addr_spec == "park@example.test"
    assert mail["Cc"].addresses[0].display_name == "Park, P."
    assert mail["Date"].datetime == datetime(2019, 3, 12, 1, 11, 12, tzinfo=UTC)
    assert mail["Message-ID"] == "<m1@example.test>"
    body = mail.get_body(("plain",))
    assert body is not None and body.get_content().replace("\r\n", "\n") == BODY.replace(
        "\r\n", "\n"
    )
    attached = list(mail.iter_attachments())
    assert [part.get_filename() for part in attached] == ["보고서 1.pdf", "logo.png"]
    assert attached[0].get_content() == PICTURE
    assert attached[1]["Content-ID"] == "<logo@x>"
    assert all(len(line) <= 998 and line.isascii() for line in data.split(b"\r\n"))


def test_a_mail_inside_a_mail() -> None:
    outer = MapiMessage.create("바깥", "out")
    inner = MapiMessage.create("안쪽 메일", "in")
    outer.add_embedded_message_attachment(inner, filename="안쪽")
    (part,) = _read(rebuilt(read_msg(bytes(outer.to_bytes())))).iter_attachments()
    assert part.get_content_type() == "message/rfc822"
    assert part.get_content()["Subject"] == "안쪽 메일"


def test_transport_headers_are_kept_and_what_described_the_body_is_not() -> None:
    made = MapiMessage.create("x", "body")
    kept = (
        "Received: from a by b; Tue, 12 Mar 2019 10:11:12 +0900\r\nFrom: kim@example.test\r\n"
        "Subject: =?utf-8?b?7ZWc6riA?=\r\n =?utf-8?b?7ZWc6riA?=\r\n"
        "Content-Type: multipart/mixed;\r\n boundary=x\r\nMIME-Version: 1.0\r\nX-Own: 1\r\n"
    )
    made.set_property(Tag.transport_headers, 0x1F, kept)
    data = rebuilt(read_msg(bytes(made.to_bytes())))
    head = data.split(b"\r\n\r\n")[0]
    assert head.startswith(b"Received: from a by b; Tue, 12 Mar 2019 10:11:12 +0900\r\nFrom: kim")
    assert head.count(b"Content-Type") == head.count(b"MIME-Version") == 1
    assert b"boundary=x" not in head and b"X-Own: 1" in head and head.count(b"Subject:") == 1


def test_text_from_before_unicode_is_read_by_its_code_page() -> None:
    made = MapiMessage.create("x", "y", unicode_strings=False)
    properties = Properties(codepage=949)
    for tag, text in ((Tag.subject, "거래처 회신"), (Tag.body, "똠방각하")):
        properties.raw[tag] = (0x1E, text.encode("cp949") + b"\0")
    mail = _read(rebuilt(Letter(properties)))
    assert mail["Subject"] == "거래처 회신"
    assert mail.get_content().strip() == "똠방각하"
    assert read_msg(bytes(made.to_bytes())).properties.text(Tag.subject) == "x"
    assert decoded("한글".encode("cp949"), 0) == "한글"
    assert (
        decoded("한글".encode("cp949"), 1252) != "" and decoded("é".encode("cp1252"), 1252) == "é"
    )
    assert [codec_of(page) for page in (949, 65001, 51949, 1252, 7)] == [
        "cp949", "utf-8", "euc_kr", "cp1252", None,
    ]  # fmt: skip


def test_msg_files_beside_eml_files(journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "a.msg").write_bytes(_msg())
    (tmp_path / "b.eml").write_bytes(b"Subject: b\r\n\r\nx\r\n")
    (tmp_path / "broken.msg").write_bytes(_msg()[:2000])
    appointment = MapiMessage.create("일정", "")
    appointment.message_class = "IPM.Appointment"
    (tmp_path / "c.msg").write_bytes(bytes(appointment.to_bytes()))
    job = jobs.add(journal, SourceConfig(SourceKind.eml, path=str(tmp_path)))
    jobs.run(journal, job)
    assert {one.key: one.reason for one in journal.mails.told(job.id)} == {
        "broken.msg": "unreadable_file", "c.msg": "not_a_mail",
    }  # fmt: skip
    counts = journal.mails.counts(job.id)
    assert (counts.packed, counts.lost, counts.converted) == (2, 2, 1)
    (archive,) = journal.requests.archives(job.id)
    marked = {row.name[-9:]: row.flags for row in journal.mails.packed_in(archive.id)}
    assert sorted("converted" in flags for flags in marked.values()) == [False, True]


@given(st.binary(max_size=400), st.integers(0, 5000), st.binary(max_size=8))
def test_damaged_msg_files_are_refused_and_nothing_else(tail: bytes, at: int, patch: bytes) -> None:
    whole = _WHOLE
    damaged = whole[:at] + patch + whole[at + len(patch) :]
    for data in (tail, damaged, whole[:at]):
        try:
            rebuilt(read_msg(data))
        except MsgError:
            continue


_WHOLE = _msg()


# --- RTF


def _compressed(rtf: bytes) -> bytes:
    """As a writer that finds no repetitions would: eight literals a control byte."""
    body = b"".join(b"\0" + rtf[at : at + 8] for at in range(0, len(rtf), 8))
    return struct.pack("<IIII", len(body) + 12, len(rtf), 0x75465A4C, 0) + body


def test_compressed_rtf_of_the_specification() -> None:
    """[MS-OXRTFCP], 3.2.2: the two examples."""
    first = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af820687"
        "40a6c6c6f2c2077306f72 6c647d0a800fa0".replace(" ", "")
    )
    # The dump above is the specification's own; what matters is that its text comes out.
    assert decompressed(first).startswith(b"{\\rtf1\\ansi\\ansicpg1252\\pard")
    crossing = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert decompressed(crossing) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


@given(st.binary(max_size=3_000))
def test_what_was_compressed_comes_out(rtf: bytes) -> None:
    assert decompressed(_compressed(rtf)) == rtf


@given(st.binary(max_size=300), st.sampled_from([0x75465A4C, 0x414C454D, 7]))
def test_any_bytes_are_bounded(data: bytes, kind: int) -> None:
    decompressed(struct.pack("<IIII", len(data) + 12, 1000, kind, 0) + data)
    html_or_text(b"{\\rtf1\\fromhtml1 " + data)


def test_html_inside_rtf() -> None:
    rtf = (
        rb"{\rtf1\ansi\ansicpg949\fromhtml1 {\fonttbl{\f0\fcharset129 Malgun;}{\f1\fcharset0 A;}}"
        rb"{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 \f0 \'b0\'a1\u45208?\'a5 &amp; x"
        rb"\htmlrtf\par}\htmlrtf0 {\*\htmltag72 </p>}{\*\mhtmltag8 <x>}\f1 \'e9}"
    )
    html, text = html_or_text(rtf)
    assert html is not None and text == ""
    assert html.startswith("<p>가나") and "&amp; x</p>" in html and "<x>" not in html
    plain = rb"{\rtf1\ansi\ansicpg949 \'b0\'a1\par {\*\generator X;}b\tab c\{\}}"
    assert html_or_text(plain) == (None, "가\r\nb\tc{}")


def test_a_body_that_is_only_rtf() -> None:
    properties = Properties()
    rtf = rb"{\rtf1\ansi\fromhtml1{\*\htmltag64 <b>}hi{\*\htmltag72 </b>}}"
    properties.raw[Tag.rtf_compressed] = (0x102, _compressed(rtf))
    assert _read(rebuilt(Letter(properties))).get_content().strip() == "<b>hi</b>"


# --- stores


def _set(**values: tuple[int, bytes]) -> Any:
    entries = [
        SimpleNamespace(entry_type=int(Tag[name]), value_type=kind, data=data)
        for name, (kind, data) in values.items()
    ]
    return [SimpleNamespace(entries=entries)]


def _text(value: str) -> tuple[int, bytes]:
    return 0x1F, value.encode("utf-16-le")


class _Store:
    """As libpff shows one: a root, the person's top folder, mail and a calendar."""

    ascii_codepage = b"cp1252"
    number_of_orphan_items = 2

    def __init__(self) -> None:
        mails = [
            self._item(7, subject=(0x1E, "옛 메일".encode("cp949")), body=(0x1E, b"x")),
            self._item(8, subject=_text("사진"), body=_text("y")),
            self._item(9, message_class=_text("IPM.Contact")),
        ]
        picture = SimpleNamespace(
            record_sets=_set(attach_long_filename=_text("사진.jpg"), attach_method=(3, b"\1\0\0")),
            number_of_sub_items=0, get_size=lambda: 3, read_buffer=lambda size: b"jpg"[:size],
        )  # fmt: skip
        mails[1].number_of_attachments, mails[1].get_attachment = 1, lambda number: picture
        sent = self._folder(3, "보낸 편지함", mails, container_class=_text("IPF.Note"))
        calendar = self._folder(4, "일정", mails[:1], container_class=_text("IPF.Appointment"))
        top = self._folder(2, "IPM_SUBTREE", [], [sent, calendar])
        self.root = self._folder(1, "", [], [top])

    def _item(self, identity: int, **values: tuple[int, bytes]) -> Any:
        return SimpleNamespace(
            identifier=identity, record_sets=_set(**values), recipients=None,
            number_of_attachments=0,
        )  # fmt: skip

    def _folder(
        self, identity: int, name: str, items: list[Any], below: Any = (), **values: Any
    ) -> Any:
        return SimpleNamespace(
            identifier=identity, name=name, record_sets=_set(display_name=_text(name), **values),
            number_of_sub_messages=len(items), get_sub_message=items.__getitem__,
            number_of_sub_folders=len(below), get_sub_folder=below.__getitem__ if below else None,
        )  # fmt: skip

    def get_root_folder(self) -> Any:
        return self.root

    def get_message_store(self) -> None:
        return None

    def open(self, path: str) -> None:
        return None

    def close(self) -> None:
        return None


def test_a_store_is_read_folder_by_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kim.pst").write_bytes(b"!BDN")
    monkeypatch.setattr(pst.pypff, "file", _Store)
    source = pst.PstSource(SourceConfig(SourceKind.pst, path=str(tmp_path / "kim.pst")))
    sent, calendar = source.folders()
    assert (sent.path, sent.special_use, sent.chosen) == ("보낸 편지함", "sent", True)
    assert (calendar.path, calendar.chosen) == ("일정", False)
    first, second, third = source.mails(sent, NothingSeen())
    assert isinstance(first, Mail) and _read(first.data)["Subject"] == "옛 메일"
    assert "converted" in first.flags and first.note == "converted"
    assert isinstance(second, Mail)
    (attached,) = _read(second.data).iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("사진.jpg", b"jpg")
    assert isinstance(third, Lost) and third.reason == "not_a_mail"
    (doubt,) = source.doubts()
    assert (doubt.code, doubt.facts) == ("orphan_items", {"count": 2})
    assert base64.b64encode(b"jpg") in second.data
    assert source.survey(Folder("3", "x")).messages == 3
