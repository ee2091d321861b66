"""Attachments of the demo mail: small programs' idea of a PDF, a picture, a table. All open."""

import io
import random
import struct
import zipfile
import zlib


def pdf(rng: random.Random, title: str, size: int) -> bytes:
    """A one-page PDF of about `size` bytes that shows `title`; the rest is an unused stream."""
    text = f"BT /F1 18 Tf 72 720 Td ({_ascii(title)}) Tj ET".encode("ascii")
    filling = rng.randbytes(max(size - 900, 16))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(filling), filling),
    ]
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        out += b"%010d 00000 n \n" % offset
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
    )
    return bytes(out)


def png(rng: random.Random, size: int) -> bytes:
    """A picture of about `size` bytes: a soft colour with the noise of a photograph."""
    width = 640 if size > 40_000 else 96
    height = max(size // (3 * width), 8)
    base = bytes(rng.randrange(256) for _ in range(3)) * width
    rows = bytearray()
    for row in range(height):
        # Every eighth row is flat, so that it compresses a little, as pictures do.
        rows += b"\0" + (base if row % 8 == 0 else rng.randbytes(3 * width))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib.compress(bytes(rows), 1)),
            _chunk(b"IEND", b""),
        )
    )


def csv(rng: random.Random, size: int, charset: str) -> bytes:
    """A stock list in the charset Excel of that time wrote: CP949, or UTF-8 with a BOM."""
    lines = ["품번,품명,수량,단가"]
    total = 0
    while total < size:
        lines.append(
            f"AC-{rng.randrange(10_000):04},{rng.choice(('센서', '브라켓', '보온병', '상자'))},"
            f"{rng.randrange(1, 900)},{rng.randrange(5, 900) * 100}"
        )
        total += len(lines[-1]) + 4
    bom = "\ufeff" if charset == "utf-8" else ""
    return (bom + "\r\n".join(lines) + "\r\n").encode(charset)


def xlsx(rng: random.Random, rows: int) -> bytes:
    """A workbook of one sheet with `rows` rows of figures."""
    cells = "".join(
        f'<row r="{row}"><c r="A{row}"><v>{row}</v></c><c r="B{row}">'
        f"<v>{rng.randrange(1_000_000)}</v></c></row>"
        for row in range(1, rows + 1)
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{types}.worksheet+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData>'
        "</worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as workbook:
        for name, text in parts.items():
            # A fixed time: the same seed gives the same bytes.
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            workbook.writestr(info, head + text)
    return out.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _ascii(text: str) -> str:
    """What Helvetica can show, without the characters a PDF string escapes."""
    return "".join(c for c in text if " " <= c <= "~" and c not in "()\\")
