"""backup_plan: the first step of the backup machine. In: {account, backup_id}."""

from typing import Any

from pyeonji.bootstrap import services
from pyeonji.observability import observed
from pyeonji.usecases.backups.plan import plan_backup


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: {volumes: [{number, items: {bucket, key, count}}]}, what the machine maps over."""
    world = services()
    planned = plan_backup(
        world, account=event["account"], backup_id=event["backup_id"], now=world.now()
    )
    return {
        "volumes": [
            {
                "number": volume.number,
                "items": {
                    "bucket": world.settings.work_bucket,
                    "key": volume.items_key,
                    "count": volume.items,
                },
            }
            for volume in planned
        ]
    }
