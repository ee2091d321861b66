"""A progress bar on a terminal; nothing where nobody watches."""

import sys
import time


class Bar:
    """`with Bar("label", total) as bar: bar.add(n)`; drawn on stderr at most ten times a second."""

    _WIDTH = 30

    def __init__(self, label: str, total: int) -> None:
        self._label, self._total = label, max(total, 1)
        self._done, self._drawn = 0, 0.0
        self._shown = sys.stderr.isatty()

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()

    def add(self, amount: int) -> None:
        """So much more is done."""
        self._done += amount
        now = time.monotonic()
        if not self._shown or now - self._drawn < 0.1:
            return
        self._drawn = now
        share = min(self._done / self._total, 1.0)
        bar = "█" * round(share * self._WIDTH)
        sys.stderr.write(f"\r{self._label} {bar:░<{self._WIDTH}} {share:4.0%}")
        sys.stderr.flush()
