"""/session: the only routes that ask for no token."""

from chalice.app import Blueprint

from pyeonji.usecases.accounts import sign_in
from pyeonji_api import shapes
from pyeonji_api.bodies import RefreshToken, SignIn, TotpAnswer
from pyeonji_api.calls import Call, Json, route

routes = Blueprint(__name__)


@route(routes, "POST", "/session")
def begin_session(call: Call) -> Json:
    """Tokens, or the challenge of a second factor."""
    body = call.body(SignIn)
    return shapes.session(sign_in.sign_in(call.services, email=body.email, password=body.password))


@route(routes, "POST", "/session/totp")
def answer_totp(call: Call) -> Json:
    """The six digits that the challenge asked for."""
    body = call.body(TotpAnswer)
    return shapes.session(
        sign_in.answer_totp(call.services, email=body.email, session=body.session, code=body.code)
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
