"""Mail in bulk for benchmarks and load tests: fast to make, and shaped like a company's mail.

80 % small text, 19 % with an attachment of 50-500 KB, 1 % large (0.5-8 MB): the distribution the
design was measured with (20,000 mails, 1.64 GB). Text packs to about a third and base64 to three
quarters, as real mail does.
"""

import base64
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from infra.local import demo_texts
from infra.local.demo_letter import SEOUL
from infra.local.demo_mime import date_text

SMALLEST = 1024
"""Bytes a mail has at least: its header and a line."""

_TEXT_POOL = 1024 * 1024
_BINARY_POOL = 8 * 1024 * 1024
_LINE = 78  # of base64, with its CRLF


def bulk_mail(count: int, total_bytes: int, seed: int = 1) -> Iterator[bytes]:
    """`count` different mails of exactly `total_bytes` together, the same for the same arguments.

    ValueError where they would be under `SMALLEST` bytes each. The sizes are drawn first and
    scaled, so a small total gives the same shape in small.
    """
    if total_bytes < count * SMALLEST:
        raise ValueError(f"{count} mails need at least {count * SMALLEST} bytes")
    rng = random.Random(seed)
    sizes = _sizes(rng, count, total_bytes)
    words = _text_pool(rng)
    binary = base64.encodebytes(rng.randbytes(_BINARY_POOL * 3 // 4)).replace(b"\n", b"\r\n")
    first = datetime(2019, 1, 1, 9, tzinfo=SEOUL)
    for number, size in enumerate(sizes):
        when = first + timedelta(minutes=7 * number % (7 * 365 * 24 * 60), seconds=number % 60)
        head = _head(number, seed, when, rng, attached=size > 40_000)
        yield _mail(head, size, words, binary, rng)


def _sizes(rng: random.Random, count: int, total: int) -> list[int]:
    weights = []
    for _ in range(count):
        draw = rng.random()
        if draw < 0.80:
            weights.append(rng.uniform(1_500, 12_000))
        elif draw < 0.99:
            weights.append(rng.uniform(50_000, 500_000))
        else:
            weights.append(rng.uniform(500_000, 8_000_000))
    spare = total - count * SMALLEST
    scale = spare / sum(weights) if weights else 0
    sizes = [SMALLEST + int(weight * scale) for weight in weights]
    if sizes:
        # What rounding left, less than a byte a mail.
        sizes[-1] += total - sum(sizes)
    return sizes


def _text_pool(rng: random.Random) -> bytes:
    """Office prose in UTF-8 lines, never the same order twice."""
    lines = [
        line
        for texts in (*demo_texts.THREADS, *demo_texts.ENGLISH_THREADS, *demo_texts.NOTICES)
        for text in texts[1:]
        for line in text.split("\n")
        if line
    ]
    pool = bytearray()
    while len(pool) < _TEXT_POOL:
        number = rng.randrange(10**9)
        pool += f"{rng.choice(lines)} {rng.choice(lines)} ({number:x})\r\n".encode()
    return bytes(pool)


def _head(number: int, seed: int, when: datetime, rng: random.Random, *, attached: bool) -> bytes:
    date = date_text(when)
    sender = f"user{rng.randrange(400)}@bulk.example"
    head = (
        f"Received: from mx.bulk.example (mx.bulk.example [203.0.113.9])\r\n"
        f"\tby mail.acme.example (Pyeonji) with ESMTPS id {number:08X}; "
    ).encode("ascii") + date
    subject = base64.b64encode(f"정기 보고 {number:,}번".encode())
    head += b"\r\nFrom: <%b>\r\nTo: <kim@acme.example>\r\n" % sender.encode("ascii")
    head += b"Subject: =?UTF-8?B?%b?=\r\nDate: %b\r\n" % (subject, date)
    head += b"Message-ID: <%d.%d@bulk.example>\r\nMIME-Version: 1.0\r\n" % (seed, number)
    if not attached:
        return head + (
            b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'
        )
    return head + (
        b'Content-Type: multipart/mixed; boundary="=_b"\r\n\r\n--=_b\r\n'
        b'Content-Type: text/plain; charset="utf-8"\r\n\r\n\xec\xb2\xa8\xeb\xb6\x80\r\n--=_b\r\n'
        b"Content-Type: application/octet-stream; name=data.bin\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
    )


def _mail(head: bytes, size: int, words: bytes, binary: bytes, rng: random.Random) -> bytes:
    """`head` and what fills it up to `size` bytes, cut from a pool at a random line."""
    attached = head.endswith(b"base64\r\n\r\n")
    tail = b"\r\n--=_b--\r\n" if attached else b"\r\n"
    pool, step = (binary, _LINE) if attached else (words, 1)
    room = size - len(head) - len(tail)
    start = rng.randrange(len(pool) // 2) // step * step
    if not attached:
        start = pool.index(b"\n", start) + 1
    body = pool[start : start + room]
    while len(body) < room:
        body += pool[: room - len(body)]
    return b"".join((head, body, tail))
