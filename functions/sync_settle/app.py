"""sync_settle: the last step of the sync machine. In: {account, run}, with {error} when another
step could not be done."""

from typing import Any

from pyeonji.bootstrap import services
from pyeonji.observability import count, observed
from pyeonji.usecases.sync.settle import settle_sync


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: {failure}: the code of what is wrong with the account, or null."""
    world = services()
    failure = settle_sync(
        world,
        account=event["account"],
        run=event["run"],
        now=world.now(),
        failed="error" in event,
    )
    count("SyncsFailed", int(failure is not None))
    return {"failure": failure}
