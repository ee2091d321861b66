"""backup_seal: the last part of a volume and its end; with `whole` all of its parts before that.
In: {account, backup_id, number, whole?}."""

from typing import Any

from pyeonji.bootstrap import services
from pyeonji.observability import observed
from pyeonji.usecases.backups.parts import export_parts
from pyeonji.usecases.backups.seal import seal_volume


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: nothing; the volume is ready, and with the last one the backup."""
    world = services()
    volume: dict[str, Any] = {name: event[name] for name in ("account", "backup_id", "number")}
    if event.get("whole"):
        export_parts(world, **volume)
    seal_volume(world, **volume, now=world.now())
    return {}
