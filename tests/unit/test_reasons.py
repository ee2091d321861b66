"""The catalogue: complete in both languages, sensible without facts, and it never raises."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyeonji.domain import reasons
from pyeonji.domain.sentences_fields import FIELD_PROBLEMS, STATE_WORDS
from pyeonji.domain.states import BackupState, UploadState, VolumeState

#: The lists of the contract, word for word.
CONTRACT_ENTRIES = [
    "same_content",
    "folder",
    "system_file",
    "manifest",
    "not_eml",
    "zero_byte",
    "not_a_message",
    "encrypted",
    "unsupported_compression",
    "crc_mismatch",
    "damaged",
    "too_large",
    "too_much_data",
    "over_quota",
]
CONTRACT_UPLOADS = [
    "not_a_zip",
    "empty",
    "too_large",
    "size_mismatch",
    "split_archive",
    "ambiguous_archive",
    "too_many_entries",
    "timed_out",
]
CONTRACT_ERRORS = [
    "too_many_backups",
    "nothing_to_back_up",
    "mail_not_set_up",
    "domain_not_connected",
]
EVERY_CODE = sorted(
    reasons.API_ERRORS | reasons.ENTRY_REASONS | reasons.UPLOAD_FAILURES | reasons.BACKUP_FAILURES
)


def test_every_code_of_the_contract_is_there() -> None:
    assert set(CONTRACT_ENTRIES) == reasons.ENTRY_REASONS
    assert set(CONTRACT_UPLOADS) <= reasons.UPLOAD_FAILURES
    assert set(CONTRACT_ERRORS) <= reasons.API_ERRORS


@pytest.mark.parametrize("code", EVERY_CODE)
def test_a_sentence_stands_without_facts(code: str) -> None:
    korean, english = reasons.sentence(code, "ko"), reasons.sentence(code, "en")
    assert korean.endswith(".") and english.endswith(".")
    assert "{" not in korean + english
    assert any("가" <= character <= "힣" for character in korean)
    assert not any("가" <= character <= "힣" for character in english)
    assert reasons.title(code, "ko") != reasons.title(code, "en")


def test_facts_are_spoken_as_a_person_would() -> None:
    until = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)
    said = reasons.sentence("too_many_backups", "en", limit=5, next_free_at=until)
    assert "5 backups" in said and "2026-03-01 15:00" in said
    assert "2026년 03월 01일 15:00" in reasons.sentence(
        "too_many_backups", "ko", limit=5, next_free_at=until
    )
    assert "2 GB" in reasons.sentence("too_large", "en", limit_bytes=2 << 30)
    assert "1,000,000" in reasons.sentence("too_many_entries", "en", limit=1_000_000)
    assert "백업 중" in reasons.sentence("wrong_state", "ko", state=BackupState.EXPORTING)


def test_a_missing_or_empty_fact_gives_the_next_sentence() -> None:
    said = reasons.sentence("too_many_backups", "en", limit=5, next_free_at=None)
    assert "5 backups" in said and "None" not in said


def test_one_mail_and_one_zip_are_told_apart() -> None:
    assert "ZIP" in reasons.sentence("too_large", "en")
    assert "ZIP" not in reasons.entry_sentence("too_large", "en", limit_bytes=150 << 20)
    assert reasons.entry_title("too_large", "en") == "Mail too large"


@pytest.mark.parametrize("problem", sorted(FIELD_PROBLEMS))
def test_a_field_problem_names_the_field(problem: str) -> None:
    for language in reasons.LANGUAGES:
        said = reasons.sentence("invalid_request", language, field="period.to", problem=problem)
        assert "period.to" in said
        assert reasons.problem_sentence(problem, language) in said


def test_every_state_has_a_word() -> None:
    states = {*BackupState, *VolumeState, *UploadState}
    assert {state.value for state in states} == STATE_WORDS.keys()


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 bytes"), (1023, "1,023 bytes"), (1024, "1 KB"), (1536, "1.5 KB"),
     ((1 << 20) - 1, "1 MB"), (150 << 20, "150 MB"), (4 << 30, "4 GB"), (5 << 50, "5,120 TB")],
)  # fmt: skip
def test_sizes(size: int, said: str) -> None:
    assert reasons.size_words(size) == said


@given(
    code=st.sampled_from(EVERY_CODE) | st.text(),
    language=st.sampled_from(["ko", "en", "fr", ""]),
    facts=st.dictionaries(
        st.sampled_from(["field", "problem", "limit", "limit_bytes", "state", "path", "x"]),
        st.none() | st.integers() | st.text() | st.datetimes(),
    ),
)
def test_never_raises(code: str, language: str, facts: dict[str, object]) -> None:
    assert reasons.sentence(code, language, **facts)
    assert reasons.entry_sentence(code, language, **facts)
    assert reasons.title(code, language)
