"""What every suite shares: the local cloud, started once a run; how many processes run the tests;
and how property tests choose their examples.

`fixed`: the same ones every time, so that a test that was green stays green until something
changes. `explore`: new ones every time (`make explore`). Neither has a deadline for an example:
CI shares its cores.
"""

from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.support.local_cloud", "tests.support.tables"]

settings.register_profile("fixed", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, derandomize=False, print_blob=True)
settings.load_profile("fixed")

TESTS = Path(__file__).parent / "tests"
#: Whole suites that simulate a cloud or try thousands of examples: not for every save of a file.
LONG_SUITES = ("corpus", "integration", "property", "world")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What lies in a long suite is marked as slow by where it lies."""
    long_suites = tuple(TESTS / suite for suite in LONG_SUITES)
    for item in items:
        if any(item.path.is_relative_to(suite) for suite in long_suites):
            item.add_marker(pytest.mark.slow)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """The local cloud, the browser and Dovecot are started once a run: no second process then."""
    return 2 if "not e2e" in (config.option.markexpr or "") else 0
