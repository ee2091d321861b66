"""The text of a mail, however it is labelled, folded, nested or broken."""

import base64
import time
from collections.abc import Callable

import pytest

from pyeonji.search.markup import text_of_html
from pyeonji.search.text import TEXT_LIMIT, read_text

_KOREAN = "회의록 공유드립니다. 똠방각하"
_PLAIN_KOREAN = "회의록 공유드립니다."  # what KS X 1001 has


def _mail(head: str, body: bytes) -> bytes:
    return (
        b"Subject: x\r\nFrom: kim@acme.example\r\nMIME-Version: 1.0\r\n"
        + head.encode().replace(b"\n", b"\r\n") + b"\r\n\r\n" + body
    )  # fmt: skip


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("; charset=utf-8", "utf-8", _KOREAN),
        ("; charset=euc-kr", "cp949", _KOREAN),
        ("; charset=ks_c_5601-1987", "cp949", _KOREAN),
        ("; charset=cp949", "cp949", _KOREAN),
        ("; charset=uhc", "cp949", _KOREAN),
        ("; charset=johab", "johab", _KOREAN),
        ("; charset=iso-2022-kr", "iso2022_kr", _PLAIN_KOREAN),
        ("", "utf-8", _KOREAN),
        ("", "cp949", _KOREAN),
        ("", "iso2022_kr", _PLAIN_KOREAN),
        ("; charset=us-ascii", "cp949", _KOREAN),
        ("; charset=us-ascii", "utf-8", _KOREAN),
        ("; charset=utf-8", "cp949", _KOREAN),
        ("; charset=euc-kr", "utf-8", _KOREAN),
        (" charset=euc-kr", "cp949", _KOREAN),
        ('; charset="EUC-KR"; format=flowed', "cp949", _KOREAN),
        ("; charset=no-such-charset", "cp949", _KOREAN),
        ("; charset=shift_jis", "cp932", "会議①のお知らせ"),
        ("", "iso2022_jp", "会議のお知らせ"),
        ("", "utf-16", _KOREAN),
    ],
)
@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
def test_charsets(label: str, codec: str, text: str, encoding: str) -> None:
    data = text.encode(codec)
    if encoding == "base64":
        data = base64.encodebytes(data)
    elif encoding == "quoted-printable":
        data = "".join(f"={byte:02X}" for byte in data).encode()
    elif codec == "utf-16":
        pytest.skip("UTF-16 has NULs and line ends of its own: no mail carries it as it is")
    mail = _mail(f"Content-Type: text/plain{label}\nContent-Transfer-Encoding: {encoding}", data)
    assert read_text(mail).body == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>회<b>의</b>록</p><p>둘째</p>", "회의록\n둘째"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<style>p{}</style>본문<script>var a='b'</script>", "본문"),
        ("앞<!-- 숨은 --><!--[if mso]>오피스<![endif]-->뒤", "앞뒤"),
        ("<title>제목</title><body>글", "글"),
        ("AT&amp;T&nbsp;&#44032;&#xac01;", "AT&T 가각"),
        ("<img src=x alt='도표 하나'>끝", "도표 하나\n끝"),
        ("1 < 2 그리고 3 > 2", "1 < 2 그리고 3 > 2"),
        ("<td>가</td><td>나</td>", "가\n나"),
        ("긴\r\n줄", "긴 줄"),
        ("<script>숨음", ""),
    ],
)
def test_html(source: str, text: str) -> None:
    assert text_of_html(source) == text


def test_html_names_its_charset_itself() -> None:
    page = '<html><head><meta charset="euc-kr"></head><body>똠방각하</body></html>'.encode("cp949")
    assert read_text(_mail("Content-Type: text/html", page)).body == "똠방각하"


def test_parts_names_and_attachments() -> None:
    inner = (
        b"Subject: =?utf-8?B?64K067aAIOydvA==?=\r\nFrom: lee@acme.example\r\n\r\ninner words\r\n"
    )
    mail = _mail(
        'Content-Type: multipart/mixed; boundary="b b"',
        b"preamble\r\n--b b\r\nContent-Type: text/plain\r\n\r\nouter\r\n"
        b"--b b\r\nContent-Type: application/pdf\r\n"
        b"Content-Disposition: attachment; filename*0*=utf-8''%EB%B3%B4; filename*1*=%EA%B3%A0.pdf"
        b"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n"
        b"--b b\r\nContent-Type: message/rfc822\r\n\r\n" + inner
        + b"--b b\r\nContent-Type: image/png; name=inline.png\r\nContent-ID: <a>\r\n\r\nx\r\n"
        b"--b b--\r\nepilogue",
    )  # fmt: skip
    text = read_text(mail)
    assert text.files == ("보고.pdf", "inline.png")
    assert text.attachments == 2
    for words in ("outer", "내부 일", "lee@acme.example", "inner words"):
        assert words in text.body
    assert "preamble" not in text.body and "epilogue" not in text.body


def test_ten_thousand_addresses_before_the_subject() -> None:
    people = ",\r\n ".join(f"person{number}@acme.example" for number in range(10_000))
    text = read_text(f"To: {people}\r\nSubject: x\r\n\r\nbody".encode())
    assert "person0@" in text.recipients and "person8999@" in text.recipients


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n" * 500_000,
        lambda: b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\n--y\n" * 200_000,
        lambda: b"".join(
            b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(3000)
        ),
        lambda: b"Content-Type: message/rfc822\n\n" * 5000,
        lambda: b"Content-Type: text/html\n\n" + b"<" * 3_000_000,
        lambda: b"Content-Type: text/html\n\n" + b"<!--" * 700_000,
        lambda: b"Content-Type: text/html\n\n" + b"<div>" * 600_000,
        lambda: b"Content-Type: text/html\n\n" + b"<img alt=" * 300_000,
        lambda: b"Content-Type: text/html\n\n<img " + b"alt=x " * 500_000,
        lambda: b"Content-Type: text/html\n\n" + b"<script>x</script " * 160_000,
        lambda: b"Content-Type: text/html\n\n" + b"&#1" * 1_000_000,
        lambda: b"Content-Type: text/plain; " + b'a="' * 1_000_000,
        lambda: b"Content-Type: text/plain;" + b" x" * 1_000_000 + b"\n\nbody",
        lambda: b"To: " + b"=?utf-8?q?a?= " * 300_000 + b"\n\nbody",
        lambda: b"Subject: x\n" + b" folded\n" * 500_000,
        lambda: b"X:\n" * 1_000_000,
        lambda: b"a" * 30_000_000,
        lambda: b"\n" * 5_000_000,
        lambda: b"Content-Transfer-Encoding: base64\n\n" + b"=" * 5_000_000,
        lambda: b"Content-Transfer-Encoding: base64\n\n" + b"A===" * 1_200_000,
        lambda: b"Content-Transfer-Encoding: x-uuencode\n\n" + b"begin \n" * 500_000,
        lambda: "가 ".encode() * 3_000_000,
    ],
)
def test_hostile_mail_takes_its_time_and_no_more(make: Callable[[], bytes]) -> None:
    message = make()
    began = time.process_time()
    text = read_text(message)
    assert time.process_time() - began < 3
    assert len(text.body) <= TEXT_LIMIT + 1000


def test_a_field_that_is_there_twice_is_read_twice() -> None:
    mail = (
        b"Subject: first\r\nFrom: a@b.example\r\nSubject: =?utf-8?B?7ZqM7J2Y66Gd?=\r\n"
        b"From: c@d.example\r\n\r\nbody\r\n"
    )
    text = read_text(mail)
    assert text.subject.split("\n") == ["first", "회의록"]
    assert text.sender.split("\n") == ["a@b.example", "c@d.example"]
