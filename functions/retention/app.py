"""retention: what time does to requests. In: an EventBridge event; its `time` is the clock."""

from typing import Any

from pyeonji.bootstrap import services
from pyeonji.domain.instants import from_rfc3339
from pyeonji.observability import count, logger, observed
from pyeonji.usecases.retention.walk import handle_all_due

#: The longest single step, an upload's ledgers added up, is over in this; then the next begins.
_LAST_STEP_MS = 120_000


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Out: what was done, and whether more is due than there was time for."""
    world = services()
    walk = handle_all_due(
        world,
        now=from_rfc3339(event["time"]),
        today=world.now().date(),
        may_go_on=lambda: context.get_remaining_time_in_millis() > _LAST_STEP_MS,
    )
    count("RetentionPassedOver", walk.passed_over)
    logger.info("retention", walk=walk.to_json())
    return walk.to_json()
