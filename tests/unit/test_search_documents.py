"""Attached documents: read where they can be, and never at the cost of a mail."""

import io
import time
import zipfile
from collections.abc import Iterator

import pytest

from pyeonji.search import documents as reading
from pyeonji.search import reader as reader_module
from pyeonji.search.documents import DOCUMENT_TEXT
from pyeonji.search.reader import Documents
from pyeonji.search.text import read_text
from tests.support import documents as made


@pytest.fixture(scope="module")
def reader() -> Iterator[Documents]:
    with Documents() as found:
        yield found


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (made.docx("회의록 공유드립니다", "둘째 문단"), ["회의록 공유드립니다\n", "둘째 문단"]),
        (made.xlsx("분기 보고", "3141", "본문"), ["분기 보고\n", "3141", "본문", "4711"]),
        (made.archive({"ppt/slides/slide1.xml": "<a:p><a:t>발표 &amp;</a:t></a:p>"}), ["발표 &"]),
        (made.archive({"content.xml": "<text:p>오픈<text:s/>문서</text:p>"}), ["오픈문서"]),
        (made.archive({"Contents/section0.xml": "<hp:p><hp:t>한글</hp:t></hp:p>"}), ["한글"]),
        (made.hwp("한글 문서 회의록"), ["한글 문서 회의록"]),
        (made.pdf("계약서 meeting"), ["계약서 meeting"]),
    ],
    ids=["docx", "xlsx", "pptx", "odt", "hwpx", "hwp", "pdf"],
)  # fmt: skip
def test_text(reader: Documents, content: bytes, words: list[str]) -> None:
    text = reader("", "", content)
    for word in words:
        assert word in text


def test_a_shared_string_is_no_number(reader: Documents) -> None:
    assert "0" not in reader("", "", made.xlsx("분기", "31", "본문"))


@pytest.mark.parametrize(
    "content",
    [
        made.hwp("잠긴 문서", locked=True),
        made.hwp("잘린 문서")[:1500],
        made.pdf("잘린")[:120],
        b"%PDF-1.7\n" + bytes(1000),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 5000,
        made.docx("x")[:-30],
        b"PK\x03\x04" + bytes(100),
        b"",
        b"hello",
    ],
)
def test_what_cannot_be_read_has_no_text(reader: Documents, content: bytes) -> None:
    assert reader("application/pdf", "x.pdf", content) == ""


def test_a_bomb_is_read_up_to_its_bounds(reader: Documents) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"word/header{number}.xml", b"<w:p>" + b"a" * 12_000_000)
    began = time.process_time()
    assert len(reader("", "", out.getvalue())) == DOCUMENT_TEXT
    assert time.process_time() - began < 3


def test_a_reader_that_hangs_or_dies_costs_one_document(monkeypatch: pytest.MonkeyPatch) -> None:
    # A PDF whose pages never end would need a fault of the library: the reader is given up on
    # whatever it is doing, so too little time stands for it.
    with Documents() as reader:
        monkeypatch.setattr(reader_module, "SECONDS", 0.0)
        assert reader("", "", made.pdf("계약서")) == ""
        assert reader.given_up == 1
        monkeypatch.setattr(reader_module, "SECONDS", 10.0)
        assert reader("", "", made.pdf("계약서")) == "계약서"
        assert reader._process is not None
        reader._process.kill()
        reader._process.wait()
        assert reader("", "", made.pdf("다시")) == "다시"
        assert reader.given_up == 1


def test_all_documents_together_have_a_time() -> None:
    with Documents(seconds=0.0) as reader:
        assert reader("", "", made.pdf("계약서")) == ""
        assert reader.given_up == 1
        assert "회의" in reader("", "", made.docx("회의"))


def test_documents_of_a_mail(reader: Documents) -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\n"
    head += b"Content-Type: application/octet-stream; name*=utf-8''%EA%B3%84.hwp\n"
    mail = head + b"\n" + made.hwp("첨부 문서 본문") + b"\n--b--\n"
    assert "첨부 문서 본문" in read_text(mail, reader).body
    assert "첨부 문서" not in read_text(mail).body
    assert read_text(mail).files == ("계.hwp",)


def test_kinds_are_told_by_content() -> None:
    assert reading.kind_of(made.docx("x")) == "archive"
    assert reading.kind_of(made.hwp("x")) == "hwp"
    assert reading.kind_of(b"\n" + made.pdf("x")) == "pdf"
