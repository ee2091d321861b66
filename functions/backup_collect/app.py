"""backup_collect: whether a connected account is up to date. In: {account, backup_id}."""

from typing import Any

from pyeonji.bootstrap import services
from pyeonji.observability import observed
from pyeonji.usecases.backups.collect import collect_for_backup


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: {ready, seconds}: to be asked again after so many, while it is not ready."""
    world = services()
    seconds = collect_for_backup(
        world, account=event["account"], backup_id=event["backup_id"], now=world.now()
    )
    return {"ready": seconds is None, "seconds": seconds or 0}
