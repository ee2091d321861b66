"""The fuzzers' targets on their seeds and on seeds changed at random, the same every time.

libFuzzer, which learns as it goes, is `make fuzz`; this keeps the targets working and finds again
what lies near.
"""

import random

import pytest

from tests.fuzz.__main__ import NAMES
from tests.fuzz.targets import TARGETS

_CHANGED = 2_000
_BYTES = (b"", b"\x00", b"\xff", b"\r\n", b"\n\n", b"From ", b"PK\x05\x06", b"{9}\r\n", b'"', b"\\")


def changed(data: bytes, chance: random.Random) -> bytes:
    """One to six cuts, copies and other bytes."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randint(0, len(made)), chance.randint(0, 12)
        if chance.random() < 0.5:
            made[at : at + length] = chance.choice(_BYTES)
        elif chance.random() < 0.5:
            made[at : at + length] = chance.randbytes(length)
        else:
            source = chance.randint(0, len(made))
            made[at:at] = made[source : source + 10 * length]
    return bytes(made)


def test_each_is_known_to_the_command() -> None:
    assert set(NAMES) == set(TARGETS)


@pytest.mark.parametrize("name", NAMES)
def test_seeds_and_what_is_near_them(name: str) -> None:
    target, chance = TARGETS[name], random.Random(name)
    for seed in target.seeds:
        target.run(seed)
        for _ in range(_CHANGED):
            target.run(changed(seed, chance))
