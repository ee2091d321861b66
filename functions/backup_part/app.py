"""backup_part: some parts of a volume. In: {account, backup_id, number, item: {start, length}}."""

from typing import Any

from pyeonji.bootstrap import services
from pyeonji.observability import observed
from pyeonji.usecases.backups.parts import export_parts


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: nothing; what was made stands in S3."""
    world = services()
    export_parts(
        world,
        account=event["account"],
        backup_id=event["backup_id"],
        number=event["number"],
        start=event["item"]["start"],
        length=event["item"]["length"],
    )
    return {}
