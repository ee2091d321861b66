"""Compact JSON in UTF-8, for what is written a hundred thousand times.

A hostile name can hold a lone surrogate, which no UTF-8 has and msgspec refuses.
"""

import json
from typing import Any, TypeVar, overload

import msgspec

_T = TypeVar("_T")
_encode = msgspec.json.Encoder().encode


def encode(value: object) -> bytes:
    """One line without its line feed; a lone surrogate becomes a `?`."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


def encode_exactly(value: object) -> bytes:
    """The same; a lone surrogate comes back as it was."""
    try:
        return _encode(value)
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode("ascii")


@overload
def decode(text: bytes | str) -> Any: ...
@overload
def decode(text: bytes | str, kind: type[_T]) -> _T: ...
def decode(text: bytes | str, kind: Any = Any) -> Any:
    """The inverse, as a `kind` (a dataclass, a NamedTuple, a Struct); unknown fields are passed
    over, which is how a reader takes what a later writer added. Raises ValueError."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        # Only the standard library takes a lone surrogate.
        return msgspec.convert(json.loads(text), kind)
