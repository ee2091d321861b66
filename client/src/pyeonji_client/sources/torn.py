"""Whether the last mail of a file ends as a mail does, or where a copy was stopped."""

import re

from pyeonji.mime.headers import header_block

_MULTIPART = re.compile(
    rb"\ncontent-type:[ \t]*(?:\n[ \t]+)?multipart/([^\n]{0,2048}(?:\n[ \t][^\n]{0,2048}){0,32})",
    re.IGNORECASE,
)
_BOUNDARY = re.compile(
    rb"boundary[ \t]*=[ \t]*(?:\"([^\"\r\n]{1,200})\"|([^\s;\"]{1,200}))", re.IGNORECASE
)


def is_torn(data: bytes) -> bool:
    """True where the last line has no end, or parts are not closed (RFC 2046, 5.1.1)."""
    if data[-1:] not in (b"\n", b"\r"):
        return True
    parts = _MULTIPART.search(header_block(data))
    boundary = _BOUNDARY.search(parts[1]) if parts else None
    if boundary is None:
        return False
    return b"--" + (boundary[1] or boundary[2]) + b"--" not in data
