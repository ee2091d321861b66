"""No bytes make the header scan raise, loop or say what an index cannot keep."""

import random
from datetime import UTC, datetime
from email.header import Header
from pathlib import PurePosixPath

from hypothesis import given, settings
from hypothesis import strategies as st

from pyeonji.mime.clock import parse_date
from pyeonji.mime.headers import SENDER_LIMIT, SUBJECT_LIMIT, read_headers
from pyeonji.mime.naming import (
    FOLDER_BYTES,
    SUBJECT_BYTES,
    mailbox_folder,
    member_name,
    safe_component,
)
from pyeonji.mime.words import decode_header
from tests.support.corpora import corpus_eml, manifest

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NAMES = st.sampled_from([b"Subject", b"From", b"Date", b"Received", b"Message-ID", b"X-A", b" "])
PIECES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"=?utf-8?B?", b"=?euc-kr?Q?=B0", b"?=", b"=?utf-7?Q?+2AA-?=", b"=?idna?B?eA?=",
            b"=?utf-16?B?2AA=?=", b"\r\n ", b"\n\t", b"\r", b"(", b")", b";", b"<", b"@",
            b"1 Jan 2020 10:00:00 +0900", b"2020-01-01T00:00:00Z", b"\xb0\xa1", b"\x00",
        ]
    ),
)  # fmt: skip
FIELDS = st.lists(
    st.tuples(NAMES, st.lists(PIECES, max_size=6)).map(
        lambda field: field[0] + b": " + b"".join(field[1]) + b"\r\n"
    ),
    max_size=6,
).map(b"".join)
TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("가힣ㄱ \u1112\u1161\u11ab\u200d\u202e\u0301💌👍\U0001f3fd.:/\\*?CONcom1"),
    ),
    max_size=200,
)


def check(data: bytes) -> None:
    headers = read_headers(data)
    for text, limit in ((headers.subject, SUBJECT_LIMIT), (headers.sender, SENDER_LIMIT)):
        assert text is None or (0 < len(text) <= limit)
        assert text is None or text.encode()
    for instant in (headers.date, headers.received):
        assert instant is None or 1970 <= instant.year <= 2107


@given(st.one_of(st.binary(max_size=400), FIELDS))
@settings(max_examples=150, deadline=None)
def test_any_bytes(data: bytes) -> None:
    check(data)


@given(st.lists(PIECES, max_size=10).map(b"".join))
@settings(max_examples=120, deadline=None)
def test_any_value(value: bytes) -> None:
    assert len(decode_header(value, 50)) <= 50
    parse_date(value)


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=60))
@settings(max_examples=150, deadline=None)
def test_what_a_mailer_encodes_comes_back(text: str) -> None:
    value = Header(text, "utf-8", maxlinelen=50).encode().encode("ascii")
    assert decode_header(value, 1000) == " ".join(text.split())


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2107, 12, 30)),
    st.integers(-14 * 60, 14 * 60),
)
@settings(max_examples=100, deadline=None)
def test_every_date_comes_back(local: datetime, offset: int) -> None:
    sign, minutes = ("-" if offset < 0 else "+"), abs(offset)
    zone = f"{sign}{minutes // 60:02}{minutes % 60:02}"
    value = f"{local.day} {MONTHS[local.month - 1]} {local.year:04} {local:%H:%M:%S} {zone}"
    instant = parse_date(value.encode())
    assert instant is not None
    expected = local.replace(microsecond=0, tzinfo=UTC).timestamp() - offset * 60
    assert instant.timestamp() == expected


@given(TEXTS, st.sampled_from([SUBJECT_BYTES, FOLDER_BYTES, 12]))
@settings(max_examples=120, deadline=None)
def test_components_are_safe_and_stay_so(text: str, limit: int) -> None:
    safe = safe_component(text, limit)
    assert len(safe.encode()) <= limit
    assert safe == safe.strip(" .")
    assert not set(safe) & set('<>:"/\\|?*')
    assert all(character >= " " for character in safe)
    stem = safe.split(".", 1)[0].strip().upper()
    assert stem not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"}
    assert safe_component(safe, limit) == safe


@given(TEXTS, TEXTS)
@settings(max_examples=100, deadline=None)
def test_names_are_relative_paths_below_mail(path: str, subject: str) -> None:
    name = member_name(path, datetime(1979, 12, 31), subject, "u" * 16)
    parts = PurePosixPath(name).parts
    assert parts[0] == "mail"
    assert not {".", ".."} & set(parts)
    assert name == "/".join(parts)
    assert len(parts[-1].encode()) <= 157
    assert name.startswith(mailbox_folder(path))


def test_mutated_real_mail() -> None:
    folder = corpus_eml()
    rows = manifest(folder)
    rng = random.Random(1)
    for row in rows:
        data = bytearray((folder / row["path"]).read_bytes()[:8192])
        for _ in range(min(20, len(data))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        check(bytes(data))
