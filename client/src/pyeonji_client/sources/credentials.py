"""Signing in with a password, or with tokens of which the next is had without asking anybody."""

from collections.abc import Callable
from typing import TypeVar

from ..errors import TokenError
from ..model import Secret

_T = TypeVar("_T")


def signed_in(connect: Callable[[str], _T], secret: str | Secret) -> _T:
    """What `connect` makes with the secret. A token that is refused is renewed once."""
    if isinstance(secret, str):
        return connect(secret)
    word = secret()
    try:
        return connect(word)
    except TokenError:
        return connect(secret(spent=word))
