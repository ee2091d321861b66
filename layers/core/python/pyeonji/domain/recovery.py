"""Recovery codes: what somebody signs in with once who has lost their authenticator app.

A code is 12 letters and digits, 60 bits by chance, shown once as `ABCD-EFGH-JKMN`. What is kept is
its scrypt hash with a salt of the set, so that the table alone opens nothing: some 40 ms and 16 MiB
a guess, 2^60 guesses.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass

#: How many somebody gets at a time; an older set is worthless from then on.
CODES = 10
#: Crockford's base 32: no I, L, O and U, so that a code can be read from paper.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 12
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0"})
#: RFC 7914 and OWASP's password storage cheat sheet: N = 2^14, with r = 8 the least for logins.
_COST = 1 << 14
_SEPARATORS = re.compile(r"[\s\-‐-―]+")


@dataclass(frozen=True, slots=True)
class RecoverySet:
    """What is kept: a salt (hex) and the hashes (hex) of the codes that were not used yet."""

    salt: str
    hashes: frozenset[str]


def new_codes() -> tuple[list[str], RecoverySet]:
    """Codes to be shown once, and what is kept of them."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(CODES)]
    salt = secrets.token_hex(16)
    kept = RecoverySet(salt, frozenset(hash_of(code, salt) for code in codes))
    return ["-".join((code[:4], code[4:8], code[8:])) for code in codes], kept


def plain(text: str) -> str | None:
    """A code as it was typed (any case, spaces, hyphens, O for 0), or None for what is none."""
    code = _SEPARATORS.sub("", text).upper().translate(_LOOKALIKES)
    return code if len(code) == _LENGTH and set(code) <= set(_ALPHABET) else None


def hash_of(code: str, salt: str) -> str:
    """The hash (hex) that is kept of a plain code."""
    derived = hashlib.scrypt(code.encode(), salt=bytes.fromhex(salt), n=_COST, r=8, p=1, dklen=32)
    return derived.hex()
