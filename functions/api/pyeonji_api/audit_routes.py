"""/audit: what was done with one's own mail."""

from chalice.app import Blueprint

from pyeonji.domain.errors import InvalidRequestError
from pyeonji.domain.instants import rfc3339
from pyeonji_api.calls import DEFAULT_PAGE, MAX_PAGE, Call, Json, route, rows_of

routes = Blueprint(__name__)


@route(routes, "GET", "/audit")
def list_audit(call: Call) -> Json:
    """Newest first."""
    from pyeonji.usecases.audit.record import list_deeds
    from pyeonji.words.audit import DEEDS

    asked = call.query("after", "limit")
    page, following = list_deeds(
        call.services,
        account=call.account,
        before=_number(asked["after"]),
        limit=rows_of(asked["limit"], DEFAULT_PAGE, MAX_PAGE),
    )
    rows = [
        {
            "number": record.number,
            "at": rfc3339(record.at),
            "action": record.deed.action,
            "text": DEEDS.say(record.deed.action, call.language),
            "target": record.deed.target or None,
            "address": record.deed.address or None,
            "request": record.deed.request or None,
            "hash": record.hash,
        }
        for record in page
    ]
    return {"records": rows, "next": None if following is None else str(following)}


def _number(after: str | None) -> int | None:
    if after is None:
        return None
    if not (after.isascii() and after.isdigit() and len(after) <= 10 and int(after) > 0):
        raise InvalidRequestError("after", "unknown_value")
    return int(after)
