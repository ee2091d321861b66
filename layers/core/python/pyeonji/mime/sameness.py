"""When two mails are the same: byte for byte, but for their line ends, or by what they say.

Programs that keep mail rewrite its line ends and add fields of their own (`X-Mozilla-Status`,
`X-Gmail-Labels`). The first makes the same mail of other bytes; the second one that resembles it.
"""

import hashlib
from typing import NamedTuple

from pyeonji.mime.headers import HeaderFields

_TAIL = 64  # bytes of the end that are looked at for blank lines; more of them are looked at whole
_LIKENESS_BYTES = 6


class Digests(NamedTuple):
    """SHA-256 of a mail's bytes, and of the same with CRLF line ends and one of them at its end."""

    exact: bytes
    canonical: bytes


def digests_of(message: bytes) -> Digests:
    """Both digests; they are one for a mail as the wire has it, at no cost beyond a single hash.

    Which line ends a mail has is seen from its first: counting them all would take as long as the
    hash. One whose first line ends in CRLF is taken to have no others, so that a mail of mixed
    line ends is the same only as one mixed alike.
    """
    end = _end_of_text(message)
    crlf = _ends_in_crlf(message)
    tail = message[end:]
    if crlf and tail == b"\r\n":
        exact = hashlib.sha256(message).digest()
        return Digests(exact, exact)
    text = memoryview(message)[:end]
    exact_hash = hashlib.sha256(text)
    if crlf:
        canonical_hash = exact_hash.copy()
    else:
        plain = message[:end]
        if b"\r" in plain:
            plain = plain.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        canonical_hash = hashlib.sha256(plain.replace(b"\n", b"\r\n"))
    exact_hash.update(tail)
    canonical_hash.update(b"\r\n")
    return Digests(exact_hash.digest(), canonical_hash.digest())


def likeness_of(headers: HeaderFields) -> int:
    """48 bits by which a mail is found again under other fields: its id, date and sender.

    0 where it has neither an id nor a date, which would make all such mails alike.
    """
    found = headers.found
    identity, date = found.get(b"message-id", b""), found.get(b"date", b"")
    if not (identity.strip() or date.strip()):
        return 0
    said = b"\0".join(b"".join(part.split()) for part in (identity, date, found.get(b"from", b"")))
    return int.from_bytes(hashlib.blake2b(said, digest_size=_LIKENESS_BYTES).digest(), "big")


def _end_of_text(message: bytes) -> int:
    """Where the line ends at its end begin."""
    tail = message[-_TAIL:]
    text = len(tail.rstrip(b"\r\n"))
    return len(message) - len(tail) + text if text else len(message.rstrip(b"\r\n"))


def _ends_in_crlf(message: bytes) -> bool:
    first = message.find(b"\n")
    return first > 0 and message[first - 1] == 0x0D and message.find(b"\r", 0, first - 1) < 0
