"""What every suite shares: the local cloud, started once a run; how the tests are spread over
processes; and how property tests choose their examples.

`fixed`: the same ones every time, so that a test that was green stays green until something
changes. `explore`: new ones every time (`make explore`). Neither has a deadline for an example:
CI shares its cores.
"""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["tests.support.local_cloud", "tests.support.tables"]

settings.register_profile("fixed", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, derandomize=False, print_blob=True)
settings.load_profile("fixed")

TESTS = Path(__file__).parent / "tests"
#: Whole suites that simulate a cloud or try thousands of examples: not for every save of a file.
LONG_SUITES = ("corpus", "integration", "property", "world")


#: Where tests of the local cloud stand: those of one folder, and files that say so.
CLOUD_FOLDER, CLOUD_FILES = "tests/e2e/", "_cloud.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What lies in a long suite is marked as slow by where it lies."""
    long_suites = tuple(TESTS / suite for suite in LONG_SUITES)
    for item in items:
        if any(item.path.is_relative_to(suite) for suite in long_suites):
            item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("e2e") and not _is_of_the_cloud(item.nodeid):
            raise pytest.UsageError(f"{item.nodeid}: e2e, and not in {CLOUD_FOLDER} or *_cloud.py")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two where a part of the suite is asked for, none for single files."""
    return 2 if config.option.markexpr else 0


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Modules stay together, and all tests of the local cloud: it is started once a run."""
    return _OneCloud(config, log)


class _OneCloud(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return CLOUD_FOLDER if _is_of_the_cloud(nodeid) else str(super()._split_scope(nodeid))


def _is_of_the_cloud(nodeid: str) -> bool:
    file = nodeid.partition("::")[0]
    return file.startswith(CLOUD_FOLDER) or file.endswith(CLOUD_FILES)
