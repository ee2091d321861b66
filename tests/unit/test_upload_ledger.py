"""What ledgers, chunk lists and long objects are written as, and read back from."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyeonji.domain.reasons import ENTRY_REASONS
from pyeonji.domain.uploads import LedgerRow, Outcome
from pyeonji.usecases.uploads.chunk_list import Facts, Piece, Planned, decode_pieces, encode_piece
from pyeonji.usecases.uploads.ledger import (
    decode_rows,
    encode_pages,
    encode_rows,
    index_of,
    page_of,
    read_pages,
    totals_of_pages,
)
from pyeonji.usecases.uploads.ledger_csv import csv_header, csv_rows
from pyeonji.usecases.uploads.object_writer import ObjectWriter
from pyeonji.zipio.listing import Entry
from tests.support.fakes import World
from tests.support.worlds import limits

MIB = 1024 * 1024
TEXTS = st.text(max_size=40) | st.sampled_from(["\u2028\x85\r\n", "=1+1", "'", '"', "\x00", "＝x"])
ROWS = st.builds(
    LedgerRow,
    index=st.integers(0, 999_999),
    name=TEXTS,
    outcome=st.sampled_from(Outcome),
    reason=st.none() | st.sampled_from(sorted(ENTRY_REASONS)),
    bytes=st.integers(0, 2**32),
    subject=st.none() | TEXTS,
    date=st.none() | st.just("2026-01-01T00:00:00Z"),
    date_from=st.none() | st.sampled_from(["manifest", "received", "date", "member", "unknown"]),
)


@settings(max_examples=60)
@given(st.lists(ROWS, max_size=6))
def test_rows_come_back_as_they_were(rows: list[LedgerRow]) -> None:
    data = encode_rows(rows)
    assert list(decode_rows(data)) == rows
    lines = data.split(b"\n")[:-1]
    assert [index_of(line) for line in lines] == [row.index for row in rows]


@settings(max_examples=60)
@given(st.lists(ROWS, max_size=6))
def test_csv_has_a_record_a_row_and_no_formula(rows: list[LedgerRow]) -> None:
    table = (csv_header(limits()) + csv_rows(rows, limits())).decode("utf-8-sig")
    records = list(csv.reader(io.StringIO(table, newline="")))
    assert len(records) == len(rows) + 1
    assert len({len(record) for record in records}) == 1
    cells = [cell for record in records for cell in record]
    assert not [cell for cell in cells if cell.lstrip()[:1] in set("=+-@＝＋－＠") - {""}]


def test_csv_says_days_in_the_zone_of_the_service() -> None:
    row = LedgerRow(0, "a.eml", Outcome.IMPORTED, None, 1, date="2026-01-31T15:30:00Z",
                    date_from="received")  # fmt: skip
    header, line = csv.reader(
        io.StringIO((csv_header(limits()) + csv_rows([row], limits())).decode("utf-8-sig"))
    )
    said = dict(zip(header, line, strict=True))
    assert said["받은 날짜 Date (Asia/Seoul)"] == "2026-02-01 00:30:00"
    assert said["결과 Result"] == "성공 Imported"
    assert said["날짜의 출처 Date taken from"].startswith("메일이 도착한 기록(Received) / ")


def test_a_name_that_is_not_text_is_still_a_line() -> None:
    row = LedgerRow(0, "a\udcff.eml", Outcome.IMPORTED, None, 1)
    [read] = decode_rows(encode_rows([row]))
    assert read.name == "a?.eml"
    assert b"a?.eml" in csv_rows([row], limits())


@settings(max_examples=40)
@given(st.lists(ROWS, min_size=1, max_size=20))
def test_pages_add_up(rows: list[LedgerRow]) -> None:
    world = World()
    pages = [page_of(rows), page_of(rows[:1])]
    world.work.put("ledgers/u/1-final/pages.json", encode_pages(pages))
    assert read_pages(world.work, "u", "1-final") == pages
    assert totals_of_pages(pages).entries == len(rows) + 1


def entry(name: str) -> Entry:
    return Entry(7, name, 9, 1, 8, 0, 2, 100, 200, 5, 140, 0x5A210000, 1_700_000_000, False)


@pytest.mark.parametrize("facts", [None, Facts(None, (), None), Facts(-5, ("\\Seen",), "ab")])
@pytest.mark.parametrize("name", ["메일/가.eml", "a\udcffb\n\u2028.eml", ""])
def test_chunk_lists_come_back_as_they_were(name: str, facts: Facts | None) -> None:
    pieces = [
        Piece(5, 140, (Planned(entry(name), facts), Planned(entry("b")))),
        Piece(900, 140, (Planned(entry("c"), facts),)),
    ]
    assert list(decode_pieces(b"".join(map(encode_piece, pieces)))) == pieces


@pytest.mark.parametrize("size", [0, 1, 10 * MIB - 1, 10 * MIB, 10 * MIB + 1, 25 * MIB])
def test_an_object_of_any_size_is_whole(size: int) -> None:
    world = World()
    data = bytes(range(256)) * (size // 256 + 1)
    with ObjectWriter(world.work, "x") as writer:
        for start in range(0, size, 3 * MIB):
            writer.write(data[start : min(size, start + 3 * MIB)])
        assert writer.size == size
    assert world.work.data["x"] == data[:size]
    assert not world.work.open


def test_an_object_whose_writer_fails_is_not_there() -> None:
    world = World()

    def fail() -> None:
        with ObjectWriter(world.work, "x") as writer:
            writer.write(bytes(12 * MIB))
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert not world.work.data and not world.work.open
