"""Which lines of an mbox begin a message: every shape and line end, and text that only looks so."""

import io
import itertools
from pathlib import Path

import pytest

from pyeonji.mime.mbox import looks_like_mbox, read_mbox
from pyeonji.mime.shapes import holds_another
from tests.support.corpora import case

DATED = b"From kim@acme.example Mon Jan  2 15:04:05 2006"
SHAPES = {
    "dated": DATED,
    "bare": b"From ",
    "bare and trimmed": b"From",
    "thunderbird of old": b"From - Mon Jan 02 15:04:05 2006",
    "torn in the time": b"From - Mon Jan 02 15:0",
    "torn in the month": b"From - Mon Ja",
    "torn behind the sender": b"From kim@acme.example",
    "byte order mark, dated": b"\xef\xbb\xbf" + DATED,
    "byte order mark, bare": b"\xef\xbb\xbfFrom ",
    "two byte order marks": b"\xef\xbb\xbf" * 2 + DATED,
    "five byte order marks": b"\xef\xbb\xbf" * 5 + b"From ",
    "takeout": b"From 1600000000@xxx Tue Mar 12 10:11:12 +0000 2019",
    "daemon": b"From MAILER-DAEMON",
    "another country's date": b"From kim@acme.example 2019-03-12 10:11:12",
}
LINE_ENDS = {"lf": b"\n", "crlf": b"\r\n", "cr": b"\r"}


def mail(number: int, line_end: bytes) -> bytes:
    lines = [b"From: kim@acme.example", b"Subject: m%d" % number, b"", b"body %d" % number, b""]
    return line_end.join(lines)


def bodies(data: bytes) -> list[bytes | None]:
    messages = list(read_mbox(io.BytesIO(data)))
    assert sum(message.length for message in messages) == len(data)
    return [message.data for message in messages]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("line_end", LINE_ENDS)
def test_every_shape_with_every_line_end(shape: str, line_end: str) -> None:
    end = LINE_ENDS[line_end]
    mails = [mail(number, end) for number in range(5)]
    data = b"".join(SHAPES[shape] + end + each + end for each in mails)
    assert looks_like_mbox(data)
    assert bodies(data) == mails


def test_all_shapes_and_line_ends_in_one_file() -> None:
    mixed = list(itertools.product(SHAPES.values(), LINE_ENDS.values()))
    mixed += list(itertools.product(reversed(SHAPES.values()), reversed(LINE_ENDS.values())))
    mails = [mail(number, end) for number, (_, end) in enumerate(mixed)]
    data = b"".join(line + end + each + end for (line, end), each in zip(mixed, mails, strict=True))
    assert bodies(data) == mails


@pytest.mark.parametrize(
    "head",
    [
        b"rom kim@acme.example Mon Jan  2 15:04:05 2006",
        b"acme.example Mon Jan  2 15:04:05 2006",
        b" Mar 12 10:11:12 2019",
        b"5:04 2006",
        b"006",
        b"04:05 2006 +0900",
        b"om ",
    ],
)
@pytest.mark.parametrize("line_end", LINE_ENDS)
def test_a_file_whose_beginning_is_missing(head: bytes, line_end: str) -> None:
    end = LINE_ENDS[line_end]
    data = head + end + mail(0, end) + end + b"From " + end + mail(1, end) + end
    assert looks_like_mbox(data)
    assert bodies(data) == [mail(0, end), mail(1, end)]


@pytest.mark.parametrize(
    "text",
    [
        b"From now on we meet at ten.\nKim\n",
        b"From now on\nSubject: lines are no messages\n",
        b"From Kim at 10:30 on 2 March 2019 we heard\nthat nothing is ready.\n",
        b"From Kim at 10:30 in March 2019:\n\nNothing.\n",
        b"From Kim\nTo: whom it may concern\nwe write\n",
        b"From \nhere to there\n",
        b"From\n\nSubject: a form with empty cells\n",
        b"From: kim@acme.example\nTo: lee@acme.example\nSubject: quoted by Outlook\n\nOld text\n",
        b">From kim@acme.example Mon Jan  2 15:04:05 2006\nSubject: quoted\n",
        b"> From \n> From: kim@acme.example\n> Subject: quoted by a reply\n",
        b"  From \nFrom: kim@acme.example\nSubject: indented\n",
        b"Fromage \nSubject: is no From\n",
        b"From " + b"a" * 5000 + b" 10:30 2019\nSubject: too long\nFrom: a\n",
    ],
)
@pytest.mark.parametrize("line_end", ["lf", "crlf"])
@pytest.mark.parametrize("line", ["dated", "bare"])
def test_content_that_only_looks_like_one(text: bytes, line_end: str, line: str) -> None:
    end = LINE_ENDS[line_end]
    holds = (b"Subject: holds it\n\nHello,\n\n" + text).replace(b"\n", end)
    data = SHAPES[line] + end + holds + end + SHAPES[line] + end + mail(1, end) + end
    expected = holds.replace(end + b">From ", end + b"From ")  # mboxrd's quoting, undone
    assert bodies(data) == [expected, mail(1, end)]


def test_a_line_without_a_blank_line_before_is_believed_only_in_two_shapes() -> None:
    thunderbird = b"X-Mozilla-Status: 0001\n" + mail(1, b"\n")
    assert bodies(b"From \n" + mail(0, b"\n") + b"From \n" + thunderbird) == [
        mail(0, b"\n"), thunderbird,
    ]  # fmt: skip
    assert len(bodies(DATED + b"\n" + mail(0, b"\n") + DATED + b"\n" + mail(1, b"\n"))) == 2
    assert len(bodies(b"From \n" + mail(0, b"\n") + b"From \n" + mail(1, b"\n"))) == 1


@pytest.mark.parametrize("marks", range(7))
@pytest.mark.parametrize("behind", [b"\r", b" now on", b"\n\n"])
def test_what_is_no_separator_is_passed_by_however_many_marks_are_before_it(
    marks: int, behind: bytes
) -> None:
    """The search once went back over two of them and found the same line for ever."""
    text = b"From \rSubject: x\r\r" + b"\xef\xbb\xbf" * marks + b"From" + behind
    assert len(bodies(text)) == 1
    assert not holds_another(text)


def test_a_separator_at_every_place_of_a_block() -> None:
    """Reading goes by blocks of 1 MiB: a From_ line may be cut by their border anywhere."""
    line = b"From \r\n"
    for shift in range(-40, 20):
        first = b"Subject: long\r\n\r\n"
        first += b"x" * (1024 * 1024 - len(line + first) + shift) + b"\r\n"
        data = line + first + b"\r\n" + line + mail(1, b"\r\n") + b"\r\n"
        assert bodies(data) == [first, mail(1, b"\r\n")]
        over = list(read_mbox(io.BytesIO(data), limit=500_000))
        assert [message.data for message in over] == [None, mail(1, b"\r\n")]


def test_many_mails_are_never_one() -> None:
    mails = [mail(number, b"\r\n") for number in range(3000)]
    assert bodies(b"".join(b"From \r\n" + each + b"\r\n" for each in mails)) == mails


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("11-bare-from-lf/x.mbox", 5),
        ("11-bare-from-crlf/x.mbox", 5),
        ("11-thunderbird-115-inbox/Inbox", 200),
        ("11-tree-skips-a-file/src/Inbox", 1),
        ("11-tree-skips-a-file/src/Mac", 1),
        ("11-tree-skips-a-file/src/Old", 1),
        ("11-tree-skips-a-file/src/Sent", 1),
        ("18-mbox-named-eml/t09-mbox-named-eml.eml", 2),
    ],
)
def test_cases_from_the_field(name: str, count: int) -> None:
    folder, _, rest = name.partition("/")
    data = Path(case(folder), rest).read_bytes()
    assert looks_like_mbox(data[:4096])
    messages = bodies(data)
    assert len(messages) == count
    for message in messages:
        assert message is not None
        assert message.startswith((b"From: ", b"X-Mozilla-Status: "))
        assert message.endswith((b"\n", b"\r"))
        assert not message.endswith((b"\n\r\n", b"\n\n", b"\r\r"))
