"""Archives built byte by byte, so that any field can lie."""

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

MAIL = b"From: kim@acme.example\r\nSubject: hello\r\n\r\n" + b"The quick brown fox. " * 30


def deflate(data: bytes, level: int = 6) -> bytes:
    """A raw deflate stream."""
    squeezer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return squeezer.compress(data) + squeezer.flush()


@dataclass
class Made:
    """One member; every field that is None follows from the content."""

    name: bytes = b"a.eml"
    content: bytes = MAIL
    method: int = 8
    flags: int = 0
    data: bytes | None = None
    crc: int | None = None
    size: int | None = None
    compressed: int | None = None
    dos_time: int = 0x5A616000
    extra: bytes = b""
    local_extra: bytes = b""
    attributes: int = 0
    made_by: int = 3 << 8 | 20
    disk: int = 0
    comment: bytes = b""
    #: Put between this member and the next.
    gap: bytes = b""
    #: "", "signed", "unsigned", "signed64", "unsigned64"
    descriptor: str = ""
    descriptor_bytes: bytes | None = None
    #: What the local header says otherwise: name, method, flags, crc, compressed, size.
    local: dict[str, int | bytes] = field(default_factory=dict)
    #: What the directory says of the offset.
    offset: Callable[[int], int] = lambda offset: offset
    #: Write no local header and data at all (for entries that share another's).
    absent: bool = False


def archive(
    members: Sequence[Made],
    *,
    prefix: bytes = b"",
    shifted: bool = True,
    comment: bytes = b"",
    trailer: bytes = b"",
    before_directory: bytes = b"",
    behind_directory: bytes = b"",
    zip64: bool = False,
    end: dict[str, int] | None = None,
    end64: dict[str, int] | None = None,
) -> bytes:
    """The archive. `shifted` False leaves offsets as they were before `prefix` was put there."""
    base = 0 if shifted else len(prefix)
    body = bytearray(prefix)
    records = bytearray()
    for made in members:
        offset = len(body)
        data = made.data
        if data is None:
            data = made.content if made.method != 8 else deflate(made.content)
        crc = zlib.crc32(made.content) if made.crc is None else made.crc
        size = len(made.content) if made.size is None else made.size
        compressed = len(data) if made.compressed is None else made.compressed
        flags = made.flags | (8 if made.descriptor else 0)
        if not made.absent:
            body += _local(made, flags, crc, compressed, size) + data
            body += _descriptor(made, crc, compressed, size) + made.gap
        records += struct.pack(
            "<IHHHHIIIIHHHHHII",
            0x02014B50,
            made.made_by,
            20,
            flags,
            made.method,
            made.dos_time,
            crc,
            compressed,
            size,
            len(made.name),
            len(made.extra),
            len(made.comment),
            made.disk,
            0,
            made.attributes,
            made.offset(offset - base),
        )
        records += made.name + made.extra + made.comment
    body += before_directory
    start = len(body) - base
    tail = _end(len(members), len(records), start, base, comment, zip64, end or {}, end64 or {})
    if behind_directory:
        tail = behind_directory + tail
    return bytes(body + records + tail + trailer)


def _local(made: Made, flags: int, crc: int, compressed: int, size: int) -> bytes:
    true: dict[str, int | bytes] = {
        "name": made.name,
        "method": made.method,
        "flags": flags,
        "crc": 0 if made.descriptor else crc,
        "compressed": 0 if made.descriptor else compressed,
        "size": 0 if made.descriptor else size,
        "signature": 0x04034B50,
    }
    told = {**true, **made.local}
    name = told["name"]
    assert isinstance(name, bytes)
    return (
        struct.pack(
            "<IHHHIIIIHH",
            told["signature"],
            20,
            told["flags"],
            told["method"],
            made.dos_time,
            told["crc"],
            told["compressed"],
            told["size"],
            len(name),
            len(made.local_extra),
        )
        + name
        + made.local_extra
    )


def _descriptor(made: Made, crc: int, compressed: int, size: int) -> bytes:
    if made.descriptor_bytes is not None:
        return made.descriptor_bytes
    if not made.descriptor:
        return b""
    head = b"PK\x07\x08" if made.descriptor.startswith("signed") else b""
    form = "<IQQ" if made.descriptor.endswith("64") else "<III"
    return head + struct.pack(form, crc, compressed, size)


def _end(
    entries: int,
    size: int,
    start: int,
    base: int,
    comment: bytes,
    zip64: bool,
    end: dict[str, int],
    end64: dict[str, int],
) -> bytes:
    out = b""
    if zip64:
        wide = {"entries": entries, "size": size, "start": start, "disk": 0, "disks": 1} | end64
        out = struct.pack(
            "<IQHHIIQQQQ",
            0x06064B50,
            44,
            45,
            45,
            wide["disk"],
            wide["disk"],
            wide["entries"],
            wide["entries"],
            wide["size"],
            wide["start"],
        ) + struct.pack(
            "<IIQI",
            0x07064B50,
            0,
            end64.get("position", start + size),
            wide["disks"],
        )
        entries, size, start = 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF
    told = {
        "disk": 0,
        "here": end.get("entries", min(entries, 0xFFFF)),
        "entries": min(entries, 0xFFFF),
        "size": size,
        "start": start,
        "comment": len(comment),
    } | end
    return (
        out
        + struct.pack(
            "<IHHHHIIH",
            0x06054B50,
            told["disk"],
            told["disk"],
            told["here"],
            told["entries"],
            told["size"],
            told["start"],
            told["comment"],
        )
        + comment
    )


def zip64_extra(*values: int) -> bytes:
    """A ZIP64 extra field with these 8-byte values."""
    return struct.pack("<HH", 1, 8 * len(values)) + struct.pack(f"<{len(values)}Q", *values)


def unicode_path(raw: bytes, name: str) -> bytes:
    """A Unicode path extra field for an entry whose plain name is `raw`."""
    data = struct.pack("<BI", 1, zlib.crc32(raw)) + name.encode()
    return struct.pack("<HH", 0x7075, len(data)) + data


def reader_of(data: bytes) -> Callable[[int, int], bytes]:
    """`read(start, length)` of an archive in memory; counts in `reader.reads`."""

    def read(start: int, length: int) -> bytes:
        read.reads.append((start, length))  # type: ignore[attr-defined]
        assert start >= 0 and start + length <= len(data), "read outside the archive"
        return data[start : start + length]

    read.reads = []  # type: ignore[attr-defined]
    return read
