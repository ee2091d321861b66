"""/me and /mailboxes."""

from chalice.app import Blueprint
from msgspec import UNSET

from pyeonji.usecases.accounts import mailboxes, second_factor
from pyeonji.usecases.accounts import me as people
from pyeonji.usecases.accounts.sign_in import sign_out_everywhere
from pyeonji_api import shapes
from pyeonji_api.bodies import MeChange, NewMailbox, Nothing, ProofOfIdentity, TotpCode
from pyeonji_api.calls import Call, Json, known_id, route

routes = Blueprint(__name__)


@route(routes, "GET", "/me")
def show_me(call: Call) -> Json:
    """Who is asking, with limits and what is used of them."""
    call.query()
    found = people.show_me(
        call.services, email=call.account, now=call.now, access_token=call.access_token
    )
    return shapes.me(found, call.services.limits, call.language)


@route(routes, "POST", "/sync", status=202)
def sync(call: Call) -> Json:
    """Bring a connected account up to date now."""
    # Here: few people's mail lives elsewhere, and a cold start of the API waits for every import.
    from pyeonji.usecases.sync.request import request_sync

    call.body(Nothing)
    state = request_sync(call.services, account=call.account, now=call.now)
    home = call.services.homes.of(call.account.rpartition("@")[2])
    return {"home": shapes.home(home, state, call.language)}


@route(routes, "PUT", "/me")
def change_me(call: Call) -> Json:
    """The language of notices, and whether there are any."""
    body = call.body(MeChange)
    people.change_me(
        call.services,
        email=call.account,
        language=None if body.language is UNSET else body.language,
        notices=None if body.notices is UNSET else body.notices,
    )
    return show_me(call)


@route(routes, "DELETE", "/me/sessions")
def end_sessions(call: Call) -> None:
    """Sign out on every device."""
    call.body(Nothing)
    sign_out_everywhere(call.services, email=call.account, access_token=call.access_token)


@route(routes, "POST", "/me/totp")
def begin_totp(call: Call) -> Json:
    """A secret for an authenticator app."""
    body = call.body(ProofOfIdentity)
    secret, uri = second_factor.begin_totp(
        call.services,
        caller=call.caller,
        access_token=call.access_token,
        proof=body.proof,
        now=call.now,
    )
    return {"secret": secret, "otpauth_uri": uri}


@route(routes, "POST", "/me/totp/confirm")
def confirm_totp(call: Call) -> Json:
    """A first code: from now on one is asked for."""
    body = call.body(TotpCode)
    codes = second_factor.confirm_totp(
        call.services,
        caller=call.caller,
        access_token=call.access_token,
        code=body.code,
        now=call.now,
    )
    return {"totp_enabled": True, "recovery_codes": codes}


@route(routes, "DELETE", "/me/totp")
def end_totp(call: Call) -> Json:
    """No second factor any more."""
    body = call.body(ProofOfIdentity)
    second_factor.end_totp(
        call.services,
        caller=call.caller,
        access_token=call.access_token,
        proof=body.proof,
        now=call.now,
    )
    return {"totp_enabled": False}


@route(routes, "POST", "/me/recovery-codes")
def renew_recovery_codes(call: Call) -> Json:
    """New recovery codes in the place of the older ones."""
    body = call.body(ProofOfIdentity)
    codes = second_factor.renew_recovery_codes(
        call.services,
        caller=call.caller,
        access_token=call.access_token,
        proof=body.proof,
        now=call.now,
    )
    return {"recovery_codes": codes}


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


@route(routes, "DELETE", "/mailboxes/{id}", status=204)
def delete_mailbox(call: Call, id: str) -> None:
    """Only an empty one."""
    call.body(Nothing)
    mailboxes.delete_mailbox(call.services, email=call.account, mailbox_id=known_id(id, "mailbox"))
