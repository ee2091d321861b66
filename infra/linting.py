"""`make lint`: every check, one line each; the output of those that fail."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from infra.local.places import REGION, ROOT

_BIN = ROOT / ".venv" / "bin"
_SAM = ROOT / ".venv-sam" / "bin" / "sam"

CHECKS: tuple[tuple[str, list[str]], ...] = (
    ("format", [f"{_BIN}/ruff", "format", "--check", "."]),
    ("lint", [f"{_BIN}/ruff", "check", "."]),
    ("types", [f"{_BIN}/mypy", "layers/core/python", "client/src", "infra", "functions"]),
    ("import arrows", [f"{_BIN}/lint-imports"]),
    ("picture of the rooms", [sys.executable, "-m", "infra.rooms", "check"]),
    ("template", [f"{_BIN}/cfn-lint", "--regions", REGION, "--", "template.yaml"]),
    ("state machines", [sys.executable, "-m", "infra.lint_machines"]),
    ("roles", [sys.executable, "-m", "infra.roles"]),
    ("sam validate", [str(_SAM), "validate", "--lint", "--region", REGION]),
    ("sam build", [str(_SAM), "build", "--region", REGION]),
)


def main() -> int:
    """0 when every check passes; all of them run in any case, two at a time."""
    environment = {
        **os.environ,
        "SAM_CLI_TELEMETRY": "0",
        "PYTHONPATH": os.pathsep.join(("layers/core/python", "client/src", ".")),
    }

    def check(command: list[str]) -> tuple[subprocess.CompletedProcess[str], float]:
        started = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        return done, time.monotonic() - started

    failed = []
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(check, [command for _, command in CHECKS])
        for (name, _), (done, seconds) in zip(CHECKS, found, strict=True):
            good = done.returncode == 0
            print(f"{'ok  ' if good else 'FAIL'} {name} ({seconds:.1f} s)", flush=True)
            if not good:
                failed.append(name)
                print(done.stdout + done.stderr, flush=True)
    print(f"lint: {', '.join(failed)} failed" if failed else "lint: all good")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
