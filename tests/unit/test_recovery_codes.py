"""domain/recovery: what is shown, what is kept of it, and what people make of it when they type."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyeonji.domain.recovery import CODES, hash_of, new_codes, plain


@pytest.mark.slow  # scrypt is meant to take long
def test_what_is_shown_is_found_again_in_what_is_kept() -> None:
    codes, kept = new_codes()
    assert len(set(codes)) == len(kept.hashes) == CODES
    for code in codes:
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}", code)
        typed = plain(code)
        assert typed is not None
        assert hash_of(typed, kept.salt) in kept.hashes
        assert typed not in str(kept)
    others, again = new_codes()
    assert not set(codes) & set(others)
    assert kept.salt != again.salt
    assert hash_of(plain(codes[0]) or "", again.salt) not in kept.hashes


def test_a_hash_is_as_dear_as_it_has_to_be() -> None:
    salt = "00" * 16
    dear = hashlib.scrypt(b"ABCDEFGH1230", salt=bytes(16), n=16_384, r=8, p=1, dklen=32)
    assert hash_of("ABCDEFGH1230", salt) == dear.hex()


@pytest.mark.parametrize(
    "typed",
    ["ABCD-EFGH-1230", "abcd efgh 1230", " AbCdEfGh1230 ", "abcd–efgh‑I23O", "ABCDEFGHl23o"],
)
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert plain(typed) == "ABCDEFGH1230"


@pytest.mark.parametrize(
    "typed", ["", "123456", "ABCD-EFGH-123", "ABCD-EFGH-12300", "ABCD-EFGH-12U0"]
)
def test_what_is_no_code(typed: str) -> None:
    assert plain(typed) is None


@given(st.text())
def test_whatever_is_typed_is_a_code_or_none(typed: str) -> None:
    code = plain(typed)
    assert code is None or re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{12}", code)
    assert code is None or plain(code) == code
