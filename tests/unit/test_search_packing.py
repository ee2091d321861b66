"""Search files packed: the same comes out, in all or in part, and what is damaged says so."""

import gzip
import random
import zlib

import pytest

from pyeonji.domain.accounts import Mailbox
from pyeonji.search import packing
from pyeonji.search.packing import (
    CHUNK,
    NotASearchFileError,
    chunks_of,
    pack_search_file,
    unpack_search_file,
)
from pyeonji.usecases.mail.indexing import index_segment
from pyeonji.usecases.mail.searching import Asked, read_query, search_mail
from tests.support.company import KIM, days_ago, deliver, found_company, letter_bytes
from tests.support.fakes import World


def _content(size: int) -> bytes:
    return b"SQLite format 3\0" + random.Random(1).choices(b"abcdefgh", k=size).__str__().encode()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK])
def test_the_same_comes_out(size: int) -> None:
    content = random.Random(2).randbytes(size // 2) + bytes(size - size // 2)
    assert unpack_search_file(pack_search_file(content)) == content
    assert gzip.decompress(pack_search_file(content)) == content
    assert pack_search_file(content) == pack_search_file(content)
    data, lengths = chunks_of(content)
    assert zlib.decompress(data, -15) == content
    assert len(lengths) == -(-size // CHUNK) and sum(lengths) <= len(data) < sum(lengths) + 8


def test_what_is_damaged_or_too_much_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pack_search_file(_content(50_000))
    for wrong in (packed[:-1], packed[:40], packed[:60] + b"\0" + packed[61:], b"\x1f\x8b"):
        with pytest.raises(NotASearchFileError):
            unpack_search_file(wrong)
    monkeypatch.setattr(packing, "MOST", 10_000)
    with pytest.raises(NotASearchFileError):
        unpack_search_file(packed)


def _found(world: World, box: Mailbox, source: str) -> int:
    asked = Asked(read_query(source, world), box.id)
    page = search_mail(world, account=KIM, asked=asked, now=world.clock)
    assert page.waiting == 0
    return len(page.rows)


def test_files_of_before_are_read_as_they_are() -> None:
    world = World()
    box = found_company(world)
    for chunk in ("00001", "00002"):
        mails = [(letter_bytes(int(chunk) * 100 + n), days_ago(world, n + 1)) for n in range(20)]
        deliver(world, box, mails, chunk=chunk)
    for key in list(world.mail.data):
        index_segment(world, segment=key)
    old, new = sorted(key for key in world.mail.data if key.startswith("search/"))
    assert world.mail.data[new].startswith(b"\x1f\x8b")
    # What was written before 2026-11-26.
    world.mail.data[old] = unpack_search_file(world.mail.data[old])
    assert _found(world, box, "안녕하세요") == 40
