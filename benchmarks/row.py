"""One line of the table, and how the table is printed."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width


@dataclass(frozen=True, slots=True)
class Row:
    """A job done two ways. `ours` and `theirs` say the figures, `ratio` how many times better ours
    is (above 1) by the median of rounds run in turn; `goal` is what the issue asked for."""

    job: str
    ours: str
    theirs: str
    ratio: float
    goal: str = ""


def in_turn(rounds: int, *measures: Callable[[], float]) -> tuple[float, ...]:
    """Medians of measures taken A B A B …, so that a busy moment hits them all."""
    taken = [[measure() for measure in measures] for _ in range(rounds)]
    return tuple(statistics.median(column) for column in zip(*taken, strict=True))


def print_table(rows: Iterable[Row]) -> None:
    """Every row as it comes; a benchmark may take a minute."""
    heads = ("job", "ours", "instead", "times", "goal")
    widths = (46, 30, 40, 7, 10)
    _print(heads, widths)
    _print(["-" * width for width in widths], widths)
    for row in rows:
        _print((row.job, row.ours, row.theirs, f"{row.ratio:.2f}", row.goal), widths)


def _print(cells: Sequence[str], widths: Sequence[int]) -> None:
    padded = []
    for cell, width in zip(cells, widths, strict=True):
        taken = sum(2 if east_asian_width(character) in "WF" else 1 for character in cell)
        padded.append(cell + " " * (width - taken))
    print("  ".join(padded).rstrip(), flush=True)
