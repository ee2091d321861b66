"""A second look at what is packed, by another rule than the one that took it apart.

Mails come out of an mbox by its separators; here a bare or dated From_ line with a whole header
behind it, inside one mail, is taken for a sign that there are two. It says so and changes nothing:
a mail may quote another one.
"""

import re

_SIGN = b"\nFrom "
_SIGN_OLD = b"\rFrom "
#: A line of its own, "From " with nothing, or with a sender or a time, then three fields of mail.
_END = rb"(?:\r\n|\n|\r)"
_FIELD = rb"[!-9;-~]{1,64}:[^\r\n]{0,2048}" + _END
_FOLDED = rb"(?:[ \t][^\r\n]{0,2048}" + _END + rb"){0,64}"
_SECOND = re.compile(
    _END
    + rb"(?:From[ \t]*|From \S+(?: [^\r\n]{0,64}\d\d:\d\d[^\r\n]{0,32})?)"
    + _END
    + rb"(?:" + _FIELD + _FOLDED + rb"){3}"
)  # fmt: skip
_KNOWN = re.compile(rb"[\r\n](?:from|date|subject|message-id|received)[ \t]*:", re.IGNORECASE)


def holds_more(data: bytes) -> bool:
    """Whether one mail looks like two behind each other."""
    if _SIGN not in data and _SIGN_OLD not in data:
        return False
    return any(_KNOWN.search(found[0]) for found in _SECOND.finditer(data))
