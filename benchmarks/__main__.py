"""`make bench`: every benchmark, one table. Names as arguments choose some of them."""

import importlib
import sys
from collections.abc import Iterator

from benchmarks.row import Row, print_table

#: In the order of a mail's life; each module has `rows()`.
BENCHMARKS = ("bench_zip_check", "bench_import", "bench_export", "bench_client")
#: Run only when they are asked for by name.
LONG = ("bench_large_upload",)


def main(chosen: list[str]) -> int:
    """0 when every benchmark ran."""
    unknown = [name for name in chosen if f"bench_{name}" not in BENCHMARKS + LONG]
    if unknown:
        known = ", ".join(name.removeprefix("bench_") for name in BENCHMARKS + LONG)
        print(f"bench: no benchmark {', '.join(unknown)}; there are: {known}", file=sys.stderr)
        return 2
    wanted = [f"bench_{name}" for name in chosen] or BENCHMARKS

    def rows() -> Iterator[Row]:
        for name in wanted:
            yield from importlib.import_module(f"benchmarks.{name}").rows()

    print_table(rows())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
