"""The sentences: complete in both languages, every one used, sensible without facts."""

import ast
import re
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyeonji import words
from pyeonji.domain import reasons
from pyeonji.domain.states import BackupState, UploadState, VolumeState
from pyeonji.words import backups, entries, fields, homes, ledger, operator, requests, uploads
from pyeonji.words.catalogue import Catalogue, fields_of
from pyeonji.words.values import LONGEST_NAME, plural, with_particle

ROOT = Path(__file__).resolve().parents[2]
#: The lists of the contract, word for word.
CONTRACT_ENTRIES = {
    *("same_content", "folder", "system_file", "manifest", "not_eml", "zero_byte"),
    *("not_a_message", "encrypted", "unsupported_compression", "crc_mismatch", "damaged"),
    *("too_large", "too_much_data", "over_quota"),
}
CONTRACT_UPLOADS = {
    *("not_a_zip", "empty", "too_large", "size_mismatch", "split_archive"),
    *("ambiguous_archive", "too_many_entries", "timed_out"),
}
CONTRACT_ERRORS = {
    *("too_many_backups", "nothing_to_back_up", "mail_not_set_up", "domain_not_connected"),
}
EVERY_CODE = sorted(
    reasons.API_ERRORS
    | reasons.ENTRY_REASONS
    | reasons.ENTRY_NOTES
    | reasons.UPLOAD_FAILURES
    | reasons.BACKUP_FAILURES
    | reasons.HOME_FAILURES
)
SEOUL = ZoneInfo("Asia/Seoul")


def test_every_code_of_the_contract_is_there() -> None:
    assert CONTRACT_ENTRIES <= reasons.ENTRY_REASONS
    assert CONTRACT_UPLOADS <= reasons.UPLOAD_FAILURES
    assert CONTRACT_ERRORS <= reasons.API_ERRORS


def test_each_code_of_the_domain_has_its_words_and_no_words_are_without_a_code() -> None:
    assert entries.ENTRIES.keys() == reasons.ENTRY_REASONS | reasons.ENTRY_NOTES
    assert uploads.UPLOADS.keys() == reasons.UPLOAD_FAILURES - reasons.HOME_FAILURES
    assert backups.BACKUPS.keys() <= reasons.BACKUP_FAILURES
    assert homes.HOMES.keys() == reasons.HOME_FAILURES >= reasons.HOME_PASSING
    assert operator.OPERATOR.keys() == reasons.OPERATOR_ERRORS
    assert requests.REQUESTS.keys() <= reasons.API_ERRORS
    assert fields.FIELD_PROBLEMS.keys() == reasons.FIELD_PROBLEMS
    states = {*BackupState, *VolumeState, *UploadState}
    assert fields.STATES.keys() == {state.value for state in states}
    assert set(EVERY_CODE) == {*words.REQUESTS}


@cache
def literals() -> frozenset[str]:
    """Every text that stands in the source, but for the lists of codes and their words."""
    found: set[str] = set()
    for room in ("layers/core/python/pyeonji", "functions", "infra"):
        for file in (ROOT / room).rglob("*.py"):
            if file.parent.name == "words" or file.name == "reasons.py":
                continue
            found |= {
                node.value
                for node in ast.walk(ast.parse(file.read_text("utf-8")))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
    return frozenset(found)


def gateway_codes() -> set[str]:
    """What API Gateway says by itself, before a function runs."""
    return set(re.findall(r"problem:(\w+)", (ROOT / "template.yaml").read_text("utf-8")))


@pytest.mark.parametrize("code", sorted({*EVERY_CODE, *reasons.FIELD_PROBLEMS}))
def test_no_code_is_unused(code: str) -> None:
    named = code in literals() or code.removesuffix("_not_found") in literals()
    assert named or code in gateway_codes()


def test_no_sentence_stands_anywhere_else() -> None:
    """Korean outside `words` is what mail and people write (dates, search, names), never we."""
    rooms = ("adapters", "domain", "usecases", "zipio", "imap")
    files = [
        file
        for room in rooms
        for file in (ROOT / "layers/core/python/pyeonji" / room).rglob("*.py")
    ]
    files += (ROOT / "functions").rglob("*.py")
    for file in files:
        if (file.parent.name, file.name) == ("imap", "special.py"):
            continue  # what mail programs call their folders
        tree = ast.parse(file.read_text("utf-8"))
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        documentation = {
            node.body[0].value
            for node in ast.walk(tree)
            if isinstance(node, documented) and isinstance(node.body[0], ast.Expr)
        }
        korean = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            if node not in documentation and re.search("[가-힣]", node.value)
        ]
        assert not korean, file
    assert len(files) > 50


@pytest.mark.parametrize("code", EVERY_CODE)
def test_a_sentence_stands_without_facts(code: str) -> None:
    for catalogue in (words.REQUESTS, words.ENTRIES):
        korean, english = catalogue.say(code, "ko"), catalogue.say(code, "en")
        assert korean.endswith(".") and english.endswith(".")
        assert "{" not in korean + english
        assert catalogue.title(code, "ko") != catalogue.title(code, "en")
        assert not catalogue.title(code, "en").endswith(".")


@pytest.mark.parametrize(
    "catalogue", [words.REQUESTS, words.ENTRIES, words.PROBLEMS, Catalogue(operator.OPERATOR)]
)
def test_both_languages_say_the_same_facts(catalogue: Catalogue) -> None:
    for code in catalogue:
        for korean, english in catalogue.pairs(code):
            assert fields_of(korean) == fields_of(english), code
            assert any("가" <= character <= "힣" for character in korean), code
            assert not any("가" <= character <= "힣" for character in english), code


def test_facts_are_spoken_as_a_person_would() -> None:
    until = datetime(2026, 3, 1, 15, 0, tzinfo=SEOUL)
    said = words.say("too_many_backups", "en", limit=5, next_free_at=until)
    assert "5 backups" in said and "Sunday, 1 March 2026, 3:00 PM (KST)" in said
    assert "2026년 3월 1일(일) 오후 3시" in words.say(
        "too_many_backups", "ko", limit=5, next_free_at=until
    )
    assert "2 GB" in words.say("too_large", "en", limit_bytes=2 << 30)
    assert "2GB" in words.say("too_large", "ko", limit_bytes=2 << 30)
    assert "1,000,000" in words.say("too_many_entries", "en", limit=1_000_000)
    assert "백업 중" in words.say("wrong_state", "ko", state=BackupState.EXPORTING)


def test_one_is_singular() -> None:
    assert "1 backup at a time" in words.say("too_many_backups", "en", limit=1)
    assert "1 part " in words.say("parts_missing", "en", missing=1)
    verbs = Catalogue({"x": ("{n}", "{n:mail|mails} {n:=is|are} here")})
    assert verbs.say("x", "en", n=1) == "1 mail is here"
    assert verbs.say("x", "en", n=1234) == "1,234 mails are here"


def test_a_missing_or_empty_fact_gives_the_next_sentence() -> None:
    said = words.say("too_many_backups", "en", limit=5, next_free_at=None)
    assert "5 backups" in said and "None" not in said


def test_one_mail_and_one_zip_are_told_apart() -> None:
    assert "ZIP" in words.say("too_large", "en")
    assert "ZIP" not in words.ENTRIES.say("too_large", "en", limit_bytes=150 << 20)
    assert words.ENTRIES.title("too_large", "en") == "Mail too large"


@pytest.mark.parametrize("problem", sorted(reasons.FIELD_PROBLEMS))
def test_a_field_problem_names_the_field(problem: str) -> None:
    for language in ("ko", "en"):
        said = words.say("invalid_request", language, field="period.to", problem=problem)
        assert "period.to" in said
        assert words.PROBLEMS.say(problem, language) in said


def test_what_a_person_named_stays_in_its_line() -> None:
    said = words.say("mailbox_exists", "en", path="a\r\nb\u202ec{limit}")
    assert "a b c{limit}" in said


@pytest.mark.parametrize(
    ("size", "english", "korean"),
    [(0, "0 bytes", "0바이트"), (1, "1 byte", "1바이트"), (1023, "1,023 bytes", "1,023바이트"),
     (1024, "1 KB", "1KB"), (1536, "1.5 KB", "1.5KB"), ((1 << 20) - 1, "1 MB", "1MB"),
     (150 << 20, "150 MB", "150MB"), (1_288_490_189, "1.2 GB", "1.2GB"), (4 << 30, "4 GB", "4GB"),
     (5 << 50, "5,120 TB", "5,120TB")],
)  # fmt: skip
def test_sizes(size: int, english: str, korean: str) -> None:
    assert words.size_text(size, "en") == english
    assert words.size_text(size, "ko") == korean


def test_days_and_times() -> None:
    assert words.day_text(date(2026, 1, 2), "en") == "2 January 2026"
    assert words.day_text(date(2026, 1, 2), "ko") == "2026년 1월 2일"
    noon = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
    assert words.time_text(noon, "ko") == "2026년 1월 2일(금) 오후 12시 (UTC)"
    assert words.time_text(noon, "en") == "Friday, 2 January 2026, 12:00 PM (UTC)"
    early = datetime(2026, 1, 2, 0, 5, tzinfo=SEOUL)
    assert words.time_text(early, "ko") == "2026년 1월 2일(금) 오전 12시 5분"


def test_names() -> None:
    assert words.short_name("x" * LONGEST_NAME) == "x" * LONGEST_NAME
    assert words.short_name("x" * (LONGEST_NAME + 1)) == "x" * (LONGEST_NAME - 1) + "…"
    assert plural(1, "mail", "mails") == "1 mail"


@pytest.mark.parametrize(
    ("word", "particles", "said"),
    [("편지함", "을/를", "편지함을"), ("업로드", "을/를", "업로드를"),
     ("서울", "으로/로", "서울로"),
     ("부산", "으로/로", "부산으로"), ("광주", "으로/로", "광주로"), ("2025", "을/를", "2025를"),
     ("3", "은/는", "3은"), ("1", "으로/로", "1로"), ("‘보낸 편지함’", "이/가", "‘보낸 편지함’이"),
     ("mail.example", "을/를", "mail.example을(를)"), ("", "이/가", "이(가)")],
)  # fmt: skip
def test_particles_fit_the_last_sound(word: str, particles: str, said: str) -> None:
    assert with_particle(word, particles) == said
    assert Catalogue({"x": (f"{{w:{particles}}}", "{w}")}).say("x", "ko", w=word) == said


def test_a_sentence_is_never_lost_to_a_missing_fact() -> None:
    own = Catalogue({"hello": ("안녕, {name}", "Hello, {name}"), "bye": ("잘 가", "Bye")})
    assert own.say("hello", "en", name="Kim") == "Hello, Kim"
    assert own.say("hello", "ko") == "안녕, name"
    assert own.say("bye", "ko", name="Kim") == "잘 가"
    assert own.say("no such code", "en") == "no such code"


@pytest.mark.slow
@given(
    code=st.sampled_from(EVERY_CODE) | st.text(),
    language=st.sampled_from(["ko", "en", "fr", ""]),
    facts=st.dictionaries(
        st.sampled_from(["field", "problem", "limit", "limit_bytes", "state", "path", "x"]),
        st.none() | st.integers() | st.text() | st.datetimes() | st.dates() | st.booleans(),
    ),
)
def test_never_raises(code: str, language: str, facts: dict[str, object]) -> None:
    assert words.say(code, language, **facts)
    assert words.ENTRIES.say(code, language, **facts)
    assert words.title(code, language)


@pytest.mark.parametrize(("language", "column"), [("ko", 0), ("en", 1)])
def test_the_csv_and_the_page_use_the_same_words(language: str, column: int) -> None:
    page = (ROOT / f"web/js/strings.{language}.js").read_text("utf-8")
    for area, table in (("outcome", ledger.OUTCOMES), ("date_from", ledger.DATE_SOURCES)):
        for code, pair in table.items():
            assert f'"{area}.{code}": "{pair[column]}"' in page
