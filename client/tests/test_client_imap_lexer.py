"""IMAP answers, bytes to values: no socket, and no exception but ours for any bytes."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyeonji.imap import lexer
from pyeonji.imap.errors import UnreadableError

_MAILBOX = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)


@given(_MAILBOX)
def test_a_name_survives_modified_utf7(name: str) -> None:
    assert lexer.decode_name(lexer.encode_name(name)) == name


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"&vBvHQNO4ycDVaA-", "받은편지함"),
        (b"&ZeVnLIqe-", "日本語"),
        (b"A&-B", "A&B"),
        (b"&", "&"),
        (b"&bad", "&bad"),
        (b"&2D0-", "&2D0-"),
        ("보낸편지함".encode(), "보낸편지함"),
        (b"\xff\xfe", "��"),
    ],
)
def test_names_servers_send(raw: bytes, name: str) -> None:
    assert lexer.decode_name(raw) == name


def test_a_fetch_response() -> None:
    parts: list[bytes | lexer.Oversized] = [
        rb"12 FETCH (UID 7 FLAGS (\Seen $Forwarded) "
        rb'INTERNALDATE "17-Jul-1996 02:44:25 -0700" BODY[] ',
        b"Subject: (1)\r\n\r\n",
        b")\r\n",
    ]
    items = lexer.pairs(lexer.parse(parts)[-1])
    assert items[b"UID"] == b"7"
    assert items[b"FLAGS"] == [rb"\Seen", b"$Forwarded"]
    assert items[b"BODY[]"] == b"Subject: (1)\r\n\r\n"
    assert lexer.internal_date(items[b"INTERNALDATE"]) == datetime(
        1996, 7, 17, 9, 44, 25, tzinfo=UTC
    )


@pytest.mark.parametrize("text", [b")", b"(", b'"open', b"(" * 40, b"a (b))", b'"\\'])
def test_text_that_is_no_imap(text: bytes) -> None:
    with pytest.raises(UnreadableError):
        lexer.parse([text])


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5))
def test_any_bytes_parse_or_say_so(parts: list[bytes]) -> None:
    try:
        values = lexer.parse(list(parts))
    except UnreadableError:
        return
    for value in values:
        lexer.internal_date(value)
        try:
            lexer.pairs(value)
        except UnreadableError:
            continue


@pytest.mark.parametrize(
    ("line", "size"),
    [
        (b"* 1 FETCH (BODY[] {12}\r\n", 12),
        (b"* 1 FETCH (BODY[] ~{12}\r\n", 12),
        (b"* 1 FETCH (BODY[] {12+}\r\n", 12),
        (b"* OK done {12}\r\n", None),
        (b"P1 NO because {3}\r\n", None),
        (b"* 1 FETCH (UID 3)\r\n", None),
        (b"* LIST () NIL {3}\n", 3),
    ],
)
def test_where_a_literal_follows(line: bytes, size: int | None) -> None:
    assert lexer.literal_at_end(line) == size


@given(st.sets(st.integers(1, 60)))
def test_a_uid_set_names_each_uid_once(uids: set[int]) -> None:
    spelled = lexer.uid_set(sorted(uids))
    read: list[int] = []
    for piece in spelled.split(b",") if spelled else []:
        first, _, last = piece.partition(b":")
        read.extend(range(int(first), int(last or first) + 1))
    assert read == sorted(uids)


@pytest.mark.parametrize(
    "date", [b"31-Feb-2020 00:00:00 +0000", b"1-Foo-2020 00:00:00 +0000", b"", b"1-Jan-2020", None]
)
def test_dates_that_are_none(date: bytes | None) -> None:
    assert lexer.internal_date(date) is None
