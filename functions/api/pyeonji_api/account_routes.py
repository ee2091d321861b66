"""/me and /mailboxes."""

from chalice.app import Blueprint

from pyeonji.usecases.accounts import mailboxes
from pyeonji.usecases.accounts import me as people
from pyeonji_api import shapes
from pyeonji_api.bodies import MeChange, NewMailbox, Nothing, TotpCode
from pyeonji_api.calls import Call, Json, route

routes = Blueprint(__name__)


@route(routes, "GET", "/me")
def show_me(call: Call) -> Json:
    """Who is asking, with limits and what is used of them."""
    call.query()
    found = people.show_me(
        call.services, email=call.account, now=call.now, access_token=call.access_token
    )
    return shapes.me(found, call.services.limits)


@route(routes, "PUT", "/me")
def change_me(call: Call) -> Json:
    """The language of notices."""
    language = call.body(MeChange).language
    people.choose_language(call.services, email=call.account, language=language)
    return show_me(call)


@route(routes, "POST", "/me/totp")
def begin_totp(call: Call) -> Json:
    """A secret for an authenticator app."""
    call.body(Nothing)
    secret, uri = people.begin_totp(
        call.services, email=call.account, access_token=call.access_token
    )
    return {"secret": secret, "otpauth_uri": uri}


@route(routes, "POST", "/me/totp/confirm")
def confirm_totp(call: Call) -> Json:
    """A first code: from now on one is asked for."""
    body = call.body(TotpCode)
    people.confirm_totp(call.services, access_token=call.access_token, code=body.code)
    return {"totp_enabled": True}


@route(routes, "GET", "/mailboxes")
def list_mailboxes(call: Call) -> Json:
    """All of them: an account has few."""
    call.query()
    found = mailboxes.list_mailboxes(call.services, email=call.account)
    return {"mailboxes": [shapes.mailbox(box) for box in found], "next": None}


@route(routes, "POST", "/mailboxes", status=201)
def create_mailbox(call: Call) -> Json:
    """A new, empty mailbox."""
    made = mailboxes.create_mailbox(
        call.services, email=call.account, path=call.body(NewMailbox).path, now=call.now
    )
    return shapes.mailbox(made)
