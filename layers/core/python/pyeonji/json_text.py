"""Compact JSON in UTF-8, for what is written a hundred thousand times.

A hostile name can hold a lone surrogate, which no UTF-8 has and orjson refuses.
"""

import json
from typing import Any

import orjson


def encode(value: object) -> bytes:
    """One line without its line feed; a lone surrogate becomes a `?`."""
    try:
        return orjson.dumps(value)
    except TypeError:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


def encode_exactly(value: object) -> bytes:
    """The same; a lone surrogate comes back as it was."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode("ascii")


def decode(text: bytes | str) -> Any:
    """The inverse. Raises ValueError for what is no JSON."""
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)
