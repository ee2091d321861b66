"""Deflate64: streams other programs wrote, by hand where it differs from deflate, bounds."""

import contextlib
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from pyeonji.zipio.archive import open_directory
from pyeonji.zipio.entry import unpack_entry
from pyeonji.zipio.errors import BrokenStreamError, OverlongStreamError
from pyeonji.zipio.inflate64 import inflate64
from pyeonji.zipio.member import METHOD_DEFLATE64, METHOD_DEFLATED
from tests.support.corpora import case
from tests.support.zip_makers import deflate, reader_of

SEVEN_ZIP = shutil.which("7zz") or shutil.which("7z")


class Bits:
    """A deflate stream written bit by bit."""

    def __init__(self) -> None:
        self.text = ""

    def number(self, value: int, width: int) -> "Bits":
        """Lowest bit first."""
        self.text += f"{value:0{width}b}"[::-1] if width else ""
        return self

    def code(self, value: int, width: int) -> "Bits":
        """A Huffman code, highest bit first."""
        self.text += f"{value:0{width}b}"
        return self

    def done(self) -> bytes:
        text = self.text + "0" * (-len(self.text) % 8)
        return bytes(int(text[at : at + 8][::-1], 2) for at in range(0, len(text), 8))


def fixed(literals: bytes) -> Bits:
    """The beginning of a last block with fixed codes."""
    bits = Bits().number(1, 1).number(1, 2)
    for byte in literals:
        bits.code(0x30 + byte, 8) if byte < 144 else bits.code(0x190 + byte - 144, 9)
    return bits


def test_the_last_length_code_has_sixteen_more_bits() -> None:
    # 285 is code 0xC5 of 8 bits: 3 and what the 16 bits say; then distance code 0, which is 1.
    stream = fixed(b"a").code(0xC5, 8).number(65_535, 16).code(0, 5).code(0, 7).done()
    assert inflate64(stream, 70_000) == (b"a" * (1 + 3 + 65_535), len(stream))


def test_the_window_is_64_kib() -> None:
    before = random.Random(1).randbytes(65_535)
    stored = b"\x00" + (65_535).to_bytes(2, "little") + b"\x00\x00" + before
    # Length 3 (code 257), distance code 31: 49,153 and 14 bits more, here all of the 65,535.
    copy = fixed(b"").code(1, 7).code(31, 5).number(65_535 - 49_153, 14).code(0, 7).done()
    assert inflate64(stored + copy, 70_000)[0] == before + before[:3]
    beyond = fixed(b"").code(1, 7).code(31, 5).number(16_383, 14).code(0, 7).done()
    with pytest.raises(BrokenStreamError):
        inflate64(stored + beyond, 70_000)


@pytest.mark.parametrize("level", [0, 1, 6, 9])
@pytest.mark.parametrize("size", [0, 1, 30, 5_000, 200_000])
def test_what_deflate_has_in_common_is_read_the_same(level: int, size: int) -> None:
    words = [b"%x " % (number * 7919 % 5000) for number in range(700)]
    # Below 258 bytes a match: the one code both have and understand differently.
    data = b"".join(random.Random(2).choices(words, k=size // 5 + 1))[:size]
    stream, size = deflate(data, level), len(data)
    assert inflate64(stream, size) == (data, len(stream))
    assert inflate64(stream + b"junk", size) == (data, len(stream))
    if size:
        with pytest.raises(OverlongStreamError):
            inflate64(stream, size - 1)
    for cut in {1, len(stream) // 2, len(stream) - 1} - {0, len(stream)}:
        with pytest.raises(BrokenStreamError):
            inflate64(stream[:cut], size)


def test_broken_streams_raise_one_kind_of_error() -> None:
    rng = random.Random(3)
    whole = deflate(b"".join(b"%d," % (n * n) for n in range(3000)))
    for _ in range(1500):
        broken = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            broken[rng.randrange(min(len(broken), 200))] = rng.randrange(256)
        try:
            message, used = inflate64(bytes(broken), 20_000)
        except BrokenStreamError:
            continue
        assert len(message) <= 20_000 and used <= len(broken)
    for size in range(300):
        with contextlib.suppress(BrokenStreamError):
            inflate64(rng.randbytes(size % 60), 1000)


def test_a_bomb_and_blocks_without_end_are_cut_off() -> None:
    bomb = Bits().number(1, 1).number(1, 2).code(0x30, 8)
    for _ in range(10_000):
        bomb.code(0xC5, 8).number(65_535, 16).code(0, 5)
    with pytest.raises(OverlongStreamError):
        inflate64(bomb.done(), 1_000_000)
    empty = Bits()
    for _ in range(5_000):
        empty.number(0, 1).number(1, 2).code(0, 7)
    began = time.process_time()
    with pytest.raises(BrokenStreamError):
        inflate64(empty.done() * 10, 1_000_000)
    assert time.process_time() - began < 20


def entries_of(data: bytes) -> list[bytes]:
    directory = open_directory(len(data), reader_of(data))
    found = []
    for entry in directory:
        if entry.folder:
            continue
        assert entry.method == METHOD_DEFLATE64
        unpacked = unpack_entry(entry, data, 0, 1 << 24)
        assert unpacked.packed.method == METHOD_DEFLATED, "few readers know Deflate64"
        found.append(unpacked.message)
    return found


def test_a_zip_as_explorer_writes_it() -> None:
    data = (case("19-deflate64") / "x.zip").read_bytes()
    assert [len(mail) for mail in entries_of(data)] == [344, 344]
    assert all(mail.startswith(b"From: ") for mail in entries_of(data))


@pytest.mark.skipif(SEVEN_ZIP is None, reason="7-Zip, which writes Deflate64, is not installed")
def test_a_large_mail_from_7_zip(tmp_path: Path) -> None:
    rng = random.Random(4)
    block = rng.randbytes(40_000)  # repeated beyond deflate's window, within this one
    mail = b"Subject: x\r\n\r\n" + (block + rng.randbytes(100)) * 12 + b"\0" * 200_000
    (tmp_path / "a.eml").write_bytes(mail)
    archive = tmp_path / "a.zip"
    made = [str(SEVEN_ZIP), "a", "-tzip", "-mm=Deflate64", str(archive), "a.eml"]
    subprocess.run(made, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert entries_of(archive.read_bytes()) == [mail]
