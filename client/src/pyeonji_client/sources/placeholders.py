"""Texts that a server sends in place of a mail it cannot give.

Exchange does (`Retrieval using the IMAP4 protocol failed for the following message`), in the
language of the server and under the names of all its versions. Such a text was never sent by
anybody: it has no Received, Date nor Message-ID, which hardly a real mail lacks all of.
"""

import re

from pyeonji.mime.headers import header_block, read_headers

_SENT = re.compile(rb"(?:\A|\n)(?:received|date|message-id|x-mozilla-status)[ \t]*:", re.IGNORECASE)
_SERVER = re.compile(r"exchange|mail server|mail system|postmaster", re.IGNORECASE)
_PROTOCOL = re.compile(r"\b(?:IMAP4?|POP3?)\b", re.IGNORECASE)


def stands_in(data: bytes) -> bool:
    """Whether `data` is such a text: unsent, from nobody's address, and about a protocol or by a
    server. A draft has none of the three fields either, but its writer's address."""
    if _SENT.search(header_block(data)):
        return False
    headers = read_headers(data)
    if not headers.sender or "@" in headers.sender:
        return False
    return bool(_PROTOCOL.search(headers.subject or "") or _SERVER.search(headers.sender))
