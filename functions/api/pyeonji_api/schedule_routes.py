"""/schedule. What is asked for rarely is imported where it is."""

from chalice.app import Blueprint

from pyeonji_api import shapes
from pyeonji_api.bodies import NewSchedule, Nothing
from pyeonji_api.calls import Call, Json, route

routes = Blueprint(__name__)


@route(routes, "GET", "/schedule")
def show(call: Call) -> Json:
    """The backups that make themselves."""
    from pyeonji.usecases.backups.schedule import show_schedule

    call.query()
    return shapes.schedule(show_schedule(call.services, account=call.account), call.language)


@route(routes, "PUT", "/schedule")
def put(call: Call) -> Json:
    """From the coming night on."""
    from pyeonji.usecases.backups.schedule import Asked, set_schedule

    body = call.body(NewSchedule)
    asked = Asked(body.chosen, body.every, body.what, body.keep, body.volume_bytes)
    made = set_schedule(call.services, account=call.account, asked=asked, now=call.now)
    return shapes.schedule(made, call.language)


@route(routes, "DELETE", "/schedule")
def drop(call: Call) -> None:
    """None any more; those that are there stay."""
    from pyeonji.usecases.backups.schedule import drop_schedule

    call.body(Nothing)
    drop_schedule(call.services, account=call.account)
