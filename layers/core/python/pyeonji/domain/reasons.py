"""The catalogue: every code a caller can meet, in Korean and English.

A sentence says what happened and what to do next. `sentence` never raises: a code nobody knows
gives a general sentence, a fact that is missing a sentence without it.
"""

from datetime import datetime
from string import Formatter

from pyeonji.domain.sentences import API_WORDS, Words
from pyeonji.domain.sentences_entries import ENTRY_WORDS
from pyeonji.domain.sentences_fields import FIELD_PROBLEMS, STATE_WORDS
from pyeonji.domain.sentences_mail import BACKUP_WORDS, UPLOAD_WORDS

LANGUAGES = ("ko", "en")

#: Why an entry of an upload (or a seeded message) was not imported.
ENTRY_REASONS = frozenset(ENTRY_WORDS)
#: Why a whole upload failed.
UPLOAD_FAILURES = frozenset(UPLOAD_WORDS)
#: Why a backup failed.
BACKUP_FAILURES = frozenset(BACKUP_WORDS) | {"mailbox_gone", "nothing_to_back_up"}
#: What the API refuses a request with: its own, and those of an upload it can tell beforehand.
API_ERRORS = frozenset(API_WORDS) | {"empty", "size_mismatch", "too_large"}

#: The same code can mean a ZIP and one mail in it (`too_large`): whoever speaks of an entry uses
#: `entry_sentence`, everybody else means the request, the upload or the backup.
_REQUESTS = ENTRY_WORDS | BACKUP_WORDS | UPLOAD_WORDS | API_WORDS
_ENTRIES = _REQUESTS | ENTRY_WORDS
_UNKNOWN = API_WORDS["internal_error"]


def title(code: str, language: str) -> str:
    """What `code` is called in a few words, without a full stop."""
    words = _REQUESTS.get(code, _UNKNOWN)
    return words.title_ko if language == "ko" else words.title_en


def entry_title(code: str, language: str) -> str:
    """`title` of a reason of ENTRY_REASONS: a label for a row or a filter."""
    words = _ENTRIES.get(code, _UNKNOWN)
    return words.title_ko if language == "ko" else words.title_en


def sentence(code: str, language: str, /, **facts: object) -> str:
    """What happened and what to do, for a request, an upload or a backup.

    `language` other than `ko` is English. Facts are spoken as a person would: datetimes in the
    zone they carry, `*_bytes` in KB to GB, whole numbers with separators, states by name.
    """
    return _say(_REQUESTS.get(code, _UNKNOWN), language, facts)


def entry_sentence(code: str, language: str, /, **facts: object) -> str:
    """`sentence` for a reason of ENTRY_REASONS."""
    return _say(_ENTRIES.get(code, _UNKNOWN), language, facts)


def problem_sentence(problem: str, language: str) -> str:
    """What is wrong with a field; InvalidRequestError.problem."""
    korean, english = FIELD_PROBLEMS.get(problem, FIELD_PROBLEMS["unknown_value"])
    return korean if language == "ko" else english


def _say(words: Words, language: str, facts: dict[str, object]) -> str:
    korean = language == "ko"
    spoken = {name: _spoken(name, fact, korean) for name, fact in facts.items() if fact is not None}
    if isinstance(problem := facts.get("problem"), str):
        spoken["problem_sentence"] = problem_sentence(problem, language)
    for exact in words.exact:
        template = exact.ko if korean else exact.en
        if spoken.keys() >= _fields(template):
            return template.format(**spoken)
    return words.ko if korean else words.en


def _fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def _spoken(name: str, fact: object, korean: bool) -> str:
    if isinstance(fact, datetime):
        return fact.strftime("%Y년 %m월 %d일 %H:%M" if korean else "%Y-%m-%d %H:%M")
    if isinstance(fact, int) and name.endswith("bytes"):
        return size_words(fact)
    if isinstance(fact, int):
        return f"{fact:,}"
    if name == "state" and str(fact) in STATE_WORDS:
        return STATE_WORDS[str(fact)][0 if korean else 1]
    return str(fact)


def size_words(size: int) -> str:
    """`2 GB`, `1.5 MB`, `300 bytes`: units of 1024, as file managers show them."""
    if size < 1024:
        return f"{size:,} bytes"
    value = float(size)
    for unit in ("KB", "MB", "GB"):
        value /= 1024
        # 1023.95 would be shown as 1024.0 of the smaller unit.
        if value < 1023.95:
            return f"{value:,.1f}".removesuffix(".0") + f" {unit}"
    return f"{value / 1024:,.1f}".removesuffix(".0") + " TB"
