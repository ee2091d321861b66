"""notice: tells people, and hears who will not be told.

In, from the machines: {kind, account, request_id}. In, from SES: its bounce and complaint events.
"""

from typing import Any

from pyeonji.bootstrap import services
from pyeonji.domain.notices import NoticeKind
from pyeonji.observability import count, observed
from pyeonji.usecases.notices.send import send_notice
from pyeonji.usecases.notices.stop import stop_notices


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: {told} or {stopped}. Refused by SES it raises, and the machine tries again."""
    world = services()
    if event.get("source") == "aws.ses":
        stopped = stop_notices(world, detail=event["detail"])
        count("NoticesStopped", stopped)
        return {"stopped": stopped}
    told = send_notice(
        world,
        kind=NoticeKind(event["kind"]),
        account=event["account"],
        request_id=event["request_id"],
        now=world.now(),
    )
    count(f"Notice{told.capitalize()}")
    return {"told": told.value}
