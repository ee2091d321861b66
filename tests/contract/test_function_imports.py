"""What a cold start of each function loads, counted as modules: a stopwatch lies on shared cores.

boto3 alone is some 390 modules, 160 ms of processor; a hundred of ours and the libraries' add 50.
"""

from pathlib import Path

import pytest

from tests.contract.test_api_import import ROOT, modules_after

#: No function but the API answers HTTP, and none checks its input with a framework.
UNWANTED = (
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.utilities.parser",
    "aws_xray_sdk",
    "chalice",
    "email.parser",
    "lxml",
    "numpy",
    "pydantic",
    "requests",
    "sqlite3",
)
#: What a function is for: planning cuts search files, indexing writes them.
WANTED = {"backup_plan": {"sqlite3"}, "search_index": {"sqlite3"}}
#: Modules besides boto3's.
CEILING = 185
FUNCTIONS = sorted(
    path.parent.name for path in (ROOT / "functions").glob("*/app.py") if path.parent.name != "api"
)


@pytest.fixture(scope="module")
def boto() -> set[str]:
    return modules_after("import boto3")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_loads_what_it_needs(name: str, boto: set[str]) -> None:
    where = str(Path(ROOT, "functions", name))
    added = modules_after(f"sys.path.insert(0, {where!r})\nimport app") - boto
    assert any(module.startswith("pyeonji.usecases.") for module in added)
    assert len(added) <= CEILING, f"{len(added)} modules besides boto3's {len(boto)}"
    loaded = {unwanted for unwanted in UNWANTED if unwanted in added}
    assert loaded <= WANTED.get(name, set())
