"""The text of attached documents: Office (both kinds), HWP and HWPX, PDF.

Each is read as far as its bounds and no further; a document that cannot be read has no text. PDF
and HWP are read by libraries (PDFium, olefile) that know hostile files less well than we must, so
`pyeonji.search.reader` reads them in a process of its own, with a limit of time and memory.
"""

import html
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

from pyeonji.search.markup import text_of_xml

DOCUMENT_TEXT = 1024 * 1024
"""Characters read of one document: about 400 pages."""
_MEMBERS = 400
_MEMBER_BYTES = 8 * 1024 * 1024
_ALL_BYTES = 24 * 1024 * 1024
_PDF_PAGES = 300

#: What of an archive is text, and the closing tag that ends a line in it.
_LINES = (
    (
        re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml"),
        "</w:p>",
    ),
    (re.compile(r"xl/(?:sharedStrings|comments\d*)\.xml"), "</si>"),
    (re.compile(r"xl/worksheets/[^/]+\.xml"), ""),
    (re.compile(r"ppt/(?:slides|notesSlides)/[^/]+\.xml"), "</a:p>"),
    (re.compile(r"content\.xml"), "</text:p>"),
    (re.compile(r"Contents/section\d+\.xml"), "</hp:p>"),
)
#: A cell with its own value; "s" are numbers of shared strings.
_CELL = re.compile(
    r"<c\b(?![^<>]*\bt=\"s\")[^<>]*+>(?:<f\b[^<>]*+(?:/>|>[^<]*+</f>))?"
    r"(?:<v>([^<]*+)</v>|<is><t[^<>]*+>([^<]*+)</t></is>)"
)

_HWP_PARA_TEXT = 67  # HWPTAG_BEGIN (16) + 51
#: Control characters that take one place; all others below 32 take eight (HWP 5.0 format, 2.3).
_HWP_SINGLE = frozenset({0, 10, 13, 24, 25, 26, 27, 28, 29, 30, 31})


def archive_text(content: bytes) -> str:
    """Office Open XML, OpenDocument and HWPX: ZIPs of XML."""
    lines: list[str] = []
    left = _ALL_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist()[:_MEMBERS]:
                end = next((end for names, end in _LINES if names.fullmatch(info.filename)), None)
                if end is None or left <= 0:
                    continue
                with archive.open(info) as member:
                    data = member.read(min(left, _MEMBER_BYTES))
                left -= len(data)
                lines.append(_member_text(data.decode("utf-8", "replace"), end))
    # zipfile raises nearly anything on a damaged or hostile archive.
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError,
            RuntimeError, struct.error, IndexError, KeyError):  # fmt: skip
        pass
    return "\n".join(lines)[:DOCUMENT_TEXT]


def _member_text(xml: str, line_end: str) -> str:
    if line_end:
        return text_of_xml(xml.replace("<w:tab/>", " ").replace("<w:br/>", " "), line_end)
    return "\n".join(html.unescape(value or text) for value, text in _CELL.findall(xml))


def hwp_text(content: bytes) -> str:
    """HWP 5: an OLE compound file whose sections are deflated records."""
    import olefile

    with olefile.OleFileIO(io.BytesIO(content)) as compound:
        if not compound.exists("FileHeader"):
            return ""
        header = compound.openstream("FileHeader").read(256)
        flags = struct.unpack_from("<I", header, 36)[0] if len(header) >= 40 else 2
        if flags & 2:  # locked by a password
            return ""
        lines: list[str] = []
        left = _ALL_BYTES
        for entry in compound.listdir()[:_MEMBERS]:
            if entry[0] == "BodyText" and left > 0:
                data = compound.openstream(entry).read(_MEMBER_BYTES)
                if flags & 1:
                    data = zlib.decompressobj(-15).decompress(data, left)
                left -= len(data)
                lines.extend(_hwp_paragraphs(data))
    return "\n".join(lines)[:DOCUMENT_TEXT]


def _hwp_paragraphs(data: bytes) -> Iterator[str]:
    at = 0
    while at + 4 <= len(data):
        (head,) = struct.unpack_from("<I", data, at)
        at += 4
        size = head >> 20
        if size == 0xFFF and at + 4 <= len(data):
            (size,) = struct.unpack_from("<I", data, at)
            at += 4
        if head & 0x3FF == _HWP_PARA_TEXT:
            yield _hwp_line(data[at : at + size])
        at += size


def _hwp_line(data: bytes) -> str:
    out = bytearray()
    at = 0
    while at + 2 <= len(data):
        code = data[at] | data[at + 1] << 8
        if code >= 32:
            out += data[at : at + 2]
            at += 2
        else:
            # A tab is a space; fields and pictures part nothing.
            if code in (9, 10, 13, 24, 30, 31):
                out += b" \x00"
            at += 2 if code in _HWP_SINGLE else 16
    return out.decode("utf-16-le", "replace").strip()


def pdf_text(content: bytes) -> str:
    """PDF, by PDFium."""
    import pypdfium2

    pages: list[str] = []
    length = 0
    document = pypdfium2.PdfDocument(content)
    try:
        for number in range(min(len(document), _PDF_PAGES)):
            page = document[number]
            text = page.get_textpage().get_text_bounded()
            page.close()
            pages.append(text)
            length += len(text)
            if length >= DOCUMENT_TEXT:
                break
    finally:
        document.close()
    return "\n".join(pages)[:DOCUMENT_TEXT]


def kind_of(content: bytes) -> str:
    """`archive`, `hwp`, `pdf` or nothing, by the first bytes: names and labels lie."""
    if content.startswith(b"PK\x03\x04"):
        return "archive"
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "hwp"
    if b"%PDF-" in content[:1024]:
        return "pdf"
    return ""
