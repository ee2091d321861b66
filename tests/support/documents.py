"""Small documents of each kind that a search reads, made here from nothing."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def archive(members: Mapping[str, str]) -> bytes:
    """A ZIP of texts, as Office writes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in members.items():
            made.writestr(name, text)
    return out.getvalue()


def docx(*paragraphs: str) -> bytes:
    """Each paragraph cut into runs in the middle of a word, as Word does."""
    body = "".join(
        f"<w:p><w:r><w:t>{text[:2]}</w:t></w:r><w:r><w:t>{text[2:]}</w:t></w:r></w:p>"
        for text in paragraphs
    )
    return archive({"word/document.xml": f"<w:document><w:body>{body}</w:body></w:document>"})


def xlsx(shared: str, number: str, inline: str) -> bytes:
    """A shared string, a number, a string of the cell's own."""
    sheet = (
        '<worksheet><sheetData><row><c r="A1" t="s"><v>0</v></c>'
        f'<c r="B1"><v>{number}</v></c><c t="inlineStr"><is><t>{inline}</t></is></c>'
        '<c r="C1"><f>SUM(A1)</f><v>4711</v></c></row></sheetData></worksheet>'
    )
    return archive(
        {
            "xl/sharedStrings.xml": f"<sst><si><t>{shared}</t></si><si><t>둘째</t></si></sst>",
            "xl/worksheets/sheet1.xml": sheet,
        }
    )


def hwp(text: str, *, locked: bool = False) -> bytes:
    """HWP 5 with one paragraph, compressed."""
    units = text.encode("utf-16-le")
    # A section's definition, as in every first paragraph: a control of eight places.
    control = struct.pack("<H", 2) + b"dces" + bytes(8) + struct.pack("<H", 2)
    content = control + units + struct.pack("<H", 13)
    record = struct.pack("<I", 67 | len(content) << 20) + content
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    section = packer.compress(record) + packer.flush()
    head = b"HWP Document File".ljust(32, b"\0") + struct.pack(
        "<II", 0x05000300, 3 if locked else 1
    )
    return compound_file({"FileHeader": head}, "BodyText", {"Section0": section})


def compound_file(streams: Mapping[str, bytes], storage: str, inner: Mapping[str, bytes]) -> bytes:
    """An OLE compound file (MS-CFB 3): some streams, and a storage with one stream of its own."""
    (first_name, first), (inner_name, second) = *streams.items(), *inner.items()
    # Streams under 4096 bytes would go to a stream of their own kind.
    contents = [data.ljust(4096, b"\0") for data in (first, second)]
    contents = [data + bytes(-len(data) % SECTOR) for data in contents]
    fat = [_FAT, _END]  # the table itself, the directory
    starts = []
    for data in contents:
        start = len(fat)
        starts.append(start)
        count = len(data) // SECTOR
        fat += [*range(start + 1, start + count), _END]
    assert len(fat) <= 128
    table = struct.pack("<128I", *fat, *[_FREE] * (128 - len(fat)))
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
        + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
        + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
        + struct.pack("<109I", 0, *[_FREE] * 108)
    )  # fmt: skip
    entries = (
        _entry("Root Entry", 5, child=1, start=_END)
        + _entry(first_name, 2, right=2, start=starts[0], size=len(contents[0]))
        + _entry(storage, 1, child=3)
        + _entry(inner_name, 2, start=starts[1], size=len(contents[1]))
    )
    return header + table + entries + b"".join(contents)


def _entry(
    name: str, kind: int, *, right: int = _FREE, child: int = _FREE, start: int = 0, size: int = 0
) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    return (
        encoded.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(encoded), kind, 1, _FREE, right, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def pdf(text: str) -> bytes:
    """One page; characters by number, with a table that says what they are."""
    codes = {character: number for number, character in enumerate(dict.fromkeys(text), start=1)}
    shown = "".join(f"{codes[character]:04x}" for character in text)
    table = "\n".join(f"<{code:04x}> <{ord(c):04x}>" for c, code in codes.items())
    to_unicode = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def\n"
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(codes)} beginbfchar\n{table}\nendbfchar endcmap end end"
    )
    page = f"BT /F1 12 Tf 50 700 Td <{shown}> Tj ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
        "/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(page)}>>stream\n{page}\nendstream",
        "<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[6 0 R]"
        "/ToUnicode 7 0 R>>",
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(Adobe)"
        "/Ordering(Identity)/Supplement 0>>/DW 1000/FontDescriptor 8 0 R>>",
        f"<</Length {len(to_unicode)}>>stream\n{to_unicode}\nendstream",
        "<</Type/FontDescriptor/FontName/X/Flags 4/FontBBox[0 0 1000 1000]/ItalicAngle 0"
        "/Ascent 800/Descent 0/CapHeight 800/StemV 80>>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    out += f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF".encode()
    return bytes(out)
