"""Headers: what is read, from what, and that nothing raises."""

from datetime import UTC, datetime

import pytest

from pyeonji.mime.headers import (
    HEADER_LIMIT,
    SUBJECT_LIMIT,
    field_values,
    read_headers,
)
from tests.support.corpora import corpus_eml, manifest

PLAIN = (
    b"Received: from mx.example by mail.acme.example with ESMTP id 1;\r\n"
    b"\tFri, 02 Jan 2026 09:00:05 +0900 (KST)\r\n"
    b"Received: from other by mx.example; Thu, 01 Jan 2026 00:00:00 +0000\r\n"
    b"Date: Fri, 2 Jan 2026 09:00:00 +0900\r\n"
    b"From: Kim <kim@acme.example>\r\n"
    b"Subject: hello\r\n"
    b" world\r\n"
    b"Message-ID: <1@acme.example>\r\n"
    b"\r\n"
    b"Subject: not this one\r\n"
)


def subject_of(value: bytes) -> str | None:
    return read_headers(b"Subject: " + value + b"\r\n\r\n").subject


def test_a_plain_message() -> None:
    headers = read_headers(PLAIN)
    assert headers.subject == "hello world"
    assert headers.sender == "Kim <kim@acme.example>"
    assert headers.message_id == "<1@acme.example>"
    assert headers.date == datetime(2026, 1, 2, 0, 0, 0, tzinfo=UTC)
    assert headers.received == datetime(2026, 1, 2, 0, 0, 5, tzinfo=UTC)
    assert headers.fields == 6


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b"\r\r\n"])
def test_every_line_end(end: bytes) -> None:
    headers = read_headers(PLAIN.replace(b"\r\n", end))
    assert (headers.subject, headers.fields) == ("hello world", 6)


@pytest.mark.parametrize("body", [b"one\ntwo\n", b"one\r\n\r\ntwo\r\n"])
def test_lines_that_end_in_cr_above_a_body_from_elsewhere(body: bytes) -> None:
    header, _, _ = PLAIN.partition(b"\r\n\r\n")
    headers = read_headers(header.replace(b"\r\n", b"\r") + b"\r\r" + body)
    assert (headers.subject, headers.fields) == ("hello world", 6)
    assert headers.received == read_headers(PLAIN).received


@pytest.mark.parametrize(
    "preface",
    [
        b"From kim@acme.example Fri Jan  2 09:00:00 2026\r\n",
        b">From kim@acme.example Fri Jan  2 09:00:00 2026\n",
        b"\r\n\r\n",
        b"\xef\xbb\xbf",
        b"   \r\n",
    ],
)
def test_what_may_stand_before_the_header(preface: bytes) -> None:
    assert read_headers(preface + PLAIN).fields == 6


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        ("견적서".encode(), "견적서"),
        ("견적서".encode("cp949"), "견적서"),
        ("펲시 뷁".encode("cp949"), "펲시 뷁"),
        (b"caf\xe9 Z\xfcrich", "café Zürich"),
        (b"=?UTF-8?B?6rKs7KCB7ISc?=", "견적서"),
        (b"=?utf-8?q?=EA=B2=AC_a?=", "견 a"),
        (b"=?EUC-KR?B?" + b"sN/A+7yt" + b"?=", "견적서"),
        (b"=?ks_c_5601-1987?B?sN/A+7yt?=", "견적서"),
        # EUC-KR by name, a CP949 syllable inside
        (b"=?euc-kr?Q?=8Cc?=", b"\x8cc".decode("cp949")),
        # a character cut in two by the line
        (b"=?utf-8?B?6rKs7KA=?=\r\n =?utf-8?B?geyEnA==?=", "견적서"),
        (b"Re: =?utf-8?B?6rKs7KCB7ISc?= (2)", "Re: 견적서 (2)"),
        # cut off at the end, padding lost, foreign bytes inside
        (b"=?utf-8?B?6rKs7KA?=", "견�"),
        (b"=?utf-8?B?6rKs7KCB 7ISc?=", "견적서"),
        # RFC 2231's language, names nobody knows, codecs that are no charsets
        (b"=?utf-8*ko?B?6rKs7KCB7ISc?=", "견적서"),
        (b"=?x-unknown?B?6rKs7KCB7ISc?=", "견적서"),
        (b"=?idna?Q?abc?=", "abc"),
        (b"=?hex?Q?6162?=", "6162"),
        (b"=?utf-7?Q?a+2AA-b?=", "a b"),  # half a surrogate pair, which nothing can encode
        (b"a\x00b\tc\x1b[1m", "a b c [1m"),
        ("💌 e\u0301".encode(), "💌 e\u0301"),
        (b"=?utf-8?B?", "=?utf-8?B?"),
    ],
)
def test_subjects(value: bytes, subject: str) -> None:
    found = subject_of(value)
    assert found == subject
    assert found.encode("utf-8", "strict")


def test_an_empty_subject_is_none() -> None:
    assert subject_of(b"") is None
    assert subject_of(b" \x01 ") is None


def test_a_long_subject_is_cut() -> None:
    assert len(subject_of(b"a" * (SUBJECT_LIMIT + 1)) or "") == SUBJECT_LIMIT


def test_the_header_is_searched_to_its_limit() -> None:
    filler = b"X-Filler: " + b"a" * 990 + b"\n"
    inside = filler * (HEADER_LIMIT // len(filler) - 1)
    assert read_headers(inside + b"Subject: seen\n\n").subject == "seen"
    beyond = filler * (HEADER_LIMIT // len(filler) + 1)
    assert read_headers(beyond + b"Subject: unseen\n\n").subject is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        b"This is a simple message not having headers.\r\nThe whole text\r\n",
        b"dear kim, please: read this\n\nSubject: in the body\n",
        b"\x89PNG\r\n\x1a\n\x00\x00IHDR\nx:\x00\x01\n\n",
        b"\x00" * 4096,
    ],
)
def test_no_header_field_is_no_message(data: bytes) -> None:
    assert read_headers(data).fields == 0


def test_rubbish_before_a_real_header_is_forgiven() -> None:
    assert read_headers(b"250 OK proceed\r\n" + PLAIN).subject == "hello world"


def test_every_value_of_a_field() -> None:
    message = b"X-Gmail-Labels: a,\r\n b\r\nx-gmail-labels: c\r\n\r\nX-Gmail-Labels: d"
    assert field_values(message, "X-Gmail-Labels") == ["a, b", "c"]


def test_every_real_mail_is_read_and_only_three_files_have_no_header() -> None:
    folder = corpus_eml()
    rows = manifest(folder)
    read = {row["path"]: read_headers((folder / row["path"]).read_bytes()) for row in rows}
    assert [path for path, headers in read.items() if headers.fields == 0] == [
        "mikel_mail/emails/sample_output_multipart",  # 0 bytes
        "apache_james-mime4j/resources/testmsgs/malformedHeader-noheader.msg",
        "cpython_test_email/data/msg_19.txt",
    ]
    # Counted once with the eye on the rest: those have none, or a year like 3609.
    assert sum(headers.date is not None for headers in read.values()) == 670
    assert sum(headers.received is not None for headers in read.values()) == 342
