"""The mbox reader: dialects, edges, real files with their true counts."""

import io
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest

from pyeonji.mime.mbox import Dialect, gmail_labels, looks_like_mbox, read_mbox
from tests.support.corpora import corpus_eml, manifest

FROM = b"From kim@acme.example Mon Jan  2 15:04:05 2006\n"
ONE = b"Subject: one\n\nbody\n"
TWO = b"Subject: two\n\nFrom here on\n>From there\n"


class Pipe(io.BytesIO):
    """A stream that cannot go back and gives a few bytes at a time."""

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0) -> int:
        raise io.UnsupportedOperation("seek")

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(7, size if size is not None and size >= 0 else 7))


def bodies(data: bytes, dialect: Dialect = "auto", limit: int = 10_000) -> list[bytes | None]:
    return [message.data for message in read_mbox(io.BytesIO(data), 0, dialect, limit)]


def with_length(message: bytes) -> bytes:
    head, body = message.split(b"\n\n", 1)
    return head + b"\nContent-Length: %d\n\n" % len(body) + body


def test_two_messages() -> None:
    data = FROM + ONE + b"\n" + FROM + TWO + b"\n"
    messages = list(read_mbox(io.BytesIO(data), dialect="mboxo"))
    assert [message.data for message in messages] == [ONE, TWO]
    assert [message.offset for message in messages] == [0, len(FROM + ONE) + 1]
    assert sum(message.length for message in messages) == len(data)
    assert messages[0].envelope == FROM.strip()
    assert messages[0].envelope_date == datetime(2006, 1, 2, 15, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("make", [io.BytesIO, Pipe])
def test_reading_goes_on_where_a_message_ended(make: type[BinaryIO]) -> None:
    data = (FROM + ONE + b"\n" + FROM + TWO + b"\n") * 3
    messages = list(read_mbox(make(data)))  # type: ignore[call-arg]
    for done, message in enumerate(messages, 1):
        rest = list(read_mbox(make(data), message.offset + message.length))  # type: ignore[call-arg]
        assert rest == messages[done:]


def test_quoting_is_undone_where_the_dialect_allows() -> None:
    data = FROM + b"Subject: a\n\n>From a\n>>From b\n> From c\n\n"
    unquoted = b"Subject: a\n\nFrom a\n>From b\n> From c\n"
    undone: tuple[Dialect, ...] = ("auto", "mboxrd", "mboxcl")
    kept: tuple[Dialect, ...] = ("mboxo", "mboxcl2")
    for dialect in undone:
        assert bodies(data, dialect) == [unquoted]
    for dialect in kept:
        assert bodies(data, dialect) == [data[len(FROM) : -1]]


def test_content_length_counts_where_it_lands() -> None:
    inner = b"Subject: outer\n\nbefore\n\n" + FROM + b"Subject: inner\n\nquoted by nobody\n"
    data = FROM + with_length(inner) + b"\n" + FROM + with_length(ONE) + b"\n"
    assert bodies(data) == [with_length(inner), with_length(ONE)]
    assert bodies(data, "mboxcl2") == [with_length(inner), with_length(ONE)]
    assert len(bodies(data, "mboxrd")) == 3


@pytest.mark.parametrize("length", [0, 4, 6, 10_000, 10**14])
def test_content_length_that_does_not_land_is_ignored(length: int) -> None:
    lying = b"Subject: a\nContent-Length: %d\n\nbody!\n" % length
    data = FROM + lying + b"\n" + FROM + ONE + b"\n"
    expected = [lying, ONE]
    assert bodies(data, "mboxcl2") == expected
    assert bodies(data) == expected


def test_crlf() -> None:
    data = (FROM + ONE + b"\n" + FROM + TWO + b"\n").replace(b"\n", b"\r\n")
    assert bodies(data, "mboxo") == [ONE.replace(b"\n", b"\r\n"), TWO.replace(b"\n", b"\r\n")]


@pytest.mark.parametrize(
    "line",
    [
        b"From - Mon Jan 02 15:04:05 2006\n",
        b"From 1234567890@xxx Mon Jan 02 15:04:05 +0000 2006\n",
        b"From a b c@d Mon Jan  2 15:04 2006\n",
        b"From MAILER-DAEMON\n",
    ],
)
def test_from_lines_of_many_writers(line: bytes) -> None:
    assert bodies(line + ONE + b"\n" + line + ONE + b"\n") == [ONE, ONE]


@pytest.mark.parametrize(
    "text",
    [
        b"From Kim at 10:30 we heard\nthat nothing is ready\n",
        b"From now on\nSubject: lines are no messages\n",
        b"From " + b"a" * 5000 + b" 10:30\nSubject: a line too long\n",
        b"From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: git\n",
    ],
)
def test_text_that_begins_so_is_no_message(text: bytes) -> None:
    mail = ONE + b"\n" + text
    assert bodies(FROM + mail + b"\n" + FROM + ONE + b"\n") == [mail, ONE]


def test_an_mbox_of_patches() -> None:
    line = b"From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
    assert bodies((line + ONE + b"\n") * 3) == [ONE] * 3


def test_a_forgotten_blank_line() -> None:
    assert bodies(FROM + ONE + FROM + ONE) == [ONE, ONE]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (FROM, [b""]),
        (FROM.rstrip(), [b""]),
        (b"\n\n" + FROM + ONE, [ONE]),
        (FROM + b"\n" + FROM + ONE, [b"", ONE]),
        (b"lost text\n\n" + FROM + ONE, [b"lost text\n", ONE]),
        (FROM + b"Subject: cut sho", [b"Subject: cut sho"]),
        (FROM + b"a\n\n\n\n" + FROM + ONE, [b"a\n\n\n", ONE]),
    ],
)
def test_edges(data: bytes, expected: list[bytes]) -> None:
    assert bodies(data) == expected


def test_a_message_over_the_limit_is_reported_and_the_rest_read() -> None:
    limit = 3_000_000
    exact = b"Subject: big\n\n" + b"a" * (limit - 15) + b"\n"
    over = exact[:-1] + b"a\n"
    data = FROM + exact + b"\n" + FROM + over + b"\n" + FROM + ONE + b"\n"
    messages = list(read_mbox(io.BytesIO(data), limit=limit))
    assert [message.data for message in messages] == [exact, None, ONE]
    assert sum(message.length for message in messages) == len(data)


def test_memory_stays_with_the_limit() -> None:
    class Endless(io.RawIOBase):
        """100 MB of one message, then another; made as it is read."""

        left = 100

        def seekable(self) -> bool:
            return False

        def read(self, size: int = -1) -> bytes:
            self.left -= 1
            if self.left == 99:
                return FROM + b"Subject: endless\n\n"
            if self.left == 0:
                return b"\n\n" + FROM + ONE + b"\n"
            return b"x" * 1_000_000 if self.left > 0 else b""

    tracemalloc.start()
    messages = list(read_mbox(Endless(), limit=2_000_000))  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [message.data for message in messages] == [None, ONE]
    assert peak < 20_000_000


def test_gmail_labels() -> None:
    message = (
        b"X-Gmail-Labels: =?UTF-8?Q?=EB=B0=9B=EC=9D=80=ED=8E=B8=EC=A7=80=ED=95=A8?=,\r\n"
        b' "a, b",Inbox , Inbox,,'
        b"\r\n\r\nX-Gmail-Labels: body"
    )
    assert gmail_labels(message) == ("받은편지함", "a, b", "Inbox")
    assert gmail_labels(ONE) == ()


def test_what_looks_like_an_mbox() -> None:
    assert looks_like_mbox(b"\r\n" + FROM)
    assert not looks_like_mbox(b"From: kim@acme.example\n")
    assert not looks_like_mbox(b"")


def test_real_files_and_their_true_counts() -> None:
    folder = corpus_eml()
    rows = manifest(folder)
    files = [folder / row["path"] for row in rows if row["kind"] == "mbox"]
    assert len(files) == 53
    more = {path.name: count for path in files if (count := _check(path)) != 1}
    # mbox.rlug: five beside it, one a file. simple-encapsulated: the same mail twice without a
    # blank line between. mbox-attachment is one mail with a git patch, so it is not here.
    assert more == {"mbox.rlug": 5, "simple-encapsulated.mbox": 2}


def _check(path: Path) -> int:
    with path.open("rb") as stream:
        messages = list(read_mbox(stream))
    assert sum(message.length for message in messages) == path.stat().st_size
    assert all(message.data for message in messages)
    return len(messages)


def test_a_real_mbox_holds_the_messages_its_makers_say() -> None:
    folder = corpus_eml() / "apache_james-mime4j" / "resources" / "test-1"
    with (folder / "mbox.rlug").open("rb") as stream:
        for number, message in enumerate(read_mbox(stream)):
            # Theirs keep the blank line that separates.
            assert message.data is not None
            assert message.data + b"\n" == (folder / f"mbox.rlug-{number}").read_bytes()
