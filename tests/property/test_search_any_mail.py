"""Any mail can be read and found; no bytes make the search raise."""

import random
from contextlib import closing
from datetime import UTC
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from pyeonji.search.file import IndexedMail, MailRow, SearchFile, mail_words, write_search_file
from pyeonji.search.query import QueryError, parse_query
from pyeonji.search.snippet import snippet_of
from pyeonji.search.text import MailText, read_text
from pyeonji.search.words import canonical
from tests.support.corpora import corpus_eml

_PIECES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(
        [
            b"Content-Type: multipart/mixed; boundary=x\n", b"Content-Type: text/html\n", b"\n\n",
            b"--x\n", b"--x--\n", b"Content-Type: message/rfc822\n", b"\r", b"\r\n", b"; name*0*=",
            b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: x-uuencode\n",
            b"Content-Disposition: attachment; filename*=euc-kr''%B0\n", b"charset=utf-7", b"<!--",
            b"<script>", b"&#xD800;", b"&#1114112;", b"begin 644 x\n", b"\x1b$)C", b"\xff\xfe",
            b"Subject: ", b"charset=idna", b"charset=hex", b"=?utf-8?b?", b"From x\n",
        ]
    ),
)  # fmt: skip


def _file(text: MailText) -> bytes:
    row = MailRow(0, 0, 1, 1, text.attachments, b"", None, None, text.subject, text.sender, "")
    return write_search_file([IndexedMail(row, mail_words(text))])


@given(st.lists(_PIECES, max_size=25).map(b"".join))
def test_any_bytes_have_a_text(message: bytes) -> None:
    text = read_text(message)
    text.everything().encode("utf-8", "replace")
    mail_words(text)


def test_real_mail_damaged() -> None:
    rng = random.Random(7)
    files = [file for file in sorted(corpus_eml().glob("*/**/*")) if file.is_file()]
    for file in rng.sample(files, 300):
        message = bytearray(file.read_bytes()[:100_000])
        for _ in range(rng.randint(1, 20)):
            if message:
                at = rng.randrange(len(message))
                message[at : at + rng.randint(0, 20)] = rng.choice(
                    [b"", b"\n", b"\0", b'"', b";", b"=", rng.randbytes(3)]
                )
        with closing(SearchFile(_file(read_text(bytes(message))))) as made:
            assert made.mails == 1


_WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1)


@given(_WORDS, _WORDS, _WORDS)
def test_what_stands_in_a_mail_finds_it(subject: str, wanted: str, rest: str) -> None:
    message = EmailMessage()
    message["Subject"] = "x " + " ".join(subject.split())
    message.set_content(f"{rest} {wanted} {rest}\n")
    text = read_text(message.as_bytes())
    for piece in (f'"{canonical(wanted)[:100]}"', f"subject:x {canonical(wanted)[:50]}"):
        try:
            query = parse_query(piece, UTC)
        except QueryError:
            continue
        if query.matches(text):
            with closing(SearchFile(_file(text))) as file:
                assert len(list(file.find(query))) == 1
            snippet_of(text, query)
        else:
            # Cut in the middle of a word, or of what case folding made longer.
            assert len(canonical(wanted)) > 50 or canonical(wanted)[:100] not in canonical(rest)


@given(st.text(max_size=60))
def test_any_text_is_a_query_or_is_refused(source: str) -> None:
    text = read_text(b"Subject: x\n\nhello")
    try:
        query = parse_query(source, UTC)
    except QueryError:
        return
    with closing(SearchFile(_file(text))) as file:
        found = bool(list(file.find(query)))
    if query.matches(text) and not (
        query.after or query.before or query.larger or query.attachment
    ):
        assert found or query.smaller is not None
