"""What mail programs write into a mail's header about it: read, starred, answered, deleted."""

import re

_STATUS = re.compile(rb"\n(x-)?status:[ \t]*([A-Za-z]{0,16})[ \t]*\r?(?=\n|\Z)", re.IGNORECASE)
_MOZILLA = re.compile(rb"\nx-mozilla-status:[ \t]*([0-9a-f]{4})", re.IGNORECASE)
_STATUS_FLAGS = {
    ord("R"): "\\Seen",
    ord("A"): "\\Answered",
    ord("F"): "\\Flagged",
    ord("T"): "\\Draft",
    ord("D"): "\\Deleted",
}
# https://udn.realityripple.com/docs/Archive/Mozilla/X-Mozilla-Status
_MOZILLA_FLAGS = {0x0001: "\\Seen", 0x0002: "\\Answered", 0x0004: "\\Flagged"}
_MOZILLA_EXPUNGED = 0x0008


def marks_of(block: bytes) -> tuple[tuple[str, ...], bool]:
    """(IMAP flags, whether the program had deleted it) from `Status`, `X-Status` and
    `X-Mozilla-Status`. `block` is a header as `mime.headers.header_block` gives it."""
    mozilla = _MOZILLA.search(block)
    bits = int(mozilla[1], 16) if mozilla else 0
    found = {flag for bit, flag in _MOZILLA_FLAGS.items() if bits & bit}
    for match in _STATUS.finditer(block):
        found.update(_STATUS_FLAGS[letter] for letter in match[2] if letter in _STATUS_FLAGS)
    return tuple(sorted(found)), bool(bits & _MOZILLA_EXPUNGED)
