"""What a volume carries beside its mail: search files of just its mails, and pages of them."""

import io
import json
import re
import zipfile
import zlib
from contextlib import closing
from datetime import timedelta
from html import unescape
from urllib.parse import unquote

import pytest

from pyeonji.domain.accounts import Mailbox
from pyeonji.domain.messages import SearchKey
from pyeonji.domain.periods import Period, PeriodKind
from pyeonji.domain.states import VolumeState
from pyeonji.mime.naming import unique_of
from pyeonji.search.file import SearchFile
from pyeonji.search.packing import unpack_search_file
from pyeonji.search.query import parse_query
from pyeonji.usecases.backups import search_files
from pyeonji.usecases.mail.indexing import index_segment
from tests.support.company import ALL, KIM, SEOUL, BackupMachine, ask, days_ago, deliver
from tests.support.company import found_company as _found_company
from tests.support.fakes import World


def _mail(number: int, body: str) -> bytes:
    return (
        f"From: <script>alert({number})</script> <lee@acme.example>\r\n"
        f"Subject: 100% #1? <b>{number}</b>\r\n\r\n{body}\r\n"
    ).encode()


def _filled(world: World, count: int = 40, *, indexed: bool = True) -> Mailbox:
    box = _found_company(world)
    mails = [
        (_mail(n, f"회의록 secret{n}word 비밀{n}"), days_ago(world, n + 1)) for n in range(count)
    ]
    deliver(world, box, mails[::2], chunk="00001")
    deliver(world, box, mails[1::2], chunk="00002")
    if indexed:
        for key in list(world.mail.data):
            index_segment(world, segment=key)
    return box


def _volume(world: World, period: Period = ALL) -> zipfile.ZipFile:
    backup = ask(world, period=period)
    before = world.mail.bytes_read
    BackupMachine(world, backup.id).run()
    (file,) = world.backups.volumes(KIM, backup.id)
    assert file.state is VolumeState.READY
    world.mail.bytes_read -= before
    return zipfile.ZipFile(io.BytesIO(world.volumes.data[file.key]))


def _files(archive: zipfile.ZipFile) -> list[bytes]:
    found = [name for name in archive.namelist() if name.endswith(".sqlite")]
    contents = [archive.read(name) for name in found]
    table = json.loads(archive.read("pyeonji/search/chunks.json")) if found else {"files": []}
    assert len(table["files"]) == len(found)
    for name, content, lengths in zip(found, contents, table["files"], strict=True):
        # Each chunk by itself, without what stands before it.
        info = archive.getinfo(name)
        assert archive.fp is not None
        archive.fp.seek(info.header_offset + 30 + len(name.encode()))
        data = archive.fp.read(info.compress_size)
        starts = [sum(lengths[:place]) for place in range(len(lengths))]
        chunks = [
            zlib.decompressobj(-15).decompress(data[start : start + length])
            for start, length in zip(starts, lengths, strict=True)
        ]
        assert b"".join(chunks) == content
        assert {len(chunk) for chunk in chunks[:-1]} <= {table["chunk"]}
    infos = {info.header_offset: info for info in archive.infolist()}
    for content, shift in zip(contents, table.get("shifts", []), strict=True):
        with closing(SearchFile(content)) as file:
            for row in file.rows():
                assert unique_of(row.digest) in infos[row.offset + shift].filename
    return contents


def _found(files: list[bytes], source: str) -> set[str]:
    found = set()
    for content in files:
        file = SearchFile(content)
        found |= {row.subject for row in file.find(parse_query(source, SEOUL))}
        file.close()
    return found


def _last_days(world: World, days: int) -> Period:
    today = world.clock.astimezone(SEOUL).date()
    return Period(PeriodKind.RANGE, today - timedelta(days=days), today)


def test_every_mail_of_a_volume_is_found_in_it() -> None:
    world = World()
    _filled(world)
    with _volume(world) as archive:
        assert archive.testzip() is None
        files = _files(archive)
        assert len(_found(files, "회의")) == 40
        assert _found(files, "secret7word") == {"100% #1? <b>7</b>"}


@pytest.mark.parametrize("small", [0, 256 * 1024])
def test_whole_segments_are_carried_as_they_are(
    small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    _filled(world)
    monkeypatch.setattr(search_files, "_SMALL", small)
    stored = {
        key: unpack_search_file(data)
        for key, data in world.mail.data.items()
        if key.startswith("search/")
    }
    with _volume(world) as archive:
        files = _files(archive)
    if small:
        assert len(files) == 1, "small ones are put together"
    else:
        assert sorted(files) == sorted(stored.values())


def test_no_word_of_a_mail_outside_the_period_is_in_the_volume() -> None:
    world = World()
    _filled(world)
    with _volume(world, _last_days(world, 10)) as archive:
        files = _files(archive)
        kept = {int(re.findall(r"secret(\d+)", archive.read(name).decode())[0])
                for name in archive.namelist() if name.endswith(".eml")}  # fmt: skip
        assert kept == set(range(10))
        assert len(_found(files, "회의")) == 10
        everything = b"".join(archive.read(name) for name in archive.namelist())
    for number in range(10, 40):
        assert f"secret{number}word".encode() not in everything
        assert f"<b>{number}</b>".encode() not in b"".join(files)


def test_many_segments_are_put_together_in_bounded_files(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    _filled(world)
    monkeypatch.setattr(search_files, "_MANY", 20)
    with _volume(world) as archive:
        assert len(_files(archive)) == 2


def test_a_backup_reads_no_mail_for_it() -> None:
    world = World()
    _filled(world, indexed=False)
    with _volume(world) as archive:
        assert _files(archive) == []
    assert world.mail.bytes_read < 40 * 1000, "what is gathered, and nothing else"
    world.clock += timedelta(hours=1)
    _volume(world).close()
    assert len(world.indexing.asked) == 2


def test_a_search_file_that_cannot_be_read_costs_itself() -> None:
    world = World()
    _filled(world)
    first = next(key for key in world.mail.data if key.startswith("search/") and "-00001-" in key)
    assert SearchKey.of(first)
    world.mail.data[first] = b"of a version to come"
    with _volume(world) as archive:
        assert len(_found(_files(archive), "회의")) == 20


def test_pages_link_every_mail_and_run_nothing() -> None:
    world = World()
    _filled(world)
    with _volume(world) as archive:
        names = set(archive.namelist())
        index = archive.read("index.html").decode()
        months = re.findall(r'href="([^"]+)"', index)
        assert set(months) == {name for name in names if re.fullmatch(r"pyeonji/.*html", name)}
        linked = []
        for month in months:
            page = archive.read(month).decode()
            assert "<script" not in page and "default-src 'none'" in page
            assert "&lt;script&gt;" in page and "&lt;b&gt;" in page
            for href in re.findall(r'<a href="\.\./(mail[^"]+)"', page):
                linked.append(unquote(unescape(href)))
    assert sorted(linked) == sorted(name for name in names if name.endswith(".eml"))
