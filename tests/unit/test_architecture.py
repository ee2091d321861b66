"""What the rooms promise: small use cases, and one way to hand over what they need."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

CORE = Path(__file__).resolve().parents[2] / "layers/core/python/pyeonji"
USE_CASES = sorted((CORE / "usecases").rglob("*.py"))
MOST_PARAMETERS = 6


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node


def parameters(function: ast.FunctionDef) -> list[ast.arg]:
    given = function.args
    return [*given.posonlyargs, *given.args, *given.kwonlyargs]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", USE_CASES, ids=lambda path: str(path.relative_to(CORE)))
def test_no_use_case_takes_more_than_six_parameters(path: Path) -> None:
    """`self` and the world count too."""
    for function in functions(path):
        names = [parameter.arg for parameter in parameters(function)]
        assert len(names) <= MOST_PARAMETERS, f"{function.name}({', '.join(names)})"


@pytest.mark.parametrize("path", USE_CASES, ids=lambda path: str(path.relative_to(CORE)))
def test_no_use_case_imports_an_adapter(path: Path) -> None:
    for name in imports(path):
        assert not name.startswith(("pyeonji.adapters", "pyeonji.bootstrap", "pyeonji.settings"))
        assert name.partition(".")[0] not in ("boto3", "botocore", "chalice")


def test_ports_are_handed_over_in_one_way() -> None:
    """A world, of which a use case says what it needs: no list of ports, and no bundle of them."""
    for path in USE_CASES:
        for function in functions(path):
            assert ports_in(p.annotation for p in parameters(function)) <= 1, function.name
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                fields = (n.annotation for n in node.body if isinstance(n, ast.AnnAssign))
                assert ports_in(fields) <= 1, node.name


def ports_in(annotations: Iterable[ast.expr | None]) -> int:
    ports = {
        "Accounts", "Backups", "Census", "DueIndex", "Identity", "MailIndex", "Machines", "Mailer",
        "Notices", "ObjectStore", "Uploads",
    }  # fmt: skip
    return sum(one is not None and ast.unparse(one) in ports for one in annotations)
