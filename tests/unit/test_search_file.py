"""The search file: written, asked, cut."""

import hashlib
import random
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC

import pytest

from pyeonji.search.file import (
    FILE_VERSION,
    IndexedMail,
    MailRow,
    SearchFile,
    cut_search_file,
    mail_words,
    write_search_file,
)
from pyeonji.search.packing import NotASearchFileError
from pyeonji.search.query import parse_query
from pyeonji.search.text import MailText

_BODIES = (
    "회의록 공유드립니다",
    "견적서 검토 부탁",
    "budget meeting friday",
    "회의 취소",
    "정기회의 자료",
)


def _mail(number: int, body: str, *, attachments: int = 0) -> IndexedMail:
    text = MailText(f"제목 {number}", "kim@acme.example", "lee@acme.example", (), body, attachments)
    digest = hashlib.sha256(str(number).encode()).digest()
    row = MailRow(
        1000 + number, number * 500, 400, 100 * number, attachments, digest, None, None,
        text.subject, text.sender, text.recipients,
    )  # fmt: skip
    return IndexedMail(row, mail_words(text))


def _mails(count: int = 20) -> list[IndexedMail]:
    return [_mail(n, _BODIES[n % len(_BODIES)], attachments=n % 3) for n in range(count)]


def _found(content: bytes, source: str, *, until: int | None = None) -> list[int]:
    with closing(SearchFile(content)) as file:
        return [row.at - 1000 for row in file.find(parse_query(source, UTC), until=until)]


def test_the_same_mail_gives_the_same_bytes() -> None:
    mails = _mails()
    shuffled = mails.copy()
    random.Random(1).shuffle(shuffled)
    assert write_search_file(mails) == write_search_file(shuffled)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("회의", [19, 18, 15, 14, 13, 10, 9, 8, 5, 4, 3, 0]),
        ("의", [19, 18, 15, 14, 13, 10, 9, 8, 5, 4, 3, 0]),  # the end of a word, and its middle
        ("소", [18, 13, 8, 3]),
        ("budget", [17, 12, 7, 2]),
        ("budget -friday", []),
        ("회의 -자료", [18, 15, 13, 10, 8, 5, 3, 0]),
        ("-회의", [17, 16, 12, 11, 7, 6, 2, 1]),
        ("subject:7", [7]),
        ("has:attachment budget", [17, 7, 2]),
        ("first", []),
        ("larger:1700", [19, 18]),
        ("smaller:200", [1, 0]),
        ("after:1970-01-01 budget", [17, 12, 7, 2]),
        ("before:1970-01-01", []),
    ],
)
def test_newest_first(source: str, found: list[int]) -> None:
    assert _found(write_search_file(_mails()), source) == found


def test_dates_are_places() -> None:
    content = write_search_file(_mails())
    assert _found(content, "회의", until=1010) == [10, 9, 8, 5, 4, 3, 0]
    assert _found(content, "회의", until=1) == []
    with closing(SearchFile(content)) as file:
        assert (file.mails, file.first, file.last) == (20, 1000, 1019)


def test_two_hundred_words_at_once() -> None:
    many = " ".join(f"w{n}" for n in range(100))
    assert _found(write_search_file([_mail(1, many)]), many) == [1]
    assert _found(write_search_file([_mail(1, "가나다라마바사" * 30)]), "가나다라마바사" * 30) == [
        1
    ]


@pytest.mark.parametrize(
    "word", ['"', "'", "NOT", "a*", "NEAR(a)", "t:a", "^a", '회의" OR 1', "§a"]
)
def test_no_query_is_anything_but_words(word: str) -> None:
    content = write_search_file(_mails())
    try:
        parse_query(word, UTC)
    except ValueError:
        return
    assert set(_found(content, word)) <= set(range(20))


def test_a_cut_file_is_what_would_have_been_written() -> None:
    mails = _mails()
    kept = {mail.row.offset: mail.row.offset + 7 for mail in mails if mail.row.at % 2}
    cut = cut_search_file([(write_search_file(mails), kept)])
    assert cut == write_search_file(
        mail._replace(row=mail.row._replace(offset=kept[mail.row.offset]))
        for mail in mails
        if mail.row.offset in kept
    )


def test_no_word_of_another_mail_is_anywhere_in_a_cut_file() -> None:
    secret = _mail(99, "비밀암호 topsecretword")
    cut = cut_search_file([(write_search_file([*_mails(), secret]), _offsets(_mails()))])
    for piece in ("비밀", "밀암", "암호", "topsecret", "제목 99"):
        assert piece.encode() not in cut


def _offsets(mails: Iterable[IndexedMail]) -> dict[int, int]:
    return {mail.row.offset: mail.row.offset for mail in mails}


def test_a_file_without_mail() -> None:
    content = write_search_file([])
    assert _found(content, "회의") == [] and _found(content, "before:2024") == []


def test_any_tool_opens_it() -> None:
    with closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(write_search_file(_mails()))
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        count = base.execute("SELECT count(*) FROM words WHERE words MATCH 'budget'").fetchone()
        assert count == (4,)


def _changed(content: bytes, statement: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(content)
        base.execute(statement)
        base.commit()
        return base.serialize()


def test_what_is_no_search_file() -> None:
    content = write_search_file(_mails())
    newer = _changed(content, f"PRAGMA user_version={FILE_VERSION + 1}")
    other = _changed(content, "PRAGMA application_id=1")
    for wrong in (b"", b"no", b"SQLite format 3\0" + b"x" * 5000, content[:5000], newer, other):
        with pytest.raises(NotASearchFileError):
            SearchFile(wrong)
