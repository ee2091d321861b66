"""Names people give to files, folders and flags."""

import re

# Control characters, line separators, the bidi controls that turn around what follows them (a
# name "gpj.zip" that reads "piz.jpg"), and lone surrogates, which no table and no mail takes.
_HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def without_harm(text: str) -> str:
    """`text` as a label: what `is_label` refuses left out."""
    return _HARMFUL.sub("", text)


def is_label(text: str) -> bool:
    """Whether `text` can stand in a list, a header and a mail as it is.

    Not `str.isprintable`: that refuses the no-break and the ideographic space, the joiner family
    emoji are made of, and every character younger than the interpreter.
    """
    return _HARMFUL.search(text) is None
