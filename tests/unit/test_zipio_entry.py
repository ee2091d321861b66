"""One entry taken apart: every way it can lie, and what is kept."""

import json
import struct
import zlib

import pytest

from pyeonji.usecases.uploads.judging import judge
from pyeonji.zipio.archive import open_directory
from pyeonji.zipio.entry import unpack_entry
from pyeonji.zipio.errors import (
    ContradictionError,
    CrcMismatchError,
    DamagedEntryError,
    EncryptedEntryError,
    EntryTooLargeError,
    TooMuchDataError,
    UnsupportedCompressionError,
)
from pyeonji.zipio.listing import Entry
from pyeonji.zipio.member import METHOD_DEFLATED, METHOD_STORED
from tests.support.zip_makers import (
    MAIL,
    Made,
    archive,
    deflate,
    reader_of,
    unicode_path,
    zip64_extra,
)

LIMIT = 1 << 20
LAST = Made(b"last.eml")


def first(made: Made) -> tuple[Entry, bytes]:
    data = archive([made, LAST])
    return open_directory(len(data), reader_of(data))[0], data


def test_deflate_data_is_kept_as_it_is() -> None:
    entry, data = first(Made())
    unpacked = unpack_entry(entry, data, 0, LIMIT)
    assert unpacked.message == MAIL
    assert unpacked.packed.method == METHOD_DEFLATED
    assert unpacked.packed.data == deflate(MAIL)


def test_deflate_that_did_not_shrink_is_kept_stored() -> None:
    entry, data = first(Made(content=b"Subject: x", data=deflate(b"Subject: x", 0)))
    packed = unpack_entry(entry, data, 0, LIMIT).packed
    assert (packed.method, packed.data) == (METHOD_STORED, b"Subject: x")


def test_the_chunk_may_begin_anywhere_before_and_be_a_view() -> None:
    data = archive([Made(), LAST])
    entry = open_directory(len(data), reader_of(data))[1]
    chunk = memoryview(data)[entry.offset - 3 : entry.offset + entry.span]
    assert unpack_entry(entry, chunk, entry.offset - 3, LIMIT).message == MAIL


GOOD = {
    "stored": Made(method=0),
    "signed descriptor": Made(descriptor="signed"),
    "unsigned descriptor": Made(descriptor="unsigned"),
    "signed descriptor with ZIP64 sizes": Made(descriptor="signed64"),
    "unsigned descriptor with ZIP64 sizes": Made(descriptor="unsigned64"),
    "stored with descriptor": Made(method=0, descriptor="signed"),
    "descriptor announced, forgotten, not needed": Made(flags=8),
    "descriptor forgotten, next member at once": Made(descriptor="signed", descriptor_bytes=b""),
    "descriptor flag in the local header alone": Made(local={"flags": 8}),
    "ZIP64 sizes in the local header alone": Made(
        local={"compressed": 0xFFFFFFFF, "size": 0xFFFFFFFF},
        local_extra=zip64_extra(len(MAIL), len(deflate(MAIL))),
    ),
    "a crc that looks like a signature": Made(
        descriptor="unsigned", content=b"Subject: x\r\n\r\n", crc=None
    ),
    "bytes behind the deflate stream": Made(data=deflate(MAIL) + b"??"),
    "gap behind it": Made(gap=b"\0" * 50),
    "other time in the local header": Made(local={"flags": 0x0800}),
    "long local extra field": Made(local_extra=b"\0" * 60_000),
}  # fmt: skip


@pytest.mark.parametrize("name", list(GOOD))
def test_entries_that_are_taken(name: str) -> None:
    entry, data = first(GOOD[name])
    unpacked = unpack_entry(entry, data, 0, LIMIT)
    assert unpacked.message == GOOD[name].content
    if unpacked.packed.method == METHOD_DEFLATED:
        inflater = zlib.decompressobj(-15)
        assert inflater.decompress(unpacked.packed.data) == unpacked.message
        assert inflater.eof and not inflater.unused_data


BAD = {
    "wrong crc": (Made(crc=1), CrcMismatchError),
    "wrong crc, stored": (Made(method=0, crc=1), CrcMismatchError),
    "declares one byte less": (Made(size=len(MAIL) - 1), TooMuchDataError),
    "declares one byte more": (Made(size=len(MAIL) + 1), DamagedEntryError),
    "bomb": (Made(data=deflate(b"0" * 10**8), content=b"0", size=LIMIT), TooMuchDataError),
    "stored, size too small": (Made(method=0, size=5), TooMuchDataError),
    "stored, size too large": (Made(method=0, size=len(MAIL) + 1), DamagedEntryError),
    "broken stream": (Made(data=b"\xff" * 50), DamagedEntryError),
    "stream cut short": (Made(data=deflate(MAIL)[:-1]), DamagedEntryError),
    "no stream": (Made(data=b""), DamagedEntryError),
    "no local header": (Made(local={"signature": 0x04034B51}), DamagedEntryError),
    "encrypted": (Made(flags=1), EncryptedEntryError),
    "AES": (Made(method=99), EncryptedEntryError),
    "bzip2": (Made(method=12), UnsupportedCompressionError),
    "deflate64": (Made(method=9), DamagedEntryError),
    "one byte beyond the limit": (Made(size=LIMIT + 1), EntryTooLargeError),
    "a mail in more empty blocks than the limit": (
        Made(content=b"", data=b"\0\0\0\xff\xff" * (LIMIT // 4), size=9),
        EntryTooLargeError,
    ),
    "other name": (Made(local={"name": b"b.eml"}), ContradictionError),
    "longer name": (Made(local={"name": b"a.eml2"}), ContradictionError),
    "other method": (Made(local={"method": 0}), ContradictionError),
    "other crc": (Made(local={"crc": 5}), ContradictionError),
    "other size": (Made(local={"size": 5}), ContradictionError),
    "other compressed size": (Made(local={"compressed": 5}), ContradictionError),
    "encrypted in the local header alone": (Made(local={"flags": 1}), ContradictionError),
    "the same name in another encoding": (
        Made("편지.eml".encode(), local={"name": "편지.eml".encode("cp949")}),
        ContradictionError,
    ),
    "another name in its local extra field": (
        Made(local_extra=unicode_path(b"a.eml", "b.eml")),
        ContradictionError,
    ),
    "two ZIP64 fields": (
        Made(local_extra=zip64_extra(len(MAIL), 1) + zip64_extra(len(MAIL), 2)),
        ContradictionError,
    ),
    "other ZIP64 sizes": (Made(local_extra=zip64_extra(5, 5)), ContradictionError),
    "a folder in the directory": (Made(b"a.eml/"), ContradictionError),
    "other descriptor": (
        Made(descriptor="signed", descriptor_bytes=b"PK\x07\x08" + struct.pack("<III", 1, 2, 3)),
        ContradictionError,
    ),
    "no descriptor but something else": (
        Made(descriptor="signed", descriptor_bytes=b"\0" * 16),
        DamagedEntryError,
    ),
    "a member behind it nobody knows of": (
        Made(gap=archive([Made(b"hidden.eml")])[:200]),
        ContradictionError,
    ),
    "an archive's end behind it": (Made(gap=archive([])), ContradictionError),
}  # fmt: skip


@pytest.mark.parametrize("name", list(BAD))
def test_entries_that_are_refused(name: str) -> None:
    made, error = BAD[name]
    entry, data = first(made)
    with pytest.raises(error):
        unpack_entry(entry, data, 0, LIMIT)


def test_local_header_that_pushes_the_data_into_the_next_member() -> None:
    data = bytearray(archive([Made(), LAST]))
    data[28:30] = struct.pack("<H", 40)  # an extra field that is not there
    entry = open_directory(len(data), reader_of(bytes(data)))[0]
    with pytest.raises(ContradictionError):
        unpack_entry(entry, data, 0, LIMIT)


def test_an_offset_inside_a_member() -> None:
    data = archive([Made(), Made(b"b.eml", gap=b"\0" * 9, offset=lambda offset: offset + 3)])
    entry = open_directory(len(data), reader_of(data))[1]
    with pytest.raises(DamagedEntryError):
        unpack_entry(entry, data, 0, LIMIT)


def test_a_chunk_that_ends_too_early_and_one_that_begins_too_late() -> None:
    entry, data = first(Made())
    end = 30 + entry.name_size + entry.compressed
    for chunk, start in ((data[: end - 1], 0), (data[:10], 0), (data[1:], 1)):
        with pytest.raises(DamagedEntryError):
            unpack_entry(entry, chunk, start, LIMIT)


def test_exactly_the_limit_is_taken() -> None:
    entry, data = first(Made(content=b"a" * LIMIT))
    assert len(unpack_entry(entry, data, 0, LIMIT).message) == LIMIT
    with pytest.raises(EntryTooLargeError):
        unpack_entry(entry, data, 0, LIMIT - 1)


def test_a_mail_at_the_limit_may_be_packed_into_a_little_more() -> None:
    entry, data = first(Made(content=b"a" * LIMIT, data=deflate(b"a" * LIMIT, 0)))
    assert entry.compressed > LIMIT
    assert judge(entry, LIMIT) is None
    assert unpack_entry(entry, data, 0, LIMIT).packed.method == METHOD_STORED


def test_an_entry_outlives_json() -> None:
    entry, _ = first(Made(b"\xc6\xed\xc1\xf6.eml"))
    assert entry.name == "편지.eml"
    for sent in (entry, entry._replace(utc_time=5)):
        assert Entry._make(json.loads(json.dumps(sent))) == sent
