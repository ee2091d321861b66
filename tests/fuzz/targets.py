"""What is fuzzed: a function of bytes that returns, or raises only what its callers are told of.

Any other exception, a hang, or a gigabyte held is a finding. Each target has seeds that reach its
deeper branches; libFuzzer goes on from them, and `tests/unit/test_fuzz_targets.py` changes them.
"""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import msgspec

from pyeonji.domain.errors import InvalidRequestError
from pyeonji.imap import lexer
from pyeonji.imap.conversation import Conversation
from pyeonji.imap.errors import ImapError
from pyeonji.mime.headers import find_headers, read_headers
from pyeonji.mime.mbox import read_mbox
from pyeonji.mime.shapes import holds_another, is_utf16
from pyeonji.search.documents import DOCUMENT_TEXT, archive_text, kind_of
from pyeonji.search.file import mail_words
from pyeonji.search.query import QueryError, parse_query
from pyeonji.search.snippet import snippet_of
from pyeonji.search.text import read_text
from pyeonji.zipio.archive import ArchiveLimits, open_directory
from pyeonji.zipio.entry import unpack_entry
from pyeonji.zipio.errors import ArchiveError, BrokenStreamError, EntryError
from pyeonji.zipio.inflate64 import inflate64
from pyeonji_api import bodies
from pyeonji_client.sources.outlook.letter import rebuilt
from pyeonji_client.sources.outlook.tnef import SIGNATURE, TnefError, read_tnef
from tests.support.zip_makers import MAIL, Made, archive, reader_of, unicode_path, zip64_extra

_ENTRIES = 1_000
_MESSAGE = 1 << 16
#: One of the seeds of `member`: a mail behind its local header, as a chunk of an upload holds it.
_ONE = archive([Made()])


@dataclass(frozen=True, slots=True)
class Target:
    """`run` is called with each input."""

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def _directory(data: bytes) -> None:
    try:
        directory = open_directory(len(data), reader_of(data), ArchiveLimits(max_entries=_ENTRIES))
    except ArchiveError:
        return
    assert 0 < len(directory) <= _ENTRIES
    for entry in directory:
        assert entry.span == 0 or 0 <= entry.offset < entry.offset + entry.span <= len(data)
        entry.modified(UTC)


def _member(data: bytes) -> None:
    try:
        directory = open_directory(len(data), reader_of(data), ArchiveLimits(max_entries=_ENTRIES))
    except ArchiveError:
        # Deflate64 is our own: whatever is no archive is a stream to it.
        _inflated(data)
        return
    for entry in directory:
        try:
            held = data[entry.offset : entry.offset + entry.span]
            unpacked = unpack_entry(entry, held, entry.offset, _MESSAGE)
        except EntryError:
            continue
        assert zlib.crc32(unpacked.message) == entry.crc
        assert len(unpacked.message) == entry.size <= _MESSAGE


def _inflated(data: bytes) -> None:
    try:
        message, used = inflate64(data, _MESSAGE)
    except BrokenStreamError:
        return
    assert len(message) <= _MESSAGE
    assert used <= len(data)


def _header(data: bytes) -> None:
    headers, lazily = read_headers(data), find_headers(data)
    assert (headers.subject, headers.date) == (lazily.subject, lazily.date)
    assert (headers.fields > 0) is lazily.fields
    if not is_utf16(data):
        holds_another(data)


def _mbox(data: bytes) -> None:
    """Every byte belongs to one message, and reading on from any of them is the same."""
    end = 0
    for message in read_mbox(io.BytesIO(data), limit=_MESSAGE):
        assert message.offset == end
        assert message.length > 0
        end += message.length
    assert end == len(data)


def _imap(data: bytes) -> None:
    """The bytes are a server's, in pieces; they answer whatever is asked."""
    talk = Conversation(literal_limit=_MESSAGE)
    at = 0
    try:
        for running in (
            talk.greet(),
            talk.sign_in("kim", "secret", token=False),
            talk.run(b'LIST "" *'),
        ):
            reply: Any = None
            try:
                while True:
                    sent = running.send(reply)
                    reply = None
                    if sent is not None:
                        continue
                    while (reply := talk.reply()) is None:
                        if at >= len(data):
                            return
                        talk.receive(data[at : at + 61])
                        at += 61
                    _values(reply.parts)
            except StopIteration:
                continue
    except ImapError:
        return


def _values(parts: list[bytes | lexer.Oversized]) -> None:
    for value in lexer.parse(parts):
        for name in (value, *(value if isinstance(value, list) else ())):
            if isinstance(name, bytes):
                lexer.encode_name(lexer.decode_name(name))
                lexer.internal_date(name)


def _query(data: bytes) -> None:
    try:
        query = parse_query(data.decode("utf-8", "replace"), UTC)
    except QueryError:
        return
    query.expression()
    query.exclusions()


#: Every body the API takes.
_BODIES = [
    each
    for each in vars(bodies).values()
    if isinstance(each, type) and issubclass(each, bodies.Body) and each is not bodies.Body
]


def _body(data: bytes) -> None:
    for model in _BODIES:
        try:
            msgspec.json.encode(bodies.read_body(data, model))
        except InvalidRequestError as error:
            assert len(error.field) <= 100


def _text(data: bytes) -> None:
    """What search reads out of a mail: its parts, in their character sets, HTML as text."""
    text = read_text(data)
    mail_words(text)
    snippet_of(text, parse_query("a 회의 <p>", UTC))


def _document(data: bytes) -> None:
    """Attached office documents, as they come and as what stands in one: a checksum would keep
    nearly every change of a whole one away from the XML. PDF and HWP are read in a process of their
    own, with a limit."""
    for name in (b"word/document.xml", b"xl/sharedStrings.xml", b"Contents/section0.xml"):
        assert len(archive_text(archive([Made(name, data, method=0)]))) <= DOCUMENT_TEXT
    if kind_of(data) == "archive":
        assert len(archive_text(data)) <= DOCUMENT_TEXT


def _tnef(data: bytes) -> None:
    try:
        letter = read_tnef(data)
    except TnefError:
        return
    assert rebuilt(letter)


_ARCHIVES = (
    archive([Made(), Made(b"b.eml", method=0), Made(b"c/", b"")]),
    archive([Made(descriptor="signed"), Made(b"b.eml", descriptor="unsigned64")]),
    archive([Made()], zip64=True, comment=b"hello"),
    archive([Made()], prefix=b"MZ" * 30, shifted=False, trailer=b"\n"),
    archive([Made("편지.eml".encode("cp949"), extra=unicode_path(b"?", "x"))]),
    archive([Made(extra=zip64_extra(1, 2))]),
    archive([Made(flags=1), Made(method=12), Made(method=9)]),
    archive([]),
)
_MAILS = (
    MAIL,
    b"\xef\xbb\xbfFrom \r\n" + MAIL + b"\r\n\r\n\xef\xbb\xbfFrom \r\n" + MAIL,
    b"Date: Mon, 1 Jan 2024 09:00:00 +0900\r\nSubject: =?utf-8?B?7Y647KeA?=\r\n =?euc-kr?Q?=C6=ED"
    b'=C1=F6?=\r\nFrom: "=?ks_c_5601-1987?B?sejD27z2?=" <kim@acme.example>\r\n\r\nx\r\n',
    b"Received: from a by b; Tue, 30 Feb 2021 25:61:00 KST\nMessage-ID: <a@b>\n <c@d>\nSubject: "
    b"=?iso-2022-kr?B?GyQpQw5HUA8=?=\n\nx",
)


def _tnef_attribute(level: int, number: int, data: bytes) -> bytes:
    return (
        struct.pack("<BII", level, number, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)
    )


TARGETS = {
    "directory": Target(_directory, _ARCHIVES),
    "member": Target(_member, (*_ARCHIVES, _ONE, zlib.compress(MAIL)[2:-4])),
    "header": Target(_header, _MAILS),
    "text": Target(
        _text,
        (
            *_MAILS,
            b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html; charset="
            b"euc-kr\nContent-Transfer-Encoding: base64\n\nPHA+xu3B9jwvcD4=\n--x\nContent-Type:"
            b" message/rfc822\n\nSubject: y\n\nbegin 644 x\n#86)C\n`\nend\n--x\nContent-Disposition"
            b": attachment; filename*=utf-8''%ED%8E%B8.txt\n\n=ED=8E=B8\n--x--\n",
        ),
    ),
    "document": Target(
        _document,
        (
            b"<w:p><w:t>a&#44032;</w:t><w:tab/></w:p>",
            b"<si><t>a</t></si><v>1</v>",
            b"<hp:p><hp:t>a</hp:t></hp:p>",
        ),
    ),
    "tnef": Target(
        _tnef,
        (
            SIGNATURE
            + b"\1\0"
            + _tnef_attribute(1, 0x89006, b"\0\0\1\0")
            + _tnef_attribute(1, 0x18004, b"a subject\0")
            + _tnef_attribute(2, 0x69002, bytes(14))
            + _tnef_attribute(2, 0x6800F, b"data"),
            SIGNATURE
            + b"\1\0"
            + _tnef_attribute(
                1,
                0x69003,
                struct.pack("<IHHII8s", 1, 0x1F, 0x37, 1, 8, "abc\0".encode("utf-16-le")),
            ),
        ),
    ),
    "mbox": Target(
        _mbox,
        (
            b"From \n" + MAIL + b"\n\nFrom \n" + MAIL,
            b"From a@b Mon Jan  1 09:00:00 2024\nSubject: x\nContent-Length: 4\n\n>From\n\nFrom "
            b"c@d Tue Jan  2 09:00:00 2024\r\nSubject: y\r\n\r\n>>From here\r\n",
            b"\xef\xbb\xbfFrom - Mon Jan 01 09:00:00 2024\rSubject: x\r\rbody\r\rFrom \rTo: y\r\r",
        ),
    ),
    "imap": Target(
        _imap,
        (
            b"* OK [CAPABILITY IMAP4rev1] ready\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n"
            b"P1 OK\r\nP2 OK in\r\n* CAPABILITY IMAP4rev1 NAMESPACE\r\nP3 OK\r\n* LIST (\\HasNo"
            b'Children) "/" {5}\r\nINBOX\r\n* LIST () NIL "&1zTNyA-"\r\nP4 OK done\r\n',
            b'* PREAUTH\r\n* CAPABILITY IMAP4rev1\r\nP1 OK\r\n* 1 FETCH (UID 7 INTERNALDATE " 1-'
            b'Jan-2024 09:00:00 +0900" BODY[] {3}\r\nabc FLAGS (\\Seen))\r\nP2 NO [UNAVAILABLE]'
            b" later\r\n",
            b"* BYE too many connections\r\n",
        ),
    ),
    "query": Target(
        _query,
        (
            '회의 from:김철수 -"주간 보고" after:2024-01-01 has:attachment'.encode(),
            b'larger:1.5mb is:unread subject:"a b" before:2024 filename:x.pdf',
            "보낸사람:박 크기>3 첨부:없음 http://a.example".encode(),
        ),
    ),
    "body": Target(
        _body,
        (
            b'{"email":"kim@acme.example","password":"x","language":"ko"}',
            b'{"mailboxes":["a"],"period":{"kind":"range","from":"2024-01-01","to":"2024-12-31"},'
            b'"volume_bytes":4294967296}',
            b'{"filename":"a.zip","bytes":1,"mailbox_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV",'
            b'"on_duplicate":"skip","folders":"from_zip"}',
            b'{"numbers":[1,2,3]}',
        ),
    ),
}
