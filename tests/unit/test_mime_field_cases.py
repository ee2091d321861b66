"""Mail as it is found in the field: other calendars and charsets, odd headers, odd files."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pyeonji.mime.charsets import codec_of, decode_charset
from pyeonji.mime.clock import parse_date
from pyeonji.mime.headers import HEADER_LIMIT, find_headers, read_headers
from pyeonji.mime.shapes import holds_another, is_utf16
from tests.support.corpora import case

SEOUL = ZoneInfo("Asia/Seoul")
MORNING = datetime(2019, 3, 12, 10, 11, 12, tzinfo=SEOUL)

DATES = """
화, 12 3월 2019 10:11:12 +0900
화요일, 12 3월 2019 10:11:12 +0900
화, 12 Mar 2019 10:11:12 +0900 (대한민국 표준시)
Tue, 12 3월 2019 10:11:12 +0900 (KST)
2019년 3월 12일 화요일 오전 10:11:12
2019년 3월 12일 (화) 오전 10:11:12 +0900
2019년 3월 12일 화요일 오전 10시 11분 12초
2019년3월12일 10:11:12
2019-03-12 오전 10:11:12
2019-03-12 10:11:12 오전
2019. 3. 12. 오전 10:11:12
19. 3. 12. 오전 10:11:12
2019.03.12 10:11:12
2019/03/12 (火) 10:11:12
2019年3月12日(火) 10:11:12 +0900
2019年3月12日 上午10:11:12
２０１９年３月１２日 １０：１１：１２
12.03.2019 10:11:12
12.3.2019, 10:11:12
12-03-2019 10:11:12
03/12/2019 10:11:12 AM
Di, 12 Mär 2019 10:11:12 +0900
Dienstag, 12. März 2019 10:11:12
mar., 12 mars 2019 10:11:12 +0900
martes, 12 de marzo de 2019 10:11:12
вт, 12 мар 2019 10:11:12 +0900
12 marca 2019 10:11:12
12th March 2019 10:11:12
March 12th, 2019 10:11:12
Tue, 12 Mar 2019 AM 10:11:12 +0900
Tue Mar 12 2019 10:11:12 GMT+0900 (대한민국 표준시)
Tue, 12 Mar 2019 10:11:12 대한민국 표준시
Tue, 12 Mar 2019 10:11:12
2019-03-12T10:11:12.000+09:00
2019-03-12T01:11:12Z
20190312T101112+0900
20190312101112
1552353072
1552353072000
=?utf-8?Q?Tue,_12_Mar_2019_10:11:12_+0900?=
=?ks_c_5601-1987?B?yK0sIDEyIDO/+SAyMDE5IDEwOjExOjEyICswOTAw?=
"Tue, 12 Mar 2019 10:11:12 +0900"
""".strip().splitlines()


@pytest.mark.parametrize("value", DATES)
def test_dates_as_many_programs_spell_them(value: str) -> None:
    assert parse_date(value.encode(), SEOUL) == MORNING


def test_a_korean_date_in_cp949() -> None:
    assert parse_date("화, 12 3월 2019 10:11:12 +0900".encode("cp949")) == MORNING


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2019-03-12 오후 3:11:12", (15, 11, 12)),
        ("2019-03-12 오전 12:11:12", (0, 11, 12)),
        ("2019-03-12 오후 12:11:12", (12, 11, 12)),
        ("2019-03-12 下午 3:11:12", (15, 11, 12)),
        ("2019-03-12 午後3時11分", (15, 11, 0)),
    ],
)
def test_halves_of_the_day(value: str, expected: tuple[int, int, int]) -> None:
    assert parse_date(value.encode(), SEOUL) == datetime(2019, 3, 12, *expected, tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("13/03/2019 10:11:12", (2019, 3, 13)),
        ("03/13/2019 10:11:12", (2019, 3, 13)),
        ("03/04/2019 10:11:12", (2019, 3, 4)),
        ("03.04.2019 10:11:12", (2019, 4, 3)),
        ("12 mei 2019 10:11:12", (2019, 5, 12)),
        ("12 juin 2019 10:11:12", (2019, 6, 12)),
        ("12 août 2019 10:11:12", (2019, 8, 12)),
        ("12 dic 2019 10:11:12", (2019, 12, 12)),
        ("Tue, 12 Mar 2019 24:00:00", (2019, 3, 13)),
    ],
)
def test_the_order_of_numbers_and_other_months(value: str, day: tuple[int, int, int]) -> None:
    instant = parse_date(value.encode())
    assert instant is not None
    assert instant.date().timetuple()[:3] == day


@pytest.mark.parametrize(
    "value",
    ["화요일", "13월 2019", "2019년", "오후", "12 3월", "32.13.2019 10:00", "1552353072999999999",
     "2019-13-12 오후 3:11:12", "0000-00-00 00:00:00"],
)  # fmt: skip
def test_what_is_no_date_stays_none(value: str) -> None:
    assert parse_date(value.encode(), SEOUL) is None


def test_a_zone_that_is_named_is_not_the_account_s() -> None:
    for value in ("Tue, 12 Mar 2019 01:11:12 GMT", "Tue, 12 Mar 2019 01:11:12 -0000"):
        assert parse_date(value.encode(), SEOUL) == MORNING


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("x-johab", "johab"), ("ms1361", "johab"), ("cp-1361", "johab"),
        ("x-unicode-2-0-utf-7", "utf-7"), ("unicode-1-1-utf-7", "utf-7"),
        ("windows-31j", "cp932"), ("x-sjis", "cp932"), ("x-ms-cp932", "cp932"),
        ("shift-jis", "cp932"), ("sjis", "cp932"), ("cp-850", "cp850"), ("ibm-850", "cp850"),
        ("windows_1251", "cp1251"), ("win-1252", "cp1252"), ("x-cp1250", "cp1250"),
        ("cp_949", "cp949"), ("ms949", "cp949"), ("x-windows-949", "cp949"), ("uhc", "cp949"),
        ("ks_c_5601-1989", "cp949"), ("x-euc-kr", "cp949"), ("iso_8859-15", "iso8859-15"),
        ("iso-8859-8-i", "iso8859-8"), ("x-mac-roman", "mac-roman"), ("x-gbk", "gb18030"),
        ("cp936", "gb18030"), ("x-big5", "big5"), ("x-euc-jp", "euc_jp"), ('"euc-kr"', "cp949"),
        ("us-ascii", None), ("x-unknown", None), ("unknown-8bit", None), ("idna", None),
        ("cp99999", None), ("x-", None), ("", None),
    ],
)  # fmt: skip
def test_names_of_charsets(name: str, codec: str | None) -> None:
    assert codec_of(name) == codec


@pytest.mark.parametrize(
    ("text", "encoding", "label"),
    [
        ("회의록 공유드립니다", "utf-8", "euc-kr"),
        ("각종 자료", "utf-8", "ks_c_5601-1987"),
        ("회의록", "utf-8", "iso-8859-1"),
        ("회의록", "utf-8", "us-ascii"),
        ("회의록 공유", "cp949", "iso-8859-1"),
        ("회의록 공유", "cp949", "windows-1252"),
        ("회의록 공유", "cp949", "us-ascii"),
        ("회의록 공유", "cp949", "utf-8"),
        ("会議", "utf-8", "shift_jis"),
        ("Grüße", "utf-8", "iso-8859-1"),
        # and labels that tell the truth
        ("Grüße aus Köln", "latin-1", "iso-8859-1"),
        ("naïve café", "cp1252", "windows-1252"),
        ("회의록", "cp949", "euc-kr"),
        ("漢字 大韓民國", "cp949", "euc-kr"),
        ("会議①", "cp932", "shift_jis"),
        ("Привет", "koi8-r", "koi8-r"),
        ("회의록", "iso2022_kr", "iso-2022-kr"),
        ("会議", "iso2022_jp", "iso-2022-jp"),
    ],
)
def test_labels_that_lie_and_labels_that_do_not(text: str, encoding: str, label: str) -> None:
    assert decode_charset(text.encode(encoding), label) == text


@pytest.mark.parametrize("encoding", ["iso2022_kr", "iso2022_jp"])
def test_seven_bit_text_without_a_label(encoding: str) -> None:
    text = "회의록 공유" if encoding == "iso2022_kr" else "会議の件"
    data = text.encode(encoding)
    assert read_headers(b"Subject: " + data + b"\r\n\r\n").subject == text
    mixed = b"Subject: " + data + b" =?utf-8?B?6rKs7KCB7ISc?=\r\n\r\n"
    assert (read_headers(mixed).subject or "").startswith(text)
    bare = data.replace(b"\x1b$)C", b"")  # the designation left to the body
    assert read_headers(b"Subject: " + bare + b"\r\n\r\n").subject == text or encoding[-1] == "p"


STRAY = (
    b"To: lee@acme.example\r\n\r\nSubject: x\r\nFrom: kim@acme.example\r\n"
    b"Date: Tue, 12 Mar 2019 10:11:12 +0900\r\n\r\nthank you\r\n"
)


@pytest.mark.parametrize(
    "message",
    [
        STRAY,
        STRAY.replace(b"\r\n", b"\n"),
        STRAY.replace(b"\r\n\r\n", b"\r\n\r\n\r\n", 1),
        STRAY.replace(b"\r\nFrom", b"\r\n\r\nFrom").replace(b"\r\nDate", b"\r\n\r\nDate"),
        STRAY.replace(b"Subject: x\r\n", b"Subject:\r\n x\r\n"),
    ],
)
def test_a_blank_line_inside_the_header(message: bytes) -> None:
    headers = read_headers(message)
    assert headers.subject == "x"
    assert headers.sender == "kim@acme.example"
    assert headers.date == MORNING


@pytest.mark.parametrize(
    "body",
    [
        b"From: quoted@acme.example\r\nTo: a@acme.example\r\nSubject: quoted\r\n\r\nold\r\n",
        b"Subject: one\r\nfield alone, then text\r\n",
        b"Date: of delivery\r\n\r\ntomorrow\r\n",
    ],
)
def test_a_body_that_begins_with_fields_is_no_header(body: bytes) -> None:
    whole = b"From: kim@acme.example\r\nDate: Tue, 12 Mar 2019 10:11:12 +0900\r\n\r\n"
    assert read_headers(whole + body).subject is None
    undated = read_headers(b"From: kim@acme.example\r\nTo: lee@acme.example\r\n\r\n" + body)
    assert (undated.subject, undated.sender) == (None, "kim@acme.example")


def test_a_header_longer_than_most_mails() -> None:
    people = b",\r\n ".join(b'"Person %d" <person%d@acme.example>' % (n, n) for n in range(60_000))
    message = b"To: " + people + b"\r\nSubject: x\r\nDate: Tue, 12 Mar 2019 10:11:12 +0900\r\n\r\n"
    assert 2_000_000 < len(message) < HEADER_LIMIT
    headers = read_headers(message)
    assert (headers.subject, headers.date) == ("x", MORNING)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_utf16(encoding: str, mark: str) -> None:
    text = mark + "From: kim@acme.example\r\nSubject: 회의록\r\n\r\n본문\r\n"
    assert is_utf16(text.encode(encoding))
    assert read_headers(text.encode(encoding)).fields == 0
    assert not is_utf16(text.encode())


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"MZ\x90\x00\x03\x00\x00\x00", b"\x00a"])
def test_what_is_not_utf16(data: bytes) -> None:
    assert not is_utf16(data)


def test_a_second_mail_behind_the_first() -> None:
    line = b"From kim@acme.example Tue Mar 12 10:11:12 2019\n"
    one = b"From: kim@acme.example\nSubject: x\n\nbody\n\n"
    assert holds_another(line + one + line + one)
    assert holds_another(b"From \r\n" + one + b"From \r\n" + one)
    assert holds_another(b"\xef\xbb\xbf" + line + one + line + one)
    assert not holds_another(line + one)
    assert not holds_another(one)
    assert not holds_another(line + one + b"> " + line + one)
    assert not holds_another(b"")


def _case(folder: str, name: str) -> bytes:
    return (case(folder) / name).read_bytes()


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("f08b-x-johab.eml", "회의록 공유드립니다 똠방각하 펲시콜라"),
        ("f12b-x-unicode-2-0-utf-7.eml", "회의록 공유드립니다"),
        ("f33-cp932.eml", "会議①"),
        ("f38-cp-850.eml", "Grüße"),
        ("f47-x-sjis.eml", "会議"),
        ("f52-raw-iso2022kr.eml", "회의록 공유드립니다"),
    ],
)
def test_case_18_charsets(name: str, subject: str) -> None:
    assert read_headers(_case("18-charsets-not-known", name)).subject == subject


@pytest.mark.parametrize(
    ("name", "hour"),
    [("c09-korean-dayname.eml", 10), ("c12-ampm-ko.eml", 15), ("c13-rfc2047-date.eml", 10),
     ("c18-dots.eml", 10)],
)  # fmt: skip
def test_case_18_dates(name: str, hour: int) -> None:
    headers = find_headers(_case("18-korean-and-other-dates", name), SEOUL)
    assert headers.date == MORNING.replace(hour=hour)
    assert headers.received is None


def test_other_cases() -> None:
    for name in ("s01-stray-blank-after-to.eml", "s02-stray-blank-no-received.eml"):
        headers = read_headers(_case("16-stray-blank-line-in-header", name))
        assert (headers.subject, headers.sender) == ("x", "shop@example.test")
        assert headers.date == datetime(2019, 3, 12, 1, 11, 12, tzinfo=UTC)
    large = read_headers(_case("18-header-over-256KB", "e02-header-375KB.eml"))
    assert (large.subject, large.date) == ("x", MORNING)
    for name in ("a01-utf16le-bom.eml", "a02-utf16be-bom.eml", "a03-utf16le-nobom.eml"):
        assert is_utf16(_case("18-utf16-eml", name))
    assert holds_another(_case("18-mbox-named-eml", "t09-mbox-named-eml.eml"))
