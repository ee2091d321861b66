"""Python's garbage collector, told to look less often in a function that moves mail."""

import gc


def collect_rarely() -> None:
    """Leave what is imported out of garbage collection, and look at the rest a hundredth as often.

    A chunk keeps some ten objects a mail until its end and leaves no cycles to speak of, yet the
    collector went through all of them again and again: 7 % of an import's time.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
