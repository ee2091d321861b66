"""python -m tests.world SEED | FIRST-LAST | minutes N. Exit 1 when a story fails."""

import random
import sys
import time
from collections.abc import Iterable, Iterator

from tests.world.service import small_scale
from tests.world.story import failure_of, shortest, tell


def main() -> int:
    """Stories by their seeds."""
    match sys.argv[1:]:
        case [seed] if seed.isdecimal():
            return _told(int(seed))
        case [span] if "-" in span:
            first, last = map(int, span.split("-"))
            return _many(range(first, last + 1))
        case ["minutes", minutes]:
            return _many(_seeds(time.monotonic() + 60 * float(minutes)))
    print(__doc__)
    return 2


def _told(seed: int) -> int:
    with small_scale():
        error = failure_of(seed)
        if error is None:
            print("\n".join(tell(seed).lines_told))
            return 0
        _print_failure(seed)
        return 1


def _many(seeds: Iterable[int]) -> int:
    failed: set[str] = set()
    started, told = time.monotonic(), 0
    with small_scale():
        for seed in seeds:
            told += 1
            error = failure_of(seed)
            if error is not None and str(error)[:30] not in failed:
                failed.add(str(error)[:30])
                _print_failure(seed)
    seconds = time.monotonic() - started
    print(f"{told} stories in {seconds:.1f} s, {len(failed)} kinds of failure")
    return 1 if failed else 0


def _seeds(ends: float) -> Iterator[int]:
    source = random.SystemRandom()
    while time.monotonic() < ends:
        yield source.randrange(1 << 40)


def _print_failure(seed: int) -> None:
    error, story = shortest(seed)
    print("\n".join(story))
    print(f"→ {type(error).__name__}: {error}\nto repeat: .venv/bin/python -m tests.world {seed}\n")


if __name__ == "__main__":
    sys.exit(main())
