"""Names people give to files, folders and flags."""

import re
import unicodedata

# Control characters, line separators, the bidi controls that turn around what follows them (a
# name "gpj.zip" that reads "piz.jpg"), and lone surrogates, which no table and no mail takes.
_HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


# What draws nothing at all: Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt),
# with the blanks that are no white space to Python (Hangul fillers, the Braille blank). A name of
# nothing else looks empty, and two names that differ by them look alike.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
# The two of them that letters and pictures are written with: joiners (Persian, Indic, emoji) and
# the selectors of a picture's look.
_JOINING = re.compile("[\u200c\u200d\ufe00-\ufe0f]")


def is_seen(text: str) -> bool:
    """Whether anything of `text` is drawn: white space and what draws nothing is not."""
    return bool(_UNSEEN.sub("", text).strip())


def is_plain(text: str) -> bool:
    """Whether every character of `text` is drawn, or belongs to one that is."""
    return _UNSEEN.search(_JOINING.sub("", text)) is None


def plain(text: str) -> str:
    """`text` without what draws nothing, but for what joins characters that are drawn."""
    return "".join(
        character for character in text
        if _JOINING.match(character) or not _UNSEEN.match(character)
    )  # fmt: skip


def looks(text: str) -> str:
    """What of `text` is drawn: two texts that come to the same look the same."""
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text)).strip()


def without_harm(text: str) -> str:
    """`text` as a label: what `is_label` refuses left out."""
    return _HARMFUL.sub("", text)


def is_label(text: str) -> bool:
    """Whether `text` can stand in a list, a header and a mail as it is.

    Not `str.isprintable`: that refuses the no-break and the ideographic space, the joiner family
    emoji are made of, and every character younger than the interpreter.
    """
    return _HARMFUL.search(text) is None
