"""A search finds what a plain scan of the decoded mails finds: 300 queries over demo and real mail.

The scan (`tests/support/plain_scan.py`) shares no code with the search. Where the two differ on
real mail it is the scan that reads less (UTF-16, attached reports) or a field a mail has twice.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, date

import pytest

from infra.local.demo_mail import demo_mailboxes
from pyeonji.domain.accounts import Mailbox
from pyeonji.mime.naming import unique_of
from pyeonji.search.file import IndexedMail, MailRow, SearchFile, mail_words, write_search_file
from pyeonji.search.query import parse_query
from pyeonji.search.text import MailText, read_text
from pyeonji.usecases.mail.indexing import index_segment
from pyeonji.usecases.mail.searching import Asked, read_query, search_mail
from tests.support.company import KIM, BackupMachine, ask, days_ago, deliver, found_company
from tests.support.corpora import corpus_eml
from tests.support.fakes import World
from tests.support.plain_scan import occurs, queries_of, scan_text

_QUERIES = 300
#: The same, each through the API and through a volume, where every mail that is found is read.
_QUERIES_BOTH_WAYS = 100


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


def _digest(mail: bytes) -> str:
    return hashlib.sha256(mail).hexdigest()


def _stored(mails: list[bytes]) -> tuple[World, Mailbox, dict[str, str]]:
    """A mailbox of them, indexed; digest -> what the scan reads, of those that were taken."""
    world = World()
    box = found_company(world)
    scanned = _scanned(mails)
    for number in range(0, len(mails), 400):
        some = mails[number : number + 400]
        received = [days_ago(world, 1 + (number + place) / 10) for place in range(len(some))]
        deliver(world, box, list(zip(some, received, strict=True)), chunk=f"{number // 400 + 1:05}")
    for key in list(world.mail.data):
        index_segment(world, segment=key)
    known = {_digest(mail): text for mail, text in scanned.items()}
    there = {message.digest for message in world.index.read(KIM, box.id)}
    return world, box, {digest: text for digest, text in known.items() if digest in there}


def _by_api(world: World, box: Mailbox, source: str) -> set[str]:
    found: set[str] = set()
    after = None
    while True:
        asked = Asked(read_query(source, world), box.id, after, 200)
        page = search_mail(world, account=KIM, asked=asked, now=world.clock)
        assert page.waiting == 0
        found |= {row.message.digest for row in page.rows}
        after = page.next
        if after is None:
            return found


def _in_the_volume(archive: zipfile.ZipFile, source: str) -> set[str]:
    """As a program would that knows nothing but the ZIP."""
    query = parse_query(source, UTC)
    mails = {name.rpartition("_")[2][:-4]: name for name in archive.namelist()}
    found = set()
    for name in archive.namelist():
        if not name.endswith(".sqlite"):
            continue
        with closing(SearchFile(archive.read(name))) as file:
            for row in file.find(query):
                mail = archive.read(mails[row.unique or unique_of(row.digest)])
                if query.exact or query.matches(read_text(mail)):
                    found.add(_digest(mail))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("source", [_demo, _corpus])
def test_by_api_and_in_the_volume_too(source: type) -> None:
    world, box, texts = _stored(source())
    backup = ask(world)
    BackupMachine(world, backup.id).run()
    (volume,) = world.backups.volumes(KIM, backup.id)
    sums = {"api": [0, 0], "volume": [0, 0]}
    with zipfile.ZipFile(io.BytesIO(world.volumes.data[volume.key])) as archive:
        for typed, wanted in queries_of(list(texts.values()), _QUERIES_BOTH_WAYS, seed=20260102):
            expected = {digest for digest, text in texts.items() if occurs(wanted, text)}
            for place, found in (
                ("api", _by_api(world, box, typed)),
                ("volume", _in_the_volume(archive, typed)),
            ):
                known = found & texts.keys()
                assert expected <= known, f"{place} misses a mail with {wanted!r}"
                sums[place][0] += len(known & expected)
                sums[place][1] += len(known - expected)
    print({place: f"{right} right, {wrong} wrong" for place, (right, wrong) in sums.items()})
    for right, wrong in sums.values():
        assert right / (right + wrong) >= 0.98
