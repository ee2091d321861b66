"""What every suite shares: the local cloud, started once a run; how many processes run the tests;
and no deadline for an example, because CI shares its cores."""

import pytest
from hypothesis import settings

pytest_plugins = ["tests.support.local_cloud", "tests.support.tables"]

settings.register_profile("shared cores", deadline=None)
settings.load_profile("shared cores")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """The local cloud, the browser and Dovecot are started once a run: no second process then."""
    return 2 if "not e2e" in (config.option.markexpr or "") else 0
