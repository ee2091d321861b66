"""What is written as an mbox comes back, in every dialect that can be undone."""

import io
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from pyeonji.mime.mbox import Dialect, read_mbox

FROM = b"From kim@acme.example Mon Jan  2 15:04:05 2006\n"
LINES = st.one_of(
    st.sampled_from(
        [
            b"",
            b"From a",
            b"From ",
            b">From b",
            b">>From c",
            b">",
            FROM.strip(),
            b"Subject: x",
            b"\r",
        ]
    ),
    st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"")),
)
# Every line of a message in an mbox ends in LF; a header first, so that it is one.
MESSAGES = st.lists(
    st.lists(LINES, max_size=8).map(lambda lines: b"\n".join([b"Subject: m", b"", *lines, b""])),
    max_size=6,
)


def write_rd(messages: list[bytes], line: bytes = FROM) -> bytes:
    return b"".join(
        line + re.sub(rb"(?m)^(?=>*From )", b">", message) + b"\n" for message in messages
    )


def write_cl2(messages: list[bytes]) -> bytes:
    out = b""
    for message in messages:
        head, body = message.split(b"\n\n", 1)
        out += FROM + head + b"\nContent-Length: %d\n\n" % len(body) + body + b"\n"
    return out


def without_length(message: bytes) -> bytes:
    return re.sub(rb"\nContent-Length: \d+", b"", message, count=1)


def read(data: bytes, dialect: Dialect) -> list[bytes]:
    messages = list(read_mbox(io.BytesIO(data), dialect=dialect))
    assert sum(message.length for message in messages) == len(data)
    return [message.data for message in messages if message.data is not None]


@given(MESSAGES)
@settings(max_examples=80, deadline=None)
def test_mboxrd(messages: list[bytes]) -> None:
    assert read(write_rd(messages), "mboxrd") == messages
    assert read(write_rd(messages), "auto") == messages
    assert read(write_rd(messages, b"From \n"), "auto") == messages


@given(MESSAGES)
@settings(max_examples=60, deadline=None)
def test_mboxcl2(messages: list[bytes]) -> None:
    data = write_cl2(messages)
    assert [without_length(message) for message in read(data, "mboxcl2")] == messages
    assert [without_length(message) for message in read(data, "auto")] == messages


@given(st.lists(LINES, max_size=20).map(b"\n".join), st.integers(0, 60))
@settings(max_examples=80, deadline=None)
def test_any_bytes_are_read_to_the_end(data: bytes, limit: int) -> None:
    offset = 0
    for message in read_mbox(io.BytesIO(data), limit=limit):
        assert message.offset == offset
        assert message.length > 0
        assert message.data is None or len(message.data) <= limit
        offset += message.length
    assert offset == len(data)
