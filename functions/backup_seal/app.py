"""backup_seal: the last part of a volume and its end. In: {account, backup_id, number}."""

from typing import Any

from pyeonji.bootstrap import services
from pyeonji.observability import observed
from pyeonji.usecases.backups.seal import seal_volume


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: nothing; the volume is ready, and with the last one the backup."""
    world = services()
    seal_volume(
        world,
        account=event["account"],
        backup_id=event["backup_id"],
        number=event["number"],
        now=world.now(),
    )
    return {}
