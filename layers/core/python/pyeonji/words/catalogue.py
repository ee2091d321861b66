"""Looking up a sentence by its code, and saying the facts in it.

A sentence is a `str.format` template. What a field shows follows from the fact:

    {path}                     text, in one line
    {limit_bytes}              a whole number whose name ends in `bytes`: a size, `2 GB`
    {limit}                    any other whole number, `1,024`
    {limit:backup|backups}     the number and the English noun that fits it, `1 backup`
    {limit:=is|are}            the word that fits the number, without it
    {until}                    a datetime or date, in the zone it carries
    {host:을/를}               text, and the Korean particle that fits its last sound
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from string import Formatter
from typing import NamedTuple

from pyeonji.words.fields import FIELD_PROBLEMS, STATES
from pyeonji.words.values import day_text, one_line, plural, size_text, time_text, with_particle


class Pair(NamedTuple):
    """The same in both languages; fields of the same names in both."""

    ko: str
    en: str


class Words(NamedTuple):
    """What one code is called and says: what happened, what to do next.

    `ko` and `en` need no facts; of `exact` the first whose facts are all known is said instead.
    """

    title_ko: str
    title_en: str
    ko: str
    en: str
    exact: tuple[Pair, ...] = ()


class Catalogue:
    """Sentences by code. It never raises and never says nothing: a code that is not in it gives
    the sentence of `unknown`, or the code itself where there is none."""

    def __init__(
        self,
        *tables: Mapping[str, Words] | Mapping[str, tuple[str, str]],
        unknown: str | None = None,
    ) -> None:
        """The first table that has a code decides. `unknown` is one of the codes."""
        self._words: dict[str, Words] = {}
        for table in reversed(tables):
            self._words |= {code: _as_words(words) for code, words in table.items()}
        self._unknown = self._words[unknown] if unknown is not None else None

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __contains__(self, code: object) -> bool:
        return code in self._words

    def say(self, code: str, language: str, /, **facts: object) -> str:
        """The sentence of `code`, in Korean for `ko` and in English for any other language.

        A fact that is None counts as not given. Of two sentences the fuller one is said whose
        facts are all there; where there is only one, a missing fact is shown by its name.
        """
        words = self._words.get(code, self._unknown)
        if words is None:
            return code
        spoken = {
            name: _spoken(name, fact, language) for name, fact in facts.items() if fact is not None
        }
        for pair in words.exact:
            template = pick(pair, language)
            if spoken.keys() >= fields_of(template):
                return template.format_map(spoken)
        general = pick((words.ko, words.en), language)
        return general or pick(words.exact[0], language).format_map(_Missing(spoken))

    def title(self, code: str, language: str, /) -> str:
        """What `code` is called in a few words, without a full stop; "" where it has no title."""
        words = self._words.get(code, self._unknown)
        if words is None:
            return code
        return pick((words.title_ko, words.title_en), language)

    def pairs(self, code: str) -> list[Pair]:
        """Every sentence and title of `code`: what a test of completeness looks at."""
        words = self._words[code]
        own = [Pair(words.title_ko, words.title_en), Pair(words.ko, words.en)]
        return [*filter(any, own), *words.exact]


def _as_words(words: Words | tuple[str, str]) -> Words:
    return words if isinstance(words, Words) else Words("", "", "", "", (Pair(*words),))


def pick(pair: tuple[str, str], language: str) -> str:
    """The Korean one for `ko`, the English one for any other language."""
    return pair[0 if language == "ko" else 1]


def fields_of(template: str) -> set[str]:
    """The names of the facts a sentence needs."""
    return {name for _, name, _, _ in Formatter().parse(template) if name}


class _Text(str):
    """Text in a sentence; a particle after the colon is put behind it."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return with_particle(self, spec) if "/" in spec else str(self)


class _Number(int):
    """A whole number in a sentence; two forms of a word after the colon are chosen between."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        one, bar, many = spec.removeprefix("=").partition("|")
        if not bar:
            text = f"{int(self):,}"
            return with_particle(text, spec) if "/" in spec else text
        if spec.startswith("="):
            return one if self == 1 else many
        return plural(self, one, many)


class _Missing(dict[str, object]):
    """A fact nobody gave is shown by its name: a sentence is never lost to a missing one."""

    def __missing__(self, name: str) -> _Text:
        return _Text(name)


def _spoken(name: str, fact: object, language: str) -> object:
    if isinstance(fact, datetime):
        return _Text(time_text(fact, language))
    if isinstance(fact, date):
        return _Text(day_text(fact, language))
    if isinstance(fact, int) and not isinstance(fact, bool):
        return _Text(size_text(fact, language)) if name.endswith("bytes") else _Number(fact)
    text = str(fact)
    if name == "problem":
        return _Text(pick(FIELD_PROBLEMS.get(text, FIELD_PROBLEMS["unknown_value"]), language))
    if name == "state" and text in STATES:
        return _Text(pick(STATES[text], language))
    return _Text(one_line(text))
