"""`make bench`: every benchmark, one table. Names as arguments choose some of them."""

import importlib
import os
import sys
from collections.abc import Iterator

from samtranslator.yaml_helper import yaml_parse

from benchmarks.row import Row, print_table
from infra.local.places import ROOT

#: In the order of a mail's life; each module has `rows()`.
BENCHMARKS = (
    "bench_zip_check",
    "bench_segments",
    "bench_import",
    "bench_export",
    "bench_search",
    "bench_client",
    "bench_sync",
)
#: Run only when they are asked for by name.
LONG = ("bench_growth", "bench_connected", "bench_large_upload")


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


def _as_the_functions() -> None:
    """Start again with the C library's settings of the import function, which reads them once."""
    name = "GLIBC_TUNABLES"
    if name not in os.environ:
        template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
        function = template["Resources"]["UploadImportFunction"]["Properties"]
        os.environ[name] = function["Environment"]["Variables"][name]
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks", *sys.argv[1:]])


if __name__ == "__main__":
    _as_the_functions()
    sys.exit(main(sys.argv[1:]))
