"""`make explore MINUTES=n`: property tests and the seeded world with new seeds, in turns, so long.

`make test` runs them with fixed ones, so that it means the same every time. A finding is printed
with the command that repeats it, and the search goes on; exit 1 when there was one.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

from infra.local.places import ROOT

#: Hypothesis marks its tests itself. conftest.py has the profile: new examples every time.
_PYTEST = ["-m", "pytest", "-q", "-m", "hypothesis and not e2e and not browser"]
_PYTEST += ["--hypothesis-profile=explore"]
#: Of every round; the property tests take about as long.
_WORLD_SECONDS = 60.0


def main() -> int:
    """MINUTES from the environment, one if it is not there."""
    said = os.environ.get("MINUTES", "").strip() or "1"
    try:
        seconds = float(said) * 60
    except ValueError:
        print(f"explore: MINUTES={said} is not a number", file=sys.stderr)
        return 2
    findings: set[str] = set()
    rounds = 0
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        seed = random.SystemRandom().randrange(1 << 32)
        for test, message in _round(seed):
            if test not in findings:
                findings.add(test)
                print(f"explore: found: {test}\n{message}\nto repeat: {_again(test, seed)}")
        if not _world(min(_WORLD_SECONDS, max(1.0, ends - time.monotonic()))):
            findings.add("tests.world")
        rounds += 1
        print(f"explore: {rounds} rounds, {len(findings)} findings", flush=True)
    return 1 if findings else 0


def _round(seed: int) -> Iterator[tuple[str, str]]:
    """One pass of every property test: those that failed, and what they said."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, *_PYTEST, f"--hypothesis-seed={seed}", f"--junit-xml={report}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if not report.exists():
            raise SystemExit(f"explore: the tests did not run\n{done.stdout}{done.stderr}")
        # Written by our own child a moment ago.
        for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314
            for failure in (*case.iter("failure"), *case.iter("error")):
                name = f"{case.get('classname')}.{case.get('name')}"
                yield name, failure.text or failure.get("message") or ""


def _world(seconds: float) -> bool:
    """Stories with new seeds; it says itself what it finds, and how to repeat it."""
    paths = ("layers/core/python", "client/src", "functions/api", ".")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / path) for path in paths)}
    command = [sys.executable, "-m", "tests.world", "minutes", f"{seconds / 60:.3f}"]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


def _again(test: str, seed: int) -> str:
    """The command for one test. Its report names it `tests.property.test_x[.Class].test_y`."""
    parts = test.split(".")
    stop = next(place for place, part in enumerate(parts) if part.startswith("test_")) + 1
    path = "/".join(parts[:stop]) + ".py"
    where = "::".join([path, *parts[stop:]])
    return (
        f".venv/bin/python -m pytest -n0 '{where}' --hypothesis-profile=explore"
        f" --hypothesis-seed={seed}"
    )


if __name__ == "__main__":
    sys.exit(main())
