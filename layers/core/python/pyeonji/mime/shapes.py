"""What a file is that should have been one mail and is not quite."""

import codecs

from pyeonji.mime.separators import BOM, LOOKAHEAD, find_candidate, first_line, is_separator

_UTF16 = (("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE))
_PROBE = 64  # bytes: enough to see every second one be nothing, in a header of ASCII

_FROM_LINE = (b"From ", b"\r", b"\n", BOM)


def is_utf16(message: bytes) -> bool:
    """Whether a mail was saved as UTF-16 (Notepad's "Unicode"), with a byte order mark or without.

    Without one, every second byte of its beginning is zero and the others are ASCII text.
    """
    head = message[:_PROBE]
    for codec, mark in _UTF16:
        if head.startswith(mark):
            return True
        # An odd byte at the end is half of a character.
        zeros, letters = (
            (head[1::2], head[::2]) if codec == "utf-16-le" else (head[::2], head[1::2])
        )
        if len(zeros) >= 4 and not any(zeros) and letters.isascii() and all(letters):
            return True
    return False


def holds_another(message: bytes) -> bool:
    """Whether an mbox of several mails was given the name of one.

    Only a file that begins with a From_ line, as every mbox does, is searched: looking through
    every mail would cost as much as its checksum.
    """
    if not message.startswith(_FROM_LINE):
        return False
    body = first_line(message[:LOOKAHEAD])[1]
    if not body:
        return False
    found, behind = find_candidate(message, body)
    while found >= 0:
        if is_separator(message, found):
            return True
        found, behind = find_candidate(message, behind)
    return False
