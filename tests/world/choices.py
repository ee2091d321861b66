"""Where chance comes from: every decision of a story is one number, drawn and written down.

Replayed, the numbers tell the same story. 0 always means the simplest (no accident, the first of
what could go on, nobody asks for anything), and so does every number behind the end of the list:
so a story is made shorter by making its list shorter and its numbers smaller.
"""

import random
from collections.abc import Callable, Iterator, Sequence


class Choices:
    """Numbers by a seed, or the ones given and then zeros; `taken` is what came out."""

    def __init__(self, seed: int | None = None, given: Sequence[int] = ()) -> None:
        self._random = None if seed is None else random.Random(seed)
        self.given = given
        self.taken: list[int] = []

    def below(self, limit: int) -> int:
        """A number from 0 on, below `limit`."""
        if self._random is not None:
            number = int(self._random.random() * limit)
        else:
            place = len(self.taken)
            number = min(self.given[place], limit - 1) if place < len(self.given) else 0
        self.taken.append(number)
        return number

    def soon(self, mean: int) -> int:
        """How many calls pass before something happens, about `mean`; 0: nothing ever does."""
        if self._random is None:
            return self.below(1 << 30)
        number = 1 + int(self._random.expovariate(1 / mean))
        self.taken.append(number)
        return number


def shrunk(taken: Sequence[int], fails: Callable[[Sequence[int]], bool], tries: int) -> list[int]:
    """A shorter list of smaller numbers that still `fails`, after at most `tries` stories."""
    best = list(taken)
    left = tries
    better = True
    while better and left > 0:
        better = False
        for attempt in _simpler(best):
            left -= 1
            if left <= 0:
                break
            if fails(attempt):
                best = attempt
                while best and best[-1] == 0:
                    best.pop()
                better = True
                break
    return best


def _simpler(numbers: list[int]) -> Iterator[list[int]]:
    """Simpler lists, the boldest first: stretches left out, set to zero, single numbers halved."""
    size = len(numbers)
    while size >= 1:
        for start in range(0, len(numbers), size):
            yield numbers[:start] + numbers[start + size :]
        for start in range(0, len(numbers), size):
            if any(numbers[start : start + size]):
                stretch = [0] * len(numbers[start : start + size])
                yield numbers[:start] + stretch + numbers[start + size :]
        size //= 2
    for place, number in enumerate(numbers):
        for smaller in {number // 2, number - 1} if number else ():
            yield [*numbers[:place], smaller, *numbers[place + 1 :]]
