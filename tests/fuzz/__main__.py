"""`make fuzz TARGET=… MINUTES=…`: libFuzzer on the targets, by atheris, one after the other.

What it learns is kept under .local/fuzz/<target>, so that it goes on where it stopped; a finding is
written beside it and said with the command that repeats it. Exit 1 when there was one.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

_KEPT = Path(".local") / "fuzz"
#: A single input that takes longer, or makes the process hold more, is a finding.
_LIMITS = ("-timeout=10", "-rss_limit_mb=1024")
#: Where atheris is; all else is of the environment that runs.
_ATHERIS = Path(".venv-fuzz")
NAMES = (
    "directory",
    "member",
    "header",
    "mbox",
    "imap",
    "query",
    "body",
    "text",
    "document",
    "tnef",
)


def main() -> int:
    """Without `--inside` each target gets a process of its own, because libFuzzer ends it."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--target", default=os.environ.get("TARGET") or "all")
    parser.add_argument("--minutes", type=float, default=os.environ.get("MINUTES") or "1")
    parser.add_argument("--input", default=os.environ.get("INPUT"), help="this one alone")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    names = NAMES if asked.target == "all" else (asked.target,)
    if not set(names) <= set(NAMES):
        parser.error(f"TARGET={asked.target} is none of {', '.join(NAMES)}")
    if asked.input and len(names) > 1:
        parser.error("INPUT wants a TARGET")
    if asked.inside:
        _fuzz(asked.target, asked.minutes)
    if asked.input:
        sys.path.append("functions/api")
        from tests.fuzz.targets import TARGETS

        TARGETS[asked.target].run(Path(asked.input).read_bytes())
        return 0
    return max(_one(name, asked.minutes) for name in names)


def _one(name: str, minutes: float) -> int:
    """A target in a child: 1 when there was a finding, which is then said."""
    began = time.time()
    folder = _KEPT / name
    folder.mkdir(parents=True, exist_ok=True)
    log = _KEPT / f"{name}.log"
    packages = [str(path) for path in _ATHERIS.glob("lib/python*/site-packages")]
    paths = os.pathsep.join([os.environ.get("PYTHONPATH", ""), "functions/api", *packages])
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz", "--inside", "--target", name,
             "--minutes", str(minutes)],
            env={**os.environ, "PYTHONPATH": paths},
            stdout=output, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    said = log.read_text("utf-8", "replace").splitlines()
    # `#1024 NEW cov: 120 ft: 340 corp: 12/3Kb …`, and how many runs in the end
    summary = [line.strip() for line in said if " cov: " in line][-1:]
    summary += [line for line in said if line.startswith("Done ")]
    print(f"fuzz: {name}: {' | '.join(summary) or 'nothing was run'}", flush=True)
    if done.returncode == 0:
        return 0
    found = [each for each in folder.parent.glob(f"{name}-*") if each.stat().st_mtime >= began]
    print("\n".join(said[-30:]))
    for each in found:
        print(f"to repeat: make fuzz TARGET={name} INPUT={each}")
    return 1


def _fuzz(name: str, minutes: float) -> None:
    """Does not come back: libFuzzer ends the process."""
    import atheris  # of the fuzzing environment alone

    with atheris.instrument_imports(include=["pyeonji", "pyeonji_api", "pyeonji_client"]):
        from tests.fuzz.targets import TARGETS
    target, folder = TARGETS[name], _KEPT / name
    for number, seed in enumerate(target.seeds):
        (folder / f"seed-{number}").write_bytes(seed)
    atheris.Setup(
        [
            name, str(folder), *_LIMITS, "-max_len=4096", f"-max_total_time={round(minutes * 60)}",
            f"-artifact_prefix={_KEPT}/{name}-", "-print_final_stats=1",
        ],
        target.run,
    )  # fmt: skip
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
