"""IMAP replies come out the same however the bytes were cut on the way."""

from hypothesis import given
from hypothesis import strategies as st

from pyeonji.imap import lexer
from pyeonji.imap.conversation import Conversation
from pyeonji.imap.errors import UnreadableError, words_of
from pyeonji.imap.replies import LINE_LIMIT, Reply, ReplyReader

TALK = (
    b"* OK [CAPABILITY IMAP4rev1] ready {5}\r\n"
    b"* 1 FETCH (UID 7 BODY[] {11}\r\nSubject: x\r)\r\n"
    b"* 2 FETCH (UID 8 BODY[] {0}\r\n FLAGS ())\r\n"
    b"* 3 FETCH (UID 9 BODY[] {40}\r\n" + b"y" * 40 + b" BODY[TEXT] {3}\r\nabc)\r\n"
    b"P1 OK done\r\n+ \r\n*\r\n"
)


def _all(reader: ReplyReader) -> list[Reply]:
    found = []
    while (reply := reader.next()) is not None:
        found.append(reply)
    return found


def _whole(limit: int) -> list[Reply]:
    reader = ReplyReader(limit)
    reader.feed(TALK)
    return _all(reader)


def test_replies_and_literals() -> None:
    replies = _whole(limit=30)
    assert [reply.tag for reply in replies] == [b"*", b"*", b"*", b"*", b"P1", b"+", b"*"]
    assert replies[0].text.endswith(b"{5}\r\n")  # human text, no literal
    assert replies[1].parts[1] == b"Subject: x\r"
    assert replies[2].parts[1] == b""
    assert replies[3].parts[1] == lexer.Oversized(40)
    assert replies[3].parts[3] == b"abc"


@given(st.lists(st.integers(1, len(TALK)), max_size=40), st.sampled_from([30, 1000]))
def test_any_cut_gives_the_same(cuts: list[int], limit: int) -> None:
    reader, found, start = ReplyReader(limit), [], 0
    for end in [*sorted(cuts), len(TALK)]:
        reader.feed(TALK[start:end])
        found += _all(reader)
        start = end
    assert found == _whole(limit)


@given(st.binary(max_size=300))
def test_any_bytes_are_replies_or_unreadable(data: bytes) -> None:
    reader = ReplyReader(100)
    reader.feed(data)
    try:
        _all(reader)
    except UnreadableError:
        return


def test_a_line_without_end_is_refused_at_its_limit() -> None:
    reader = ReplyReader(100)
    reader.feed(b"x" * LINE_LIMIT)
    assert reader.next() is None
    reader.feed(b"y")
    try:
        reader.next()
    except UnreadableError:
        return
    raise AssertionError


def test_a_command_that_makes_no_sense_now_is_a_bug() -> None:
    conversation = Conversation(100)
    try:
        conversation.command(b"UID FETCH 1 (UID)")
    except AssertionError:
        return
    raise ValueError


def test_a_servers_words_are_one_bounded_line() -> None:
    assert words_of(b"[ALERT] a\tb\x00\xff  c\r\n") == "[ALERT] a b \ufffd c"
    assert len(words_of(b"x" * 10_000)) == 300
    assert words_of("서버 점검".encode()) == "서버 점검"
