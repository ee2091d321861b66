"""What a person could look for in a mail: its header fields, its text, its attachments."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pyeonji.mime.charsets import decode_charset, decode_raw, decode_shifted
from pyeonji.mime.headers import find_headers, header_block
from pyeonji.mime.words import decode_header
from pyeonji.search.markup import text_of_html
from pyeonji.search.parts import AttachedHeader, Part, fields_pattern, parts_of

TEXT_LIMIT = 4 * 1024 * 1024
"""Characters of text read of one mail; the longest real ones have about a million."""
PART_LIMIT = 4 * 1024 * 1024
"""Bytes read of one part of text."""
HTML_LIMIT = 2 * 1024 * 1024
"""Bytes of a part that is HTML: hostile markup takes a second at this size."""
ATTACHMENT_LIMIT = 32 * 1024 * 1024
"""Bytes of an attached document; a larger one is found by its name alone."""
_VALUE_STEP = 12 * 1024  # bytes of a list of addresses decoded at a time
_VALUE_LIMIT = 1024 * 1024

#: Parts that belong to how a mail is sent, and that nobody attached.
_NO_ATTACHMENTS = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature",
     "application/pgp-encrypted", "text/calendar", "message/delivery-status",
     "message/disposition-notification", "text/rfc822-headers"}
)  # fmt: skip
_RECIPIENTS = fields_pattern("to", "cc", "bcc")
_SUBJECTS = fields_pattern("subject")
_SENDERS = fields_pattern("from")
_ATTACHED_FIELDS = fields_pattern("subject", "from", "to", "cc")
_META = re.compile(rb"<meta[^<>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)

DocumentReader = Callable[[str, str, bytes], str]
"""(content type, file name, content) → the text of an attached document, or nothing."""


@dataclass(frozen=True, slots=True)
class MailText:
    """The text of a mail by where it stands. `body` is everything that is not in the others:
    what is written, and the text of attached documents; `attachments` counts the attachments. A
    field that a mail has more than once is a line each, the first being the one that is shown."""

    subject: str
    sender: str
    recipients: str
    files: tuple[str, ...]
    body: str
    attachments: int

    def everything(self) -> str:
        """All of it, one line after the other."""
        return "\n".join((self.subject, self.sender, self.recipients, *self.files, self.body))


def read_text(message: bytes, read_document: DocumentReader | None = None) -> MailText:
    """The text of a mail; any bytes will do.

    `read_document` reads attached PDF, Office and HWP documents; without it only their names are
    known.
    """
    headers = find_headers(message)
    block = header_block(message)
    files: list[str] = []
    texts: list[str] = []
    left = TEXT_LIMIT
    attachments = 0
    for part in parts_of(message):
        if isinstance(part, AttachedHeader):
            text = "\n".join(_attached_fields(part.block))
            attachments += part.attached
        else:
            attachments += _is_attachment(part)
            text = _part_text(part, read_document) if left > 0 else ""
        if part.filename:
            files.append(part.filename)
        texts.append(text[: max(0, left)])
        left -= len(text)
    return MailText(
        subject=_every(headers.subject or "", _SUBJECTS, block),
        sender=_every(headers.sender or "", _SENDERS, block),
        recipients="\n".join(_addresses(block)),
        files=tuple(files),
        body="\n".join(text for text in texts if text),
        attachments=attachments,
    )


def _every(first: str, field: re.Pattern[bytes], block: bytes) -> str:
    values = [match[1] for match in field.finditer(block)]
    if len(values) < 2:
        return first
    return "\n".join(
        dict.fromkeys((first, *(text for value in values for text in _decoded(value))))
    )


def _addresses(block: bytes) -> Iterator[str]:
    for match in _RECIPIENTS.finditer(block):
        yield from _decoded(match[1])


def _decoded(value: bytes) -> Iterator[str]:
    """A long value in pieces, cut at commas: a field can name thousands of people."""
    value = value[:_VALUE_LIMIT]
    while len(value) > _VALUE_STEP:
        cut = value.rfind(b",", 0, _VALUE_STEP) + 1 or _VALUE_STEP
        yield decode_header(value[:cut], _VALUE_STEP)
        value = value[cut:]
    yield decode_header(value, _VALUE_STEP)


def _attached_fields(block: bytes) -> Iterator[str]:
    for match in _ATTACHED_FIELDS.finditer(block):
        yield from _decoded(match[1])


def _is_attachment(part: Part) -> bool:
    if part.content_type in _NO_ATTACHMENTS:
        return part.disposition == "attachment" and part.content_type == "text/calendar"
    if part.disposition == "attachment":
        return True
    if part.content_type.startswith("image/"):
        return not part.content_id
    if part.content_type in ("text/plain", "text/html"):
        return part.filename is not None and part.disposition != "inline"
    return not part.content_type.startswith(("text/", "multipart/"))


def _part_text(part: Part, read_document: DocumentReader | None) -> str:
    kind = part.content_type
    name = (part.filename or "").lower()
    if kind == "text/html" or (kind == "application/octet-stream" and name.endswith(_HTML_NAMES)):
        return text_of_html(_text(part.decoded(HTML_LIMIT), part.charset, markup=True))
    if kind.startswith(("text/", "multipart/", "message/")) or name.endswith(_TEXT_NAMES):
        return _text(part.decoded(PART_LIMIT), part.charset)
    if read_document is None or not is_document(kind, name):
        return ""
    content = part.decoded(ATTACHMENT_LIMIT + 1)
    return read_document(kind, name, content) if len(content) <= ATTACHMENT_LIMIT else ""


_HTML_NAMES = (".html", ".htm")
_TEXT_NAMES = (".txt", ".csv", ".tsv", ".md", ".log", ".ics", ".vcf", ".json", ".xml")
_DOCUMENT_NAMES = (
    ".pdf", ".docx", ".docm", ".dotx", ".xlsx", ".xlsm", ".xltx", ".pptx", ".pptm", ".ppsx",
    ".odt", ".ods", ".odp", ".hwp", ".hwpx",
)  # fmt: skip
_DOCUMENT_TYPES = ("pdf", "openxmlformats", "opendocument", "hwp")


def is_document(content_type: str, filename: str) -> bool:
    """Whether `documents` may read it, by what the mail calls it (both in lower case)."""
    return filename.endswith(_DOCUMENT_NAMES) or any(t in content_type for t in _DOCUMENT_TYPES)


def _text(data: bytes, charset: str | None, *, markup: bool = False) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", "replace")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if not charset and markup:
        match = _META.search(data[:4096])
        charset = match[1].decode("ascii") if match else None
    if charset and charset.lower() not in ("us-ascii", "ascii"):
        return decode_charset(data, charset)
    return decode_shifted(data) or decode_raw(data)
