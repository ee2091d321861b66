"""What every suite shares: the local cloud, started once for a whole run of pytest."""

pytest_plugins = ["tests.support.local_cloud"]
