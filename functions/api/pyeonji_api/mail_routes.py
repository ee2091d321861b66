"""Mails of a mailbox, and finding them."""

from datetime import date

from chalice.app import Blueprint

from pyeonji.domain.errors import InvalidRequestError
from pyeonji.domain.instants import rfc3339
from pyeonji_api import shapes
from pyeonji_api.bodies import Restore
from pyeonji_api.calls import DEFAULT_PAGE, MAX_PAGE, Call, Json, known_id, route, rows_of

routes = Blueprint(__name__)


@route(routes, "GET", "/mailboxes/{id}/messages")
def list_messages(call: Call, id: str) -> Json:
    """Newest first."""
    from pyeonji.usecases.mail import reading

    asked = call.query("limit", "after", "from", "to")
    rows, following = reading.list_mails(
        call.services,
        account=call.account,
        mailbox_id=known_id(id, "mailbox"),
        days=(_day(asked, "from"), _day(asked, "to")),
        after=asked["after"],
        limit=rows_of(asked["limit"], DEFAULT_PAGE, MAX_PAGE),
    )
    return {"messages": [shapes.mail(row) for row in rows], "next": following}


@route(routes, "GET", "/mailboxes/{id}/messages/{key}")
def show_message(call: Call, id: str, key: str) -> Json:
    """One mail's row."""
    from pyeonji.usecases.mail import reading

    call.query()
    found = reading.show_mail(
        call.services,
        account=call.account,
        mailbox_id=known_id(id, "mailbox"),
        key=shapes.key_of(key),
    )
    return shapes.mail(found)


@route(routes, "GET", "/mailboxes/{id}/messages/{key}/eml")
def show_eml(call: Call, id: str, key: str) -> Json:
    """Where to get its exact bytes, for minutes."""
    from pyeonji.usecases.mail import reading

    call.query()
    found = reading.mail_url(
        call.services,
        account=call.account,
        mailbox_id=known_id(id, "mailbox"),
        key=shapes.key_of(key),
        now=call.now,
    )
    return {"url": found.url, "expires_at": rfc3339(found.expires_at)}


@route(routes, "GET", "/search")
def search(call: Call) -> Json:
    """What stands in the mails."""
    from pyeonji.usecases.mail import searching

    asked = call.query("q", "mailbox", "limit", "after")
    if asked["q"] is None:
        raise InvalidRequestError("q", "missing_field")
    mailbox = asked["mailbox"]
    page = searching.search_mail(
        call.services,
        account=call.account,
        asked=searching.Asked(
            searching.read_query(asked["q"], call.services),
            None if mailbox is None else known_id(mailbox, "mailbox"),
            asked["after"],
            rows_of(asked["limit"], DEFAULT_PAGE, MAX_PAGE),
        ),
        now=call.now,
    )
    return {
        "messages": [shapes.mail(row) | {"snippet": row.snippet} for row in page.rows],
        "next": page.next,
        "waiting": page.waiting,
    }


@route(routes, "POST", "/restores", status=202)
def restore(call: Call) -> Json:
    """Chosen mails back to the server the company's mail lives on: an upload."""
    from pyeonji.usecases.uploads import put_back

    body = call.body(Restore)
    begun = put_back.put_back(
        call.services,
        account=call.account,
        chosen=put_back.Chosen(
            body.mailbox_id,
            None if body.keys is None else [shapes.key_of(key) for key in body.keys],
            body.query,
            body.to,
        ),
        now=call.now,
    )
    return shapes.upload(begun, call.language, call.services.limits)


def _day(asked: dict[str, str | None], name: str) -> date | None:
    text = asked[name]
    if text is None:
        return None
    try:
        if len(text) != 10:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidRequestError(name, "must_be_day") from None
