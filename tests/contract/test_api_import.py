"""What a cold start of the API loads. Modules are counted, because a stopwatch lies on shared
cores: boto3 alone is some 390 of them in 160 ms, the API adds 140 in 90 ms."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: Slow to import and of no use here: mail never passes through the API.
UNWANTED = (
    "aws_xray_sdk",
    "chalice.cli",
    "chalice.deploy",
    "email.parser",
    "requests",
    "pydantic",
    "aws_lambda_powertools.event_handler",
    "numpy",
)


def modules_after(statement: str) -> set[str]:
    """The modules a fresh interpreter has loaded after `statement`."""
    code = f"import sys\n{statement}\nprint('\\n'.join(sys.modules))"
    paths = [str(ROOT / "layers/core/python"), str(ROOT / "functions/api")]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}\n{code}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def boto() -> set[str]:
    return modules_after("import boto3")


def test_the_api_adds_little_to_what_boto3_costs(boto: set[str]) -> None:
    added = modules_after("import app") - boto
    assert len(added) <= 165, f"{len(added)} modules besides boto3's {len(boto)}"
    loaded = {module for module in added for name in UNWANTED if module.startswith(name)}
    assert not loaded


def test_importing_makes_no_client() -> None:
    """Clients are made on first use: importing reads no environment and opens nothing."""
    modules_after(
        "import app; from pyeonji.bootstrap import services\n"
        "assert services.cache_info().currsize == 0"
    )
