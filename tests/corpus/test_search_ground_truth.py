"""A search finds what a plain scan of the decoded mails finds: 300 queries over demo and real mail.

The scan (`tests/support/plain_scan.py`) shares no code with the search. Where the two differ on
real mail it is the scan that reads less (UTF-16, attached reports) or a field a mail has twice.
"""

import hashlib
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, date

import pytest

from infra.local.demo_mail import demo_mailboxes
from pyeonji.search.file import IndexedMail, MailRow, SearchFile, mail_words, write_search_file
from pyeonji.search.query import parse_query
from pyeonji.search.text import MailText, read_text
from tests.support.corpora import corpus_eml
from tests.support.plain_scan import occurs, queries_of, scan_text

_QUERIES = 300


def _demo() -> list[bytes]:
    boxes = demo_mailboxes("kim@acme.example", date(2026, 1, 2))
    return [message.data for box in boxes for message in box.messages]


def _corpus() -> list[bytes]:
    files = sorted(corpus_eml().glob("*/**/*"))
    return [file.read_bytes() for file in files if file.is_file()]


def _scanned(mails: Iterable[bytes]) -> dict[bytes, str]:
    texts = {}
    for mail in mails:
        try:
            texts[mail] = scan_text(mail)
        except Exception as error:  # noqa: BLE001 - some real mail makes `email` raise
            print(f"not scanned: {type(error).__name__}")
    return texts


def _file(texts: dict[bytes, MailText]) -> bytes:
    return write_search_file(
        IndexedMail(
            MailRow(
                number,
                number,
                1,
                len(mail),
                0,
                hashlib.sha256(mail).digest(),
                None,
                None,
                "",
                "",
                "",
            ),
            mail_words(text),
        )
        for number, (mail, text) in enumerate(texts.items())
    )


@pytest.mark.slow
@pytest.mark.parametrize(("source", "recall"), [(_demo, 1.0), (_corpus, 1.0)])
def test_found_is_what_stands_there(source: type, recall: float) -> None:
    scanned = _scanned(source())
    assert len(scanned) > 300
    texts = {mail: read_text(mail) for mail in scanned}
    by_digest = {hashlib.sha256(mail).digest(): mail for mail in texts}
    right = wrong = missed = asked = 0
    with closing(SearchFile(_file(texts))) as file:
        for source_text, wanted in queries_of(list(scanned.values()), _QUERIES, seed=20260101):
            query = parse_query(source_text, UTC)
            candidates = {by_digest[row.digest] for row in file.find(query)}
            found = {mail for mail in candidates if query.exact or query.matches(texts[mail])}
            expected = {mail for mail, text in scanned.items() if occurs(wanted, text)}
            assert expected, f"the scan knows its own words: {wanted!r}"
            if asked % 25 == 0:
                # Nothing the text holds may be lost by the words: a check only ever takes away.
                assert candidates >= {mail for mail in texts if query.matches(texts[mail])}
            right += len(found & expected)
            wrong += len(found - expected)
            missed += len(expected - found)
            asked += 1
    print(
        f"{asked} queries over {len(scanned)} mails: {right} right, {wrong} wrong, {missed} missed"
    )
    assert right / (right + missed) >= recall
    assert right / (right + wrong) >= 0.98
