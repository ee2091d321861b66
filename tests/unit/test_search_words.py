"""The words of a text, as the vectors that the viewer's JavaScript is held to say too."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyeonji.search.words import WORD_LENGTH, canonical, phrase_pattern, words_of

_VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "words.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", _VECTORS, ids=lambda vector: ascii(vector["text"]))
def test_vectors(vector: dict[str, Any]) -> None:
    assert sorted(words_of(vector["text"])) == vector["words"]
    assert canonical(vector["text"]) == vector["canonical"]


def test_two_syllables_are_found_inside_a_word() -> None:
    assert words_of("정기회의록을") == {"정기", "기회", "회의", "의록", "록을", "을"}


def test_decomposed_text_has_the_same_words() -> None:
    text = "회의록 공유드립니다 café"
    assert words_of(unicodedata.normalize("NFD", text)) == words_of(text)


def test_a_word_counts_up_to_its_limit() -> None:
    assert words_of("a" * WORD_LENGTH) == words_of("a" * (WORD_LENGTH + 1))
    assert words_of("a" * (WORD_LENGTH - 1)) != words_of("a" * WORD_LENGTH)


@pytest.mark.parametrize(
    ("wanted", "text", "found"),
    [
        ("회의록", "정기회의록을 공유", True),
        ("회의록", "회의 의록", False),
        ("meet", "a meeting", False),
        ("meeting", "a meeting.", True),
        ("erp", "우리ERP시스템", True),
        ("분기 보고", "3분기  보고서", True),
        ("분기 보고", "분기별 보고", False),
        ("q3 report", "(Q3) — report!", True),
    ],
)
def test_phrases(wanted: str, text: str, found: bool) -> None:
    assert bool(phrase_pattern(canonical(wanted)).search(canonical(text))) is found


@given(st.text(), st.text())
def test_words_of_a_part_that_gaps_surround_are_words_of_the_whole(first: str, second: str) -> None:
    assert words_of(first) | words_of(second) == words_of(f"{first}\n{second}")


@given(st.text())
def test_canonical_is_canonical(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)
