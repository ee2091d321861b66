"""Tables that tests print: rows recorded by tests, wherever they ran, shown at the end of a run.

    def test_something(table: Table) -> None:
        table("title", "a row")

Tests run in several processes, and what one of those prints nobody sees.
"""

from collections.abc import Callable

import pytest
from _pytest.terminal import TerminalReporter

Table = Callable[[str, str], None]
_MARK = "table: "


@pytest.fixture
def table(record_property: Callable[[str, object], None]) -> Table:
    """Adds a row to the table of that title."""
    return lambda title, row: record_property(_MARK + title, row)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Every table, its rows in the order the tests ended."""
    tables: dict[str, list[str]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, row in getattr(report, "user_properties", ()):
                if str(name).startswith(_MARK) and getattr(report, "when", "") == "call":
                    tables.setdefault(name.removeprefix(_MARK), []).append(row)
    for title, rows in tables.items():
        terminalreporter.section(title, sep="-")
        for row in rows:
            terminalreporter.write_line(row)
