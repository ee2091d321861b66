"""Follows the process above (make) when it is told to stop and does not pass it on."""

import os
import re
import signal
import sys
from pathlib import Path


def _catches(pid: int, number: int) -> bool | None:
    """Whether a process has a handler for a signal (Linux: SigCgt of proc(5)); None if unknown."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    found = re.search(r"^SigCgt:\s*([0-9a-f]+)", status, re.MULTILINE)
    return bool(int(found[1], 16) >> (number - 1) & 1) if found else None


class Parent:
    """GNU make, sent SIGINT alone (not from a terminal, which tells the whole group), takes its
    handler off and waits for its child, which was told nothing. `gave_up` sees that."""

    def __init__(self) -> None:
        self._pid = os.getppid()
        self._caught = sys.platform == "linux" and _catches(self._pid, signal.SIGINT) is True

    def gave_up(self) -> bool:
        """True once the parent has taken off the handler it had."""
        return self._caught and _catches(self._pid, signal.SIGINT) is False
