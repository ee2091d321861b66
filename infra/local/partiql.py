"""Inserts in the emulator: one statement parsed once, not for every mail, and asked for by the
action that IAM knows.

The service writes its index by batches of one and the same INSERT with other parameters. Parsing it
takes the emulator 270 µs, nine tenths of what an insert costs it; on AWS nothing waits for that.
"""

import json
import re
from collections.abc import Callable
from typing import Any

_Parse = Callable[[str, list[Any]], dict[str, Any]]
_Checks = Callable[[str, bytes, str, str], list[tuple[str, str]]]
#: Names of attributes, and a parameter for each.
_INSERT = re.compile(r"""INSERT INTO "([^"]+)" VALUE \{'\w+':\?(?:,'\w+':\?)*\}""")


def parsing_once(parse: _Parse, refusal: Callable[[Any], str | None]) -> _Parse:
    """`parse`, which is asked once for each such INSERT. `refusal` says what is wrong with a
    parameter."""
    known: dict[str, dict[str, Any]] = {}

    def parsed_once(statement: str, parameters: list[Any]) -> dict[str, Any]:
        first = known.get(statement)
        if first is None or len(first["item"]) != len(parameters):
            parsed = parse(statement, parameters)
            if _INSERT.fullmatch(statement):
                known[statement] = parsed
            return parsed
        for parameter in parameters:
            if wrong := refusal(parameter):
                raise ValueError(wrong)
        return first | {"item": dict(zip(first["item"], parameters, strict=True))}

    return parsed_once


def asking_for_inserts(checks: _Checks) -> _Checks:
    """The (action, table) pairs a role is asked for: of a batch of statements, too, which is no
    action of its own. Of ours all are inserts; another is asked for by the emulator's own name."""

    def checked(action: str, body: bytes, region: str, account: str) -> list[tuple[str, str]]:
        if action != "dynamodb:BatchExecuteStatement":
            return checks(action, body, region, account)
        statements = [each.get("Statement", "") for each in json.loads(body).get("Statements", [])]
        found = [_INSERT.fullmatch(statement) for statement in dict.fromkeys(statements)]
        tables = dict.fromkeys(match[1] for match in found if match)
        if not tables or None in found:
            return []
        arn = f"arn:aws:dynamodb:{region}:{account}:table/"
        return [("dynamodb:PartiQLInsert", arn + table) for table in tables]

    return checked
