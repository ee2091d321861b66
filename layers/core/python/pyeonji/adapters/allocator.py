"""Memory of a function that moves mail: the C library's allocator told to keep what it has, and
Python's collector told to look less often.

A function that moves mail allocates and frees blocks of some 50 MB over and over. glibc gives each
back to the kernel at once, and the next one is faulted in page by page: a quarter of the
processor time of an import (measured: 1.97 s of 320 MB without, 1.47 s with this).
"""

import ctypes
import gc

# malloc.h of glibc.
_M_TRIM_THRESHOLD = -1
_M_MMAP_MAX = -4


def keep_freed_memory() -> None:
    """Take large blocks from the heap and never shrink it. Does nothing without glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


def collect_rarely() -> None:
    """Leave what is imported out of garbage collection, and look at the rest a hundredth as often.

    A chunk keeps some ten objects a mail until its end and leaves no cycles to speak of, yet the
    collector went through all of them again and again: 7 % of an import's time.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
