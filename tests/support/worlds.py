"""The same world seen otherwise: with other limits, another port, or a switch before every port."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from pyeonji.domain.limits import GIB, MIB, Limits
from tests.support.faults import Faulty, KillSwitch

if TYPE_CHECKING:
    from tests.support.fakes import World

PORTS = frozenset(
    {
        "mail", "volumes", "zips", "work", "accounts", "index", "backups", "uploads", "machines",
        "mailer", "notices", "due", "census", "identity", "attempts", "recovery_codes",
        "indexing", "schedules", "homes", "secrets", "folders", "following", "logins", "downloads",
        "audit", "seals",
    }
)  # fmt: skip


def limits(**changes: object) -> Limits:
    """The contract's defaults, with changes."""
    values: dict[str, object] = {
        "volume_bytes": 4 * GIB,
        "download_days": 7,
        "purge_days": 14,
        "max_backups": 5,
        "backup_deadline_hours": 72,
        "upload_limit_bytes": 2 * GIB,
        "message_limit_bytes": 150 * MIB,
        "quota_bytes": 0,
        "timezone": "Asia/Seoul",
        "keep_gone_days": 0,
        "audit_days": 730,
    }
    return Limits(**(values | changes))  # type: ignore[arg-type]


class _Seen:
    """`world`, but for the attributes given; `wrap(name, port)` stands before every port."""

    def __init__(
        self, world: Any, attributes: dict[str, Any], wrap: Callable[[str, Any], Any] | None = None
    ) -> None:
        self.__dict__.update(attributes)
        self._world = world
        self._wrap = wrap

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = getattr(self._world, name)
        return self._wrap(name, value) if self._wrap and name in PORTS else value


def altered(world: "World", **attributes: Any) -> "World":
    """`world` with other attributes: a port that misbehaves, or limits."""
    return cast("World", _Seen(world, attributes))


def limited(world: "World", **changes: object) -> "World":
    """`world` under the contract's limits with changes; as it is without any."""
    return altered(world, limits=limits(**changes)) if changes else world


def wrapped(world: "World", wrap: Callable[[str, Any], Any]) -> "World":
    """`world` with `wrap(name, port)` in the place of every port."""
    return cast("World", _Seen(world, {}, wrap))


def dying(world: "World", switch: KillSwitch) -> "World":
    """`world` as a process sees it that `switch` can kill."""
    return wrapped(world, lambda name, port: Faulty(port, switch))
