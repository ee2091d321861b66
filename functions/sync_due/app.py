"""sync_due: starts a run for every connected account that is due. In: an EventBridge event; its
`time` is the clock."""

from typing import Any

from pyeonji.bootstrap import services
from pyeonji.domain.instants import from_rfc3339
from pyeonji.observability import count, observed
from pyeonji.usecases.sync.request import start_due


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: {started}."""
    started = start_due(services(), now=from_rfc3339(event["time"]))
    count("SyncsStarted", started)
    return {"started": started}
