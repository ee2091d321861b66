"""What a person types, and what it means for a mail."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pyeonji.search.query import QUERY_LENGTH, Query, QueryError, Term, parse_query
from pyeonji.search.snippet import SNIPPET_LENGTH, snippet_of
from pyeonji.search.text import MailText

_SEOUL = ZoneInfo("Asia/Seoul")
_MAIL = MailText(
    subject="[공지] 3분기 회의록 공유드립니다",
    sender="김편지 <kim@acme.example>",
    recipients="이하나 <lee@acme.example>\npark@other.example",
    files=("견적서_최종.pdf", "plan.xlsx"),
    body="안녕하세요.\nThe budget meeting is on Friday.\n분기 보고를 첨부합니다.",
    attachments=2,
)


def _day(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=_SEOUL).timestamp())


@pytest.mark.parametrize(
    ("source", "query"),
    [
        ("회의록", Query((Term("회의록"),))),
        ("회의 Budget", Query((Term("회의"), Term("budget")))),
        ('"분기 보고"', Query((Term("분기 보고"),))),
        ("“분기  보고”", Query((Term("분기 보고"),))),
        ('"분기 보고', Query((Term("분기 보고"),))),
        ("from:Kim@acme.example", Query((Term("kim acme example", "from"),))),
        ('제목:"회의록 공유"', Query((Term("회의록 공유", "subject"),))),
        ("보낸사람:김편지 받는사람:이하나", Query((Term("김편지", "from"), Term("이하나", "to")))),
        ("-초안 -from:lee", Query((Term("초안", minus=True), Term("lee", "from", True)))),
        ("filename:견적서 첨부:있음", Query((Term("견적서", "filename"),), attachment=True)),
        ("has:attachment", Query(attachment=True)),
        ("-has:attachment", Query(attachment=False)),
        ("첨부:없음", Query(attachment=False)),
        ("is:unread", Query(flags=(("\\Seen", False),))),
        ("-is:unread", Query(flags=(("\\Seen", True),))),
        ("상태:안읽음", Query(flags=(("\\Seen", False),))),
        ("after:2024-03-05 before:2024/12/31",
         Query(after=_day(2024, 3, 5), before=_day(2024, 12, 31))),
        ("이후:2024.3. 이전:20241231", Query(after=_day(2024, 3, 1), before=_day(2024, 12, 31))),
        ("after:2024년", Query(after=_day(2024, 1, 1))),
        ("larger:10MB", Query(larger=10 * 1024 * 1024)),
        ("크기:1.5k 미만:1g", Query(larger=1536, smaller=1024**3)),
        ("http://acme.example/a", Query((Term("http acme example a"),))),
        ("회신:네", Query((Term("회신 네"),))),
        ("회의 -", Query((Term("회의"),))),
        ("회의 회의", Query((Term("회의"),))),
    ],
)  # fmt: skip
def test_parsing(source: str, query: Query) -> None:
    assert parse_query(source, _SEOUL) == query


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("", "query_empty"),
        (" … - ! ", "query_empty"),
        ("before:yesterday", "query_date"),
        ("after:2024-13-01", "query_date"),
        ("after:", "query_date"),
        ("larger:big", "query_size"),
        ("has:legs", "query_value"),
        ("is:lost", "query_value"),
        ("from:", "query_value"),
        ("x" * (QUERY_LENGTH + 1), "query_too_long"),
    ],
)
def test_what_cannot_be_understood(source: str, code: str) -> None:
    with pytest.raises(QueryError) as raised:
        parse_query(source, UTC)
    assert raised.value.code == code


def test_the_longest_query_is_understood() -> None:
    assert parse_query("x" * QUERY_LENGTH, UTC).terms == (Term("x" * QUERY_LENGTH),)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("회의록", True),
        ("공유 회의록", True),
        ('"회의록 공유"', True),
        ('"공유 회의록"', False),
        ("의록공", False),
        ("meeting", True),
        ("meet", False),
        ("friday 보고", True),
        ("-friday", False),
        ("-saturday", True),
        ("from:kim", True),
        ("from:lee", False),
        ("to:lee", True),
        ("받는사람:park@other.example", True),
        ("to:kim", False),
        ("filename:견적서", True),
        ("filename:plan.xlsx", True),
        ("filename:meeting", False),
        ("subject:공지", True),
        ("subject:첨부", False),
        ("김편지", True),
        ("xlsx", True),
    ],
)
def test_matching(source: str, found: bool) -> None:
    assert parse_query(source, UTC).matches(_MAIL) is found


def test_flags() -> None:
    assert parse_query("is:unread", UTC).allows(())
    assert not parse_query("is:unread", UTC).allows(("\\Seen",))
    assert parse_query("is:starred is:read", UTC).allows(("\\seen", "\\Flagged"))
    assert parse_query("회의", UTC).allows(("\\Seen",))


@pytest.mark.parametrize(
    ("text", "exact"),
    [("회의", True), ("회", True), ("회의록", False), ("budget", True), ("a b", False),
     ("erp시스", False), ("x" * 32, True), ("x" * 33, False)],
)  # fmt: skip
def test_what_the_words_alone_can_tell(text: str, exact: bool) -> None:
    assert Term(text).exact is exact


def test_a_snippet_shows_where_it_stands() -> None:
    assert "meeting" in snippet_of(_MAIL, parse_query("MEETING", UTC))
    assert "분기 보고를" in snippet_of(_MAIL, parse_query('"분기 보고"', UTC))
    assert snippet_of(_MAIL, parse_query("from:kim", UTC)).startswith("안녕하세요.")
    long = MailText("", "", "", (), "가나다 " * 1000 + "바늘 " + "라마바 " * 1000, 0)
    snippet = snippet_of(long, parse_query("바늘", UTC))
    assert "바늘" in snippet and len(snippet) <= SNIPPET_LENGTH + 2
