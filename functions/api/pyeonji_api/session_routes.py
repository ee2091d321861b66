"""/session: the only routes that ask for no token."""

from chalice.app import Blueprint

from pyeonji.ports import Session
from pyeonji.usecases.accounts import sign_in
from pyeonji.usecases.accounts.attempts import Caller
from pyeonji_api import shapes
from pyeonji_api.bodies import FirstPassword, Recovery, RefreshToken, SignIn, TotpAnswer
from pyeonji_api.calls import Call, Json, route

routes = Blueprint(__name__)


@route(routes, "POST", "/session")
def begin_session(call: Call) -> Json:
    """Tokens, or the challenge of a second factor or of a first password."""
    body = call.body(SignIn)
    return _told(
        call,
        sign_in.sign_in(
            call.services, caller=_named(call, body.email), password=body.password, now=call.now
        ),
    )


@route(routes, "POST", "/session/totp")
def answer_totp(call: Call) -> Json:
    """The six digits that the challenge asked for."""
    body = call.body(TotpAnswer)
    return _told(
        call,
        sign_in.answer_totp(
            call.services,
            caller=_named(call, body.email),
            session=body.session,
            code=body.code,
            now=call.now,
        ),
    )


@route(routes, "POST", "/session/new-password")
def set_first_password(call: Call) -> Json:
    """The password that takes the temporary one's place."""
    body = call.body(FirstPassword)
    return _told(
        call,
        sign_in.set_first_password(
            call.services,
            email=_named(call, body.email).email,
            session=body.session,
            password=body.password,
        ),
    )


@route(routes, "POST", "/session/recovery")
def recover_session(call: Call) -> Json:
    """Signing in without the authenticator app."""
    body = call.body(Recovery)
    return _told(
        call,
        sign_in.recover(
            call.services,
            caller=_named(call, body.email),
            password=body.password,
            code=body.code,
            now=call.now,
        ),
    )


@route(routes, "POST", "/session/refresh")
def refresh_session(call: Call) -> Json:
    """A new id token."""
    body = call.body(RefreshToken)
    return shapes.session(sign_in.refresh(call.services, refresh_token=body.refresh_token))


@route(routes, "DELETE", "/session")
def end_session(call: Call) -> None:
    """Sign out: the refresh token is worthless from now on."""
    body = call.body(RefreshToken)
    sign_in.sign_out(call.services, refresh_token=body.refresh_token)


def _named(call: Call, email: str) -> Caller:
    """Whom the body names: before there is a token, nothing says who asks."""
    call.noted.account = sign_in.address_of(email)
    return Caller(call.noted.account, call.address)


def _told(call: Call, session: Session) -> Json:
    """Tokens or a challenge; only tokens are a sign-in."""
    call.noted.done = not session.challenge
    return shapes.session(session)
