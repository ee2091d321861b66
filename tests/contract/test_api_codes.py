"""Every code the source raises has its words: found by reading the source, not by running it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from pyeonji.domain import reasons

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("layers/core/python/pyeonji", "functions")

CALLERS = frozenset({"NotAuthorizedError", "ForbiddenError", "ConflictError", "UnprocessableError"})
MACHINES = frozenset({"UploadFailedError", "PermanentError"})


def raised() -> Iterator[tuple[str, list[str]]]:
    """(class, its string arguments) of every error made in the source."""
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    words = [
                        argument.value
                        for argument in node.args
                        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                    ]
                    if node.func.id.endswith("Error") and words:
                        yield node.func.id, words


def test_every_error_a_caller_meets_has_words() -> None:
    found = list(raised())
    codes = {words[0] for name, words in found if name in CALLERS}
    codes |= {f"{words[0]}_not_found" for name, words in found if name == "NotFoundError"}
    assert codes <= reasons.API_ERRORS | reasons.OPERATOR_ERRORS
    assert len(codes) > 15, "the source is not read as it should be"


def test_every_failure_has_words() -> None:
    codes = {words[0] for name, words in raised() if name in MACHINES}
    assert codes <= reasons.UPLOAD_FAILURES | reasons.BACKUP_FAILURES | reasons.API_ERRORS
    assert len(codes) > 3


def test_every_problem_of_a_field_has_words() -> None:
    problems = {words[-1] for name, words in raised() if name == "InvalidRequestError" if words[1:]}
    assert problems <= reasons.FIELD_PROBLEMS
    assert len(problems) > 7
