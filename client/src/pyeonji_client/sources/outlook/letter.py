"""A mail out of MAPI properties, as RFC 5322 with MIME: the same bytes from the same properties."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.charset import QP, Charset
from email.header import Header
from email.utils import format_datetime

from .properties import Properties, Tag, codec_of
from .rtf import decompressed, html_or_text

#: Classes of what is mail ([MS-OXOMSG]); a meeting's invitation arrives as one too.
_MAIL_CLASSES = ("ipm.note", "report.", "ipm.schedule", "ipm.post", "ipm.outlook.recall")
_CONTAINERS = ("ipf.note", "ipf.imap")
_READ, _UNSENT = 0x01, 0x08
_FLAGGED = 2
_REPLIED, _FORWARDED = {102, 103, 108}, {104}
_KINDS = {1: "To", 2: "Cc", 3: "Bcc"}
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]+")
#: What describes the body; ours is another one.
_OF_BODY = re.compile(rb"(?:content-[!-9;-~]*|mime-version)[ \t]*:", re.IGNORECASE)
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_TOKEN_TYPE = re.compile(r"[a-zA-Z0-9!#$&^_.+-]{1,64}/[a-zA-Z0-9!#$&^_.+-]{1,64}\Z")
_UTF8 = Charset("utf-8")
_UTF8.header_encoding = QP


@dataclass(frozen=True, slots=True)
class Attachment:
    """`letter` for a mail inside the mail, else `data`."""

    properties: Properties
    data: bytes
    letter: "Letter | None" = None


@dataclass(frozen=True, slots=True)
class Letter:
    """What a store keeps of one mail."""

    properties: Properties
    recipients: Sequence[Properties] = ()
    attachments: Sequence[Attachment] = ()


def is_mail(properties: Properties) -> bool:
    """False for appointments, contacts, tasks and notes."""
    kind = properties.text(Tag.message_class).lower()
    return not kind or kind.startswith(_MAIL_CLASSES)


def holds_mail(container: str) -> bool:
    """Whether a folder of this container class is for mail."""
    return not container or container.lower().startswith(_CONTAINERS)


def received(letter: Letter) -> datetime | None:
    """When it came, or was sent, as the store has it."""
    times = (Tag.message_delivery_time, Tag.client_submit_time, Tag.creation_time)
    return next((when for tag in times if (when := letter.properties.time(tag))), None)


def flags(letter: Letter) -> tuple[str, ...]:
    """IMAP flags for Outlook's marks."""
    properties = letter.properties
    bits, verb = properties.integer(Tag.message_flags), properties.integer(Tag.last_verb)
    found = (
        ("\\Seen", bits & _READ),
        ("\\Draft", bits & _UNSENT),
        ("\\Flagged", properties.integer(Tag.flag_status) == _FLAGGED),
        ("\\Answered", verb in _REPLIED),
        ("$Forwarded", verb in _FORWARDED),
    )
    return tuple(flag for flag, on in found if on)


def rebuilt(letter: Letter) -> bytes:
    """The whole mail."""
    head = _transport(letter) or _made(letter)
    return head + b"MIME-Version: 1.0\r\n" + _body(letter)


# --- the header


def _transport(letter: Letter) -> bytes:
    """The header it was received with, without what described its body; b"" where none is kept."""
    raw = letter.properties.text(Tag.transport_headers)
    lines = raw.encode("utf-8", "surrogateescape").replace(b"\r\n", b"\n").split(b"\n")
    kept: list[bytes] = []
    wanted = False
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            if wanted and line.strip():
                kept.append(line)
            continue
        wanted = bool(_FIELD.match(line)) and not _OF_BODY.match(line)
        if wanted:
            kept.append(line)
    names = {line.partition(b":")[0].strip().lower() for line in kept}
    if not names & {b"from", b"received", b"message-id"}:
        return b""
    more = [field for field in _made(letter).split(b"\r\n") if field]
    # What the transport wrote is believed; only what it lacks altogether is added.
    fields: list[list[bytes]] = []
    for line in more:
        if line[:1] in (b" ", b"\t"):
            fields[-1].append(line)
        else:
            fields.append([line])
    for field in fields:
        if field[0].partition(b":")[0].lower() not in names and field[0][:4].lower() != b"bcc:":
            kept += field
    return b"".join(line + b"\r\n" for line in kept)


def _made(letter: Letter) -> bytes:
    """A header from single properties."""
    properties = letter.properties
    sender = _address(
        properties.text(Tag.sent_representing_name) or properties.text(Tag.sender_name),
        properties.text(Tag.sent_representing_smtp),
        properties.text(Tag.sender_smtp),
        properties.text(Tag.sent_representing_email),
        properties.text(Tag.sender_email),
    )
    fields: list[tuple[str, str]] = [("From", sender)]
    for kind, name in _KINDS.items():
        people = [
            _address(
                one.text(Tag.display_name), one.text(Tag.smtp_address), one.text(Tag.email_address)
            )
            for one in letter.recipients
            if (one.integer(Tag.recipient_type) & 0xF) == kind
        ]
        fields.append((name, ", ".join(person for person in people if person)))
    fields.append(("Subject", _encoded(_subject(properties.text(Tag.subject)), "Subject")))
    when = properties.time(Tag.client_submit_time) or received(letter)
    fields.append(("Date", format_datetime(when) if when else ""))
    for name, tag in (
        ("Message-ID", Tag.internet_message_id),
        ("In-Reply-To", Tag.in_reply_to),
        ("References", Tag.internet_references),
    ):
        fields.append((name, _one_line(properties.text(tag))))
    return b"".join(
        f"{name}: {value}\r\n".encode("ascii", "backslashreplace")
        for name, value in fields
        if value
    )


def _subject(text: str) -> str:
    """Without the two characters that say how long its prefix (`RE: `) is ([MS-PST], 2.5.3.1.1)."""
    return text[2:] if text[:1] == "\x01" else text


def _one_line(text: str) -> str:
    return _UNSAFE.sub(" ", text).strip()


def _encoded(text: str, name: str) -> str:
    line = _one_line(text)
    if not line or (line.isascii() and len(line) < 900):
        return line
    return Header(line, "utf-8", header_name=name).encode(linesep="\r\n")


def _address(name: str, *addresses: str) -> str:
    """`name <address>` with the first address that is one (Exchange has X.500 names as well)."""
    address = next((_one_line(one) for one in addresses if "@" in one), "")
    address = re.sub(r"[\s<>,;]", "", address) if address.isascii() else ""
    shown = _one_line(name).strip("'\"")
    if not shown or shown == address:
        return address
    if shown.isascii():
        quoted = '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'
    else:
        quoted = Header(shown, "utf-8", maxlinelen=10_000).encode(linesep="")
    return f"{quoted} <{address}>" if address else quoted


# --- the body


def _body(letter: Letter) -> bytes:
    properties = letter.properties
    html, text = properties.binary(Tag.html), properties.text(Tag.body)
    charset = codec_of(properties.integer(Tag.internet_codepage)) or "utf-8"
    if not html and (rtf := decompressed(properties.binary(Tag.rtf_compressed))):
        inside, plain = html_or_text(rtf)
        if inside is not None:
            html, charset = inside.encode("utf-8", "surrogatepass"), "utf-8"
        text = text or plain
    elif properties.raw.get(Tag.html, (0, b""))[0] == 0x1F:
        charset = "utf-8"
    parts = []
    if text or not html:
        parts.append(_part('text/plain; charset="utf-8"', text.encode("utf-8", "surrogatepass")))
    if html:
        parts.append(_part(f'text/html; charset="{charset}"', html))
    body = parts[0] if len(parts) == 1 else _multipart("alternative", parts)
    attached = [_attached(one, number) for number, one in enumerate(letter.attachments, start=1)]
    return _multipart("mixed", [body, *attached]) if attached else body


def _part(kind: str, data: bytes, *more: str) -> bytes:
    """A leaf in base64: every byte comes out as it went in."""
    head = [f"Content-Type: {kind}", *more, "Content-Transfer-Encoding: base64"]
    coded = base64.encodebytes(data).replace(b"\n", b"\r\n")
    return "\r\n".join(head).encode("ascii", "backslashreplace") + b"\r\n\r\n" + coded


def _multipart(kind: str, parts: list[bytes]) -> bytes:
    """Parts behind each other; the boundary follows from them, so that it is always the same."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    boundary = b"=_" + digest.hexdigest()[:32].encode()
    head = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (kind.encode(), boundary)
    pieces = [b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts]
    return head + b"".join(pieces) + b"--" + boundary + b"--\r\n"


def _attached(attachment: Attachment, number: int) -> bytes:
    properties = attachment.properties
    name = _one_line(
        properties.text(Tag.attach_long_filename)
        or properties.text(Tag.attach_filename)
        or properties.text(Tag.display_name)
    )
    if attachment.letter is not None:
        inner = rebuilt(attachment.letter)
        head = b"Content-Type: message/rfc822\r\nContent-Disposition: attachment%s\r\n\r\n"
        return head % _parameter("filename", (name or f"message{number}") + ".eml") + inner
    kind = properties.text(Tag.attach_mime_tag)
    if not _TOKEN_TYPE.match(kind) or kind.lower().startswith(("multipart/", "message/")):
        kind = "application/octet-stream"
    identity = re.sub(r"[^!-~]|[<>]", "", properties.text(Tag.attach_content_id))
    disposition = "inline" if identity else "attachment"
    filename = _parameter("filename", name or f"attachment{number}").decode("ascii")
    more = [f"Content-Disposition: {disposition}{filename}"]
    if identity:
        more.append(f"Content-ID: <{identity}>")
    return _part(kind, attachment.data, *more)


def _parameter(name: str, value: str) -> bytes:
    """`; filename="…"`, or as RFC 2231 has it where it is not ASCII."""
    if value.isascii():
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f';\r\n {name}="{quoted}"'.encode()
    coded = "".join(
        chr(byte) if (chr(byte).isalnum() and byte < 128) or byte in b"-._" else f"%{byte:02X}"
        for byte in value.encode("utf-8", "surrogatepass")
    )
    return f";\r\n {name}*=utf-8''{coded}".encode()
