"""notice: tells people, and hears who will not be told.

In, from the machines: {kind, account, request_id}. In, from SES: its bounce and complaint events.
"""

from typing import Any

from pyeonji.bootstrap import services
from pyeonji.observability import count, observed
from pyeonji.usecases.notice_facts import NoticeKind
from pyeonji.usecases.send_notice import NoticePorts, send_notice
from pyeonji.usecases.stop_notices import stop_notices


@observed
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Out: {told} or {stopped}. Refused by SES it raises, and the machine tries again."""
    its = services()
    if event.get("source") == "aws.ses":
        stopped = stop_notices(event["detail"], accounts=its.accounts)
        count("NoticesStopped", stopped)
        return {"stopped": stopped}
    told = send_notice(
        NoticePorts(
            accounts=its.accounts,
            backups=its.backups,
            uploads=its.uploads,
            notices=its.notices,
            mailer=its.mailer,
            limits=its.settings.limits,
            page_url=its.settings.page_url,
        ),
        kind=NoticeKind(event["kind"]),
        account=event["account"],
        request_id=event["request_id"],
        now=its.now(),
    )
    count(f"Notice{told.capitalize()}")
    return {"told": told.value}
