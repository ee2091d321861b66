"""`make test`: the quick tests first, then the slow ones, the browser's and the local cloud's.

Says in one line what was skipped and why.
"""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

#: A pass: the marks of its tests, and the folders they are looked for in, if not in all. To collect
#: a suite is to import it, and the browser's alone costs seconds.
_QUICK = ("not e2e and not browser and not slow", "tests/unit", "tests/contract", "client/tests")
#: The local cloud is one for all tests and waits much: the others are run beside it.
_LONG = ("e2e or browser or slow",)


def main() -> int:
    """`fast` as an argument leaves the second pass out."""
    passes = [_QUICK] if "fast" in sys.argv[1:] else [_QUICK, _LONG]
    failed = False
    skipped: Counter[str] = Counter()
    for marks, *folders in passes:
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.xml"
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "-r", "fE", "-m", marks,
                 f"--junit-xml={report}", *folders],
                check=False,
            )  # fmt: skip
            # 5: nothing was chosen, which is no failure of a pass.
            failed = failed or done.returncode not in (0, 5)
            skipped += _skips(report)
    reasons = "; ".join(f"{reason} ({number})" for reason, number in skipped.most_common())
    left_out = (
        "" if len(passes) > 1 else " (local cloud, browser and slow tests were not asked for)"
    )
    print(f"skipped: {reasons or 'nothing'}{left_out}")
    return 1 if failed else 0


def _skips(report: Path) -> Counter[str]:
    """Why tests were skipped, and how many for each reason."""
    if not report.exists():
        return Counter()
    # Written by our own child a moment ago.
    tree = ElementTree.parse(report)  # noqa: S314
    return Counter(
        each.get("message", "no reason given").strip()
        for each in tree.iter("skipped")
        if each.get("type") == "pytest.skip"
    )


if __name__ == "__main__":
    sys.exit(main())
