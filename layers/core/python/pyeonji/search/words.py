"""The words of a text, made the same for a mail and for a query.

A text is normalised (NFC), lower-cased and cut into *runs*: letters and digits of one kind, either
of East Asian scripts (Hangul, Han, Kana) or of any other. Another run is one word. An East Asian
run, which is written without spaces or with particles at its end, becomes its overlapping pairs
of syllables, because Korean words of two syllables are what people look for; its last syllable is
a word too, so that a single syllable is found as the beginning of some word, wherever it stands.

What stands between runs (punctuation, spaces, marks) is no part of any word.
"""

import re
import unicodedata
from collections.abc import Iterator
from operator import add

WORDS_VERSION = 1
"""Of the words; a search file says which it was made with."""

WORD_LENGTH = 32
"""Characters of a word that count: what is longer is no word a person types."""

# Jamo, Kana without its marks and dots, Han with its signs of repetition, Hangul. Half-width
# forms stay what they are: NFC does not change them.
EAST_ASIAN = (
    "\u1100-\u11ff\u3005\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3131-\u318e"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7fb\uf900-\ufad9"
    "\uff66-\uff6f\uff71-\uff9d\uffa1-\uffdc\U00020000-\U0003ffff"
)
"""The characters of East Asian runs, as a class of a regular expression."""

_OTHER = rf"[^\W_{EAST_ASIAN}]"
_EAST_RUNS = re.compile(f"[{EAST_ASIAN}]+")
_OTHER_RUNS = re.compile(f"{_OTHER}+")
_RUNS = re.compile(f"[{EAST_ASIAN}]+|{_OTHER}+")
_GAPS = re.compile(r"[\W_]+")
#: Words do not begin or end inside another script's run, East Asian ones anywhere.
_NOT_BEHIND = f"(?<!{_OTHER})"
_NOT_BEFORE = f"(?!{_OTHER})"


def fold(text: str) -> str:
    """`text` as words are compared: NFC, lower case."""
    if text.isascii():
        return text.lower()
    # The lower case of "İ" is an i with a dot above it, which would part the word.
    lower = unicodedata.normalize("NFC", text).lower().replace("i\u0307", "i")
    return unicodedata.normalize("NFC", lower)


def words_of(text: str) -> set[str]:
    """Every word of a text, each once."""
    folded = fold(text)
    words = {run[:WORD_LENGTH] for run in _OTHER_RUNS.findall(folded)}
    for run in set(_EAST_RUNS.findall(folded)):
        words.update(map(add, run, run[1:]))
        words.add(run[-1])
    return words


def canonical(text: str) -> str:
    """A text as phrases are looked for in it: folded, one space for whatever parts its runs."""
    return _GAPS.sub(" ", fold(text)).strip()


def is_east_asian(run: str) -> bool:
    """Whether a run (not empty) is of East Asian scripts."""
    return _EAST_RUNS.match(run) is not None


def runs_of(canonical_text: str) -> Iterator[str]:
    """The runs of a canonical text, in order."""
    return (match[0] for match in _RUNS.finditer(canonical_text))


def phrase_pattern(canonical_text: str) -> re.Pattern[str]:
    """What finds `canonical_text` (not empty) in canonical texts.

    East Asian characters may be part of a longer run; a word of another script is whole.
    """
    before = "" if is_east_asian(canonical_text) else _NOT_BEHIND
    behind = "" if is_east_asian(canonical_text[-1]) else _NOT_BEFORE
    return re.compile(before + re.escape(canonical_text) + behind)
