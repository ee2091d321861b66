"""ULIDs: ids that sort by the instant they were made (https://github.com/ulid/spec)."""

import secrets
from datetime import UTC, datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26


def new_id(now: datetime) -> str:
    """26 characters: 48 bits of milliseconds, 80 random bits, Crockford base32."""
    return id_at(now, secrets.randbits(80))


def id_at(instant: datetime, chance: int) -> str:
    """The id of an instant, to the millisecond, with these 80 bits instead of random ones."""
    number = int(instant.timestamp() * 1000) << 80 | chance
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def is_id(text: str) -> bool:
    """True when `text` has the form of an id; says nothing of whether it exists."""
    return len(text) == _LENGTH and text[0] in "01234567" and not set(text) - set(_ALPHABET)


def instant_of(ulid: str) -> datetime:
    """The instant an id was made, to the millisecond."""
    number = 0
    for character in ulid[:10]:
        number = number << 5 | _ALPHABET.index(character)
    return datetime.fromtimestamp(number / 1000, UTC)
