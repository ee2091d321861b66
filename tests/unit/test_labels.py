"""Names that look empty, or like another one's."""

import sys
import unicodedata
from datetime import UTC, datetime

import pytest

from pyeonji.domain.accounts import fitting_part, path_problem
from pyeonji.domain.errors import ConflictError
from pyeonji.domain.labels import is_label, is_plain, is_seen, looks, plain
from pyeonji.usecases.accounts.mailboxes import create_mailbox
from tests.support.company import KIM
from tests.support.fakes import World

#: DerivedCoreProperties.txt of Unicode 15.1, Default_Ignorable_Code_Point; and blanks that are no
#: white space to Python.
IGNORABLE = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF), (0x2800, 0x2800),
)  # fmt: skip


def every_unseen() -> list[str]:
    return [chr(code) for first, last in IGNORABLE for code in range(first, last + 1)]


def test_what_draws_nothing_is_no_name() -> None:
    for character in every_unseen():
        assert not is_seen(character), hex(ord(character))
        assert not is_seen(f" {character}\u3000")
        assert path_problem(character) in ("bad_path", "bad_character")
        assert path_problem(f"a/{character}") in ("bad_path", "bad_character")
        assert fitting_part(character) == "_"


def test_inside_a_name_it_is_refused_or_left_out_unless_it_joins() -> None:
    joining = {"\u200c", "\u200d", *map(chr, range(0xFE00, 0xFE10))}
    for character in every_unseen():
        name = f"보{character}관"
        assert (path_problem(name) is None) is (character in joining), hex(ord(character))
        assert is_plain(plain(name))
        assert looks(name) == "보관"
    for family in ("👨\u200d👩\u200d👧", "می\u200cخواهم", "❤\ufe0f"):
        assert path_problem(family) is None
        assert fitting_part(family) == unicodedata.normalize("NFC", family)


def test_every_format_character_is_one_of_them() -> None:
    """The whole kind, by this interpreter's Unicode: what is of category Cf draws nothing, but for
    the marks that stand before numbers (Arabic, Kaithi) and Egyptian's frames, which do."""
    drawn = {
        *range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD,
        *range(0xFFF9, 0xFFFC), *range(0x13430, 0x13440),
    }  # fmt: skip
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)) == "Cf" and code not in drawn:
            assert not is_seen(chr(code)), hex(code)


def test_overrides_of_direction_are_no_part_of_a_label() -> None:
    for character in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
        assert not is_label(f"gpj{character}.zip")


@pytest.mark.parametrize("again", ["보\u200d관", "보\ufe0f관", "보관\u200c"])
def test_a_mailbox_that_looks_like_another_is_that_one(again: str) -> None:
    world, now = World(), datetime(2026, 6, 1, tzinfo=UTC)
    create_mailbox(world, email=KIM, path="보관", now=now)
    with pytest.raises(ConflictError, match="mailbox_exists"):
        create_mailbox(world, email=KIM, path=again, now=now)
